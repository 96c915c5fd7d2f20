"""What people see when a form was not carried out: in words, with what they had typed kept and a way on.

A request that accepts JSON (saving as one goes) gets the same sentence as {"error": …, "version": …}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from shuangjian import clock
from shuangjian.dates import cn_date, cn_short
from shuangjian.journal import audit
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import DomainError

_NOT_KEPT = re.compile(
    r"^(csrfmiddlewaretoken|_key|_version|next|.*password.*|.*secret.*|.*_FORMS|.*-(id|DELETE|ORDER))$"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_TEMPLATES = {400: "400.html", 403: "403.html", 409: "409.html"}


def key_missing(request: HttpRequest) -> HttpResponse:
    """400: the form carried no key, so nothing could protect the person from sending it twice."""
    return _answer(request, 400, "页面打开太久，或没有完整打开，这次没有保存。请返回上一页，刷新后再提交。")


def key_used(request: HttpRequest) -> HttpResponse:
    """409: this form was carried out already, with other words in it (the back button, then a change)."""
    return _answer(request, 409, "这张表已经提交过一次，后来改的内容没有保存。请打开最新内容，核对后再提交。")


def busy(request: HttpRequest) -> HttpResponse:
    """409: somebody else holds the row for longer than one waits."""
    return _answer(request, 409, "此项正由其他人办理，这次没有保存。请稍后再提交。")


def for_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page for a domain error that the view did not catch. A stale row says who changed it, and how."""
    if isinstance(error, StaleRow):
        winner = _winner(error.subject, request.user)
        said = f"{winner.who}在{winner.at}改过，请对比后选择保留哪一版。" if winner else f"{error}。"
        return _answer(request, 409, said, subject=error.subject, winner=winner)
    if error.status == 400:
        return _answer(request, 400, str(error), template="journal/refused.html")
    return _answer(request, error.status, str(error))


class Winner(NamedTuple):
    """What the faster person did to the row: who, when, what it is called, with what words."""

    who: str
    at: str
    what: str
    words: str


def _winner(subject: models.Model, loser: Any) -> Winner | None:
    # What the system only notes beside a row (overdue) is no change of it.
    changes = audit.story_of(subject).filter(Q(actor_id__isnull=False) | Q(after__has_key="state"))
    entry = changes.first()
    if entry is None:
        return None
    who = get_user_model().objects.filter(pk=entry.actor_id).first() if entry.actor_id else None
    at = timezone.localtime(entry.at)
    day = "" if at.date() == clock.today() else cn_short(at)
    text = getattr(entry, "text", None)
    return Winner(
        "您" if who is not None and who == loser else str(who or "系统"),
        f"{day}{at:%H:%M}",
        audit.words_of(entry.action),
        text.text if text is not None else "",
    )


def _answer(
    request: HttpRequest,
    status: int,
    sentence: str,
    *,
    template: str = "",
    subject: Any = None,
    winner: Winner | None = None,
) -> HttpResponse:
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"error": sentence, "version": getattr(subject, "version", None)}, status=status)
    context = {
        "reason": sentence,
        "kept": list(kept_words(request, subject)),
        "back": _back(request, subject),
        "subject": subject,
        "winner": winner,
    }
    return render(request, template or _TEMPLATES[status], context, status=status)


def _back(request: HttpRequest, subject: Any = None) -> str:
    """The page of the row, where it has one: its form may be nobody's any more. Else where the form stood."""
    if hasattr(subject, "get_absolute_url"):
        return str(subject.get_absolute_url())
    came_from = request.headers.get("Referer", "")
    return came_from if url_has_allowed_host_and_scheme(came_from, {request.get_host()}) else ""


class Kept(NamedTuple):
    """One thing that the person had typed: its name, his words, and what stands there now if it differs."""

    label: str
    words: str
    now: str = ""


def kept_words(request: HttpRequest, subject: models.Model | None = None) -> Iterator[Kept]:
    """What the person had typed. Of fields unknown to the row only words: no ids, choices, secrets."""
    for name, values in request.POST.lists():
        if _NOT_KEPT.match(name):
            continue
        field = _field_of(name, subject)
        now = ""
        if field is not None and field.name == name and isinstance(subject, field.model):
            now = _in_words(field, getattr(subject, name))
        for value in values:
            typed = str(value)
            if field is not None and typed.strip():
                words = _in_words(field, typed)
                yield Kept(str(field.verbose_name), words, now if now != words else "")
            elif _CHINESE.search(typed) or len(typed) > 20:
                yield Kept("填写的内容", typed)


def _field_of(name: str, subject: models.Model | None) -> models.Field[Any, Any] | None:
    """The field of that name of the row or of a row that belongs to it, if it has a name for people."""
    if subject is None:
        return None
    plain = re.sub(r"^.*-\d+-", "", name)
    for model in (type(subject), *(relation.related_model for relation in subject._meta.related_objects)):
        for field in model._meta.concrete_fields:
            if field.name == plain and not field.is_relation and _CHINESE.search(str(field.verbose_name)):
                return field
    return None


def _in_words(field: Any, value: Any) -> str:
    if isinstance(field, ArrayField):
        values = value if isinstance(value, list) else [value]
        return "、".join(_in_words(field.base_field, one) for one in values)
    if isinstance(field, models.BooleanField):
        return "是" if value and value != "False" else "否"
    if isinstance(field, models.DateField) and isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if isinstance(value, date):
        return cn_date(value)
    return str(dict(field.flatchoices).get(value, value if value is not None else ""))
