"""The dates of a step: freely before it opens, with a reason on record while it runs, never once locked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from shuangjian.journal import audit
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Duty, Obligation, Phase
from shuangjian.policy.workflows import duties, phases, plan_dates
from tests.cast import Cast, assemble
from tests.policy.workflows.test_duties import at, duty_of, file

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy")]


@pytest.fixture
def county(db: None) -> Iterator[Cast]:
    """10 September 2026: studying is over and locked, publicity runs, the self-check lies ahead."""
    with at("2026-08-10"):
        cast = assemble()
        phases.sweep()
    with at("2026-09-10"):
        phases.sweep()
        yield cast


def change(
    cast: Cast,
    code: str,
    *,
    who: str = "task_force",
    version: int | None = None,
    reason: str = "",
    moves_open: bool = True,
    due: dict[str, str] | None = None,
    **span: str,
) -> int:
    """Change a step as the form does: what isn't named stays."""
    phase = Phase.objects.get(code=code)
    days = {one.code: one.due_on for one in phase.obligations.exclude(due_on=None)}
    days |= {name: date.fromisoformat(day) for name, day in (due or {}).items()}
    dates = plan_dates.Dates(
        starts_on=date.fromisoformat(span.get("starts_on", str(phase.starts_on))),
        ends_on=date.fromisoformat(span.get("ends_on", str(phase.ends_on))),
        due=days,
    )
    return plan_dates.change(
        phase_id=phase.pk,
        actor=cast.people[who],
        version=version,
        dates=dates,
        reason=reason,
        moves_open=moves_open,
    )


def test_a_step_ahead_is_changed_freely_and_on_record(county: Cast) -> None:
    assert (
        change(county, "P1-3", starts_on="2026-10-09", due={"P1-3b": "2026-11-14", "P1-3a": "2026-10-10"})
        == 0
    )
    phase, duty = Phase.objects.get(code="P1-3"), Obligation.objects.get(code="P1-3b")
    assert (phase.starts_on, phase.version) == (date(2026, 10, 9), 2)
    # 14 November 2026 is a Saturday: what a school must file moves to the Monday.
    assert (duty.due_on, duty.printed_due_on) == (date(2026, 11, 16), date(2026, 11, 14))
    entry = AuditEntry.objects.get(action="policy.phase.dates_changed")
    assert entry.before == {"starts_on": "2026-10-01", "P1-3a": "2026-10-08", "P1-3b": "2026-11-02"}
    assert (entry.subject_no, entry.after["P1-3b"]) == ("P1-3", "2026-11-16")
    assert audit.verify_chain() == []


def test_nothing_changed_leaves_no_entry(county: Cast) -> None:
    assert change(county, "P1-3") == 0
    assert not AuditEntry.objects.filter(action="policy.phase.dates_changed").exists()


def test_a_running_step_needs_a_reason_and_moves_what_is_open(county: Cast) -> None:
    file(county, "P1-2b", form="班会")
    Duty.objects.filter(obligation__code="P1-2b", organisation=county.b1).update(due_on=date(2026, 9, 20))
    with pytest.raises(Refused, match="要写明理由"):
        change(county, "P1-2", due={"P1-2b": "2026-09-24"})
    assert change(county, "P1-2", due={"P1-2b": "2026-09-24"}, reason="国庆前完成") == 1
    dues = {unit: duty_of(county, "P1-2b", unit).due_on.day for unit in ("a1", "a2", "b1")}
    assert dues == {"a1": 30, "a2": 24, "b1": 20}  # done, moved, on a date of its own
    told = Notification.objects.filter(kind="duty.date_moved").values_list("recipient__username", flat=True)
    assert set(told) == {"clerk_a2"}
    entry = AuditEntry.objects.get(action="policy.phase.dates_changed")
    assert (entry.after, entry.text.text) == ({"P1-2b": "2026-09-24", "moved": 1}, "国庆前完成")


def test_the_offer_to_move_may_be_declined(county: Cast) -> None:
    assert change(county, "P1-2", due={"P1-2b": "2026-09-24"}, reason="往后的单位", moves_open=False) == 0
    assert duty_of(county, "P1-2b").due_on == date(2026, 9, 30)


def test_a_longer_step_locks_later(county: Cast) -> None:
    change(county, "P1-2", ends_on="2026-10-15", reason="县里统一延长")
    with at("2026-10-14"):
        phases.sweep()
        assert file(county, "P1-2b", form="班会").duty.days_late == 14
    with at("2026-10-16"):
        phases.sweep()
        with pytest.raises(Refused, match="2026年10月15日结束"):
            file(county, "P1-2b", form="班会")


@pytest.mark.parametrize(
    ("code", "changed", "words"),
    [
        ("P1-3", {"starts_on": "2026-11-01", "ends_on": "2026-10-31"}, "结束日期不能早于开始日期"),
        ("P1-3", {"ends_on": "2027-01-31"}, "日期要在“对照整改阶段”以内，即2026年8月1日至2026年12月31日"),
        ("P1-3", {"starts_on": "2026-07-31"}, "日期要在“对照整改阶段”以内"),
        ("P1-3", {"starts_on": "2026-09-09"}, "开始日期不能早于今天"),
        ("P1-3", {"due": {"P1-3b": "2027-01-04"}}, "期限要在步骤以内，即2026年10月1日至2026年12月31日"),
        ("P1-3", {"ends_on": "2026-11-30"}, "期限要在步骤以内"),  # P1-3g is due on 31 December
        ("P1-1", {"ends_on": "2026-09-30", "reason": "补课"}, "“全面学习”已经结束并锁定，日期不能再改"),
        ("P1-1", {"due": {"P1-1b": "2026-08-30"}, "reason": "补课"}, "已经结束并锁定"),
        ("P1-2", {"starts_on": "2026-09-02", "reason": "晚开始"}, "步骤已经开始，开始日期不能再改"),
        ("P1-2", {"ends_on": "2026-09-09", "reason": "早结束"}, "结束日期不能早于今天"),
        ("P1-2", {"due": {"P1-2b": "2026-09-09"}, "reason": "提前"}, "新期限不能早于今天"),
    ],
)
def test_dates_that_cannot_be_are_refused_whole(
    county: Cast, code: str, changed: dict[str, Any], words: str
) -> None:
    before = list(Phase.objects.order_by("pk").values()), list(Obligation.objects.order_by("pk").values())
    with pytest.raises(Refused, match=words):
        change(county, code, **changed)
    assert before == (
        list(Phase.objects.order_by("pk").values()), list(Obligation.objects.order_by("pk").values()),
    )  # fmt: skip


def test_it_is_the_task_forces_and_the_second_of_two_is_shown_the_first(county: Cast) -> None:
    for who in ("leader", "supervision", "clerk_a1", "inspector_a"):
        with pytest.raises(NotAllowed):
            change(county, "P1-3", who=who, ends_on="2026-12-31")
    change(county, "P1-3", starts_on="2026-10-09", version=1, due={"P1-3a": "2026-10-12"})
    with pytest.raises(StaleRow):
        change(county, "P1-3", starts_on="2026-10-10", version=1)


def test_two_steps_are_changed_apart(county: Cast) -> None:
    with at("2027-11-10"):
        phases.sweep()
        change(county, "P2-3", due={"P2-3c": "2027-12-10"}, reason="评定提前")
        assert Phase.objects.get(code="P2-2").version == 1
        assert duties.on_date(Obligation.objects.get(code="P2-3c"), date(2027, 12, 10))
