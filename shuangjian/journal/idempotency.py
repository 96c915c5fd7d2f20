"""One unsafe request, one transaction, one answer: the same form sent twice is done once.

The middleware opens the transaction, inserts the form's key as its first statement and calls the view inside.
A second request with the same key waits for the first and gets its answer again; another body under the same
key is refused. An error or a re-rendered form rolls everything back, key included. Domain errors become pages
here, with what the person had typed kept. It stands last in MIDDLEWARE: the access middleware has said yes
before it opens anything.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from shuangjian.journal import pages
from shuangjian.journal.errors import DomainError
from shuangjian.journal.models import IdempotencyKey

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
MOST_TRIES = 3
_KEY = re.compile(r"[0-9a-f]{32}")
_LOCK_NOT_AVAILABLE = "55P03"
_TRY_AGAIN = ("40P01", "40001")  # deadlock, serialization: this request was the victim, nothing of it remains
_KEPT_HEADERS = ("Location", "HX-Redirect")  # of an answer, either says where the browser goes next


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
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        declared = getattr(request, "access", None)  # what AccessMiddleware found on the view
        if request.method in SAFE_METHODS or declared is None or not declared.idempotent:
            return None  # process_exception serves these
        key = request.POST.get("_key", "")
        if not _KEY.fullmatch(key):
            return pages.key_missing(request)
        digest = _digest(request)
        for tries_left in reversed(range(MOST_TRIES)):
            try:
                return _once(request, key, digest, lambda: view(request, *args, **kwargs))
            except _RollBack as rolled_back:
                return rolled_back.response
            except DomainError as error:
                return pages.for_error(request, error)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", "")
                if state == _LOCK_NOT_AVAILABLE:
                    return pages.busy(request)
                if state not in _TRY_AGAIN or not tries_left:
                    raise
                log.info("a request was rolled back by the database (%s) and is tried again", state)
        raise AssertionError("unreachable: the last try returns or raises")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return pages.for_error(request, exception) if isinstance(exception, DomainError) else None


def _once(request: HttpRequest, key: str, digest: str, call: Callable[[], HttpResponse]) -> HttpResponse:
    with transaction.atomic():
        if not _insert(key, request, digest):
            return _replay(request, IdempotencyKey.objects.get(key=key), digest)
        response = call()
        if isinstance(response, SimpleTemplateResponse):
            response.render()  # what it reads belongs to this transaction
        if not _is_done(response):
            raise _RollBack(response)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        IdempotencyKey.objects.filter(key=key).update(
            status=response.status_code,
            location=next((response.headers[name] for name in _KEPT_HEADERS if name in response.headers), ""),
            body=response.content.decode() if is_json else "",
        )
        return response


def _is_done(response: HttpResponse) -> bool:
    """Was the request carried out? A page with status 200 is the form again, with what is to be mended."""
    if response.status_code != 200:
        return response.status_code < 400
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return not is_page or "HX-Redirect" in response.headers


def _insert(key: str, request: HttpRequest, digest: str) -> bool:
    """Insert the key; False where it is known. Waits while a request with the same key is under way."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {IdempotencyKey._meta.db_table}"  # noqa: S608  (a table name of our own)
            " (key, user_id, digest, status, location, body, created_at)"
            " VALUES (%s, %s, %s, 0, '', '', now()) ON CONFLICT (key) DO NOTHING RETURNING id",
            [key, request.user.pk, digest],
        )
        return cursor.fetchone() is not None


def _replay(request: HttpRequest, known: IdempotencyKey, digest: str) -> HttpResponse:
    if known.digest != digest:
        return pages.key_used(request)
    if known.body:
        return HttpResponse(known.body, status=known.status, content_type="application/json")
    if not known.location:  # a download or an empty answer: done once, and only once
        return HttpResponse(status=204)
    response = HttpResponse(status=known.status)
    response.headers["Location" if known.status != 200 else "HX-Redirect"] = known.location
    return response


def _digest(request: HttpRequest) -> str:
    """What was asked: person, method, address, fields, bytes of files; not what differs by rendering."""
    seen = hashlib.sha256()
    for part in _parts(request):
        seen.update(len(part).to_bytes(8, "big") + part)
    return seen.hexdigest()


def _parts(request: HttpRequest) -> Iterator[bytes]:
    def coded(text: str) -> bytes:
        return text.encode("utf-8", "surrogatepass")

    yield from (coded(str(request.user.pk)), coded(request.method or ""), coded(request.get_full_path()))
    for name in sorted(set(request.POST) - {"csrfmiddlewaretoken", "_key"}):
        yield coded(name)
        yield from (coded(value) for value in request.POST.getlist(name))
    for name in sorted(request.FILES):
        for upload in request.FILES.getlist(name):
            content = hashlib.sha256()
            for chunk in upload.chunks():
                content.update(chunk)
            upload.seek(0)
            yield from (coded(name), coded(upload.name or ""), content.digest())
