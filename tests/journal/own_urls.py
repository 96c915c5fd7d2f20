"""A few forms of the tests' own beside the portal's pages: each answers in one of the ways of a view."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path

from shuangjian.accounts.access import access
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import EVERYBODY_SIGNED_IN
from shuangjian.journal import outbox
from shuangjian.journal.conflict import check_version, posted_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.urls import handler400, handler403, handler404, handler500
from shuangjian.urls import urlpatterns as portal

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

FORM = engines["django"].from_string(
    '<form method="post" enctype="multipart/form-data">{% form_guard row %}{{ form }}</form>'
)
RAISED = {
    "refused": Refused("还缺完成时限"),
    "state": WrongState("已经销号"),
    "right": NotAllowed("不能办理"),
}


class WordsForm(forms.Form):
    words = forms.CharField(max_length=20)
    scan = forms.FileField(required=False)


def _write(request: Any, words: str) -> None:
    """The effect: one row each time that it is really done."""
    count = request.user.notices.count()
    outbox.notify(recipients=[request.user], kind="own", title=words, dedupe_key=f"own:{count + 1}")


@access(roles=EVERYBODY_SIGNED_IN, methods=("GET", "POST"), audit="change")
def save(request: Any) -> HttpResponse:
    form = WordsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        _write(request, form.cleaned_data["words"])
        return redirect(f"/own/save/?saved={request.user.notices.count()}")
    return HttpResponse(FORM.render({"form": form}, request))


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), audit="change")
def answer(request: Any, how: str) -> HttpResponse:
    _write(request, request.POST.get("words", ""))
    if how in RAISED:
        raise RAISED[how]
    if how == "json":
        return JsonResponse({"version": 8, "number": request.user.notices.count()})
    if how == "htmx":
        response = HttpResponse("")
        response.headers["HX-Redirect"] = "/own/save/"
        return response
    if how == "error":
        raise ZeroDivisionError
    return HttpResponse(b"%PDF-1.7", content_type="application/pdf")


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), audit="change")
def unit(request: Any, pk: int) -> HttpResponse:
    """Save a unit's address, as every workflow does: lock, look, write."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
    row = Organisation.objects.select_for_update(of=("self",)).get(pk=pk)
    check_version(row, posted_version(request))
    row.address = request.POST["address"]
    row.version += 1
    row.save()
    return redirect("/own/save/")


urlpatterns = [
    *portal,
    path("own/save/", save, name="own-save"),
    path("own/unit/<int:pk>/", unit, name="own-unit"),
    path("own/<str:how>/", answer, name="own-answer"),
]
