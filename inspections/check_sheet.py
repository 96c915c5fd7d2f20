"""A self-check as people read it: rule by rule, item by item, with figures, limits and what is missing.

Everything shown of a check is derived here from its rows: a rule's conclusion, its state, what bars
submission. The workflow asks the same sheet before it submits: no page promises what it refuses.

Source: practice.md P1 (proof), P16 (scope); decisions.md, "Rules, items, limits".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects

from inspections.check_figures import FigureKey, FigureLine, FigureTable, figure_lines
from inspections.models import Answer, AnswerEvidence, Figure, RectificationTask, ReturnNote, SelfCheck
from inspections.registered_facts import Beside, facts_beside, ready_items, records_for, with_registered
from shuangjian import clock
from shuangjian.policy import judging
from shuangjian.policy.check_items import indicators_of, items_of
from shuangjian.policy.models import CheckItem, Rule, Rulebook
from shuangjian.policy.scope import UnitFacts, concerns, facts_of, why_out_of_scope
from shuangjian.registers.records import Records

V = Answer.Value
# What a sheet asks of a check's round and unit: select_related of whoever reads checks for it.
WITH_UNIT = ("round__term", "organisation__school", "organisation__institution")


@dataclass(frozen=True, kw_only=True)
class ItemAnswer:
    """What a unit says of one item. ``figures`` as people write them; an empty one is none."""

    value: str = ""
    problem_text: str = ""
    reason: str = ""
    measure_text: str = ""
    person: str = ""
    fix_on: date | None = None
    figures: Mapping[FigureKey, str] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """The fields of an ``Answer`` row."""
        names = ("value", "problem_text", "reason", "measure_text", "person", "fix_on")
        return {name: getattr(self, name) for name in names}

    def fingerprint(self) -> str:
        """Eight characters that differ when anything differs: how a form knows what it began with."""
        figures = sorted((name, grade or 0, value) for (name, grade), value in self.figures.items() if value)
        content = json.dumps([*self.stored().values(), figures], default=str, ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:8]


# --- Items -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemLine:
    """One item of a rule: the answer, or the reason why it isn't asked (``answer`` None)."""

    item: CheckItem
    answer: Answer | None
    why_out: str
    figures: list[FigureLine]
    evidence: list[AnswerEvidence]
    open_problem: str = ""  # the number of an open problem of this item, if one stands
    stated: Mapping[FigureKey, str] = field(
        default_factory=dict
    )  # the figures as the answer's rows, or the registers, have them
    beside: list[Beside] = field(default_factory=list)  # what the registers say of it
    is_ready: bool = False  # they answer it wholly, and nothing speaks against it

    @property
    def is_asked(self) -> bool:
        return self.answer is not None

    @property
    def given(self) -> Answer:
        """The answer of an item that is asked; LookupError for one that isn't."""
        if self.answer is None:
            raise LookupError(self.item.code)
        return self.answer

    @property
    def said(self) -> ItemAnswer:
        """The answer as it stands in its row; of an item that is asked."""
        answer = self.given
        return ItemAnswer(
            value=answer.value,
            problem_text=answer.problem_text,
            reason=answer.reason,
            measure_text=answer.measure_text,
            person=answer.person,
            fix_on=answer.fix_on,
            figures=self.stated,
        )

    @property
    def token(self) -> str:
        """Version and fingerprint of the answer: what a form that shows it begins with."""
        return f"{self.given.version}-{self.said.fingerprint()}"

    @property
    def joins(self) -> bool:
        """Will what is found here be added to an open problem instead of making one?"""
        return bool(self.open_problem) and self.answer is not None and self.answer.is_problem

    @property
    def kinds(self) -> list[str]:
        return self.item.kinds

    @property
    def tables(self) -> list[FigureTable]:
        by_indicator: dict[int, list[FigureLine]] = {}
        for line in self.figures:
            by_indicator.setdefault(line.indicator.pk, []).append(line)
        return [FigureTable(lines[0].indicator, lines) for lines in by_indicator.values()]

    @property
    def over(self) -> list[FigureLine]:
        """The figures beyond their limit."""
        return [line for line in self.figures if line.is_over]

    @property
    def gap(self) -> str:
        """What the answer lacks before it can be submitted, in a word or two; empty when complete."""
        answer = self.answer
        if answer is None:
            return ""
        if not answer.value:
            return "未作答"
        if answer.is_problem and not answer.problem_text.strip():
            return "缺问题说明"
        if answer.value == V.NOT_APPLICABLE and not answer.reason.strip():
            return "缺理由"
        if answer.value == V.MEETS and self.over:
            return "数值超限"
        if answer.is_problem and answer.fix_on and answer.fix_on < clock.today():
            return "时限已过"
        if self.item.evidence_required and answer.value != V.NOT_APPLICABLE and not self.evidence:
            return "缺佐证"
        return ""

    @property
    def gap_words(self) -> str:
        """The whole sentence of ``gap``, naming the item."""
        name = self.item.short_code
        return {
            "": "",
            "未作答": f"请选择{name}的自查结论",
            "缺问题说明": f"请写明{name}存在的问题，例如“三年级数学日均75分钟”",
            "缺理由": f"请写明{name}不适用的理由",
            "数值超限": f"{name}{over_words(self.over)}，不能选“符合”，请改选“部分符合”或“不符合”",
            "时限已过": f"{name}的完成时限要在今天以后，请改选日期",
            "缺佐证": f"{name}需要佐证，请至少添加1个文件",
        }[self.gap]


