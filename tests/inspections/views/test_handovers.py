"""岗位交接: what carries a name passes to the next on the post, once, when both have said so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from inspections import named_duties
from inspections.desk import desk_of
from inspections.models import CloseAuthority, Handover, RectificationTask, Visit
from inspections.workflows import handovers, inspectors, oversight, problems
from shuangjian import clock
from shuangjian.accounts.models import Membership, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Rulebook
from tests.cast import NOVEMBER, Cast, person
from tests.inspections.visiting import begun, planned
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("standing_policy", "november")]


@pytest.fixture
def next_one(cast: Cast) -> User:
    """Holds the same post as the area's inspector since a while."""
    return person("inspector_new", "马丽", Role.AREA_INSPECTOR, cast.units["area_a"])


def opened(cast: Cast, taker: User, giver: str = "inspector_a", **changed: Any) -> Handover:
    post = cast.people[giver].memberships.get()
    fields: dict[str, Any] = {"actor": cast.people[giver], "taker": taker, "last_on": clock.today()}
    return handovers.open_handover(post=post, **(fields | changed))


def both_confirm(row: Handover) -> Handover:
    handovers.give(handover_id=row.pk, actor=row.giver, version=None)
    return handovers.take(handover_id=row.pk, actor=row.taker, version=None)


def watched(cast: Cast, policy: Rulebook) -> RectificationTask:
    """A problem at A1 on which the area's inspector keeps an eye."""
    problem = problems.register(
        organisation=cast.a1,
        rule=policy.rules.get(number=4),
        fact="三年级数学日均书面作业约75分钟",
        origin="county_check",
        found_by=cast.supervision,
        due_on=clock.today() + timedelta(days=15),
    )
    task = problem.tasks.get()
    return oversight.reassign(task_id=task.pk, actor=cast.supervision, overseer=cast.inspector_a)


# --- The whole way --------------------------------------------------------------------------------------
def test_a_post_is_handed_over_on_the_screen(cast: Cast, policy: Rulebook, next_one: User) -> None:
    visit, task = planned(cast), watched(cast, policy)
    CloseAuthority.objects.create(
        inspector=cast.inspector_a, area=cast.area_a, document_no="云教督〔2026〕9号",
        from_on=date(2026, 1, 1), until_on=date(2026, 12, 31),
    )  # fmt: skip
    giver, taker = signed_in(cast.people["inspector_a"]), signed_in(next_one)
    post = cast.people["inspector_a"].memberships.get()
    sent = submit(
        giver,
        reverse("handover-new"),
        {"post": post.pk, "taker": next_one.pk, "last_on": "2026-11-20", "words": "责任区钥匙在档案室"},
    )
    row = Handover.objects.get()
    assert sent["Location"] == row.get_absolute_url() == "/handovers/2026-J0001/"
    assert "请确认岗位交接2026-J0001" in Notification.objects.get(recipient=next_one).title
    page = text_of(taker.get(row.get_absolute_url()))
    for words in (visit.no, task.no, "改由马丽前往", "改由马丽督办", "云教督〔2026〕9号", "责任区钥匙"):
        assert words in page, words
    assert "确认岗位交接" in text_of(taker.get("/desk/"))

    for client, move in ((giver, "give"), (taker, "take")):
        assert visit.members.get().user == cast.people["inspector_a"]  # nothing moves before both
        row.refresh_from_db()
        answer = submit(client, reverse("handover-move", args=[row.no, move]), {}, version=row.version)
        assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.giver_id, row.given_by_id) == ("done", row.given_by_id, row.giver_id)
    assert [(member.user, member.is_lead) for member in visit.members.all()] == [(next_one, True)]
    task.refresh_from_db()
    assert task.overseer == next_one
    assert CloseAuthority.objects.get().until_on == date(2026, 11, 20)
    post.refresh_from_db()
    assert post.to_on == date(2026, 11, 20)
    kept = [(item.kind, item.no) for item in row.items.all()]
    assert kept[:3] == [("visit", visit.no), ("case", task.no), ("authority", "云教督〔2026〕9号")]
    page = text_of(signed_in(cast.people["task_force"]).get(row.get_absolute_url()))
    assert "已交接" in page
    assert visit.no in page
    actions = AuditEntry.objects.filter(subject_no=row.no).order_by("seq").values_list("action", flat=True)
    assert list(actions) == [f"inspections.handover.{word}" for word in ("opened", "give", "take")]
    with clock.at(NOVEMBER + timedelta(days=5)):
        assert not User.objects.get(pk=row.giver_id).roles


