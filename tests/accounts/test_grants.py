"""Granting a role: one administrator asks, another one confirms; nobody both, nobody for himself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts import grants
from shuangjian.accounts.models import GrantRequest, Membership, Organisation
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import DomainError, NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast, assemble, person
from tests.parallel import at_once
from tests.registry import signed_in, submit, text_of

User = get_user_model()
YESTERDAY = timedelta(days=1)
PAIRS = [("system_admin", "security_admin"), ("security_admin", "system_admin")]


@pytest.fixture
def system(cast: Cast) -> Client:
    return signed_in(cast.people["system_admin"])


@pytest.fixture
def security(cast: Cast) -> Client:
    return signed_in(cast.people["security_admin"])


def ask(client: Client, username: str, role: str, unit: Organisation, **more: Any) -> Any:
    fields = {"role": role, "organisation": unit.code, "from_on": str(clock.today()), **more}
    version = User.objects.get(username=username).version
    return submit(client, reverse("user-move", args=[username, "grant"]), fields, version=version)


def decide(client: Client, key: str, asked: GrantRequest | None = None, **fields: Any) -> Any:
    asked = asked or GrantRequest.objects.get()
    return submit(client, reverse("grant-move", args=[asked.pk, key]), fields, version=asked.version)


def asked_for(cast: Cast, by: str, user: str = "stranger", role: str = Role.HEAD) -> GrantRequest:
    return grants.ask(
        user_id=cast.people[user].pk,
        actor=cast.people[by],
        version=None,
        role=role,
        organisation=cast.units["a1" if role == Role.HEAD else "county"],
        title="",
        from_on=clock.today(),
    )


def told(user: Any) -> list[str]:
    return list(Notification.objects.filter(recipient=user, kind="grant").values_list("title", flat=True))


# --- Two people -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_role_opens_its_pages_once_the_other_administrator_confirms(
    cast: Cast, first: str, second: str
) -> None:
    asker, other = signed_in(cast.people[first]), signed_in(cast.people[second])
    stranger = signed_in(cast.people["stranger"])
    assert ask(asker, "stranger", Role.HEAD, cast.units["b1"], title="校长").status_code == 302
    assert stranger.get(reverse("problems")).status_code == 403, "asked for is not granted"
    assert "待确认 第二中学，校长" in text_of(asker.get(reverse("user", args=["stranger"])))
    assert told(cast.people[second]) == ["请确认：无职务（第二中学，校长）的角色"]
    assert decide(other, "confirm").status_code == 302
    assert stranger.get(reverse("unit", args=[cast.units["b1"].code])).status_code == 200
    assert stranger.get(reverse("unit", args=[cast.units["a1"].code])).status_code == 404
    assert told(cast.people[first]) == ["已授予：无职务（第二中学，校长）"]
    assert told(cast.people["stranger"]) == ["已授予角色：第二中学，校长"]
    trail = AuditEntry.objects.filter(action__startswith="accounts.user.role_").order_by("seq")
    assert [(entry.action, entry.actor_id) for entry in trail] == [
        ("accounts.user.role_asked", cast.people[first].pk),
        ("accounts.user.role_granted", cast.people[second].pk),
    ]
    assert {entry.subject_id for entry in trail} == {str(cast.people["stranger"].pk)}
    assert trail[1].after["role"] == "head"
    assert trail[1].after["organisation"] == cast.units["b1"].pk
    assert trail[1].after["asked_by"] == cast.people[first].pk


@pytest.mark.parametrize("name", ["system_admin", "security_admin"])
def test_nobody_confirms_what_he_asked_for(cast: Cast, name: str) -> None:
    client = signed_in(cast.people[name])
    ask(client, "stranger", Role.HEAD, cast.units["a1"])
    for key in ("confirm", "refuse"):
        response = decide(client, key, reason="不符")
        assert response.status_code == 403
    page = client.get(reverse("grants") + "?state=others").content.decode()
    assert "撤回申请" in page
    assert "确认授予" not in page
    with pytest.raises(NotAllowed):
        grants.confirm(request_id=GrantRequest.objects.get().pk, actor=cast.people[name], version=None)
    assert cast.people["stranger"].memberships.count() == 0


def test_two_system_administrators_grant_nothing_without_the_security_one(cast: Cast) -> None:
    second = person("system_two", "丁一", Role.SYSTEM_ADMIN, cast.units["county"])
    asked = asked_for(cast, "system_admin")
    with pytest.raises(NotAllowed):
        grants.confirm(request_id=asked.pk, actor=second, version=None)
    assert told(second) == []
    other = person("security_two", "丁二", Role.SECURITY_ADMIN, cast.units["county"])
    by_security = asked_for(cast, "security_admin", "stranger", Role.TASK_FORCE)
    assert grants.confirm(request_id=by_security.pk, actor=other, version=None).role == Role.TASK_FORCE


def test_nobody_decides_about_himself(cast: Cast, system: Client, security: Client) -> None:
    assert ask(security, "security_admin", Role.TASK_FORCE, cast.units["county"]).status_code == 403
    Membership.objects.filter(user=cast.people["security_admin"]).delete()
    asked = asked_for(cast, "system_admin", "security_admin")
    Membership.objects.create(
        user=cast.people["security_admin"],
        organisation=cast.units["county"],
        role=Role.SECURITY_ADMIN,
        from_on=clock.today(),
    )
    himself = User.objects.get(username="security_admin")
    with pytest.raises(NotAllowed):
        grants.confirm(request_id=asked.pk, actor=himself, version=None)


def test_everybody_else_has_no_such_page(cast: Cast) -> None:
    asked = asked_for(cast, "system_admin")
    for name, user in cast.people.items():
        if name in ("system_admin", "security_admin"):
            continue
        client = signed_in(user)
        assert client.get(reverse("grants")).status_code == 403, name
        assert client.get(reverse("grant-move", args=[asked.pk, "confirm"])).status_code == 403, name
        with pytest.raises(NotAllowed):
            grants.confirm(request_id=asked.pk, actor=user, version=None)


def test_the_database_itself_knows_that_it_takes_two(cast: Cast) -> None:
    asked = asked_for(cast, "system_admin")
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantRequest.objects.filter(pk=asked.pk).update(
            state="granted", decided_by=asked.asked_by, decided_at=clock.now()
        )


# --- Refused, withdrawn, too late -----------------------------------------------------------------------
def test_a_refusal_needs_its_reason_and_reaches_the_asker(cast: Cast, security: Client) -> None:
    asked_for(cast, "system_admin")
    assert "请填写不同意的理由" in text_of(decide(security, "refuse", reason=""))
    assert decide(security, "refuse", reason="任免文件上是副校长").status_code == 302
    notice = Notification.objects.get(recipient=cast.people["system_admin"], kind="grant")
    assert (notice.title, notice.body) == ("未同意授予：无职务（城关小学，校长）", "任免文件上是副校长")
    assert told(cast.people["stranger"]) == []
    entry = AuditEntry.objects.select_related("text").get(action="accounts.user.role_refused")
    assert entry.text.text == "任免文件上是副校长"
    assert "任免文件上是副校长" in text_of(security.get(reverse("grants") + "?state=done"))
    assert cast.people["stranger"].memberships.count() == 0


def test_the_asker_withdraws_and_may_ask_again(cast: Cast, system: Client, security: Client) -> None:
    first = asked_for(cast, "system_admin")
    assert decide(security, "withdraw", first).status_code == 403
    assert decide(system, "withdraw", first).status_code == 302
    first.refresh_from_db()
    assert decide(security, "confirm", first).status_code == 200, "it is over"
    assert ask(system, "stranger", Role.HEAD, cast.units["a1"]).status_code == 302
    again = ask(system, "stranger", Role.HEAD, cast.units["a1"])
    assert "已经申请过，等另一位管理员确认" in text_of(again)
    assert GrantRequest.objects.open().count() == 1


def test_what_was_decided_meanwhile_is_said_with_its_person(cast: Cast, security: Client) -> None:
    asked = asked_for(cast, "system_admin")
    page = reverse("grant-move", args=[asked.pk, "confirm"])
    grants.confirm(request_id=asked.pk, actor=cast.people["security_admin"], version=None)
    assert submit(security, page, {}, version=asked.version).status_code == 409
    with pytest.raises(Refused, match="这项申请已授予，由蒋欣办理"):
        grants.confirm(request_id=asked.pk, actor=cast.people["security_admin"], version=None)
    assert cast.people["stranger"].memberships.count() == 1


def test_what_fits_no_longer_is_not_granted(cast: Cast, security: Client) -> None:
    asked_for(cast, "system_admin")
    Organisation.objects.filter(code=cast.units["a1"].code).update(status="closed", closed_on=clock.today())
    assert "不能再设校长" in text_of(decide(security, "confirm"))
    User.objects.filter(username="stranger").update(is_active=False)
    Organisation.objects.filter(code=cast.units["a1"].code).update(status="active", closed_on=None)
    assert "账号已经停用" in text_of(decide(security, "confirm"))
    assert GrantRequest.objects.open().count() == 1
    assert cast.people["stranger"].memberships.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_grant_once() -> None:
    cast = assemble()
    second = person("security_two", "丁二", Role.SECURITY_ADMIN, cast.units["county"])
    asked = asked_for(cast, "system_admin")
    deciders = [User.objects.get(pk=one.pk) for one in (cast.people["security_admin"], second)]
    found = at_once(
        *(
            lambda one=one: grants.confirm(request_id=asked.pk, actor=one, version=asked.version)
            for one in deciders
        )
    )
    assert [isinstance(one, DomainError) for one in found].count(True) == 1, found
    assert cast.people["stranger"].memberships.count() == 1
    assert AuditEntry.objects.filter(action="accounts.user.role_granted").count() == 1


# --- Many at once ---------------------------------------------------------------------------------------
def three_asked(cast: Cast) -> list[GrantRequest]:
    return [asked_for(cast, "system_admin", role=role) for role in (Role.HEAD, Role.TASK_FORCE, Role.LEADER)]


def confirm_many(client: Client, *picks: str) -> Any:
    data = {"pick": list(picks), "_key": uuid4().hex}
    return client.post(reverse("grants-confirm"), data, follow=True)


def test_many_are_looked_at_and_then_granted_at_once(cast: Cast, security: Client) -> None:
    first, second, third = three_asked(cast)
    page = security.get(reverse("grants-confirm"), {"pick": [first.pk, second.pk]})
    assert "确认授予2项" in text_of(page)
    picks = [f"{one.pk}:{one.version}" for one in (first, second)]
    for pick in picks:
        assert f'name="pick" value="{pick}"' in page.content.decode()
    assert "已授予2项" in text_of(confirm_many(security, *picks))
    assert [one.pk for one in GrantRequest.objects.open()] == [third.pk]
    assert AuditEntry.objects.filter(action="accounts.user.role_granted").count() == 2
    assert "确认授予1项" in text_of(security.get(reverse("grants-confirm"), {"page": "1"}))


def test_one_that_cannot_be_granted_does_not_keep_the_others(cast: Cast, security: Client) -> None:
    first, second, third = three_asked(cast)
    Organisation.objects.filter(code=cast.units["a1"].code).update(status="closed", closed_on=clock.today())
    page = text_of(confirm_many(security, f"{first.pk}:1", f"{second.pk}:{second.version}", f"{third.pk}:99"))
    assert "已授予1项" in page
    assert "没有授予无职务（城关小学，校长）：“城关小学”已停办，不能再设校长" in page
    assert "没有授予无职务（云溪县，分管领导）：这一项刚被别人改过" in page
    assert {one.pk for one in GrantRequest.objects.open()} == {first.pk, third.pk}


def test_many_of_ones_own_are_not_granted(cast: Cast, system: Client) -> None:
    rows = three_asked(cast)
    assert system.get(reverse("grants-confirm"), {"page": "1"}).status_code == 302
    page = text_of(confirm_many(system, *[f"{one.pk}:{one.version}" for one in rows]))
    assert page.count("由申请人以外的另一位管理员确认") == 3
    assert cast.people["stranger"].memberships.count() == 0


@pytest.mark.parametrize("pick", ["", "x", "1:x", "99999999999999999999:1", "-1:1", "987654:1", "\x00"])
def test_a_choice_that_is_none_does_nothing(cast: Cast, security: Client, pick: str) -> None:
    three_asked(cast)
    assert confirm_many(security, pick).status_code == 200
    assert security.get(reverse("grants-confirm"), {"pick": pick}).status_code == 302
    assert GrantRequest.objects.open().count() == 3


# --- What cannot be asked for ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("username", "role", "unit", "says"),
    [
        ("stranger", Role.HEAD, "county", "校长要设在学校上"),
        ("stranger", Role.TASK_FORCE, "a1", "双减专班要设在县上"),
        ("stranger", Role.AREA_INSPECTOR, "a1", "责任督学要设在督学责任区上"),
        ("stranger", Role.MANAGER, "a1", "机构负责人要设在校外培训机构上"),
        ("clerk_a1", Role.SCHOOL_ADMIN, "a1", "此人已经有这个角色"),
        ("auditor", Role.SYSTEM_ADMIN, "county", "三员互相不能兼任"),
        ("auditor", Role.TASK_FORCE, "county", "此人是三员之一，不能再有业务角色"),
        ("leader", Role.AUDITOR, "county", "三员不办业务"),
    ],
)
def test_a_role_that_does_not_fit_is_refused_in_words(
    cast: Cast, system: Client, username: str, role: str, unit: str, says: str
) -> None:
    response = ask(system, username, role, cast.units[unit])
    assert response.status_code == 200
    assert says in text_of(response)
    assert not GrantRequest.objects.exists()


def test_a_former_administrator_does_not_become_another_one(cast: Cast, security: Client) -> None:
    cast.people["auditor"].memberships.update(to_on=clock.today() - YESTERDAY)
    assert "三员互相不能兼任，也不能轮换" in text_of(
        ask(security, "auditor", Role.SYSTEM_ADMIN, cast.units["county"])
    )


def test_a_closed_unit_and_one_that_others_fill_in_for_get_nobody(cast: Cast, security: Client) -> None:
    Organisation.objects.filter(code=cast.units["a2"].code).update(filer=cast.units["a1"])
    response = ask(security, "stranger", Role.SCHOOL_ADMIN, cast.units["a2"])
    assert "由“城关小学”代填" in text_of(response)
    Organisation.objects.filter(code=cast.units["b1"].code).update(status="closed", closed_on=clock.today())
    assert "不在可选范围内" in text_of(ask(security, "stranger", Role.HEAD, cast.units["b1"]))


@pytest.mark.parametrize("from_on", ["2099-01-01", "2026-02-30", "", "昨天"])
def test_a_day_that_cannot_be_is_refused(cast: Cast, security: Client, from_on: str) -> None:
    response = ask(security, "stranger", Role.HEAD, cast.units["a1"], from_on=from_on)
    assert response.status_code == 200
    assert "需要修改" in text_of(response)
    assert not GrantRequest.objects.exists()


# --- The list -------------------------------------------------------------------------------------------
def test_the_badge_counts_what_waits_for_oneself(cast: Cast, system: Client, security: Client) -> None:
    asked_for(cast, "system_admin")
    asked_for(cast, "system_admin", role=Role.TASK_FORCE)
    asked_for(cast, "security_admin", role=Role.LEADER)
    waiting = GrantRequest.objects.waiting_for
    assert (waiting(cast.people["security_admin"]).count(), waiting(cast.people["system_admin"]).count()) == (
        2,
        1,
    )
    assert "角色申请 2" in text_of(security.get(reverse("users")))
    assert "角色申请 1" in text_of(system.get(reverse("users")))
    mine = system.get(reverse("grants"))
    assert "待我确认 1" in text_of(mine) and len(mine.context["page_obj"]) == 1
    others = system.get(reverse("grants") + "?state=others")
    assert "等他人确认 2" in text_of(others) and len(others.context["page_obj"]) == 2


def test_the_list_asks_as_little_of_many_as_of_few(
    cast: Cast, security: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        person(f"many-{number:02}", "甲", None, None)
        cast.people[f"many-{number:02}"] = User.objects.get(username=f"many-{number:02}")
        asked_for(cast, "system_admin", f"many-{number:02}")
    with django_assert_max_num_queries(15):
        page = security.get(reverse("grants"))
    assert "待我确认 60" in text_of(page)
