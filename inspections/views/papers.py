"""Papers (公文): the list, drafting from a visit or from problems, one paper with its moves, check codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from inspections.check_codes import checked
from inspections.exports.office import PAPERS
from inspections.forms import papers as forms
from inspections.forms.signing import SectionsForm
from inspections.models import Paper, Problem, RectificationTask, Sanction, Visit
from inspections.papers import rendering, word
from inspections.papers.kinds import PaperKind
from inspections.papers.registry import KINDS
from inspections.selectors import story_of_paper
from inspections.views.signing import as_file, carry_out, form_of, job_of, live_job
from inspections.workflows import papers as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import (
    COUNTY_ROLES,
    OFFICE_ROLES,
    SUPERVISION_ROLES,
    UNIT_ROLES,
    Role,
)
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.word import DOCX

PAGE_SIZE = 50
READERS = PAPERS.roles
MOVERS = COUNTY_ROLES | UNIT_ROLES | {Role.PARTNER}


@access(roles=READERS, scope="list")
def paper_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The papers that exist for this person, newest first."""
    reading = PAPERS.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": reading.tabs,
        "filter": reading.filter,
        "may_draft": request.user.has_role(*OFFICE_ROLES),
        "may_check": request.user.has_role(*SUPERVISION_ROLES),
    }
    return render(request, "inspections/paper_list.html", context)


# --- Drafting -------------------------------------------------------------------------------


@access(roles=OFFICE_ROLES, scope="list")
def paper_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Which kind, to which unit; the next page has what belongs to the kind."""
    form = forms.BeginForm(request.GET if "kind" in request.GET else None, user=request.user)
    if form.is_bound and form.is_valid():
        return redirect("paper-draft", kind=form.cleaned_data["kind"], code=form.cleaned_data["unit"].code)
    return render(request, "inspections/paper_new.html", {"form": form})


@dataclass(frozen=True)
class _Start:
    """What a paper is begun from, as the address says, and where its page leads back."""

    unit: Organisation
    back: str
    visit: Visit | None = None
    problem: Problem | None = None
    sanction: Sanction | None = None

    @property
    def case(self) -> RectificationTask | None:
        """The last round of the problem."""
        return self.problem.tasks.latest("ordinal") if self.problem is not None else None


def _start(request: AuthenticatedHttpRequest, code: str) -> _Start:
    """The unit, and what of it the address names; 404 where one does not exist for him."""
    unit = get_visible(Organisation.objects.units(), request.user, code=code)
    nouns: dict[str, Any] = {"visit": Visit, "problem": Problem, "sanction": Sanction}
    for noun, model in nouns.items():
        no = request.GET.get(noun, "").replace("\x00", "")
        if no:
            rows = model.objects.filter(organisation=unit).select_related("organisation").distinct()
            found: Any = get_visible(rows, request.user, no=no)
            return replace(_Start(unit, reverse(noun, args=[found.no])), **{noun: found})
    return _Start(unit, reverse("papers"))


@access(roles=OFFICE_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def paper_draft(request: AuthenticatedHttpRequest, kind: str, code: str) -> HttpResponse:
    """Begin a paper from a confirmed visit, a problem, a case of accountability, or a unit; make a record."""
    chosen = KINDS.get(kind)
    if chosen is None:
        raise Http404(kind)
    start = _start(request, code)
    cases = workflow.cases_for(chosen, start.unit, start.visit)
    asked = [task.pk for task in cases if start.problem is None or task.problem_id == start.problem.pk]
    initial = {"tasks": asked if start.visit is not None or start.problem is not None else []}
    form = forms.DRAFT_FORMS[chosen.key](request.POST or None, cases=cases, initial=initial)
    task = start.case if chosen.about == "case" else None
    refusal = workflow.why_not(chosen, start.unit, start.visit, sanction=start.sanction, task=task)
    if chosen.about == "case" and start.problem is None:
        refusal = f"{chosen.key.label}从问题页面起草"
    if request.method == "POST" and form.is_valid():
        try:
            paper = workflow.draft(
                kind=chosen,
                actor=request.user,
                organisation=start.unit,
                visit=start.visit,
                sanction=start.sanction,
                tasks=form.chosen(start.case),
                delivery=form.how(),
                given=form.given(),
                department=form.department(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            done = "正在生成PDF，可以离开此页" if chosen.is_record else f"已起草，编号{paper.no}"
            messages.success(request, done)
            return redirect("paper", no=paper.no)
    context = {"form": form, "kind": chosen.key, "is_record": chosen.is_record}
    context |= {"start": start, "refusal": refusal}
    return render(request, "inspections/paper_draft.html", context)


# --- One paper ------------------------------------------------------------------------------


def _paper(request: AuthenticatedHttpRequest, no: str) -> Paper:
    rows = Paper.objects.select_related(
        "organisation__filer",
        "visit",
        "sanction",
        "final_file",
        "draft_file",
        "scan",
        "signed_by",
        "submitted_by",
        "created_by",
        "service_noted_by",
    )
    paper: Paper = get_visible(rows, request.user, no=no)
    return paper


@access(roles=READERS, scope="own", audit="read")
def paper_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One paper: where it stands, its file, its texts, how it was served, and the next step."""
    paper = _paper(request, no)
    if request.htmx:
        return live_job(request, workflow.SIGNING, paper)
    return _page(request, paper)


