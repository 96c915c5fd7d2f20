"""Deny by default: every view carries its declaration, the middleware refuses what has none.

Two questions, one answer each: ``visible_to(user)`` says which rows exist for a person (others answer 404),
the object permissions of each app's ``permissions.py`` say what he may do to one (otherwise 403).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from shuangjian.accounts import sessions
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import EVERYBODY_SIGNED_IN
from shuangjian.journal import pages

PUBLIC: frozenset[str] = frozenset({"*"})  # anybody, signed in or not
SIGNED_IN: frozenset[str] = frozenset({"+"})  # anybody with an account, whatever post he holds or lost
RATES = frozenset({"login", "survey"})  # classes of limits: sign_in_limits.py, rate_limits.py
ViewT = TypeVar("ViewT", bound=Callable[..., Any] | type)


class AuthenticatedHttpRequest(HttpRequest):
    """A request whose person is certain, for the signatures of private views."""

    user: User
    htmx: HtmxDetails


@dataclass(frozen=True, kw_only=True)
class Access:
    """What one view declares of itself.

    ``roles``: who may use it at all; ``methods``: HTTP methods it answers (HEAD follows GET);
    ``scope``: whose rows it shows (``none`` no business rows, ``list`` a scoped list, ``own`` one row that
    must be visible to the person); ``audit``: what the journal keeps (``none``, ``read``, ``change``);
    ``rate``: name of a limit class or None;
    ``idempotent``: an unsafe request must carry the form's key and is answered once;
    ``counts_as_use``: a request keeps the sign-in alive (not so what a script asks by itself).
    """

    roles: frozenset[str]
    methods: tuple[str, ...] = ("GET",)
    scope: str = "none"
    audit: str = "none"
    rate: str | None = None
    idempotent: bool = True
    counts_as_use: bool = True

    def __post_init__(self) -> None:
        unknown = self.roles - EVERYBODY_SIGNED_IN - PUBLIC - SIGNED_IN
        mixed = len(self.roles) > 1 and self.roles & (PUBLIC | SIGNED_IN)
        if unknown or mixed or not self.roles:
            raise ImproperlyConfigured(f"unknown, mixed or no roles in an access declaration: {self.roles}")
        if self.scope not in ("none", "list", "own"):
            raise ImproperlyConfigured(f"unknown scope {self.scope!r}")
        if self.audit not in ("none", "read", "change"):
            raise ImproperlyConfigured(f"unknown audit kind {self.audit!r}")
        if self.rate is not None and self.rate not in RATES:
            raise ImproperlyConfigured(f"unknown limit class {self.rate!r}")

    @property
    def is_public(self) -> bool:
        return self.roles == PUBLIC

    def admits(self, user: Any) -> bool:
        """May ``user`` (or nobody) use the view at all? What he may do to one row is asked there."""
        if self.is_public:
            return True
        if user is None or not user.is_authenticated:
            return False
        return self.roles == SIGNED_IN or user.has_role(*self.roles)


def access(
    *,
    roles: Collection[str],
    methods: tuple[str, ...] = ("GET",),
    scope: str = "none",
    audit: str = "none",
    rate: str | None = None,
    idempotent: bool = True,
    counts_as_use: bool = True,
) -> Callable[[ViewT], ViewT]:
    """Declare who may use a view (function or class). See ``Access`` for the words."""
    declaration = Access(
        roles=frozenset(roles),
        methods=methods,
        scope=scope,
        audit=audit,
        rate=rate,
        idempotent=idempotent,
        counts_as_use=counts_as_use,
    )

    def declare(view: ViewT) -> ViewT:
        view.access = declaration  # type: ignore[union-attr]
        return view

    return declare


def declaration_of(view: Callable[..., Any]) -> Access | None:
    """The declaration of a resolved view callback, or None where it has none.

    A class view states its own: what it inherits was said of another page.
    """
    found = vars(getattr(view, "view_class", view)).get("access")
    return found if isinstance(found, Access) else None


def all_routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route of the portal as (path pattern, URLPattern), in the order of the URL table."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from all_routes(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


def get_visible(source: Any, user: Any, **lookup: Any) -> Any:
    """The one row of ``source`` (model or queryset) that is visible to ``user``, else 404."""
    if any(isinstance(value, str) and "\x00" in value for value in lookup.values()):
        raise Http404  # PostgreSQL would refuse the query itself
    is_model = isinstance(source, type) and issubclass(source, models.Model)
    queryset: Any = source._default_manager.all() if is_model else source
    try:
        return queryset.visible_to(user).get(**lookup)
    except (queryset.model.DoesNotExist, ValueError) as missing:
        raise Http404 from missing


def require(user: Any, permission: str, subject: Any = None) -> None:
    """Raise 403 unless ``user`` has the object permission ``app.action_noun`` on ``subject``."""
    if not user.has_perm(permission, subject):
        raise PermissionDenied(permission)


def client_address(request: HttpRequest) -> str:
    """The client's address; forwarded headers count only from the configured number of proxies.

    A peer without an address (a Unix socket) is this machine; what is no address at all is never passed on.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    told = hops[-settings.TRUSTED_PROXIES] if 0 < settings.TRUSTED_PROXIES <= len(hops) else ""
    for address in (told, request.META.get("REMOTE_ADDR", "")):
        with suppress(ValueError):
            return str(ip_address(address))
    return "127.0.0.1"


class AccessMiddleware:
    """Refuses every request whose view says nothing, and whoever it does not name. Ends old sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        sessions.end_if_due(request)
        sessions.take_post(request)
        response = self.get_response(request)
        if was_signed_in or request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        declared = declaration_of(view)
        if declared is None:
            raise PermissionDenied("the view declares no access")
        request.access = declared  # type: ignore[attr-defined]
        if declared.counts_as_use:
            sessions.note_use(request)
        if not declared.admits(request.user):
            if not request.user.is_authenticated:
                return _to_sign_in(request, declared)
            raise PermissionDenied("the role is not named by the view")
        method = "GET" if request.method == "HEAD" else request.method
        if method not in declared.methods:
            return _not_allowed(request, declared.methods)
        if request.user.is_authenticated and request.user.must_change_password and not _may_wait(request):
            return redirect("me-password")
        return None


def _to_sign_in(request: HttpRequest, declared: Access) -> HttpResponse:
    """The sign-in page, and from there back. What was typed when the session ended is shown first."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        came_from = ""
    to_login = redirect_to_login(came_from) if came_from else redirect(settings.LOGIN_URL)
    if request.method == "POST" and request.method in declared.methods and request.accepts("text/html"):
        kept = list(pages.kept_words(request))
        if kept:
            return render(request, "signed_out.html", {"kept": kept, "login": to_login.url}, status=403)
    return to_login


def _not_allowed(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    response = render(request, "405.html", status=405)
    response.headers["Allow"] = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
    return response


def _may_wait(request: HttpRequest) -> bool:
    """Pages that stay open before the first password was changed."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    return name in {"me-password", "me-session", "logout", "look", "help"}
