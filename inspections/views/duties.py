"""应办任务: who owes what by the plan, one duty with its records, filing, marking, reopening."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.work import DUTIES
from inspections.forms.duties import MarkForm, RecordForm, ReopenForm
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import (
    COUNTY_ROLES,
    INSPECTOR_ROLES,
    OFFICE_ROLES,
    UNIT_ROLES,
)
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Duty, DutyRecord
from shuangjian.policy.workflows import duties as workflow

PAGE_SIZE = 50
READERS = DUTIES.roles
STAFF = COUNTY_ROLES | INSPECTOR_ROLES
MOVERS = UNIT_ROLES | OFFICE_ROLES
MOVES = {"file": "填报记录", "mark": "登记办结", "reopen": "开放补报"}
_SAID = {"file": "记录已提交", "mark": "已登记办结", "reopen": "已开放补报，单位会收到通知"}
_WITH = ("obligation__phase__stage__plan", "organisation", "term")


@access(roles=READERS, scope="list")
def duty_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """A unit's own duties; for staff those of their scope, what is missing first."""
    reading = DUTIES.read(request.user, request.GET)
    context = {
        "is_staff": request.user.has_role(*STAFF),
        "tabs": reading.tabs,
        "filter": reading.filter,
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "inspections/duty_list.html", context)


def _duty(request: AuthenticatedHttpRequest, pk: int) -> Duty:
    rows = Duty.objects.standing().select_related(*_WITH, "done_by")
    duty: Duty = get_visible(rows, request.user, pk=pk)
    return duty


def _moves(request: AuthenticatedHttpRequest, duty: Duty) -> list[str]:
    """What the person may do now."""
    if duty.ended_on is not None:
        return []
    found = []
    if not duty.is_locked:
        if request.user.has_perm("policy.file_duty", duty):
            found.append("file")
        if duty.done_on is None and request.user.has_perm("policy.mark_duty", duty):
            found.append("mark")
    elif duty.finished_on is None and request.user.has_perm("policy.reopen_duty", duty):
        found.append("reopen")
    return found


@access(roles=READERS, scope="own", audit="read")
def duty_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One duty: by when, what proves it, what was filed, what may be done."""
    duty = _duty(request, pk)
    moves = _moves(request, duty)
    context = {
        "duty": duty,
        "moves": [(move, MOVES[move]) for move in moves],
        "corrects": "file" in moves,
        "records": duty.records.select_related("stored_file", "filed_by"),
        "story": [
            {"at": entry.at, "text": audit.words_of(entry.action), "note": _note(entry)}
            for entry in audit.story_of(duty)[:20]
        ],
        "is_staff": request.user.has_role(*STAFF),
    }
    return render(request, "inspections/duty.html", context)


def _note(entry: Any) -> str:
    text = getattr(entry, "text", None)
    return text.text if text is not None else ""


@access(roles=MOVERS, methods=("GET", "POST"), scope="own", audit="change")
def duty_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    """file, mark, reopen: each a page of its own and the move itself."""
    if move not in MOVES:
        raise Http404(move)
    duty = _duty(request, pk)
    require(request.user, f"policy.{move}_duty", duty)
    if request.method == "GET" and move not in _moves(request, duty):
        messages.info(request, f"这项任务现在不能{MOVES[move]}")
        return redirect("duty", pk=duty.pk)
    form = _form_of(request, duty, move)
    if request.method == "POST" and form.is_valid():
        try:
            _carry_out(request, duty, move, form)
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _SAID[move])
            return redirect("duty", pk=duty.pk)
    context = {"duty": duty, "move": move, "label": MOVES[move], "form": form, "guard": duty}
    return render(request, "inspections/duty_move.html", context)


def _form_of(request: AuthenticatedHttpRequest, duty: Duty, move: str) -> Any:
    posted = request.POST if request.method == "POST" else None
    if move == "file":
        return RecordForm(posted, request.FILES or None, duty=duty)
    return MarkForm(posted) if move == "mark" else ReopenForm(posted)


def _carry_out(request: AuthenticatedHttpRequest, duty: Duty, move: str, form: Any) -> None:
    about: dict[str, Any] = {
        "duty_id": duty.pk,
        "actor": request.user,
        "version": posted_version(request),
    }
    if move == "file":
        workflow.file(**about, filing=form.filing(), proof=_proof(request, form))
    elif move == "mark":
        workflow.mark(**about, on=form.cleaned_data["on"], words=form.cleaned_data["words"])
    else:
        workflow.reopen(**about, until=form.cleaned_data["until"], reason=form.cleaned_data["reason"])


def _proof(request: AuthenticatedHttpRequest, form: RecordForm) -> StoredFile | None:
    uploads = form.cleaned_data["attached"]
    return files.receive(upload=uploads[0], uploader=request.user) if uploads else None


@access(roles=UNIT_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def duty_record(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Correct one record while its step takes filings."""
    rows = DutyRecord.objects.select_related(*(f"duty__{name}" for name in _WITH), "stored_file")
    record: DutyRecord = get_visible(rows, request.user, pk=pk)
    duty = record.duty
    require(request.user, "policy.file_duty", duty)
    posted = request.POST if request.method == "POST" else None
    form = RecordForm(posted, request.FILES or None, duty=duty, record=record)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.correct(
                record_id=record.pk,
                actor=request.user,
                version=posted_version(request),
                filing=form.filing(),
                proof=_proof(request, form),
                drop_proof=form.cleaned_data.get("removed", False),
            )
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "记录已更正")
            return redirect("duty", pk=duty.pk)
    context = {"duty": duty, "move": "correct", "label": "更正记录", "form": form, "guard": record}
    return render(request, "inspections/duty_move.html", context)
