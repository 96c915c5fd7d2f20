"""上报: the list of returns, one return with its table, filling it in, its moves, its workbook and data."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header

from inspections.exports.office import RETURNS
from inspections.forms import returns as forms
from inspections.models import UpwardReturn
from inspections.returns.due_days import ahead
from inspections.returns.filling import drawn, workbook_of
from inspections.returns.handing_on import FORMATS
from inspections.selectors import story_of_return
from inspections.workflows import returns as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, look, make
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.files import services as files
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
FILLERS = frozenset({Role.TASK_FORCE})
S = UpwardReturn.State


@access(roles=COUNTY_ROLES, scope="list")
def return_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What is being filled in, most urgent first; what was sent; and which tables come due next."""
    reading = RETURNS.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": reading.tabs,
        "coming": [one for one in ahead(request.user) if one.made_after],
    }
    return render(request, "inspections/return_list.html", context)


def _return(request: AuthenticatedHttpRequest, no: str) -> UpwardReturn:
    people = ("submitted_by", "checked_by", "sent_by", "workbook", "scan")
    row: UpwardReturn = get_visible(workflow.whole().select_related(*people), request.user, no=no)
    return row


_NEXT = {
    S.FILLING: "下一步：双减专班填报，送审核",
    S.REVIEW: "下一步：填表人以外的人审核",
    S.APPROVAL: "下一步：分管领导批准上报",
    S.SENT: "已上报，数字和文件已锁定；有差错的办更正",
    S.CORRECTED: "已由更正的上报表代替",
    S.DISCARDED: "这次更正已作废，原来上报的照常有效",
}
_PRIMARY = ("submit", "check", "send")


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def return_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One return: what comes next, its figures against last time, its table, people, versions, course."""
    row = _return(request, no)
    moves = workflow.MACHINE.open_moves(row, request.user)
    left = workflow.left_to_do(row) if row.state == S.FILLING else []
    primary = "fill" if left and "fill" in moves else next((key for key in _PRIMARY if key in moves), "")
    labels = [(key, workflow.TRANSITIONS[key].label, key == primary) for key in moves]
    same = UpwardReturn.objects.filter(code=row.code, period_first=row.period_first).exclude(pk=row.pk)
    context = {
        "row": row,
        "next_step": _NEXT[S(row.state)],
        "left": left,
        "moves": sorted(labels, key=lambda move: not move[2]),
        "lines": row.lines.all(),
        "grids": drawn(row),
        "others": same.order_by("ordinal"),
        "story": story_of_return(row),
        "formats": list(FORMATS),
    }
    return render(request, "inspections/return.html", context)


@access(roles=FILLERS, methods=("GET", "POST"), scope="own", audit="change")
def return_fill(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Every figure with its reason and its explanation: /returns/<no>/fill/."""
    row = _return(request, no)
    way_back = look(request, workflow.MACHINE, "fill", row)
    if way_back is not None:
        return way_back
    form = forms.FillForm(request.POST or None, lines=list(row.lines.all()))
    if request.method == "POST" and form.is_valid():
        try:
            workflow.fill(
                return_id=row.pk,
                actor=request.user,
                version=posted_version(request),
                entries=form.entries(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已保存")
            return redirect(row)
    return render(request, "inspections/return_fill.html", {"row": row, "form": form})


MOVE_PAGES = {
    "refresh": MovePage(
        forms.ConfirmForm,
        workflow.refresh,
        "已重新取数",
        "按现在的记录重新计算本期的数；手工改过的保留，理由也保留。",
    ),
    "submit": MovePage(forms.SubmitForm, workflow.submit, "已送审核", "送审核以后不能再改，退回后才能改。"),
    "check": MovePage(forms.CheckForm, workflow.check, "已审核，转分管领导批准"),
    "return": MovePage(forms.SendBackForm, workflow.send_back, "已退回修改"),
    "send": MovePage(
        forms.ConfirmForm,
        workflow.send,
        "已批准上报，数字和文件已锁定",
        "批准以后数字和文件锁定，不能再改；有差错的办更正，原来的留档。",
    ),
    "attach-scan": MovePage(
        forms.ScanForm,
        workflow.attach_scan,
        "已上传盖章扫描件",
        "打印盖章后扫描上传，扫描件的SHA-256记入上报表。",
    ),
    "correct": MovePage(
        forms.ReasonForm,
        workflow.correct,
        "已建立更正的上报表，请修改后送审核",
        "更正是新的一份，写明更正哪一份；批准上报以前，原来的照常有效。",
    ),
    "discard": MovePage(forms.ReasonForm, workflow.discard, "已作废，原来上报的照常有效"),
}


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def return_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /returns/<no>/<move>/."""
    if move not in MOVE_PAGES:
        raise Http404(move)
    row = _return(request, no)
    way_back = look(request, workflow.MACHINE, move, row)
    if way_back is not None:
        return way_back
    page = MOVE_PAGES[move]
    posted = request.method == "POST"
    form = page.form(request.POST if posted else None, request.FILES or None, row=row, user=request.user)
    if make(request, page, form, return_id=row.pk):
        return redirect(row)
    context = {
        "row": row,
        "move": move,
        "label": workflow.TRANSITIONS[move].label,
        "form": form,
        "hint": page.hint,
        "left": workflow.left_to_do(row) if move == "submit" else [],
    }
    return render(request, "inspections/return_move.html", context)


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def return_workbook(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The office's workbook filled with the figures as they stand; once sent, the file that was sent."""
    row = _return(request, no)
    if row.workbook_id is not None:
        return redirect("file", file_id=row.workbook_id)
    return _download(
        workbook_of(row), f"{row.no}{row.template.name}（{row.get_state_display()}）.xlsx", files.XLSX
    )


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def return_data(request: AuthenticatedHttpRequest, no: str, kind: str) -> HttpResponse:
    """The same as data for a collection platform: /returns/<no>/data/json/, …/csv/."""
    if kind not in FORMATS:
        raise Http404(kind)
    row = _return(request, no)
    content_type, write = FORMATS[kind]
    return _download(write(row), f"{row.no}{row.template.name}.{kind}", content_type)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
