"""经验交流 inside: the list, writing, publishing, recalling."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.forms import experiences as forms
from inspections.models import Experience
from inspections.workflows import experiences as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, look, serve
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50


@access(roles=COUNTY_ROLES, scope="list")
def experience_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Everything written, newest first."""
    rows = Experience.objects.visible_to(request.user).select_related("written_by").defer("body")
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "writes": request.user.has_role(*OFFICE_ROLES),
        "kinds": Experience.Kind.choices,
    }
    return render(request, "inspections/experience_list.html", context)


@access(roles=OFFICE_ROLES, methods=("GET", "POST"), audit="change")
def experience_new(request: AuthenticatedHttpRequest, kind: str) -> HttpResponse:
    """Write an article, a meeting, a link."""
    if kind not in Experience.Kind.values:
        raise Http404(kind)
    form = forms.ExperienceForm(request.POST or None, request.FILES or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.write(
                kind=kind,
                contribution=form.contribution(),
                actor=request.user,
                files=_received(request, form),
            )
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已保存，编号{row.no}，由另一人看过后发布")
            return redirect(row)
    return render(
        request,
        "inspections/experience_edit.html",
        {"form": form, "label": f"写{Experience.Kind(kind).label}"},
    )


def _received(request: AuthenticatedHttpRequest, form: forms.ExperienceForm) -> list[StoredFile]:
    uploads = form.cleaned_data.get("attached") or []
    return [files.receive(upload=one, uploader=request.user) for one in uploads]


def _row(request: AuthenticatedHttpRequest, no: str) -> Experience:
    rows = Experience.objects.select_related("written_by", "published_by")
    row: Experience = get_visible(rows, request.user, no=no)
    return row


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def experience_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One of them as the public reads it, and what may be done."""
    row = _row(request, no)
    moves = workflow.MACHINE.open_moves(row, request.user)
    context = {
        "row": row,
        "pictures": list(row.pictures.select_related("stored_file")),
        "moves": [(key, workflow.TRANSITIONS[key].label, key == "publish") for key in moves],
    }
    return render(request, "inspections/experience.html", context)


MOVE_PAGES = {
    "publish": MovePage(
        forms.ConfirmForm,
        workflow.publish,
        "已发布",
        "发布前请逐段、逐张看过：没有能认出的学生、姓名和成绩。",
    ),
    "recall": MovePage(forms.RecallForm, workflow.recall, "已撤回"),
}


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def experience_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /experiences/<no>/<move>/."""
    row = _row(request, no)
    if move == "edit":
        return _edit_page(request, row)
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        row,
        noun="experience",
        template="inspections/experience_move.html",
    )


def _edit_page(request: AuthenticatedHttpRequest, row: Experience) -> HttpResponse:
    way_back = look(request, workflow.MACHINE, "edit", row)
    if way_back is not None:
        return way_back
    names = ("title", "on", "body", "place", "people_count", "outlet", "link")
    stored = {name: getattr(row, name) for name in names}
    form = forms.ExperienceForm(
        request.POST or None, request.FILES or None, kind=row.kind, row=row, initial=stored
    )
    if request.method == "POST" and form.is_valid():
        try:
            workflow.edit(
                experience_id=row.pk,
                actor=request.user,
                version=posted_version(request),
                contribution=form.contribution(),
                files=_received(request, form),
                removed=form.cleaned_data.get("removed", ()),
            )
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已保存")
            return redirect(row)
    context = {"form": form, "row": row, "label": f"修改{row.get_kind_display()}"}
    return render(request, "inspections/experience_edit.html", context)
