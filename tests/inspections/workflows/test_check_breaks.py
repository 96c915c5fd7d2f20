"""A break that is entered over a date of schools: shown before it is saved, then the dates move or stay."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from inspections.models import Round, SelfCheck
from inspections.workflows import deadlines
from shuangjian import clock
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Duty, Obligation, Rulebook, Term, TermPeriod
from tests.cast import Cast
from tests.registry import rows, signed_in, submit, text_of

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy", "policy")]

DUE, AFTER = date(2026, 12, 2), date(2026, 12, 4)
CLOSURE = {"kind": "closure", "first_on": "2026-12-01", "last_on": "2026-12-03", "reason": "暴雪停课"}
URL = "/settings/terms/2026-autumn/"


def published(cast: Cast, *, kinds: list[str], title: str = "秋季自查") -> Round:
    return Round.objects.create(
        title=title,
        term=Term.objects.get(code="2026-autumn"),
        rulebook=Rulebook.objects.get(),
        unit_kinds=kinds,
        due_on=DUE,
        state="published",
        published_at=clock.now(),
        created_by=cast.task_force,
    )


def a_check(round_: Round, unit: Any, state: str = "filling") -> SelfCheck:
    no = f"2026-C{SelfCheck.objects.count() + 1:04}"
    submitted = {"submitted_at": clock.now()} if state == "submitted" else {}
    return SelfCheck.objects.create(
        no=no, round=round_, organisation=unit, due_on=round_.due_on, state=state, **submitted
    )


def enter(cast: Cast, *, covered: str = "", version: int = 1, **changed: str) -> Any:
    fields = {"first_on": "2026-09-01", "last_on": "2027-01-22", **rows("period", CLOSURE | changed)}
    fields |= {"covered": covered} if covered else {}
    return submit(signed_in(cast.task_force), URL, fields, version=version)


def test_what_the_break_covers_is_listed_before_anything_is_saved(cast: Cast) -> None:
    round_ = published(cast, kinds=["school", "institution"])
    a_check(round_, cast.a1)
    a_check(round_, cast.a2, "submitted")
    a_check(round_, cast.a3)  # an institution may file in the vacation
    before = AuditEntry.objects.count()
    answer = enter(cast)
    page = text_of(answer)
    assert answer.status_code == 200
    assert "新的放假日期盖住了下面的截止日期" in page
    assert "选填" not in page.partition("这些截止日期")[2].partition("保存")[0]
    assert "自查批次“秋季自查” 1所 2026年12月2日 2026年12月4日" in page
    assert "暴雪停课" in answer.content.decode()
    assert not TermPeriod.objects.exists() and AuditEntry.objects.count() == before


def test_the_dates_move_behind_the_break_with_entry_and_notice(cast: Cast) -> None:
    round_ = published(cast, kinds=["school", "institution"])
    school, done, institution = (
        a_check(round_, cast.a1),
        a_check(round_, cast.a2, "submitted"),
        a_check(round_, cast.a3),
    )
    assert enter(cast, covered="move").status_code == 302
    dates = [SelfCheck.objects.get(pk=one.pk).due_on for one in (school, done, institution)]
    assert dates == [AFTER, DUE, DUE]
    assert Round.objects.get(pk=round_.pk).due_on == AFTER
    entry = AuditEntry.objects.get(action="inspections.check.date_moved")
    assert (entry.subject_no, entry.before["due_on"], entry.after["due_on"]) == (
        school.no,
        "2026-12-02",
        "2026-12-04",
    )
    assert AuditEntry.objects.filter(action="inspections.round.date_moved").count() == 1
    assert AuditEntry.objects.get(action="policy.term.changed").after["moves_covered"] is True
    told = Notification.objects.get(kind="check.date_moved", recipient=cast.clerk_a1)
    assert told.title == "秋季自查的截止日期由12月2日改为12月4日（城关小学）"
    with clock.at(clock.now().replace(month=12, day=2)):
        deadlines.sweep()
    assert not Notification.objects.filter(kind="deadline", title__contains="今天截止", url=told.url).exists()


def test_the_person_may_leave_the_dates_as_they_are(cast: Cast) -> None:
    check = a_check(published(cast, kinds=["school"]), cast.a1)
    assert enter(cast, covered="keep").status_code == 302
    assert SelfCheck.objects.get(pk=check.pk).due_on == DUE
    assert TermPeriod.objects.count() == 1
    assert AuditEntry.objects.get(action="policy.term.changed").after["moves_covered"] is False


def test_a_duty_of_the_plan_moves_too(cast: Cast) -> None:
    obligation = Obligation.objects.filter(who__contains=["school"], fulfilled_by="record").first()
    assert obligation is not None
    owed = {"obligation": obligation, "due_on": DUE}
    school = Duty.objects.create(organisation=cast.a1, **owed)
    institution = Duty.objects.create(organisation=cast.a3, **owed)
    assert f"方案任务“{obligation.what}” 1所" in text_of(enter(cast))
    assert enter(cast, covered="move").status_code == 302
    assert [Duty.objects.get(pk=one.pk).due_on for one in (school, institution)] == [AFTER, DUE]
    entry = AuditEntry.objects.get(action="policy.duty.date_moved")
    assert entry.subject_id == str(school.pk)
    told = Notification.objects.get(kind="duty.date_moved", recipient=cast.clerk_a1)
    assert told.title == f"期限改为12月4日：{obligation.what}"


def test_a_break_elsewhere_or_one_that_was_there_before_asks_nothing(cast: Cast) -> None:
    a_check(published(cast, kinds=["school"]), cast.a1)
    assert enter(cast, first_on="2026-12-07", last_on="2026-12-08").status_code == 302
    assert enter(cast, covered="keep", version=2).status_code == 302
    later = {"first_on": "2026-12-01", "last_on": "2026-12-04"}
    fields = {"first_on": "2026-09-01", "last_on": "2027-01-22", **rows("period", CLOSURE | later)}
    answer = submit(signed_in(cast.task_force), URL, fields, version=3)
    assert answer.status_code == 302, "the date lay in the break already"
