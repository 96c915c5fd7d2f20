"""上报表样式: the tables that offices above demand, their workbooks drawn as tables, cells bound on them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.office import RETURN_TEMPLATES
from inspections.forms import returns as forms
from inspections.models import BoundCell, ReturnTemplate
from inspections.returns.sheets import Grid, grids_of
from inspections.workflows import return_templates as workflow
from inspections.workflows import shipped_returns
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.files import services as files
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
KEEPERS = frozenset({Role.TASK_FORCE})
_FACTS = ("code", "name", "demanded_by", "document_no", "span", "due_after")


@access(roles=COUNTY_ROLES, scope="list")
def template_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every table in its versions, the newest version first."""
    rows = RETURN_TEMPLATES.read(request.user, request.GET).rows
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "keeps": request.user.has_role(*KEEPERS),
    }
    return render(request, "inspections/return_template_list.html", context)


@access(roles=KEEPERS, methods=("POST",), audit="change")
def template_ship(request: AuthenticatedHttpRequest) -> HttpResponse:
    """放入常用表: the figures and tables that come with the portal."""
    made = shipped_returns.ship(actor=request.user)
    words = "、".join(f"“{row.name}”" for row in made)
    messages.success(request, f"已放入{words}，看过以后启用" if made else "常用的指标和表都已经在了")
    return redirect("return-templates")


@access(roles=KEEPERS, methods=("GET", "POST"), audit="change")
def template_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Upload a table; ``?of=`` a version of it: the next one, with the same words."""
    old: ReturnTemplate | None = None
    if request.GET.get("of"):
        old = get_visible(ReturnTemplate, request.user, pk=request.GET["of"])
    initial = {name: getattr(old, name) for name in _FACTS} if old is not None else {}
    form = forms.TemplateForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in _FACTS}
        try:
            stored = files.receive(
                upload=form.cleaned_data["workbook"][0], uploader=request.user, kinds=files.TABLE
            )
            row = workflow.upload(actor=request.user, stored=stored, **facts)
        except Refused as refused:
            form.add_error("workbook", str(refused))
        else:
            messages.success(request, "已上传，请在表里选格、绑定指标")
            return redirect(row)
    return render(request, "inspections/return_template_new.html", {"form": form, "old": old})


def _template(request: AuthenticatedHttpRequest, pk: int) -> ReturnTemplate:
    rows = ReturnTemplate.objects.select_related("stored_file").prefetch_related("cells__statistic")
    row: ReturnTemplate = get_visible(rows, request.user, pk=pk)
    return row


def _drawn(row: ReturnTemplate) -> list[Grid]:
    """The sheets with the code or the word of what each bound cell holds."""
    texts = {}
    for cell in row.cells.all():
        texts[cell.sheet, cell.cell] = (
            cell.statistic.code if cell.statistic else f"［{cell.get_word_display()}］"
        )
    return grids_of(row.sheets, texts)


@access(roles=COUNTY_ROLES, scope="own")
def template_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One version: what it is, its sheets with what is bound, its moves."""
    row = _template(request, pk)
    moves = workflow.MACHINE.open_moves(row, request.user)
    context = {
        "template": row,
        "grids": _drawn(row),
        "binds": "bind" in moves,
        "moves": [(key, workflow.TRANSITIONS[key].label) for key in moves if key != "bind"],
        "renews": request.user.has_role(*KEEPERS) and row.state == ReturnTemplate.State.IN_USE,
        "bound": [cell for cell in row.cells.all() if cell.statistic],
    }
    return render(request, "inspections/return_template.html", context)


@access(roles=KEEPERS, methods=("GET", "POST"), scope="own", audit="change")
def template_cell(request: AuthenticatedHttpRequest, pk: int, sheet: int, place: str) -> HttpResponse:
    """What one cell is filled with."""
    row = _template(request, pk)
    require(request.user, workflow.TRANSITIONS["bind"].permission, row)
    grids = grids_of(row.sheets)
    found = grids[sheet].find(place) if sheet < len(grids) else None
    if found is None:
        raise Http404(place)
    bound: BoundCell | None = next(
        (cell for cell in row.cells.all() if (cell.sheet, cell.cell) == (sheet, place)), None
    )
    form = forms.CellForm(request.POST or None, place=found, bound=bound)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.bind(
                template_id=row.pk,
                actor=request.user,
                version=posted_version(request),
                sheet=sheet,
                place=place,
                **form.arguments(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(row)
    context = {"template": row, "form": form, "sheet_name": grids[sheet].name, "cell": found}
    return render(request, "inspections/return_template_cell.html", context)


MOVE_PAGES = {
    "publish": MovePage(
        forms.StartForm,
        workflow.publish,
        "已启用，到期自动建立上报表",
        "启用后样式和绑定不再改；有变化的上传新的一版。",
    ),
    "discard": MovePage(forms.ConfirmForm, workflow.discard, "已作废", "作废这一版？留档，不再使用。"),
    "end": MovePage(
        forms.ReasonForm, workflow.end, "已停用", "停用后不再建立新的上报表；正在填报的照常办完。"
    ),
}


@access(roles=KEEPERS, methods=("GET", "POST"), scope="own", audit="change")
def template_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /returns/templates/<pk>/<move>/."""
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        _template(request, pk),
        noun="template",
        template="inspections/return_template_move.html",
    )
