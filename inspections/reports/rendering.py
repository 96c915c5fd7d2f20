"""What a report is made of on paper: its sections, title, preview and bytes.

Frozen figures and the office's texts become blocks (supervision.py, unit.py), blocks become composed lines,
lines a page; the page is shown in the browser as it is printed. The same report gives the same bytes,
whenever it is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from django.template.loader import render_to_string
from django.templatetags.static import static

from inspections import standing
from inspections.models import SupervisionReport
from inspections.reports import lines, loading, supervision, unit
from inspections.reports.blocks import Annex, Block, Chart, Matrix
from inspections.reports.county_figures import county_figures
from inspections.reports.data import SupervisionData, UnitReportData, restore
from inspections.reports.drawing import draw_chart, draw_matrix
from inspections.reports.figures import Figures, Part, unit_figures
from inspections.reports.sections import Section, section_of
from shuangjian import pdf
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.selectors import county
from shuangjian.dates import cn_date
from shuangjian.policy.models import Term
from shuangjian.typefaces import advance

_ROOT = Path(__file__).resolve().parents[2]
SHEET_NAMES = ("css/report.css", "css/report_steps.css")
STATIC, TEMPLATES = _ROOT / "static", _ROOT / "templates"
PAGE = "reports/page.html"  # what every document that is printed for good stands on
_TEMPLATES = (
    "page",
    "base",
    "foot",
    "supervision",
    "unit",
    "_blocks",
    "_table",
    "_matrix",
    "_chart",
    "_colophon",
)

NO_NUMBER = "待编号"  # what the leader reads: the number is taken at signing
NO_DATE = "　　　　年　月　日"
DRAFT_MARK = "草稿"
_USUAL_DATE = date(2026, 10, 20)
_TITLE_SIZES = ((20, "t22"), (24, "t18"))  # longest line in characters -> class; longer ones are set in 三号


def _parts(kind: str) -> ModuleType:
    return supervision if kind == SupervisionReport.Kind.COUNTY else unit


def sections_of(kind: str) -> list[tuple[str, str, str]]:
    """The texts that the office writes: (key, title, hint), in the order of the report."""
    return list(_parts(kind).SECTIONS)


def required_sections(kind: str) -> list[tuple[str, str]]:
    """(key, title) of the texts without which a report isn't sent to the leader."""
    parts = _parts(kind)
    return [(key, title) for key, title, _ in parts.SECTIONS if key in parts.REQUIRED]


def texts_of(report: SupervisionReport) -> list[Section]:
    """The office's texts of a report as they stand, in its order."""
    parts = _parts(report.kind)
    return [
        section_of(report, key, title, hint, is_required=key in parts.REQUIRED)
        for key, title, hint in parts.SECTIONS
    ]


def outline_of(report: SupervisionReport) -> list[Part | Section]:
    """Counted parts and written texts in the order of the report. A part without any number is left out."""
    parts = {part.key: part for part in numbers_of(report.kind, report.data).parts}
    texts = {section.key: section for section in texts_of(report)}
    found = [parts[key] if what == "figures" else texts[key] for what, key in _parts(report.kind).OUTLINE]
    return [one for one in found if isinstance(one, Section) or one.numbers]


def paper_of(kind: str) -> str:
    """Under which kind of paper the bureau keeps the report's standing texts (``inspections.standing``)."""
    return "county_report" if kind == SupervisionReport.Kind.COUNTY else "unit_report"


def blocks_of(report: SupervisionReport) -> list[Block]:
    """The text of a report from its opening to its closing, as blocks."""
    figures = figures_of(report)
    parts = _parts(report.kind)
    return list(parts.text_of(figures, report.sections, _standing_of(report)).blocks)


def annexes_of(report: SupervisionReport) -> list[Annex]:
    return list(_parts(report.kind).annexes_of(figures_of(report)))


def _standing_of(report: SupervisionReport) -> dict[str, str]:
    """The words that the report keeps; of one from before there were versions none, so the portal's own."""
    own = standing.own_words(paper_of(report.kind))
    return {key: entry["text"] for key, entry in report.standing.items() if key in own}


def first_sections(kind: str, data: dict[str, Any]) -> dict[str, str]:
    """The texts of a new report: all empty, since figures stand in the counted parts alone."""
    return {key: "" for key, _, _ in sections_of(kind)}


def title_of(*, kind: str, term: Term, organisation: Organisation) -> str:
    """The whole title on one line."""
    row = county()
    office = row.supervision_office_name if row is not None else ""
    if kind == SupervisionReport.Kind.COUNTY:
        return "".join(loading.county_title_lines(office, term))
    return "".join(loading.unit_title_lines(office, term, organisation.name))


def summary_of(report: SupervisionReport) -> list[tuple[str, str]]:
    """The main figures for the report's page: (label, value)."""
    return list(_parts(report.kind).summary(figures_of(report)))


def figures_of(report: SupervisionReport) -> Any:
    """The frozen figures as they were taken."""
    return restore(SupervisionData if report.kind == "county" else UnitReportData, report.data)


