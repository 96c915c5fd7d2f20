"""Two posts of one person: he acts in both, or chooses one; an acting post ends by its date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts import grants
from shuangjian.accounts.models import GrantRequest, Membership, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.registry import signed_in, submit, text_of

HEAD = "head_a1"


@pytest.fixture
def both(cast: Cast) -> User:
    """The head of A1 is a visiting inspector too."""
    user = cast.people[HEAD]
    Membership.objects.create(
        user=user, organisation=cast.units["county"], role=Role.TEAM_INSPECTOR, from_on=clock.today()
    )
    return user


def choose(client: Client, post: Membership | None) -> str:
    answer = submit(client, reverse("me-post"), {"post": post.pk if post else ""})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_in_one_post_nothing_of_the_other_is_there(cast: Cast, both: User) -> None:
    client = signed_in(both)
    assert client.get("/field/").status_code == 200
    assert client.get("/checks/").status_code == 200
    school, team = both.memberships.order_by("pk")
    assert choose(client, school) == "/desk/"
    assert client.get("/field/").status_code == 403
    assert client.get("/checks/").status_code == 200
    assert choose(client, team) == "/field/"
    page = text_of(client.get("/me/"))
    assert "全部岗位" in page
    assert client.get("/field/").status_code == 200
    choose(client, None)
    assert client.get("/checks/").status_code == 200
    chosen = AuditEntry.objects.filter(action="accounts.user.post_chosen").order_by("seq")
    assert [entry.actor_role for entry in chosen] == ["head", "team_inspector", "head"]


def test_a_chosen_post_that_ended_opens_nothing_more(cast: Cast, both: User) -> None:
    client = signed_in(both)
    _, team = both.memberships.order_by("pk")
    choose(client, team)
    Membership.objects.filter(pk=team.pk).update(
        from_on=clock.today() - timedelta(days=2), to_on=clock.today() - timedelta(days=1)
    )
    assert client.get("/field/").status_code == 403
    assert client.get("/checks/").status_code == 200  # the posts that he still holds


def test_nobody_takes_a_post_that_is_not_his(cast: Cast, both: User) -> None:
    client = signed_in(both)
    theirs = cast.people["leader"].memberships.get()
    assert submit(client, reverse("me-post"), {"post": theirs.pk}).status_code == 302
    assert "这个岗位现在不能用" in text_of(client.get("/me/"))
    assert client.get("/board/").status_code == 403


def test_another_sign_in_begins_with_all_posts(cast: Cast, both: User) -> None:
    first = signed_in(both)
    choose(first, both.memberships.order_by("pk")[0])
    assert signed_in(both).get("/field/").status_code == 200


def test_who_has_one_post_is_offered_no_choice(cast: Cast) -> None:
    assert "现在用哪个岗位" not in text_of(signed_in(cast.people["leader"]).get("/me/"))


def test_an_acting_post_is_granted_with_its_end(cast: Cast) -> None:
    keeper = signed_in(cast.people["security_admin"])
    stranger = cast.people["stranger"]
    today = clock.today()
    data = {
        "role": "head", "organisation": cast.units["a2"].code, "title": "主持工作的副校长",
        "from_on": today.isoformat(), "to_on": (today + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    here = reverse("user-move", args=[stranger.username, "grant"])
    assert submit(keeper, here, data, version=stranger.version).status_code == 302
    asked = GrantRequest.objects.get()
    grants.confirm(request_id=asked.pk, actor=cast.people["system_admin"], version=None)
    assert User.objects.get(pk=stranger.pk).has_role(Role.HEAD)
    with clock.at(clock.now() + timedelta(days=31)):
        assert not User.objects.get(pk=stranger.pk).roles


def test_an_end_before_the_beginning_is_refused(cast: Cast) -> None:
    today = clock.today()
    with pytest.raises(Refused, match="结束日期不能早于开始日期"):
        grants.ask(
            user_id=cast.people["stranger"].pk, actor=cast.people["security_admin"], version=None,
            role=Role.HEAD, organisation=cast.units["a2"], title="",
            from_on=today + timedelta(days=3), to_on=today + timedelta(days=2),
        )  # fmt: skip
