"""Signing in: one answer for every wrong try, a limit on failures alone, a way to the first page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import F
from django.test import Client, override_settings
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts import tasks
from shuangjian.journal.models import AuditEntry
from tests.cast import PASSWORD, Cast, person
from tests.registry import text_of

User = get_user_model()
SignIn = Callable[..., Any]


def without_what_differs(response: Any) -> str:
    """The page without the token, the time of printing and the name that was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    page = re.sub(r'value="(clerk_a1|nobody_here|left|demo)"', "", page)
    return re.sub(r"\d{1,2}:\d\d", "", page)


def test_the_answer_does_not_tell_whether_the_name_exists(cast: Cast, try_to_sign_in: SignIn) -> None:
    left = person("left", "离任", None, None)
    left.is_active = False
    left.save()
    demo = person("demo", "演示", None, None)
    demo.is_demo = True
    demo.save()
    wrong = [try_to_sign_in(name, "wrong-password") for name in ("clerk_a1", "nobody_here")]
    right_but_shut = [try_to_sign_in(name) for name in ("left", "demo")]
    pages = {without_what_differs(response) for response in wrong + right_but_shut}
    assert len(pages) == 1, "an answer differs"
    assert {response.status_code for response in wrong + right_but_shut} == {200}
    assert "账号或密码不对，还可再试4次" in pages.pop()


