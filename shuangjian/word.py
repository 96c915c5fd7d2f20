"""Papers as .docx for an office's own red head and seal: the only importer of python-docx.

Plain paragraphs and tables, no content controls, no floating boxes (practice.md P31): Word, WPS and
LibreOffice show the same. Faces are named (仿宋, 黑体, 楷体), not embedded: the office's own are used. What
people wrote is only ever text; characters that XML cannot hold are shown as 「�」. The library is loaded when
the first paper is written: a process that writes none does not carry it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from shuangjian.typesetting import TURNING

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FANG, HEI, KAI, SONG, TITLE = "仿宋", "黑体", "楷体", "宋体", "方正小标宋简体"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BODY, _SMALL, _TINY = 16.0, 10.5, 6.5  # points: 三号, 五号, and the table of thirty rules
_LINE = 28.95  # points between two lines: 22 on a page
_MARGINS = (37, 35, 28, 26)  # mm: head, foot, left, right (GB/T 9704, by Word's own line pitch)


def plain(words: str) -> str:
    """The words as XML can hold them."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", words.translate(TURNING))


class WordPaper:
    """A paper under way; ``bytes`` ends it."""

    def __init__(self, *, title: str, author: str, at: datetime) -> None:
        from docx import Document

        self._document = Document()
        self._width = 156.0
        core = self._document.core_properties
        core.title, core.author, core.last_modified_by = plain(title)[:250], plain(author)[:250], ""
        core.comments, core.language = "", "zh-CN"
        core.created = core.modified = at.replace(tzinfo=None)
        self._normal_style()
        self._set_up(self._document.sections[0], is_wide=False)

    # --- Paragraphs -----------------------------------------------------------------------------------------
    def paragraph(
        self,
        runs: Iterable[tuple[str, str]],
        *,
        size: float = _BODY,
        align: str = "both",
        indent: int = 2,
        right: int = 0,
        is_heading: bool = False,
    ) -> None:
        """One paragraph of (words, face). ``indent`` and ``right`` in characters."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml.ns import qn
        from docx.shared import Pt

        row = self._document.add_paragraph()
        row.alignment = getattr(
            WD_ALIGN_PARAGRAPH,
            {"both": "JUSTIFY", "centre": "CENTER", "left": "LEFT", "right": "RIGHT"}[align],
        )
        row.paragraph_format.keep_with_next = is_heading
        for words, face in runs:
            _face(row.add_run(plain(words)), face, Pt(size))
        if indent or right:
            spacing = row._p.get_or_add_pPr().get_or_add_ind()
            if indent:
                spacing.set(qn("w:firstLineChars"), str(indent * 100))
                spacing.set(qn("w:firstLine"), str(round(indent * size * 20)))
            if right:
                spacing.set(qn("w:rightChars"), str(right * 100))
                spacing.set(qn("w:right"), str(round(right * size * 20)))

    def gap(self) -> None:
        """An empty line."""
        self.paragraph([], indent=0)

    # --- Tables ---------------------------------------------------------------------------------------------
    def table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        widths: Sequence[float],
        *,
        flush_left: Sequence[int] = (),
        is_tiny: bool = False,
    ) -> None:
        """A table whose head is repeated on every page and whose rows are never split.

        ``widths`` in shares of the block; the columns of ``flush_left`` hold words. Built straight as XML: a
        row costs no search.
        """
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        total = sum(widths)
        twips = [round(self._width / 25.4 * 1440 * width / total) for width in widths]
        made = self._document.add_table(rows=0, cols=len(head))
        made.style, made.autofit = "Table Grid", False
        made._tbl.tblPr.insert_element_before(_thin_margins(), "w:tblLook")
        for column, width in zip(made._tbl.tblGrid.gridCol_lst, twips, strict=True):
            column.set(qn("w:w"), str(width))
        half_points = str(round((_TINY if is_tiny else _SMALL) * 2))
        for place, cells in enumerate((head, *rows)):
            line = OxmlElement("w:tr")
            facts = OxmlElement("w:trPr")
            facts.append(OxmlElement("w:cantSplit"))
            if place == 0:
                facts.append(OxmlElement("w:tblHeader"))
            line.append(facts)
            for at, words in enumerate(cells):
                is_words = at in flush_left and place > 0
                line.append(_cell(words, twips[at], HEI if place == 0 else SONG, half_points, is_words))
            made._tbl.append(line)

    # --- Pages ----------------------------------------------------------------------------------------------
    def new_page(self, *, is_wide: bool = False) -> None:
        """Go on with a new page, turned where ``is_wide``."""
        from docx.enum.section import WD_SECTION

        self._set_up(self._document.add_section(WD_SECTION.NEW_PAGE), is_wide=is_wide)

    def bytes(self) -> bytes:
        """The .docx."""
        out = BytesIO()
        self._document.save(out)
        return out.getvalue()

    def _set_up(self, section: Any, *, is_wide: bool) -> None:
        from docx.enum.section import WD_ORIENT
        from docx.shared import Mm

        wide, high = (297, 210) if is_wide else (210, 297)
        section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(wide), Mm(high)
        head, foot, left, right = (28, 26, 35, 37) if is_wide else _MARGINS
        section.top_margin, section.bottom_margin = Mm(head), Mm(foot)
        section.left_margin, section.right_margin = Mm(left), Mm(right)
        section.footer_distance = Mm(foot - 9)
        self._width = wide - left - right
        if section is self._document.sections[0] or not section.footer.is_linked_to_previous:
            _page_number(section.footer.paragraphs[0])

    def _normal_style(self) -> None:
        from docx.enum.text import WD_LINE_SPACING
        from docx.shared import Pt

        style = self._document.styles["Normal"]
        _face(style, FANG, Pt(_BODY))
        pitch = style.paragraph_format
        pitch.space_before = pitch.space_after = Pt(0)
        pitch.line_spacing_rule, pitch.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(_LINE)


def _face(holder: Any, face: str, size: Any) -> None:
    """Face and size of a run or style, for Chinese and for Latin characters."""
    from docx.oxml.ns import qn

    holder.font.name, holder.font.size = face, size
    fonts = holder.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:hAnsi", "w:ascii", "w:cs"):
        fonts.set(qn(script), face)


def _thin_margins() -> Any:
    """One point left and right in a cell: with the usual 5.4 points 限期整改 breaks in its column."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for name in ("w:left", "w:right"):
        side = OxmlElement(name)
        side.set(qn("w:w"), "20")
        side.set(qn("w:type"), "dxa")
        margins.append(side)
    return margins


