"""What phones brought and could not simply be written: two versions of a field, and what was refused."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections import sync_words
from inspections.filters.sync import conflict_tabs, refused_tabs
from inspections.forms.sync import HandleForm, ImportForm, SettleForm
from inspections.models import Device, FieldConflict, SyncOperation
from inspections.views.visits import CONDUCTORS
from inspections.workflows import devices, field_files, finding_conflicts, sync
from inspections.workflows.visit_findings import shown
from shuangjian.accounts.access import SIGNED_IN, AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.journal.conflict import check_version, posted_version
from shuangjian.journal.errors import NotAllowed, Refused

PAGE_SIZE = 50


@access(roles=CONDUCTORS, scope="list")
def conflict_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Fields that two people filled in differently, the oldest first."""
    tabs = conflict_tabs(FieldConflict.objects.visible_to(request.user), request.GET)
    rows = tabs.queryset.select_related(
        "visit__organisation", "finding__item", "standing_by", "offered_by"
    ).order_by("pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page:
        row.label = sync_words.FIELD_LABELS[row.field]
    return render(request, "inspections/conflict_list.html", {"page_obj": page, "tabs": tabs})


@access(roles=CONDUCTORS, methods=("GET", "POST"), scope="own", audit="change")
def conflict(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Both versions side by side. POST chooses one."""
    rows = FieldConflict.objects.select_related(
        "visit__organisation", "finding__item__rule", "standing_by", "offered_by", "settled_by"
    )
    row: FieldConflict = get_visible(rows, request.user, pk=pk)
    if request.method == "POST":
        check_version(row, posted_version(request))
    require(request.user, "inspections.settle_conflict", row)
    form = SettleForm(request.POST or None) if row.is_open else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            finding_conflicts.settle(
                conflict_id=row.pk,
                actor=request.user,
                version=posted_version(request),
                chosen=form.cleaned_data["chosen"],
            )
        except Refused as refused:
            form.add_error("chosen", str(refused))
        else:
            messages.success(request, "已选定，另一版留在记录里")
            return redirect("visit", no=row.visit.no)
    now = vars(shown(row.finding))
    standing = {name: now[name] for name in row.standing} if row.is_open else row.standing
    context = {
        "row": row,
        "label": sync_words.FIELD_LABELS[row.field],
        "standing": sync_words.lines_of(standing),
        "has_changed": standing != row.standing,
        "offered": sync_words.lines_of(row.offered),
        "form": form,
    }
    return render(request, "inspections/conflict.html", context)


@access(roles=CONDUCTORS, scope="list")
def refused_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What could not be written, with its content: one's own, for the supervision office everybody's."""
    refused = SyncOperation.objects.visible_to(request.user).filter(status=SyncOperation.Status.REFUSED)
    tabs = refused_tabs(refused, request.GET)
    rows = tabs.queryset.select_related("visit__organisation", "device__user").order_by("pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page:
        row.what = sync_words.KIND_LABELS.get(row.kind, "不认识的内容")
        row.content = sync_words.content_of(row)
    return render(request, "inspections/refused_list.html", {"page_obj": page, "tabs": tabs})


@access(roles=CONDUCTORS, methods=("GET", "POST"), scope="own", audit="change")
def refused(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One of them whole. POST says what was done about it."""
    rows = SyncOperation.objects.filter(status=SyncOperation.Status.REFUSED).select_related(
        "visit__organisation", "device__user", "handled_by", "imported_by"
    )
    row: SyncOperation = get_visible(rows, request.user, pk=pk)
    if request.method == "POST":
        check_version(row, posted_version(request))
    form = HandleForm(request.POST or None) if row.handled_at is None else None
    if form is not None and request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        sync.handle(operation_id=row.pk, actor=request.user, version=posted_version(request), words=words)
        messages.success(request, "已登记处理情况")
        return redirect("sync-refused-list")
    context: dict[str, Any] = {
        "row": row,
        "what": sync_words.KIND_LABELS.get(row.kind, "不认识的内容"),
        "content": sync_words.content_of(row),
        "form": form,
    }
    return render(request, "inspections/refused.html", context)


@access(
    roles=CONDUCTORS,
    methods=("GET", "POST"),
    audit="change",
    idempotent=False,  # each operation and each photo of a file is its own key
)
def import_file(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Bring in a phone's backup, one's own or as the supervision office, and say what became of it."""
    form = ImportForm(request.POST or None, request.FILES or None)
    imported = file = None
    if request.method == "POST" and form.is_valid():
        try:
            file = field_files.read(form.cleaned_data["file"].read())
            imported = field_files.bring_in(file, actor=request.user)
        except (Refused, NotAllowed) as refused:
            form.add_error("file", str(refused))
    context: dict[str, Any] = {"form": form, "imported": imported, "file": file}
    if imported is not None:
        counts = imported.counts
        context["counts"] = [(label, counts[status]) for status, label in _RESULTS.items() if counts[status]]
        context["refused"] = [row for row in imported.photos if row.status == "refused"]
    return render(request, "inspections/field_import.html", context)


_RESULTS = {
    "applied": "已写入",
    "duplicate": "平台已有",
    "conflict": "两人所填不同，待选定",
    "waiting": "待前面的内容到达",
    "refused": "未能写入",
}
_DEVICE_MOVES = {
    "revoke": (devices.revoke, "已停用，这台手机上未上传的内容不能再打开"),
    "restore": (devices.restore, "已恢复使用"),
}


@access(roles=SIGNED_IN, methods=("POST",), scope="own", audit="change")
def device_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    """Stop one of one's own phones, or take it into use again; the buttons stand on one's account page."""
    if move not in _DEVICE_MOVES:
        raise Http404(move)
    device = get_visible(Device, request.user, pk=pk)
    act, done = _DEVICE_MOVES[move]
    act(device_id=device.pk, actor=request.user, version=posted_version(request))
    messages.success(request, done)
    return redirect("me")
