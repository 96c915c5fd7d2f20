"""What a report is made of: frozen figures, taken once and kept as JSON beside the report.

Only what was found stands here (units, marks, problems, dates). Sums, shares and sentences are counted from
these rows when the report is set (supervision.py, unit.py), so that text, chart, tables and annexes cannot
disagree. Nothing here queries; the loader fills these classes, ``dump``/``restore`` carry them through the
JSON column.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

GROUP_TITLES = {
    "school": "学校办学行为",
    "institution": "校外培训机构",
    "family": "家庭教育监护",
    "government": "政府管理监督",
}

# Marks of a unit under a rule. "none" was due but nothing is known, "out" does not concern the unit.
MARKS = {"ok": "○", "partial": "△", "bad": "●", "none": "—", "out": ""}


@dataclass(frozen=True)
class Share:
    """A share with its counts: 16 of 18. Where nothing was counted there is no Share but None."""

    count: int
    of: int

    @property
    def percent(self) -> float | None:
        """Hundredths, or None where the denominator is nought."""
        return 100 * self.count / self.of if self.of else None

    @property
    def counts(self) -> str:
        return f"{self.count}/{self.of}" if self.of else "—"

    @property
    def percent_text(self) -> str:
        """One decimal, none for a whole 0 or 100."""
        if self.percent is None:
            return "—"
        text = f"{self.percent:.1f}"
        if text == "100.0" and self.count != self.of:
            text = "99.9"  # rounding must not turn "nearly all" into "all"
        if text == "0.0" and self.count:
            text = "0.1"
        return f"{text.removesuffix('.0') if text in ('0.0', '100.0') else text}%"

    def __str__(self) -> str:
        return f"{self.counts}，{self.percent_text}" if self.of else "—"


@dataclass(frozen=True)
class RuleLine:
    """One rule of the rulebook; ``group`` is school, institution, family or government."""

    number: int
    title: str
    group: str


@dataclass(frozen=True)
class VisitLine:
    """One visit that took place; ``kind`` in Chinese, as the visit's own label."""

    on: date
    kind: str
    no: str = ""


@dataclass(frozen=True)
class UnitLine:
    """One unit that was to be supervised, visited or not.

    ``marks`` follow the report's ``rules`` one by one (keys of MARKS). ``self_check`` is "submitted",
    "missing" or "not_due". ``remark`` says why a unit was not visited, in the office's words. ``category``
    (学科类, 非学科类) for institutions only, like their ``status`` (正常, 暂停办学).
    """

    name: str
    group: str
    marks: tuple[str, ...]
    visits: tuple[VisitLine, ...] = ()
    self_check: str = "not_due"
    remark: str = ""
    category: str = ""
    status: str = ""


@dataclass(frozen=True)
class ProblemLine:
    """One problem as it stands at the cut-off time.

    ``prohibition`` is 严禁, 不得 or empty; ``red_line`` where its severity is critical. ``state`` is the
    Chinese label of the last round; ``closed_on`` is set exactly when that round is closed. ``rounds`` above
    1 is a relapse (反弹); ``extended`` counts how often the date of the last round was moved by 延期;
    ``resting`` is parked or transferred where nobody's date runs; ``unfounded``: an earlier close-out turned
    out to have had no ground (未改即销).
    """

    no: str
    unit: str
    group: str
    rule: int
    rule_title: str
    fact: str
    origin: str
    rectifying: str
    found_on: date
    due_on: date
    state: str
    closed_on: date | None = None
    prohibition: str = ""
    phrase: str = ""
    red_line: bool = False
    rounds: int = 1
    extended: int = 0
    resting: str = ""
    unfounded: bool = False


@dataclass(frozen=True)
class FigureLine:
    """One figure of a unit with its limit, as answered or measured."""

    rule: int
    name: str
    value: str
    limit: str
    within: bool | None
    source: str = ""


@dataclass(frozen=True)
class VoiceLine:
    """What parents answered to one question: who says that it is as it should be, of all who answered."""

    question: str
    good: Share
    said: str  # the answers so counted, in words


@dataclass(frozen=True)
class MissingLine:
    """Something that should be in the figures and is not, with the reason."""

    what: str
    why: str


@dataclass(frozen=True)
class RecheckLine:
    """One look back or desk check (回头看, 材料抽查) that was done in the term; labels in Chinese."""

    problem: str
    unit: str
    kind: str
    result: str
    done_on: date


@dataclass(frozen=True)
class SanctionLine:
    """One case of accountability that was opened in the term; ``kind`` and ``state`` in Chinese."""

    no: str
    unit: str
    kind: str
    state: str
    opened_on: date
    document_no: str = ""


