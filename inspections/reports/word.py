"""A report as .docx: the same blocks as on the printed page, for the office's own red head and seal.

Without head, colophon and drawings: those are the office's own, the chart is its table of figures. The signed
file is the PDF.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from inspections.models import SupervisionReport
from inspections.reports import rendering
from inspections.reports.blocks import Block, Chart, Matrix, Paragraph, Table
from shuangjian import word
from shuangjian.dates import cn_date

_FACES = {"fang": word.FANG, "hei": word.HEI, "kai": word.KAI, "song": word.SONG}
DRAFT = "（草稿，不作为正式文件）"


def docx_of(report: SupervisionReport) -> bytes:
    """The .docx of a report as it stands."""
    figures = rendering.figures_of(report)
    paper = word.WordPaper(title=report.title, author=figures.office_name, at=report.as_of)
    annexes = rendering.annexes_of(report)
    if report.signed_on is None:
        paper.paragraph([(DRAFT, word.KAI)], align="centre", indent=0)
    paper.paragraph([(report.document_no or rendering.NO_NUMBER, word.FANG)], align="centre", indent=0)
    paper.gap()
    for line in figures.title_lines:
        paper.paragraph([(line, word.TITLE)], size=22, align="centre", indent=0, is_heading=True)
    paper.gap()
    addressee = getattr(figures, "addressee", "") or getattr(figures, "unit_name", "")
    paper.paragraph([(f"{addressee}：", word.FANG)], align="left", indent=0)
    write(paper, rendering.blocks_of(report))
    paper.gap()
    for place, annex in enumerate(annexes, 1):
        lead = "附件：" if place == 1 else "　　　"
        paper.paragraph([(f"{lead}{place}. {annex.title}", word.FANG)], align="left")
    paper.gap()
    sign_off(paper, figures.office_name, report.signed_on)
    for place, annex in enumerate(annexes, 1):
        paper.new_page(is_wide=annex.is_wide)
        paper.paragraph([(f"附件{place}", word.HEI)], align="left", indent=0, is_heading=True)
        paper.paragraph([(annex.title, word.TITLE)], size=22, align="centre", indent=0, is_heading=True)
        write(paper, annex.blocks)
    return paper.bytes()


def sign_off(paper: word.WordPaper, office: str, signed_on: date | None) -> None:
    """Who issues it, and when."""
    for line in rendering.signature_lines(office, signed_on):
        paper.paragraph([(line, word.FANG)], align="right", indent=0, right=2)
    date_words = cn_date(signed_on) if signed_on is not None else rendering.NO_DATE
    paper.paragraph([(date_words, word.FANG)], align="right", indent=0, right=4)


def write(paper: word.WordPaper, blocks: Iterable[Block]) -> None:
    """Blocks one after the other; a chart as its table of figures."""
    for block in blocks:
        if isinstance(block, Paragraph):
            _paragraph(paper, block)
        elif isinstance(block, Table):
            _table(paper, block)
        elif isinstance(block, Matrix):
            _matrix(paper, block)
        elif isinstance(block, Chart):
            _chart(paper, block)


def _paragraph(paper: word.WordPaper, block: Paragraph) -> None:
    if block.kind == "note":
        _note(paper, block.text)
        return
    runs = [(span.text, _FACES[span.style]) for span in block.spans]
    paper.paragraph(runs, is_heading=block.level > 0)


def _note(paper: word.WordPaper, words: str) -> None:
    if words:
        paper.paragraph([(words, word.SONG)], size=10.5, indent=2)


def _caption(paper: word.WordPaper, words: str) -> None:
    if words:
        paper.paragraph([(words, word.HEI)], size=12, align="centre", indent=0, is_heading=True)


def _table(paper: word.WordPaper, table: Table) -> None:
    _caption(paper, table.title)
    rows = [tuple(cell for cell, _ in line) for line in table.lines]
    paper.table(
        [column.head for column in table.columns],
        [*rows, table.total] if table.total else rows,
        [column.width for column in table.columns],
        flush_left=[at for at, column in enumerate(table.columns) if column.is_text],
    )
    _note(paper, table.note)


def _matrix(paper: word.WordPaper, matrix: Matrix) -> None:
    """One column a rule by its number; what does not concern a unit is left empty."""
    rows = []
    for row in matrix.rows:
        cells = [mark for mark, span in row.cells for _ in range(span)]
        rows.append((row.name, *cells, row.share, row.problems))
    rows.append(("问题数合计", *matrix.totals, "—", matrix.total))
    head = ("单位", *(str(number) for number, _ in matrix.rules), "符合/查清", "问题数")
    widths = (14.0, *(2.4 for _ in matrix.rules), 7.0, 5.0)
    paper.table(head, rows, widths, flush_left=(0,), is_tiny=True)
    _note(paper, matrix.note)
    _note(paper, "；".join(f"第{number}条 {title}" for number, title in matrix.rules))


def _chart(paper: word.WordPaper, chart: Chart) -> None:
    _caption(paper, chart.title)
    rows = [(bar.label, bar.now_words, bar.before_words) for bar in chart.bars]
    paper.table(("组别", "本学期符合/查清", "上学期符合/查清"), rows, (34, 33, 33), flush_left=(0,))
    _note(paper, chart.note)
