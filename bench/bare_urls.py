"""The portal's URL table with one page more: the frame of every signed-in page with nothing in it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from shuangjian.accounts.access import access
from shuangjian.accounts.roles import EVERYBODY_SIGNED_IN


@access(roles=EVERYBODY_SIGNED_IN)
def bare(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


urlpatterns = [path("bare/", bare), path("", include("shuangjian.urls"))]
