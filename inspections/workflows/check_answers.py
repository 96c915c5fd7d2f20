"""Filling a self-check: what is answered to the items of a rule, and the files put to an answer.

Each answer carries its own version: what two people change in different items of one rule is kept from
both; what they change in the same item is put before the later one, never overwritten.

Source: ux.md flow A; practice.md P1 (proof).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.core import signing
from django.utils import timezone

from inspections.check_figures import FigureKey
from inspections.check_sheet import (
    WITH_UNIT,
    CheckSheet,
    ItemAnswer,
    ItemLine,
    RuleSheet,
    load,
    with_people,
)
from inspections.models import Answer, AnswerEvidence, Figure, SelfCheck
from inspections.workflows.check_machine import begin, moving
from shuangjian import clock
from shuangjian.accounts.machine import Move
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import DomainError, Refused, WrongState
from shuangjian.policy import judging

MOST_FILES = 9  # of one item
UNDO_SECONDS = 3600
_UNDO_SALT = "inspections.undo-evidence"
_LONGEST = {
    "problem_text": ("存在的问题", 200),
    "reason": ("理由", 200),
    "measure_text": ("整改措施", 200),
    "person": ("责任人", 30),
}


@dataclass(frozen=True)
class Conflict:
    """One item that somebody else changed meanwhile: his answer, beside what was refused."""

    line: ItemLine
    mine: ItemAnswer

    @property
    def theirs(self) -> Answer:
        return self.line.given

    @property
    def words(self) -> str:
        """李静在14:05把4-2改为“部分符合”：三年级书面作业……"""
        theirs = self.theirs
        at = f"{timezone.localtime(theirs.updated_at):%H:%M}" if theirs.updated_at else ""
        what = f"把{self.line.item.short_code}改为“{theirs.get_value_display() or '未作答'}”"
        text = theirs.problem_text or theirs.reason
        return f"{theirs.updated_by or '其他人'}在{at}{what}" + (f"：{text}" if text else "")


class AnswerConflict(DomainError):
    """Somebody else changed the same items since the form was opened; nothing was saved.

    ``version`` is what the form may send again to keep its own words: only the items in conflict differ.
    """

    status = 409

    def __init__(self, conflicts: list[Conflict], version: str) -> None:
        super().__init__("；".join(one.words for one in conflicts) + "。请对比后选择保留哪一版")
        self.conflicts = conflicts
        self.version = version


class Incomplete(Refused):
    """Answers that contradict themselves or lack their words, by item."""

    def __init__(self, lines: Sequence[ItemLine]) -> None:
        super().__init__("；".join(line.gap_words for line in lines))
        self.lines = list(lines)


@dataclass
class SavedRule:
    """What a save did: the form's next version, the items written, those that others changed meanwhile."""

    check: SelfCheck
    version: str = ""
    changed: list[str] = field(default_factory=list)
    by_others: list[ItemLine] = field(default_factory=list)


class _NothingChanged(Exception):
    """Ends a save that has nothing to write: no version, no audit entry."""


def save_rule(
    *,
    check_id: int,
    rule_number: int,
    actor: User,
    version: str | None,
    answers: Mapping[str, ItemAnswer],
    as_draft: bool = False,
) -> SavedRule:
    """Save what the unit answers to the items of one rule, by item code; items left out stay as they are.

    ``version`` is the form's (``RuleSheet.version``); None writes without comparing. With ``as_draft``
    (saving as one goes) an answer may still lack words or contradict its figures; submitting refuses it then.
    Raises AnswerConflict, Incomplete, WrongState (a rule that was not returned), NotAllowed, Refused.
    """
    saved = SavedRule(check=SelfCheck(pk=check_id))
    try:
        with moving("save", check_id, actor, None) as step:
            saved.check = step.row
            sheet = _open_rule(step.row, rule_number)
            taken_over = _taken_over(step, sheet, answers, version, saved)
            _store(taken_over, actor, keyed_in=step.row.is_being_keyed_in)
            if not as_draft:
                _refuse_contradictions(step.row, rule_number, answers)
            if not saved.changed:
                raise _NothingChanged
            begin(step)
            step.after["rule"] = sheet.rule.code
    except _NothingChanged:
        pass
    return saved


