"""The machine of putting a problem right (整改、核查、销号): who may move it where, what each move demands.

Verify and close are two moves by two people, but for ordinary problems that an authorised inspector verifies
and closes in one go, and for the light track that the unit's head closes (decisions.md; practice.md P6–P8).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import date

from inspections import notices, pause_limits
from inspections.models import Decision, Evidence, Measure, RectificationTask, Visit
from inspections.permissions import authority_of
from inspections.proofs import missing_proof
from inspections.querysets import ENDED_STATES
from inspections.workflows import rechecks
from inspections.workflows.problems import PlannedMeasure
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import County, User
from shuangjian.accounts.selectors import county
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed
from shuangjian.policy.models import ProofRequirement
from shuangjian.policy.school_days import Lessons
from shuangjian.policy.workflows import counting

S = RectificationTask.State
MOST_MEASURES = 5
# Until it applies for close-out the unit has the matter in hand: its date may be moved.
UNITS_TURN: set[str] = {S.PLANNING, S.PLAN_REVIEW, S.RECTIFYING}
OPEN = set(S.values) - set(ENDED_STATES)


def _t(label: str, source: set[str], target: str | None, permission: str) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission=f"inspections.{permission}"
    )


TRANSITIONS = {
    "acknowledge": _t("签收", {S.PLANNING}, None, "acknowledge_problem"),
    "plan": _t("提交整改计划", {S.PLANNING}, S.PLAN_REVIEW, "plan_task"),
    "approve-plan": _t("同意整改计划", {S.PLAN_REVIEW}, S.RECTIFYING, "review_plan"),
    "return-plan": _t("退回整改计划", {S.PLAN_REVIEW}, S.PLANNING, "review_plan"),
    "add-evidence": _t("补充佐证", {S.RECTIFYING}, None, "prove_task"),
    "measure-done": _t("登记措施完成", {S.RECTIFYING}, None, "prove_task"),
    "close-light": _t("确认整改完成并销号", {S.RECTIFYING}, S.CLOSED, "close_light_task"),
    "apply": _t("申请销号", {S.RECTIFYING}, S.VERIFYING, "apply_task"),
    "verify": _t("核查通过", {S.VERIFYING}, S.VERIFIED, "verify_task"),
    "verify-and-close": _t("核查通过并销号", {S.VERIFYING}, S.CLOSED, "verify_and_close_task"),
    "send-back": _t("退回整改", {S.VERIFYING, S.VERIFIED}, S.RECTIFYING, "send_back_task"),
    "close": _t("同意销号", {S.VERIFIED}, S.CLOSED, "close_task"),
    # 延期 (functions in workflows.extensions): while it is the unit's turn to put it right.
    "ask-extension": _t("申请延期", UNITS_TURN, None, "ask_extension"),
    "withdraw-extension": _t("撤回延期申请", UNITS_TURN, None, "withdraw_extension"),
    "grant-extension": _t("同意延期", UNITS_TURN, None, "decide_extension"),
    "refuse-extension": _t("不同意延期", UNITS_TURN, None, "decide_extension"),
    "extend": _t("延期", UNITS_TURN, None, "extend_task"),
    # 异议 (workflows.objections): while the matter is still being planned or put right.
    "object": _t("提出异议", {S.PLANNING}, None, "object_to_problem"),
    "reject-objection": _t("维持原认定", UNITS_TURN, None, "reject_objection"),
    "uphold-objection": _t("异议成立，撤销问题", UNITS_TURN, S.WITHDRAWN, "uphold_objection"),
    "withdraw": _t("撤销问题", OPEN, S.WITHDRAWN, "withdraw_problem"),
    # 挂账 (workflows.parking): what the unit cannot solve, looked at each quarter.
    "park": _t("挂账", UNITS_TURN, S.PARKED, "park_task"),
    "keep-parked": _t("复核后继续挂账", {S.PARKED}, None, "park_task"),
    "resume": _t("恢复整改", {S.PARKED}, S.RECTIFYING, "park_task"),
    # 移交 (workflows.transfers): another department has the power (P10).
    "transfer": _t("移交其他部门", UNITS_TURN, S.TRANSFERRED, "transfer_task"),
    "accept-transfer": _t("接收移交", {S.TRANSFERRED}, None, "answer_transfer"),
    "contest-transfer": _t("不予接收", {S.TRANSFERRED}, None, "contest_transfer"),
    "insist-transfer": _t("维持移交", {S.TRANSFERRED}, None, "insist_transfer"),
    "take-back": _t("收回移交", {S.TRANSFERRED}, S.RECTIFYING, "take_back_transfer"),
    "report-transfer": _t("反馈办理结果", {S.TRANSFERRED}, S.VERIFYING, "report_transfer"),
    # 上级交办 (workflows.superior): closed only after the office above agreed (P7).
    "ask-superior": _t("报请上级同意销号", {S.VERIFIED}, S.AWAITING_SUPERIOR, "ask_superior"),
    "superior-agreed": _t("登记上级同意", {S.AWAITING_SUPERIOR}, S.VERIFIED, "answer_of_superior"),
    "superior-refused": _t("登记上级不同意", {S.AWAITING_SUPERIOR}, S.RECTIFYING, "answer_of_superior"),
}
MACHINE: Machine[RectificationTask] = Machine(RectificationTask, "inspections.task", TRANSITIONS)
audit.name_actions({"inspections.task.overdue": "已过整改期限"})


def moving(
    key: str, task_id: int, actor: User, version: int | None, *, is_granted: bool = False
) -> AbstractContextManager[Move[RectificationTask]]:
    """Make the move ``key`` of the table on a task; the body writes the fields of its step.

    ``is_granted``: the right was asked of another move that this one follows from.
    """
    rows = RectificationTask.objects.select_related(
        "problem__organisation", "problem__rule", "problem__prohibition"
    )
    return MACHINE.moving(
        key, row_id=task_id, actor=actor, version=version, queryset=rows, is_granted=is_granted
    )


def decide(
    step: Move[RectificationTask],
    kind: str,
    *,
    words: str = "",
    document_no: str = "",
    method: str = "",
    missing: str = "",
    missing_by: date | None = None,
    visit: Visit | None = None,
) -> Decision:
    step.note = step.note or words or missing
    if method:
        step.after["method"] = method
    if document_no:
        step.after["document_no"] = document_no
    return Decision.objects.create(
        task=step.row,
        kind=kind,
        words=words,
        document_no=document_no,
        method=method,
        missing=missing,
        missing_by=missing_by,
        visit=visit,
        decided_by=step.actor,
        decided_role=acting_role(step.actor),
        decided_at=clock.now(),
    )


def open_measures(task: RectificationTask) -> list[Measure]:
    """The measures of the plan in force that nothing proves yet: each is done with a file or a sentence."""
    return [measure for measure in task.measures_in_force if measure.done_on is None]


def acknowledge(*, task_id: int, actor: User, version: int | None) -> RectificationTask:
    """签收: the unit has taken note; its days to object run from now."""
    with moving("acknowledge", task_id, actor, version) as step:
        _acknowledge(step)
    return step.row


def _acknowledge(step: Move[RectificationTask]) -> None:
    """Whoever plans has taken note as well."""
    if step.row.acknowledged_at is None:
        step.row.acknowledged_at, step.row.acknowledged_by = clock.now(), step.actor
        step.after["acknowledged"] = True


def submit_plan(
    *, task_id: int, actor: User, version: int | None, measures: Sequence[PlannedMeasure]
) -> RectificationTask:
    """The unit submits its plan: one to five measures, each with person and date (问题、措施、责任人、时限).

    Raises Refused where a measure lacks something or ends after the task's own date (for what needs pupils,
    after the date that it pauses to).
    """
    with moving("plan", task_id, actor, version) as step:
        task = step.row
        _check_measures(task, measures)
        task.plan_version += 1
        task.planned_by = actor
        _acknowledge(step)
        Measure.objects.bulk_create(
            Measure(task=task, plan_version=task.plan_version, **asdict(measure)) for measure in measures
        )
        task.plan_due_on = _next_plan_date(task, "plan_review_days")
        step.after["plan_version"] = task.plan_version
        notices.plan_submitted(task)
    return task


def days_of_plan(task: RectificationTask) -> date:
    """By when a unit that must plan (again) submits it: not after the task's date, not before today."""
    return _next_plan_date(task, "plan_days", at_most=task.due_on)


