"""通知公告: the list, one bulletin, writing, publishing, correcting and recalling it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.office import BULLETINS
from inspections.forms.bulletins import BulletinForm, RecallForm
from inspections.models import Bulletin
from inspections.workflows import bulletins as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES
from shuangjian.files import services as files
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
WRITERS = OFFICE_ROLES
READERS = BULLETINS.roles
_SAID = {"publish": "已发布", "recall": "已撤回", "correct": "已生成更正稿，改好后发布"}


@access(roles=READERS, scope="list")
def bulletin_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What was told to the units that exist for this person; staff also see drafts."""
    reading = BULLETINS.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "filter": reading.filter,
        "writes": request.user.has_role(*WRITERS),
        "is_staff": request.user.has_role(*COUNTY_ROLES),
    }
    return render(request, "inspections/bulletin_list.html", context)


def _bulletin(request: AuthenticatedHttpRequest, no: str) -> Bulletin:
    rows = Bulletin.objects.select_related("created_by", "published_by", "replaces")
    row: Bulletin = get_visible(rows, request.user, no=no)
    return row


@access(roles=READERS, scope="own", audit="read")
def bulletin_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One bulletin; staff see whom it reaches and what may be done."""
    row = _bulletin(request, no)
    is_staff = request.user.has_role(*COUNTY_ROLES)
    context: dict[str, Any] = {
        "bulletin": row,
        "is_staff": is_staff,
        "moves": workflow.MACHINE.open_moves(row, request.user),
        "attachments": row.attachments.select_related("stored_file"),
        "is_closed": row.state == Bulletin.State.RECALLED and not is_staff,
        "newer": Bulletin.objects.visible_to(request.user).filter(replaces=row).first(),
    }
    if is_staff:
        reached = (
            Organisation.objects.filter(pk__in=row.recipients.values("organisation"))
            if row.is_sent
            else workflow.audience_of(row)
        )
        context["reached"] = list(reached.order_by("kind", "pinyin_key", "pk"))
    return render(request, "inspections/bulletin.html", context)


@access(roles=WRITERS, methods=("GET", "POST"), audit="change")
def bulletin_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Draft a bulletin."""
    form = BulletinForm(
        request.POST or None, request.FILES or None, initial={"unit_kinds": ["school", "institution"]}
    )
    if request.method == "POST" and form.is_valid():
        try:
            stored = _received(request, form)
            row = workflow.draft(actor=request.user, files=stored, **form.values())
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("bulletin", no=row.no)
    return render(request, "inspections/bulletin_edit.html", {"form": form})


def _received(request: AuthenticatedHttpRequest, form: BulletinForm) -> list[Any]:
    return [files.receive(upload=one, uploader=request.user) for one in form.cleaned_data["attached"]]


@access(roles=WRITERS, methods=("GET", "POST"), scope="own", audit="change")
def bulletin_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /bulletins/<no>/<move>/."""
    if move not in workflow.TRANSITIONS:
        raise Http404(move)
    row = _bulletin(request, no)
    transition = workflow.TRANSITIONS[move]
    require(request.user, transition.permission, row)
    if request.method == "GET" and not transition.allowed_from(row.state):
        messages.info(request, f"当前状态是“{row.get_state_display()}”，不能{transition.label}")
        return redirect("bulletin", no=no)
    form = _form_of(request, row, move)
    refusal = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            done = _run(request, row, move, form)
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            refusal = str(refused)
            if form is not None:
                form.add_error(None, refusal)
        else:
            messages.success(request, _SAID.get(move, "已保存"))
            return redirect("bulletin", no=done.no)
    context = {"bulletin": row, "move": move, "label": transition.label, "form": form, "refusal": refusal}
    if move == "publish":
        context["reached"] = workflow.audience_of(row).count()
    template = "bulletin_edit" if move == "edit" else "bulletin_move"
    return render(request, f"inspections/{template}.html", context)


def _form_of(request: AuthenticatedHttpRequest, row: Bulletin, move: str) -> Any:
    posted = request.POST if request.method == "POST" else None
    if move == "recall":
        return RecallForm(posted)
    if move != "edit":
        return None
    stored = {
        "title": row.title,
        "body": row.body,
        "unit_kinds": row.unit_kinds,
        "areas": list(row.areas.values_list("code", flat=True)),
        "units": list(row.units.values_list("code", flat=True)),
    }
    return BulletinForm(posted, request.FILES or None, bulletin=row, initial=stored)


def _run(request: AuthenticatedHttpRequest, row: Bulletin, move: str, form: Any) -> Bulletin:
    about: dict[str, Any] = {
        "bulletin_id": row.pk,
        "actor": request.user,
        "version": posted_version(request),
    }
    if move == "edit":
        return workflow.edit(**about, files=_received(request, form), **form.values())
    if move == "recall":
        return workflow.recall(**about, words=form.cleaned_data["words"])
    return (workflow.publish if move == "publish" else workflow.correct)(**about)