def test_as_much_work_is_done_for_a_name_that_does_not_exist(
    cast: Cast, try_to_sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    hashed = []
    from django.contrib.auth import hashers

    plain = hashers.MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return plain(self, password, salt)

    monkeypatch.setattr(f"{hasher}.encode", counted)
    try_to_sign_in("clerk_a1", "wrong-password")
    for_a_name = len(hashed)
    hashed.clear()
    try_to_sign_in("nobody_here", "wrong-password")
    assert for_a_name == len(hashed) == 1


def test_it_counts_down_and_then_shuts_for_that_name_and_address(cast: Cast, try_to_sign_in: SignIn) -> None:
    said = [text_of(try_to_sign_in("clerk_a1", "wrong-password")) for _ in range(4)]
    for left, page in zip((4, 3, 2, 1), said, strict=True):
        assert f"账号或密码不对，还可再试{left}次" in page
    fifth = try_to_sign_in("clerk_a1", "wrong-password")
    assert fifth.status_code == 429
    assert "30分钟后再试" in text_of(fifth)
    right = try_to_sign_in("clerk_a1")
    assert right.status_code == 429, "the right password opens a locked name"
    assert "30分钟后再试" in text_of(right)
    assert try_to_sign_in("clerk_a1", address="10.0.0.2").status_code == 302, "another address is shut out"
    assert try_to_sign_in("head_a1").status_code == 302, "another name is shut out"


def test_a_name_that_does_not_exist_is_shut_just_the_same(cast: Cast, try_to_sign_in: SignIn) -> None:
    said = [try_to_sign_in("nobody_here", "wrong-password").status_code for _ in range(6)]
    assert said == [200, 200, 200, 200, 429, 429]


def test_another_browser_does_not_buy_another_try(cast: Cast, try_to_sign_in: SignIn) -> None:
    for number in range(3):
        try_to_sign_in(
            "clerk_a1", "wrong-password", client=Client(headers={"user-agent": f"browser {number}"})
        )
    fourth = try_to_sign_in("clerk_a1", "wrong-password", client=Client(headers={"user-agent": "one more"}))
    assert "还可再试1次" in text_of(fourth)


def test_a_forged_forwarded_address_does_not_buy_another_try(cast: Cast, try_to_sign_in: SignIn) -> None:
    for number in range(5):
        client = Client(headers={"x-forwarded-for": f"192.0.2.{number}"})
        last = try_to_sign_in("clerk_a1", "wrong-password", client=client)
    assert last.status_code == 429


def test_only_failures_count(cast: Cast, try_to_sign_in: SignIn) -> None:
    for _ in range(12):
        assert try_to_sign_in("clerk_a1").status_code == 302
    for _ in range(4):
        try_to_sign_in("clerk_a1", "wrong-password")
    assert try_to_sign_in("clerk_a1").status_code == 302
    assert "还可再试4次" in text_of(try_to_sign_in("clerk_a1", "wrong-password")), (
        "success does not wipe the count"
    )


def test_the_lock_opens_after_half_an_hour_whoever_tries_meanwhile(
    cast: Cast, try_to_sign_in: SignIn
) -> None:
    for _ in range(5):
        try_to_sign_in("clerk_a1", "wrong-password")
    minutes_pass(25)
    for password in (PASSWORD, "wrong-password"):
        assert "请5分钟后再试" in text_of(try_to_sign_in("clerk_a1", password))
    minutes_pass(6)
    assert try_to_sign_in("clerk_a1").status_code == 302


# --- One address, many names -----------------------------------------------------------------------------
def minutes_pass(minutes: int) -> None:
    """Everything that failed so far failed so much earlier."""
    for model in (AccessAttempt, AccessFailureLog):
        model.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def guess_at_many_names(try_to_sign_in: SignIn, times: int) -> Any:
    return [try_to_sign_in(f"guess{number}", "wrong-password") for number in range(times)][-1]


def test_twenty_failures_an_hour_shut_an_address_for_every_name(cast: Cast, try_to_sign_in: SignIn) -> None:
    assert "还可再试1次" in text_of(guess_at_many_names(try_to_sign_in, 19))
    assert try_to_sign_in("clerk_a1").status_code == 302, "shut too early"
    twentieth = try_to_sign_in("one_more", "wrong-password")
    assert twentieth.status_code == 429
    assert "这个网络地址一小时内输错密码的次数过多，请60分钟后再试" in text_of(twentieth)
    assert try_to_sign_in("clerk_a1").status_code == 429, "the right password opens a shut address"
    assert try_to_sign_in("clerk_a1", address="10.0.0.2").status_code == 302, "another address is shut out"


def test_right_passwords_never_shut_an_address(cast: Cast, try_to_sign_in: SignIn) -> None:
    for name in ("clerk_a1", "head_a1", "clerk_a2") * 8:
        assert try_to_sign_in(name).status_code == 302
    assert "还可再试4次" in text_of(try_to_sign_in("clerk_a1", "wrong-password"))


def test_a_known_name_does_not_buy_its_address_more_guesses(cast: Cast, try_to_sign_in: SignIn) -> None:
    guess_at_many_names(try_to_sign_in, 19)
    assert try_to_sign_in("clerk_a1").status_code == 302
    assert try_to_sign_in("one_more", "wrong-password").status_code == 429


def test_an_address_opens_after_its_hour_whoever_tries_meanwhile(cast: Cast, try_to_sign_in: SignIn) -> None:
    guess_at_many_names(try_to_sign_in, 1)
    minutes_pass(20)
    guess_at_many_names(try_to_sign_in, 19)
    minutes_pass(30)
    for name in ("clerk_a1", "head_a1", "nobody_here"):
        assert "请10分钟后再试" in text_of(try_to_sign_in(name)), (
            "the first failure is forgotten in 10 minutes"
        )
    minutes_pass(11)
    assert try_to_sign_in("clerk_a1").status_code == 302
    assert try_to_sign_in("one_more", "wrong-password").status_code == 429, "19 failures are still counted"


@override_settings(SIGN_IN_FAILURES_PER_ADDRESS=3)
def test_a_county_behind_one_address_may_set_the_limit(cast: Cast, try_to_sign_in: SignIn) -> None:
    assert guess_at_many_names(try_to_sign_in, 2).status_code == 200
    assert guess_at_many_names(try_to_sign_in, 1).status_code == 429


def test_the_log_of_signing_in_is_kept_for_half_a_year(cast: Cast, try_to_sign_in: SignIn) -> None:
    try_to_sign_in("clerk_a1", "wrong-password")
    try_to_sign_in("clerk_a1")
    for age, kept in ((189, 1), (191, 0)):
        for model in (AccessFailureLog, AccessLog):
            model.objects.update(attempt_time=clock.now() - timedelta(days=age))
        tasks.sweep_sessions()
        assert (AccessFailureLog.objects.count(), AccessLog.objects.count()) == (kept, kept)


@pytest.mark.parametrize(
    ("username", "password", "says"),
    [
        ("", "", "请填写账号和密码"),
        ("clerk_a1", "", "请填写账号和密码"),
        ("a" * 200, "x", "账号或密码不对"),
        ("clerk\x00a1", "x", "账号或密码不对"),
        ("clerk_a1", "x" * 5000, "账号或密码不对"),
        ("' OR '1'='1", "' OR '1'='1", "账号或密码不对"),
    ],
)
def test_odd_input_is_answered_in_words(
    cast: Cast, try_to_sign_in: SignIn, username: str, password: str, says: str
) -> None:
    response = try_to_sign_in(username, password)
    assert response.status_code == 200
    assert says in text_of(response)


def test_the_password_is_never_shown_again(cast: Cast, try_to_sign_in: SignIn) -> None:
    response = try_to_sign_in("clerk_a1", "my-secret-typo")
    assert b"my-secret-typo" not in response.content
    assert b'value="clerk_a1"' in response.content


def test_the_session_gets_a_new_id(cast: Cast, try_to_sign_in: SignIn) -> None:
    client = Client()
    session = client.session
    session["planted"] = "by the attacker"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    try_to_sign_in("clerk_a1", client=client)
    assert client.session.session_key != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get(reverse("me")).status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/%09/evil.example/../..//evil.example",
        "https:///evil.example",
    ],
)
def test_it_never_leads_to_another_site(cast: Cast, try_to_sign_in: SignIn, elsewhere: str) -> None:
    response = try_to_sign_in("clerk_a1", next=elsewhere)
    assert response.status_code == 302
    assert response["Location"].startswith("/")
    assert not response["Location"].startswith(("//", "/\\"))


