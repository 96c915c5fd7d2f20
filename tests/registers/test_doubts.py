"""Doubts follow the facts by themselves; people judge them on their pages, each within what is his."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

import pytest
from django.urls import reverse

from inspections.models import Problem, RectificationTask
from inspections.workflows import problems
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import CheckItem
from shuangjian.registers.models import Doubt
from shuangjian.registers.workflows import doubts
from tests.cast import Cast, person
from tests.registers import clean
from tests.registers.filling import open_codes, state
from tests.registry import institution_fields, signed_in, submit, text_of
from tutoring.models import Institution
from tutoring.workflows import institutions

pytestmark = [pytest.mark.registers, pytest.mark.django_db]
SPORT = {"minutes": "45", "break_minutes": "30", "after_minutes": "15", "kept_in": False}


def raised(cast: Cast, **changed: str) -> Doubt:
    state(cast.a1, "sport", cast.clerk_a1, {"unit": SPORT | changed}, "操场翻修")
    return Doubt.objects.latest("pk")


def move(cast: Cast, who: str, doubt: Doubt, key: str, **fields: object) -> object:
    url = reverse("doubt-move", args=[doubt.no, key])
    return submit(signed_in(cast.people[who]), url, fields, version=doubt.version)


def problem_fields(**changed: object) -> dict[str, object]:
    said = {"fact": "校内体育活动每天45分钟", "found_on": "2026-11-16", "origin": "county_inspection",
            "rectifying": "by_date", "due_on": "2026-12-10"}  # fmt: skip
    return said | changed


# --- Raised, changed, taken back ----------------------------------------------
def test_a_doubt_goes_when_its_cause_does(cast: Cast) -> None:
    doubt = raised(cast)
    assert (doubt.state, doubt.explanation, doubt.item.code) == ("open", "操场翻修", "R12-1")
    raised(cast, minutes="50")  # still too little: the same doubt, with the fact of now
    doubt.refresh_from_db()
    assert Doubt.objects.count() == 1 and "50分钟/天" in doubt.fact
    state(cast.a1, "sport", cast.clerk_a1, {"unit": SPORT | {"minutes": "60"}})
    doubt.refresh_from_db()
    assert doubt.state == "gone" and doubt.ended_at is not None
    told = AuditEntry.objects.filter(subject_no=doubt.no).order_by("seq").values_list("action", flat=True)
    assert list(told) == ["registers.doubt.raised", "registers.doubt.changed", "registers.doubt.gone"]


def test_what_was_dismissed_is_not_raised_again_unless_the_fact_changes(cast: Cast) -> None:
    doubt = raised(cast)
    assert move(cast, "inspector_a", doubt, "dismiss", words="到校看过，课间活动没有计入").status_code == 302
    doubts.sweep()
    assert Doubt.objects.count() == 1
    raised(cast, minutes="40")
    assert open_codes(cast.a1) == {"sport.minutes.unit"} and Doubt.objects.count() == 2


def test_an_institutions_entry_brings_and_takes_doubts_too(cast: Cast) -> None:
    """The licence's date is no register: whoever changes it changes the doubts with it."""
    common = {"organisation_id": cast.a3.pk, "actor": cast.task_force, "version": None, "unit": {}}
    institutions.change_institution(**common, facts={"licence_until": date(2026, 11, 1)})
    assert open_codes(cast.a3) == {"licence.until"}
    institutions.change_institution(**common, facts={"licence_until": date(2028, 11, 1)})
    assert open_codes(cast.a3) == set()


