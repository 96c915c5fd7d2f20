"""How long a sign-in lasts, what ends it, and what the browser is told to keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from shuangjian import clock
from shuangjian.accounts import sessions, tasks
from shuangjian.celery import app
from tests.cast import Cast
from tests.registry import signed_in, text_of

SignIn = Callable[..., Any]
MINUTE, HOUR = 60, 3600


class Clock:
    """The time that the limits see."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def time(self) -> float:
        return float(self.now)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(sessions, "time", fake)
    return fake


def is_in(client: Client) -> bool:
    return client.get(reverse("me")).status_code == 200


@pytest.mark.parametrize(
    ("name", "idle"),
    [("clerk_a1", 30), ("leader", 30), ("system_admin", 15), ("security_admin", 15), ("auditor", 15)],
)
def test_it_ends_after_so_long_without_a_request(cast: Cast, time: Clock, name: str, idle: int) -> None:
    client = signed_in(cast.people[name])
    assert is_in(client)
    time.now += idle * MINUTE
    assert is_in(client), "too early"
    time.now += idle * MINUTE + 1
    assert not is_in(client)


@pytest.mark.parametrize(("name", "hours"), [("clerk_a1", 12), ("auditor", 8)])
def test_it_ends_after_so_long_in_all_however_busy(cast: Cast, time: Clock, name: str, hours: int) -> None:
    client = signed_in(cast.people[name])
    assert is_in(client)
    for _ in range(hours * 6):
        time.now += 10 * MINUTE
        assert is_in(client)
    time.now += 1
    assert not is_in(client)


def test_signing_in_again_starts_anew(cast: Cast, time: Clock, try_to_sign_in: SignIn) -> None:
    client = Client()
    try_to_sign_in("clerk_a1", client=client)
    time.now += 13 * HOUR
    assert not is_in(client)
    try_to_sign_in("clerk_a1", client=client)
    assert is_in(client)


def test_what_was_typed_when_the_session_ended_is_shown(cast: Cast, time: Clock) -> None:
    client = signed_in(cast.people["task_force"])
    assert is_in(client)
    time.now += 2 * HOUR
    response = client.post(
        reverse("problem-new"),
        {"fact": "三年级数学日均约75分钟"},
        headers={"referer": "http://testserver/problems/new/", "accept": "text/html"},
    )
    page = text_of(response)
    assert response.status_code == 403
    assert "三年级数学日均约75分钟" in page
    assert "登录已超时，这次没有保存" in page
    assert "/login/?next=http%3A//testserver/problems/new/" in response.content.decode()


def test_a_form_that_is_not_typed_leads_to_the_sign_in_page_and_back_to_where_it_stood(cast: Cast) -> None:
    came_from = Client().post(reverse("logout"), headers={"referer": "http://testserver/me/"})
    assert came_from["Location"] == "/login/?next=http%3A//testserver/me/"
    foreign = Client().post(reverse("logout"), headers={"referer": "https://evil.example/"})
    assert foreign["Location"] == "/login/"


