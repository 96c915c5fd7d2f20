"""A self-check on its way (自检自查): the head's confirmation, submission, review, return, acceptance.

Filling it stands in ``check_answers``, the table of moves in ``check_machine``; both are offered here too.
Submitting freezes the answers and makes the problems in one transaction.

Source: ux.md flow A; practice.md P3 (one confirmation), P8 (light track), P15 (who signs).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from inspections import notices_of_checks as notices
from inspections.check_sheet import CheckSheet, ItemAnswer, ItemLine, load, snapshot, with_people
from inspections.models import Problem, ReturnNote, SelfCheck, Submission
from inspections.models.problem import AT_ONCE_MOST_DAYS, LIGHT_TRACK_DAYS
from inspections.models.self_check import values_of
from inspections.workflows import problems
from inspections.workflows.check_answers import (
    AnswerConflict,
    Incomplete,
    SavedRule,
    attach_evidence,
    keep_registered,
    remove_evidence,
    restore_evidence,
    save_rule,
    save_rules,
)
from inspections.workflows.check_machine import MACHINE, TRANSITIONS, S, begin, moving
from shuangjian import clock
from shuangjian.accounts.machine import Move
from shuangjian.accounts.models import Headship, Organisation, User
from shuangjian.accounts.selectors import heads_of
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar, school_days
from shuangjian.policy.calendar import Computed
from shuangjian.policy.workflows import counting, duties

__all__ = [
    "MACHINE",
    "TRANSITIONS",
    "AnswerConflict",
    "Incomplete",
    "ItemAnswer",
    "SavedRule",
    "accept",
    "attach_evidence",
    "confirm",
    "key_in",
    "remove_evidence",
    "restore_evidence",
    "save_rule",
    "save_rules",
    "send_back",
    "send_to_head",
    "stop_keying",
    "submit_keyed",
    "submit_with_scan",
    "take_back",
]

DEFAULT_FIX_DAYS = LIGHT_TRACK_DAYS  # for a problem without a date of its own
MOST_WORDS = 300  # of the words on one returned rule
RETURN_DAYS = 5  # working days that a returned check has at least


def _complete_sheet(check: SelfCheck) -> CheckSheet:
    """The sheet, if nothing is missing; else Refused, naming up to three gaps."""
    sheet = load(check)
    gaps = sheet.gaps
    if gaps:
        shown = "；".join(line.gap_words for line in gaps[:3])
        raise Refused(f"还有{len(gaps)}处没有填完：{shown}" + ("等" if len(gaps) > 3 else ""))
    return sheet


def send_to_head(*, check_id: int, actor: User, version: int | None = None) -> SelfCheck:
    """送负责人确认: all is answered; until he confirms or it is taken back nothing can be changed."""
    with moving("send-to-head", check_id, actor, version) as step:
        _complete_sheet(step.row)
        if not heads_of(step.row.organisation).exists():
            raise Refused("还没有负责人账号，请打印盖章后上传扫描件")
        step.row.sent_by = actor
        notices.sent_to_head(step.row)
    return step.row


def take_back(*, check_id: int, actor: User, version: int | None = None) -> SelfCheck:
    """撤回修改: back to filling, or to 退回修改 where it had been returned."""
    with moving("take-back", check_id, actor, version) as step:
        step.row.state = S.RETURNED if step.row.submission_count else S.FILLING
        notices.taken_back(step.row, actor)
    return step.row


def confirm(*, check_id: int, actor: User, version: int | None = None) -> SelfCheck:
    """确认并提交: the head, by his own account; what was not sent to him he sends and confirms in one go."""
    with moving("confirm", check_id, actor, version) as step:
        step.row.confirmation = "online"
        step.row.scan = None
        _submit(step, confirmed_name=actor.name)
    return step.row


def submit_with_scan(
    *, check_id: int, actor: User, version: int | None = None, scan: StoredFile
) -> SelfCheck:
    """打印盖章后上传扫描件: the paper signed by that day's head is the one confirmation (P3, P15)."""
    with moving("submit-scan", check_id, actor, version) as step:
        step.row.scan = scan
        step.after["scan"] = scan.sha256
        _submit_on_paper(step)
    return step.row