def _working_days_from_today(setting: str) -> Computed:
    """The day by which the next step is due: the county's own number of working days from today."""
    settings_row = county() or County()
    return calendar.add_working_days(clock.today(), getattr(settings_row, setting))


def _next_plan_date(task: RectificationTask, setting: str, *, at_most: date | None = None) -> date:
    """The day by which the plan goes on, kept with its arithmetic; never before today."""
    counted = _working_days_from_today(setting)
    on = max(min(counted.on, at_most or counted.on), clock.today())
    counting.keep(task, "plan_due_on", counted, on=on)
    return on


def _check_measures(task: RectificationTask, measures: Sequence[PlannedMeasure]) -> None:
    if not measures:
        raise Refused("请至少写明1条整改措施")
    if len(measures) > MOST_MEASURES:
        raise Refused(f"整改措施最多{MOST_MEASURES}条，现在是{len(measures)}条")
    limits = pause_limits.plan_limits(task)
    for number, measure in enumerate(measures, start=1):
        if not measure.text.strip() or not measure.person.strip():
            raise Refused(f"请写明第{number}条措施的内容和责任人")
        if measure.needs_pupils and limits.paused is None:
            raise Refused("红线问题、已经延期的问题和学校以外的单位，假期不停计，请取消勾选")
        fault = limits.fault(measure.due_on, needs_pupils=measure.needs_pupils)
        if fault:
            raise Refused(f"第{number}条措施的{fault}")


