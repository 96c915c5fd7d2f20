"""What only the pages of the board need."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inspections.board_matrix import Cell

register = template.Library()

_OUT = '<td class="hatch"{}><span class="vh">{}</span></td>'
_UNKNOWN = '<td class="{}"><span aria-hidden="true">{}</span><span class="vh">{}</span></td>'
_KNOWN = (
    '<td class="{}"><a href="{}{}/{}/?term={}" aria-label="第{}条{}"><span class="only-m">第{}条</span>'
    "<span{}>{}</span>{}</a></td>"
)
_NOTHING, _ON_SITE, _LATE = SafeString(""), SafeString(' class="site"'), SafeString("<i>逾</i>")


@register.simple_tag
def matrix_cell(cell: Cell, unit_code: str, board: str, term_code: str) -> SafeString:
    """A cell of 条目情况表, with the way to what it rests on. ``board``: the address of the board.

    Written here and not by the template: the table has a thousand of them.
    """
    if cell.is_out:
        span = format_html(' colspan="{}"', cell.span) if cell.span > 1 else _NOTHING
        return format_html(_OUT, span, cell.words)
    if not cell.is_known:
        return format_html(_UNKNOWN, cell.classes, cell.glyph, cell.words)
    return format_html(
        _KNOWN,
        cell.classes,
        board,
        unit_code,
        cell.number,
        term_code,
        cell.number,
        cell.words,
        cell.number,
        _ON_SITE if cell.on_site else _NOTHING,
        cell.glyph,
        _LATE if cell.is_overdue else _NOTHING,
    )
