"""Every number of a report with the rows that it was counted from, as they were frozen.

A number is the length of its rows, so that text, table and list cannot disagree; a share names two numbers.
Pure: made anew from the frozen figures whenever it is asked for. The texts of a report count by the same
selections (selections.py, counting.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from inspections.reports.counting import KNOWN_MARKS, standing, state_words
from inspections.reports.data import (
    FigureLine,
    ProblemLine,
    RuleLine,
    Share,
    UnitLine,
    UnitReportData,
    VoiceLine,
)
from inspections.reports.records import MARK_WORDS
from shuangjian.dates import cn_date, cn_short

Row = tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """One number: ``how`` says in words what was counted, ``head`` names the columns of ``rows``.

    ``of`` is the key of the number that it is a share of; ``problem_column`` of a row holds a problem's
    number, where one does.
    """

    key: str
    label: str
    how: str
    head: Row
    rows: tuple[Row, ...]
    measure: str = "个"
    of: str = ""
    problem_column: int | None = None

    @property
    def count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Part:
    """The numbers of one part of a report."""

    key: str
    title: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Figures:
    """All numbers of a report."""

    parts: tuple[Part, ...]

    def find(self, key: str) -> Number | None:
        return next((number for part in self.parts for number in part.numbers if number.key == key), None)

    def share(self, number: Number) -> Share | None:
        """The share that the number is the count of; None for a plain number."""
        whole = self.find(number.of) if number.of else None
        return Share(number.count, whole.count) if whole is not None else None


# --- Rows ---------------------------------------------------------------------------------------------------
_PROBLEM_HEAD = ("编号", "单位", "条目", "问题", "来源", "期限", "状态")
VISIT_HEAD = ("编号", "单位", "日期", "类别")
_UNIT_HEAD = ("单位", "自查", "实地督导")
_MARK_HEAD = ("单位", "条目", "结论")
_CHECKED = {"submitted": "已提交", "missing": "未提交", "not_due": "没有任务"}
_STANDING = {
    "closed_in_time": ("按期销号", "整改期限不晚于取数日，在期限内凭佐证销号"),
    "closed_late": ("逾期后销号", "整改期限不晚于取数日，过期后凭佐证销号"),
    "overdue": ("逾期未销号", "整改期限早于取数日，取数时没有销号"),
    "closed_early": ("提前销号", "整改期限晚于取数日，已经凭佐证销号"),
    "running": ("未到期未销号", "整改期限不早于取数日，没有销号"),
    "parked": ("挂账", "取数时挂账，期限不走"),
    "transferred": ("移交其他部门", "取数时已移交其他部门"),
}
_DUE = ("closed_in_time", "closed_late", "overdue")


class Maker:
    """Makes numbers of problems, units and marks as of one day."""

    def __init__(self, on: date) -> None:
        self.on = on

    def problems(
        self, key: str, label: str, how: str, lines: Iterable[ProblemLine], of: str = "", measure: str = "个"
    ) -> Number:
        rows = tuple(
            (
                line.no,
                line.unit,
                f"第{line.rule}条 {line.rule_title}",
                f"{f'（{line.prohibition}）' if line.prohibition else ''}{line.fact}",
                line.origin,
                cn_short(line.due_on),
                state_words(line, self.on).replace("\n", "，")
                + (f"（{cn_short(line.closed_on)}）" if line.closed_on else ""),
            )
            for line in lines
        )
        return Number(key, label, how, _PROBLEM_HEAD, rows, measure, of, problem_column=0)

    def by_standing(
        self, prefix: str, lines: Sequence[ProblemLine], kinds: Iterable[str], of: str = ""
    ) -> list[Number]:
        return [
            self.problems(
                f"{prefix}{kind}", _STANDING[kind][0], _STANDING[kind][1], self._in(lines, kind), of=of
            )
            for kind in kinds
        ]

    def _in(self, lines: Iterable[ProblemLine], *kinds: str) -> list[ProblemLine]:
        return [line for line in lines if standing(line, self.on) in kinds]

    def rectification(self, prefix: str, lines: Sequence[ProblemLine], of_unit: str = "") -> list[Number]:
        """Due, closed of due and the seven counts; ``of_unit`` goes before each label."""
        due = f"{prefix}due"
        numbers = [
            self.problems(due, "到期应整改", "整改期限不晚于取数日的问题", self._in(lines, *_DUE)),
            self.problems(
                f"{prefix}closed_of_due",
                "到期的已销号",
                "到期应整改的问题中，凭佐证销号的",
                self._in(lines, *_DUE[:2]),
                of=due,
            ),
            *self.by_standing(prefix, lines, _DUE, of=due),
            self.problems(
                f"{prefix}not_due",
                "未到期",
                "整改期限没有到的问题，含提前销号的",
                self._in(lines, "closed_early", "running"),
            ),
            *self.by_standing(prefix, lines, ("closed_early", "running", "parked", "transferred")),
        ]
        before = f"{of_unit}：" if of_unit else ""
        return [replace(number, label=before + number.label) for number in numbers]

    def apart(self, lines: Sequence[ProblemLine], withdrawn: tuple[str, ...] | None) -> list[Number]:
        """Extended, relapsed, closed without ground, withdrawn: said beside every rate."""
        numbers = [
            self.problems(
                "extended",
                "经批准延期",
                "最近一次整改的期限被批准延后过的问题",
                (x for x in lines if x.extended),
            ),
            self.problems(
                "relapsed",
                "反弹",
                "销号后再次发现、按第2次整改办理的问题",
                (x for x in lines if x.rounds > 1),
            ),
            self.problems(
                "unfounded",
                "未改即销",
                "回头看、抽查认定销号没有依据的",
                [x for x in lines if x.unfounded],
            ),
        ]
        if withdrawn is not None:
            rows = tuple((no,) for no in withdrawn)
            how = "登记后认定不成立、已撤销的问题，不计入发现和销号"
            numbers.append(Number("withdrawn", "撤销", how, ("编号",), rows, problem_column=0))
        return numbers

    def units_of(self, key: str, label: str, how: str, lines: Iterable[ProblemLine]) -> Number:
        """The units that have problems, each once with how many."""
        found: dict[str, int] = {}
        for line in lines:
            found[line.unit] = found.get(line.unit, 0) + 1
        rows = tuple((name, str(count)) for name, count in found.items())
        return Number(key, label, how, ("单位", "问题（个）"), rows, "家")


def units_number(
    key: str, label: str, how: str, lines: Iterable[UnitLine], of: str = "", head: Row = (), more: Any = None
) -> Number:
    """Units with self-check and visits, and what else ``more`` says of each under ``head``."""
    rows = tuple(
        (
            unit.name,
            _CHECKED[unit.self_check],
            "；".join(f"{cn_short(visit.on)}{visit.kind}" for visit in unit.visits) or unit.remark or "—",
            *(more(unit) if more is not None else ()),
        )
        for unit in lines
    )
    return Number(key, label, how, (*_UNIT_HEAD, *head), rows, "家", of)


def _marks(
    key: str, label: str, how: str, cells: Iterable[tuple[str, RuleLine, str]], of: str = ""
) -> Number:
    rows = tuple((unit, f"第{rule.number}条 {rule.title}", MARK_WORDS[mark]) for unit, rule, mark in cells)
    return Number(key, label, how, _MARK_HEAD, rows, "项次", of)


def _per_key(
    lines: Iterable[ProblemLine], by: Callable[[ProblemLine], Any]
) -> list[tuple[Any, list[ProblemLine]]]:
    grouped: dict[Any, list[ProblemLine]] = {}
    for line in lines:
        grouped.setdefault(by(line), []).append(line)
    return list(grouped.items())


def of_problems(make: Maker, problems: Sequence[ProblemLine]) -> list[Number]:
    """What both reports count of the term's problems."""
    strict = [line for line in problems if line.prohibition == "严禁"]
    must_not = [line for line in problems if line.prohibition == "不得"]
    forbidden = [line for line in problems if line.prohibition]
    ordinary = [line for line in problems if not line.prohibition]
    origins = sorted(_per_key(problems, lambda line: line.origin), key=lambda pair: -len(pair[1]))
    return [
        make.problems("problems", "问题", "本学期登记的问题，不含撤销的", problems),
        make.problems(
            "strict",
            "“严禁”事项",
            "触碰“严禁”的问题",
            strict,
            of="problems",
        ),
        make.problems(
            "must_not",
            "“不得”事项",
            "触碰“不得”的问题",
            must_not,
            of="problems",
        ),
        make.problems(
            "forbidden",
            "“严禁”和“不得”事项",
            "两类合计",
            forbidden,
            of="problems",
        ),
        make.problems(
            "ordinary",
            "其他问题",
            "不触碰“严禁”和“不得”的问题",
            ordinary,
            of="problems",
        ),
        make.problems(
            "red", "红线", "列为红线的禁止事项", [x for x in problems if x.red_line], of="problems"
        ),
        *(
            make.problems(f"origin-{place}", f"来源：{origin}", f"来源为{origin}的问题", rows, of="problems")
            for place, (origin, rows) in enumerate(origins, 1)
        ),
    ]