def test_it_leads_back_to_the_page_that_was_asked_for(cast: Cast, try_to_sign_in: SignIn) -> None:
    asked = Client().get("/problems/?status=overdue")
    assert asked["Location"] == "/login/?next=/problems/%3Fstatus%3Doverdue"
    assert (
        try_to_sign_in("clerk_a1", next="/problems/?status=overdue")["Location"]
        == "/problems/?status=overdue"
    )


@pytest.mark.parametrize(
    ("name", "first_page"),
    [
        ("leader", "/desk/"),
        ("task_force", "/desk/"),
        ("supervision", "/desk/"),
        ("office_staff", "/desk/"),
        ("partner", "/desk/"),
        ("inspector_a", "/field/"),
        ("team_inspector", "/field/"),
        ("clerk_a1", "/desk/"),
        ("head_a1", "/desk/"),
        ("clerk_a3", "/desk/"),
        ("manager_a3", "/desk/"),
        ("system_admin", "/settings/users/"),
        ("security_admin", "/settings/users/"),
        ("auditor", "/audit/"),
        ("stranger", "/me/"),
    ],
)
def test_everybody_lands_on_a_page_that_he_may_open(
    cast: Cast, try_to_sign_in: SignIn, name: str, first_page: str
) -> None:
    client = Client()
    response = try_to_sign_in(name, client=client)
    assert response["Location"] == first_page
    assert client.get(first_page).status_code == 200
    assert client.get(reverse("login"))["Location"] == first_page, "signed in already"


def test_a_demo_account_lives_in_demo_mode_only(cast: Cast, try_to_sign_in: SignIn) -> None:
    User.objects.filter(username="clerk_a1").update(is_demo=True)
    assert try_to_sign_in("clerk_a1").status_code == 200
    with override_settings(DEMO_MODE=True):
        assert try_to_sign_in("clerk_a1").status_code == 302


def test_signing_in_and_out_are_on_record(cast: Cast, try_to_sign_in: SignIn) -> None:
    client = Client()
    try_to_sign_in("clerk_a1", client=client)
    client.post(reverse("logout"))
    actions = AuditEntry.objects.filter(actor_id=cast.people["clerk_a1"].pk).order_by("seq")
    assert list(actions.values_list("action", flat=True)) == [
        "accounts.user.signed_in",
        "accounts.user.signed_out",
    ]


def test_whoever_has_no_post_can_still_leave_and_change_his_password(
    cast: Cast, try_to_sign_in: SignIn
) -> None:
    client = Client()
    try_to_sign_in("stranger", client=client)
    assert client.get(reverse("me-password")).status_code == 200
    assert client.get(reverse("desk")).status_code == 403
    assert client.post(reverse("logout")).status_code == 302
    assert client.get(reverse("me")).status_code == 302
