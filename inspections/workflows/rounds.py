"""Rounds (自查批次): drafting one, publishing it to every unit of its kinds, ending it.

Publishing gives each unit its numbered self-check with one answer row per item in its scope, in one
transaction.

Source: practice.md P2 (name and number of the permission), P13 (填报主体), P16 (scope is computed);
decisions.md, "Plan".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from inspections import notices_of_checks as notices
from inspections.burden import launching
from inspections.models import Answer, Round, SelfCheck
from inspections.workflows import budgets
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.dates import cn_date
from shuangjian.journal import audit, numbers
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem, Duty, Obligation, Term
from shuangjian.policy.school_days import fault_for_schools
from shuangjian.policy.scope import concerns, facts_of
from shuangjian.policy.selectors import current_rulebook, term_on

USUAL_KINDS = (Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION)
UNIT_KINDS = (*USUAL_KINDS, Organisation.Kind.OFFICE)
_WHO = {"office": "bureau"}  # by which word the plan names a kind of unit, where it is another one
_ROWS_A_STATEMENT = 2000

audit.name_actions(
    {
        "inspections.round.created": "新建自查批次",
        "inspections.round.edited": "修改自查批次",
        "inspections.round.published": "发布自查批次",
        "inspections.round.closed": "结束自查批次",
    }
)


@dataclass
class _Change:
    """A change under way: the locked round and what its audit entry will say."""

    round: Round
    after: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def create(
    *,
    actor: User,
    title: str,
    term: Term,
    unit_kinds: Sequence[str],
    due_on: date,
    obligation: Obligation | None = None,
    plan_name: str = "",
    approval_no: str = "",
    off_plan_reason: str = "",
    over_budget_reason: str = "",
) -> Round:
    """Draft a round by the rulebook in force. Raises NotAllowed, Refused."""
    if not actor.has_perm("inspections.edit_round", Round()):
        raise NotAllowed("自查批次由双减专班新建")
    book = current_rulebook()
    if book is None:
        raise Refused("还没有导入减负三十条，请先由系统管理员导入")
    round_ = Round(rulebook=book, created_by=actor)
    _fill(
        round_,
        title=title,
        term=term,
        unit_kinds=unit_kinds,
        due_on=due_on,
        obligation=obligation,
        plan_name=plan_name,
        approval_no=approval_no,
        off_plan_reason=off_plan_reason,
        over_budget_reason=over_budget_reason,
    )
    with transaction.atomic():
        round_.save()
        _record("created", _Change(round_, _facts(round_), _reasons(round_)), actor, before={})
    return round_


def edit(
    *,
    round_id: int,
    actor: User,
    version: int | None,
    title: str,
    term: Term,
    unit_kinds: Sequence[str],
    due_on: date,
    obligation: Obligation | None = None,
    plan_name: str = "",
    approval_no: str = "",
    off_plan_reason: str = "",
    over_budget_reason: str = "",
) -> Round:
    """Change a draft. Raises StaleRow, WrongState once published, NotAllowed, Refused."""
    with _changing("edited", round_id, actor, version, "edit_round", {Round.State.DRAFT}) as step:
        before = _facts(step.round)
        _fill(
            step.round,
            title=title,
            term=term,
            unit_kinds=unit_kinds,
            due_on=due_on,
            obligation=obligation,
            plan_name=plan_name,
            approval_no=approval_no,
            off_plan_reason=off_plan_reason,
            over_budget_reason=over_budget_reason,
        )
        step.after = {key: value for key, value in _facts(step.round).items() if value != before[key]}
        step.note = _reasons(step.round)
    return step.round


def _reasons(round_: Round) -> str:
    return "；".join(filter(None, [round_.off_plan_reason, round_.over_budget_reason]))


def _facts(round_: Round) -> dict[str, Any]:
    return {
        "title": round_.title,
        "term": round_.term_id,
        "unit_kinds": list(round_.unit_kinds),
        "due_on": str(round_.due_on),
        "obligation": round_.obligation_id,
        "plan_name": round_.plan_name,
        "approval_no": round_.approval_no,
    }


def _fill(round_: Round, *, unit_kinds: Sequence[str], **values: Any) -> None:
    """Write the fields of a draft, cleaned. Raises Refused with what does not fit."""
    for name, value in values.items():
        setattr(round_, name, value.strip() if isinstance(value, str) else value)
    round_.unit_kinds = [kind.value for kind in UNIT_KINDS if kind in unit_kinds]
    if not round_.title:
        raise Refused("请填写批次名称，例如“2026年秋季学期自查”")
    if not round_.unit_kinds:
        raise Refused("请选择填报单位")
    _check_due(round_)


def _check_due(round_: Round) -> None:
    """The due date lies ahead, in the round's term and, for an obligation, in that step of the plan."""
    due_on, obligation = round_.due_on, round_.obligation
    if due_on <= clock.today():
        raise Refused(f"截止日期要晚于今天（{cn_date(clock.today())}）")
    if Organisation.Kind.SCHOOL in round_.unit_kinds and (fault := fault_for_schools(due_on)):
        raise Refused(f"截止日期{fault}")
    if term_on(due_on) != round_.term:
        raise Refused(f"截止日期不在{round_.term.short_title}，请改选日期或学期")
    if obligation is None:
        return
    if not set(obligation.who) & {_WHO.get(kind, kind) for kind in round_.unit_kinds}:
        raise Refused(f"这项方案任务由{obligation.who_words}完成，与填报单位不一致")
    phase = obligation.phase
    if due_on != obligation.due_on and not phase.starts_on <= due_on <= phase.ends_on:
        raise Refused(
            f"截止日期要在“{phase.title}”步骤以内，即{cn_date(phase.starts_on)}至{cn_date(phase.ends_on)}"
        )


