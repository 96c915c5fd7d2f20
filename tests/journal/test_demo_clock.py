"""The demo county's day is moved by command and page; every process sees it, and time does what it brings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.signals import task_prerun
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from shuangjian import clock
from shuangjian.accounts.models import Membership
from shuangjian.dates import cn_date
from shuangjian.journal import demo_clock, doorbell, jobs
from shuangjian.journal.audit import verify_chain
from shuangjian.journal.models import AuditEntry, DemoClock, Job
from shuangjian.policy import tasks
from shuangjian.policy.models import Phase
from tests.cast import Cast
from tests.conftest import FormClient
from tests.journal.kinds import enqueue, kind
from tests.poured import load_policy
from tests.registry import text_of

PAGE = "/settings/demo-day/"
BUILT = date(2026, 11, 16)
MOVED = "journal.democlock.moved"


@pytest.fixture
def demo(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A demo installation on the morning of its day; the list says how often beat's work was asked for."""
    rang: list[str] = []
    monkeypatch.setattr(doorbell, "ring_all_sweeps", lambda: rang.append("all") or True)
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: True)
    settings.DEMO_MODE = True
    opens = datetime(2026, 11, 16, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    DemoClock.objects.create(as_of=BUILT, shift_seconds=round((opens - timezone.now()).total_seconds()) + 60)
    clock.forget()
    yield rang
    clock.forget()


def command(*words: str) -> str:
    said = StringIO()
    call_command("demo_clock", *words, stdout=said, stderr=said)
    clock.forget()  # as every later request and task does
    return said.getvalue()


def signed_in(user: Any) -> FormClient:
    client = FormClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# --- By command ------------------------------------------------------------------------------------------
def test_the_command_says_the_day(demo: list[str]) -> None:
    assert command() == "演示日期：2026年11月16日\n"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("words", "day"),
    [("2026-12-31", date(2026, 12, 31)), ("+7", date(2026, 11, 23)), ("2028-02-29", date(2028, 2, 29))],
)
def test_the_command_moves_the_day_to_its_morning(
    demo: list[str], words: str, day: date, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        said = command(words)
    assert said == f"演示日期：2026年11月16日 → {cn_date(day)}\n"
    assert clock.today() == day
    assert f"{clock.now():%H:%M}" == "09:30"
    assert DemoClock.objects.get().as_of == BUILT  # what it was built for stays known
    assert demo == ["all"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id, entry.before, entry.after) == (
        MOVED,
        None,
        {"on": "2026-11-16"},
        {"on": day.isoformat()},
    )
    assert timezone.localtime(entry.at).date() == day


def test_now_is_the_machines_time(demo: list[str]) -> None:
    DemoClock.objects.update(shift_seconds=-86400 * 400)
    command("now")
    assert DemoClock.objects.get().shift_seconds == 0
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "words",
    ["2026-02-30", "31.12.2026", "2026/12/31", "20261231", "2026-W01-1", "明天", "", "+0", "+", "+1.5",
     "+999999", "２０２６-12-31", "2026-12-31 ", "reset"],
)  # fmt: skip
def test_what_is_no_day_is_refused_in_words(demo: list[str], words: str) -> None:
    with pytest.raises(CommandError, match="不是日期，请写成2021-12-31、\\+7（过7天）或now"):
        command(words)
    assert clock.today() == BUILT
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("words", ["1999-12-31", "2100-01-01", "+99999"])
def test_a_day_that_the_portal_does_not_know_is_refused(demo: list[str], words: str) -> None:
    with pytest.raises(CommandError, match="演示日期要在2000年到2099年之间"):
        command(words, "--back")


def test_back_is_refused_until_one_says_that_one_knows(demo: list[str]) -> None:
    for earlier in ("2021-12-31", "2026-11-16"):  # of the same day, half past nine is over
        with pytest.raises(CommandError, match=r"不会撤销已经办过的事.*仍要改请加 --back"):
            command(earlier)
    assert clock.today() == BUILT
    said = command("2021-12-31", "--back")
    assert "→ 2021年12月31日" in said
    assert "不会撤销已经办过的事" in said
    assert clock.today() == date(2021, 12, 31)
    assert verify_chain() == []


