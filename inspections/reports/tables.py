"""The tables that both reports share: units × rules, the ledger, rectification, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from inspections.reports.blocks import Column, Matrix, MatrixRow, Paragraph, Span, Table
from inspections.reports.counting import Rectification, by_unit, rectification, share_of_marks, state_words
from inspections.reports.data import (
    MARKS,
    MissingLine,
    ProblemLine,
    RuleLine,
    SupervisionData,
    UnitLine,
    VoiceLine,
)
from shuangjian.dates import cn_date, cn_short

_GROUP_HEADS = {
    "school": "规范学校办学行为",
    "institution": "严格校外培训机构管理",
    "family": "家庭履行教育监护责任",
    "government": "强化政府管理监督",
}


def matrix(data: SupervisionData) -> Matrix:
    """Units × rules: ○ △ ● —, grey where a rule doesn't concern the unit; problems in the last row."""
    counts = {rule.number: 0 for rule in data.rules}
    for problem in data.problems:
        if problem.rule in counts:
            counts[problem.rule] += 1
    return Matrix(
        groups=tuple(
            (_GROUP_HEADS[group], len(list(rules)))
            for group, rules in groupby(data.rules, key=lambda rule: rule.group)
        ),
        rules=tuple((rule.number, rule.title) for rule in data.rules),
        rows=tuple(_matrix_row(unit, data) for unit in data.units),
        totals=tuple(str(counts[rule.number]) for rule in data.rules),
        total=str(len(data.problems)),
        note=(
            "○ 符合　△ 部分符合　● 不符合　— 没有查清　灰底 不涉及该单位。"
            "“符合/查清”为符合的条目数和查清的条目数；实地督导查到的以实地为准，其余按单位自查。"
            f"数据截至{cn_date(data.as_of)}。"
        ),
    )


def _matrix_row(unit: UnitLine, data: SupervisionData) -> MatrixRow:
    cells: list[tuple[str, int]] = []
    pairs = zip(unit.marks, data.rules, strict=True)
    # A run of columns that don't concern the unit is one grey cell, but never across the groups' thick lines.
    for (is_out, _group), run in groupby(pairs, key=lambda pair: (pair[0] == "out", pair[1].group)):
        marks = [mark for mark, _ in run]
        cells += [("", len(marks))] if is_out else [(MARKS[mark], 1) for mark in marks]
    share = share_of_marks(unit.marks)
    count = sum(problem.unit == unit.name for problem in data.problems)
    return MatrixRow(unit.name, tuple(cells), share.counts, str(count))


def ledger(problems: Sequence[ProblemLine], on: date) -> Table:
    """The problem list (问题清单), in order of number."""
    return Table(
        title="",
        columns=(
            Column("序号", 6),
            Column("编号", 12),
            Column("单位", 21, is_text=True),
            Column("条目", 8),
            Column("禁止\n事项", 6),
            Column("问题", 27, is_text=True),
            Column("类别\n期限", 10),
            Column("状态", 10),
        ),
        rows=tuple(
            (
                str(place),
                problem.no,
                problem.unit,
                f"第{problem.rule}条",
                f"{problem.prohibition}\n红线" if problem.red_line else problem.prohibition or "—",
                problem.fact,
                f"{problem.rectifying}\n{cn_short(problem.due_on)}",
                state_words(problem, on) + (f"\n{cn_short(problem.closed_on)}" if problem.closed_on else ""),
            )
            for place, problem in enumerate(problems, 1)
        ),
        is_dense=True,
    )


