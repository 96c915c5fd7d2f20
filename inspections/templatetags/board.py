"""What only the pages of the board need."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from inspections.board_matrix import Cell

register = template.Library()

_OUT = '<td class="hatch"{}><span class="vh">{}</span></td>'
_UNKNOWN = '<td class="{}"><span aria-hidden="true">{}</span><span class="vh">{}</span></td>'
_BEFORE_UNIT = '<td class="{}"><a href="{}'
_AFTER_UNIT = (
    '/{}/?term={}" aria-label="第{}条{}"><span class="only-m">第{}条</span><span{}>{}</span>{}</a></td>'
)
_NOTHING, _ON_SITE, _LATE = SafeString(""), SafeString(' class="site"'), SafeString("<i>逾</i>")


@register.simple_tag
def matrix_cells(cells: Iterable[Cell], unit_code: str, board: str, term_code: str) -> SafeString:
    """The cells of a unit in 条目情况表, with the ways to what they rest on. ``board``: the board's address.

    Written here and not by the template: the table has a thousand of them, of few kinds.
    """
    unit = escape(unit_code)
    drawn = (_around_unit(cell, board, term_code) for cell in cells)
    return SafeString("".join(before if after is None else before + unit + after for before, after in drawn))


@lru_cache(maxsize=2048)
def _around_unit(cell: Cell, board: str, term_code: str) -> tuple[str, str | None]:
    """A cell before and after the code of its unit; None behind one that opens nothing."""
    if cell.is_out:
        span = format_html(' colspan="{}"', cell.span) if cell.span > 1 else _NOTHING
        return format_html(_OUT, span, cell.words), None
    if not cell.is_known:
        return format_html(_UNKNOWN, cell.classes, cell.glyph, cell.words), None
    return format_html(_BEFORE_UNIT, cell.classes, board), format_html(
        _AFTER_UNIT,
        cell.number,
        term_code,
        cell.number,
        cell.words,
        cell.number,
        _ON_SITE if cell.on_site else _NOTHING,
        cell.glyph,
        _LATE if cell.is_overdue else _NOTHING,
    )
