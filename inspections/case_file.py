"""One problem as its page shows it: who must act and by when, proof, plan, decisions, authority, course."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import prefetch_related_objects

from inspections.models import (
    CloseAuthority,
    Decision,
    Evidence,
    Measure,
    Problem,
    Recheck,
    RectificationTask,
    Transfer,
)
from inspections.permissions import authorities_over, closing_role
from inspections.proofs import Proof, proofs_of
from inspections.querysets import UNCOUNTED_STATES
from inspections.selectors import Step, StoryLine, steps_of, story_of_problem
from inspections.workflows.rectification import open_measures
from shuangjian import clock
from shuangjian.accounts.models import County
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import county
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed
from shuangjian.policy.models import ProofRequirement
from shuangjian.policy.workflows import counting

REVIEWERS = "双减专班或责任督学"


@dataclass(frozen=True)
class NextStep:
    """Who must do what by when, and what happens then. ``by`` None: nothing presses."""

    who: str
    what: str
    by: date | None = None
    hint: str = ""
    counted: str = ""  # how ``by`` was counted in working days, where it was


@dataclass(frozen=True)
class CaseFile:
    """Everything on the page of a problem but the viewer's own moves."""

    next_step: NextStep
    steps: list[Step]
    proofs: list[Proof]
    other_evidence: list[Evidence]
    measures: list[Measure]
    decisions: list[Decision]
    authorities: list[CloseAuthority]
    story: list[StoryLine]
    owes_more: bool  # returned, and nothing was filed since

    @property
    def missing(self) -> list[ProofRequirement]:
        return [proof.need for proof in self.proofs if proof.need is not None and proof.is_missing]

    @property
    def required(self) -> list[Proof]:
        return [proof for proof in self.proofs if proof.need is not None and proof.need.is_required]

    @property
    def proven_count(self) -> int:
        """Of the required ones: what is welcome besides is no gap."""
        return sum(proof.is_filed for proof in self.required)

    @property
    def plan_approved(self) -> Decision | None:
        """The latest consent to the plan in force, for its heading."""
        return next((one for one in reversed(self.decisions) if one.kind == "plan_approved"), None)


# What was decided, asked and answered in a round, with who did.
_TOLD = (
    "decisions__decided_by",
    "extensions__asked_by",
    "extensions__decided_by",
    "extensions__sealed_page",
    "objections__stored_file",
    "objections__asked_by",
    "objections__decided_by",
    "transfers__department",
    "transfers__receipt",
    "transfers__result_file",
)


def case_of(problem: Problem, task: RectificationTask) -> CaseFile:
    """Read the whole case. Leaves ``task.evidence`` prefetched, so that permissions ask no more about it."""
    prefetch_related_objects([task], "evidence__stored_file", "evidence__added_by", "measures", *_TOLD)
    decisions, (proofs, besides) = list(task.decisions.all()), proofs_of(task, task.evidence.all())
    story = story_of_problem(problem)
    return CaseFile(
        next_step=next_step_of(task, sum(proof.is_missing for proof in proofs), decisions),
        steps=[] if task.state in UNCOUNTED_STATES else steps_of(task, story),
        proofs=proofs,
        other_evidence=besides,
        measures=task.measures_in_force,
        decisions=decisions,
        authorities=authorities_over(problem, task),
        story=story,
        owes_more=owes_more(task, decisions),
    )


def owes_more(task: RectificationTask, decisions: list[Decision]) -> bool:
    """The close-out was returned for want of something, and nothing was filed since."""
    last = decisions[-1] if decisions else None
    if last is None or last.kind != Decision.Kind.SENT_BACK:
        return False
    return not any(row.added_at >= last.decided_at for row in task.evidence.all())


@dataclass(frozen=True)
class Round:
    """One round of putting right with everything that was filed, decided and looked at again."""

    task: RectificationTask
    evidence: list[Evidence]
    rechecks: list[Recheck]


def rounds_of(problem: Problem) -> list[Round]:
    """All rounds, first to last; a look-back that still waits is not shown: it comes unannounced."""
    tasks = problem.tasks.order_by("ordinal").select_related("acknowledged_by", "closed_by")
    rows = tasks.prefetch_related(
        "measures",
        "evidence__stored_file",
        "evidence__requirement",
        "evidence__measure",
        "evidence__added_by",
        "rechecks__done_by",
        *_TOLD,
    )
    return [
        Round(
            task, list(task.evidence.all()), [one for one in task.rechecks.all() if one.done_at is not None]
        )
        for task in rows
    ]