def rectification_by_unit(problems: Sequence[ProblemLine], order: Sequence[str], on: date) -> Table:
    """Found, due, closed, overdue by unit; only units with problems, in the order of the list of units."""
    rows: list[tuple[str, ...]] = []
    for unit, own in by_unit(problems, order):
        done = rectification(own, on)
        rows.append(_rectification_row(str(len(rows) + 1), unit, done))
    return Table(
        title="",
        columns=(
            Column("序号", 7),
            Column("单位", 30, is_text=True),
            Column("发现", 8),
            Column("到期", 8),
            Column("按期销号", 10),
            Column("逾期后销号", 10),
            Column("逾期未销号", 10),
            Column("未到期", 8),
            Column("销号/到期", 9),
        ),
        rows=tuple(rows),
        total=_rectification_row("", "合计", rectification(problems, on)) if rows else (),
        note="“未到期”含提前销号的；挂账和移交其他部门的不列入到期和未到期；没有到期问题的单位，“销号/到期”记“—”。",
    )


def _rectification_row(place: str, unit: str, done: Rectification) -> tuple[str, ...]:
    numbers = (
        done.found,
        done.due,
        done.closed_in_time,
        done.closed_late,
        done.overdue,
        done.closed_early + done.running,
    )
    return (place, unit, *(str(number) for number in numbers), done.rate.counts)


def voices(rows: Sequence[VoiceLine], title: str) -> Table:
    """What parents answered, a question a row."""
    return Table(
        title=title,
        columns=(
            Column("问题", 50, is_text=True),
            Column("回答", 24, is_text=True),
            Column("份数", 13),
            Column("占比", 13),
        ),
        rows=tuple((row.question, row.said, row.good.counts, row.good.percent_text) for row in rows),
    )


def missing(lines: Iterable[MissingLine]) -> Table:
    """What isn't in the figures and why."""
    return Table(
        title="",
        columns=(Column("序号", 8), Column("内容", 42, is_text=True), Column("原因", 50, is_text=True)),
        rows=tuple((str(place), line.what, line.why) for place, line in enumerate(lines, 1)),
    )


def rules_of_unit(rules: Sequence[RuleLine], marks: Sequence[str], problems: Sequence[ProblemLine]) -> Table:
    """One unit's rules with mark and number of problems; only those that concern it."""
    words = {"ok": "○ 符合", "partial": "△ 部分符合", "bad": "● 不符合", "none": "— 没有查清"}
    rows = [
        (
            f"第{rule.number}条",
            rule.title,
            words[mark],
            str(sum(problem.rule == rule.number for problem in problems)),
        )
        for rule, mark in zip(rules, marks, strict=True)
        if mark != "out"
    ]
    share = share_of_marks(marks)
    return Table(
        title="",
        columns=(
            Column("条目", 14),
            Column("名称", 44, is_text=True),
            Column("结论", 26),
            Column("问题（个）", 16),
        ),
        rows=tuple(rows),
        total=("", "合计", f"符合/查清 {share.counts}", str(len(problems))),
    )


def definitions() -> tuple[Paragraph, ...]:
    """How every figure is counted (documents.md §3, annex 6)."""
    words = (
        "符合、部分符合、不符合：一条规则的各检查项中，有一项不符合即为不符合；没有不符合而有部分符合的，为部分符合；"
        "全部符合的，为符合；有检查项没有查清又没有发现问题的，记“—”。登记了问题的条目不记符合。",
        "同一检查项，实地督导查到的以实地为准；没有实地查到的，按单位提交的自查。材料上传数量不作为依据。",
        "查清的项次＝符合＋部分符合＋不符合；不涉及、没有查清的不计入分母。",
        "到期应整改＝整改期限不晚于取数日的问题；整改完成率＝其中凭佐证销号的÷到期应整改。",
        "逾期未销号＝整改期限早于取数日、取数时还没有销号的问题。",
        "反弹＝同一问题销号后再次出现，按第2次整改继续办理，不另立新号。",
        "红线＝规则表中列为红线的禁止事项，由分管领导审批销号。",
        "表中“0”为查过而没有，“—”为没有数据或不设此数。",
    )
    return tuple(
        Paragraph((Span(f"{place}. {line}", "song"),), kind="note") for place, line in enumerate(words, 1)
    )
