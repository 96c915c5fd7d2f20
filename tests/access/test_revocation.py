"""What was granted ends: a post, an account, a visit, a unit. Nothing of it is left at the next request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from inspections.models import Visit, VisitMember
from inspections.workflows import closing, rectification
from shuangjian import clock
from shuangjian.accounts.models import Headship, Membership, Organisation
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import NotAllowed
from tests.access.world import World
from tests.cast import LONG_AGO
from tests.registry import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.access]
YESTERDAY = timedelta(days=1)


def end_post(username: str) -> None:
    Membership.objects.filter(user__username=username).update(to_on=clock.today() - YESTERDAY)


def addresses(world: World, side: str) -> list[str]:
    """A record of every kind on a side."""
    own = world.side(side)
    assert own.file is not None
    return [
        reverse("unit", args=[own.unit.code]),
        reverse("problem", args=[own.problems["rectifying"].no]),
        reverse("check", args=[own.checks["submitted"].no]),
        reverse("visit", args=[own.visits["confirmed"].no]),
        reverse("report", args=[own.reports["issued"].no]),
        reverse("paper", args=[own.papers["issued"].no]),
        reverse("file", args=[own.file.pk]),
    ]


@pytest.mark.parametrize("name", ["clerk_a1", "head_a1", "inspector_a", "task_force", "leader"])
def test_the_end_of_a_post_shuts_every_page_of_it(
    world: World, browsers: dict[str, Client], name: str
) -> None:
    asked = addresses(world, "a")
    assert {browsers[name].get(path).status_code for path in asked} == {200}
    end_post(name)
    assert {browsers[name].get(path).status_code for path in asked} == {403}


def test_a_post_that_has_not_begun_opens_nothing_and_then_does(world: World) -> None:
    tomorrow = clock.today() + YESTERDAY
    post = Membership.objects.create(
        user=world.cast.people["stranger"], organisation=world.a.unit, role=Role.HEAD, from_on=tomorrow
    )
    stranger = signed_in(world.cast.people["stranger"])
    path = reverse("problem", args=[world.a.problems["rectifying"].no])
    assert stranger.get(path).status_code == 403
    Membership.objects.filter(pk=post.pk).update(from_on=clock.today())
    assert stranger.get(path).status_code == 200


def test_another_area_takes_the_units_with_it(world: World, browsers: dict[str, Client]) -> None:
    path = reverse("problem", args=[world.a.problems["rectifying"].no])
    assert browsers["inspector_a"].get(path).status_code == 200
    assert browsers["inspector_b"].get(path).status_code == 404
    VisitMember.objects.filter(user=world.cast.people["inspector_a"]).delete()
    Organisation.objects.filter(pk=world.a.unit.pk).update(area=world.cast.units["area_b"])
    assert browsers["inspector_a"].get(path).status_code == 404
    assert browsers["inspector_b"].get(path).status_code == 200


def test_whoever_leaves_the_visit_leaves_the_unit(world: World, browsers: dict[str, Client]) -> None:
    path = reverse("problem", args=[world.a.problems["rectifying"].no])
    assert browsers["team_inspector"].get(path).status_code == 200
    VisitMember.objects.filter(user=world.cast.people["team_inspector"]).delete()
    assert browsers["team_inspector"].get(path).status_code == 404
    assert browsers["team_inspector"].get(reverse("problems")).status_code == 200


def test_a_cancelled_visit_opens_nothing(world: World, browsers: dict[str, Client]) -> None:
    path = reverse("unit", args=[world.a.unit.code])
    Visit.objects.filter(pk=world.a.visits["ongoing"].pk).update(state="cancelled")
    assert browsers["team_inspector"].get(path).status_code == 404


def test_a_right_that_was_lost_between_page_and_press_is_missed_on_the_locked_row(world: World) -> None:
    task = world.a.task("verifying")
    actor = get_user_model().objects.get(username="supervision")
    end_post("supervision")
    with pytest.raises(NotAllowed):
        rectification.verify(
            task_id=task.pk,
            actor=get_user_model().objects.get(pk=actor.pk),
            version=None,
            method="on_paper",
            words="已核查",
        )
    task.refresh_from_db()
    assert task.state == "verifying"


def test_who_came_from_the_unit_is_not_independent_for_a_year(world: World) -> None:
    member = world.cast.people["supervision"]
    Membership.objects.create(
        user=member,
        organisation=world.a.unit,
        role=Role.HEAD,
        from_on=LONG_AGO,
        to_on=clock.today() - timedelta(days=100),
    )
    fresh = get_user_model().objects.get(pk=member.pk)
    assert not fresh.has_perm("inspections.verify_task", world.a.task("verifying"))
    assert fresh.has_perm("inspections.verify_task", world.b.task("verifying"))


def test_the_merged_units_people_see_what_was_theirs_no_more_than_before(
    world: World, browsers: dict[str, Client]
) -> None:
    """A merger moves the open duties to the successor: its people read them, nobody of a third unit does."""
    successor = world.cast.units["a2"]
    closing.merge_unit(
        organisation_id=world.a.unit.pk,
        actor=world.cast.people["task_force"],
        version=None,
        into=successor,
        on=clock.today(),
        document_no="云教〔2026〕9号",
    )
    path = reverse("problem", args=[world.a.problems["rectifying"].no])
    assert browsers["clerk_b1"].get(path).status_code == 404
    assert browsers["clerk_a2"].get(path).status_code == 200


def test_a_head_whose_term_is_over_does_not_confirm(world: World) -> None:
    Headship.objects.filter(organisation=world.a.unit).update(to_on=clock.today() - YESTERDAY)
    end_post("head_a1")
    former = get_user_model().objects.get(username="head_a1")
    assert not former.has_perm("inspections.confirm_check", world.a.checks["filling"])
    assert not former.has_perm("inspections.close_light_task", world.a.task("light"))
