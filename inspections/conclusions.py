"""达标、基本达标、未达标: the one rule by which a unit is judged (practice.md P29).

From its marks and problems. Report, public results, list and goals all ask here. Pure: no query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inspections.models import Attainment

Conclusion = Attainment.Conclusion
DEFINITION = (
    "达标：查清的条目全部符合。基本达标：有部分符合的条目，或者不符合的条目已全部整改销号，没有未销号的红线问题。"
    "未达标：有不符合的条目没有整改销号，或者有红线问题没有销号。没有查清任何条目的单位不作结论。"
)


@dataclass(frozen=True)
class Case:
    """A problem as far as it decides: its rule, whether it is closed, whether it is a red line."""

    rule: int
    is_closed: bool
    is_red_line: bool


def conclude(marks: Mapping[int, str], cases: Iterable[Case]) -> Attainment.Conclusion:
    """The conclusion on a unit. ``marks``: by number of the rule ok, partial, bad, none or out."""
    cases = list(cases)
    if any(case.is_red_line and not case.is_closed for case in cases):
        return Conclusion.UNMET
    known = [mark for mark in marks.values() if mark in ("ok", "partial", "bad")]
    if not known:
        return Conclusion.UNKNOWN
    failed = [rule for rule, mark in marks.items() if mark == "bad"]
    if any(_is_unmended(rule, cases) for rule in failed):
        return Conclusion.UNMET
    return Conclusion.NEARLY if failed or "partial" in known else Conclusion.MET


def _is_unmended(rule: int, cases: Iterable[Case]) -> bool:
    """Is there a problem of the rule that isn't closed, or none on record by which it could be?"""
    own = [case for case in cases if case.rule == rule]
    return not own or any(not case.is_closed for case in own)
