"""What the pages of reports and papers share: the moves of every signed document, its job, its texts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header

from inspections.forms.signing import WORDS_OF_MOVES, SealedScanForm, WordsForm
from inspections.models.signing import SignedDocument
from inspections.workflows.signing import Signing
from shuangjian.accounts.access import AuthenticatedHttpRequest
from shuangjian.files import services as files
from shuangjian.journal.conflict import check_version, posted_version
from shuangjian.journal.models import Job

_DONE = {
    "submit": "已送审签",
    "return": "已退回修改",
    "sign": "已签发，正在生成正式PDF",
    "withdraw": "已撤回",
    "discard": "已作废",
    "attach-scan": "已上传盖章扫描件",
}


def job_of(request: AuthenticatedHttpRequest, signing: Signing[Any], row: SignedDocument) -> Job | None:
    """The newest rendering, for those who may read drafts."""
    may_see = request.user.has_perm(f"inspections.read_{signing.noun}_draft", row)
    return signing.jobs_of(row).first() if may_see else None


def as_file(content: bytes, name: str, content_type: str) -> HttpResponse:
    """A file that is made while one waits, to be kept by the browser."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def live_job(request: AuthenticatedHttpRequest, signing: Signing[Any], row: SignedDocument) -> HttpResponse:
    """The progress alone, asked for every two seconds while a rendering is open.

    The answer that finds it finished asks for the whole page, since files and buttons are others then.
    """
    job = job_of(request, signing, row)
    context = {"row": row, "noun": signing.noun, "job": job}
    response = render(request, "inspections/_signing_job.html", context)
    if job is None or not job.is_open:
        response.headers["HX-Refresh"] = "true"
    return response


def form_of(request: AuthenticatedHttpRequest, move: str) -> forms.Form | None:
    """The form of a move of every signed document; None where it asks for nothing."""
    if move in WORDS_OF_MOVES:
        return WordsForm(request.POST or None, move=move)
    if move == "attach-scan":
        return SealedScanForm(request.POST or None, request.FILES or None)
    return None


def carry_out(
    request: AuthenticatedHttpRequest,
    signing: Signing[Any],
    row: SignedDocument,
    move: str,
    form: forms.Form | None,
) -> HttpResponse:
    """Make a move of every signed document and go back to its page. Raises Refused."""
    if move in ("draft-pdf", "issue-pdf"):
        order = signing.order_draft_pdf if move == "draft-pdf" else signing.order_issue_pdf
        order(row_id=row.pk, actor=request.user)
        messages.success(request, "正在生成PDF，可以离开此页")
        return redirect(signing.noun, no=row.no)
    common: dict[str, Any] = {
        "row_id": row.pk,
        "actor": request.user,
        "version": posted_version(request),
    }
    if move == "attach-scan" and form is not None:
        check_version(row, common["version"])  # before the file: a stale page leaves nothing behind
        common["scan"] = files.receive(upload=form.cleaned_data["files"][0], uploader=request.user)
    elif form is not None:
        common["words"] = form.cleaned_data["words"]
    acts = {
        "submit": signing.submit,
        "return": signing.send_back,
        "sign": signing.sign,
        "withdraw": signing.withdraw,
        "discard": signing.discard,
        "attach-scan": signing.attach_scan,
    }
    acts[move](**common)  # type: ignore[operator]  # each takes what its form gave
    messages.success(request, _DONE[move])
    return redirect(signing.noun, no=row.no)
