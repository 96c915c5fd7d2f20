"""运行状态: each part of the machinery in words, whatever is down; dead jobs with a button that acts once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from script.lib.redis import Redis
from shuangjian.journal import doorbell, jobs, status
from shuangjian.journal.models import AuditEntry, Heartbeat, Job
from tests.broker import client_of, frozen
from tests.broker import redis as redis
from tests.cast import Cast, assemble
from tests.conftest import FormClient
from tests.journal.kinds import enqueue, kind
from tests.registry import text_of

State = Job.State
PAGE = "/settings/status/"


def signed_in(user: Any) -> FormClient:
    client = FormClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def heard(name: str, **ago: float) -> None:
    seen_at = timezone.now() - timedelta(**ago)
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": seen_at})


def all_heard() -> None:
    for name in status.sweeps.EXPECTED:
        heard(name, seconds=70)
    heard("worker:fast@here", seconds=10)


def compact(page: Any) -> str:
    return text_of(page).replace(" ", "")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that answers, and nobody rings."""
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: True)
    monkeypatch.setattr(doorbell, "waiting", lambda: {"fast": 3, "pdf": 0})


@pytest.fixture
def plain() -> Iterator[str]:
    with kind("test.plain") as name:
        yield name


@pytest.fixture
def system(cast: Cast, quiet: None) -> Client:
    return signed_in(cast.system_admin)


def dead(job: Job, cause: str = "缺少字形“𠮷”，请换一个字", attempts: int = 5) -> Job:
    Job.objects.filter(pk=job.pk).update(
        state=State.DEAD,
        error=cause,
        finished_at=timezone.now(),
        attempts=attempts,
        attempts_allowed=attempts,
    )
    return job


# --- What the lines say ----------------------------------------------------------------------------------
def test_all_is_well_when_everything_is_heard_of(system: Client) -> None:
    all_heard()
    page = compact(system.get(PAGE))
    assert "各部分正常" in page
    for words in (
        "数据库正常",
        "任务铃（Redis）正常",
        "磁盘正常还剩",
        "一般任务有程序处理1分钟前试过，排着3条消息",
        "生成PDF有程序处理1分钟前试过，排着0条消息",
        "一般任务（here）运行中最近一次响应：刚刚",
        "期限提醒和逾期按时最近一次：1分钟前",
        "实施方案步骤的开始和结束按时",
        "写审计日志校验点按时",
        "等得最久没有在等的任务",
        "没有停下的任务",
    ):
        assert words in page, words


def test_a_portal_that_never_ran_says_so_line_by_line(system: Client) -> None:
    page = compact(system.get(PAGE))
    everything = len(status.sweeps.EXPECTED)
    assert f"有{everything}处要处理：一般任务、生成PDF、" in page
    assert "没有程序在处理这一队" in page
    assert "还没有程序响应过，请在服务器上启动平台" in page
    assert "最近一次：还没有过" in page


def test_what_fell_silent_is_named_and_a_worker_that_left_is_no_trouble(system: Client) -> None:
    all_heard()
    heard("canary:pdf", minutes=4)
    heard("sweep:inspections.sweep_deadlines", hours=2)
    heard("worker:fast@gone", hours=5)
    page = compact(system.get(PAGE))
    assert "有2处要处理：生成PDF、期限提醒和逾期" in page
    assert "生成PDF4分钟前没有程序在处理这一队" in page
    assert "期限提醒和逾期没有按时跑最近一次：2小时前" in page
    assert "一般任务（gone）不在运行最近一次响应：5小时前" in page


