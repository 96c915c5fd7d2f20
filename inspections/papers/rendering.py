"""What a paper is made of on the sheet: its preview and its bytes. Reports' lines, faces and grid serve both.

The same paper gives the same bytes, whenever it is set.
"""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from inspections.models import Paper
from inspections.papers.kinds import PaperKind
from inspections.papers.registry import KINDS
from inspections.reports import lines
from inspections.reports import rendering as reports
from inspections.reports.blocks import Block, Paragraph, Span
from inspections.reports.data import restore
from inspections.standing import Standing
from shuangjian import pdf
from shuangjian.dates import cn_date

SHEET_NAMES = (*reports.SHEET_NAMES, "css/letter.css", "css/record.css")
_SHARED = (
    reports.PAGE,
    "papers/_receipt.html",
    "papers/_reply.html",
    "reports/_blocks.html",
    "reports/_table.html",
)


def kind_of(paper: Paper) -> PaperKind:
    return KINDS[paper.kind]


def unwritten(paper: Paper) -> list[str]:
    """The titles of the texts that must be written before it goes to the leader, and are not."""
    kind = kind_of(paper)
    return [
        title
        for key, title, _ in kind.sections
        if key in kind.required and not paper.sections.get(key, "").strip()
    ]


def blocks_of(paper: Paper) -> list[Block]:
    """The text of a paper, with the standing texts that it keeps; an older one has the portal's own."""
    kind = kind_of(paper)
    data: Any = restore(kind.figures, paper.data)
    kept = {key: one["text"] for key, one in paper.data.get("standing", {}).items() if key in kind.slots}
    always = Standing(paper.kind, kept, kind.values(data))
    return list(kind.text(data, paper.sections, always).blocks)


def preview_html(paper: Paper) -> str:
    """The page that is printed, for the browser."""
    return _page(paper, reports.for_screen(SHEET_NAMES))


def pdf_of(paper: Paper, *, progress: pdf.Progress | None = None) -> bytes:
    """The paper's PDF. ``progress`` hears stages in words and may raise to stop. Raises pdf.CannotRender."""
    if progress is not None:
        progress("准备文字", 0, 0)
    return pdf.html_to_pdf(_page(paper, {}), stylesheets=reports.sheets_of(SHEET_NAMES), progress=progress)


def template_version(paper: Paper) -> str:
    """Tells two layouts apart: kept with each signed file."""
    kind = kind_of(paper)
    return reports.version_of((kind.template, *([kind.reply] if kind.reply else []), *_SHARED), SHEET_NAMES)


def _page(paper: Paper, more: dict[str, Any]) -> str:
    return render_to_string(kind_of(paper).template, _context(paper) | more)


def _context(paper: Paper) -> dict[str, Any]:
    kind = kind_of(paper)
    data: Any = restore(kind.figures, paper.data)
    return {
        "paper": paper,
        "data": data,
        "title": paper.title,
        "heading": paper.get_kind_display(),
        "office": data.issuer,
        "number": paper.document_no or reports.NO_NUMBER,
        "blocks": [*_first_line(kind, data), *reports.set_text(blocks_of(paper))],
        "signature": reports.signature_lines(data.issuer, paper.signed_on),
        "date_words": cn_date(paper.signed_on) if paper.signed_on is not None else reports.NO_DATE,
        "signed_on": paper.signed_on,
        "mark": "" if paper.is_signed else reports.DRAFT_MARK,
        "check": paper.check_code,
        "has_receipt": kind.has_receipt,
        "reply": kind.reply,
        "template_version": template_version(paper),
    }


def _first_line(kind: PaperKind, data: Any) -> list[Any]:
    """Whom it addresses; a record addresses nobody."""
    if kind.is_record:
        return []
    return [lines.set_paragraph(Paragraph((Span(f"{kind.addressee(data)}："),)), is_flush=True)]