def _cell(words: str, width: int, face: str, half_points: str, is_words: bool) -> Any:
    """One cell with its words, line by line."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    cell, facts, size = OxmlElement("w:tc"), OxmlElement("w:tcPr"), OxmlElement("w:tcW")
    size.set(qn("w:w"), str(width))
    size.set(qn("w:type"), "dxa")
    facts.append(size)
    middle = OxmlElement("w:vAlign")
    middle.set(qn("w:val"), "center")
    facts.append(middle)
    cell.append(facts)
    for line in plain(words).split("\n"):
        paragraph, form = OxmlElement("w:p"), OxmlElement("w:pPr")
        pitch, side = OxmlElement("w:spacing"), OxmlElement("w:jc")
        pitch.set(qn("w:line"), "240")
        pitch.set(qn("w:lineRule"), "auto")
        side.set(qn("w:val"), "left" if is_words else "center")
        form.append(pitch)
        form.append(side)
        run, look, fonts = OxmlElement("w:r"), OxmlElement("w:rPr"), OxmlElement("w:rFonts")
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), face)
        look.append(fonts)
        for name in ("w:sz", "w:szCs"):
            points = OxmlElement(name)
            points.set(qn("w:val"), half_points)
            look.append(points)
        text = OxmlElement("w:t")
        text.text = line
        text.set(qn("xml:space"), "preserve")
        run.append(look)
        run.append(text)
        paragraph.append(form)
        paragraph.append(run)
        cell.append(paragraph)
    return cell


def _page_number(paragraph: Any) -> None:
    """— 1 — in the middle of the foot."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _face(paragraph.add_run("— "), SONG, Pt(14))
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
    _face(paragraph.add_run(" —"), SONG, Pt(14))