def approve_plan(*, task_id: int, actor: User, version: int | None, words: str = "") -> RectificationTask:
    """A reviewer agrees with the plan; the unit rectifies. What needs pupils pauses the date (P20)."""
    with moving("approve-plan", task_id, actor, version) as step:
        decide(step, Decision.Kind.PLAN_APPROVED, words=words)
        _pause(step)
        notices.plan_decided(step.row, approved=True, words=words)
    return step.row


def _pause(step: Move[RectificationTask]) -> None:
    """Put the date where it falls without the days on which pupils are away, kept with its arithmetic."""
    task = step.row
    if not pause_limits.pauses(task):
        return
    limit = pause_limits.paused_limit(task, Lessons.known())
    on = max(task.due_on, limit.on)
    counting.keep(task, "due_on", limit, on=on)
    step.after["paused"] = limit.paused
    move_date(step, on)


def return_plan(*, task_id: int, actor: User, version: int | None, words: str) -> RectificationTask:
    """A reviewer returns the plan with his words. Raises Refused without words."""
    with moving("return-plan", task_id, actor, version) as step:
        if not words.strip():
            raise Refused("请写明退回的意见")
        decide(step, Decision.Kind.PLAN_RETURNED, words=words)
        step.row.plan_due_on = days_of_plan(step.row)
        notices.plan_decided(step.row, approved=False, words=words)
    return step.row


def add_evidence(
    *,
    task_id: int,
    actor: User,
    version: int | None,
    requirement: ProofRequirement | None = None,
    files: Sequence[StoredFile] = (),
    note: str = "",
    about_on: date | None = None,
) -> RectificationTask:
    """File proof: files or one sentence, for a named requirement or besides. Only ever added.

    ``about_on`` is the day that it is about, where that is not told by the picture or today.
    """
    with moving("add-evidence", task_id, actor, version) as step:
        if about_on is not None and about_on > clock.today():
            raise Refused("材料反映的日期不能晚于今天")
        step.after["evidence"] = _file(step, files, note, requirement=requirement, about_on=about_on)
        if about_on is not None:
            step.after["about_on"] = str(about_on)
        step.note = note.strip() or "、".join(stored.original_name for stored in files)
    return step.row


