"""Visits: today's list on the phone, planning, the checklist, the record with both confirmations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils import timezone

from inspections import visit_kinds
from inspections.exports.lists import VISITS
from inspections.forms import visits as forms
from inspections.models import Paper, RectificationTask, Visit, VisitFinding, VisitMember
from inspections.visit_sheet import VisitSheet, open_tasks_at, problems_of, rechecks_at, sheet_of
from inspections.workflows import papers, visit_findings, visit_planning
from inspections.workflows import visits as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import COUNTY_ROLES, INSPECTOR_ROLES, Role
from shuangjian.files import services as files
from shuangjian.journal.conflict import check_version, posted_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.navigation import page_url

PAGE_SIZE = 50
PLANNERS = COUNTY_ROLES | {Role.AREA_INSPECTOR}
READERS = VISITS.roles
CONDUCTORS = INSPECTOR_ROLES | {Role.SUPERVISION_OFFICE}


# --- Lists and planning ---------------------------------------------------------------


@access(roles=INSPECTOR_ROLES, scope="list")
def field(request: AuthenticatedHttpRequest) -> HttpResponse:
    """今日安排: what this inspector has to do, what is under way first."""
    mine = Visit.objects.visible_to(request.user).filter(members__user=request.user)
    mine = mine.select_related("organisation")
    order = {"ongoing": 0, "summing_up": 1, "planned": 2}
    due = sorted(
        mine.filter(state__in=list(order)), key=lambda visit: (order[visit.state], visit.planned_on, visit.no)
    )
    waiting = (
        RectificationTask.objects.visible_to(request.user)
        .filter(state="verifying")
        .select_related("problem__organisation", "problem__rule")
        .order_by("applied_at", "pk")
    )
    context = {
        "due": due,
        "today": clock.today(),
        "waiting": list(waiting[:20]),
        "done": mine.filter(state="confirmed").order_by("-confirmed_at")[:5],
        "may_plan": request.user.has_role(Role.AREA_INSPECTOR),
    }
    return render(request, "inspections/field.html", context)


@access(roles=READERS, scope="list")
def visit_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """All visits that exist for this person, newest first."""
    reading = VISITS.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": reading.tabs,
        "filter": reading.filter,
        "may_plan": request.user.has_role(*PLANNERS),
        "may_recheck": request.user.has_role(*COUNTY_ROLES, Role.AREA_INSPECTOR),
        "may_cover": request.user.has_role(*PLANNERS),
        "may_state": request.user.has_role(*INSPECTOR_ROLES, Role.SUPERVISION_OFFICE),
    }
    return render(request, "inspections/visit_list.html", context)


@access(roles=PLANNERS, methods=("GET", "POST"), scope="list", audit="change")
def visit_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Plan a visit."""
    latest = Visit.objects.visible_to(request.user).exclude(plan_name="").order_by("-pk").first()
    initial: dict[str, Any] = {"organisation": request.GET.get("unit")}
    if latest is not None:
        initial |= {"plan_name": latest.plan_name, "approval_no": latest.approval_no}
    form = forms.VisitForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            visit, said = _plan(request, dict(form.cleaned_data))
        except (Refused, NotAllowed) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, said)
            return redirect("visit", no=visit.no)
    kind: Any = form.fields["kind"]
    kinds = [(label, visit_kinds.summary(value)) for value, label in kind.choices]
    return render(request, "inspections/visit_new.html", {"form": form, "kinds": kinds})


def _plan(request: AuthenticatedHttpRequest, data: dict[str, Any]) -> tuple[Visit, str]:
    """A visit of its own, or one purpose more of the visit that was chosen; and what is said of it."""
    near: Visit | None = data.pop("join")
    if near is None:
        visit = workflow.plan(actor=request.user, **data)
        return visit, f"已安排，编号{visit.no}"
    # Joined to another it is no further visit: no most is passed.
    for name in ("organisation", "planned_on", "over_budget_reason"):
        data.pop(name, None)
    visit = visit_planning.join(visit_id=near.pk, actor=request.user, version=near.version, **data)
    return visit, f"已合并到{visit.no}，一并入校"


# --- One visit -----------------------------------------------------------------------------


def visit_of(request: AuthenticatedHttpRequest, no: str) -> Visit:
    rows = Visit.objects.select_related(
        "organisation__school",
        "organisation__institution",
        "rulebook",
        "term",
        "scan",
        "inspector_confirmed_by",
    )
    members = Prefetch("members", VisitMember.objects.select_related("user").order_by("-is_lead", "pk"))
    visit: Visit = get_visible(rows.distinct().prefetch_related(members, "joined"), request.user, no=no)
    return visit