def publish(
    *,
    round_id: int,
    actor: User,
    version: int | None = None,
    off_plan_reason: str = "",
    over_budget_reason: str = "",
) -> Round:
    """发布: every active unit of the round's kinds gets its numbered self-check with the items in its scope.

    A unit with a 填报主体 keeps its own check; the people of its filer are told and answer it. A unit that
    no item concerns gets none. Off the yearly list, or beyond a unit's budget of the month, only the leader
    publishes, with a reason (P2).
    Raises StaleRow, WrongState, NotAllowed, Refused.
    """
    with _changing("published", round_id, actor, version, "publish_round", {Round.State.DRAFT}) as step:
        round_ = step.round
        if not round_.is_on_plan:
            round_.off_plan_reason = off_plan_reason.strip() or round_.off_plan_reason
            if not round_.off_plan_reason:
                raise Refused("没有计划名称和批准文号，请写明计划外发起的理由")
        _check_due(round_)
        in_scope = [(unit, items) for unit, items in scope_of_units(round_) if items]
        if not in_scope:
            raise Refused("没有可以发布的单位，请先登记学校和机构，或给科室确定牵头的条目")
        _check_budget(round_, in_scope, actor, over_budget_reason)
        step.note = _reasons(round_)
        checks = _open_checks(round_, in_scope)
        round_.state = Round.State.PUBLISHED
        round_.published_at = clock.now()
        round_.published_by = actor
        step.after = {"state": round_.state, "checks": len(checks), "on_plan": round_.is_on_plan}
        if moved := _move_duties(round_, [unit for unit, _ in in_scope]):
            step.after["moved"] = moved
        for check in checks:
            notices.check_opened(check)
    return round_


def _move_duties(round_: Round, units: list[Organisation]) -> int:
    """Let the plan expect the self-checks on the day that the round names: one date, not two, for a unit.

    What is late by the plan's own date stays late. Returns how many duties were moved.
    """
    if round_.obligation is None:
        return 0
    duties = Duty.objects.filter(
        obligation=round_.obligation, organisation__in=units, ended_on=None, due_on__gte=clock.today()
    )
    return duties.exclude(due_on=round_.due_on).update(due_on=round_.due_on, version=F("version") + 1)