def _file(
    step: Move[RectificationTask],
    files: Sequence[StoredFile],
    note: str,
    *,
    requirement: ProofRequirement | None = None,
    measure: Measure | None = None,
    about_on: date | None = None,
) -> int:
    """Add proof; how many rows. Raises Refused without any, and for a file of an earlier round."""
    if not files and not note.strip():
        raise Refused("请选择文件，或用一句话写明整改情况")
    before = Evidence.objects.filter(task__problem=step.row.problem_id).exclude(task=step.row)
    used = before.filter(stored_file__sha256__in=[stored.sha256 for stored in files])
    old = used.values_list("stored_file__sha256", flat=True)
    if old:
        names = "、".join(stored.original_name for stored in files if stored.sha256 in set(old))
        raise Refused(f"“{names}”在上一次整改已经用过，请上传这一次整改的材料")
    filed: Sequence[StoredFile | None] = files or [None]
    Evidence.objects.bulk_create(
        Evidence(
            task=step.row,
            requirement=requirement,
            measure=measure,
            stored_file=stored,
            note=note.strip(),
            about_on=about_on,
            added_by=step.actor,
            added_at=clock.now(),
        )
        for stored in filed
    )
    return len(filed)


def finish_measure(
    *,
    task_id: int,
    actor: User,
    version: int | None,
    measure_id: int,
    files: Sequence[StoredFile] = (),
    note: str = "",
) -> RectificationTask:
    """Mark one measure of the plan in force as done today, proven by a file or a sentence."""
    with moving("measure-done", task_id, actor, version) as step:
        measure = step.row.plan.filter(pk=measure_id, done_on__isnull=True).first()
        if measure is None:
            raise Refused("这条措施已经登记完成，或不在现行计划里")
        filed = _file(step, files, note, measure=measure)
        measure.done_on = clock.today()
        measure.save(update_fields=["done_on"])
        step.note = measure.text
        step.after |= {"measure": measure_id, "evidence": filed}
    return step.row


def apply(*, task_id: int, actor: User, version: int | None, statement: str) -> RectificationTask:
    """申请销号: says what was done. Raises Refused while required proof is missing, naming it."""
    with moving("apply", task_id, actor, version) as step:
        if not statement.strip():
            raise Refused("请写明整改完成情况")
        gap = missing_proof(step.row)
        if gap:
            raise Refused(f"还缺{len(gap)}项佐证：{'、'.join(f'{need.title}{need.demand}' for need in gap)}")
        undone = open_measures(step.row)
        if undone:
            raise Refused(f"还有{len(undone)}条措施没有登记完成：{'、'.join(one.text for one in undone)}")
        step.row.statement = statement
        step.row.applied_at = clock.now()
        step.row.applied_by = actor
        step.note = statement
        drop_request(step)
        counting.tell_of_missing_years(_working_days_from_today("verify_days"))
        notices.close_out_applied(step.row)
    return step.row


def verify(
    *, task_id: int, actor: User, version: int | None, method: str, words: str, visit: Visit | None = None
) -> RectificationTask:
    """核查通过: an independent person confirms, on paper or on site (a red line only on site)."""
    with moving("verify", task_id, actor, version) as step:
        _check_method(step.row, method)
        decide(step, Decision.Kind.VERIFIED, method=method, words=words, visit=visit)
        _mark_verified(step)
        notices.verified(step.row)
    return step.row


def _check_method(task: RectificationTask, method: str) -> None:
    if method not in Decision.Method.values:
        raise Refused("请选择现场核查或材料核查")
    if task.problem.is_red_line and method != Decision.Method.ON_SITE:
        raise Refused("红线问题必须现场核查")


def _mark_verified(step: Move[RectificationTask]) -> None:
    step.row.verified_at = clock.now()
    step.row.verified_by = step.actor