def test_a_disk_that_is_nearly_full_is_said(system: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    all_heard()
    low = SimpleNamespace(total=100 * 2**30, free=499 * 2**20)
    monkeypatch.setattr(status.shutil, "disk_usage", lambda folder: low)
    page = compact(system.get(PAGE))
    assert "有1处要处理：磁盘" in page
    assert "快满了还剩499MB，共100.0GB。请腾出500MB以上" in page


def test_a_folder_that_is_not_made_yet_is_measured_where_it_will_be(
    system: Client, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path / "not" / "yet"
    assert "还剩" in text_of(system.get(PAGE))


def test_the_jobs_are_counted_and_the_one_that_waits_longest_is_named(
    cast: Cast, system: Client, plain: str
) -> None:
    for number in range(4):
        enqueue(plain, cast.supervision, key=f"k{number}", title="城关小学的报告")
    first = Job.objects.order_by("pk").first()
    assert first is not None
    Job.objects.filter(pk=first.pk).update(due_at=timezone.now() - timedelta(minutes=7, seconds=5))
    Job.objects.filter(key="k3").update(due_at=timezone.now() + timedelta(hours=1))
    page = compact(system.get(PAGE))
    assert "排队中4项进行中0项已完成0项未完成0项已取消0项" in page
    assert f"后台任务{first.pk}（test.plain），等了7分钟，等待办理" in page
    assert "城关小学" not in page
    jobs.claim(first.pk)
    assert "正在办理，已尝试1次" in compact(system.get(PAGE))
    Job.objects.filter(pk=first.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert "办理它的程序没有响应，马上由别的程序接着办" in compact(system.get(PAGE))


def test_only_the_system_administrator_has_the_page(cast: Cast, quiet: None) -> None:
    opened = {name for name, user in cast.people.items() if signed_in(user).get(PAGE).status_code == 200}
    assert opened == {"system_admin"}


@pytest.mark.pages
def test_many_dead_jobs_come_in_pages_at_the_price_of_few(
    cast: Cast, system: Client, plain: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        dead(enqueue(plain, cast.supervision, key=f"k{number}"))
    all_heard()
    first = system.get(PAGE)
    assert first.content.decode().count("/retry/") == 50
    with django_assert_max_num_queries(16):
        assert system.get(f"{PAGE}?page=2").content.decode().count("/retry/") == 10


# --- Retrying --------------------------------------------------------------------------------------------
def test_a_dead_job_is_begun_again_from_the_page_and_only_once(
    cast: Cast, system: Client, plain: str
) -> None:
    job = dead(enqueue(plain, cast.supervision, title="城关小学督导报告", url="/reports/2026-R0001/"))
    page = system.get(PAGE)
    assert "缺少字形“𠮷”，请换一个字" in text_of(page)
    assert f'action="/jobs/{job.pk}/retry/"' in page.content.decode()
    assert "城关小学" not in page.content.decode()
    key = "a" * 32
    for _ in range(2):  # a double click is one retry, with one answer
        answer = system.post(f"/jobs/{job.pk}/retry/", {"_key": key})
        assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.attempts_allowed) == (State.QUEUED, 5, 10)
    assert AuditEntry.objects.filter(action="journal.job.retried", actor_id=cast.system_admin.pk).count() == 1
    assert f"后台任务{job.pk}已重新排队" in text_of(system.get(PAGE))
    # The stale page of another tab: it is no dead job any more, and not his.
    assert system.post(f"/jobs/{job.pk}/retry/").status_code == 404
    assert jobs.run_now(job.pk)
    assert not jobs.run_now(job.pk)


def test_the_owner_reads_on_its_page_why_it_had_stopped_before(cast: Cast, quiet: None, plain: str) -> None:
    job = dead(enqueue(plain, cast.supervision, title="督导报告"))
    client = signed_in(cast.supervision)
    assert client.post(f"/jobs/{job.pk}/retry/").headers["Location"] == f"/jobs/{job.pk}/"
    page = text_of(client.get(f"/jobs/{job.pk}/"))
    assert "已尝试 5次" in page
    assert "王建重试后台任务" in page
    assert "此前第5次尝试后停下：缺少字形“𠮷”，请换一个字" in page
    assert client.post(f"/jobs/{job.pk}/retry/").status_code == 409


def test_one_of_the_county_who_retries_anothers_job_comes_back_to_his_list(
    cast: Cast, quiet: None, plain: str
) -> None:
    job = dead(enqueue(plain, cast.supervision))
    answer = signed_in(cast.task_force).post(f"/jobs/{job.pk}/retry/")
    assert answer.headers["Location"] == "/jobs/"


# --- Redis away ------------------------------------------------------------------------------------------
@pytest.mark.faults
@pytest.mark.parametrize("state", ["frozen", "stopped"])
@pytest.mark.django_db(transaction=True)
def test_the_page_is_drawn_without_redis_and_says_so(
    redis: Redis, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    plain_broker = doorbell.broker
    monkeypatch.setattr(doorbell, "broker", lambda: asked.append("once") or plain_broker())
    cast = assemble()
    all_heard()
    client = signed_in(cast.system_admin)
    client_of(redis).rpush("pdf", "a", "b")
    assert "生成PDF有程序处理1分钟前试过，排着2条消息" in compact(client.get(PAGE))
    with kind("test.plain") as name:
        job = dead(enqueue(name, cast.supervision))

        def without_redis() -> None:
            asked.clear()
            page = compact(client.get(PAGE))
            assert "任务铃（Redis）没有应答任务照常登记，一件不丢" in page
            assert "有1处要处理：任务铃（Redis）" in page
            assert client.post(f"/jobs/{job.pk}/retry/").status_code == 302
            client.get(PAGE)
            assert len(asked) == 1  # half a second is waited once, then nobody asks for a while

        if state == "frozen":
            with frozen(redis):
                without_redis()
        else:
            redis.stop()
            without_redis()
            redis.start()
        job.refresh_from_db()
        assert job.state == State.QUEUED
    doorbell.forget_failure()  # half a minute later
    assert "各部分正常" in compact(client.get(PAGE))
