"""减负台账: what is asked of each unit a month, its budget, and what a round or a visit beyond it needs."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.burden import asking, meter, pace
from inspections.forms.duties import RecordForm
from inspections.forms.problems import ApplyForm, MeasureForm
from inspections.models import Answer, BurdenBudget, Round, SelfCheck, Visit
from inspections.workflows import budgets
from shuangjian import clock
from shuangjian.accounts.models import County, Organisation
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Duty, Term
from tests.cast import Cast
from tests.inspections.cases import case_at_a1
from tests.inspections.checking import check_of, draft, publish
from tests.inspections.exporting import taken
from tests.inspections.visiting import begun, planned
from tests.registers.filling import state
from tests.registry import signed_in, text_of

pytestmark = [pytest.mark.registers, pytest.mark.usefixtures("standing_policy")]

DECEMBER = date(2026, 12, 1)  # the month of the round's date


def post(client: Client, url: str, **fields: Any) -> Any:
    return client.post(url, {**fields, "_key": uuid4().hex})


def load_of(unit: Organisation, month: date = DECEMBER) -> meter.Load:
    units = meter.with_facts(Organisation.objects.filter(pk=unit.pk))
    return meter.read(units, month, month).get((unit.pk, month), meter.Load())


def allow(cast: Cast, school: int, institution: int = 500) -> BurdenBudget:
    return budgets.set_budget(
        actor=cast.task_force,
        version=None,
        school_inputs=school,
        institution_inputs=institution,
        reason="云双减〔2026〕5号",
    )


# --- Counting -----------------------------------------------------------------
def test_a_self_check_counts_as_many_inputs_as_its_form_has(cast: Cast, term: Term) -> None:
    publish(cast, term)
    client = signed_in(cast.people["clerk_a1"])
    check = check_of(cast.a1)
    names = set()
    for number in sorted(set(check.answers.values_list("item__rule__number", flat=True))):
        html = client.get(f"/checks/{check.no}/{number}/").content.decode()
        names |= {name for name in _names(html) if name.endswith("-value") or "-figure" in name}
    (ask,) = load_of(cast.a1).asks
    assert ask.inputs == len(names) > check.answers.count()


def _names(html: str) -> set[str]:
    return set(re.findall(r'name="([^"]+)"', html))


def test_the_counts_of_other_forms_are_what_they_demand(cast: Cast) -> None:
    demanded = [one for one in RecordForm.base_fields.values() if one.required]
    assert len(demanded) == asking.RECORD_INPUTS
    assert len(MeasureForm.base_fields) - 1 == asking.MEASURE_INPUTS  # but the mark for days without pupils
    assert sum(one.required for one in ApplyForm.base_fields.values()) == asking.APPLY_INPUTS


def test_what_the_register_holds_and_what_was_asked_before_is_known(cast: Cast, term: Term) -> None:
    publish(cast, term)
    (first,) = load_of(cast.a1).asks
    assert 0 < first.known < first.inputs  # homework, examinations …: the register answers them
    publish(cast, term, title="第二次自查", due_on=date(2026, 12, 18))
    again = load_of(cast.a1).asks[-1]
    assert again.title == "第二次自查" and again.known == again.inputs


def test_registers_count_in_the_first_month_of_the_term_by_their_lines(cast: Cast, term: Term) -> None:
    september = meter.month_of(term.first_on)

    def inputs(title: str) -> int:
        asks = load_of(cast.a1, september).asks
        return next(one.inputs for one in asks if one.title == title)

    one_line = inputs("社团和实践活动")
    assert inputs("书面作业") > 1 and not load_of(cast.a1).asks
    club = {"name": "合唱", "kind": "art", "times": "8", "pupils": "30"}
    state(cast.a1, "clubs", cast.people["clerk_a1"], {"r1": club, "r2": club})
    assert one_line == len(club) and inputs("社团和实践活动") == 2 * one_line


def test_records_of_the_plan_and_putting_right_count_too(cast: Cast, term: Term) -> None:
    publish(cast, term)
    task = case_at_a1(cast, "planning")
    found = load_of(task.problem.organisation, meter.month_of(task.due_on))
    (ask,) = [one for one in found.asks if one.source is meter.Source.TASK]
    assert ask.inputs >= asking.MEASURE_INPUTS + asking.APPLY_INPUTS + 1
    duty = Duty.objects.filter(obligation__fulfilled_by="record", organisation__kind="school").first()
    if duty is not None:
        asks = load_of(duty.organisation, meter.month_of(duty.due_on)).asks
        of_duties = [one.inputs for one in asks if one.source is meter.Source.DUTY]
        assert of_duties and set(of_duties) == {asking.RECORD_INPUTS}


def test_minutes_are_measured_over_the_county_once_there_is_enough(
    cast: Cast, term: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(cast, term)
    rows = list(Answer.objects.order_by("self_check", "pk"))
    saved = clock.now()
    for number, row in enumerate(rows):  # two answers a save, a save each 24 seconds
        row.updated_at = saved + timedelta(seconds=24 * (number // 2))
    Answer.objects.bulk_update(rows, ["updated_at"])
    assert len(rows) < 2 * pace.LEAST_PAUSES and pace.measured() == pace.Pace(pace.DEFAULT_SECONDS)
    monkeypatch.setattr(pace, "LEAST_PAUSES", 20)
    found = pace.measured()
    assert found.seconds == 12 and found.pauses > 20
    assert found.minutes(6) == 2  # 72 seconds: the second minute has begun
    assert "不按人、不按单位统计" in text_of(signed_in(cast.leader).get("/burden/"))
    Answer.objects.update(is_keyed_in=True)  # typed in by staff: no unit's time
    assert pace.measured() == pace.Pace(pace.DEFAULT_SECONDS)


# --- Pages --------------------------------------------------------------------
def test_a_unit_sees_its_own_line_and_the_countys_averages(cast: Cast, term: Term) -> None:
    publish(cast, term)
    allow(cast, 500)
    page = signed_in(cast.people["head_a1"]).get("/burden/?month=2026-12")
    words = text_of(page)
    assert "全县平均" in words and cast.a1.name in words and cast.b1.name not in words
    assert "暂按每项20秒估算" in words and "云双减〔2026〕5号" in words
    assert [line.unit for line in page.context["page_obj"]] == [cast.a1]
    office = text_of(signed_in(cast.people["office_staff"]).get("/burden/?month=2026-12"))
    assert "全县平均" in office and cast.a1.name not in office


def test_the_county_filters_and_exports_what_it_sees(cast: Cast, term: Term) -> None:
    publish(cast, term)
    Organisation.objects.filter(pk=cast.b1.pk).update(name="=第二中学")
    client = signed_in(cast.task_force)
    page = client.get("/burden/?month=2026-12&kind=school")
    lines = list(page.context["page_obj"])
    assert {line.unit.kind for line in lines} == {"school"} and lines[0].load.inputs > 0
    data = taken(client, "burden", "month=2026-12&kind=school", "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = data.decode("utf-8-sig").splitlines()
    assert len(rows) == len(lines) + 2 and any("'=第二中学" in row for row in rows)
    own = taken(signed_in(cast.people["head_a1"]), "burden", "month=2026-12", "csv").decode()
    assert cast.a1.name in own and "第二中学" not in own


def test_each_figure_of_a_unit_says_where_it_comes_from(cast: Cast, term: Term) -> None:
    publish(cast, term)
    words = text_of(signed_in(cast.people["clerk_a1"]).get(f"/burden/{cast.a1.code}/"))
    assert "2026年12月" in words and "2026年秋季学期自查" in words and "计划内" in words
    assert "2026年度督查检查考核计划，云办发〔2026〕3号" in words or "2026年度督查检查" in words
    assert "2026年9月" in words and "每学期一次" in words
    assert signed_in(cast.people["clerk_a1"]).get(f"/burden/{cast.b1.code}/").status_code == 404
    assert "没有要求填报的内容" in text_of(signed_in(cast.leader).get(f"/burden/{cast.a1.code}/?year=2020"))


def test_a_visit_that_was_not_announced_stands_nowhere_before_it_begins(cast: Cast, term: Term) -> None:
    visit = planned(cast)
    url = f"/burden/{cast.a1.code}/"
    clerk = signed_in(cast.people["clerk_a1"])
    assert visit.no not in text_of(clerk.get(url))
    Visit.objects.update(state=Visit.State.ONGOING)
    assert visit.no in text_of(clerk.get(url))


def test_a_visiting_inspector_is_led_to_no_visit_but_his_own(cast: Cast, term: Term) -> None:
    others = begun(cast)
    guest = cast.people["team_inspector"]
    own = planned(cast, kind="look_back", inspectors=[guest])
    Visit.objects.filter(pk=own.pk).update(state=Visit.State.ONGOING)
    page = signed_in(guest).get(f"/burden/{cast.a1.code}/").content.decode()
    assert others.no in page and f"/visits/{others.no}/" not in page and f"/visits/{own.no}/" in page


def test_before_there_were_registers_they_answered_nothing(cast: Cast, term: Term) -> None:
    publish(cast, term)
    with clock.at(clock.now() + timedelta(days=120)):  # the next term: nothing was stated in this one
        assert load_of(cast.a1).known == 0


@pytest.mark.parametrize(
    "query",
    ["?month=x", "?month=2026-13", "?month=9999-12", "?month=0001-01", "?year=9999", "?year=1999", "?year=²"],
)
def test_strange_addresses_show_a_page(cast: Cast, query: str) -> None:
    client = signed_in(cast.task_force)
    for url in ("/burden/", "/exports/burden/", f"/burden/{cast.a1.code}/"):
        assert client.get(url + query).status_code == 200, url


def test_queries_do_not_grow_with_units_and_rounds(cast: Cast, term: Term) -> None:
    publish(cast, term, unit_kinds=["school"])
    client = signed_in(cast.task_force)
    urls = ("/burden/?month=2026-12", "/burden/?month=2026-09", f"/burden/{cast.a1.code}/")
    before = [_queries(client, url) for url in urls]
    publish(cast, term, title="第二次自查")
    publish(cast, term, title="第三次自查", due_on=date(2026, 12, 18))
    assert [_queries(client, url) for url in urls] == before
    assert max(before) <= 25


def _queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(url).status_code == 200
    return len(found)


# --- Budget -------------------------------------------------------------------
def test_the_task_force_sets_the_budget_in_versions(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    good = {"school_inputs": "120", "institution_inputs": "60", "reason": "云双减〔2026〕5号"}
    for changed, said in (
        ({"school_inputs": ""}, "请填写每所学校每月填报（项）"),
        ({"school_inputs": "0"}, "预算至少是1项"),
        ({"institution_inputs": "多"}, "只写数字"),
        ({"reason": " "}, "请写明依据或理由"),
    ):
        assert said in text_of(post(client, "/burden/budget/", **(good | changed)))
    assert not BurdenBudget.objects.exists()
    assert post(client, "/burden/budget/", **good, _version="0").status_code == 302
    assert (
        post(client, "/burden/budget/", **(good | {"school_inputs": "90"}), _version="1").status_code == 302
    )
    assert post(client, "/burden/budget/", **good, _version="1").status_code == 409
    assert list(BurdenBudget.objects.values_list("version", "school_inputs")) == [(2, 90), (1, 120)]
    assert AuditEntry.objects.filter(action="inspections.burden_budget.set").count() == 2
    assert "第2版 现行" in text_of(client.get("/burden/budget/"))


def test_a_round_beyond_the_budget_is_the_leaders_with_a_reason(cast: Cast, term: Term) -> None:
    allow(cast, 10)
    round_ = draft(cast, term)
    force, leader = signed_in(cast.task_force), signed_in(cast.leader)
    url = f"/rounds/{round_.pk}/"
    page = text_of(force.get(url))
    assert "超出预算" in page and "写明超预算发起的理由" in page and cast.a1.name in page
    refused = text_of(post(force, f"{url}publish/", over_budget_reason="急"))
    assert "截止当月的填报超出预算" in refused and "由分管领导发布" in refused
    assert "请写明超预算发起的理由" in text_of(post(leader, f"{url}publish/", over_budget_reason=" "))
    assert not SelfCheck.objects.exists()
    assert "发布超预算自查" not in text_of(leader.get("/desk/"))
    Round.objects.update(over_budget_reason="市里要求年底前全面自查")
    assert "列入分管领导的待签" in text_of(force.get(url))
    assert post(force, f"{url}publish/").status_code == 403
    desk = text_of(leader.get("/desk/"))
    assert "发布超预算自查" in desk and "市里要求年底前全面自查" in desk
    sent = post(leader, f"{url}publish/", over_budget_reason="市里要求年底前全面自查，同意")
    assert sent.status_code == 302 and SelfCheck.objects.exists()
    assert Round.objects.get().over_budget_reason.endswith("同意")
    assert "市里要求年底前全面自查，同意" in text_of(leader.get(url))


def test_what_stands_in_the_month_already_counts(cast: Cast, term: Term) -> None:
    publish(cast, term)
    asked = max(load_of(unit).inputs for unit in (cast.a1, cast.a2, cast.b1))
    allow(cast, asked + 10)
    client = signed_in(cast.task_force)
    second = draft(cast, term, title="第二次自查")
    assert "超出预算" in text_of(post(client, f"/rounds/{second.pk}/publish/"))
    january = draft(cast, term, title="一月自查", due_on=date(2027, 1, 8))
    assert post(client, f"/rounds/{january.pk}/publish/").status_code == 302


def test_the_draft_names_what_is_answered_elsewhere(cast: Cast, term: Term) -> None:
    client = signed_in(cast.task_force)
    first = draft(cast, term)
    page = client.get(f"/rounds/{first.pk}/")
    known = {one.item.code: one.places for one in page.context["launch"].known}
    for code in ("R04-1", "R04-2", "R06-2", "R10-1", "R12-1", "R12-4"):
        assert any("登记档案" in place for place in known[code]), code
    assert not any("自查" in place for places in known.values() for place in places)
    assert post(client, f"/rounds/{first.pk}/publish/").status_code == 302
    second = draft(cast, term, title="第二次自查")
    assert "“2026年秋季学期自查”" in text_of(client.get(f"/rounds/{second.pk}/"))


def test_the_drafts_queries_do_not_grow(cast: Cast, term: Term) -> None:
    client = signed_in(cast.task_force)
    few = draft(cast, term, unit_kinds=["institution"])
    before = _queries(client, f"/rounds/{few.pk}/")
    publish(cast, term, title="另一次")
    many = draft(cast, term, title="全部")
    assert _queries(client, f"/rounds/{many.pk}/") <= before + 2


# --- Visits -------------------------------------------------------------------
def test_a_visit_beyond_the_terms_most_is_the_leaders_with_a_reason(cast: Cast, term: Term) -> None:
    County.objects.update(visits_per_term=1)
    planned(cast)
    fields = {
        "organisation": cast.a1.pk,
        "kind": "regular",
        "planned_on": "2026-11-30",
        "inspectors": [cast.people["inspector_a"].pk],
        "plan_name": "2026年度督查检查计划",
        "approval_no": "云办发〔2026〕3号",
        "join": "apart",
    }
    office = post(signed_in(cast.people["supervision"]), "/visits/new/", **fields, over_budget_reason="急")
    assert "达到上限1次" in text_of(office) and "由分管领导写明超上限理由" in text_of(office)
    leader = signed_in(cast.leader)
    assert "达到上限1次" in text_of(post(leader, "/visits/new/", **fields))
    answer = post(leader, "/visits/new/", **fields, over_budget_reason="群众集中反映")
    assert answer.status_code == 302
    visit = Visit.objects.order_by("-pk")[0]
    assert visit.over_budget_reason == "群众集中反映"
    assert "群众集中反映" in text_of(leader.get(answer["Location"]))


def test_many_visits_at_once_pass_the_most_by_the_leader_alone(cast: Cast, term: Term) -> None:
    County.objects.update(visits_per_term=1)
    planned(cast)
    fields = {
        "unit": [cast.a1.pk],
        "kind": "regular",
        "first": "2026-12-01",
        "last": "2026-12-11",
        "plan_name": "2026年度督查检查计划",
        "approval_no": "云办发〔2026〕3号",
        "over_budget_reason": "群众集中反映",
    }
    post(signed_in(cast.people["supervision"]), "/visits/many/", **fields)
    assert Visit.objects.count() == 1
    assert post(signed_in(cast.leader), "/visits/many/", **fields).status_code == 302
    assert Visit.objects.count() == 2
    assert Visit.objects.order_by("-pk")[0].over_budget_reason == "群众集中反映"
