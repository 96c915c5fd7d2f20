"""搜索: what all sources find at first, or one of them whole."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from inspections import search
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.list_filters import Tab

PAGE_SIZE = 50
_ALL = "all"


@access(roles=search.READERS, scope="list")
def search_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The first of each kind with how many there are; ``in`` chooses one kind, 50 rows a page."""
    words = search.words_from(request.GET)
    groups = search.groups_of(request.user, words) if words else []
    chosen = next((group for group in groups if group.source.key == request.GET.get("in")), None)
    context: dict[str, Any] = {
        "words": words,
        "groups": [group for group in groups if group.count],
        "tabs": _tabs(request, groups, chosen),
        "kinds": "、".join(source.label for source in search.sources_for(request.user)),
        "chosen": chosen,
    }
    if chosen is not None:
        rows = Paginator(chosen.source.rows(request.user, words), PAGE_SIZE)
        rows.count = chosen.count
        page = rows.get_page(request.GET.get("page"))
        context |= {"page_obj": page, "hits": [chosen.source.hit(row, request.user) for row in page]}
    return render(request, "inspections/search.html", context)


def _tabs(
    request: AuthenticatedHttpRequest, groups: list[search.Group], chosen: search.Group | None
) -> list[Tab]:
    """Each kind that found something; the number of one is the length of its list."""
    link = request.GET.copy()
    link.pop("page", None)
    tabs = []
    for group in groups:
        if group.count or group is chosen:
            source = link["in"] = group.source.key
            label = group.source.label
            tabs.append(Tab(source, label, group.count, f"?{link.urlencode()}", group is chosen))
    return tabs