def save_rules(*, check_id: int, actor: User, answers: Mapping[str, ItemAnswer]) -> SelfCheck:
    """Save answers to the items of any rules, by item code, in one move: as drafts, uncompared.

    For whoever has all of them before him; items left out stay as they are. Raises WrongState (a rule that
    was not returned), NotAllowed, Refused.
    """
    saved = SavedRule(check=SelfCheck(pk=check_id))
    try:
        with moving("save", check_id, actor, None) as step:
            saved.check = step.row
            left, written = dict(answers), []
            for sheet in load(step.row).rules:
                codes = [line.item.code for line in sheet.asked]
                own = {code: left.pop(code) for code in codes if code in left}
                if own:
                    _refuse_unless_open(sheet)
                    written += _taken_over(step, sheet, own, None, saved)
                    step.after.setdefault("rules", []).append(sheet.rule.code)
            _refuse_unknown(left)
            if not written:
                raise _NothingChanged
            _store(written, actor, keyed_in=step.row.is_being_keyed_in)
            begin(step)
    except _NothingChanged:
        pass
    return saved.check


def _open_rule(check: SelfCheck, rule_number: int) -> RuleSheet:
    sheet = load(check).rule(rule_number)
    if sheet is None:
        raise Refused(f"这份自查没有第{rule_number}条")
    _refuse_unless_open(sheet)
    return sheet


def _refuse_unless_open(sheet: RuleSheet) -> None:
    if not sheet.is_open:
        raise WrongState(f"第{sheet.rule.number}条没有退回，不能修改")


def _refuse_unknown(codes: Iterable[str]) -> None:
    unknown = sorted(codes)
    if unknown:
        raise Refused(f"这份自查没有检查项{'、'.join(unknown)}")


def _taken_over(
    step: Move[SelfCheck],
    sheet: RuleSheet,
    answers: Mapping[str, ItemAnswer],
    version: str | None,
    saved: SavedRule,
) -> list[tuple[ItemLine, ItemAnswer]]:
    """Take over what differs; returns it for ``_store``.

    An answer that the form left as it found it never overwrites a newer one.
    """
    lines = {line.item.code: line for line in sheet.asked}
    _refuse_unknown(set(answers) - set(lines))
    begun_with = _tokens(version, sheet)
    tokens: list[str] = []
    conflicts: list[Conflict] = []
    written: list[tuple[ItemLine, ItemAnswer]] = []
    for code, line in lines.items():
        answer = line.given
        base, now, said = begun_with.get(code), line.token, line.said
        mine = _cleaned(answers[code], line) if code in answers else said
        if mine == said:
            tokens.append(now)
        elif base is not None and mine.fingerprint() == base.partition("-")[2]:
            tokens.append(base)
            saved.by_others.append(line)
        elif base is not None and base.partition("-")[0] != str(answer.version):
            tokens.append(now)
            conflicts.append(Conflict(line, mine))
        elif conflicts:
            tokens.append(base or now)  # nothing is written any more
        else:
            _note_replaced(step, line)
            for name, stated in mine.stored().items():
                setattr(answer, name, stated)
            answer.version += 1
            written.append((line, mine))
            tokens.append(f"{answer.version}-{mine.fingerprint()}")
            saved.changed.append(code)
            step.after.setdefault("items", {})[code] = mine.value
    with_people([*saved.by_others, *(one.line for one in conflicts)])
    if conflicts:
        raise AnswerConflict(conflicts, ",".join(_unwritten(tokens, saved.changed, begun_with, lines)))
    saved.version = ",".join(tokens)
    return written


def _unwritten(
    tokens: list[str], written: list[str], begun_with: Mapping[str, str], lines: Mapping[str, ItemLine]
) -> Iterator[str]:
    """The tokens after a refusal: what had been written before the conflict was found is rolled back."""
    for code, token in zip(lines, tokens, strict=True):
        yield begun_with[code] if code in written and code in begun_with else token


