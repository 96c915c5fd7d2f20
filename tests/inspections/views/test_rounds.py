"""Rounds in the browser: list, draft, preview, progress, publishing and ending."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.models import Round, SelfCheck
from inspections.workflows import self_check
from schools.models import School
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Obligation, Term, TermPeriod
from tests.cast import Cast
from tests.hostile import HOSTILE, REFUSED
from tests.inspections.checking import check_of, draft, fill, publish
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.usefixtures("standing_policy")


def post(client: Client, url: str, fields: dict[str, Any] | None = None) -> Any:
    return client.post(url, {**(fields or {}), "_key": uuid4().hex})


def fields(term: Term, **changed: Any) -> dict[str, Any]:
    """A round as it is filled in without a mistake."""
    return {
        "title": "2026年秋季学期自查",
        "term": str(term.pk),
        "unit_kinds": ["school", "institution"],
        "obligation": "",
        "due_on": "2026-12-11",
        "plan_name": "2026年度督查检查考核计划",
        "approval_no": "云办发〔2026〕3号",
        "off_plan_reason": "",
        **changed,
    }


@pytest.mark.parametrize("who", ["leader", "task_force", "supervision"])
def test_the_county_reads_rounds(cast: Cast, term: Term, who: str) -> None:
    round_ = publish(cast, term)
    client = signed_in(cast.people[who])
    assert "2026年秋季学期自查" in text_of(client.get("/rounds/"))
    assert client.get(f"/rounds/{round_.pk}/").status_code == 200
    assert client.get(f"/rounds/{round_.pk}/preview/").status_code == 200


@pytest.mark.parametrize("who", ["clerk_a1", "head_a1", "inspector_a", "partner", "office_staff", "auditor"])
def test_nobody_else_does(cast: Cast, term: Term, who: str) -> None:
    round_ = draft(cast, term)
    client = signed_in(cast.people[who])
    for url in ("/rounds/", "/rounds/new/", f"/rounds/{round_.pk}/", f"/rounds/{round_.pk}/preview/"):
        assert client.get(url).status_code == 403
    assert post(client, f"/rounds/{round_.pk}/publish/").status_code == 403
    assert Round.objects.get().state == "draft"


def test_the_task_force_drafts_previews_and_publishes(cast: Cast, term: Term) -> None:
    client = signed_in(cast.task_force)
    assert "新建第一个批次" in text_of(client.get("/rounds/"))
    assert 'value="2026年秋季学期自查"' in client.get("/rounds/new/").content.decode()
    answer = post(client, "/rounds/new/", fields(term))
    round_ = Round.objects.get()
    assert answer["Location"] == f"/rounds/{round_.pk}/"
    page = text_of(client.get(f"/rounds/{round_.pk}/"))
    assert "3所学校、1家机构在待办收到自查任务" in page and "按学校预览" in page and "计划内" in page
    asked = text_of(client.get(f"/rounds/{round_.pk}/publish/"))
    assert "发布2026年秋季学期自查？" in asked and "2026年12月11日截止。发布后不能修改" in asked
    assert post(client, f"/rounds/{round_.pk}/publish/", {"_version": "1"}).status_code == 302
    assert SelfCheck.objects.count() == 4
    assert client.get(f"/rounds/{round_.pk}/edit/").status_code == 302
    assert post(client, f"/rounds/{round_.pk}/publish/").status_code == 409
    assert SelfCheck.objects.count() == 4


def test_the_preview_shows_what_each_kind_is_asked(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term)
    client = signed_in(cast.task_force)
    school = text_of(client.get(f"/rounds/{round_.pk}/preview/?as=school&unit={cast.b1.code}"))
    assert "第二中学收到的样子" in school and "学校负责的12条" in school
    assert "小学一、二年级没有书面家庭作业。本校没有相应年级，不用填写" in school
    institution = text_of(client.get(f"/rounds/{round_.pk}/preview/?as=institution"))
    assert "启明教育培训中心收到的样子" in institution and "机构负责的5条" in institution
    for query in ("?as=county", "?unit=%00", "?unit=nobody", "?as=school&unit=YX-T01"):
        assert client.get(f"/rounds/{round_.pk}/preview/{query}").status_code == 200
    assert not SelfCheck.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": ""}, "请填写批次名称"),
        ({"term": ""}, "请选择学期"),
        ({"term": "99999"}, "请从列表中选择学期"),
        ({"unit_kinds": []}, "请选择填报单位"),
        ({"due_on": ""}, "请填写截止日期"),
        ({"due_on": "2026-02-30"}, "请填写正确的日期"),
        ({"due_on": "2026-11-16"}, "截止日期要晚于今天"),
        ({"due_on": "2027-04-01"}, "截止日期不在2026年秋季学期"),
    ],
)
def test_faults_are_said_and_the_rest_is_kept(
    cast: Cast, term: Term, changed: dict[str, Any], words: str
) -> None:
    page = post(signed_in(cast.task_force), "/rounds/new/", fields(term) | changed)
    assert page.status_code == 200 and words in text_of(page) and "有1处需要修改" in text_of(page)
    assert "云办发〔2026〕3号" in page.content.decode() and not Round.objects.exists()


def test_the_date_comes_from_the_duty_of_the_plan(cast: Cast, term: Term) -> None:
    duty = Obligation.objects.get(code="P1-3g", phase__stage__plan__start_year=2026)
    client = signed_in(cast.task_force)
    assert post(client, "/rounds/new/", fields(term, obligation=str(duty.pk), due_on="")).status_code == 302
    assert (Round.objects.get().due_on, Round.objects.get().obligation) == (date(2026, 12, 31), duty)
    late = post(client, "/rounds/new/", fields(term, obligation=str(duty.pk), due_on="2027-01-05"))
    assert "截止日期要在“对照整改”步骤以内" in text_of(late)


def test_off_the_yearly_list_the_leader_publishes_with_a_reason(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term, approval_no="")
    clerk, leader = signed_in(cast.task_force), signed_in(cast.leader)
    assert "请点“修改”写明计划外发起的理由" in text_of(clerk.get(f"/rounds/{round_.pk}/"))
    assert "发布计划外自查" not in text_of(leader.get("/desk/"))
    assert post(clerk, f"/rounds/{round_.pk}/publish/", {"off_plan_reason": "急"}).status_code == 403
    empty = post(leader, f"/rounds/{round_.pk}/publish/", {"off_plan_reason": " "})
    assert empty.status_code == 200 and "请写明计划外发起的理由" in text_of(empty)
    assert post(leader, f"/rounds/{round_.pk}/publish/", {"off_plan_reason": "上级部署"}).status_code == 302
    page = text_of(leader.get(f"/rounds/{round_.pk}/"))
    assert "计划外" in page and "上级部署" in page


def test_an_off_plan_round_with_its_reason_waits_on_the_leaders_desk(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term, approval_no="", off_plan_reason="上级临时部署")
    clerk, leader = signed_in(cast.task_force), signed_in(cast.leader)
    assert "已列入分管领导的待签" in text_of(clerk.get(f"/rounds/{round_.pk}/"))
    desk = leader.get("/desk/")
    assert f'href="/rounds/{round_.pk}/"' in desk.content.decode() and "上级临时部署" in text_of(desk)
    assert "发布计划外自查" not in text_of(clerk.get("/desk/"))
    reason = {"off_plan_reason": "上级临时部署"}
    assert post(leader, f"/rounds/{round_.pk}/publish/", reason).status_code == 302
    assert "发布计划外自查" not in text_of(leader.get("/desk/"))


def test_a_draft_is_mended_by_its_form(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term)
    client = signed_in(cast.task_force)
    url = f"/rounds/{round_.pk}/edit/"
    assert "云办发〔2026〕3号" in client.get(url).content.decode()
    changed = fields(term, title="改名", unit_kinds=["school"])
    assert post(client, url, changed | {"_version": "1"}).status_code == 302
    assert Round.objects.get().title == "改名" and Round.objects.get().unit_kinds == ["school"]
    assert post(client, url, changed | {"_version": "1"}).status_code == 409
    assert post(signed_in(cast.leader), url, changed).status_code == 403


def test_the_page_counts_and_links_its_units(cast: Cast, term: Term) -> None:
    round_ = publish(cast, term)
    fill(check_of(cast.a3), cast.clerk_a3)
    self_check.confirm(check_id=check_of(cast.a3).pk, actor=cast.manager_a3)
    SelfCheck.objects.filter(organisation=cast.b1).update(due_on=date(2026, 11, 10))
    client = signed_in(cast.task_force)
    answer = client.get(f"/rounds/{round_.pk}/")
    page = text_of(answer)
    assert "已提交 1/4个单位" in page and f"/checks/{check_of(cast.a3).no}/" in answer.content.decode()
    assert [tab.count for tab in answer.context["tabs"].tabs] == [1, 3, 1, 0, 0, 4]
    late = client.get(f"/rounds/{round_.pk}/?tab=late").context["page_obj"]
    assert [check.organisation for check in late] == [cast.b1]
    found = client.get(f"/rounds/{round_.pk}/?q=qmjy").context["page_obj"]
    assert [check.organisation for check in found] == [cast.a3]
    assert "没有符合条件的单位" in text_of(client.get(f"/rounds/{round_.pk}/?q=zzz"))
    assert "1/4" in text_of(client.get("/rounds/?state=published"))


def test_a_round_with_open_checks_is_not_ended(cast: Cast, term: Term) -> None:
    round_ = publish(cast, term, unit_kinds=["institution"])
    client = signed_in(cast.task_force)
    page = post(client, f"/rounds/{round_.pk}/close/")
    assert page.status_code == 200 and "还有1个单位没有提交" in text_of(page)
    check = fill(check_of(cast.a3), cast.clerk_a3)
    self_check.confirm(check_id=check.pk, actor=cast.manager_a3)
    self_check.accept(check_id=check.pk, actor=cast.task_force)
    assert post(client, f"/rounds/{round_.pk}/close/").status_code == 302
    assert "已结束" in text_of(client.get("/rounds/"))


def test_absent_rounds_and_moves_are_not_found(cast: Cast, term: Term) -> None:
    client = signed_in(cast.task_force)
    round_ = draft(cast, term)
    for url in ("/rounds/999999/", "/rounds/999999/preview/", f"/rounds/{round_.pk}/fly/", "/rounds/x/"):
        assert client.get(url).status_code == 404
    assert client.get("/rounds/99999999999999999999/").status_code == 404


def test_a_broken_form_is_never_a_crash(cast: Cast, term: Term) -> None:
    client = signed_in(cast.task_force)
    for value in [*HOSTILE[::2], *REFUSED]:
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            continue  # a browser cannot send it
        broken = dict.fromkeys(fields(term), value)
        assert post(client, "/rounds/new/", broken).status_code == 200
        words = fields(term, title=value, plan_name=value, off_plan_reason=value)
        assert post(client, "/rounds/new/", words).status_code in (200, 302)
    assert client.get("/rounds/?state=%00&page=-1").status_code == 200


@pytest.mark.pages
def test_pages_cost_the_same_for_few_and_many(cast: Cast, term: Term) -> None:
    def cost(url: str) -> int:
        client = signed_in(cast.task_force)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    few = publish(cast, term)
    first = (cost("/rounds/"), cost(f"/rounds/{few.pk}/"))
    for serial in range(15):
        unit = Organisation.objects.create(kind="school", code=f"31520001{serial:02d}", name=f"第{serial}小")
        School.objects.create(organisation=unit, school_type="primary", grades=[1, 2])
    many = publish(cast, term, title="补查")
    for serial in range(8):
        draft(cast, term, title=f"批次{serial}")
    assert (cost("/rounds/"), cost(f"/rounds/{many.pk}/")) == first
    assert max(first) <= 15


# --- School breaks (P20) --------------------------------------------------------------------------------
BREAK_WORDS = "截止日期12月11日在停课（12月10日至12月11日）期间，学校自查不能在放假期间截止"


def close_schools(term: Term) -> None:
    days = {"first_on": date(2026, 12, 10), "last_on": date(2026, 12, 11)}
    TermPeriod.objects.create(term=term, kind="closure", reason="暴雪停课", **days)


@pytest.mark.calendar
@pytest.mark.parametrize("kinds", [["school"], ["school", "institution"]])
def test_what_schools_fill_in_does_not_fall_due_in_a_break(cast: Cast, term: Term, kinds: list[str]) -> None:
    close_schools(term)
    answer = post(signed_in(cast.task_force), "/rounds/new/", fields(term, unit_kinds=kinds))
    assert answer.status_code == 200 and BREAK_WORDS in text_of(answer)
    assert 'value="2026年秋季学期自查"' in answer.content.decode()
    assert not Round.objects.exists()


@pytest.mark.calendar
def test_institutions_may_be_due_in_a_break(cast: Cast, term: Term) -> None:
    close_schools(term)
    answer = post(signed_in(cast.task_force), "/rounds/new/", fields(term, unit_kinds=["institution"]))
    assert answer.status_code == 302 and Round.objects.get().unit_kinds == ["institution"]


@pytest.mark.calendar
def test_nor_outside_the_term(cast: Cast, term: Term) -> None:
    sent = fields(term, due_on="2027-02-03", unit_kinds=["school"])
    assert "2月3日在寒暑假期间，2027年春季学期3月1日开学" in text_of(
        post(signed_in(cast.task_force), "/rounds/new/", sent)
    )


@pytest.mark.calendar
def test_a_break_that_was_entered_after_the_draft_stops_its_publication(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term)
    close_schools(term)
    answer = post(signed_in(cast.task_force), f"/rounds/{round_.pk}/publish/", {"_version": "1"})
    assert BREAK_WORDS in text_of(answer)
    assert not SelfCheck.objects.exists()