def _context(request: AuthenticatedHttpRequest, visit: Visit, sheet: VisitSheet) -> dict[str, Any]:
    return {
        "visit": visit,
        "sheet": sheet,
        "members": list(visit.members.all()),
        "due_day_choices": visit_findings.DUE_DAY_CHOICES,
        "methods": VisitFinding.Method.choices,
    }


@access(roles=READERS, scope="own", audit="read")
def visit_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The checklist while the visit is under way (for its inspectors), else its record."""
    visit = visit_of(request, no)
    moves = workflow.MACHINE.open_moves(visit, request.user)
    conducting = visit.state == Visit.State.ONGOING and "end" in moves
    may_prepare = request.user.has_perm("inspections.manage_visit", visit)
    sheet = sheet_of(visit, with_notes=conducting)
    show = request.GET.get("show", "all")
    gaps = visit_kinds.gaps(visit) if may_prepare and visit.state == Visit.State.PLANNED else []
    context = _context(request, visit, sheet) | {
        "moves": [(key, workflow.TRANSITIONS[key].label) for key in moves],
        "may_print": may_prepare,
        "may_prepare": may_prepare,
        "gaps": gaps,
        "is_barred": any(gap.bars for gap in gaps),
        "lines": sheet.shown(show),
        "show": show,
    }
    if conducting:
        tasks = open_tasks_at(visit, request.user)
        context |= {
            "open_tasks": tasks,
            "other_open_count": sum(not row.moves for row in tasks),
            "rechecks": rechecks_at(visit, request.user),
            "goes_there": bool(page_url("field", request.user)),
        }
        return render(request, "inspections/visit_check.html", context)
    context |= {
        "problems": problems_of(visit),
        "papers": Paper.objects.visible_to(request.user).filter(visit=visit).defer("data", "sections"),
        "paper_kinds": papers.offered_at(visit, request.user),
    }
    return render(request, "inspections/visit.html", context)


# --- The checklist ---------------------------------------------------------------------------


def _wants_json(request: HttpRequest) -> bool:
    return request.accepts("application/json") and not request.accepts("text/html")


def _conducted(request: AuthenticatedHttpRequest, no: str, code: str) -> tuple[Visit, VisitFinding]:
    """The visit and one item of its checklist, for somebody who goes on it."""
    visit = visit_of(request, no)
    require(request.user, "inspections.conduct_visit", visit)
    if "\x00" in code:
        raise Http404(code)  # PostgreSQL would refuse the query itself
    finding = (
        visit.findings.filter(item__code=code)
        .select_related("item__rule", "updated_by")
        .prefetch_related("item__prohibitions", "photos__stored_file")
        .first()
    )
    if finding is None:
        raise Http404(code)
    return visit, finding


@access(roles=CONDUCTORS, methods=("GET", "POST"), scope="own", audit="change")
def visit_item(request: AuthenticatedHttpRequest, no: str, code: str) -> HttpResponse:
    """One item of the checklist. POST saves it: as one goes (JSON), or by its button."""
    visit, finding = _conducted(request, no, code)
    form = forms.FindingForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            saved = visit_findings.save_finding(
                visit_id=visit.pk,
                item=finding.item,
                actor=request.user,
                version=posted_version(request),
                **form.cleaned_data,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            if _wants_json(request):
                return JsonResponse(_told(visit, saved))
            return redirect(reverse("visit", args=[no]) + f"#{code}")
    if form is not None and _wants_json(request):
        errors = form.sentences()
        error = "；".join(errors.values()) or "；".join(str(one) for one in form.non_field_errors())
        return JsonResponse({"errors": errors, "error": error}, status=400)
    sheet = sheet_of(visit)
    line = next(line for line in sheet.lines if line.item.code == code)
    if form is None:
        form = forms.FindingForm(
            initial={
                "value": line.value,
                "text": finding.text,
                "breaks_prohibition": finding.breaks_prohibition,
                "at_once": finding.at_once,
                "due_days": line.due_days,
                "methods": finding.methods,
            }
        )
    context = _context(request, visit, sheet) | {"line": line, "form": form}
    return render(request, "inspections/visit_item.html", context)


def _told(visit: Visit, finding: VisitFinding) -> dict[str, Any]:
    """What the checklist on the screen needs after a save: the new version and the new counts."""
    sheet = sheet_of(visit)
    return {
        "version": finding.version,
        "saved_at": date_words(timezone.localtime(finding.updated_at), "H:i"),
        "seen": sheet.seen_count,
        "text": {
            "seen-count": str(sheet.seen_count),
            "unseen-count": str(sheet.unseen_count),
            "unseen-chip": str(sheet.unseen_count),
            "problem-chip": str(sheet.problem_count),
            f"note-{finding.item.code}": "还没写明问题，暂按未查计" if finding.is_undescribed else "",
        },
    }


@access(roles=CONDUCTORS, methods=("GET", "POST"), scope="own", audit="change")
def visit_photos(request: AuthenticatedHttpRequest, no: str, code: str) -> HttpResponse:
    """The pictures of one item. POST adds some and leads back to them; they go up one form at a time."""
    visit, finding = _conducted(request, no, code)
    form = forms.PhotosForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            photos = [files.receive(upload=one, uploader=request.user) for one in form.cleaned_data["photos"]]
            visit_findings.add_photos(visit_id=visit.pk, item=finding.item, actor=request.user, photos=photos)
        except (Refused, files.Rejected) as refused:
            form.add_error("photos", str(refused))
        else:
            if request.htmx:
                return redirect("visit-photos", no=no, code=code)
            return redirect(reverse("visit", args=[no]) + f"#{code}")
    context = {"visit": visit, "item": finding.item, "photos": finding.photos.all(), "form": form}
    template = "inspections/_visit_photos.html" if request.htmx else "inspections/visit_photos.html"
    return render(request, template, context)


# --- The end ---------------------------------------------------------------------------------


@access(roles=CONDUCTORS, methods=("GET", "POST"), scope="own", audit="change")
def visit_sum(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """End the visit: the summary, then both confirmations."""
    visit = visit_of(request, no)
    require(request.user, "inspections.conduct_visit", visit)
    if request.method == "POST":
        check_version(
            visit, posted_version(request)
        )  # the form of the step before is not taken for this one's
    if visit.state not in (Visit.State.ONGOING, Visit.State.SUMMING_UP):
        return redirect("visit", no=no)
    ending = visit.state == Visit.State.ONGOING
    form_class: Any = forms.EndForm if ending else forms.ConfirmForm
    form = form_class(request.POST or None, initial={"summary": visit.summary})
    if request.method == "POST" and form.is_valid():
        act = workflow.end if ending else workflow.confirm
        try:
            act(visit_id=visit.pk, actor=request.user, version=posted_version(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            if ending:
                return redirect("visit-sum", no=no)
            messages.success(request, f"现场检查记录{visit.record_no}已确认")
            return redirect("visit", no=no)
    context = {"visit": visit, "sheet": sheet_of(visit), "form": form, "ending": ending}
    return render(request, "inspections/visit_sum.html", context)


_MOVES: dict[str, tuple[Any, Any, str]] = {
    "start": (None, workflow.start, "已开始督导"),
    "reopen": (None, workflow.reopen, "已返回清单"),
    "cancel": (forms.CancelForm, workflow.cancel, "已取消安排"),
    "sign-on-paper": (None, workflow.sign_on_paper, "请打印记录，双方手签后上传扫描件"),
    "confirm-by-scan": (forms.ScanForm, workflow.confirm_by_scan, "已凭手签扫描件确认"),
    "attach-scan": (forms.ScanForm, workflow.attach_scan, "已上传扫描件"),
}


@access(roles=INSPECTOR_ROLES | COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def visit_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The moves that are not the summary: start, reopen, cancel, the print that is signed and its scan."""
    if move not in _MOVES:
        raise Http404(move)
    visit = visit_of(request, no)
    transition = workflow.TRANSITIONS[move]
    if request.method == "POST":
        check_version(visit, posted_version(request))
    require(request.user, transition.permission, visit)
    if request.method != "POST" and not transition.allowed_from(visit.state):
        messages.info(request, f"督导{no}{visit.get_state_display()}，不用再{transition.label}")
        return redirect("visit", no=no)
    form_class, act, done = _MOVES[move]
    form = form_class(request.POST or None, request.FILES or None) if form_class else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            arguments = dict(form.cleaned_data) if form else {}
            if "files" in arguments:
                arguments = {"scan": files.receive(upload=arguments["files"][0], uploader=request.user)}
            act(visit_id=visit.pk, actor=request.user, version=posted_version(request), **arguments)
        except (Refused, files.Rejected) as refused:
            if form is None:
                raise
            form.add_error("files" if isinstance(refused, files.Rejected) else None, str(refused))
        else:
            messages.success(request, done)
            return redirect("visit", no=no)
    context = {"visit": visit, "move": move, "label": transition.label, "form": form}
    return render(request, "inspections/visit_move.html", context)
