"""One unsafe request, one transaction, one answer: the same form sent twice is done once.

The middleware opens the transaction, inserts the form's key as its first statement and calls the view inside. A second
request with the same key waits for the first and gets its answer again; another body under the same key is refused.
An error or a re-rendered form rolls everything back, key included. Domain errors become pages here, with what the
person had typed kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from shuangjian.journal import audit
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import DomainError
from shuangjian.journal.models import IdempotencyKey

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_KEY = re.compile(r"[0-9a-f]{32}")
_NOT_KEPT = ("csrfmiddlewaretoken", "_key", "_version", "password", "old_password", "new_password1", "new_password2")
_LOCK_NOT_AVAILABLE = "55P03"


class _RollBack(Exception):
    """Carries the answer out of the transaction that it must not commit."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


class IdempotencyMiddleware:
    """Answers unsafe requests exactly once; turns domain errors into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        declared = getattr(request, "access", None)
        if request.method in SAFE_METHODS or declared is None or not declared.idempotent:
            return None  # process_exception serves these
        key = request.POST.get("_key") or request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            return _answer(request, "这个页面已经过期，请返回后重新打开再提交", status=400)
        try:
            return self._once(request, key, lambda: view(request, *args, **kwargs))
        except _RollBack as rolled_back:
            return rolled_back.response
        except DomainError as error:
            return page_of(request, error)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                raise
            return _answer(request, "这一项正在被处理，请稍后再试", status=409)

    def _once(self, request: HttpRequest, key: str, call: Callable[[], HttpResponse]) -> HttpResponse:
        digest = _digest(request)
        with transaction.atomic():
            if not _insert(key, request, digest):
                return _replay(request, IdempotencyKey.objects.get(key=key), digest)
            response = call()
            is_json = response.headers.get("Content-Type", "").startswith("application/json")
            if response.status_code >= 400 or (response.status_code == 200 and not is_json):
                raise _RollBack(response)
            IdempotencyKey.objects.filter(key=key).update(
                status=response.status_code,
                location=response.headers.get("Location", ""),
                body=response.content.decode() if is_json else "",
            )
            return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return page_of(request, exception) if isinstance(exception, DomainError) else None


def _insert(key: str, request: HttpRequest, digest: str) -> bool:
    """Insert the key; False where it is known. Waits while a request with the same key is under way."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {IdempotencyKey._meta.db_table}"  # noqa: S608  (a table name of our own)
            " (key, user_id, path, digest, status, location, body, created_at)"
            " VALUES (%s, %s, %s, %s, 0, '', '', now()) ON CONFLICT (key) DO NOTHING RETURNING id",
            [key, request.user.pk, request.path[:300], digest],
        )
        return cursor.fetchone() is not None


def _digest(request: HttpRequest) -> str:
    """What was asked: person, path, fields and the bytes of files; not the keys that differ by rendering."""
    seen = hashlib.sha256(f"{request.user.pk}\0{request.path}\0".encode("utf-8", "surrogatepass"))
    for name in sorted(set(request.POST) - {"csrfmiddlewaretoken", "_key"}):
        for value in request.POST.getlist(name):
            seen.update(f"{name}={value}\0".encode("utf-8", "surrogatepass"))
    for name in sorted(request.FILES):
        for upload in request.FILES.getlist(name):
            seen.update(f"{name}:{upload.name}\0".encode("utf-8", "surrogatepass"))
            for chunk in upload.chunks():
                seen.update(chunk)
            upload.seek(0)
    return seen.hexdigest()


def _replay(request: HttpRequest, known: IdempotencyKey, digest: str) -> HttpResponse:
    if known.digest != digest or known.user_id != request.user.pk:
        return _answer(request, "这个页面已经提交过别的内容，请重新打开后再提交", status=409)
    if known.body:
        return HttpResponse(known.body, status=known.status, content_type="application/json")
    response = HttpResponseRedirect(known.location or request.path)
    response.status_code = known.status
    return response


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _kept_words(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person had typed, field by field, so that nothing is lost with a refused form."""
    return [
        (name, value)
        for name in request.POST
        if name not in _NOT_KEPT and not name.endswith(("_FORMS", "-id"))
        for value in request.POST.getlist(name)
        if value.strip()
    ]


def _answer(request: HttpRequest, sentence: str, *, status: int, **more: Any) -> HttpResponse:
    if _wants_json(request):
        subject = more.get("subject")
        return JsonResponse({"error": sentence, "version": getattr(subject, "version", None)}, status=status)
    template = {400: "400.html", 403: "403.html"}.get(status, "409.html")
    context = {"reason": sentence, "kept": _kept_words(request), "back": request.headers.get("Referer", "")}
    return render(request, template, context | more, status=status)


def page_of(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page for a domain error that the view did not catch. A stale row names who changed it, and when."""
    if not isinstance(error, StaleRow):
        return _answer(request, str(error), status=error.status if error.status != 400 else 409)
    from django.contrib.auth import get_user_model

    subject = error.subject
    entry = audit.story_of(subject).first()
    who = get_user_model().objects.filter(pk=entry.actor_id).first() if entry and entry.actor_id else None
    sentence = str(error)
    if entry is not None:
        name = who.get_full_name() if who else "系统"
        sentence = f"{name}在{timezone.localtime(entry.at).strftime('%H:%M')}改过这一项，请对照后再提交"
    return _answer(request, sentence, status=409, subject=subject, entry=entry, who=who)

