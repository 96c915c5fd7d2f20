"""名单和通报 for everybody: the white list, the exposure list, circulars, as the county decided (P28).

What came down answers 410 without its content; what was never public does not exist.
"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from inspections import white_list
from inspections.models import Disclosure
from shuangjian import clock
from shuangjian.accounts.access import PUBLIC, access

PAGE_SIZE = 20
S, KIND = Disclosure.State, Disclosure.Kind


@access(roles=PUBLIC)
def lists(request: HttpRequest) -> HttpResponse:
    """The white list's link, then the exposure list or the circulars, the latest first."""
    kind = KIND.CIRCULAR if request.GET.get("kind") == KIND.CIRCULAR else KIND.EXPOSED
    today = clock.today()
    public = Disclosure.objects.published()
    rows = public.filter(kind=kind, down_on__gt=today).order_by("-published_at", "-pk")
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "kind": kind,
        "kinds": [(KIND.EXPOSED, KIND.EXPOSED.label), (KIND.CIRCULAR, KIND.CIRCULAR.label)],
        "white_list": public.filter(kind=KIND.WHITE_LIST).first(),
    }
    return render(request, "public/lists.html", context)


@access(roles=PUBLIC)
def one_list(request: HttpRequest, no: str) -> HttpResponse:
    """One of them; 410 from the day on which it comes down, also before the sweep came by."""
    row = Disclosure.objects.filter(no=no).first() if "\x00" not in no else None
    if row is None or row.state not in (S.PUBLISHED, S.TAKEN_DOWN):
        raise Http404("没有这项内容")
    today = clock.today()
    if row.state == S.TAKEN_DOWN or (row.down_on is not None and row.down_on <= today):
        return render(request, "public/list_gone.html", {"row": row}, status=410)
    context = {
        "row": row,
        "units": white_list.in_order(today, row.codes) if row.codes else [],
        "today": today,
    }
    return render(request, "public/list.html", context)