def over_words(lines: Iterable[FigureLine]) -> str:
    """三年级66分钟/天，超出6分钟（不超过60分钟/天）；…"""
    return "；".join(line.words for line in lines)


# --- Rules -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleSheet:
    """One rule of a check with its items: a row of the task list, a page of the form."""

    rule: Rule
    items: list[ItemLine]
    note: ReturnNote | None
    is_open: bool  # may its answers be changed in the check's present state?

    @property
    def asked(self) -> list[ItemLine]:
        return [line for line in self.items if line.is_asked]

    @property
    def answers(self) -> list[Answer]:
        return [line.answer for line in self.items if line.answer is not None]

    @property
    def total(self) -> int:
        return len(self.answers)

    @property
    def answered(self) -> int:
        return sum(bool(answer.value) for answer in self.answers)

    @property
    def conclusion(self) -> str:
        """符合, 部分符合, 不符合, 不适用, or empty while open."""
        value = judging.conclusion(answer.value for answer in self.answers)
        return V(value).label if value else ""

    @property
    def gaps(self) -> list[ItemLine]:
        return [line for line in self.items if line.gap]

    @property
    def unanswered(self) -> int:
        return self.total - self.answered

    @property
    def faults(self) -> list[ItemLine]:
        """The answers that lack something; what isn't answered yet is no fault."""
        return [line for line in self.gaps if line.gap != "未作答"]

    @property
    def is_done(self) -> bool:
        return not self.gaps

    @property
    def is_mended(self) -> bool:
        """Was a returned rule worked on since it was returned?"""
        note = self.note
        return note is not None and any(
            answer.updated_at and answer.updated_at > note.written_at for answer in self.answers
        )

    @property
    def state(self) -> tuple[str, str]:
        """(kind of tag, words) of the rule in the list; kind empty for what is done, which is plain text."""
        if self.note is not None and self.is_open and not self.is_mended:
            return "bad", "退回修改"
        if not self.answered:
            return "none", "未开始"
        words = next((line.gap for line in self.items if line.gap and line.gap != "未作答"), "")
        if words:
            return "warn", words
        return ("wait", "填写中") if self.gaps else ("", "已完成")

    @property
    def side_words(self) -> str:
        """The same in the narrow list beside a rule: 已完成, 2/3, 缺问题说明, nothing before it was begun."""
        kind, words = self.state
        return {"none": "", "wait": f"{self.answered}/{self.total}"}.get(kind, words)

    @property
    def kinds(self) -> list[str]:
        found = {kind for line in self.items for kind in line.kinds}
        return [kind for kind in ("严禁", "不得", "不能") if kind in found]

    @property
    def version(self) -> str:
        """What the form of this rule began with: version and fingerprint of each answer."""
        return ",".join(line.token for line in self.asked)

    @property
    def latest(self) -> Answer | None:
        """The answer that was saved last, None before any was."""
        saved = [(answer.updated_at, answer.pk, answer) for answer in self.answers if answer.updated_at]
        return max(saved)[2] if saved else None


