"""经验交流 for everybody: articles, meetings, links to the media; what was recalled answers 410."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from inspections.models import Experience, ExperiencePicture
from shuangjian.accounts.access import PUBLIC, access
from shuangjian.files.views import file_response

PAGE_SIZE = 20


@access(roles=PUBLIC)
def exchange(request: HttpRequest) -> HttpResponse:
    """What was published, the latest first, narrowed by kind."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in Experience.Kind.values else ""
    rows = Experience.objects.published()
    rows = rows.filter(kind=kind) if kind else rows
    context = {
        "page_obj": Paginator(rows.order_by("-on", "-pk"), PAGE_SIZE).get_page(request.GET.get("page")),
        "kinds": Experience.Kind.choices,
        "kind": kind,
    }
    return render(request, "public/exchange.html", context)


@access(roles=PUBLIC)
def contribution(request: HttpRequest, no: str) -> HttpResponse:
    """One of them; 410 with the reason where it was recalled."""
    row = Experience.objects.filter(no=no).first() if "\x00" not in no else None
    if row is None or row.state == Experience.State.DRAFT:
        raise Http404("没有这篇内容")
    if row.state == Experience.State.RECALLED:
        return render(request, "public/contribution_gone.html", {"row": row}, status=410)
    context = {"row": row, "pictures": list(row.pictures.all())}
    return render(request, "public/contribution.html", context)


@access(roles=PUBLIC)
def contribution_picture(request: HttpRequest, no: str, pk: int) -> HttpResponseBase:
    """A picture of something published."""
    rows = ExperiencePicture.objects.filter(
        pk=pk, experience__no=no if "\x00" not in no else "", experience__state=Experience.State.PUBLISHED
    )
    found = rows.select_related("stored_file").first()
    if found is None:
        raise Http404("没有这张图片")
    return file_response(found.stored_file)