@dataclass(frozen=True)
class LeadLine:
    """One 线索点 found in the term. Without its address: a place of doubt is told of by its number alone."""

    no: str
    kind: str
    source: str
    state: str
    found_on: date
    township: str = ""


@dataclass(frozen=True)
class EarlierTerm:
    """The rows of the term before: of its signed report (``document_no``), else as the records stand."""

    term_title: str
    until_on: date
    rules: tuple[RuleLine, ...]
    units: tuple[UnitLine, ...]
    problems: tuple[ProblemLine, ...]
    document_no: str = ""


@dataclass(frozen=True)
class SupervisionData:
    """The county's report of a term.

    ``before`` has the group shares of the last term, by group key; ``carried`` the problems of earlier terms
    that were open when this one began. ``people`` are the inspectors who went on visits, ``withdrawn_nos``
    the problems that turned out to be none; None in a report of before they were kept.
    """

    county_name: str
    office_name: str
    addressee: str
    term_title: str
    from_on: date
    until_on: date
    as_of: datetime
    rules: tuple[RuleLine, ...]
    units: tuple[UnitLine, ...]
    problems: tuple[ProblemLine, ...]
    carried: tuple[ProblemLine, ...] = ()
    withdrawn: int = 0  # problems of the term that turned out to be none; not among ``problems``
    before: dict[str, Share] = field(default_factory=dict)
    inspectors: int = 0
    methods: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    missing: tuple[MissingLine, ...] = ()
    title_lines: tuple[str, ...] = ()
    hotline: str = ""
    people: tuple[str, ...] | None = None
    withdrawn_nos: tuple[str, ...] | None = None
    earlier: EarlierTerm | None = None
    rechecks: tuple[RecheckLine, ...] = ()
    sanctions: tuple[SanctionLine, ...] = ()
    leads: tuple[LeadLine, ...] | None = None
    voices: tuple[VoiceLine, ...] = ()


@dataclass(frozen=True)
class UnitReportData:
    """The report of one unit on a term: 2 to 4 pages with its own problem list."""

    county_name: str
    office_name: str
    unit_name: str
    unit_code: str
    unit_kind: str
    group: str
    term_title: str
    from_on: date
    until_on: date
    as_of: datetime
    rules: tuple[RuleLine, ...]
    marks: tuple[str, ...]
    problems: tuple[ProblemLine, ...]
    carried: tuple[ProblemLine, ...] = ()
    withdrawn: int = 0
    visits: tuple[VisitLine, ...] = ()
    figures: tuple[FigureLine, ...] = ()
    self_check: str = "not_due"
    self_check_on: date | None = None
    self_check_no: str = ""
    before: Share | None = None
    missing: tuple[MissingLine, ...] = ()
    hotline: str = ""
    title_lines: tuple[str, ...] = ()
    withdrawn_nos: tuple[str, ...] | None = None
    voices: tuple[VoiceLine, ...] = ()


def dump(data: Any) -> Any:
    """The data as plain JSON values; dates become ISO strings, tuples become lists."""
    if is_dataclass(data):
        return {item.name: dump(getattr(data, item.name)) for item in fields(data)}
    if isinstance(data, (list, tuple)):
        return [dump(item) for item in data]
    if isinstance(data, dict):
        return {key: dump(value) for key, value in data.items()}
    if isinstance(data, (date, datetime)):
        return data.isoformat()
    return data


def restore(kind: type[T], value: Any) -> T:
    """The dataclass ``kind`` from what ``dump`` gave.

    A field that the stored report lacks takes its default; one that this version no longer knows is left out,
    so a report of an older version still opens. Raises TypeError where a field without default is missing.
    """
    hints = _hints(typing.cast(Any, kind))
    return kind(**{name: _restored(hints[name], item) for name, item in value.items() if name in hints})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields by name."""
    hints = typing.get_type_hints(kind)
    return {item.name: hints[item.name] for item in fields(kind)}


def _restored(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if value is None or hint is Any:
        return value
    if origin in (types.UnionType, typing.Union):
        return _restored(next(item for item in arguments if item is not type(None)), value)
    if origin is tuple:
        return tuple(_restored(arguments[0], item) for item in value)
    if origin is dict:
        return {key: _restored(arguments[1], item) for key, item in value.items()}
    if hint is datetime or hint is date:
        return hint.fromisoformat(value)
    return restore(hint, value) if isinstance(hint, type) and is_dataclass(hint) else value
