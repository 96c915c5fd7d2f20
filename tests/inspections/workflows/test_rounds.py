"""Rounds: who drafts and publishes which, what publication leaves behind, what it costs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.models import Answer, Round, SelfCheck
from inspections.workflows import rounds
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Duty, Obligation, Term
from tests.cast import Cast
from tests.hostile import HOSTILE
from tests.inspections.cases import later
from tests.inspections.checking import DUE_ON, check_of, draft, publish

pytestmark = pytest.mark.usefixtures("standing_policy")
EVERYBODY = [
    "leader", "task_force", "supervision", "office_staff", "partner", "inspector_a", "team_inspector",
    "clerk_a1", "head_a1", "clerk_a3", "manager_a3", "system_admin", "security_admin", "auditor", "stranger",
]  # fmt: skip


def codes(unit: Organisation) -> list[str]:
    answers = Answer.objects.filter(self_check__organisation=unit)
    return list(answers.order_by("item__rule__number", "item__ordinal").values_list("item__code", flat=True))


# --- Drafting -----------------------------------------------------------------


@pytest.mark.parametrize("who", [name for name in EVERYBODY if name != "task_force"])
def test_only_the_task_force_drafts(cast: Cast, term: Term, who: str) -> None:
    with pytest.raises(NotAllowed):
        rounds.create(actor=cast.people[who], title="自查", term=term, unit_kinds=["school"], due_on=DUE_ON)
    assert not Round.objects.exists()


def test_a_draft_keeps_what_was_said_and_leaves_one_entry(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term, title="  秋季自查 ")
    assert (round_.title, round_.state, round_.is_on_plan) == ("秋季自查", "draft", True)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id, entry.actor_id) == (
        "inspections.round.created",
        str(round_.pk),
        cast.task_force.pk,
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": "  "}, "批次名称"),
        ({"unit_kinds": []}, "填报单位"),
        ({"unit_kinds": ["area", "county"]}, "填报单位"),
        ({"due_on": date(2026, 11, 16)}, "晚于今天"),
        ({"due_on": date(2026, 11, 1)}, "晚于今天"),
        ({"due_on": date(2027, 4, 1)}, "不在2026年秋季学期"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    cast: Cast, term: Term, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        draft(cast, term, **changed)
    assert not Round.objects.exists() and not AuditEntry.objects.exists()


def test_the_date_of_an_obligation_moves_only_within_its_step(cast: Cast, term: Term) -> None:
    duty = Obligation.objects.get(code="P1-3e", phase__stage__plan__start_year=2026)
    assert draft(cast, term, obligation=duty, due_on=date(2026, 12, 31)).obligation == duty
    with pytest.raises(Refused, match=r"对照整改.*2026年10月1日至2026年12月31日"):
        draft(cast, term, obligation=duty, due_on=date(2027, 1, 4))
    with pytest.raises(Refused, match="学校"):
        draft(cast, term, obligation=duty, unit_kinds=["institution"])


def test_the_plan_expects_the_self_check_on_the_day_that_the_round_names(cast: Cast, term: Term) -> None:
    """One date for a unit, not two; what is late by the plan's own date stays late."""
    obligation = Obligation.objects.get(code="P1-3e", phase__stage__plan__start_year=2026)
    Duty.objects.filter(obligation=obligation).delete()
    for unit, due_on in ((cast.a1, later(5)), (cast.units["b1"], later(-1))):
        Duty.objects.create(obligation=obligation, organisation=unit, due_on=due_on)
    publish(cast, term, obligation=obligation, unit_kinds=["school"], due_on=date(2026, 12, 31))
    known = dict(Duty.objects.filter(obligation=obligation).values_list("organisation_id", "due_on"))
    assert known == {cast.a1.pk: date(2026, 12, 31), cast.units["b1"].pk: later(-1)}


def test_a_draft_is_edited_until_it_is_published(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term)
    fields: dict[str, Any] = {
        "title": "改名",
        "term": term,
        "unit_kinds": ["school"],
        "due_on": date(2026, 12, 18),
    }
    edited = rounds.edit(round_id=round_.pk, actor=cast.task_force, version=1, **fields)
    assert (edited.title, edited.unit_kinds, edited.version) == ("改名", ["school"], 2)
    assert AuditEntry.objects.order_by("-seq")[0].after["due_on"] == "2026-12-18"
    with pytest.raises(StaleRow):
        rounds.edit(round_id=round_.pk, actor=cast.task_force, version=1, **fields)
    rounds.publish(round_id=round_.pk, actor=cast.leader, off_plan_reason="上级临时部署")
    with pytest.raises(WrongState):
        rounds.edit(round_id=round_.pk, actor=cast.task_force, version=None, **fields)


def test_hostile_words_are_kept_as_they_are(cast: Cast, term: Term) -> None:
    for wanted in filter(None, (text.strip()[:60].strip() for text in HOSTILE)):
        round_ = draft(cast, term, title=wanted, plan_name=wanted, approval_no="1")
        round_.refresh_from_db()
        assert round_.title == wanted and round_.plan_name == wanted


# --- Publishing ---------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("on_plan", [True, False])
def test_who_publishes(cast: Cast, term: Term, who: str, on_plan: bool) -> None:
    """On the yearly list the task force or the leader, off it the leader alone (P2)."""
    round_ = draft(cast, term, **({} if on_plan else {"plan_name": "", "approval_no": ""}))
    allowed = who == "leader" or (who == "task_force" and on_plan)
    if allowed:
        published = rounds.publish(round_id=round_.pk, actor=cast.people[who], off_plan_reason="上级部署")
        assert published.state == "published" and published.published_by == cast.people[who]
        return
    with pytest.raises(NotAllowed):
        rounds.publish(round_id=round_.pk, actor=cast.people[who], off_plan_reason="上级部署")
    assert not SelfCheck.objects.exists()