@dataclass(frozen=True)
class CheckSheet:
    """A whole check (or, with ``check`` None, the blank form of a kind of unit)."""

    check: SelfCheck | None
    rules: list[RuleSheet]

    @property
    def total(self) -> int:
        return len(self.rules)

    @property
    def done(self) -> int:
        return sum(rule.is_done for rule in self.rules)

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def gaps(self) -> list[ItemLine]:
        return [line for rule in self.rules for line in rule.gaps]

    @property
    def conclusions(self) -> str:
        """符合10条，部分符合2条"""
        found = [rule.conclusion or "未填完" for rule in self.rules]
        labels = [label for _, label in V.choices] + ["未填完"]
        return "，".join(f"{label}{found.count(label)}条" for label in labels if label in found)

    @property
    def notes(self) -> list[RuleSheet]:
        """The rules that the reviewer returned."""
        return [rule for rule in self.rules if rule.note is not None]

    @property
    def next_rule(self) -> RuleSheet | None:
        """The first rule that still needs something, returned ones included; None when all is done."""
        waiting = (rule for rule in self.rules if rule.is_open)
        return next((rule for rule in waiting if rule.gaps or (rule.note and not rule.is_mended)), None)

    @property
    def problems_ahead(self) -> list[ItemLine]:
        """The answers that submitting would turn into problems; an open problem is not doubled."""
        return [
            line
            for rule in self.rules
            for line in rule.items
            if line.answer is not None and line.answer.is_problem and not line.open_problem
        ]

    @property
    def ready(self) -> list[ItemLine]:
        """What the registers answer and nobody has answered yet: confirmed as a block (P4)."""
        waiting = (line for rule in self.rules if rule.is_open for line in rule.asked)
        return [line for line in waiting if line.is_ready and not line.given.value]

    def rule(self, number: int) -> RuleSheet | None:
        return next((one for one in self.rules if one.rule.number == number), None)


def blank(rulebook: Rulebook, facts: UnitFacts) -> CheckSheet:
    """The form as a unit with ``facts`` will get it, unanswered: for the preview of a round."""
    lines = [
        ItemLine(
            item=item,
            answer=Answer(item=item) if concerns(item, facts) else None,
            why_out="" if concerns(item, facts) else why_out_of_scope(item, facts),
            figures=figure_lines(item, facts, clock.today()),
            evidence=[],
        )
        for item in items_of(rulebook.pk, facts.kind)
    ]
    return CheckSheet(None, [RuleSheet(rule, own, None, False) for rule, own in _by_rule(lines)])


def load(check: SelfCheck) -> CheckSheet:
    """The sheet of a check as it stands, in a fixed number of queries.

    Needs ``check.round`` and the unit's facts loaded (``WITH_UNIT``) to add none. Who saved an answer last
    is not loaded with it: see ``with_people``.
    """
    answers = {answer.item_id: answer for answer in check.answers.order_by()}
    stated = _stated(check)
    evidence: dict[int, list[AnswerEvidence]] = {}
    for proof in (
        AnswerEvidence.objects.filter(answer__self_check=check).select_related("stored_file").order_by("pk")
    ):
        evidence.setdefault(proof.answer_id, []).append(proof)
    facts = facts_of(check.organisation)
    standing = open_problems(check)
    notes = notes_in_force(check)
    registered = records_for(check)
    ready = ready_items(registered) if registered is not None else set()
    lines = []
    for item in items_of(check.round.rulebook_id, check.organisation.kind):
        if item.pk not in answers:
            lines.append(ItemLine(item, None, why_out_of_scope(item, facts), [], []))
            continue
        line = _line(item, answers[item.pk], facts, stated, evidence, standing.get(item.code, ""))
        # Of a returned check only the rules that were named change; the others stay as submitted.
        if registered is not None and (not check.submission_count or item.rule_id in notes):
            line = _with_registers(line, registered, item.code in ready)
        lines.append(line)
    editable = check.is_editable
    rules = [
        RuleSheet(rule, own, notes.get(rule.pk), editable and (not notes or rule.pk in notes))
        for rule, own in _by_rule(lines)
    ]
    return CheckSheet(check, rules)


def _stated(check: SelfCheck) -> dict[int, dict[FigureKey, str]]:
    """What the check states in figures, by answer."""
    indicators = indicators_of(check.round.rulebook_id)
    stated: dict[int, dict[FigureKey, str]] = {}
    rows = Figure.objects.filter(answer__self_check=check).order_by("pk")
    for answer_id, indicator_id, grade, value in rows.values_list("answer", "indicator", "grade", "value"):
        stated.setdefault(answer_id, {})[indicators[indicator_id].name, grade] = value
    return stated


