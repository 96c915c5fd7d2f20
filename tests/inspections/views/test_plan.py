"""The plan's page and its lists: the calendar, coverage, who is missing, filing, and changing the dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inspections.coverage import coverage_of
from inspections.plan_timeline import draw
from inspections.workflows import goals
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Duty, DutyRecord, Phase
from shuangjian.policy.selectors import current_plan
from shuangjian.policy.workflows import duties, loading, phases
from tests.cast import Cast, assemble
from tests.files.samples import pdf
from tests.inspections.cases import case_in
from tests.policy.workflows.test_duties import at, duty_of, file
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy")]
RECORD = {"form": "班会", "held_on": "2026-09-10", "people_count": "300", "words": "减负从我做起"}


@pytest.fixture
def county(db: None) -> Iterator[Cast]:
    """15 September 2026: of studying A1 filed in time, A2 late, B1 and A3 not; publicity runs."""
    with at("2026-08-10"):
        cast = assemble()
        phases.sweep()
        file(cast)
    with at("2026-09-07"):
        phases.sweep()
        duties.reopen(
            duty_id=duty_of(cast, "P1-1b", "a2").pk,
            actor=cast.task_force,
            version=None,
            until=clock.today(),
            reason="补报",
        )
        file(cast, who="clerk_a2", unit="a2")
    with at("2026-09-15"):
        phases.sweep()
        yield cast


def get(who: Any, url: str) -> Any:
    answer = signed_in(who).get(url)
    assert answer.status_code == 200, url
    return answer


# --- Coverage ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "study"),
    [
        ("task_force", (3, 2, 1, 1)),
        ("leader", (3, 2, 1, 1)),
        ("inspector_a", (2, 2, 1, 0)),
        ("inspector_b", (1, 0, 0, 1)),
        ("clerk_a1", (1, 1, 0, 0)),
        ("head_b1", (1, 0, 0, 1)),
    ],
)
def test_every_number_of_the_plan_is_that_of_its_list(
    county: Cast, who: str, study: tuple[int, int, int, int]
) -> None:
    user = county.people[who]
    plan = current_plan()
    assert plan is not None
    covered = coverage_of(plan, user)
    first = covered[duty_of(county, "P1-1b", "b1" if "b1" in who or "_b" in who else "a1").obligation_id]
    assert (first.total, first.done, first.late, first.missing) == study
    browser = signed_in(user)
    others = [one for key, one in covered.items() if key != first.obligation_id]
    for one in [first, *others[:1]]:
        for number, url in (
            (one.total, one.total_url), (one.done, one.done_url), (one.late, one.late_url),
            (one.missing, one.missing_url),
        ):  # fmt: skip
            page = browser.get(url)
            assert page.context["page_obj"].paginator.count == number, url
    shown = browser.get("/plan/").content.decode()
    assert f"完成<i>{first.done}</i>" in shown and f"应办<i>{first.total}</i>" in shown


def test_the_county_narrows_by_place_and_kind(county: Cast) -> None:
    browser = signed_in(county.task_force)
    missing = {one.organisation.name for one in browser.get("/plan/duties/").context["page_obj"]}
    assert missing == {"云溪县", "启明教育培训中心", "第二中学"}
    for query, names in (
        ("kind=institution", {"启明教育培训中心"}),
        (f"area={county.area_b.code}", {"第二中学"}),
        (f"township={county.town.code}&kind=school", {"第二中学"}),
        ("q=dezx", {"第二中学"}),
    ):
        page = browser.get(f"/plan/duties/?tab=missing&{query}")
        assert {one.organisation.name for one in page.context["page_obj"]} == names, query


def test_a_unit_sees_what_it_owes_itself_and_what_it_files_for(county: Cast) -> None:
    Organisation.objects.filter(pk=county.a2.pk).update(filer=county.a1)
    names = {one.organisation.name for one in get(county.clerk_a1, "/plan/duties/").context["page_obj"]}
    assert names == {"城关小学", "实验学校"}
    with at("2027-01-05"):
        phases.sweep()
        codes = {one.code for one in get(county.clerk_b1, "/plan/duties/").context["page_obj"]}
        assert "P2-1b" not in codes and "P1-2b" in codes  # inspections are not the unit's to do
    other = duty_of(county, "P1-1b", "b1")
    assert signed_in(county.clerk_a1).get(f"/plan/duties/{other.pk}/").status_code == 404


def test_the_list_costs_the_same_for_many_rows(county: Cast, django_assert_max_num_queries: Any) -> None:
    for at_ in range(30):
        unit = Organisation.objects.create(kind="school", code=f"31520001{at_:02}", name=f"村小{at_}")
        duties.open_for(unit)
    browser = signed_in(county.task_force)
    for url in ("/plan/", "/plan/duties/?tab=all"):
        browser.get(url)
        with django_assert_max_num_queries(18):
            browser.get(url)


# --- Filing ----------------------------------------------------------------------------------------------
def test_a_unit_files_a_record_with_its_picture(county: Cast) -> None:
    duty = duty_of(county, "P1-2b")
    browser = signed_in(county.clerk_a1)
    assert "填报记录" in text_of(browser.get("/desk/"))
    url = f"/plan/duties/{duty.pk}/file/"
    assert "家长信" in text_of(browser.get(url))
    proof = SimpleUploadedFile("班会.pdf", pdf(), "application/pdf")
    assert submit(browser, url, {**RECORD, "attached": proof}, version=1).status_code == 302
    record = DutyRecord.objects.get(duty=duty)
    page = text_of(browser.get(f"/plan/duties/{duty.pk}/"))
    assert "2026年9月10日 班会 300人" in page and "减负从我做起" in page and "班会.pdf" in page
    assert browser.get(f"/files/{record.stored_file_id}/").status_code == 200
    assert signed_in(county.clerk_b1).get(f"/files/{record.stored_file_id}/").status_code == 404
    assert signed_in(county.inspector_a).get(f"/files/{record.stored_file_id}/").status_code == 200
    mended = RECORD | {"people_count": "310", "removed": "on"}
    assert submit(browser, f"/plan/records/{record.pk}/", mended, version=1).status_code == 302
    record.refresh_from_db()
    assert (record.people_count, record.stored_file) == (310, None)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"form": ""}, "请选择形式"),
        ({"held_on": "2026-09-31"}, "请填写正确的日期"),
        ({"held_on": "2026-08-31"}, "从2026年9月1日开始，日期不能更早"),
        ({"people_count": "三百"}, "人数只写数字"),
        ({"words": ""}, "请写明内容"),
    ],
)
def test_a_wrong_record_is_refused_with_its_entries_kept(
    county: Cast, changed: dict[str, str], words: str
) -> None:
    url = f"/plan/duties/{duty_of(county, 'P1-2b').pk}/file/"
    answer = submit(signed_in(county.clerk_a1), url, {**RECORD, **changed}, version=1)
    assert answer.status_code == 200
    assert words in text_of(answer)
    assert (changed.get("words") or "减负从我做起") in answer.content.decode() or "words" in changed
    assert not DutyRecord.objects.filter(duty__obligation__code="P1-2b").exists()


def test_a_locked_one_says_so_and_the_task_force_opens_it(county: Cast) -> None:
    duty = duty_of(county, "P1-1b", "b1")
    clerk, office = signed_in(county.clerk_b1), signed_in(county.task_force)
    assert "填报已锁定" in text_of(clerk.get(f"/plan/duties/{duty.pk}/"))
    assert clerk.get(f"/plan/duties/{duty.pk}/file/").status_code == 302
    refused = submit(
        clerk,
        f"/plan/duties/{duty.pk}/file/",
        RECORD | {"form": "集体学习", "held_on": "2026-08-20"},
        version=1,
    )
    assert "“全面学习”已于2026年8月31日结束，填报已锁定" in text_of(refused)
    reason = {"until": "2026-09-20", "reason": "校舍搬迁"}
    assert submit(office, f"/plan/duties/{duty.pk}/reopen/", reason, version=1).status_code == 302
    page = text_of(clerk.get(f"/plan/duties/{duty.pk}/"))
    assert "已开放补报，2026年9月20日前填报。理由：校舍搬迁" in page
    assert AuditEntry.objects.filter(action="policy.duty.reopened", organisation_id=county.b1.pk).exists()


def test_the_bureau_marks_its_own_with_the_document(county: Cast) -> None:
    duty = Duty.objects.get(obligation__code="P1-2d")
    assert "公布举报渠道" in text_of(signed_in(county.task_force).get("/desk/"))
    done = {"on": "2026-09-10", "words": "县教育局网站公告"}
    url = f"/plan/duties/{duty.pk}/mark/"
    assert submit(signed_in(county.task_force), url, done, version=1).status_code == 302
    assert "县教育局网站公告（何敏登记）" in text_of(get(county.leader, f"/plan/duties/{duty.pk}/"))


# --- The page ------------------------------------------------------------------------------------------
def svg_of(page: Any) -> Any:
    return ElementTree.fromstring(
        re.search(r"<svg class=\"plan-svg\".*?</svg>", page.content.decode(), re.S)[0]
    )


def test_the_calendar_is_drawn_with_today_and_said_in_words(county: Cast) -> None:
    page = get(county.leader, "/plan/")
    svg = svg_of(page)
    bars = svg.findall("rect")
    assert [bar.get("class") for bar in bars] == ["closed", "open", "ahead", "ahead", "ahead", "ahead"]
    width = float(svg.get("viewBox").split()[2])
    assert all(0 < float(bar.get("x")) + float(bar.get("width")) <= width for bar in bars)
    texts = [text.text for text in svg.findall("text")]
    assert "今天9月15日" in texts and "9月1日至9月30日" in texts and "2027年1月" in texts
    assert "集中宣传，9月1日至9月30日，正在办" in svg.get("aria-label")
    assert "style=" not in page.content.decode()
    assert "接下来" in text_of(page) and "9月30日" in text_of(page)
    assert page.content.decode().count('<table class="cards">') >= 8  # the same as tables


def test_outside_its_time_the_plan_has_no_line_of_today(county: Cast) -> None:
    drawn = draw(Phase.objects.prefetch_related("obligations"), date(2028, 1, 1))
    assert drawn is not None and drawn.today_x is None
    assert draw([], date(2026, 8, 1)) is None


def test_goals_stand_with_their_measures_for_the_countys_staff(county: Cast) -> None:
    case_in("rectifying", unit=county.a1, found_by=county.task_force, planned_by=county.clerk_a1)
    case_in("closed", unit=county.b1, found_by=county.task_force, planned_by=county.clerk_b1)
    goals.sweep()
    page = text_of(get(county.leader, "/plan/"))
    assert "作业、考试问题没有销号的学校 1/3所" in page and "没有并入本表" in page
    assert "没有并入本表" not in text_of(get(county.clerk_a1, "/plan/"))


def test_two_plans_that_run_at_once_are_both_reached(county: Cast) -> None:
    with at("2027-09-15"):
        loading.load(start_year=2027)
        phases.sweep()
        page = get(county.task_force, "/plan/?plan=2026")
        assert "2026—2027年落实“双减”工作实施方案" in text_of(page)
        assert "?plan=2027" in page.content.decode()
        assert "2027—2028年落实" in text_of(get(county.task_force, "/plan/?plan=x"))


# --- Dates -----------------------------------------------------------------------------------------------
def fields_of(browser: Client, phase: Phase) -> dict[str, Any]:
    """The form as the page fills it."""
    form = browser.get(f"/plan/steps/{phase.pk}/").context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


def test_the_task_force_changes_dates_on_the_page(county: Cast) -> None:
    browser, phase = signed_in(county.task_force), Phase.objects.get(code="P1-2")
    fields = fields_of(browser, phase) | {"due-P1-2b": "2026-09-24"}
    url = f"/plan/steps/{phase.pk}/"
    assert "改日期要写明理由" in text_of(submit(browser, url, fields, version=1))
    moved = submit(browser, url, fields | {"reason": "国庆前完成"}, version=1)
    assert moved.status_code == 302
    assert "3项未完成的任务改到新期限" in text_of(browser.get("/plan/"))
    assert duty_of(county, "P1-2b").due_on.day == 24
    stale = submit(browser, url, fields | {"reason": "再改", "due-P1-2b": "2026-09-28"}, version=1)
    assert stale.status_code == 409


def test_a_locked_step_is_not_offered(county: Cast) -> None:
    browser, phase = signed_in(county.task_force), Phase.objects.get(code="P1-1")
    assert f"/plan/steps/{phase.pk}/" not in browser.get("/plan/").content.decode()
    assert browser.get(f"/plan/steps/{phase.pk}/").status_code == 302
    assert signed_in(county.leader).get(f"/plan/steps/{phase.pk}/").status_code == 403
    assert browser.get("/plan/steps/987654/").status_code == 404
