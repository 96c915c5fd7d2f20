"""Problems: the list, one problem's page, and the moves of its rectification."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections import objection_limits, pause_limits, proofs
from inspections.case_file import CaseFile, case_of, rounds_of
from inspections.exports.lists import PROBLEMS
from inspections.forms import problems as forms
from inspections.models import Paper, Problem, RectificationTask, Sanction, Visit
from inspections.permissions import one_page
from inspections.printouts.kinds import KINDS
from inspections.querysets import UNCOUNTED_STATES
from inspections.selectors import story_of_problem
from inspections.views import queue_walk
from inspections.views.move_pages import MOVE_PAGES
from inspections.workflows import oversight, papers, rectification, sanctions
from inspections.workflows import problems as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import User
from shuangjian.accounts.move_pages import look, make
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.navigation import page_url
from shuangjian.policy.models import Prohibition
from shuangjian.policy.selectors import current_term
from shuangjian.policy.workflows import counting
from shuangjian.registers.models import Doubt

PAGE_SIZE = 50
FIRST_MEASURES = 2  # of a plan's form, open to the eye; the rest unfolds
READERS = PROBLEMS.roles
REGISTRARS = OFFICE_ROLES | {Role.AREA_INSPECTOR}


@access(roles=READERS, scope="list")
def problem_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The problems that exist for this person: earliest date first, the closed ones latest first."""
    reading = PROBLEMS.read(request.user, request.GET)
    page = Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "inspections/problem_list.html",
        {
            "page_obj": page,
            "tabs": reading.tabs,
            "filter": reading.filter,
            "sanctions_url": page_url("sanctions", request.user),
            "may_register": request.user.has_role(*REGISTRARS),
            "shows_units": request.user.has_role(*COUNTY_ROLES, Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR),
        },
    )


# Few problems come from a doubt: the page of the others does not ask for theirs.
_HAS_DOUBTS = Exists(Problem.doubts.through.objects.filter(problem=OuterRef("pk")))


def origins_for(user: User) -> list[str]:
    """The origins under which the person registers problems (P7), the usual one first."""
    origins = Problem.Origin
    if user.has_role(Role.TASK_FORCE):
        return [origins.COUNTY_INSPECTION, origins.COMPLAINT, origins.MEDIA, origins.SUPERIOR]
    if user.has_role(Role.SUPERVISION_OFFICE):
        return [origins.GOVERNMENT_SUPERVISION, origins.REGULAR_SUPERVISION]
    return [origins.REGULAR_SUPERVISION]


@access(roles=REGISTRARS, methods=("GET", "POST"), scope="list", audit="change")
def problem_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Register a problem found outside a checklist."""
    form = forms.ProblemForm(
        request.POST or None,
        user=request.user,
        origins=origins_for(request.user),
        initial={"organisation": request.GET.get("unit")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            problem = register_from(form, request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            what = "已登记反弹，原编号" if form.relapses else "已登记，编号"
            messages.success(request, f"{what}{problem.no}")
            return redirect("problem", no=problem.no)
    return render(request, "inspections/problem_new.html", {"form": form})


def register_from(form: forms.ProblemForm, user: User, prohibition: Prohibition | None = None) -> Problem:
    """Register what a valid form says: a new problem, or the next round of one that relapsed. Raises Refused.

    ``prohibition``: what the fact breaks, where that is known better than by its check item.
    """
    data = form.cleaned_data
    if form.relapsed is not None and form.relapses:
        workflow.relapse(problem=form.relapsed, fact=data["fact"], found_by=user, due_on=data["due_on"])
        return form.relapsed
    touched = prohibition or data["item"].gravest_prohibition()
    return workflow.register(
        organisation=data["organisation"],
        rule=data["item"].rule,
        item=data["item"],
        fact=data["fact"],
        origin=data["origin"],
        prohibition=touched if data["breaks_prohibition"] else None,
        rectifying=data["rectifying"],
        found_on=data["found_on"],
        due_on=data["due_on"],
        superior_no=data.get("superior_no", ""),
        found_by=user,
        term=current_term(),
    )


def _task_of(problem: Problem) -> RectificationTask:
    """The last round of putting it right; every problem has one from its registration on."""
    tasks = problem.tasks.select_related(
        "problem__organisation",
        "problem__rule",
        "problem__prohibition",
        "verified_by",
        "closed_by",
        "overseer",
    )
    return tasks.latest("ordinal")


@access(roles=READERS, scope="own", audit="read")
def problem_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One problem: who must act and by when first, then proof, plan, facts and course."""
    problem = get_visible(
        Problem.objects.select_related(
            "organisation",
            "rule",
            "item",
            "prohibition",
            "found_by",
            "source_finding__visit",
            "source_answer__self_check",
        ).annotate(has_doubts=_HAS_DOUBTS),
        request.user,
        no=no,
    )
    task = _task_of(problem)
    with one_page():
        case = case_of(problem, task)
        moves = rectification.MACHINE.open_moves(task, request.user)
        paper_kinds = papers.offered_for(task, request.user)
    context = _problem_context(problem, task, case, moves)
    # A member of another visit's team reads the case, not the visit that found it.
    source = Visit.objects.visible_to(request.user).filter(findings__pk=problem.source_finding_id)
    context["source_visit"] = source.first() if problem.source_finding_id else None
    context["sees_doubts"] = problem.has_doubts and bool(page_url("doubts", request.user))
    context["doubts"] = Doubt.objects.visible_to(request.user).filter(problems=problem).order_by("pk")
    context["sanctions"] = Sanction.objects.visible_to(request.user).filter(problem=problem)
    # What can be no ground of it (P8) is not offered; the form says why where the address is typed in.
    context["may_instruct"] = (
        request.user.has_perm("inspections.instruct_sanction", problem)
        and task.state not in UNCOUNTED_STATES
        and not sanctions.is_light_in_time(problem, task)
    )
    context["papers"] = (
        Paper.objects.visible_to(request.user)
        .filter(tasks__problem=problem)
        .distinct()
        .defer("data", "sections")
    )
    context["paper_kinds"] = paper_kinds
    context["may_press"] = task.is_open and request.user.has_perm("inspections.reassign_task", task)
    return render(request, "inspections/problem.html", context)