def _tokens(version: str | None, sheet: RuleSheet) -> dict[str, str]:
    """The form's tokens by item code; a version of another shape counts as none of them."""
    tokens = (version or "").split(",")
    codes = [line.item.code for line in sheet.asked]
    if version is None:
        return {}
    return dict(zip(codes, tokens if len(tokens) == len(codes) else ["0-"] * len(codes), strict=True))


def _cleaned(mine: ItemAnswer, line: ItemLine) -> ItemAnswer:
    """The answer in the form in which it is stored. Raises Refused where it cannot be."""
    name = line.item.short_code
    if mine.value and mine.value not in Answer.Value.values:
        raise Refused(f"请选择{name}的自查结论")
    texts = {}
    for key, (label, longest) in _LONGEST.items():
        text = getattr(mine, key).replace("\r\n", "\n").strip()
        if len(text) > longest:
            raise Refused(
                f"{name}的{label}最多{longest}字，现在是{len(text)}字，请删去{len(text) - longest}字"
            )
        texts[key] = text
    return ItemAnswer(value=mine.value, fix_on=mine.fix_on, figures=_figures(mine, line), **texts)


def _figures(mine: ItemAnswer, line: ItemLine) -> dict[FigureKey, str]:
    asked = {one.key: one for one in line.figures}
    figures = {}
    for key, text in mine.figures.items():
        if not text.strip():
            continue
        if key not in asked:
            raise Refused(f"{line.item.short_code}不需要填写这个数值")
        try:
            figures[key] = judging.parse(asked[key].indicator.value_kind, text)
        except judging.BadFigure as bad:
            raise Refused(f"{line.item.short_code}{asked[key].label}：{bad}") from bad
    return figures | {one.key: one.value for one in line.figures if one.is_registered}


def _note_replaced(step: Move[SelfCheck], line: ItemLine) -> None:
    """Words of somebody else that are replaced stay in the journal."""
    answer = line.given
    words = answer.problem_text or answer.reason
    if words and answer.updated_by_id not in (None, step.actor.pk):
        step.note += f"{line.item.short_code}原为“{answer.get_value_display()}”：{words}\n"


def _store(written: Sequence[tuple[ItemLine, ItemAnswer]], actor: User, *, keyed_in: bool) -> None:
    """Write what was taken over, all rows of a kind in one statement."""
    now = clock.now()
    for line, _ in written:
        line.given.updated_by, line.given.updated_at = actor, now
        line.given.is_keyed_in = keyed_in
    Answer.objects.bulk_create(  # on conflict update: many rows, each with values of its own
        [line.given for line, _ in written],
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=[*ItemAnswer().stored(), "updated_by", "updated_at", "version", "is_keyed_in"],
    )
    changed = [(line, mine) for line, mine in written if dict(mine.figures) != dict(line.stated)]
    Figure.objects.filter(answer__in=[line.given for line, _ in changed]).delete()
    Figure.objects.bulk_create(
        Figure(answer=line.given, indicator=one.indicator, grade=one.grade, value=mine.figures[one.key])
        for line, mine in changed
        for one in line.figures
        if one.key in mine.figures
    )


def keep_registered(sheet: CheckSheet) -> None:
    """Write down the figures that were taken from registers: what is submitted keeps those of its day."""
    lines = [
        line for rule in sheet.rules for line in rule.asked if any(one.is_registered for one in line.figures)
    ]
    Figure.objects.filter(answer__in=[line.given for line in lines]).delete()
    Figure.objects.bulk_create(
        Figure(answer=line.given, indicator=one.indicator, grade=one.grade, value=one.value)
        for line in lines
        for one in line.figures
        if one.value
    )


