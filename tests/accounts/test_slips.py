"""Activation slips: printed for accounts that nobody has used, spent once, within their days."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts import slips, workflows
from shuangjian.accounts.models import Membership, User
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry
from tests.cast import LONG_AGO, Cast
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.django_db
OWN = "liu-xi-7531-shan"


def newcomer(cast: Cast, username: str = "hekou", name: str = "周琳") -> User:
    user, _ = workflows.create_account(actor=cast.system_admin, username=username, name=name)  # type: ignore[arg-type]
    Membership.objects.create(user=user, organisation=cast.a1, role="school_admin", from_on=LONG_AGO)  # type: ignore[misc]
    return user


def printed(cast: Cast, *usernames: str) -> Any:
    return submit(signed_in(cast.system_admin), reverse("slips"), {"account": list(usernames)})  # type: ignore[arg-type]


def codes_on(page: Any) -> list[str]:
    return re.findall(r">([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})<", page.content.decode())


def spend(client: Client, username: str, code: str, password: str = OWN, again: str = OWN) -> Any:
    fields = {"username": username, "code": code, "password": password, "again": again}
    return client.post(reverse("activate"), fields)


def test_slips_of_many_accounts_are_printed_at_once_and_shown_this_once(cast: Cast) -> None:
    newcomer(cast)
    newcomer(cast, "hexi", "钱一")
    listed = text_of(signed_in(cast.system_admin).get(reverse("slips")))  # type: ignore[arg-type]
    assert "hekou" in listed and "clerk_a1" not in listed
    page = printed(cast, "hekou", "hexi")
    assert page.status_code == 201
    assert "no-store" in page["Cache-Control"]
    assert len(set(codes_on(page))) == 2
    assert "城关小学学校管理员" in text_of(page)
    assert AuditEntry.objects.filter(action="accounts.user.slip_printed").count() == 2
    assert not User.objects.filter(password__contains=codes_on(page)[0]).exists()


def test_a_slip_lets_its_person_set_a_password_and_in(cast: Cast) -> None:
    newcomer(cast)
    (code,) = codes_on(printed(cast, "hekou"))
    client = Client()
    answer = spend(client, "hekou", code.upper().replace("-", " "))
    assert (answer.status_code, answer["Location"]) == (302, "/help/#h-first")
    first = client.get("/help/").content.decode()
    assert "第一次用，三步" in first
    assert 'href="/desk/">待办</a>的第一行' in first
    assert client.get("/desk/").status_code == 200
    user = User.objects.get(username="hekou")
    assert user.check_password(OWN) and not user.must_change_password
    assert AuditEntry.objects.filter(action="accounts.user.activated", actor_id=user.pk).count() == 1


def test_a_slip_is_spent_once(cast: Cast) -> None:
    newcomer(cast)
    (code,) = codes_on(printed(cast, "hekou"))
    spend(Client(), "hekou", code)
    second = spend(Client(), "hekou", code, "an-other-own-9876", "an-other-own-9876")
    assert "账号或激活码不对" in text_of(second)
    assert User.objects.get(username="hekou").check_password(OWN)
    with pytest.raises(Refused, match="已经启用"):
        slips.activate(user_id=User.objects.get(username="hekou").pk, password="x")


def test_a_slip_is_void_after_its_days_or_once_another_is_printed(cast: Cast) -> None:
    newcomer(cast)
    (first,) = codes_on(printed(cast, "hekou"))
    (second,) = codes_on(printed(cast, "hekou"))
    assert "账号或激活码不对" in text_of(spend(Client(), "hekou", first))
    with clock.at(clock.now() + timedelta(days=15)):
        assert "已过有效期" in text_of(spend(Client(), "hekou", second))
    assert spend(Client(), "hekou", second).status_code == 302


def test_a_wrong_code_counts_as_a_failed_sign_in_a_weak_password_does_not(cast: Cast) -> None:
    newcomer(cast)
    (code,) = codes_on(printed(cast, "hekou"))
    for weak in ("kurz", "1234567890123", "password123"):
        assert spend(Client(), "hekou", code, weak, weak).status_code == 200
    assert "两次输入的密码不一样" in text_of(spend(Client(), "hekou", code, OWN, OWN + "x"))
    for left in (4, 3, 2, 1):
        assert f"还可再试{left}次" in text_of(spend(Client(), "hekou", "aaaa-aaaa-aaaa"))
    assert spend(Client(), "hekou", "aaaa-aaaa-aaaa").status_code == 429
    assert spend(Client(), "hekou", code).status_code == 429


def test_the_answer_does_not_tell_whether_there_is_such_an_account(cast: Cast) -> None:
    newcomer(cast)

    def words(name: str) -> str:
        page = text_of(spend(Client(REMOTE_ADDR="10.0.0.9"), name, "aaaa-aaaa-aaaa"))
        return page.replace(name, "")

    assert "账号或激活码不对" in words("hekou")
    assert words("hexi").replace("4次", "") == words("nobody").replace("4次", "")


@pytest.mark.parametrize("name", ["he\x00kou", "x" * 60, "", "𠮷"])
def test_odd_names_are_no_server_error(cast: Cast, name: str) -> None:
    assert spend(Client(), name, "aaaa-aaaa-aaaa").status_code == 200


def test_whoever_has_a_password_of_his_own_gets_no_slip_from_the_list(cast: Cast) -> None:
    page = printed(cast, "clerk_a1")
    assert page.status_code == 200
    assert "已经启用、停用或不存在" in text_of(page)
    assert "请至少选择一个账号" in text_of(printed(cast))
    assert not AuditEntry.objects.filter(action="accounts.user.slip_printed").exists()


def test_only_the_system_administrator_prints_and_never_for_the_three(cast: Cast) -> None:
    newcomer(cast)
    with pytest.raises(NotAllowed):
        slips.print_slips(actor=cast.security_admin, usernames=["hekou"])  # type: ignore[arg-type]
    User.objects.filter(username="auditor").update(must_change_password=True)
    with pytest.raises(Refused, match="三员"):
        slips.print_slips(actor=cast.system_admin, usernames=["auditor", "hekou"])  # type: ignore[arg-type]
    assert not AuditEntry.objects.filter(action="accounts.user.slip_printed").exists()


def test_too_many_at_once_are_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="一次最多打印40张"):
        slips.print_slips(actor=cast.system_admin, usernames=[f"a{at}" for at in range(41)])  # type: ignore[arg-type]


def test_a_signed_in_person_has_no_use_for_the_page(cast: Cast) -> None:
    client = signed_in(cast.clerk_a1)  # type: ignore[arg-type]
    assert client.get(reverse("activate"))["Location"] == "/desk/"


@pytest.mark.pages
def test_the_list_asks_no_more_for_many_accounts(cast: Cast) -> None:
    client = signed_in(cast.system_admin)  # type: ignore[arg-type]

    def queries(count: int) -> int:
        for at in range(count):
            user = User.objects.create(username=f"n{count}x{at}", name="新人", must_change_password=True)
            Membership.objects.create(user=user, organisation=cast.a1, role="school_admin", from_on=LONG_AGO)  # type: ignore[misc]
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("slips"))
        return len(asked)

    queries(1)
    assert queries(3) == queries(30) <= 15