def head_on_the_day(unit: Organisation) -> Headship | None:
    """Who heads the unit today (P15), or the unit that files for it; None where nobody is registered."""
    today = clock.today()
    terms = Headship.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=today),
        organisation_id__in=[unit.pk, unit.responsible_unit_id],
        from_on__lte=today,
    )
    return min(
        terms, key=lambda term: (term.organisation_id != unit.pk, -term.from_on.toordinal()), default=None
    )


# --- 代填 ---------------------------------------------------------------------------------------------------


def key_in(*, check_id: int, actor: User, version: int | None = None, scan: StoredFile) -> SelfCheck:
    """代填: staff begins to type in the paper that the unit filled in, signed and sealed; ``scan`` is it.

    Until it is submitted or given back the unit's people only look. What they had begun online is theirs.
    Raises Refused for a unit without a registered head: his signature is the confirmation (P3, P15).
    """
    with moving("key-in", check_id, actor, version) as step:
        check = step.row
        if head_on_the_day(check.organisation) is None:
            raise Refused("还没有登记现任负责人，不能认定签字，请先在单位档案里登记任职")
        check.keyed_in_by, check.keyed_in_at, check.scan = actor, clock.now(), scan
        begin(step)
        step.after["scan"] = scan.sha256
        notices.keyed_in(check, actor)
    return step.row


def stop_keying(*, check_id: int, actor: User, version: int | None = None) -> SelfCheck:
    """停止代填: the unit goes on by itself from what has been typed in; the paper's scan goes."""
    with moving("stop-keying", check_id, actor, version) as step:
        step.before["keyed_in_by"] = step.row.keyed_in_by_id
        step.row.keyed_in_by = step.row.keyed_in_at = step.row.scan = None
        notices.keying_stopped(step.row)
    return step.row


def submit_keyed(*, check_id: int, actor: User, version: int | None = None) -> SelfCheck:
    """按纸质表提交: the signed and sealed paper, its scan attached, is the head's one confirmation (P3)."""
    with moving("submit-keyed", check_id, actor, version) as step:
        step.row.keyed_in_by = actor
        step.after["keyed_in_by"] = actor.pk
        step.note = f"代填：{actor.name}"
        _submit_on_paper(step)
    return step.row


def _submit_on_paper(step: Move[SelfCheck]) -> None:
    """Submit what the signed and sealed paper says: it is confirmed by the head of the day (P3, P15)."""
    head = head_on_the_day(step.row.organisation)
    if head is None:
        raise Refused("还没有登记现任负责人，请先在单位档案里登记任职")
    step.row.confirmation = "paper"
    _submit(step, confirmed_name=head.name)


def _submit(step: Move[SelfCheck], *, confirmed_name: str) -> None:
    """Freeze the answers, make the problems, tell the reviewers."""
    check = step.row
    if check.round.obligation is not None:
        duties.check_unlocked(check.round.obligation, check.organisation, also_until=check.due_on)
    sheet = _complete_sheet(check)
    keep_registered(sheet)
    before = check.submissions.order_by("-ordinal").first()
    frozen = snapshot(sheet)
    now = clock.now()
    check.submission_count += 1
    check.submitted_at = now
    check.confirmed_by = step.actor
    check.confirmed_name = confirmed_name
    Submission.objects.create(
        self_check=check,
        ordinal=check.submission_count,
        submitted_at=now,
        submitted_by=step.actor,
        keyed_in_by=check.keyed_in_by,
        answers=frozen,
        values=values_of(frozen),
    )
    registered = [
        _register(check, line, step.actor)
        for line in with_people(new_problems(sheet, before.answers if before else {}))
    ]
    step.after |= {"submission": check.submission_count, "problems": [one.no for one in registered]}
    notices.submitted(check, len(registered))


def new_problems(sheet: CheckSheet, submitted_before: Mapping[str, Any]) -> list[ItemLine]:
    """What submitting makes a problem of: nothing that is open, no fault that was submitted before."""
    return [
        line
        for line in sheet.problems_ahead
        if _fault(line) != _fault_before(submitted_before.get(line.item.code, {}))
    ]