# The one primary action of the page, first that is open; the rest are plain buttons. A close-out is not
# offered before its proof is there: then proof is what to do next.
_PRIMARY_ORDER = (
    "reject-objection",
    "accept-transfer",
    "report-transfer",
    "insist-transfer",
    "superior-agreed",
    "ask-superior",
    "close",
    "verify-and-close",
    "verify",
    "approve-plan",
    "plan",
    "close-light",
    "apply",
    "grant-extension",
    "keep-parked",
    "add-evidence",
)


# What is seldom called for stands behind 「其他办理」.
_RARER = ("object", "extend", "park", "transfer", "take-back", "withdraw")


def _problem_context(
    problem: Problem, task: RectificationTask, case: CaseFile, moves: list[str]
) -> dict[str, Any]:
    labels = rectification.TRANSITIONS
    undone = "measure-done" in moves and bool(rectification.open_measures(task))
    lacking = case.missing or undone or case.owes_more
    ready = [key for key in moves if key != "apply"] if lacking else moves
    primary = next((key for key in _PRIMARY_ORDER if key in ready), None)
    if primary == "add-evidence" and undone and not case.missing and not case.owes_more:
        primary = "measure-done"
    others = [key for key in moves if key not in (primary, "measure-done", *_RARER)]
    return {
        "problem": problem,
        "task": task,
        "case": case,
        "primary": (primary, labels[primary].label) if primary else None,
        "others": [(key, labels[key].label) for key in others],
        "rarer": [(key, labels[key].label) for key in _RARER if key in moves and key != primary],
        "object_until": objection_limits.counted(task) if "object" in moves else None,
        "may_finish_measures": undone,
    }