def of_carried(make: Maker, carried: Sequence[ProblemLine]) -> list[Number]:
    return [
        make.problems("carried", "上学期结转", "以前学期登记、本学期开始时没有销号的问题", carried),
        make.problems(
            "carried_closed",
            "结转的已销号",
            "结转的问题中，取数时已经销号的",
            [line for line in carried if line.closed_on is not None],
            of="carried",
        ),
    ]


def of_parents(voices: Sequence[VoiceLine]) -> Number:
    """The questions of 家长问卷 that ten or more answered, each with its answers."""
    return Number(
        "voices",
        "家长问卷有汇总的题",
        "满10份、已公布的题；“占比”是作所列回答的",
        ("问题", "回答", "份数", "占比"),
        tuple((row.question, row.said, row.good.counts, row.good.percent_text) for row in voices),
        measure="题",
    )


def of_visits(units: Iterable[UnitLine], label: str = "实地督导") -> Number:
    rows = tuple(
        (visit.no or "—", unit.name, cn_date(visit.on), visit.kind) for unit in units for visit in unit.visits
    )
    return Number("visits", label, "取数时双方已经确认的督导", VISIT_HEAD, rows, "次")


def known_marks(
    prefix: str, title: str, cells: Sequence[tuple[str, RuleLine, str]], *, one_by_one: bool = False
) -> list[Number]:
    """查清 and 符合 of it; ``one_by_one`` also the other marks."""
    known = f"{prefix}known"
    numbers = [
        _marks(
            known,
            f"{title}查清",
            "结论为符合、部分符合、不符合的项次；不涉及和没有查清的不计",
            [cell for cell in cells if cell[2] in KNOWN_MARKS],
        ),
        _marks(
            f"{prefix}ok",
            f"{title}符合",
            "查清的项次中，结论为符合的",
            [x for x in cells if x[2] == "ok"],
            of=known,
        ),
    ]
    if one_by_one:
        for mark in ("partial", "bad", "none"):
            label = f"{title}{'没有查清' if mark == 'none' else MARK_WORDS[mark]}"
            how = f"结论为“{MARK_WORDS[mark]}”的"
            numbers.append(_marks(f"{prefix}{mark}", label, how, [x for x in cells if x[2] == mark]))
    return numbers