# --- Judging --------------------------------------------------------------------
def test_the_office_registers_a_problem_for_it(cast: Cast) -> None:
    doubt = raised(cast)
    browser = signed_in(cast.task_force)
    page = text_of(browser.get(doubt.get_absolute_url()))
    assert "学生每天校内体育活动45分钟/天，少15分钟（不少于60分钟/天）" in page
    assert "操场翻修" in page and "关于进一步加强中小学生体质健康管理工作的通知" in page
    assert move(cast, "task_force", doubt, "register", **problem_fields()).status_code == 302
    problem = Problem.objects.get()
    assert (problem.organisation, problem.item.code, problem.origin) == (
        cast.a1,
        "R12-1",
        "county_inspection",
    )
    assert list(problem.doubts.all()) == [doubt]
    doubt.refresh_from_db()
    assert (doubt.state, doubt.judged_by) == ("registered", cast.task_force)
    assert doubt.no in text_of(browser.get(reverse("problem", args=[problem.no])))
    assert doubt.no not in text_of(signed_in(cast.clerk_a1).get(reverse("problem", args=[problem.no])))


def test_a_faulty_form_registers_nothing_and_keeps_the_doubt_open(cast: Cast) -> None:
    doubt = raised(cast)
    answer = move(cast, "task_force", doubt, "register", **problem_fields(due_on="2026-11-16"))
    assert answer.status_code == 200 and "整改期限要晚于今天" in text_of(answer)
    assert not Problem.objects.exists()
    answer = move(cast, "task_force", doubt, "dismiss", words=" ")
    assert answer.status_code == 200 and "请写明理由" in text_of(answer)
    doubt.refresh_from_db()
    assert doubt.state == "open"


def test_it_joins_a_problem_that_stands_open_already(cast: Cast) -> None:
    item = CheckItem.objects.get(code="R12-1")
    problem = problems.register(
        organisation=cast.a1, rule=item.rule, item=item, fact="体育课被占", origin="county_inspection",
        found_by=cast.supervision, due_on=date(2026, 12, 20),
    )  # fmt: skip
    doubt = raised(cast)
    assert "请勾选" in text_of(move(cast, "task_force", doubt, "register", **problem_fields()))
    assert move(cast, "inspector_a", doubt, "join", problem=problem.pk).status_code == 302
    doubt.refresh_from_db()
    assert doubt.state == "joined" and RectificationTask.objects.count() == 1
    assert "并入数据疑点" in text_of(signed_in(cast.task_force).get(reverse("problem", args=[problem.no])))


def test_a_problem_of_another_unit_cannot_be_joined(cast: Cast) -> None:
    item = CheckItem.objects.get(code="R12-1")
    problem = problems.register(
        organisation=cast.b1, rule=item.rule, item=item, fact="体育课被占", origin="county_inspection",
        found_by=cast.supervision, due_on=date(2026, 12, 20),
    )  # fmt: skip
    doubt = raised(cast)
    assert move(cast, "task_force", doubt, "join", problem=problem.pk).status_code == 200
    doubt.refresh_from_db()
    assert doubt.state == "open"


def test_whoever_is_slower_hears_who_was_faster(cast: Cast) -> None:
    doubt = raised(cast)
    move(cast, "task_force", doubt, "dismiss", words="已核实")
    assert move(cast, "supervision", doubt, "dismiss", words="已核实").status_code == 409


def test_the_list_is_narrowed_and_the_menu_counts_it(cast: Cast) -> None:
    doubt = raised(cast)
    for who, sees in (("task_force", True), ("inspector_a", True), ("inspector_b", False)):
        page = text_of(signed_in(cast.people[who]).get("/doubts/"))
        assert (doubt.no in page) is sees
    browser = signed_in(cast.task_force)
    assert "数据疑点 1" in text_of(browser.get("/desk/"))
    assert doubt.no in text_of(browser.get("/doubts/?rule=12&kind=limit&register=sport"))
    assert "没有符合条件的疑点" in text_of(browser.get("/doubts/?rule=4"))
    assert signed_in(cast.clerk_a1).get("/doubts/").status_code == 403