def confirm_registered(*, check_id: int, actor: User) -> list[str]:
    """符合 for every item that registers answer, that nothing speaks against and nobody answered yet.

    Returns their codes. Raises WrongState, NotAllowed.
    """
    check = SelfCheck.objects.select_related(*WITH_UNIT).get(pk=check_id)
    codes = [line.item.code for line in load(check).ready]
    answers = {code: ItemAnswer(value=Answer.Value.MEETS) for code in codes}
    save_rules(check_id=check_id, actor=actor, answers=answers)
    return codes


def _refuse_contradictions(check: SelfCheck, rule_number: int, answers: Mapping[str, ItemAnswer]) -> None:
    """Whoever saves in earnest hears what is missing; what was not answered yet may wait."""
    sheet = load(check).rule(rule_number)
    faults = [
        line
        for line in (sheet.gaps if sheet else [])
        if line.item.code in answers and line.gap not in ("未作答", "缺佐证")
    ]
    if faults:
        raise Incomplete(faults)


# --- Evidence ----------------------------------------------------------------------------------------------


def _open_item(check: SelfCheck, item_code: str) -> ItemLine:
    for rule in load(check).rules:
        for line in rule.asked:
            if line.item.code == item_code:
                if not rule.is_open:
                    raise WrongState(f"第{rule.rule.number}条没有退回，不能修改")
                return line
    raise Refused(f"这份自查没有检查项{item_code}")


def attach_evidence(
    *,
    check_id: int,
    item_code: str,
    actor: User,
    files: Sequence[StoredFile],
    version: int | None = None,
) -> SelfCheck:
    """Put files to an answer; nothing is replaced. Raises Refused above nine files."""
    with moving("attach-evidence", check_id, actor, version) as step:
        line = _open_item(step.row, item_code)
        if not files:
            raise Refused("请选择文件")
        if len(line.evidence) + len(files) > MOST_FILES:
            raise Refused(f"{line.item.short_code}的佐证最多{MOST_FILES}个，现在已有{len(line.evidence)}个")
        now = clock.now()
        AnswerEvidence.objects.bulk_create(
            AnswerEvidence(answer=line.given, stored_file=stored, added_by=actor, added_at=now)
            for stored in files
        )
        begin(step)
        step.after |= {"item": item_code, "files": [stored.sha256 for stored in files]}
    return step.row


def remove_evidence(
    *, check_id: int, evidence_id: int, actor: User, version: int | None = None
) -> tuple[str, str]:
    """Take a file away; returns the item's code and the token with which it can be put back for an hour."""
    with moving("remove-evidence", check_id, actor, version) as step:
        evidence = (
            AnswerEvidence.objects.filter(pk=evidence_id, answer__self_check=step.row)
            .select_related("answer__item", "stored_file")
            .first()
        )
        if evidence is None:
            raise Refused("这个佐证已经删除")
        code = evidence.answer.item.code
        _open_item(step.row, code)
        token = signing.dumps(
            {"check": check_id, "item": code, "file": evidence.stored_file_id},
            salt=_UNDO_SALT,
        )
        begin(step)
        step.after |= {"item": code, "file": evidence.stored_file.sha256}
        evidence.delete()
    return code, token


def restore_evidence(*, check_id: int, actor: User, token: str, version: int | None = None) -> str:
    """Put back what was removed within the last hour; returns the item's code. Refused for a spoilt token."""
    with moving("restore-evidence", check_id, actor, version) as step:
        try:
            undo = signing.loads(token, salt=_UNDO_SALT, max_age=UNDO_SECONDS)
        except signing.BadSignature as spoilt:
            raise Refused("删除已超过1小时，不能撤销，请重新添加") from spoilt
        if undo["check"] != check_id:
            raise Refused("这个佐证不属于这份自查")
        line = _open_item(step.row, undo["item"])
        if any(one.stored_file_id == undo["file"] for one in line.evidence):
            raise Refused("这个佐证已经恢复")
        AnswerEvidence.objects.create(
            answer=line.given, stored_file_id=undo["file"], added_by=actor, added_at=clock.now()
        )
        begin(step)
        step.after |= {"item": undo["item"], "file_id": undo["file"]}
    return str(undo["item"])