def _page(request: AuthenticatedHttpRequest, paper: Paper, form: SectionsForm | None = None) -> HttpResponse:
    kind = rendering.kind_of(paper)
    moves = workflow.MACHINE.open_moves(paper, request.user)
    is_office = request.user.sees_county
    if form is None and "save" in moves and kind.sections:
        form = _sections_form(kind, initial=paper.sections)
    problems = Problem.objects.visible_to(request.user).filter(tasks__papers=paper).distinct()
    context: dict[str, Any] = {
        "paper": paper,
        "row": paper,
        "noun": "paper",
        "moves": moves,
        "form": form,
        "sections": [(title, paper.sections.get(key, "")) for key, title, _ in kind.sections],
        "problems": problems.select_related("rule").order_by("no"),
        "visit": Visit.objects.visible_to(request.user).filter(pk=paper.visit_id).first(),
        "sanction": Sanction.objects.visible_to(request.user).filter(pk=paper.sanction_id).first(),
        "job": job_of(request, workflow.SIGNING, paper),
        "file": (paper.final_file or paper.draft_file) if is_office else paper.final_file,
        "story": story_of_paper(paper) if is_office else [],
    }
    return render(request, "inspections/paper.html", context)


def _sections_form(kind: PaperKind, *args: Any, **kwargs: Any) -> SectionsForm:
    required = [(key, title) for key, title, _ in kind.sections if key in kind.required]
    return SectionsForm(*args, sections=list(kind.sections), required=required, **kwargs)


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def paper_preview(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The paper as it will be printed, as a page of the browser."""
    return HttpResponse(rendering.preview_html(_paper(request, no)))


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def paper_word(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The paper as .docx, for the office's own red head and seal; the signed file is the PDF."""
    paper = _paper(request, no)
    return as_file(word.docx_of(paper), f"{paper.no}.docx", DOCX)


@access(roles=MOVERS, methods=("GET", "POST"), scope="own", audit="change")
def paper_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """POST /papers/<no>/<move>/; GET gives the page of the move."""
    transition = workflow.TRANSITIONS.get(move)
    if transition is None:
        raise Http404(move)
    paper = _paper(request, no)
    require(request.user, transition.permission, paper)
    if move == "save":
        return _save(request, paper)
    form: Any = _form(request, paper, move)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _run(request, paper, move, form)
        except Refused as refused:
            if form is not None:
                form.add_error(None, str(refused))
            else:
                messages.error(request, str(refused))
                return redirect("paper", no=no)
    context = {"paper": paper, "move": move, "label": transition.label, "form": form}
    return render(request, "inspections/paper_move.html", context | {"today": clock.today()})


def _form(request: AuthenticatedHttpRequest, paper: Paper, move: str) -> Any:
    if move == "serve":
        return forms.ServeForm(request.POST or None)
    if move != "refresh":
        return form_of(request, move)
    kind, form = rendering.kind_of(paper), forms.DRAFT_FORMS[paper.kind]
    subject = workflow.subject_of(paper)
    cases = [*workflow.cases_for(kind, subject.organisation, paper.visit), *subject.tasks]
    initial: dict[str, Any] = {"tasks": [task.pk for task in subject.tasks], "delivery": paper.delivery}
    initial |= form.initial_of(paper.data.get("given", {})) | {"to": subject.department}
    return form(request.POST or None, cases=cases, initial=initial)


def _run(request: AuthenticatedHttpRequest, paper: Paper, move: str, form: Any) -> HttpResponse:
    common: dict[str, Any] = {
        "paper_id": paper.pk,
        "actor": request.user,
        "version": posted_version(request),
    }
    if move == "refresh":
        workflow.refresh(
            **common,
            tasks=form.chosen(paper.tasks.first()),
            delivery=form.how(),
            given=form.given(),
            department=form.department(),
        )
        done = "已修改，内容按现在的记录重新取得"
    elif move == "serve":
        workflow.serve(**common, service=form.service())
        done = "已登记送达"
    elif move == "receive":
        workflow.receive(**common)
        done = "已签收"
    else:
        return carry_out(request, workflow.SIGNING, paper, move, form)
    messages.success(request, done)
    return redirect("paper", no=paper.no)


def _save(request: AuthenticatedHttpRequest, paper: Paper) -> HttpResponse:
    if request.method != "POST":
        return redirect("paper", no=paper.no)
    form = _sections_form(rendering.kind_of(paper), request.POST)
    if not form.is_valid():
        return _page(request, paper, form)
    workflow.SIGNING.save(
        row_id=paper.pk,
        actor=request.user,
        version=posted_version(request),
        sections=form.cleaned_data,
    )
    messages.success(request, "已保存")
    return redirect("paper", no=paper.no)


# --- Check codes ------------------------------------------------------------------------------


@access(roles=SUPERVISION_ROLES, scope="list")
def paper_check(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Is the paper at hand one of ours, and does it still stand? By the code at its foot."""
    typed = request.GET.get("code", "").strip()[:40]
    context = {"typed": typed, "found": checked(request.user, typed) if typed else []}
    return render(request, "inspections/paper_check.html", context)
