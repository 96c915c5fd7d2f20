"""Judging: a figure by its limit, and a rule's conclusion from the answers to its items."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shuangjian.policy.models import Indicator, Limit
from shuangjian.policy.scope import UnitFacts, limits_for

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,2})?", re.ASCII)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．：", "0123456789.:")
MOST = 100_000


class BadFigure(ValueError):
    """The text is no number and no clock time; the message says how to write it."""


@dataclass(frozen=True)
class Verdict:
    """A figure against its limit: within or not, and by how much in words."""

    is_within: bool
    words: str


def parse(value_kind: str, text: str) -> str:
    """The normal form in which a figure is kept: ``66``, ``2.5``, ``20:30``. Full-width digits are accepted.

    Raises BadFigure with the way to write it.
    """
    plain = text.strip().translate(_FULL_WIDTH)
    if value_kind == Indicator.ValueKind.CLOCK:
        match = _CLOCK.fullmatch(plain)
        if not match or int(match[1]) > 23 or int(match[2]) > 59:
            raise BadFigure("请按24小时制填写时刻，例如20:30")
        return f"{int(match[1]):02d}:{match[2]}"
    if not _NUMBER.fullmatch(plain) or Decimal(plain) > MOST:
        raise BadFigure(f"请填写0到{MOST}之间的数，最多两位小数，例如60")
    return format(Decimal(plain).normalize(), "f")


def _measure(text: str) -> Decimal:
    """Minutes after midnight of a clock time, else the number."""
    match = _CLOCK.fullmatch(text)
    return Decimal(int(match[1]) * 60 + int(match[2])) if match else Decimal(text)


def judge(limit: Limit, value: str) -> Verdict:
    """A figure in normal form against a limit: 未超出, 超出6分钟, 少1天, 晚20分钟, 高5个百分点."""
    found, bound = _measure(value), _measure(limit.value)
    is_clock = ":" in limit.value
    is_within = {
        Limit.Op.AT_MOST: found <= bound,
        Limit.Op.AT_LEAST: found >= bound,
        Limit.Op.EXACTLY: found == bound,
    }[Limit.Op(limit.op)]
    if is_within:
        within = {Limit.Op.AT_MOST: "未超出", Limit.Op.AT_LEAST: "达到"}
        return Verdict(True, "符合" if is_clock else within.get(Limit.Op(limit.op), "符合"))
    if is_clock:
        over, under, unit = "晚", "早", "分钟"
    elif limit.indicator.unit == "%":
        over, under, unit = "高", "低", "个百分点"
    else:
        over, under, unit = "超出", "少", limit.indicator.spoken_unit.split("/")[0]
    return Verdict(
        False, f"{over if found > bound else under}{format(abs(found - bound).normalize(), 'f')}{unit}"
    )


def limit_at(limits: Iterable[Limit], on: date) -> list[Limit]:
    """Those of ``limits`` that were in force on the day: a finding is judged by the limit of its date."""
    return [
        limit
        for limit in limits
        if (limit.in_force_from is None or limit.in_force_from <= on)
        and (limit.in_force_to is None or on <= limit.in_force_to)
    ]


def limit_for(indicator: Indicator, *, on: date, facts: UnitFacts, grade: int | None = None) -> Limit | None:
    """The limit by which a figure of a unit (and one of its grades) is judged on a day, or None.

    Reads ``indicator.limits``, so prefetch it for lists. Of several (a figure of a nine-year school as a
    whole) the first is given: ask per grade there.
    """
    return next(iter(limits_for(limit_at(indicator.limits.all(), on), facts, grade)), None)


# Answers and conclusions carry the same values as inspections.Answer: meets, partly, fails, na, "" (open).
def conclusion(answers: Iterable[str]) -> str:
    """A rule's conclusion from its items: fails if any does, else partly, else open if any is, else meets.

    na only if all are; open for no items at all (decisions.md, "Rules, items, limits").
    """
    values = list(answers)
    for value in ("fails", "partly"):
        if value in values:
            return value
    if not values or "" in values:
        return ""
    return "na" if all(value == "na" for value in values) else "meets"