def test_outside_demo_mode_there_is_nothing_to_move(db: None) -> None:
    for words in ([], ["2026-12-31"]):
        with pytest.raises(CommandError, match="只有演示平台能改日期"):
            call_command("demo_clock", *words)
    assert not DemoClock.objects.exists()


def test_a_demo_without_a_county_is_moved_too(demo: list[str]) -> None:
    DemoClock.objects.all().delete()
    clock.forget()
    command("2040-01-02")
    assert clock.today() == date(2040, 1, 2)
    command("+1")
    assert DemoClock.objects.count() == 1


# --- On the page -----------------------------------------------------------------------------------------
def test_the_administrator_moves_the_day_on_a_page(cast: Cast, demo: list[str]) -> None:
    client = signed_in(cast.system_admin)
    page = client.get(PAGE)
    # the clock runs on: a slow machine comes to the page some minutes later
    assert re.search(r"现在是2026年11月16日（星期一）09:3\d", text_of(page).replace(" ", ""))
    assert 'name="back"' not in page.content.decode()
    done = client.post(PAGE, {"day": "2026-12-31"}, follow=True)
    assert "演示日期已改为2026年12月31日，到期的事由后台接着办" in text_of(done)
    assert "演示日期2026年12月31日（星期四）" in text_of(client.get("/settings/"))
    client.post(PAGE, {"day": "2026-12-31", "step": "+7"})
    assert "演示日期2027年1月7日（星期四）" in text_of(client.get("/"))
    assert (
        list(AuditEntry.objects.filter(action=MOVED).values_list("actor_id", "actor_role"))
        == [(cast.system_admin.pk, "system_admin")] * 2
    )


def test_the_same_form_twice_moves_once(cast: Cast, demo: list[str]) -> None:
    client = signed_in(cast.system_admin)
    for _ in range(2):
        assert client.post(PAGE, {"step": "+7", "_key": "b" * 32}).status_code == 302
    assert AuditEntry.objects.filter(action=MOVED).count() == 1
    clock.forget()
    assert clock.today() == date(2026, 11, 23)


def test_the_page_warns_before_it_goes_back(cast: Cast, demo: list[str]) -> None:
    client = signed_in(cast.system_admin)
    asked = client.post(PAGE, {"day": "2026-09-01"})
    assert asked.status_code == 200
    assert "改回以前不会撤销已经办过的事" in text_of(asked)
    assert 'value="2026-09-01"' in asked.content.decode()
    assert 'name="back"' in asked.content.decode()
    assert not AuditEntry.objects.filter(action=MOVED).exists()
    assert client.post(PAGE, {"day": "2026-09-01", "back": "on"}).status_code == 302
    clock.forget()
    assert clock.today() == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"day": "2026-02-30"}, "请填写正确的日期，例如2026年12月31日"),
        ({"day": "morgen"}, "请填写正确的日期"),
        ({}, "请填写日期"),
        ({"day": "2100-01-01"}, "演示日期要在2000年到2099年之间"),
        ({"day": "2019-12-31", "back": "on"}, "那一天您还不是、或已不是系统管理员"),
    ],
)
def test_the_page_refuses_in_words_and_keeps_the_day(
    cast: Cast, demo: list[str], data: dict[str, str], says: str
) -> None:
    answer = signed_in(cast.system_admin).post(PAGE, data)
    assert answer.status_code == 200
    assert says in text_of(answer)
    assert not AuditEntry.objects.filter(action=MOVED).exists()
    clock.forget()
    assert clock.today() == BUILT


def test_one_does_not_move_past_the_end_of_ones_own_post(cast: Cast, demo: list[str]) -> None:
    Membership.objects.filter(user=cast.system_admin).update(to_on=date(2026, 11, 30))
    client = signed_in(cast.system_admin)
    assert "打不开这一页" in text_of(client.post(PAGE, {"day": "2026-12-01"}))
    assert client.post(PAGE, {"day": "2026-11-30"}).status_code == 302


