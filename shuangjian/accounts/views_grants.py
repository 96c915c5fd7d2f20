"""授予角色: what was asked for, and the other administrator's word."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuangjian.accounts import grants, selectors
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.forms_people import RefuseGrantForm
from shuangjian.accounts.roles import KEEPER_ROLES
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import DomainError, Refused

PAGE_SIZE = 50
_PK = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Move:
    """What can be done to a request: its right, its form and the words of its page."""

    label: str
    permission: str
    form: Callable[[Any], Any]
    effect: str
    run: Callable[..., Any]
    done: str


MOVES = {
    "confirm": Move(
        "确认授予",
        "accounts.decide_role",
        lambda data: None,
        "请核对任职依据。确认后从开始日期起生效，由谁申请、由谁确认都记入审计日志。",
        grants.confirm,
        "已授予",
    ),
    "refuse": Move(
        "不同意",
        "accounts.decide_role",
        RefuseGrantForm,
        "不授予这个角色，理由发给申请人。",
        grants.refuse,
        "已退给申请人",
    ),
    "withdraw": Move(
        "撤回申请",
        "accounts.withdraw_role",
        lambda data: None,
        "撤回后这项申请不再办理，可以重新申请。",
        grants.withdraw,
        "已撤回",
    ),
}


@access(roles=KEEPER_ROLES, scope="list", audit="read")
def grant_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Roles asked for: what waits for oneself, for another administrator, or was decided."""
    every = selectors.grant_requests(request.user)
    mine = every.waiting_for(request.user)
    lists = {
        "": ("待我确认", mine),
        "others": ("等他人确认", every.open().exclude(pk__in=mine.values("pk"))),
        "done": ("已办结", every.exclude(state=grants.State.ASKED)),
    }
    state = request.GET.get("state", "")
    state = state if state in lists else ""
    page = Paginator(lists[state][1], PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [
        (
            one,
            [(key, move.label) for key, move in MOVES.items() if request.user.has_perm(move.permission, one)],
        )
        for one in page
    ]
    context = {
        "page_obj": page,
        "lines": lines,
        "state": state,
        "is_done": state == "done",
        "tabs": [(key, label, found.count()) for key, (label, found) in lists.items()],
    }
    return render(request, "accounts/grants.html", context)


@access(roles=KEEPER_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def grants_confirm(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Many at once: first what is about to be granted, then the granting, each for itself.

    The list sends ``pick=<pk>`` of each chosen, or ``page`` for all of one page; this page sends each with
    the version that was looked at.
    """
    waiting = selectors.grant_requests(request.user).waiting_for(request.user)
    if request.method == "POST":
        _confirm_each(request)
        return redirect("grants")
    if "page" in request.GET:
        chosen = list(Paginator(waiting, PAGE_SIZE).get_page(request.GET["page"]))
    else:
        picked = [int(raw) for raw in request.GET.getlist("pick")[:PAGE_SIZE] if _PK.fullmatch(raw)]
        chosen = list(waiting.filter(pk__in=picked))
    if not chosen:
        messages.error(request, "请先选中要确认的申请")
        return redirect("grants")
    return render(request, "accounts/grants_confirm.html", {"chosen": chosen})


def _confirm_each(request: AuthenticatedHttpRequest) -> None:
    """Grant what was chosen, one by one; what cannot be granted stays as it is, its reason is said."""
    granted = 0
    visible = selectors.grant_requests(request.user)
    for raw in request.POST.getlist("pick")[:PAGE_SIZE]:
        pk, _, version = raw.partition(":")
        asked = visible.filter(pk=int(pk)).first() if _PK.fullmatch(pk) and _PK.fullmatch(version) else None
        if asked is None:
            continue
        try:
            grants.confirm(request_id=asked.pk, actor=request.user, version=int(version))
        except DomainError as error:
            messages.error(request, f"没有授予{asked.user.name}（{grants.in_words(asked)}）：{error}")
        else:
            granted += 1
    if granted:
        messages.success(request, f"已授予{granted}项")


@access(roles=KEEPER_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def grant_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    """The page of one decision, and the decision: POST /settings/grants/<pk>/<move>/."""
    if move not in MOVES:
        raise Http404(move)
    asked, chosen = get_visible(selectors.grant_requests(request.user), request.user, pk=pk), MOVES[move]
    require(request.user, chosen.permission, asked)
    posted = request.POST if request.method == "POST" else None
    form = chosen.form(posted)
    refusal = ""
    if posted is not None and (form is None or form.is_valid()):
        words = form.cleaned_data if form is not None else {}
        try:
            chosen.run(request_id=asked.pk, actor=request.user, version=posted_version(request), **words)
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, chosen.done)
            return redirect("grants")
    context = {
        "asked": asked,
        "posts": selectors.open_posts(asked.user),
        "move": chosen,
        "form": form,
        "refusal": refusal,
    }
    return render(request, "accounts/grant_move.html", context)
