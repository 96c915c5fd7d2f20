"""Places what chart and matrix draw: lengths of bars, hatching, thick lines. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass

from inspections.reports.blocks import Chart, Matrix

_LEFT, _FULL, _ROW, _BAR, _STEP = 16, 600, 90, 26, 12  # tenths of a millimetre


@dataclass(frozen=True)
class DrawnBar:
    y: int
    width: int
    solid: bool
    hatch: str = ""


@dataclass(frozen=True)
class DrawnChart:
    """A chart with its bars placed."""

    title: str
    bars: tuple[object, ...]
    note: str
    drawn: tuple[DrawnBar, ...]
    kind: str = "chart"
    grid: tuple[int, ...] = tuple(_LEFT + _FULL * quarter // 4 for quarter in range(1, 5))

    @property
    def height(self) -> int:
        return _ROW * len(self.bars)

    @property
    def height_mm(self) -> str:
        return f"{self.height / 10:g}"


def draw_chart(chart: Chart) -> DrawnChart:
    """Two bars a group, this term's above; a group without figures has none."""
    drawn = []
    for row, bar in enumerate(chart.bars):
        for percent, top, solid in ((bar.now, 15, True), (bar.before, 15 + _BAR, False)):
            if percent is None:
                continue
            y, width = row * _ROW + top, round(_FULL * percent / 100)
            drawn.append(DrawnBar(y, width, solid, "" if solid else _hatch(y, width)))
    return DrawnChart(chart.title, chart.bars, chart.note, tuple(drawn))


def _hatch(y: int, width: int) -> str:
    """Slanting lines from lower left to upper right, cut at the bar's ends."""
    parts = []
    for start in range(-_BAR + _STEP, width, _STEP):
        low, high = max(0, start), min(width, start + _BAR)
        if high - low >= 2:
            parts.append(
                f"M{_LEFT + low} {y + _BAR - (low - start)}L{_LEFT + high} {y + _BAR - (high - start)}"
            )
    return "".join(parts)


@dataclass(frozen=True)
class DrawnCell:
    mark: str
    span: int
    css: str


@dataclass(frozen=True)
class DrawnRow:
    name: str
    cells: tuple[DrawnCell, ...]
    share: str
    problems: str


@dataclass(frozen=True)
class DrawnMatrix:
    """The matrix with the class of each cell: ``g`` begins a group (thick line), ``out`` is grey."""

    groups: tuple[tuple[str, int], ...]
    rules: tuple[tuple[int, str], ...]
    starts: frozenset[int]
    rows: tuple[DrawnRow, ...]
    totals: tuple[tuple[int, str], ...]
    total: str
    note: str
    kind: str = "matrix"


def draw_matrix(matrix: Matrix) -> DrawnMatrix:
    places, at = set(), 0
    for _, span in matrix.groups:
        places.add(at)
        at += span
    rows = []
    for row in matrix.rows:
        cells, at = [], 0
        for mark, span in row.cells:
            css = " ".join(name for name, holds in (("g", at in places), ("out", not mark)) if holds)
            cells.append(DrawnCell(mark, span, css))
            at += span
        rows.append(DrawnRow(row.name, tuple(cells), row.share, row.problems))
    numbers = [number for number, _ in matrix.rules]
    return DrawnMatrix(
        groups=matrix.groups,
        rules=matrix.rules,
        starts=frozenset(numbers[place] for place in places),
        rows=tuple(rows),
        totals=tuple(zip(numbers, matrix.totals, strict=True)),
        total=matrix.total,
        note=matrix.note,
    )