def test_a_visit_under_way_keeps_who_saw_it_and_gets_who_goes_on(
    cast: Cast, policy: Rulebook, next_one: User
) -> None:
    visit = Visit.objects.get(pk=begun(cast).pk)
    both_confirm(opened(cast, next_one))
    members = {member.user_id: member.is_lead for member in visit.members.all()}
    assert members == {cast.inspector_a.pk: False, next_one.pk: True}  # type: ignore[union-attr]


def test_a_taker_in_the_team_is_not_doubled(cast: Cast, policy: Rulebook, next_one: User) -> None:
    visit = planned(cast, kind="random", inspectors=[cast.inspector_a, next_one])
    both_confirm(opened(cast, next_one))
    assert [(member.user, member.is_lead) for member in visit.members.all()] == [(next_one, True)]


# --- What does not pass ---------------------------------------------------------------------------------
def test_nobody_takes_a_visit_from_which_he_keeps_away(cast: Cast, policy: Rulebook, next_one: User) -> None:
    visit = planned(cast)
    inspectors.declare_relative(actor=next_one, organisation=cast.a1, relation="spouse")
    row = opened(cast, next_one)
    assert "应当回避" in text_of(signed_in(next_one).get(row.get_absolute_url()))
    handovers.give(handover_id=row.pk, actor=row.giver, version=None)
    answer = submit(
        signed_in(next_one), reverse("handover-move", args=[row.no, "take"]), {}, version=row.version + 1
    )
    assert "应当回避" in text_of(answer)
    assert visit.members.get().user == row.giver
    assert Handover.objects.get().taken_at is None


def test_a_taker_needs_the_post_first(cast: Cast) -> None:
    row = opened(cast, cast.people["head_a1"], giver="clerk_a1")
    handovers.give(handover_id=row.pk, actor=row.giver, version=None)
    with pytest.raises(Refused, match="还没有城关小学“学校管理员”的角色"):
        handovers.take(handover_id=row.pk, actor=row.taker, version=None)
    Membership.objects.create(
        user=row.taker, organisation=cast.a1, role=Role.SCHOOL_ADMIN, from_on=clock.today()
    )
    assert handovers.take(handover_id=row.pk, actor=row.taker, version=None).state == "done"


def test_an_overseer_who_could_not_judge_the_case_leaves_it_to_the_office(
    cast: Cast, policy: Rulebook, next_one: User
) -> None:
    task = watched(cast, policy)
    Membership.objects.create(
        user=next_one, organisation=cast.a1, role=Role.SCHOOL_ADMIN,
        from_on=date(2026, 1, 1), to_on=date(2026, 8, 1),
    )  # fmt: skip
    row = both_confirm(opened(cast, next_one))
    task.refresh_from_db()
    assert task.overseer is None
    assert row.items.get(kind="case").outcome == "督办人空缺，由专班另行指定"


def test_cancelled_nothing_moves_and_both_hear_why(cast: Cast, policy: Rulebook, next_one: User) -> None:
    visit, row = planned(cast), opened(cast, next_one)
    handovers.give(handover_id=row.pk, actor=row.giver, version=None)
    handovers.cancel(handover_id=row.pk, actor=cast.task_force, version=None, reason="不调动了")
    assert visit.members.get().user == row.giver
    told = Notification.objects.filter(recipient=next_one).order_by("pk").values_list("title", "body")
    assert told[1] == ("岗位交接2026-J0001已取消", "不调动了")
    assert opened(cast, next_one).no == "2026-J0002"  # and may be begun again