def verify_by(task: RectificationTask, settings_row: County) -> Computed | None:
    """Until when the county verifies and closes what was applied for."""
    if task.applied_at is None:
        return None
    return calendar.add_working_days(clock.local_day(task.applied_at), settings_row.verify_days)


def next_step_of(task: RectificationTask, missing_count: int, decisions: list[Decision]) -> NextStep:
    """The next step of a task; ``missing_count`` of required proofs, ``decisions`` in order of time."""
    settings_row, problem = county() or County(), task.problem
    unit = problem.organisation.name
    if task.state in _DETOURS:
        return _DETOURS[task.state](task)
    if task.state == task.State.PLANNING:
        hint = f"提交后由{REVIEWERS}在{settings_row.plan_review_days}个工作日内审核"
        return NextStep(unit, "提交整改计划", task.plan_due_on, hint, counting.words_of(task, "plan_due_on"))
    if task.state == task.State.PLAN_REVIEW:
        counted = counting.words_of(task, "plan_due_on")
        return NextStep(REVIEWERS, "审核整改计划", task.plan_due_on, counted=counted)
    if task.state == task.State.RECTIFYING:
        return _rectifying(task, unit, missing_count, decisions, settings_row)
    if task.state == task.State.VERIFYING:
        what = "到现场核查" if problem.is_red_line else "核查销号申请"
        return _counted_step(REVIEWERS, what, verify_by(task, settings_row), "核查和销号由两个人办理")
    if task.state == task.State.VERIFIED:
        if problem.origin == Problem.Origin.SUPERIOR and not task.superior_has_agreed:
            return _counted_step(Role.TASK_FORCE.label, "报请上级同意销号", verify_by(task, settings_row))
        return _counted_step(closing_role(task).label, "同意销号", verify_by(task, settings_row))
    return NextStep("", task.get_state_display())


def _parked(task: RectificationTask) -> NextStep:
    return NextStep(Role.TASK_FORCE.label, "复核挂账", task.review_on, "挂账期间不催办、不计逾期")


def _transferred(task: RectificationTask) -> NextStep:
    transfer = task.transfer
    if transfer is None:
        return NextStep(Role.TASK_FORCE.label, "收回移交")
    department = transfer.department.name
    if transfer.state == Transfer.State.CONTESTED:
        return NextStep(
            Role.TASK_FORCE.label, "决定是否维持移交", None, f"{department}：{transfer.contest_words}"
        )
    what = "接收移交" if transfer.state == Transfer.State.SENT else "办理并反馈结果"
    return NextStep(department, what, transfer.report_by, f"移交函{transfer.letter_no}")


def _awaiting_superior(task: RectificationTask) -> NextStep:
    return NextStep("上级机关", "同意销号", None, f"交办文号{task.problem.superior_no}；收到答复后登记")


_DETOURS: dict[str, Callable[[RectificationTask], NextStep]] = {
    RectificationTask.State.PARKED: _parked,
    RectificationTask.State.TRANSFERRED: _transferred,
    RectificationTask.State.AWAITING_SUPERIOR: _awaiting_superior,
}


def _counted_step(who: str, what: str, by: Computed | None, hint: str = "") -> NextStep:
    return NextStep(who, what, by.on, hint, by.explain()) if by is not None else NextStep(who, what)


def _rectifying(
    task: RectificationTask, unit: str, missing_count: int, decisions: list[Decision], settings_row: County
) -> NextStep:
    if task.is_light:
        hint = "自查发现并按期改正的，不作为约谈、通报和考核扣分依据"
        return NextStep(unit, "改正后由负责人确认并销号", task.due_on, hint)
    undone = len(open_measures(task))
    gaps = [f"补齐{missing_count}项佐证"] if missing_count else []
    gaps += [f"登记{undone}条措施完成"] if undone else []
    if not gaps and owes_more(task, decisions):
        gaps = ["按退回意见补充佐证"]
    what = f"{'、'.join(gaps)}，再申请销号" if gaps else "申请销号"
    returned = decisions[-1] if decisions and decisions[-1].kind == Decision.Kind.SENT_BACK else None
    if returned is not None:
        return NextStep(unit, what, returned.missing_by, f"退回意见：{returned.missing}")
    if task.problem.light_track:
        return NextStep(unit, what, task.due_on, "没有按期改正，转为一般程序：申请销号后由县里核查")
    hint = f"申请后由{REVIEWERS}在{settings_row.verify_days}个工作日内核查"
    return NextStep(unit, what, task.due_on, hint, counting.words_of(task, "due_on"))
