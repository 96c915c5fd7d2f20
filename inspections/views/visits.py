"""Visits: today's list on the phone, planning, the checklist, the record with both confirmations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from inspections.forms import visits as forms
from inspections.models import Answer, RectificationTask, SelfCheck, Visit, VisitFinding
from inspections.workflows import rectification
from inspections.workflows import visits as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import BUSINESS_ROLES, COUNTY_ROLES, INSPECTOR_ROLES, Role
from shuangjian.files import services as files
from shuangjian.journal.conflict import StaleRow, posted_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import CheckItem

PAGE_SIZE = 50
PLANNERS = COUNTY_ROLES | {Role.AREA_INSPECTOR}
READERS = BUSINESS_ROLES - {Role.PARTNER, Role.OFFICE_STAFF}


@access(roles=INSPECTOR_ROLES, scope="list")
def field(request: AuthenticatedHttpRequest) -> HttpResponse:
    """今日安排: what this inspector has to do, what is under way first."""
    mine = (
        Visit.objects.visible_to(request.user)
        .filter(members__user=request.user)
        .select_related("organisation")
    )
    order = {"ongoing": 0, "summing_up": 1, "planned": 2}
    due = sorted(
        mine.filter(state__in=list(order)), key=lambda visit: (order[visit.state], visit.planned_on, visit.no)
    )
    waiting = (
        RectificationTask.objects.visible_to(request.user)
        .filter(state="verifying")
        .select_related("problem__organisation", "problem__rule")
        .order_by("applied_at")
    )
    context = {
        "due": due,
        "today": clock.today(),
        "waiting": waiting[:20],
        "done": mine.filter(state="confirmed").order_by("-confirmed_at")[:5],
        "may_plan": request.user.has_role(Role.AREA_INSPECTOR),
    }
    return render(request, "inspections/field.html", context)


@access(roles=READERS, scope="list")
def visit_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """All visits that exist for this person, newest first."""
    visits = Visit.objects.visible_to(request.user).select_related("organisation").distinct()
    state = request.GET.get("state", "")
    if state in Visit.State.values:
        visits = visits.filter(state=state)
    page = Paginator(visits.order_by("-planned_on", "-no"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "states": Visit.State.choices,
        "state": state,
        "may_plan": request.user.has_role(*PLANNERS),
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
            visit = workflow.plan(actor=request.user, **form.cleaned_data)
        except (Refused, NotAllowed) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已安排，编号{visit.no}")
            return redirect("visit", no=visit.no)
    return render(request, "inspections/visit_new.html", {"form": form})


def _visit(request: AuthenticatedHttpRequest, no: str) -> Visit:
    return get_visible(
        Visit.objects.select_related(
            "organisation", "rulebook", "term", "scan", "inspector_confirmed_by"
        ).distinct(),
        request.user,
        no=no,
    )


@access(roles=READERS, scope="own", audit="read")
def visit_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The checklist while the visit is under way (for its inspectors), else its record."""
    visit = _visit(request, no)
    moves = workflow.MACHINE.open_moves(visit, request.user)
    conducting = visit.state == Visit.State.ONGOING and request.user.has_perm(
        "inspections.conduct_visit", visit
    )
    rows = _rows(visit)
    seen = [row for row in rows if row["finding"] and row["finding"].value]
    troubled = [row for row in seen if row["finding"].value == "problem"]
    show = request.GET.get("show", "all")
    shown = {"unseen": [row for row in rows if row not in seen], "problem": troubled}.get(show, rows)
    context = {
        "visit": visit,
        "members": list(visit.members.select_related("user").order_by("-is_lead", "pk")),
        "moves": [(key, workflow.TRANSITIONS[key].label) for key in moves],
        "conducting": conducting,
        "rows": shown,
        "show": show,
        "seen_count": len(seen),
        "unseen_count": len(rows) - len(seen),
        "total": len(rows),
        "problem_count": len(troubled),
        "open_tasks": _open_tasks(visit, request.user),
        "problems": visit_problems(visit),
    }
    return render(
        request, "inspections/visit_check.html" if conducting else "inspections/visit.html", context
    )


def visit_problems(visit: Visit) -> list[Any]:
    """The problems that this visit raised."""
    from inspections.models import Problem

    return list(Problem.objects.filter(source_finding__visit=visit).select_related("rule").order_by("no"))


def _open_tasks(visit: Visit, user: User) -> list[dict[str, Any]]:
    """The unit's open problems, with what this inspector may do about each on the spot."""
    tasks = (
        RectificationTask.objects.visible_to(user)
        .open()
        .filter(problem__organisation=visit.organisation)
        .select_related("problem__organisation", "problem__rule")
        .order_by("due_on")
    )
    on_site = ("verify-and-close", "verify", "send-back")
    return [
        {
            "task": task,
            "moves": [
                (key, rectification.TRANSITIONS[key].label)
                for key in on_site
                if key in rectification.MACHINE.open_moves(task, user)
            ]
            if task.state == "verifying"
            else [],
        }
        for task in tasks
    ]


def _self_check_answers(visit: Visit) -> dict[int, Answer]:
    """The unit's latest submitted answers by item, to stand beside the checklist."""
    check = (
        SelfCheck.objects.filter(organisation=visit.organisation, submitted_at__isnull=False)
        .order_by("-submitted_at")
        .first()
    )
    return {answer.item_id: answer for answer in check.answers.all()} if check else {}