def test_the_leader_off_the_list_owes_a_reason(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term, approval_no="")
    with pytest.raises(Refused, match="理由"):
        rounds.publish(round_id=round_.pk, actor=cast.leader)
    published = rounds.publish(round_id=round_.pk, actor=cast.leader, off_plan_reason=" 上级临时部署 ")
    assert published.off_plan_reason == "上级临时部署"


def test_every_active_unit_of_the_kinds_gets_its_numbered_check(cast: Cast, term: Term) -> None:
    Organisation.objects.filter(pk=cast.b1.pk).update(status="closed", closed_on=date(2026, 9, 1))
    publish(cast, term)
    checks = {check.organisation.name: check for check in SelfCheck.objects.all()}
    assert set(checks) == {"城关小学", "实验学校", "启明教育培训中心"}
    assert [check.no for check in SelfCheck.objects.order_by("no")] == [
        "2026-C0001",
        "2026-C0002",
        "2026-C0003",
    ]
    assert {(check.due_on, check.state) for check in checks.values()} == {(DUE_ON, "not_started")}


def test_answers_are_made_for_the_scope_of_each_unit(cast: Cast, term: Term) -> None:
    """P16: no junior grades' items for a primary school, no online ones for an offline institution."""
    publish(cast, term)
    primary, junior, institution = codes(cast.a1), codes(cast.b1), codes(cast.a3)
    assert {"R04-1", "R04-2", "R04-4", "R06-1"} <= set(primary) and "R04-3" not in primary
    assert {"R04-3", "R06-3"} <= set(junior) and not {"R04-1", "R04-2", "R02-3"} & set(junior)
    assert {code[:3] for code in primary} == {f"R{number:02d}" for number in range(1, 13)}
    assert "R17-1" in institution and "R17-2" not in institution
    assert {code[:3] for code in institution} == {f"R{number:02d}" for number in range(13, 18)}
    assert not Answer.objects.exclude(value="").exists()


def test_a_filed_unit_keeps_its_own_check_and_its_filers_people_are_told(cast: Cast, term: Term) -> None:
    point = Organisation.objects.create(kind="school", code="3152000009", name="河湾教学点", filer=cast.a1)
    School.objects.create(organisation=point, school_type="teaching_point", grades=[1, 2], pupil_count=18)
    publish(cast, term)
    check = check_of(point)
    assert check.organisation == point
    assert not cast.stranger.has_perm("inspections.fill_check", check)
    assert cast.clerk_a1.has_perm("inspections.fill_check", check)
    told = Notification.objects.filter(kind="check.opened", recipient=cast.clerk_a1)
    assert {notice.subject_id for notice in told} == {str(check.pk), str(check_of(cast.a1).pk)}


def test_publication_leaves_one_entry_and_one_notice_a_person_and_check(cast: Cast, term: Term) -> None:
    round_ = publish(cast, term)
    entry = AuditEntry.objects.get(action="inspections.round.published")
    assert entry.after["checks"] == 4 and entry.subject_id == str(round_.pk)
    told = Notification.objects.values_list("recipient__username", flat=True)
    assert sorted(told) == [
        "clerk_a1",
        "clerk_a2",
        "clerk_a3",
        "clerk_b1",
        "head_a1",
        "head_b1",
        "manager_a3",
    ]


def test_a_round_is_published_once(cast: Cast, term: Term) -> None:
    round_ = publish(cast, term)
    with pytest.raises(WrongState):
        rounds.publish(round_id=round_.pk, actor=cast.task_force)
    with pytest.raises(StaleRow):
        rounds.publish(round_id=draft(cast, term).pk, actor=cast.task_force, version=7)
    assert SelfCheck.objects.count() == 4


def test_a_round_whose_date_has_come_is_not_published(cast: Cast, term: Term) -> None:
    round_ = draft(cast, term)
    Round.objects.filter(pk=round_.pk).update(due_on=date(2026, 11, 16))
    with pytest.raises(Refused, match="晚于今天"):
        rounds.publish(round_id=round_.pk, actor=cast.task_force)
    assert not SelfCheck.objects.exists() and Round.objects.get().state == "draft"


def more_schools(count: int) -> None:
    for serial in range(count):
        unit = Organisation.objects.create(
            kind="school", code=f"31520001{serial:02d}", name=f"第{serial}小学"
        )
        School.objects.create(organisation=unit, school_type="primary", grades=[1, 2, 3, 4, 5, 6])


def test_publishing_costs_no_query_per_answer(cast: Cast, term: Term) -> None:
    def cost() -> int:
        round_ = draft(cast, term)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rounds.publish(round_id=round_.pk, actor=cast.task_force)
        return len(queries)

    few, before = cost(), Answer.objects.count()
    more_schools(20)
    many = cost()
    assert Answer.objects.count() - before > 800
    assert many - few <= 20 * 5


# --- Ending -------------------------------------------------------------------


def test_a_round_ends_when_nothing_is_open(cast: Cast, term: Term) -> None:
    round_ = publish(cast, term, unit_kinds=["institution"])
    with pytest.raises(Refused, match="还有1个单位没有提交"):
        rounds.close(round_id=round_.pk, actor=cast.task_force)
    SelfCheck.objects.update(state="submitted", submitted_at=clock.now())
    with pytest.raises(Refused, match="还有1份自查没有审核"):
        rounds.close(round_id=round_.pk, actor=cast.task_force)
    SelfCheck.objects.update(state="accepted", accepted_at=clock.now())
    with pytest.raises(NotAllowed):
        rounds.close(round_id=round_.pk, actor=cast.leader)
    assert rounds.close(round_id=round_.pk, actor=cast.task_force).state == "closed"