def test_every_figure_leads_to_what_it_rests_on(cast: Cast) -> None:
    doubt, code = raised(cast), cast.a1.code
    browser = signed_in(cast.task_force)
    assert f'/doubts/?q={quote(cast.a1.name)}"' in browser.get("/registers/").content.decode()
    register = text_of(browser.get(f"/units/{code}/registers/sport/"))
    assert "限值和依据" in register and "中小学生体质健康管理" in register
    page = browser.get(doubt.get_absolute_url())
    assert f"/units/{code}/registers/sport/" in page.content.decode() and "依据" in text_of(page)
    assert f"/units/{code}/registers/sport/" in browser.get(f"/burden/{code}/").content.decode()


# --- Between units ----------------------------------------------------------------
@pytest.fixture
def second(cast: Cast) -> Organisation:
    """Another institution, in area B, with a clerk of its own."""
    submit(signed_in(cast.task_force), "/units/new/institution/",
           institution_fields(area=cast.area_b.pk, category="academic"))  # fmt: skip
    unit = Organisation.objects.get(name="育才艺术培训中心")
    cast.people["clerk_b3"] = person("clerk_b3", "丁一", "institution_admin", unit)
    return unit


def test_one_person_at_two_institutions_is_found_at_both(cast: Cast, second: Organisation) -> None:
    state(cast.a3, "people", cast.clerk_a3, {"r1": clean.person("甲")})
    assert not Doubt.objects.exists()
    same = clean.person("乙", identity="甲" * 16)
    state(second, "people", cast.people["clerk_b3"], {"r1": same})
    assert open_codes(cast.a3) == open_codes(second) == {"people.person.r1"}
    assert "同时登记在育才艺术培训中心" in Doubt.objects.get(organisation=cast.a3).fact
    county = text_of(signed_in(cast.task_force).get("/doubts/"))
    assert "育才艺术培训中心" in county
    inspector = signed_in(cast.inspector_a)  # names another unit: the county's alone
    assert "育才艺术培训中心" not in text_of(inspector.get("/doubts/?tab=all"))
    state(second, "people", cast.people["clerk_b3"], {"r1": clean.person("乙")})
    assert not Doubt.objects.open().exists()  # at the other one too


def test_a_serving_teacher_and_a_certificate_used_twice_are_found(cast: Cast, second: Organisation) -> None:
    state(cast.a1, "serving_teachers", cast.task_force, {"r1": {"name": "丁", "identity": "丁" * 16}})
    state(cast.a3, "people", cast.clerk_a3, {"r1": clean.person("丁")})
    doubt = Doubt.objects.get()
    assert (doubt.organisation, doubt.item.code, doubt.prohibition.code) == (cast.a3, "R15-1", "J05")
    assert "丁" not in doubt.fact  # a hit names the school, never the person
    state(second, "people", cast.people["clerk_b3"], {"r7": clean.person("戊", paper_no="２０２１ 丁")})
    assert open_codes(second) == {"people.certificate.r7"}


def test_the_address_of_a_closed_institution_is_found(cast: Cast, second: Organisation) -> None:
    place = clean.institution()["premises"]
    state(cast.a3, "premises", cast.clerk_a3, place)
    Organisation.objects.filter(pk=cast.a3.pk).update(status="closed", closed_on=date(2026, 10, 1))
    state(second, "premises", cast.people["clerk_b3"], place)
    assert open_codes(second) == {"premises.address.r1"}
    assert "启明教育培训中心（已停办）" in Doubt.objects.get(organisation=second).fact
    assert open_codes(cast.a3) == set()


def test_a_unit_that_closes_leaves_no_open_doubt(cast: Cast) -> None:
    Institution.objects.filter(organisation=cast.a3).update(licence_until=date(2026, 1, 1))
    doubts.sweep()
    assert open_codes(cast.a3) == {"licence.until"}
    Organisation.objects.filter(pk=cast.a3.pk).update(status="closed", closed_on=date(2026, 11, 1))
    doubts.sweep()
    assert not Doubt.objects.open().exists()