# --- Who ------------------------------------------------------------------------------------------------
def test_the_office_confirms_for_who_cannot_sign_in(cast: Cast, policy: Rulebook, next_one: User) -> None:
    planned(cast)
    gone = cast.people["inspector_a"]
    User.objects.filter(pk=gone.pk).update(is_active=False)
    row = opened(cast, next_one, actor=cast.task_force)
    page = reverse("handover-move", args=[row.no, "give"])
    force = signed_in(cast.people["task_force"])
    assert "请写明代为确认的理由" in text_of(submit(force, page, {}, version=row.version))
    assert submit(force, page, {"reason": "已调离本县"}, version=row.version).status_code == 302
    row = handovers.take(handover_id=row.pk, actor=next_one, version=None)
    assert (row.state, row.given_by) == ("done", cast.people["task_force"])
    assert "何敏代" in text_of(force.get(row.get_absolute_url()))


def test_nobody_confirms_for_somebody_who_is_there(cast: Cast, next_one: User) -> None:
    row = opened(cast, next_one)
    for actor in (cast.people["task_force"], next_one):
        with pytest.raises(NotAllowed):
            handovers.give(handover_id=row.pk, actor=actor, version=None, reason="代")
    with pytest.raises(NotAllowed):
        handovers.take(handover_id=row.pk, actor=cast.people["inspector_a"], version=None)


@pytest.mark.parametrize("actor", ["clerk_a2", "inspector_b", "leader", "auditor"])
def test_a_stranger_to_the_unit_opens_nothing(cast: Cast, actor: str) -> None:
    with pytest.raises(NotAllowed):
        opened(cast, cast.people["head_a1"], giver="clerk_a1", actor=cast.people[actor])


def test_bad_entries_are_said(cast: Cast, next_one: User) -> None:
    with pytest.raises(Refused, match="接手人不能是移交人本人"):
        opened(cast, cast.people["inspector_a"])
    with pytest.raises(Refused, match="离岗日期不能早于今天"):
        opened(cast, next_one, last_on=clock.today() - timedelta(days=1))
    with pytest.raises(Refused, match="由安全管理员收回角色"):
        opened(cast, next_one, giver="system_admin")
    opened(cast, next_one)
    with pytest.raises(Refused, match="已经在交接，编号2026-J0001"):
        opened(cast, next_one)
    row = Handover.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.filter(pk=row.pk).update(state="done")


# --- Dead accounts --------------------------------------------------------------------------------------
def test_what_is_left_on_a_dead_account_comes_to_the_task_force(
    cast: Cast, policy: Rulebook, next_one: User
) -> None:
    visit = planned(cast)
    gone = cast.people["inspector_a"]
    assert not named_duties.left_behind().exists()
    gone.memberships.update(to_on=clock.today() - timedelta(days=1))
    assert list(named_duties.left_behind()) == [gone]
    assert "办理岗位交接" in text_of(signed_in(cast.people["task_force"]).get("/desk/"))
    assert "办理岗位交接" not in text_of(signed_in(cast.people["supervision"]).get("/desk/"))
    force = signed_in(cast.people["task_force"])
    sent = submit(
        force,
        reverse("handover-of", args=[gone.username]),
        {"post": gone.memberships.get().pk, "taker": next_one.pk, "last_on": "2026-11-15"},
    )
    assert sent.status_code == 302, text_of(sent)
    row = Handover.objects.get()
    handovers.give(handover_id=row.pk, actor=cast.task_force, version=None, reason="已退休")
    handovers.take(handover_id=row.pk, actor=next_one, version=None)
    assert visit.members.get().user == next_one
    assert not named_duties.left_behind().exists()
    assert gone.memberships.get().to_on == date(2026, 11, 15)  # its own end, not today's


def test_a_team_that_still_has_somebody_is_not_left_behind(cast: Cast, policy: Rulebook) -> None:
    planned(cast, kind="random", inspectors=[cast.inspector_a, cast.team_inspector])
    cast.people["inspector_a"].memberships.update(to_on=clock.today() - timedelta(days=1))
    assert not named_duties.left_behind().exists()
    Visit.objects.get().members.filter(user=cast.people["team_inspector"]).delete()
    assert named_duties.left_behind().exists()


def test_the_list_leaves_out_the_handover_itself(cast: Cast, next_one: User) -> None:
    row = opened(cast, next_one)
    assert any(found.what == "确认岗位交接" for group in desk_of(row.giver).groups for found in group.rows)
    assert "确认岗位交接" not in text_of(signed_in(next_one).get(row.get_absolute_url()))
