"""The pages of jobs, notices and the trail: whose they are, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from inspections.models import RectificationTask
from shuangjian import clock
from shuangjian.journal import audit, doorbell, jobs, outbox
from shuangjian.journal.models import AuditEntry, Heartbeat, Job, Notification
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.conftest import FormClient
from tests.journal.kinds import enqueue, kind
from tests.poured import load_policy
from tests.registry import text_of

State = Job.State


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: True)


@pytest.fixture
def plain() -> Iterator[str]:
    with kind("test.plain") as name:
        yield name


def signed_in(user: Any) -> FormClient:
    client = FormClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def dead(job: Job, cause: str = "缺少字形“𠮷”，请换一个字") -> Job:
    Job.objects.filter(pk=job.pk).update(state=State.DEAD, error=cause, finished_at=timezone.now())
    return job


# --- Jobs ------------------------------------------------------------------------------------------------
def test_the_list_holds_ones_own_jobs_newest_first(cast: Cast, plain: str) -> None:
    for number in range(2):
        enqueue(plain, cast.supervision, key=f"k{number}", title=f"第{number}份报告")
    enqueue(plain, cast.clerk_a1, key="other", title="别人的任务")
    page = text_of(signed_in(cast.supervision).get("/jobs/"))
    assert page.index("第1份报告") < page.index("第0份报告")
    assert "别人的任务" not in page
    assert "没有进行中的任务" in text_of(signed_in(cast.head_b1).get("/jobs/"))


def test_a_dead_job_is_shown_to_its_owner_and_the_countys_people_with_its_cause(
    cast: Cast, plain: str
) -> None:
    job = dead(enqueue(plain, cast.supervision, title="督导报告（草稿PDF）"))
    for reader in (cast.supervision, cast.task_force):
        client = signed_in(reader)
        assert "督导报告（草稿PDF）" in text_of(client.get("/jobs/"))
        page = text_of(client.get(f"/jobs/{job.pk}/"))
        assert "未完成" in page
        assert "缺少字形“𠮷”，请换一个字" in page
        assert "重试" in page


def test_the_system_administrator_sees_that_a_job_died_and_no_business_with_it(
    cast: Cast, plain: str
) -> None:
    job = dead(enqueue(plain, cast.supervision, title="城关小学督导报告", url="/reports/2026-R0001/"))
    client = signed_in(cast.system_admin)
    for page in (client.get("/jobs/"), client.get(f"/jobs/{job.pk}/")):
        assert f"后台任务{job.pk}（test.plain）" in text_of(page)
        assert "城关小学" not in page.content.decode()
        assert "/reports/" not in page.content.decode()


def test_somebody_elses_job_does_not_exist(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    client = signed_in(cast.clerk_a1)
    assert client.get(f"/jobs/{job.pk}/").status_code == 404
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert client.post(f"/jobs/{job.pk}/retry/").status_code == 404


def test_an_open_job_asks_again_every_two_seconds_or_offers_a_link(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision, title="督导报告")
    client = signed_in(cast.supervision)
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert f'hx-get="/jobs/{job.pk}/" hx-trigger="every 2s"' in page
    assert f'<noscript><a class="btn p" href="/jobs/{job.pk}/">刷新</a></noscript>' in page
    assert "已排队，马上开始" in page
    held = jobs.claim(job.pk)
    held.progress("整理数据", 3, 12)
    fragment = client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})
    assert "整理数据" in text_of(fragment)
    assert "3/12" in text_of(fragment)
    assert '<progress class="bar" value="3" max="12"' in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "HX-Refresh" not in fragment.headers
    assert "25%" in text_of(client.get("/jobs/"))


def test_the_answer_that_finds_it_finished_asks_for_the_whole_page(cast: Cast) -> None:
    with kind("test.file", finish=lambda claim, outcome: {"file": 12}) as name:
        job = enqueue(name, cast.supervision, url="/reports/2026-R0001/")
        jobs.run_now(job.pk)
    client = signed_in(cast.supervision)
    assert client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "every 2s" not in page
    assert 'href="/files/12/"' in page
    assert 'href="/reports/2026-R0001/"' in page
    assert "重试" not in page


def test_a_job_is_cancelled_and_begun_again_from_its_page(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    client = signed_in(cast.supervision)
    assert client.post(f"/jobs/{job.pk}/cancel/").headers["Location"] == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert "重试" in text_of(client.get(f"/jobs/{job.pk}/"))
    client.post(f"/jobs/{job.pk}/retry/")
    job.refresh_from_db()
    assert job.state == State.QUEUED
    late = client.post(f"/jobs/{job.pk}/retry/")
    assert late.status_code == 409
    assert "任务排队中，不用重试" in text_of(late)


def test_nobody_but_the_owner_is_offered_to_cancel(cast: Cast, plain: str) -> None:
    job = dead(enqueue(plain, cast.supervision))
    assert "/cancel/" not in signed_in(cast.leader).get(f"/jobs/{job.pk}/").content.decode()


def test_staff_read_whether_the_background_works_and_units_do_not(cast: Cast) -> None:
    for name in ("sweep:jobs", "canary:fast", "canary:pdf"):
        Heartbeat.objects.create(name=name, seen_at=timezone.now())
    readers = {
        name
        for name, user in cast.people.items()
        if name != "stranger" and "后台正常" in text_of(signed_in(user).get("/jobs/"))
    }
    assert readers == {"leader", "task_force", "supervision", "system_admin"}
    Heartbeat.objects.filter(name="canary:pdf").update(
        seen_at=timezone.now() - timedelta(minutes=3, seconds=30)
    )
    assert "后台有3分钟没有响应 （生成PDF） ，请告知技术人员".replace(" ", "") in text_of(
        signed_in(cast.task_force).get("/jobs/")
    ).replace(" ", "")


# --- Notices ---------------------------------------------------------------------------------------------
def give(user: Any, count: int = 1, **more: Any) -> None:
    with transaction.atomic():
        for number in range(count):
            outbox.notify(
                recipients=[user],
                kind="test",
                title=f"问题2026-01{number:02}已销号",
                dedupe_key=f"{user.pk}:{number}",
                **more,
            )


def test_everybody_reads_his_own_notices_and_marks_them_read(cast: Cast) -> None:
    give(cast.clerk_a1, 2, url="/problems/2026-0100/", body="意见：同意")
    give(cast.clerk_b1)
    client = signed_in(cast.clerk_a1)
    page = client.get("/me/notices/")
    assert page.content.decode().count("已销号") == 2
    assert 'href="/problems/2026-0100/"' in page.content.decode()
    client.post("/me/notices/read/")
    assert Notification.objects.filter(read_at__isnull=True).count() == 1
    assert "全部标为已读" not in text_of(client.get("/me/notices/"))


def test_the_administrators_are_told_of_posts_and_jobs_and_can_read_it(cast: Cast) -> None:
    for admin in (cast.security_admin, cast.system_admin):
        give(admin)
        assert "已销号" in text_of(signed_in(admin).get("/me/notices/"))


def test_many_notices_come_in_pages_at_the_price_of_few(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    give(cast.clerk_a1, 120)
    client = signed_in(cast.clerk_a1)
    client.get("/me/notices/")
    with django_assert_max_num_queries(12):
        client.get("/me/notices/?page=2")


# --- The trail -------------------------------------------------------------------------------------------
@pytest.fixture
def trail(cast: Cast) -> None:
    for day, actor in (("2026-10-20", cast.clerk_a1), ("2026-10-21", cast.task_force), ("2026-10-22", None)):
        moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo("Asia/Shanghai"))
        with clock.at(moment), transaction.atomic():
            audit.record(
                action="schools.school.changed" if actor else "policy.phase.opened",
                subject=cast.a1 if actor else cast.county,
                actor=actor,
                organisation=cast.a1,
                role=actor.main_post.role if actor else "",
                before={"township": cast.town.pk},
                after={"township": cast.area_a.pk},
                note="不进日志的原话",
            )


def test_the_auditor_reads_who_did_what_when_and_to_whom(cast: Cast, trail: None) -> None:
    page = text_of(signed_in(cast.auditor).get("/audit/"))
    assert page.index("2026年10月22日") < page.index("2026年10月20日")
    for words in ("系统", "何敏（双减专班）", "李静（学校管理员）", "修改学校资料", "城关小学", cast.a1.code):
        assert words in page
    assert "所在乡镇：城关镇 → 第一督学责任区" in page
    assert "schools.school.changed" not in page
    assert "原话" not in page


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", 3),
        ("from=2026-10-21", 2),
        ("from=2026-10-21&to=2026-10-21", 1),
        ("action=policy.phase.opened", 1),
        ("action=schools.school", 0),
        ("no=3152000001", 2),
        ("who=李静", 1),
        ("who=task_force", 1),
        ("who=系统", 1),
        ("who=没有此人", 0),
        ("noun=accounts.organisation", 3),
        ("noun=inspections.problem", 0),
        ("noun=accounts.organisation&who=何敏&from=2026-10-21", 1),
        ("from=0001-01-01&to=9999-12-31", 3),
        ("from=gestern&to=2026-13-01", 3),
        ("no=%00", 3),
        ("page=99", 3),
    ],
)
def test_the_trail_is_filtered_by_day_person_noun_action_and_number(
    cast: Cast, trail: None, query: str, lines: int
) -> None:
    page = signed_in(cast.auditor).get(f"/audit/?{query}").content.decode()
    assert page.count('data-label="序号"') == lines
    assert ("没有符合条件的记录" in page) is (lines == 0)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({"state": "planning"}, {"state": "rectifying"}, "状态：待定计划 → 整改中"),
        ({}, {"due_on": "2026-11-10", "method": "on_site"}, "核查方式：现场核查"),
        ({}, {"valid_until": "2026-11-10T01:30:00Z"}, "有效期至：2026-11-10 09:30"),
        ({"on_plan": True}, {}, "计划内：是"),
        ({}, {"items": {"R01-1": "meets", "R01-2": "fails"}}, "逐项结论：2项"),
        ({}, {"rules": [f"R{number:02}" for number in range(1, 16)]}, "第11条、第12条等15项"),
        ({}, {"unit_kinds": ["school", "institution"]}, "单位类别：学校、校外培训机构"),
        ({}, {"nobody_named_this": "x"}, "nobody_named_this：x"),
        ({}, {"organisation": 987654}, "单位：987654"),
        ({}, {"organisation": "closed", "problem": None}, "单位：已停办"),
        ({}, {"means": "direct", "objection": "rejected"}, "送达方式：直接送达 异议：维持原认定"),
    ],
)
def test_the_trail_says_what_changed_in_words(
    cast: Cast, before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    task = RectificationTask(pk=1)
    with transaction.atomic():
        audit.record(action="inspections.task.overdue", subject=task, actor=None, before=before, after=after)
    assert says in text_of(signed_in(cast.auditor).get("/audit/?noun=inspections.rectificationtask"))


def test_the_trail_names_the_people_units_and_rows_that_a_fact_points_at(cast: Cast) -> None:
    load_policy()
    term = Term.objects.get(code="2026-autumn")
    points_at = {"term": term.pk, "office": cast.office.pk, "team": [cast.inspector_a.pk]}
    with transaction.atomic():
        audit.record(action="accounts.user.disabled", subject=cast.clerk_a1, actor=None, after=points_at)
    page = text_of(signed_in(cast.auditor).get("/audit/?noun=accounts.user"))
    for says in (f"学期：{term.title}", "科室：基础教育股", f"检查组：{cast.inspector_a.name}"):
        assert says in page


def test_the_trail_names_the_account_that_was_changed(cast: Cast) -> None:
    with transaction.atomic():
        audit.record(action="accounts.user.disabled", subject=cast.clerk_a1, actor=cast.system_admin)
    page = text_of(signed_in(cast.auditor).get("/audit/?noun=accounts.user"))
    assert "冯磊" in page
    assert "账号 clerk_a1" in page


def test_nobody_else_opens_the_trail(cast: Cast, trail: None) -> None:
    answers = {
        name: signed_in(user).get("/audit/").status_code
        for name, user in cast.people.items()
        if name in ("leader", "task_force", "system_admin", "security_admin", "clerk_a1", "stranger")
    }
    assert set(answers.values()) == {403}


@pytest.mark.pages
def test_a_long_trail_costs_as_many_queries_as_a_short_one(
    cast: Cast, trail: None, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(cast.auditor)
    with transaction.atomic():
        for _ in range(60):
            audit.record(action="policy.phase.opened", subject=cast.a1, actor=cast.leader)
    client.get("/audit/")
    with django_assert_max_num_queries(12):
        client.get("/audit/")
    assert AuditEntry.objects.count() == 63