def verify_and_close(
    *, task_id: int, actor: User, version: int | None, method: str, words: str, visit: Visit | None = None
) -> RectificationTask:
    """授权督学销号 (P7): an authorised inspector verifies and closes an ordinary problem at once."""
    with moving("verify-and-close", task_id, actor, version) as step:
        _check_method(step.row, method)
        decide(step, Decision.Kind.VERIFIED, method=method, words=words, visit=visit)
        authority = authority_of(actor, step.row.problem)
        step.after["authority"] = authority.pk if authority else None
        _mark_verified(step)
        _close(step, words)
    return step.row


def close(*, task_id: int, actor: User, version: int | None, words: str = "") -> RectificationTask:
    """同意销号 by whoever the origin names (P7), a red line by the leader alone. Gives the number."""
    with moving("close", task_id, actor, version) as step:
        _close(step, words)
    return step.row


def close_light(*, task_id: int, actor: User, version: int | None, words: str = "") -> RectificationTask:
    """The unit's head closes a light-track problem with one proof or one sentence (P8)."""
    with moving("close-light", task_id, actor, version) as step:
        if not words.strip() and not step.row.evidence.exists():
            raise Refused("请上传1项佐证，或用一句话写明整改情况")
        drop_request(step)
        _close(step, words)
    return step.row


def drop_request(step: Move[RectificationTask]) -> None:
    """Who is done needs no later date: a request for one that still waits is taken back."""
    waiting = step.row.pending_extension
    if waiting is not None:
        waiting.settle(waiting.State.WITHDRAWN, by=step.actor, role=acting_role(step.actor))
        step.after["extension"] = waiting.state


def _close(step: Move[RectificationTask], words: str) -> None:
    """Close with number and time. The number is the problem's own: every paper of the case is found by it."""
    decide(step, Decision.Kind.CLOSED, words=words)
    task = step.row
    task.closed_at = clock.now()
    task.closed_by = step.actor
    suffix = f"-{task.ordinal}" if task.ordinal > 1 else ""
    task.close_no = f"销{task.problem.no}{suffix}"
    step.after["close_no"] = task.close_no
    rechecks.after_closing(task)
    notices.closed(task)


def withdraw(*, task_id: int, actor: User, version: int | None, words: str) -> RectificationTask:
    """撤销: the leader takes a mistaken problem back; it counts neither as found nor as put right."""
    with moving("withdraw", task_id, actor, version) as step:
        end_as_mistaken(step, words)
    return step.row


def end_as_mistaken(step: Move[RectificationTask], words: str) -> None:
    """End the round without a close-out number. Raises Refused without the reason."""
    if not words.strip():
        raise Refused("请写明撤销的理由")
    drop_request(step)
    decide(step, Decision.Kind.WITHDRAWN, words=words.strip())
    step.row.closed_at, step.row.closed_by = clock.now(), step.actor
    notices.withdrawn(step.row, words.strip())


def send_back(
    *, task_id: int, actor: User, version: int | None, missing: str, missing_by: date | None
) -> RectificationTask:
    """退回整改: what is missing and by when are both required; the date becomes the task's date if later."""
    with moving("send-back", task_id, actor, version) as step:
        return_to_unit(step, Decision.Kind.SENT_BACK, missing=missing, missing_by=missing_by)
    return step.row


def return_to_unit(
    step: Move[RectificationTask],
    kind: str,
    *,
    missing: str,
    missing_by: date | None,
    document_no: str = "",
) -> None:
    """Back to the unit, by our own word or by the office above."""
    if not missing.strip():
        raise Refused("请写明还缺什么")
    if missing_by is None or missing_by <= clock.today():
        raise Refused("请写明何时补齐，日期要晚于今天")
    decide(step, kind, missing=missing, missing_by=missing_by, document_no=document_no)
    task = step.row
    task.applied_at = task.applied_by = task.verified_at = task.verified_by = None
    move_date(step, max(missing_by, task.due_on))
    notices.sent_back(task, missing, missing_by)


def move_date(step: Move[RectificationTask], to_on: date) -> None:
    """Put the task's own date on ``to_on``, with the old one on record; chased anew from there."""
    task = step.row
    if to_on != task.due_on:
        step.before["due_on"], step.after["due_on"] = str(task.due_on), str(to_on)
        task.due_on = to_on
        task.overdue_noted_on = None
