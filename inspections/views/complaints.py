"""举报和反映 for staff: the list of all clocks, registering, one matter and its moves, limits, erasing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections.complaints import limits
from inspections.complaints.topics import goes_to_unit
from inspections.exports.lists import COMPLAINTS
from inspections.forms import complaints as forms
from inspections.models import Complaint, ComplaintErasure, ComplaintLimits, ComplaintRoute
from inspections.models.complaint import READS_ALL
from inspections.views.problems import register_from
from inspections.workflows import complaint_rules, inquiries
from inspections.workflows import complaints as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, look, serve
from shuangjian.accounts.roles import Role
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.files.rejections import Rejected
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.workflows import counting

PAGE_SIZE = 50
READERS = COMPLAINTS.roles
HANDLERS = frozenset({Role.TASK_FORCE, Role.OFFICE_STAFF})
MOVERS = HANDLERS | {Role.LEADER}


@access(roles=READERS, scope="list")
def complaint_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The matters that exist for this person, the clock that runs out first on top."""
    reading = COMPLAINTS.read(request.user, request.GET)
    context = {
        "filter": reading.filter,
        "tabs": reading.tabs,
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "registers": request.user.has_role(Role.TASK_FORCE),
    }
    return render(request, "inspections/complaint_list.html", context)


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="list", audit="change")
def complaint_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Take down a matter that came by phone, letter, order …"""
    form = forms.RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            stored = received(data.pop("material"), request.user)
            row = workflow.register(actor=request.user, files=stored, **data)
        except Rejected as rejected:
            form.add_error("material", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已登记，编号{row.no}")
            return redirect(row)
    return render(request, "inspections/complaint_new.html", {"form": form})


def received(uploads: Iterable[Any], uploader: Any) -> list[StoredFile]:
    """The files as they are stored. Raises ``Rejected``."""
    return [files.receive(upload=upload, uploader=uploader) for upload in uploads]


def _complaint(request: AuthenticatedHttpRequest, no: str) -> Complaint:
    rows = Complaint.objects.select_related(
        "organisation", "township", "officer", "merged_into", "referred_to", "problem", "visit", "answered_by"
    )
    row: Complaint = get_visible(rows, request.user, no=no)
    return row


@access(roles=READERS, scope="own", audit="read")
def complaint_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One matter: what comes next and by which clock, its words, its course."""
    row = _complaint(request, no)
    return _page(request, row)


