"""用户与权限: who may do what to an account, what it does, and what is refused in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from inspections.models import Problem, Visit
from shuangjian import clock
from shuangjian.accounts import selectors, workflows
from shuangjian.accounts.models import Membership, Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.errors import NotAllowed
from shuangjian.journal.models import AuditEntry
from tests.cast import LONG_AGO, PASSWORD, Cast, person
from tests.hostile import RARE_NAMES
from tests.registry import signed_in, submit, text_of

User = get_user_model()
YESTERDAY = timedelta(days=1)


def move(client: Client, username: str, key: str, version: int | None = None, **fields: Any) -> Any:
    if version is None:
        version = User.objects.get(username=username).version
    return submit(client, reverse("user-move", args=[username, key]), fields, version=version)


@pytest.fixture
def system(cast: Cast) -> Client:
    return signed_in(cast.people["system_admin"])


@pytest.fixture
def security(cast: Cast) -> Client:
    return signed_in(cast.people["security_admin"])


def password_on(slip: Any) -> str:
    found = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", slip.content.decode())
    assert found is not None
    return found[0]


# --- The list -----------------------------------------------------------------


def test_the_list_says_who_holds_what(cast: Cast, security: Client) -> None:
    page = text_of(security.get(reverse("users")))
    assert "clerk_a1 李静 城关小学，学校管理员" in page
    assert "stranger 无职务 没有角色" in page


@pytest.mark.parametrize(
    ("query", "found", "missing"),
    [
        ("?q=李静", "clerk_a1", "clerk_b1"),
        ("?q=clerk_b", "clerk_b1", "clerk_a1"),
        ("?q=城关", "head_a1", "head_b1"),
        ("?q=cgxx", "head_a1", "head_b1"),
        ("?role=auditor", "auditor", "clerk_a1"),
        ("?role=nonsense&state=nonsense&page=99", "auditor", "-"),
        ("?q=%00", "auditor", "-"),
        ("?q=%25", "清除筛选", "clerk_a1"),
    ],
)
def test_it_is_searched_by_name_unit_and_role(
    cast: Cast, security: Client, query: str, found: str, missing: str
) -> None:
    page = security.get(reverse("users") + query).content.decode()
    assert found in page
    assert f">{missing}<" not in page


@pytest.mark.pages
def test_the_list_asks_as_little_of_many_as_of_few(
    cast: Cast, security: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        person(f"many-{number:02}", "甲", Role.SCHOOL_ADMIN, cast.units["a1"])
    with django_assert_max_num_queries(15):
        page = security.get(reverse("users"))
    assert "共79个账号" in text_of(page)


def test_phones_are_masked(cast: Cast, system: Client) -> None:
    User.objects.filter(username="clerk_a1").update(phone="13800001234")
    page = text_of(system.get(reverse("user", args=["clerk_a1"])))
    assert "138****1234" in page
    assert "13800001234" not in page


# --- A new account ------------------------------------------------------------


def test_a_new_account_gets_a_slip_that_is_shown_once(
    cast: Cast, system: Client, try_to_sign_in: Callable[..., Any]
) -> None:
    fields = {"username": "heyan", "name": "何燕", "phone": "0000-6120033", "_key": "a" * 32}
    slip = system.post(reverse("user-new"), fields)
    assert slip.status_code == 201
    assert "此页只显示一次" in text_of(slip)
    assert "no-store" in slip["Cache-Control"]
    password = password_on(slip)
    again = system.post(reverse("user-new"), fields)
    assert again.status_code == 204, "the form sent twice"
    assert User.objects.filter(username="heyan").count() == 1

    user = User.objects.get(username="heyan")
    assert user.must_change_password
    assert user.posts == []
    assert (user.initial_password_until - clock.now()).days in (13, 14)
    entry = AuditEntry.objects.get(action="accounts.user.created")
    assert entry.actor_id == cast.people["system_admin"].pk
    assert password not in repr(list(AuditEntry.objects.values()))
    client = Client()
    assert try_to_sign_in("heyan", password, client=client)["Location"] == "/me/"
    assert client.get("/me/")["Location"] == reverse("me-password")


def test_passwords_are_random_and_readable() -> None:
    made = {workflows.make_password() for _ in range(500)}
    assert len(made) == 500
    assert not set("".join(made)) & set("ilo01ILO")


@pytest.mark.parametrize(
    ("username", "says"),
    [
        ("clerk_a1", "已经有人使用"),
        ("new", "已经有人使用"),
        ("Big", "小写字母开头"),
        ("ab", "小写字母开头"),
        ("a b c", "小写字母开头"),
        ("何燕", "小写字母开头"),
        ("a/../b", "小写字母开头"),
        ("", "请填写账号"),
        ("a" * 41, "账号最多40字"),
    ],
)
def test_a_name_that_cannot_be_taken_is_refused_in_words(
    cast: Cast, system: Client, username: str, says: str
) -> None:
    before = User.objects.count()
    response = submit(system, reverse("user-new"), {"username": username, "name": "何燕\u202e"})
    assert response.status_code == 200
    assert says in text_of(response) or says in response.content.decode()
    assert User.objects.count() == before


@pytest.mark.parametrize("name", RARE_NAMES[::6])
def test_every_honest_name_is_kept_as_it_is(cast: Cast, system: Client, name: str) -> None:
    assert submit(system, reverse("user-new"), {"username": "rare", "name": name}).status_code == 201
    assert User.objects.get(username="rare").name == name


def test_an_account_is_opened_by_the_system_administrator_alone(cast: Cast) -> None:
    for name in ("security_admin", "auditor", "task_force", "clerk_a1"):
        client = signed_in(cast.people[name])
        response = submit(client, reverse("user-new"), {"username": "heyan", "name": "何燕"})
        assert response.status_code == 403
        assert "可以办理的角色：系统管理员" in text_of(response)
    with pytest.raises(NotAllowed):
        workflows.create_account(actor=cast.people["security_admin"], username="heyan", name="何燕")
    assert not User.objects.filter(username="heyan").exists()


# --- Keeping accounts ---------------------------------------------------------


def test_a_disabled_account_is_out_and_comes_back(cast: Cast, system: Client) -> None:
    clerk = signed_in(cast.people["clerk_a1"])
    assert clerk.get(reverse("desk")).status_code == 200
    assert move(system, "clerk_a1", "disable").status_code == 302
    assert clerk.get(reverse("desk")).status_code == 302
    assert "账号已经停用" in text_of(move(system, "clerk_a1", "disable"))
    assert move(system, "clerk_a1", "enable").status_code == 302
    assert signed_in(User.objects.get(username="clerk_a1")).get(reverse("desk")).status_code == 200
    actions = AuditEntry.objects.filter(subject_type="accounts.user").order_by("seq")
    assert [(e.action, e.after) for e in actions] == [
        ("accounts.user.disabled", {"active": False}),
        ("accounts.user.enabled", {"active": True}),
    ]


def test_a_reset_ends_every_session_and_opens_with_the_new_password_only(
    cast: Cast, system: Client, try_to_sign_in: Callable[..., Any]
) -> None:
    clerk = signed_in(cast.people["clerk_a1"])
    assert clerk.get(reverse("desk")).status_code == 200
    refused = move(system, "clerk_a1", "reset-password")
    assert "请当面核对本人身份后勾选" in text_of(refused)
    slip = move(system, "clerk_a1", "reset-password", met="on")
    assert slip.status_code == 201
    assert clerk.get(reverse("desk")).status_code == 302
    assert try_to_sign_in("clerk_a1", PASSWORD).status_code == 200
    assert try_to_sign_in("clerk_a1", password_on(slip)).status_code == 302
    entry = AuditEntry.objects.get(action="accounts.user.password_reset")
    assert entry.subject_id == str(cast.people["clerk_a1"].pk)


@pytest.mark.parametrize("target", ["security_admin", "auditor", "system_admin"])
@pytest.mark.parametrize("key", ["disable", "reset-password"])
def test_the_system_administrator_cannot_turn_against_the_other_two_nor_lose_himself(
    cast: Cast, system: Client, target: str, key: str
) -> None:
    assert move(system, target, key, met="on").status_code == 403
    with pytest.raises(NotAllowed):
        workflows.reset_password(
            user_id=cast.people[target].pk, actor=cast.people["system_admin"], version=None
        )
    person = User.objects.get(username=target)
    assert person.is_active
    assert person.check_password(PASSWORD)


def test_a_stale_page_is_refused_and_names_who_was_faster(cast: Cast, system: Client) -> None:
    version = cast.people["clerk_a1"].version
    assert move(system, "clerk_a1", "edit", version, name="李静", phone="0000-6120044").status_code == 302
    late = move(system, "clerk_a1", "edit", version, name="李静怡", phone="")
    assert late.status_code == 409
    assert "李静怡" in text_of(late)
    assert User.objects.get(username="clerk_a1").name == "李静"


def test_names_and_phones_stand_outside_the_chain(cast: Cast, system: Client) -> None:
    move(system, "clerk_a1", "edit", name="李静怡", phone="0000-6120044")
    entry = AuditEntry.objects.select_related("text").get(action="accounts.user.edited")
    assert "李静怡" not in repr((entry.before, entry.after))
    assert "6120044" not in repr((entry.before, entry.after))
    assert "李静怡" in entry.text.text


# --- Roles --------------------------------------------------------------------


def test_a_role_is_taken_back_at_once_or_after_today(cast: Cast, security: Client) -> None:
    clerk = signed_in(cast.people["clerk_a1"])
    post = cast.people["clerk_a1"].memberships.get()
    assert move(security, "clerk_a1", "end-post", post=post.pk, when="today").status_code == 302
    assert clerk.get(reverse("problems")).status_code == 200
    assert move(security, "clerk_a1", "end-post", post=post.pk, when="now").status_code == 302
    assert clerk.get(reverse("problems")).status_code == 403
    post.refresh_from_db()
    assert post.to_on == clock.today() - YESTERDAY


def test_a_role_of_today_is_taken_back_at_once_too(cast: Cast, security: Client) -> None:
    post = Membership.objects.create(
        user=cast.people["stranger"],
        organisation=cast.units["county"],
        role=Role.TASK_FORCE,
        from_on=clock.today(),
    )
    assert move(security, "stranger", "end-post", post=post.pk, when="now").status_code == 302
    assert signed_in(cast.people["stranger"]).get(reverse("problems")).status_code == 403
    assert AuditEntry.objects.filter(action="accounts.user.post_ended").count() == 1


def test_the_system_administrator_takes_no_role_back(cast: Cast, system: Client) -> None:
    post = cast.people["clerk_a1"].memberships.get()
    response = move(system, "clerk_a1", "end-post", post=post.pk, when="now")
    assert response.status_code == 403
    assert "可以办理的角色：安全管理员" in text_of(response)


def test_a_post_of_another_person_is_not_ended_through_ones_own_page(cast: Cast, security: Client) -> None:
    foreign = cast.people["head_b1"].memberships.get()
    response = move(security, "clerk_a1", "end-post", post=foreign.pk, when="now")
    assert response.status_code == 200
    foreign.refresh_from_db()
    assert foreign.to_on is None


# --- Unlocking ----------------------------------------------------------------


def test_a_locked_name_is_unlocked(
    cast: Cast, security: Client, system: Client, try_to_sign_in: Callable[..., Any]
) -> None:
    for _ in range(5):
        try_to_sign_in("clerk_a1", "wrong-password")
    assert "从1个地址输错密码过多" in text_of(security.get(reverse("user", args=["clerk_a1"])))
    assert move(system, "clerk_a1", "unlock").status_code == 403
    assert move(security, "clerk_a1", "unlock").status_code == 302
    assert try_to_sign_in("clerk_a1").status_code == 302
    assert selectors.locked_addresses(cast.people["clerk_a1"]) == 0
    assert not AccessAttempt.objects.filter(username="clerk_a1").exists()


# --- Three administrators -----------------------------------------------------


def test_the_database_refuses_two_administrators_in_one_person(cast: Cast) -> None:
    for held in ("system_admin", "security_admin", "auditor"):
        for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR):
            with pytest.raises(IntegrityError), transaction.atomic():
                Membership.objects.create(
                    user=cast.people[held], organisation=cast.units["office"], role=role, from_on=LONG_AGO
                )


@pytest.mark.parametrize("name", ["system_admin", "security_admin", "auditor"])
@pytest.mark.parametrize("role", sorted(COUNTY_ROLES | {Role.HEAD}))
def test_a_business_post_beside_it_opens_nothing(cast: Cast, name: str, role: str) -> None:
    """Whatever the rows say: an administrator sees no business records."""
    unit = cast.units["a1" if role == Role.HEAD else "county"]
    Membership.objects.create(user=cast.people[name], organisation=unit, role=role, from_on=LONG_AGO)
    user = User.objects.get(username=name)
    assert user.roles == {name}
    assert not Organisation.objects.visible_to(user).exists()
    assert not Problem.objects.visible_to(user).exists()
    assert not Visit.objects.visible_to(user).exists()
    client = signed_in(user)
    assert client.get(reverse("problems")).status_code == 403
    assert client.get(reverse("unit", args=[cast.units["a1"].code])).status_code == 403
