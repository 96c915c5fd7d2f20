"""宣传月 for everybody: what it is for, what parents can do, how much was done, as counts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from inspections.publicity import publicity_of, reports_in
from shuangjian.accounts.access import PUBLIC, access


@access(roles=PUBLIC)
def publicity_month(request: HttpRequest) -> HttpResponse:
    found = publicity_of()
    context = {"found": found, "reports": reports_in(found.phase) if found else []}
    return render(request, "public/publicity.html", context)