def _fault(line: ItemLine) -> tuple[str, str]:
    return line.given.value, line.given.problem_text


def _fault_before(frozen: Mapping[str, Any]) -> tuple[str, str]:
    return frozen.get("value", ""), frozen.get("problem_text", "")


def _register(check: SelfCheck, line: ItemLine, actor: User) -> Problem:
    answer = line.given
    today = clock.today()
    due_on = answer.fix_on or today + timedelta(days=DEFAULT_FIX_DAYS)
    planned = answer.measure_text and answer.person and answer.fix_on
    at_once = due_on <= today + timedelta(days=AT_ONCE_MOST_DAYS)
    return problems.register(
        organisation=check.organisation,
        rule=line.item.rule,
        item=line.item,
        prohibition=line.item.gravest_prohibition(),
        limit=line.over[0].limit if line.over else None,
        fact=answer.problem_text,
        origin=Problem.Origin.SELF_CHECK,
        rectifying=Problem.Rectifying.AT_ONCE if at_once else Problem.Rectifying.BY_DATE,
        due_on=due_on,
        found_by=answer.updated_by or actor,
        term=check.round.term,
        source_answer_id=answer.pk,
        measure=problems.PlannedMeasure(text=answer.measure_text, person=answer.person, due_on=due_on)
        if planned
        else None,
    )


# --- Review ------------------------------------------------------------------------------------------------


def send_back(
    *, check_id: int, actor: User, version: int | None = None, notes: Mapping[int, str]
) -> SelfCheck:
    """退回修改: words for each rule that opens again, by its number; the others stay as submitted.

    The unit has at least five working days. Raises Refused without words.
    """
    with moving("send-back", check_id, actor, version) as step:
        check = step.row
        words = {number: text.strip() for number, text in notes.items() if text.strip()}
        if not words:
            raise Refused("请至少写明1条的退回意见")
        sheet = load(check)
        now = clock.now()
        for number, text in sorted(words.items()):
            rule = sheet.rule(number)
            if rule is None:
                raise Refused(f"这份自查没有第{number}条")
            _check_length(number, text)
            ReturnNote.objects.create(
                self_check=check,
                ordinal=check.submission_count,
                rule=rule.rule,
                words=text,
                written_by=actor,
                written_at=now,
            )
        step.note = "\n".join(f"第{number}条：{text}" for number, text in sorted(words.items()))
        check.keyed_in_by = check.keyed_in_at = None  # the unit mends it, or staff begins 代填 anew
        step.after["rules"] = sorted(words)
        _leave_time(step)
        notices.sent_back(check, sorted(words))
    return step.row


def _check_length(number: int, text: str) -> None:
    over = len(text) - MOST_WORDS
    if over > 0:
        raise Refused(f"第{number}条的退回意见最多{MOST_WORDS}字，现在是{len(text)}字，请删去{over}字")


def _leave_time(step: Move[SelfCheck]) -> None:
    """A unit that had submitted is not overdue on the day its check comes back."""
    counted = calendar.add_working_days(clock.today(), RETURN_DAYS)
    least = due_after_return(step.row, counted)
    if step.row.due_on < least:
        counting.keep(step.row, "due_on", counted, on=least)
        step.before["due_on"], step.after["due_on"] = str(step.row.due_on), str(least)
        step.row.due_on = least


def due_after_return(check: SelfCheck, counted: Computed) -> date:
    """When a returned check is due: what a school owes waits for lessons to begin again (P20)."""
    is_school = check.organisation.kind == Organisation.Kind.SCHOOL
    return school_days.next_school_day(counted.on) if is_school else counted.on


def accept(*, check_id: int, actor: User, version: int | None = None) -> SelfCheck:
    """确认自查: the reviewer takes the submission as it is."""
    with moving("accept", check_id, actor, version) as step:
        step.row.accepted_at = clock.now()
        step.row.accepted_by = actor
        notices.accepted(step.row)
    return step.row
