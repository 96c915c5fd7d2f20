"""固定文字 as settings: the texts in force, their versions, a preview, writing and restoring."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections import standing
from inspections.forms.standing_texts import RestoreForm, StandingTextForm
from inspections.models import StandingText
from inspections.workflows import standing_texts as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

READERS = COUNTY_ROLES | {Role.SYSTEM_ADMIN}


def _slot(kind: str, key: str) -> tuple[standing.Paper, standing.Slot]:
    paper = standing.PAPERS.get(kind)
    if paper is None or key not in paper.slots:
        raise Http404(kind)
    return paper, paper.slots[key]


def _preview(kind: str, text: str) -> list[str]:
    return standing.filled(text, standing.PAPERS[kind].examples)


@access(roles=READERS)
def standing_text_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every kind of paper with its standing texts as they would be printed."""
    newest = {
        (row.kind, row.key): row
        for row in StandingText.objects.order_by("kind", "key", "-version")
        .distinct("kind", "key")
        .select_related("made_by")
    }
    papers = []
    for kind, paper in standing.PAPERS.items():
        lines = []
        for key, slot in paper.slots.items():
            row = newest.get((kind, key))
            lines.append((key, slot, row, _preview(kind, row.text if row is not None else slot.words)))
        papers.append((kind, paper, lines))
    context = {"papers": papers, "may_change": request.user.has_role(*workflow.KEEPERS)}
    return render(request, "inspections/standing_text_list.html", context)


@access(roles=READERS)
def standing_text_page(request: AuthenticatedHttpRequest, kind: str, key: str) -> HttpResponse:
    """One text: what is in force, and every version with who, when and why; ``?version=`` shows one."""
    paper, slot = _slot(kind, key)
    versions = workflow.versions_of(kind, key)
    asked = request.GET.get("version", "")
    shown = next((row for row in versions if str(row.version) == asked), versions[0])
    context = {
        "kind": kind,
        "key": key,
        "paper": paper,
        "slot": slot,
        "versions": versions,
        "shown": shown,
        "newest": versions[0],
        "preview": _preview(kind, shown.text),
        "may_change": request.user.has_role(*workflow.KEEPERS),
    }
    return render(request, "inspections/standing_text.html", context)


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def standing_text_edit(request: AuthenticatedHttpRequest, kind: str, key: str) -> HttpResponse:
    """Write the next version. 「预览」 shows it with the placeholders filled and saves nothing."""
    paper, slot = _slot(kind, key)
    newest = workflow.versions_of(kind, key)[0]
    form = StandingTextForm(request.POST or None, initial={"text": newest.text}, kind=kind, key=key)
    preview = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if said["do"] == "preview":
            preview = _preview(kind, said["text"])
        else:
            try:
                row = workflow.write(
                    kind=kind,
                    key=key,
                    text=said["text"],
                    reason=said["reason"],
                    actor=request.user,
                    version=posted_version(request),
                )
            except Refused as refused:
                form.add_error("text", str(refused))
            else:
                messages.success(request, f"已保存为第{row.version}版，以后起草的文书用这一版")
                return redirect("standing-text", kind=kind, key=key)
    context = {
        "kind": kind,
        "key": key,
        "paper": paper,
        "slot": slot,
        "newest": newest,
        "form": form,
        "preview": preview,
    }
    return render(request, "inspections/standing_text_edit.html", context)


@access(roles=workflow.KEEPERS, methods=("POST",), audit="change")
def standing_text_restore(request: AuthenticatedHttpRequest, kind: str, key: str) -> HttpResponse:
    """Put an earlier version in force again, as the next one."""
    _slot(kind, key)
    form = RestoreForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused("请选择要恢复的版本")
        row = workflow.restore(
            kind=kind,
            key=key,
            old=form.cleaned_data["old"],
            actor=request.user,
            version=posted_version(request),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"已恢复，存为第{row.version}版")
    return redirect("standing-text", kind=kind, key=key)