def test_saving_as_one_goes_is_led_to_the_sign_in_page(cast: Cast) -> None:
    """static/js/autosave.js knows the ended session by this redirect."""
    response = Client().post(
        reverse("problem-new"), {"fact": "三年级数学日均约75分钟"}, headers={"accept": "application/json"}
    )
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_a_disabled_account_is_out_at_the_next_request(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert is_in(client)
    get_user_model().objects.filter(username="clerk_a1").update(is_active=False)
    assert not is_in(client)


def test_an_ended_post_opens_nothing_at_the_next_request(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert client.get(reverse("problems")).status_code == 200
    cast.people["clerk_a1"].memberships.update(to_on=clock.today() - timedelta(days=1))
    assert client.get(reverse("problems")).status_code == 403
    assert client.get(reverse("unit", args=[cast.units["a1"].code])).status_code == 403
    assert is_in(client)


def test_pages_of_somebody_signed_in_are_not_stored(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    for path in ("/desk/", "/rules/", "/", "/no/such/page/", reverse("users")):
        assert "no-store" in client.get(path)["Cache-Control"], path
    assert "no-store" in Client().get(reverse("login"))["Cache-Control"]
    assert "no-store" not in Client().get("/rules/").headers.get("Cache-Control", "")


def test_signing_out_drops_the_cache_and_keeps_work_on_the_device(cast: Cast) -> None:
    client = signed_in(cast.people["inspector_a"])
    response = client.post(reverse("logout"))
    assert response["Clear-Site-Data"] == '"cache"'
    assert "no-store" in response["Cache-Control"]
    assert not is_in(client)


def test_signing_out_by_a_link_does_nothing(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    response = client.get(reverse("logout"))
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert is_in(client)


def test_head_follows_get_and_other_methods_are_refused(cast: Cast) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert client.head(reverse("me")).status_code == 200
    assert client.head(reverse("logout")).status_code == 405
    for method in ("options", "put", "patch", "delete", "trace"):
        response = getattr(client, method)(reverse("me"))
        assert response.status_code == 405, method
        assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/login/", "/rules/", "/help/", "/me/", "/desk/", "/no/such/page/"])
def test_every_page_says_that_it_is_a_demonstration(cast: Cast, path: str) -> None:
    client = signed_in(cast.people["clerk_a1"]) if path not in ("/login/",) else Client()
    said = "演示数据：单位、人员和内容都是虚构的"
    assert said not in text_of(client.get(path))
    clock.forget()
    with override_settings(DEMO_MODE=True):
        page = text_of(client.get(path))
    assert said in page
    today = timezone.localdate()
    assert f"演示日期{today.year}年{today.month}月{today.day}日（星期" in page


def test_the_session_cookie_is_not_for_scripts(cast: Cast, try_to_sign_in: SignIn) -> None:
    response = try_to_sign_in("clerk_a1")
    cookie = response.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_rows_of_sessions_that_ended_are_cleared_away_and_nobody_is_signed_out(cast: Cast) -> None:
    gone, here = signed_in(cast.people["clerk_a1"]), signed_in(cast.people["head_a1"])
    Session.objects.filter(pk=gone.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    for _ in range(2):
        tasks.sweep_sessions()
        assert [row.pk for row in Session.objects.all()] == [here.session.session_key]
    assert is_in(here)


def test_beat_asks_for_it_once_a_day() -> None:
    entry = app.conf.beat_schedule["sessions"]
    assert (entry["task"], entry["schedule"]) == (tasks.sweep_sessions.name, 24 * 3600)


# --- The warning -----------------------------------------------------------------------------------------
def left(client: Client) -> tuple[int, int]:
    answer = client.get(reverse("me-session")).json()
    return answer["idle"], answer["in_all"]


def test_asking_how_long_it_lasts_does_not_make_it_last(cast: Cast, time: Clock) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert is_in(client)
    for minutes in range(5, 31, 5):
        time.now += 5 * MINUTE
        assert left(client) == ((30 - minutes) * MINUTE, (12 * 60 - minutes) * MINUTE)
    time.now += 1
    assert client.get(reverse("me-session"))["Location"].startswith("/login/")


def test_going_on_renews_the_idle_limit_and_not_the_one_in_all(cast: Cast, time: Clock) -> None:
    client = signed_in(cast.people["auditor"])
    assert is_in(client)
    time.now += 14 * MINUTE
    answer = client.post(reverse("me-session"))
    assert (answer.json()["idle"], answer.json()["in_all"]) == (15 * MINUTE, 8 * HOUR - 14 * MINUTE)
    time.now += 14 * MINUTE
    assert is_in(client)


def test_going_on_too_late_leads_to_the_sign_in_page(cast: Cast, time: Clock) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert is_in(client)
    time.now += 31 * MINUTE
    assert client.post(reverse("me-session"))["Location"].startswith("/login/")
    assert not is_in(client)


def test_every_page_of_somebody_signed_in_says_how_long_it_lasts(cast: Cast, time: Clock) -> None:
    client = signed_in(cast.people["clerk_a1"])
    assert is_in(client)
    time.now += 40  # too soon to be written into the session
    page = client.get(reverse("me")).content.decode()
    assert f'data-idle="{30 * MINUTE - 40}"' in page
    assert f'data-in-all="{12 * HOUR - 40}"' in page
    assert 'id="session-end"' not in Client().get("/rules/").content.decode()


def test_whoever_must_first_change_his_password_is_warned_too(cast: Cast) -> None:
    get_user_model().objects.filter(username="clerk_a1").update(must_change_password=True)
    client = signed_in(cast.people["clerk_a1"])
    assert client.get(reverse("me-session")).status_code == 200
