"""Deny by default: a view that says nothing is refused to everybody, and ``manage.py check`` names it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver, include, path
from django.views.generic import View

from shuangjian.accounts.access import PUBLIC, SIGNED_IN, Access, access, all_routes, declaration_of
from shuangjian.accounts.roles import Role
from tests.cast import Cast, assemble
from tests.registry import signed_in, text_of


def says_nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@access(roles=PUBLIC)
def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@access(roles={Role.LEADER})
def for_the_leader(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@access(roles=PUBLIC)
class Declared(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")


class Inherits(Declared):
    """Says nothing itself: what its parent said was of another page."""


Table = Callable[..., Any]


@pytest.fixture
def urls() -> Iterator[Table]:
    """``with urls([private routes], [public routes]):`` serves these and nothing else."""
    names = ["tests_made_urls", "tests_made_urls_public"]

    def made(private: list[URLPattern], open_ones: list[URLPattern] | None = None) -> Any:
        table, public_table = ModuleType(names[0]), ModuleType(names[1])
        public_table.urlpatterns = open_ones or []  # type: ignore[attr-defined]
        sys.modules |= {names[0]: table, names[1]: public_table}
        table.urlpatterns = [path("", include(names[1])), *private]  # type: ignore[attr-defined]
        return override_settings(ROOT_URLCONF=names[0])

    yield made
    for name in names:
        sys.modules.pop(name, None)


def problems_found() -> str:
    try:
        call_command("check")
    except SystemCheckError as error:
        return str(error)
    return ""


def test_the_portal_itself_is_declared_through_and_through() -> None:
    assert problems_found() == ""


@pytest.mark.parametrize(
    "view",
    [says_nothing, Inherits.as_view(), View.as_view(), lambda request: HttpResponse()],
    ids=["function", "inherited", "bare class", "lambda"],
)
def test_a_view_that_says_nothing_fails_the_check(urls: Table, view: Any) -> None:
    with urls([path("secret/", view, name="secret")]):
        said = problems_found()
    assert "portal.E001" in said
    assert "/secret/ (secret) declares no access" in said


def test_it_is_found_below_an_include_too(urls: Table) -> None:
    with urls([path("deep/", include([path("deeper/<int:pk>/", says_nothing, name="secret")]))]):
        assert "/deep/deeper/<int:pk>/ (secret)" in problems_found()


def test_a_name_is_given_once(urls: Table) -> None:
    with urls([path("a/", for_the_leader, name="same"), path("b/", for_the_leader, name="same")]):
        assert "portal.E002" in problems_found()
    with urls([path("a/", for_the_leader)]):
        assert "/a/ has no name" in problems_found()


def test_what_is_open_stands_in_the_list_of_what_is_open(urls: Table) -> None:
    with urls([path("a/", public, name="a")]):
        assert "/a/: answers to anybody but is not listed there" in problems_found()
    with urls([], [path("a/", for_the_leader, name="a")]):
        assert "/a/: is listed there but private" in problems_found()
    with urls([path("b/", for_the_leader, name="b")], [path("a/", public, name="a")]):
        assert problems_found() == ""


def test_without_a_declaration_nobody_gets_in(db: None, urls: Table) -> None:
    cast: Cast = assemble()
    with urls(
        [path("secret/", says_nothing, name="secret"), path("child/", Inherits.as_view(), name="child")]
    ):
        for name in ("leader", "task_force", "system_admin"):
            for address in ("/secret/", "/child/"):
                response = signed_in(cast.people[name]).get(address)
                assert response.status_code == 403
                assert b"secret" not in response.content
        assert Client().get("/secret/").status_code == 403


def test_the_refusal_names_who_can(db: None) -> None:
    cast: Cast = assemble()
    page = text_of(signed_in(cast.people["clerk_a1"]).get("/rounds/"))
    assert "可以办理的角色：分管领导、双减专班、督导室。" in page
    assert "当前登录：城关小学 李静" in page


@pytest.mark.parametrize(
    "words",
    [
        {"roles": set()},
        {"roles": {"boss"}},
        {"roles": PUBLIC | {Role.LEADER}},
        {"roles": SIGNED_IN | PUBLIC},
        {"roles": {Role.LEADER}, "scope": "all"},
        {"roles": {Role.LEADER}, "audit": "maybe"},
        {"roles": {Role.LEADER}, "rate": "often"},
    ],
)
def test_a_declaration_that_means_nothing_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured):
        Access(**{**words, "roles": frozenset(words["roles"])})


def test_every_unsafe_view_asks_for_the_forms_key() -> None:
    """But for those that no key could protect: signing in and out, staying signed in, the look; what changes
    nothing (the steps and the look-up of a matter); and what has its own way of being asked twice: two
    protocols (tus, and what phones bring), and the parents' sheet, of which no time may be kept.
    """
    without = {
        entry.name
        for _, entry in all_routes(get_resolver())
        if (said := declaration_of(entry.callback)) and "POST" in said.methods and not said.idempotent
    }
    assert without == {
        "activate", "complain", "login", "logout", "look", "me-session", "survey-answer",
        "sync-devices", "sync-import", "sync-operations", "track", "uploads",
    }  # fmt: skip


def test_no_view_goes_without_the_forms_token() -> None:
    assert [entry.name for _, entry in all_routes() if getattr(entry.callback, "csrf_exempt", False)] == []


def test_the_django_admin_is_not_there(db: None, client: Client) -> None:
    from django.conf import settings

    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert client.get("/admin/").status_code == 404