def test_the_page_is_the_system_administrators_and_the_demos(
    cast: Cast, demo: list[str], settings: Any
) -> None:
    answers = {name: signed_in(user).get(PAGE).status_code for name, user in cast.people.items()}
    assert {name for name, status in answers.items() if status == 200} == {"system_admin"}
    client = signed_in(cast.system_admin)
    assert f'href="{PAGE}"' in client.get("/settings/").content.decode()
    settings.DEMO_MODE = False
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"day": "2026-12-31"}).status_code == 404
    assert PAGE not in client.get("/settings/").content.decode()
    assert "演示日期" not in text_of(client.get("/"))


# --- Every process ---------------------------------------------------------------------------------------
def elsewhere(shift: timedelta) -> None:
    """Another process moves the clock."""
    DemoClock.objects.update(shift_seconds=DemoClock.objects.get().shift_seconds + int(shift.total_seconds()))


def test_a_request_sees_what_another_process_set_and_keeps_it_to_its_end(cast: Cast, demo: list[str]) -> None:
    client = signed_in(cast.system_admin)
    client.get(PAGE)
    elsewhere(timedelta(days=1))
    assert clock.today() == BUILT  # read once
    assert "演示日期2026年11月17日" in text_of(client.get("/"))
    elsewhere(timedelta(days=1))
    assert "演示日期2026年11月18日" in text_of(client.get("/help/"))


def test_a_task_sees_what_another_process_set(demo: list[str]) -> None:
    assert clock.today() == BUILT
    elsewhere(timedelta(days=3))
    task_prerun.send(sender=None)
    assert clock.today() == date(2026, 11, 19)


def test_a_move_that_fails_leaves_the_day(demo: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_: object) -> None:
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr(demo_clock.audit, "record", break_down)
    with pytest.raises(RuntimeError), transaction.atomic():
        demo_clock.move(to=date(2027, 1, 4), actor=None)
    clock.forget()
    assert clock.today() == BUILT
    assert demo == []


def test_the_next_sweep_does_what_the_day_brings(cast: Cast, demo: list[str]) -> None:
    load_policy()
    tasks.sweep_phases()
    open_now = Phase.objects.filter(opened_at__isnull=False, closed_at__isnull=True)
    assert [phase.code for phase in open_now] == ["P1-3"]
    last = open_now.get().ends_on
    command(str(last + timedelta(days=1)))
    tasks.sweep_phases()
    tasks.sweep_phases()
    assert "P1-3" not in open_now.values_list("code", flat=True)
    assert AuditEntry.objects.filter(action="policy.phase.closed", subject_no="P1-3").count() == 1
    command("2026-11-16", "--back")
    tasks.sweep_phases()
    closed = Phase.objects.get(code="P1-3")
    assert closed.closed_at is not None  # nothing that was done is undone


# --- The two clocks of a job -----------------------------------------------------------------------------
def test_a_job_is_due_by_the_machine_and_read_by_the_countys_clock(cast: Cast, demo: list[str]) -> None:
    with kind("test.plain") as name:
        job = enqueue(name, cast.supervision, title="督导报告")
        command("2030-06-03")
        assert abs(job.due_at - timezone.now()) < timedelta(minutes=1)
        assert jobs.run_now(job.pk)
    job.refresh_from_db()
    assert timezone.localtime(job.created_at).date() == BUILT
    assert job.finished_at is not None
    assert timezone.localtime(job.finished_at).date() == date(2030, 6, 3)
    page = text_of(signed_in(cast.supervision).get(f"/jobs/{job.pk}/"))
    assert "2026年11月16日" in page
    assert "2030年6月3日" in page


def test_moving_back_holds_up_no_job(cast: Cast, demo: list[str]) -> None:
    with kind("test.plain") as name:
        command("2030-06-03")
        job = enqueue(name, cast.supervision)
        command("2026-11-16", "--back")
        assert jobs.run_now(job.pk)
        dead = enqueue(name, cast.supervision, key="job:2")
        Job.objects.filter(pk=dead.pk).update(state=Job.State.DEAD, finished_at=clock.now())
        command("2030-06-03")
        jobs.retry(dead, cast.supervision)
        command("2026-11-16", "--back")
        assert jobs.run_now(dead.pk)