def _check_budget(
    round_: Round, in_scope: list[tuple[Organisation, list[CheckItem]]], actor: User, reason: str
) -> None:
    """Within every unit's budget of the month, or the leader with his reason. Raises Refused, NotAllowed."""
    budgets.hold()
    words = launching.of_round(round_, in_scope).over_words
    if not words:
        return
    round_.over_budget_reason = reason.strip() or round_.over_budget_reason
    if not round_.over_budget_reason:
        raise Refused(f"{words}。请写明超预算发起的理由，由分管领导发布")
    if not actor.has_role(Role.LEADER):
        raise NotAllowed(f"{words}，只能由分管领导发布")


def scope_of_units(round_: Round) -> list[tuple[Organisation, list[CheckItem]]]:
    """Every unit that the round would ask, by code, with the items that concern it (P16)."""
    items = items_of(round_.rulebook_id)
    units = (
        Organisation.objects.active()
        .filter(kind__in=round_.unit_kinds)
        .select_related("school", "institution")
        .prefetch_related("charges", "exemptions")
        .order_by("code")
    )
    return [(unit, _items_of(unit, items)) for unit in units if _has_facts(unit)]


def _has_facts(unit: Organisation) -> bool:
    return not unit.is_unit or hasattr(unit, "school") or hasattr(unit, "institution")


def _items_of(unit: Organisation, items: Iterable[CheckItem]) -> list[CheckItem]:
    facts = facts_of(unit)
    return [item for item in items if concerns(item, facts)]


def _open_checks(round_: Round, in_scope: list[tuple[Organisation, list[CheckItem]]]) -> list[SelfCheck]:
    """The checks with their numbers and empty answers; all answers in a few statements."""
    year = clock.today().year
    checks = SelfCheck.objects.bulk_create(
        SelfCheck(
            no=f"{year}-C{numbers.take('check', year):04d}",
            round=round_,
            organisation=unit,
            due_on=round_.due_on,
        )
        for unit, _ in in_scope
    )
    answers = [
        Answer(self_check=check, item=item)
        for check, (_, items) in zip(checks, in_scope, strict=True)
        for item in items
    ]
    Answer.objects.bulk_create(answers, batch_size=_ROWS_A_STATEMENT)
    return checks


def close(*, round_id: int, actor: User, version: int | None = None) -> Round:
    """结束: nothing more is expected. Raises Refused while something is not submitted or not reviewed."""
    with _changing("closed", round_id, actor, version, "edit_round", {Round.State.PUBLISHED}) as step:
        checks = SelfCheck.objects.filter(round=step.round)
        missing = checks.filter(state__in=SelfCheck.OPEN_STATES).count()
        waiting = checks.filter(state=SelfCheck.State.SUBMITTED).count()
        if missing:
            raise Refused(f"还有{missing}个单位没有提交，提交并审核后才能结束")
        if waiting:
            raise Refused(f"还有{waiting}份自查没有审核，审核后才能结束")
        step.round.state = Round.State.CLOSED
        step.after = {"state": step.round.state}
    return step.round


_WORDS = {"edited": "修改", "published": "发布", "closed": "结束"}


@contextmanager
def _changing(
    action: str, round_id: int, actor: User, version: int | None, permission: str, states: set[str]
) -> Iterator[_Change]:
    """Lock, look, let the caller write, save with one audit entry."""
    with transaction.atomic():
        rows = Round.objects.select_related("term", "obligation__phase", "rulebook")
        round_ = rows.select_for_update(of=("self",)).get(pk=round_id)
        check_version(round_, version)
        if round_.state not in states:
            raise WrongState(f"这个批次{round_.get_state_display()}，不能{_WORDS[action]}")
        if not actor.has_perm(f"inspections.{permission}", round_):
            why = "超出填报预算" if round_.is_on_plan else "没有计划名称和批准文号"
            raise NotAllowed(
                f"{why}的批次，只能由分管领导发布"
                if permission == "publish_round" and round_.is_the_leaders
                else f"您的角色不能{_WORDS[action]}自查批次"
            )
        step = _Change(round_)
        before = {"state": round_.state}
        yield step
        round_.version += 1
        round_.save()
        _record(action, step, actor, before=before)


def _record(action: str, step: _Change, actor: User, *, before: dict[str, Any]) -> None:
    audit.record(
        action=f"inspections.round.{action}",
        subject=step.round,
        actor=actor,
        role=acting_role(actor),
        before=before,
        after=step.after,
        note=step.note,
    )
