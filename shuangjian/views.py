"""Pages of no app: the front page, the switch of look, and what people see when something is wrong."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    HttpResponseServerError,
    JsonResponse,
)
from django.shortcuts import render
from django.template import loader
from django.utils.http import url_has_allowed_host_and_scheme

from shuangjian import front
from shuangjian.accounts.access import PUBLIC, access
from shuangjian.accounts.permissions import holders_of
from shuangjian.accounts.roles import Role
from shuangjian.files.names import in_megabytes
from shuangjian.files.uploads import request_limit
from shuangjian.journal.pages import kept_words
from shuangjian.navigation import KEYS, LOOK_COOKIE, LOOK_COOKIE_AGE, SIZES, THEMES, Look

log = logging.getLogger("shuangjian.views")
_BARE_ERROR_PAGE = (
    '<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>页面没有打开</title>'
    "<p>抱歉，页面没有打开。请稍后再试；如仍不行，请告知技术人员代码{code}</p></html>"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@access(roles=PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    """The front page, open to everybody: where to go, the latest result, notices, whom to call."""
    return render(request, "home.html", {"result": front.latest_result(), "notices": front.notices()})


@access(roles=PUBLIC, methods=("POST",), idempotent=False)
def switch_look(request: HttpRequest) -> HttpResponse:
    """Remember text size, theme and shortcuts in a cookie and go back to where the person was."""
    old = Look.read(request.COOKIES.get(LOOK_COOKIE, ""))

    def chosen(name: str, options: dict[str, str], current: str) -> str:
        value = request.POST.get(name, "")
        return value if value in options else current

    look = Look(
        theme=chosen("theme", THEMES, old.theme),
        size=chosen("size", SIZES, old.size),
        keys=chosen("keys", KEYS, old.keys),
    )
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back, status=303)
    response.set_cookie(
        LOOK_COOKIE,
        look.write(),
        max_age=LOOK_COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


# --- What people see when something is wrong ------------------------------------------------------
def _said_for_people(exception: Any) -> str:
    """The exception's own words if they were written for people (Chinese), else nothing."""
    words = str(exception) if exception is not None else ""
    return words if _CHINESE.search(words) and len(words) <= 200 else ""


def _error_page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    return render(request, f"{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400; where the request was refused for its size, 413."""
    if isinstance(exception, RequestDataTooBig):
        return _too_large(request, exception)
    return _error_page(request, 400, reason=_said_for_people(exception))


def _too_large(request: HttpRequest, exception: RequestDataTooBig) -> HttpResponse:
    """413: which limits there are and what to do; without the database, since anybody can bring it about."""
    limits = {
        "file": in_megabytes(settings.UPLOAD_LIMIT_BYTES),
        "files": in_megabytes(request_limit()),
        "text": in_megabytes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
    }
    reason = _said_for_people(exception) or f"填写的文字合计超过了{limits['text']}"
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"error": f"{reason}，没有保存"}, status=413)
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    )
    context = {"reason": reason, "limits": limits, "back": came_from if is_ours else ""}
    page = loader.get_template("413.html").render(context | {"frame": {"is_demo": settings.DEMO_MODE}})
    return HttpResponse(page, status=413)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403: says which roles can do it, since the person may need to ask one of them.

    A right on one row is asked for by name; a page as a whole names its roles. Who holds one of the roles and
    is refused all the same meets a rule of the row (independence, his own work).
    """
    declared = getattr(request, "access", None)
    named = holders_of(str(exception))
    roles = named or (declared.roles if declared is not None else frozenset())
    context = {
        "reason": _said_for_people(exception),
        "allowed": [role.label for role in Role if role in roles],
        "is_own_role": request.user.is_authenticated and request.user.has_role(*named),
    }
    return _error_page(request, 403, **context)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _error_page(request, 404, reason=_said_for_people(exception))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that stayed open over a sign-out, or a browser without cookies: says that nothing was saved."""
    back = request.path if request.method == "POST" else ""
    return render(request, "403_csrf.html", {"back": back, "kept": list(kept_words(request))}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: no database, no context; a code ties what the person sees to the log."""
    code = secrets.token_hex(4).upper()
    log.error("server error shown with code %s", code)
    try:
        page = loader.get_template("500.html").render({"code": code})
    except Exception:  # even the page may be what is broken
        log.exception("the page for server errors could not be drawn")
        page = _BARE_ERROR_PAGE.format(code=code)
    return HttpResponseServerError(page)
