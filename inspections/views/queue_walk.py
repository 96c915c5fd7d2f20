"""Working through the queue of 审核: which tab, the bar above an item, where to go after a decision.

A page or form that belongs to the walk carries ``queue`` (the tab); without it the pages are as always.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from inspections import review_queue
from inspections.review_queue import Waiting
from shuangjian.accounts.access import AuthenticatedHttpRequest

ALL = "all"


def asked_for(request: HttpRequest) -> str:
    """The tab of the walk that the request belongs to; empty where it belongs to none."""
    asked = request.POST.get("queue") or request.GET.get("queue")
    if not asked:
        return ""
    return asked if asked in review_queue.KINDS else ALL


def of_tab(rows: list[Waiting], tab: str) -> list[Waiting]:
    """The items of one kind, or all."""
    return rows if tab == ALL else [row for row in rows if row.kind == tab]


def bar_of(request: AuthenticatedHttpRequest, kind: str, no: str, *, tab: str = "") -> dict[str, Any]:
    """What the bar above an item shows: 第3件，共12件, the neighbours, the tab. Empty outside a walk."""
    tab = tab or asked_for(request)
    if not tab or not request.user.has_role(*review_queue.DECIDERS):
        return {}
    rows = of_tab(review_queue.waiting_for(request.user), tab)
    return {"tab": tab, "place": review_queue.place_of(rows, kind, no)}


def way_on(request: AuthenticatedHttpRequest, kind: str, no: str) -> str:
    """Where a decision on this item leads: the next one, or the queue. Ask before it is made."""
    bar = bar_of(request, kind, no)
    if not bar:
        return ""
    following = bar["place"].following
    suffix = f"?queue={bar['tab']}"
    return following.url + suffix if following else reverse("reviews")


def kind_of(move: str, state: str) -> str:
    """The kind of item that a move on a task in ``state`` settles."""
    if move in ("approve-plan", "return-plan"):
        return "plan"
    if move in ("grant-extension", "refuse-extension"):
        return "extension"
    return "close" if state == "verified" else "verify"