def _rows(visit: Visit) -> list[dict[str, Any]]:
    findings = {
        row.item_id: row
        for row in visit.findings.select_related("updated_by").prefetch_related("photos__stored_file")
    }
    answers = _self_check_answers(visit)
    return [
        _row(visit, item, findings.get(item.pk), answers.get(item.pk)) for item in workflow.checklist(visit)
    ]


def _row(
    visit: Visit,
    item: CheckItem,
    finding: VisitFinding | None,
    answer: Answer | None,
    form: Any = None,
    note: str = "",
) -> dict[str, Any]:
    initial = {}
    if finding is not None:
        initial = {
            "value": finding.value,
            "text": finding.text,
            "breaks_prohibition": finding.breaks_prohibition,
            "due_days": finding.due_days,
        }
    return {
        "item": item,
        "finding": finding,
        "answer": answer,
        "form": form or forms.FindingForm(initial=initial, auto_id=f"id_{item.code}_%s"),
        "note": note,
        "visit": visit,
    }


@access(
    roles=INSPECTOR_ROLES | {Role.SUPERVISION_OFFICE}, methods=("GET", "POST"), scope="own", audit="change"
)
def visit_item(request: AuthenticatedHttpRequest, no: str, code: str) -> HttpResponse:
    """One item of the checklist: GET gives its piece of the page, POST saves it (with and without scripts)."""
    visit = _visit(request, no)
    require(request.user, "inspections.conduct_visit", visit)
    item = next((one for one in workflow.checklist(visit) if one.code == code), None)
    if item is None:
        raise Http404(code)
    note = ""
    form = None
    if request.method == "POST":
        form = forms.FindingForm(request.POST, request.FILES, auto_id=f"id_{item.code}_%s")
        note = _save_item(request, visit, item, form)
        if not note:
            target = (
                reverse("visit-item", args=[no, code])
                if request.htmx
                else reverse("visit", args=[no]) + f"#{code}"
            )
            return redirect(target)
    finding = (
        visit.findings.filter(item=item)
        .select_related("updated_by")
        .prefetch_related("photos__stored_file")
        .first()
    )
    row = _row(visit, item, finding, _self_check_answers(visit).get(item.pk), form, note)
    template = "inspections/_visit_item.html" if request.htmx else "inspections/visit_item.html"
    return render(request, template, {"row": row, "visit": visit})


def _save_item(
    request: AuthenticatedHttpRequest, visit: Visit, item: CheckItem, form: forms.FindingForm
) -> str:
    """Save one item; what stands in the way comes back in words, empty when saved."""
    if not form.is_valid():
        return "；".join(message for errors in form.errors.values() for message in errors)
    data = form.cleaned_data
    try:
        photos = [files.receive(upload=one, uploader=request.user) for one in data["photos"]]
        workflow.save_finding(
            visit_id=visit.pk,
            item=item,
            actor=request.user,
            version=posted_version(request),
            value=data["value"],
            text=data["text"],
            breaks_prohibition=data["breaks_prohibition"],
            due_days=data["due_days"],
            photos=photos,
        )
    except (Refused, files.Rejected) as refused:
        return str(refused)
    except StaleRow:
        if not request.htmx:
            raise
        return "这一项刚被同组督学改过，请对照后再保存"
    return ""


@access(
    roles=INSPECTOR_ROLES | {Role.SUPERVISION_OFFICE}, methods=("GET", "POST"), scope="own", audit="change"
)
def visit_sum(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """End the visit: the summary, then both confirmations."""
    visit = _visit(request, no)
    require(request.user, "inspections.conduct_visit", visit)
    if visit.state not in (Visit.State.ONGOING, Visit.State.SUMMING_UP):
        return redirect("visit", no=no)
    ending = visit.state == Visit.State.ONGOING
    form_class: Any = forms.EndForm if ending else forms.ConfirmForm
    initial = {"summary": visit.summary}
    form = form_class(request.POST or None, initial=initial)
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
    rows = _rows(visit)
    context = {
        "visit": visit,
        "form": form,
        "ending": ending,
        "problems": [row for row in rows if row["finding"] and row["finding"].value == "problem"],
        "unseen_count": sum(1 for row in rows if not row["finding"] or not row["finding"].value),
        "total": len(rows),
    }
    return render(request, "inspections/visit_sum.html", context)


@access(roles=INSPECTOR_ROLES | COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def visit_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The moves that are not the summary: start, reopen, cancel, attach-scan."""
    pages: dict[str, tuple[Any, Any, str]] = {
        "start": (None, workflow.start, "已开始"),
        "reopen": (None, workflow.reopen, "已返回清单"),
        "cancel": (forms.CancelForm, workflow.cancel, "已取消安排"),
        "attach-scan": (forms.ScanForm, workflow.attach_scan, "已上传扫描件"),
    }
    if move not in pages:
        raise Http404(move)
    visit = _visit(request, no)
    transition = workflow.TRANSITIONS[move]
    require(request.user, transition.permission, visit)
    form_class, act, done = pages[move]
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
            form.add_error(None, str(refused))
        else:
            messages.success(request, done)
            return redirect("visit", no=no)
    context = {"visit": visit, "move": move, "label": transition.label, "form": form}
    return render(request, "inspections/visit_move.html", context)
