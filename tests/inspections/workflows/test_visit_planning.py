"""Kinds of visit with what is missing of them, preparation, many visits at once, joint visits, the cap."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from inspections import visit_kinds
from inspections.models import Problem, Visit, VisitBatch
from inspections.visit_preparation import preparation_of
from inspections.workflows import inspectors, visit_planning, visit_preparing, visits
from inspections.workflows.visit_planning import Order
from shuangjian import clock
from shuangjian.accounts.models import County, Membership
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, item, later
from tests.inspections.visiting import ON_PLAN, planned

pytestmark = [pytest.mark.usefixtures("standing_policy", "policy"), pytest.mark.onsite]


def missing(visit: Visit) -> list[str]:
    return [gap.words for gap in visit_kinds.gaps(Visit.objects.get(pk=visit.pk))]


def order(cast: Cast, *units: Any, **changed: Any) -> Order:
    fields: dict[str, Any] = {"kind": "regular", "first": date(2026, 11, 17), "last": date(2026, 11, 24)}
    return Order(units=units, **(fields | ON_PLAN | changed))


# --- Kinds ------------------------------------------------------------------------


def test_every_kind_says_its_team_cards_and_papers() -> None:
    assert set(visit_kinds.KINDS) == set(Visit.Kind)
    assert {kind.value: rule.least for kind, rule in visit_kinds.KINDS.items()} == {
        "regular": 1, "special": 3, "comprehensive": 3, "county_check": 2, "enforcement": 2, "random": 2,
        "complaint": 2, "look_back": 1,
    }  # fmt: skip
    assert visit_kinds.summary("enforcement") == "至少2人，持行政执法证"
    assert visit_kinds.kind_of("complaint").origin == Problem.Origin.COMPLAINT


def test_what_is_missing_is_shown_before_and_kept_after_the_beginning(cast: Cast) -> None:
    visit = planned(cast)
    assert missing(visit) == ["周明没有登记有效的督学证"]
    visits.start(visit_id=visit.pk, actor=cast.inspector_a, version=None)
    visit.refresh_from_db()
    assert visit.begun_without == "周明没有登记有效的督学证"
    assert "缺" in AuditEntry.objects.get(action="inspections.visit.start").text.text


def test_the_card_stands_on_the_record_as_it_was_on_the_day(cast: Cast) -> None:
    inspectors.save_card(actor=cast.inspector_a, kind="supervisor", number="云督012", valid_until=later(1))
    visit = planned(cast)
    assert missing(visit) == []
    assert missing(planned(cast, planned_on=later(5))) == ["周明没有登记有效的督学证"]
    visits.start(visit_id=visit.pk, actor=cast.inspector_a, version=None)
    inspectors.save_card(actor=cast.inspector_a, kind="supervisor", number="云督999", valid_until=None)
    assert visit.members.get().certificate_no == "督学证云督012"


def test_an_enforcement_check_is_not_begun_without_two_cards(cast: Cast) -> None:
    people = [cast.inspector_a, cast.inspector_b]
    visit = planned(cast, kind="enforcement", organisation=cast.a3, inspectors=people)
    inspectors.save_card(actor=cast.inspector_a, kind="enforcement", number="云执1", valid_until=None)
    with pytest.raises(Refused, match="不能开始：吴芳没有登记有效的行政执法证"):
        visits.start(visit_id=visit.pk, actor=cast.inspector_a, version=None)
    inspectors.save_card(actor=cast.inspector_b, kind="enforcement", number="云执2", valid_until=None)
    assert visits.start(visit_id=visit.pk, actor=cast.inspector_a, version=None).state == "ongoing"


def test_papers_fill_what_a_special_supervision_asks_for(cast: Cast) -> None:
    crew = [cast.inspector_a, cast.inspector_b, cast.team_inspector]
    visit = planned(cast, kind="special", inspectors=crew, planned_on=later(3))
    assert [words for words in missing(visit) if words.startswith("缺")] == [
        "缺督导通知书", "缺单位自评报告", "缺征求公众意见的记录",
    ]  # fmt: skip
    for kind in ("notice", "self_report", "opinion"):
        visit_preparing.add_document(visit_id=visit.pk, actor=cast.supervision, kind=kind, number="1号")
    assert not any(words.startswith("缺") for words in missing(visit))
    with pytest.raises(Refused, match="请填写文号，或上传扫描件"):
        visit_preparing.add_document(visit_id=visit.pk, actor=cast.supervision, kind="other")
    with pytest.raises(NotAllowed):
        visit_preparing.add_document(visit_id=visit.pk, actor=cast.leader, kind="other", number="2号")


# --- Preparation --------------------------------------------------------------------


def test_the_preparation_puts_open_problems_doubts_and_notes_beside_the_item(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    code = task.problem.item.code
    visit = planned(cast)
    visit_preparing.add_note(visit_id=visit.pk, actor=cast.supervision, text="看周三的作业", item=item(code))
    visit_preparing.add_note(visit_id=visit.pk, actor=cast.inspector_a, text="先看门口公示栏")
    with clock.at(clock.now() + timedelta(days=200)):
        prepared = preparation_of(visit, cast.inspector_a)
    marked = {line.line.item.code: line for line in prepared.marked}
    line = marked[code]
    assert [one.problem.no for one in line.tasks] == [task.problem.no]
    assert [note.text for note in line.notes] == ["看周三的作业"]
    assert any("已过整改期限" in words for words in line.doubts)
    assert [note.text for note in prepared.notes] == ["先看门口公示栏"]
    assert prepared.doubts == ["单位还没有提交过自查"]


# --- Where nobody is sent, and how often ----------------------------------------------


def test_who_keeps_away_is_not_sent(cast: Cast) -> None:
    inspectors.declare_relative(actor=cast.inspector_a, organisation=cast.a1, relation="spouse")
    with pytest.raises(Refused, match="周明应当回避城关小学：本人申报有近亲属在该单位"):
        planned(cast)
    Membership.objects.create(
        user=cast.inspector_b, organisation=cast.a1, role="head", from_on=later(-900), to_on=later(-30)
    )
    with pytest.raises(Refused, match="吴芳应当回避城关小学"):
        planned(cast, inspectors=[cast.inspector_b])
    assert planned(cast, organisation=cast.a2).no


def test_a_unit_is_visited_no_oftener_than_the_countys_most_but_for_what_facts_call_for(cast: Cast) -> None:
    County.objects.update(visits_per_term=2)
    first = planned(cast)
    planned(cast)
    with pytest.raises(Refused, match="城关小学本学期已安排2次入校，达到上限2次"):
        planned(cast)
    assert planned(cast, kind="complaint", inspectors=[cast.inspector_a, cast.inspector_b]).no
    visits.cancel(visit_id=first.pk, actor=cast.supervision, version=None, words="停课")
    assert planned(cast).no


# --- Many at once ---------------------------------------------------------------------


def test_many_units_get_inspectors_by_area_and_days_spread_over_working_days(cast: Cast) -> None:
    batch = visit_planning.plan_many(order(cast, cast.a1, cast.a2, cast.b1, cast.a3), actor=cast.task_force)
    assert batch.done == 4
    made = {visit.organisation.name: visit for visit in Visit.objects.select_related("organisation")}
    who = {name: visit.members.get().user.name for name, visit in made.items()}
    assert who == {
        "城关小学": "周明", "实验学校": "周明", "第二中学": "吴芳", "启明教育培训中心": "周明",
    }  # fmt: skip
    days = [made[name].planned_on for name in ("城关小学", "实验学校", "启明教育培训中心")]
    assert len(set(days)) == 3  # one inspector is not at two places in a day
    assert all(day.weekday() < 5 for day in days)
    assert AuditEntry.objects.filter(action="inspections.batch.planned").count() == 1
    assert Notification.objects.filter(kind="visit.planned").count() == 4


def test_each_unit_has_its_own_result(cast: Cast) -> None:
    County.objects.update(visits_per_term=1)
    planned(cast, planned_on=later(10))
    for user in (cast.inspector_a, cast.inspector_b, cast.team_inspector, cast.supervision):
        inspectors.declare_relative(actor=user, organisation=cast.a2, relation="other")
    batch = visit_planning.plan_many(order(cast, cast.a1, cast.a2, cast.b1), actor=cast.supervision)
    words = {row["name"]: row["words"] for row in VisitBatch.objects.get(pk=batch.pk).rows}
    assert words == {
        "城关小学": "本学期已安排1次入校，达到上限1次",
        "实验学校": "可以去的督导人员不足1名（应当回避的除外）",
        "第二中学": "",
    }


def test_days_without_lessons_are_no_days_for_schools(cast: Cast) -> None:
    proposal = visit_planning.propose(
        order(cast, cast.a1, first=date(2026, 11, 21), last=date(2026, 11, 22))  # a weekend
    )[0]
    assert (proposal.on, proposal.refusal) == (None, "这些天里没有有课的工作日")


def test_off_the_yearly_list_only_the_leader_plans_many(cast: Cast) -> None:
    bare = {"plan_name": "", "approval_no": "", "off_plan_reason": "县长批示"}
    with pytest.raises(NotAllowed):
        visit_planning.plan_many(order(cast, cast.a1, **bare), actor=cast.supervision)
    assert visit_planning.plan_many(order(cast, cast.a1, **bare), actor=cast.leader).done == 1


# --- Joint visits ----------------------------------------------------------------------


def test_a_second_visit_in_the_same_days_joins_the_first(cast: Cast) -> None:
    first = planned(cast, planned_on=date(2026, 11, 18))
    asked = order(cast, cast.a1, kind="county_check")
    assert [visit.no for visit in visit_planning.propose(asked)[0].near] == [first.no]
    batch = visit_planning.plan_many(asked, actor=cast.supervision, joins=[first.no])
    assert batch.rows[0]["joined"]
    joined = Visit.objects.get()
    assert visit_kinds.kinds_of(joined) == ["regular", "county_check"]
    assert joined.members.count() == 2  # the second kind needs two
    assert AuditEntry.objects.filter(action="inspections.visit.joined").count() == 1
    with pytest.raises(Refused, match="已经是县级检查"):
        _join(cast, joined, "county_check")


def test_an_announced_kind_leads_and_tells_the_unit(cast: Cast) -> None:
    visit = planned(cast, planned_on=later(3))
    crew = [cast.inspector_a, cast.inspector_b, cast.team_inspector]
    joined = _join(cast, visit, "special", crew)
    assert (joined.kind, joined.joined.get().kind) == ("special", "regular")
    assert list(Visit.objects.visible_to(cast.head_a1)) == [joined]  # type: ignore[attr-defined]
    assert Notification.objects.filter(kind="visit.announced").count() == 2


def test_what_has_begun_is_not_joined(cast: Cast) -> None:
    visit = planned(cast)
    visits.start(visit_id=visit.pk, actor=cast.inspector_a, version=None)
    with pytest.raises(WrongState):
        _join(cast, visit, "complaint", [cast.inspector_b])


def _join(cast: Cast, visit: Visit, kind: str, people: Any = ()) -> Visit:
    return visit_planning.join(
        visit_id=visit.pk, kind=kind, inspectors=people, actor=cast.supervision, version=None, **ON_PLAN
    )