def numbers_of(kind: str, data: dict[str, Any]) -> Figures:
    """Every number of frozen figures with its rows."""
    if kind == SupervisionReport.Kind.COUNTY:
        return county_figures(restore(SupervisionData, data))
    return unit_figures(restore(UnitReportData, data))


def preview_html(report: SupervisionReport) -> str:
    """The page that is printed, for the browser."""
    return _page(report, _context(report) | for_screen(SHEET_NAMES))


def pdf_of(report: SupervisionReport, *, progress: pdf.Progress | None = None) -> bytes:
    """The report's PDF. ``progress`` hears stages in words and may raise to stop. Raises pdf.CannotRender."""
    if progress is not None:
        progress("准备文字和表格", 0, 0)
    context = _context(report)
    foot = pdf.Foot(render_to_string("reports/foot.html", context))
    return pdf.html_to_pdf(
        _page(report, context), stylesheets=sheets_of(SHEET_NAMES), foot=foot, progress=progress
    )


def page_of(report: SupervisionReport) -> str:
    """The page from which the PDF is made."""
    return _page(report, _context(report))


def template_version() -> str:
    """Tells two layouts apart: kept with each signed file."""
    return version_of(tuple(f"reports/{name}.html" for name in _TEMPLATES), SHEET_NAMES)


@cache
def version_of(templates: tuple[str, ...], sheets: tuple[str, ...]) -> str:
    """A digest of what lays a document out."""
    digest = sha256()
    for path in (*(TEMPLATES / name for name in templates), *sheets_of(sheets)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def sheets_of(names: tuple[str, ...]) -> tuple[Path, ...]:
    """The files of style sheets, as the renderer takes them."""
    return tuple(STATIC / name for name in names)


def for_screen(sheets: tuple[str, ...]) -> dict[str, Any]:
    """What a page that is printed needs besides where the browser shows it."""
    return {
        "is_preview": True,
        "stylesheets": [static(sheet) for sheet in sheets],
        "icon": static("img/icon.svg"),
    }


# --- The page -----------------------------------------------------------------------------------------------
def _page(report: SupervisionReport, context: dict[str, Any]) -> str:
    template = "supervision" if report.kind == SupervisionReport.Kind.COUNTY else "unit"
    return render_to_string(f"reports/{template}.html", context)


def _context(report: SupervisionReport) -> dict[str, Any]:
    figures = figures_of(report)
    is_county = report.kind == SupervisionReport.Kind.COUNTY
    is_signed = report.signed_on is not None
    annexes = annexes_of(report)
    return {
        "no": report.no,
        "title": report.title,
        "title_lines": figures.title_lines,
        "title_size": title_size(figures.title_lines),
        "office": figures.office_name,
        "head": f"{figures.office_name}文件",
        "number": report.document_no or NO_NUMBER,
        "signer": report.signed_by.name if report.signed_by is not None else "",
        "addressee": figures.addressee if is_county else figures.unit_name,
        "blocks": set_text(blocks_of(report)),
        "annexes": [
            {"title": one.title, "is_wide": one.is_wide, "blocks": set_text(one.blocks)} for one in annexes
        ],
        "signature": signature_lines(figures.office_name, report.signed_on),
        "date_words": cn_date(report.signed_on) if report.signed_on is not None else NO_DATE,
        "remark": _remark(report),
        "copies": "，".join(figures.copies) if is_county else "",
        "mark": "" if is_signed else DRAFT_MARK,
        "signed_on": report.signed_on,
        "check": report.check_code,
        "template_version": template_version(),
    }


def set_text(blocks: Sequence[Block]) -> list[Any]:
    """Blocks as the templates print them: paragraphs composed, charts and wide tables drawn."""
    return [_ready(block) for block in lines.set_blocks(blocks)]


def _ready(block: Any) -> Any:
    if isinstance(block, Chart):
        return draw_chart(block)
    return draw_matrix(block) if isinstance(block, Matrix) else block


def _remark(report: SupervisionReport) -> str:
    """附注: what a corrected version replaces."""
    if report.corrects is None:
        return ""
    return f"本报告为第{report.report_version}版，更正{report.corrects.document_no or report.corrects.no}"


def title_size(title_lines: Sequence[str]) -> str:
    """2号 where every line holds it, else smaller: a word is never torn to keep the size."""
    widths = (sum(advance(character, "FandolSong") for character in line) for line in title_lines)
    longest = max(widths, default=0)
    return next((size for most, size in _TITLE_SIZES if longest <= most), "t16")


def signature_lines(office: str, signed_on: date | None) -> list[str]:
    """署名: centred on the date, so its room is twice that to the date's right; a longer one is broken."""
    date_words = cn_date(signed_on or _USUAL_DATE)  # a draft breaks where the signed one will
    room = 2 * (4 + sum(advance(character, "FandolFang") for character in date_words) / 2)
    if len(office) <= room:
        return [office]
    head, mark, tail = office.partition("人民政府")
    if mark and tail and len(tail) <= room:
        return [head + mark, tail]
    middle = (len(office) + 1) // 2
    return [office[:middle], office[middle:]]
