"""What a government site owes beside its content: the map of the site, for people and for machines, and the
statement of how far it is accessible."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shuangjian.accounts.access import PUBLIC, access
from shuangjian.navigation import PUBLIC_MENU, page_url
from shuangjian.policy.selectors import rules_in_force

_BESIDE = (("登录", "login"), ("无障碍声明", "accessibility"), ("网站地图", "sitemap"))
_NOT_FOR_MACHINES = frozenset({"login"})


@dataclass(frozen=True)
class Place:
    """One public page; ``name``: of its route."""

    label: str
    url: str
    name: str


def _places() -> list[Place]:
    """The public pages that exist, in the order of the menu; what a stranger can't open isn't there."""
    named = [*((entry.label, entry.url_name) for entry in PUBLIC_MENU), *_BESIDE]
    return [Place(label, url, name) for label, name in named if (url := page_url(name))]


@access(roles=PUBLIC)
def sitemap_page(request: HttpRequest) -> HttpResponse:
    """All public pages, with the thirty rules one by one."""
    context = {"places": _places(), "rules": list(rules_in_force().only("number", "title"))}
    return render(request, "site/sitemap.html", context)


@access(roles=PUBLIC)
def sitemap_xml(request: HttpRequest) -> HttpResponse:
    """The same by the sitemap protocol, with whole addresses."""
    base = (settings.PORTAL_URL or request.build_absolute_uri("/")).rstrip("/")
    paths = [place.url for place in _places() if place.name not in _NOT_FOR_MACHINES]
    paths += [page_url("rule", argument=str(number)) for number in _numbers()]
    context = {"addresses": [base + path for path in paths if path]}
    return render(request, "site/sitemap.xml", context, content_type="application/xml")


def _numbers() -> list[int]:
    return list(rules_in_force().values_list("number", flat=True))


@access(roles=PUBLIC)
def accessibility(request: HttpRequest) -> HttpResponse:
    """How far the site is accessible, what isn't, and whom to tell."""
    return render(request, "site/accessibility.html")
