"""What people see when a form was not carried out: in words, with what they had typed kept and a way on.

A request that accepts JSON (saving as one goes) gets the same sentence as {"message": …, "version": …}.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from shuangjian import clock
from shuangjian.journal import audit
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import DomainError

_NOT_KEPT = re.compile(
    r"^(csrfmiddlewaretoken|_key|_version|next|.*password.*|.*_FORMS|.*-(id|DELETE|ORDER))$"
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
    """The page for a domain error that the view did not catch. A stale row names who changed it, and when."""
    if isinstance(error, StaleRow):
        return _answer(request, 409, _who_was_faster(error), subject=error.subject)
    if error.status == 400:
        return _answer(request, 400, str(error), template="journal/refused.html")
    return _answer(request, error.status, str(error))


def _who_was_faster(error: StaleRow) -> str:
    entry = audit.story_of(error.subject).first()
    if entry is None:
        return str(error)
    who = get_user_model().objects.filter(pk=entry.actor_id).first() if entry.actor_id else None
    at = timezone.localtime(entry.at)
    day = "" if at.date() == clock.today() else f"{at.month}月{at.day}日"
    return f"{who or '系统'}在{day}{at:%H:%M}改过，请对比后选择保留哪一版。"


def _answer(
    request: HttpRequest, status: int, sentence: str, *, template: str = "", subject: Any = None
) -> HttpResponse:
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse(
            {"message": sentence, "version": getattr(subject, "version", None)}, status=status
        )
    context = {
        "reason": sentence,
        "kept": kept_words(request, subject),
        "back": _back(request),
        "subject": subject,
    }
    return render(request, template or _TEMPLATES[status], context, status=status)


def _back(request: HttpRequest) -> str:
    """The page that the form stood on, if it is one of ours."""
    came_from = request.headers.get("Referer", "")
    return came_from if url_has_allowed_host_and_scheme(came_from, {request.get_host()}) else ""


def kept_words(request: HttpRequest, subject: models.Model | None = None) -> list[tuple[str, str]]:
    """(label, words) of what the person had typed. Choices, numbers of rows and passwords are left out."""
    return [
        (_label(name, subject), value)
        for name in request.POST
        if not _NOT_KEPT.match(name)
        for value in request.POST.getlist(name)
        if _CHINESE.search(value) or len(value) > 20
    ]


def _label(name: str, subject: models.Model | None) -> str:
    """The field's name for people: the verbose name of the row's own field, or of a related row's."""
    plain = re.sub(r"^.*-\d+-", "", name)
    related = (
        [relation.related_model for relation in subject._meta.related_objects] if subject is not None else []
    )
    for model in [type(subject), *related] if subject is not None else []:
        for field in model._meta.concrete_fields:
            if field.name == plain and _CHINESE.search(str(field.verbose_name)):
                return str(field.verbose_name)
    return "填写的内容"
