"""Which grades a kind of school may teach under 六三制 and 五四制 (P13, P16), and how they are written."""

from __future__ import annotations

from collections.abc import Collection

from schools.models import School
from shuangjian.policy.scope import grade_name

_T, _S = School.SchoolType, School.System
_PRIMARY = {_S.SIX_THREE: range(1, 7), _S.FIVE_FOUR: range(1, 6)}
_JUNIOR = {_S.SIX_THREE: range(7, 10), _S.FIVE_FOUR: range(6, 10)}


def grades_allowed(school_type: str, system: str) -> frozenset[int]:
    """The grades that fit a 办学类型 under a 学制; a school need not teach all of them."""
    by_type = {
        _T.PRIMARY: _PRIMARY[_S(system)],
        _T.TEACHING_POINT: _PRIMARY[_S(system)],
        _T.JUNIOR: _JUNIOR[_S(system)],
        _T.NINE_YEAR: range(1, 10),
        _T.TWELVE_YEAR: range(1, 13),
        _T.COMPLETE: range(_JUNIOR[_S(system)].start, 13),
        _T.SENIOR: range(10, 13),
        _T.SPECIAL: range(1, 13),
    }
    return frozenset(by_type[_T(school_type)])


def fault_of_grades(grades: Collection[int], school_type: str, system: str) -> str:
    """Which of ``grades`` don't fit and what does; empty where all fit."""
    allowed = grades_allowed(school_type, system)
    wrong = sorted(set(grades) - allowed)
    if not wrong:
        return ""
    kind = f"{School.SchoolType(school_type).label}（{School.System(system).label}）"
    return (
        f"{kind}只有{grade_name(min(allowed))}至{grade_name(max(allowed))}，"
        f"请去掉{'、'.join(grade_name(grade) for grade in wrong)}，或改选办学类型、学制"
    )


def grades_in_words(grades: Collection[int]) -> str:
    """一年级至六年级; single grades and gaps are written out: 一年级、三年级至五年级."""
    runs: list[list[int]] = []
    for grade in sorted(set(grades)):
        if runs and grade == runs[-1][-1] + 1:
            runs[-1].append(grade)
        else:
            runs.append([grade])
    return "、".join(
        grade_name(run[0]) if len(run) == 1 else f"{grade_name(run[0])}至{grade_name(run[-1])}"
        for run in runs
    )
