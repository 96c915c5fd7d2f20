"""A paper as .docx: its text as printed, for the office's own red head and seal. The signed file is the PDF.

What is cut off or filled in by hand (送达回证, 回执) is printed from the PDF.
"""

from __future__ import annotations

from typing import Any

from inspections.models import Paper
from inspections.papers import rendering
from inspections.reports import rendering as reports
from inspections.reports.data import restore
from inspections.reports.word import DRAFT, sign_off, write
from shuangjian import word


def docx_of(paper: Paper) -> bytes:
    """The .docx of a paper as it stands."""
    kind = rendering.kind_of(paper)
    data: Any = restore(kind.figures, paper.data)
    sheet = word.WordPaper(title=paper.title, author=data.issuer, at=paper.as_of)
    if not paper.is_signed:
        sheet.paragraph([(DRAFT, word.KAI)], align="centre", indent=0)
    number = paper.document_no or reports.NO_NUMBER
    if kind.is_record:
        number = f"编号：{number}"
    sheet.paragraph([(number, word.FANG)], align="right", indent=0)
    sheet.gap()
    heading = paper.get_kind_display()
    sheet.paragraph([(heading, word.TITLE)], size=22, align="centre", indent=0, is_heading=True)
    sheet.gap()
    if kind.is_record:
        for row in data.head:
            for label, value in ((row.label, row.value), (row.label_2, row.value_2)):
                if label:
                    sheet.paragraph([(f"{label}：", word.HEI), (value, word.FANG)], align="left", indent=0)
    else:
        sheet.paragraph([(f"{kind.addressee(data)}：", word.FANG)], align="left", indent=0)
    write(sheet, rendering.blocks_of(paper))
    sheet.gap()
    if kind.is_record:
        for one in data.signs:
            sheet.paragraph([(f"{one.label}：{one.note}", word.FANG)], align="left", indent=0)
    else:
        sign_off(sheet, data.issuer, paper.signed_on)
    return sheet.bytes()
