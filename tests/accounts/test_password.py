"""Changing one's own password, and the first password from the slip."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from shuangjian import clock
from shuangjian.journal.models import AuditEntry
from tests.cast import PASSWORD, Cast
from tests.conftest import FormClient
from tests.registry import signed_in, submit, text_of

User = get_user_model()
NEW = "晴天-2026-晚霞-77"


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> Any:
    fields = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return submit(client, reverse("me-password"), fields)


def test_it_asks_for_the_current_password(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    response = change(client, old="guessed")
    assert response.status_code == 200
    assert "原密码不对" in text_of(response)
    assert User.objects.get(username="clerk_a1").check_password(PASSWORD)


@pytest.mark.parametrize("bad", ["short-1", "1234567890123", "clerk_a1-99", "password123", ""])
def test_a_weak_password_is_refused_in_chinese(cast: Cast, bad: str) -> None:
    client = signed_in(cast.people["clerk_a1"])
    response = change(client, new=bad)
    assert response.status_code == 200
    assert "需要修改" in text_of(response)
    assert bad == "" or bad not in response.content.decode()
    assert User.objects.get(username="clerk_a1").check_password(PASSWORD)


def test_two_different_new_passwords_are_refused(cast: Cast) -> None:
    response = change(signed_in(cast.people["clerk_a1"]), again=NEW + "x")
    assert "两次输入的新密码不一样" in text_of(response)


def test_every_other_session_ends_and_this_one_stays(cast: Cast) -> None:
    here, there = signed_in(cast.people["clerk_a1"]), signed_in(cast.people["clerk_a1"])
    assert there.get(reverse("me")).status_code == 200
    assert change(here).status_code == 302
    assert here.get(reverse("me")).status_code == 200
    assert there.get(reverse("me")).status_code == 302
    assert AuditEntry.objects.filter(action="accounts.user.password_changed").count() == 1
    assert NEW not in repr(list(AuditEntry.objects.values()))


@pytest.fixture
def newcomer(cast: Cast) -> Any:
    user = cast.people["clerk_a1"]
    user.must_change_password = True
    user.initial_password_until = clock.now() + timedelta(days=14)
    user.save()
    return user


def test_the_first_password_must_be_changed_before_anything_else(newcomer: Any) -> None:
    client = signed_in(newcomer)
    for path in (reverse("desk"), reverse("me"), reverse("problems"), reverse("home")):
        assert client.get(path)["Location"] == reverse("me-password"), path
    assert submit(client, reverse("notices-read"), {})["Location"] == reverse("me-password")
    page = client.get(reverse("me-password"))
    assert "首次登录请先修改密码" in text_of(page)
    assert client.get(reverse("help")).status_code == 200
    assert change(client).status_code == 302
    assert client.get(reverse("desk")).status_code == 200
    newcomer.refresh_from_db()
    assert (newcomer.must_change_password, newcomer.initial_password_until) == (False, None)


def test_he_may_also_leave(newcomer: Any) -> None:
    client = signed_in(newcomer)
    assert client.post(reverse("logout"))["Location"] == reverse("home")


def test_the_slip_is_good_for_its_days(newcomer: Any, try_to_sign_in: Callable[..., Any]) -> None:
    assert try_to_sign_in("clerk_a1").status_code == 302
    User.objects.filter(pk=newcomer.pk).update(initial_password_until=clock.now() - timedelta(minutes=1))
    response = try_to_sign_in("clerk_a1")
    assert response.status_code == 200
    assert "激活码已过有效期" in text_of(response)


def test_the_old_password_stays_out_of_the_page_of_a_used_form(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, "_key": "0" * 32}
    assert client.post(reverse("me-password"), fields).status_code == 302
    again = client.post(reverse("me-password"), {**fields, "new_password1": NEW + "二"})
    assert again.status_code == 409
    assert PASSWORD not in again.content.decode()
    assert NEW not in again.content.decode()


def test_a_form_without_its_key_is_refused(cast: Cast) -> None:
    client = FormClient()
    client.force_login(cast.people["clerk_a1"], backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(reverse("me-password"), {"_key": "", "old_password": PASSWORD})
    assert response.status_code == 400