# --- One unit's report --------------------------------------------------------------------------------------
def unit_figures(data: UnitReportData) -> Figures:
    """The numbers of one unit's report."""
    make = Maker(data.until_on)
    own = UnitLine(
        name=data.unit_name,
        group=data.group,
        marks=data.marks,
        visits=data.visits,
        self_check=data.self_check,
    )
    cells = [
        (data.unit_name, rule, mark)
        for rule, mark in zip(data.rules, data.marks, strict=True)
        if mark != "out"
    ]
    concerned = _marks("concerned", "涉及条目", "由该单位负责的条目", cells)
    situation = [concerned, *known_marks("", "", cells, one_by_one=True), of_visits([own])]
    situation += _stated(data.figures)
    rectified = make.rectification("", data.problems) + make.apart(data.problems, data.withdrawn_nos)
    return Figures(
        (
            Part("situation", "总体情况", tuple(situation)),
            Part("problems", "存在问题", tuple(of_problems(make, data.problems))),
            Part("rectification", "整改情况", tuple(rectified + of_carried(make, data.carried))),
            Part("parents", "家长和社会评价", (of_parents(data.voices),)),
        )
    )


def _stated(lines: Sequence[FigureLine]) -> list[Number]:
    def number(key: str, label: str, how: str, chosen: Iterable[FigureLine], of: str = "") -> Number:
        words = {True: "符合", False: "不符合", None: "—"}
        rows = tuple(
            (f"第{line.rule}条", line.name, line.value, line.limit or "—", words[line.within])
            for line in chosen
        )
        return Number(key, label, how, ("条目", "指标", "填报", "限值", "对照"), rows, "项", of)

    judged = [line for line in lines if line.within is not None]
    return [
        number("stated", "填报的数值", "单位在自查中填报的数值", lines),
        number("judged", "有限值的数值", "填报的数值中，有限值可以对照的", judged),
        number("within", "符合限值", "对照后在限值以内的", [x for x in judged if x.within], of="judged"),
    ]
