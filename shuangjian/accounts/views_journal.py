"""The pages of the journal: one's jobs, one's notices, and the auditor's trail.

They stand here because the journal lies below the people: it knows neither roles nor access declarations.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from shuangjian.accounts import trail
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES, EVERYBODY_SIGNED_IN, Role
from shuangjian.journal import audit, jobs, sweeps
from shuangjian.journal.models import AuditEntry, Job, Notification

PAGE_SIZE = 50
CARETAKERS = COUNTY_ROLES | {Role.SYSTEM_ADMIN}  # are told whether the background works at all


@access(roles=EVERYBODY_SIGNED_IN, scope="list")
def job_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's jobs, newest first; caretakers also see the dead ones, and whether workers live."""
    visible = Job.objects.visible_to(request.user)
    page = Paginator(visible, PAGE_SIZE).get_page(request.GET.get("page"))
    health = sweeps.health() if request.user.has_role(*CARETAKERS) else None
    return render(request, "journal/job_list.html", {"page_obj": page, "health": health})


@access(roles=EVERYBODY_SIGNED_IN, scope="own")
def job_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One job: stage, share done, cause.

    Polled every two seconds while it is open; the answer that finds it finished asks for the whole page:
    its buttons are others.
    """
    job = get_visible(Job, request.user, pk=pk)
    if not request.htmx:
        return render(request, "journal/job.html", {"job": job, "story": _story(job)})
    response = render(request, "journal/_job_progress.html", {"job": job})
    if not job.is_open:
        response.headers["HX-Refresh"] = "true"
    return response


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), scope="own", audit="change")
def job_cancel(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    jobs.cancel(get_visible(Job, request.user, pk=pk), request.user)
    messages.success(request, "已取消")
    return redirect("job", pk)


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), scope="own", audit="change")
def job_retry(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Begin it again. Somebody else's job is out of sight as soon as it isn't dead: back to one's list."""
    job = jobs.retry(get_visible(Job, request.user, pk=pk), request.user)
    messages.success(request, f"后台任务{job.pk}已重新排队")
    if Job.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect("job", pk)
    return redirect("status" if request.user.has_role(Role.SYSTEM_ADMIN) else "jobs")


def _story(job: Job) -> list[dict[str, Any]]:
    """Who cancelled or retried the job, newest first, and why it had stopped before each retry."""
    entries = list(audit.story_of(job)[:PAGE_SIZE])
    people = User.objects.in_bulk({entry.actor_id for entry in entries if entry.actor_id})
    return [
        {
            "at": entry.at,
            "text": f"{people[entry.actor_id or 0].name}{audit.words_of(entry.action)}",
            "note": _stopped(entry),
        }
        for entry in entries
        if entry.actor_id in people
    ]


def _stopped(entry: AuditEntry) -> str:
    text = getattr(entry, "text", None)
    return f"此前第{entry.before['attempts']}次尝试后停下：{text.text}" if text else ""


@access(roles=EVERYBODY_SIGNED_IN, scope="list")
def notice_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's notices, newest first. The administrators' notices tell of posts and jobs, not of business."""
    notices = Notification.objects.visible_to(request.user)
    page = Paginator(notices, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request, "journal/notice_list.html", {"page_obj": page, "unread": notices.unread().exists()}
    )


@access(roles=EVERYBODY_SIGNED_IN, methods=("POST",), scope="own")
def notices_read(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Mark all one's notices as read; known to the person alone."""
    Notification.objects.visible_to(request.user).unread().update(read_at=timezone.now())
    return redirect("notices")


@access(roles={Role.AUDITOR}, scope="list", audit="read")
def audit_trail(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The whole trail for the auditor: filters by day, person, noun, action and number, newest first."""
    reading = trail.read(request.user, request.GET)
    page = Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    chosen = trail.chosen(request.GET)
    context = {
        "page_obj": page,
        "lines": reading.dress(list(page.object_list)),
        "chosen": chosen,
        "is_narrowed": any(chosen.values()),
        "actions": audit.actions_by_noun(),
        "nouns": audit.known_nouns(),
    }
    return render(request, "journal/audit_trail.html", context)