@access(roles=READERS, methods=("GET", "POST"), scope="own", audit="change")
def problem_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /problems/<no>/<move>/."""
    problem = get_visible(Problem.objects.select_related("organisation", "rule"), request.user, no=no)
    task = _task_of(problem)
    way_back = look(request, rectification.MACHINE, move, task)
    if way_back is not None:
        return way_back
    if move == "plan":
        return _plan_page(request, task)
    page = MOVE_PAGES[move]
    visit = _visit_under_way(request, problem) if move in ON_SITE_MOVES else None
    initial: dict[str, Any] | None = {"method": "on_site"} if visit else None
    if move == "measure-done":
        initial = {"measure_id": request.GET.get("measure") or _first_undone(task)}
    form = page.form(
        request.POST or None, request.FILES or None, row=task, user=request.user, initial=initial
    )
    named: dict[str, Any] = {"task_id": task.pk}
    if visit is not None and move != "send-back":
        named["visit"] = visit
    kind = queue_walk.kind_of(move, task.state)
    # Asked before the move: afterwards the item is in the queue no more.
    onward = queue_walk.way_on(request, kind, no) if request.method == "POST" else ""
    if make(request, page, form, done=f"问题{no}：{page.done}" if onward else "", **named):
        return redirect(onward or visit or task)
    context = {
        "problem": problem,
        "task": task,
        "move": move,
        "label": rectification.TRANSITIONS[move].label,
        "form": form,
        "hint": page.hint,
        "visit": visit,
        "tab": queue_walk.asked_for(request),
        "kind": kind,
        "extension": task.pending_extension if move in EXTENSION_MOVES else None,
        "objection": task.pending_objection if move in OBJECTION_MOVES else None,
        "transfer": task.transfer if task.state == task.State.TRANSFERRED else None,
        "measure": task.plan.filter(pk=_number(form["measure_id"].value())).first()
        if move == "measure-done"
        else None,
        "proofs": _proofs(task) if move == "apply" else [],
        "evidence": list(task.evidence.select_related("stored_file", "requirement", "added_by"))
        if move in JUDGING_MOVES
        else [],
    }
    return render(request, "inspections/problem_move.html", context)


@access(roles=OFFICE_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def problem_call(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """电话督办: take down a call that was made about an open problem."""
    problem = get_visible(Problem.objects.select_related("organisation", "rule"), request.user, no=no)
    task = _task_of(problem)
    require(request.user, "inspections.remind_task", task)
    if request.method != "POST" and not task.is_open:
        messages.info(request, f"问题{no}已销号，不用督办")
        return redirect("problem", no=no)
    form = forms.CallForm(request.POST or None, initial={"called_at": clock.now().replace(second=0)})
    if request.method == "POST" and form.is_valid():
        try:
            oversight.log_call(task_id=task.pk, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("called_at", str(refused))
        else:
            messages.success(request, "已记录电话督办")
            return redirect("problem", no=no)
    context = {"problem": problem, "task": task, "form": form, "label": "记录电话督办", "hint": CALL_HINT}
    return render(request, "inspections/problem_move.html", context)


CALL_HINT = "一次通话记一次，写进经过；不改变期限，也不另发通知。"

# The moves of somebody who judges: what the unit filed stands above the form.
JUDGING_MOVES = ("verify", "verify-and-close", "send-back", "close")
# The moves about a request for a later date, which stands above the form.
EXTENSION_MOVES = ("grant-extension", "refuse-extension", "withdraw-extension")
# The moves about the unit's objection, which stands above the form.
OBJECTION_MOVES = ("reject-objection", "uphold-objection", "withdraw")


def _first_undone(task: RectificationTask) -> int | None:
    return next((measure.pk for measure in rectification.open_measures(task)), None)


def _number(value: Any) -> int:
    """What a hidden field names, 0 where it is no number."""
    return int(value) if str(value or "").isascii() and str(value or "").isdigit() else 0


def _proofs(task: RectificationTask) -> list[proofs.Proof]:
    """The proofs that the close-out calls for, each with what of it is there."""
    return proofs.proofs_of(task, task.evidence.select_related("stored_file"))[0]


@access(roles=READERS, scope="own", audit="read")
def problem_file(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """案卷: everything of one case on one paper, every round, for whoever must judge it alone."""
    problem = get_visible(
        Problem.objects.select_related("organisation", "rule", "item", "prohibition", "found_by"),
        request.user,
        no=no,
    )
    context = {
        "problem": problem,
        "rounds": rounds_of(problem),
        "story": reversed(story_of_problem(problem)),
        "may_print": KINDS["case"].admits(request.user),
    }
    return render(request, "inspections/case_file.html", context)


# What an inspector does to an open problem while he stands in the school.
ON_SITE_MOVES = ("verify", "verify-and-close", "send-back")


def _visit_under_way(request: AuthenticatedHttpRequest, problem: Problem) -> Visit | None:
    """The visit from whose checklist the person came (``?visit=``), if it is under way at this unit."""
    no = request.GET.get("visit") or request.POST.get("visit")
    if not no:
        return None
    visits = Visit.objects.filter(organisation=problem.organisation, state=Visit.State.ONGOING).distinct()
    return get_visible(visits, request.user, no=no)


def _told_before(task: RectificationTask) -> list[dict[str, Any]]:
    """The measure that the unit wrote into its self-check: a first plan does not ask for it again (P1)."""
    answer = task.problem.source_answer
    if answer is None or task.ordinal > 1 or not (answer.measure_text or answer.person):
        return []
    due_on = answer.fix_on if answer.fix_on and answer.fix_on >= clock.today() else None
    return [{"text": answer.measure_text, "person": answer.person, "due_on": due_on}]


def _plan_page(request: AuthenticatedHttpRequest, task: RectificationTask) -> HttpResponse:
    initial = list(task.plan.values("text", "person", "due_on", "needs_pupils")) or _told_before(task)
    limits = pause_limits.plan_limits(task)
    formset = forms.PlanFormSet(
        request.POST or None, initial=initial, prefix="measure", form_kwargs={"limits": limits}
    )
    refusal = ""
    if request.method == "POST" and formset.is_valid():
        try:
            rectification.submit_plan(
                task_id=task.pk,
                actor=request.user,
                version=posted_version(request),
                measures=formset.measures(),
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "已提交整改计划")
            return redirect("problem", no=task.problem.no)
    returned = task.decisions.filter(kind="plan_returned").select_related("decided_by").last()
    context = {
        "problem": task.problem,
        "task": task,
        "formset": formset,
        "paused": limits.paused if limits.with_pupils > task.due_on else None,
        "has_more": any(form["text"].value() or form.errors for form in formset.forms[FIRST_MEASURES:]),
        "refusal": refusal,
        "returned": returned,
        "counted": counting.words_of(task, "plan_due_on"),
    }
    return render(request, "inspections/problem_plan.html", context)