def _page(
    request: AuthenticatedHttpRequest, row: Complaint, contact: tuple[str, str] | None = None
) -> HttpResponse:
    moves = [
        key
        for key in workflow.MACHINE.open_moves(row, request.user)
        if key not in workflow.BY_THE_PUBLIC and _makes_sense(key, row)
    ]
    context = {
        "complaint": row,
        "moves": [(key, workflow.TRANSITIONS[key].label) for key in moves],
        "clocks": limits.clocks_of(row),
        "counted": counting.words_of(row, "due_on") if row.due_on else "",
        "photos": row.photos.select_related("stored_file"),
        "inquiries": row.inquiries.order_by("pk"),
        "merged": row.merged.order_by("no"),
        "others": _others_of(request, row),
        "course": row.steps.select_related("by").order_by("-pk"),
        "contact": contact,
        "sees_contact": not row.is_anonymous
        and row.erased_on is None
        and request.user.has_perm("inspections.handle_complaint", row),
    }
    response = render(request, "inspections/complaint.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _makes_sense(key: str, row: Complaint) -> bool:
    """Is the button of any use on this matter? Its page would say why not."""
    return {
        "accept": row.kind != Complaint.Kind.DISCIPLINE,
        "ask-unit": row.organisation is not None and goes_to_unit(row),
        "return": row.door in Complaint.ORDERED,
        "to-problem": row.organisation is not None and row.problem is None,
        "to-visit": row.organisation is not None and row.visit is None,
        "extend": row.extended_days == 0,
    }.get(key, True)


def _others_of(request: AuthenticatedHttpRequest, row: Complaint) -> list[Complaint]:
    """Other running matters of the same unit: duplicates are seen before they are handled twice."""
    if row.organisation is None:
        return []
    rows = Complaint.objects.visible_to(request.user).running().filter(organisation=row.organisation)
    return list(rows.exclude(pk=row.pk).order_by("-pk")[:5])


MOVE_PAGES = {
    "accept": MovePage(forms.NoteForm, workflow.accept, "已受理"),
    "refuse": MovePage(forms.PublicReasonForm, workflow.refuse, "已登记不予受理"),
    "return": MovePage(forms.WordsForm, workflow.send_back, "已退单", "理由照录到派单系统；退单后不再计时。"),
    "refer": MovePage(forms.ReferForm, workflow.refer, "已转其他部门"),
    "record-result": MovePage(forms.ResultForm, workflow.record_result, "已登记办理结果"),
    "merge": MovePage(
        forms.MergeForm, workflow.merge, "已并案", "同一件事并案办理，各人凭自己的编号看到答复。"
    ),
    "assign": MovePage(forms.AssignForm, workflow.assign, "已交经办人"),
    "pause": MovePage(
        forms.PublicReasonForm,
        workflow.pause,
        "已暂停计时",
        "鉴定、诉讼或反映人要求时暂停；来件和信访的期限不停。",
    ),
    "resume": MovePage(forms.NoteForm, workflow.resume, "已恢复计时"),
    "extend": MovePage(forms.PublicReasonForm, workflow.extend, "已延长", "只延长一次，反映人能看到理由。"),
    "answer": MovePage(forms.AnswerForm, workflow.answer, "已答复"),
    "call-back": MovePage(forms.CallBackForm, workflow.call_back, "已登记回访"),
    "close": MovePage(forms.NoteForm, workflow.close, "已办结"),
    "ask-unit": MovePage(
        forms.AskUnitForm, inquiries.ask_for, "已发给单位", "单位只看到这里写的话，看不到反映的原文和反映人。"
    ),
    "to-visit": MovePage(forms.ToVisitForm, workflow.to_visit, "已转入督导"),
    "correct": MovePage(
        forms.CorrectForm, workflow.correct, "已更正", "反映内容照原样保留，这里改登记的类别、单位和期限。"
    ),
}


@access(roles=MOVERS, methods=("GET", "POST"), scope="own", audit="change")
def complaint_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /complaints/<no>/<move>/."""
    row = _complaint(request, no)
    if move == "to-problem":
        return _problem_page(request, row)
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        row,
        noun="complaint",
        template="inspections/complaint_move.html",
        more=lambda: {
            "templates": forms.TEMPLATES.values() if move == "answer" else (),
            "replies": row.inquiries.filter(state="answered") if move == "answer" else (),
        },
    )


def _problem_page(request: AuthenticatedHttpRequest, row: Complaint) -> HttpResponse:
    way_back = look(request, workflow.MACHINE, "to-problem", row)
    if way_back is not None:
        return way_back
    form = forms.ComplaintProblemForm(request.POST or None, user=request.user, complaint=row)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.to_problem(
                complaint_id=row.pk,
                actor=request.user,
                version=posted_version(request),
                make=lambda: register_from(form, request.user),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已登记问题")
            return redirect(row)
    context = {
        "complaint": row,
        "move": "to-problem",
        "label": workflow.TRANSITIONS["to-problem"].label,
        "form": form,
        "hint": "核实属实的才登记；问题里没有反映的原文。",
    }
    return render(request, "inspections/complaint_move.html", context)


@access(roles=HANDLERS, methods=("POST",), scope="own", audit="change")
def complaint_contact(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Show the contact on the page, this once; the look is on record."""
    row = _complaint(request, no)
    if not request.user.has_perm("inspections.handle_complaint", row):
        messages.info(request, "联系方式只有经办人能看")
        return redirect(row)
    response = _page(request, row, workflow.show_contact(complaint_id=row.pk, actor=request.user))
    response.status_code = 201  # a look was written down; sent again, the page shows nothing
    return response


# --- Limits, routes -----------------------------------------------------------------------------------------
@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="list", audit="change")
def complaint_settings(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The limits in force with their versions, and who gets what."""
    form = forms.LimitsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = complaint_rules.set_limits(
                actor=request.user, days=form.days(), reason=form.cleaned_data["reason"]
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已保存，{row}生效")
            return redirect("complaint-settings")
    return _settings_page(request, form, forms.RouteForm())


@access(roles={Role.TASK_FORCE}, methods=("POST",), scope="list", audit="change")
def complaint_route(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Name an officer, or take a route away (``remove``)."""
    if request.POST.get("remove", "").isdecimal():
        complaint_rules.remove_route(actor=request.user, route_id=int(request.POST["remove"]))
        messages.success(request, "已取消")
        return redirect("complaint-settings")
    form = forms.RouteForm(request.POST)
    if form.is_valid():
        complaint_rules.set_route(actor=request.user, **form.cleaned_data)
        messages.success(request, "已确定经办人")
        return redirect("complaint-settings")
    return _settings_page(request, forms.LimitsForm(), form)


def _settings_page(
    request: AuthenticatedHttpRequest, form: forms.LimitsForm, route_form: forms.RouteForm
) -> HttpResponse:
    context = {
        "form": form,
        "route_form": route_form,
        "versions": ComplaintLimits.objects.select_related("made_by")[:20],
        "routes": ComplaintRoute.objects.select_related("township", "officer"),
    }
    return render(request, "inspections/complaint_settings.html", context)


# --- Erasing ------------------------------------------------------------------------------------------------
@access(roles=frozenset(READS_ALL), methods=("GET", "POST"), scope="list", audit="change")
def erasure_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What is due to be cleared, what waits for a second person, what was cleared."""
    if request.method == "POST":
        row = complaint_rules.propose(actor=request.user)
        messages.success(request, f"已提出，编号{row.no}，等另一人复核")
        return redirect("complaint-erasures")
    rows = ComplaintErasure.objects.visible_to(request.user).select_related("asked_by", "decided_by")
    page = Paginator(rows.annotate(count=Count("complaints")), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [
        (
            row,
            [
                (key, complaint_rules.TRANSITIONS[key].label)
                for key in complaint_rules.MACHINE.open_moves(row, request.user)
            ],
        )
        for row in page
    ]
    context = {"page_obj": page, "lines": lines, "due": complaint_rules.due_for_erasure().count()}
    return render(request, "inspections/complaint_erasures.html", context)


@access(roles=frozenset(READS_ALL), methods=("POST",), scope="own", audit="change")
def erasure_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """同意清除, 不清除: POST /complaints/erasures/<no>/<move>/."""
    row = get_visible(ComplaintErasure, request.user, no=no)
    way_back = look(request, complaint_rules.MACHINE, move, row)
    if way_back is not None:
        return way_back
    run = {"erase": complaint_rules.erase, "drop": complaint_rules.drop}[move]
    run(erasure_id=row.pk, actor=request.user, version=posted_version(request))
    messages.success(request, "已清除" if move == "erase" else "没有清除")
    return redirect("complaint-erasures")
