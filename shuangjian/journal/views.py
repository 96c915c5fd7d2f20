"""One's jobs, one's notices, and the auditor's trail."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import BUSINESS_ROLES, EVERYBODY_SIGNED_IN, Role
from shuangjian.journal import jobs
from shuangjian.journal.models import AuditEntry, Job, Notification

PAGE_SIZE = 50


def _jobs_of(request: AuthenticatedHttpRequest) -> QuerySet[Job]:
    """One's own jobs; the system administrator sees those that died, to retry them."""
    mine = Q(owner=request.user)
    if request.user.has_role(Role.SYSTEM_ADMIN):
        mine |= Q(state=Job.State.DEAD)
    return Job.objects.filter(mine)


@access(roles=EVERYBODY_SIGNED_IN, scope="list")
def job_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's jobs, newest first."""
    page = Paginator(_jobs_of(request), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "journal/job_list.html", {"page_obj": page})


@access(roles=EVERYBODY_SIGNED_IN, scope="own")
def job_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One job: stage, share done, cause; polled every two seconds while it runs, with a link where scripts are off."""
    job = get_object_or_404(_jobs_of(request), pk=pk)
    template = "journal/_job.html" if request.htmx else "journal/job.html"
    return render(request, template, {"job": job})


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), scope="own", audit="change")
def job_cancel(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    jobs.cancel(get_object_or_404(_jobs_of(request), pk=pk), request.user)
    messages.success(request, "已取消")
    return redirect("job", pk)


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), scope="own", audit="change")
def job_retry(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    jobs.retry(get_object_or_404(_jobs_of(request), pk=pk), request.user)
    messages.success(request, "已重新排队")
    return redirect("job", pk)


@access(roles=BUSINESS_ROLES, scope="list")
def notice_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's notices, newest first."""
    page = Paginator(request.user.notices.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    unread = request.user.notices.filter(read_at__isnull=True).count()
    return render(request, "journal/notice_list.html", {"page_obj": page, "unread": unread})


@access(roles=BUSINESS_ROLES, methods=("POST",), scope="own")
def notices_read(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Mark all one's notices as read; known to the person alone."""
    Notification.objects.filter(recipient=request.user, read_at__isnull=True).update(read_at=timezone.now())
    return redirect("notices")


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


@access(roles={Role.AUDITOR}, scope="list", audit="read")
def audit_trail(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The whole trail for the auditor: filters by day, action and number, newest first."""
    entries = AuditEntry.objects.select_related("text")
    chosen: dict[str, Any] = {
        name: request.GET.get(name, "").replace("\x00", "")[:60] for name in ("from", "to", "action", "no")
    }
    start, end = _day(chosen["from"]), _day(chosen["to"])
    if start:
        entries = entries.filter(at__date__gte=start)
    if end:
        entries = entries.filter(at__date__lte=end)
    if chosen["action"]:
        entries = entries.filter(action__startswith=chosen["action"])
    if chosen["no"]:
        entries = entries.filter(subject_no=chosen["no"])
    page = Paginator(entries.order_by("-seq"), PAGE_SIZE).get_page(request.GET.get("page"))
    people = dict(
        get_user_model().objects.filter(pk__in={entry.actor_id for entry in page}).values_list("pk", "name")
    )
    rows = [(entry, people.get(entry.actor_id, "系统")) for entry in page]
    context = {"page_obj": page, "rows": rows, "chosen": chosen, "today": clock.today()}
    return render(request, "journal/audit_trail.html", context)