def _line(
    item: CheckItem,
    answer: Answer,
    facts: UnitFacts,
    stated: Mapping[int, Mapping[FigureKey, str]],
    evidence: Mapping[int, list[AnswerEvidence]],
    open_problem: str,
) -> ItemLine:
    values = stated.get(answer.pk, {})
    figures = figure_lines(item, facts, clock.today(), values)
    return ItemLine(item, answer, "", figures, evidence.get(answer.pk, []), open_problem, values)


def _with_registers(line: ItemLine, registered: Records, is_ready: bool) -> ItemLine:
    figures = with_registered(registered, line.item, line.figures)
    taken = {one.key: one.value for one in figures if one.is_registered}
    beside = facts_beside(registered, line.item)
    return replace(line, figures=figures, stated={**line.stated, **taken}, beside=beside, is_ready=is_ready)


def with_people(lines: Iterable[ItemLine]) -> list[ItemLine]:
    """Load who saved the answers of these lines last, in one query."""
    asked = [line for line in lines if line.answer is not None]
    prefetch_related_objects([line.given for line in asked], "updated_by")
    return asked


def keyed_in_lines(sheet: CheckSheet) -> list[ItemLine]:
    """The lines whose answers staff typed in from the unit's paper (代填)."""
    return [line for rule in sheet.rules for line in rule.asked if line.given.is_keyed_in]


def _by_rule(lines: Iterable[ItemLine]) -> list[tuple[Rule, list[ItemLine]]]:
    """Rules with their items, in order; a rule of which nothing is asked is left out."""
    rules: dict[int, tuple[Rule, list[ItemLine]]] = {}
    for line in lines:
        rules.setdefault(line.item.rule_id, (line.item.rule, []))[1].append(line)
    return [(rule, own) for rule, own in rules.values() if any(line.is_asked for line in own)]


def open_problems(check: SelfCheck) -> dict[str, str]:
    """Numbers of the unit's open problems by the item's code, whatever version of it was found."""
    tasks = RectificationTask.objects.open().filter(problem__organisation=check.organisation_id)
    return dict(tasks.exclude(problem__item=None).values_list("problem__item__code", "problem__no"))


def notes_in_force(check: SelfCheck) -> dict[int, ReturnNote]:
    """The reviewer's words by rule while the check is returned (or sent again, unsubmitted); else empty."""
    if check.state not in SelfCheck.OPEN_STATES or not check.submission_count:
        return {}
    notes = check.return_notes.filter(ordinal=check.submission_count).select_related("written_by")
    return {note.rule_id: note for note in notes}


def snapshot(sheet: CheckSheet) -> dict[str, Any]:
    """The answers as they are frozen at submission, by item code, without what the value has no use for."""
    with_people(keyed_in_lines(sheet))
    return {
        line.item.code: _frozen(line, line.answer)
        for rule in sheet.rules
        for line in rule.items
        if line.answer is not None
    }


def words_of(frozen: Mapping[str, Any]) -> dict[str, Any]:
    """What the unit itself said in a frozen answer, without the verdicts of that day: for comparing two."""
    return {
        **{name: said for name, said in frozen.items() if name != "keyed_in_by"},
        "figures": [(one["name"], one["grade"], one["value"]) for one in frozen.get("figures", [])],
        "files": [one["id"] for one in frozen.get("files", [])],
    }


def _frozen(line: ItemLine, answer: Answer) -> dict[str, Any]:
    frozen: dict[str, Any] = {"value": answer.value}
    if answer.is_keyed_in:
        frozen["keyed_in_by"] = answer.updated_by.name if answer.updated_by else ""
    if answer.is_problem:
        frozen |= {"problem_text": answer.problem_text, "measure_text": answer.measure_text}
        frozen |= {"person": answer.person, "fix_on": answer.fix_on.isoformat() if answer.fix_on else None}
    if answer.value == V.NOT_APPLICABLE:
        frozen["reason"] = answer.reason
    frozen["figures"] = [
        {
            "name": one.indicator.name,
            "grade": one.grade,
            "value": one.value,
            "words": one.words,
            "over": one.is_over,
        }
        for one in line.figures
        if one.value
    ]
    frozen["files"] = [
        {"id": one.stored_file_id, "name": one.stored_file.original_name} for one in line.evidence
    ]
    return frozen
