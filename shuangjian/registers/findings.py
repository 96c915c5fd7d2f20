"""What a unit's records say against themselves: beyond a limit, against a rule, against one another.

The one judge: the form asks it before it saves (a warning that wants an explanation), the doubts are what it
finds afterwards. Apps above add what only they know of their kind (``add_check``), and what is found between
units (``add_county_check``).

Source: issue "registers" C; decisions.md, "Rules, items, limits" (the limit of the day judges).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from shuangjian.dates import cn_date
from shuangjian.policy import judging
from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem, Indicator, Limit
from shuangjian.policy.scope import limits_for
from shuangjian.policy.selectors import current_rulebook
from shuangjian.registers.definitions import Bound, Field, Register, Type
from shuangjian.registers.models import Doubt
from shuangjian.registers.records import Records
from shuangjian.registers.values import JUDGED, Line


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found. ``code`` tells it from the unit's others; ``also``: what register it contradicts."""

    code: str
    kind: Doubt.Kind
    register: str
    item: str  # of the check item
    fact: str
    line: str = ""  # key of the line that says so
    field: str = ""
    also: str = ""
    prohibition: str = ""
    limit: Limit | None = None

    def is_about(self, register: str) -> bool:
        return register in (self.register, self.also)


Check = Callable[[Records], Iterable[Finding]]
# (id of the unit, what was found there) of many units at once: one query for all of them.
CountyCheck = Callable[[list[Records]], Iterable[tuple[int, Finding]]]
_checks: dict[str, list[Check]] = {"school": [], "institution": []}
_county_checks: list[CountyCheck] = []


def add_check(kind: str) -> Callable[[Check], Check]:
    """Decorator: let an app add what it looks for in the records of a kind of unit."""

    def add(check: Check) -> Check:
        _checks[kind].append(check)
        return check

    return add


def add_county_check(check: CountyCheck) -> CountyCheck:
    """Decorator: let an app add what it looks for between units."""
    _county_checks.append(check)
    return check


class Judge:
    """The rulebook in force, as far as registers are judged by it; made once for many units."""

    @cached_property
    def items(self) -> dict[str, CheckItem]:
        book = current_rulebook()
        return {item.code: item for item in items_of(book.pk)} if book is not None else {}

    def indicator(self, bound: Bound) -> Indicator | None:
        item = self.items.get(bound.item)
        asked = item.asked_figures if item is not None else []
        return next((one for one in asked if one.name == bound.indicator), None)

    def limits(self, asked: Field, records: Records, line: Line) -> Iterator[tuple[Bound, Limit]]:
        """The limits by which an answer of the line is judged on the day of the records."""
        for bound in asked.bounds:
            if bound.when is not None and line.answers.get(bound.when[0]) != bound.when[1]:
                continue
            indicator = self.indicator(bound)
            if indicator is not None:
                in_force = judging.limit_at(indicator.all_limits, records.on)
                for limit in limits_for(in_force, records.facts, line.grade):
                    yield bound, limit

    def of_unit(self, records: Records) -> list[Finding]:
        """Everything that the unit's own records say, in the order of its registers.

        What touches an item that the rulebook in force does not have is none of its concern.
        """
        found: list[Finding] = []
        for register in records.registers():
            judged = [asked for asked in register.fields if asked.is_judged]
            for line in records.lines(register.key) if judged else ():
                for asked in judged:
                    if asked.concerns(records.facts, line.grade):
                        found += self._of_answer(register, asked, line, records)
        for check in _checks[records.facts.kind]:
            found += check(records)
        return self._in_force(found)

    def of_units(self, records: list[Records]) -> dict[int, list[Finding]]:
        """The same for many units, with what is found between them, by unit."""
        found = {one.unit.pk: self.of_unit(one) for one in records}
        for check in _county_checks:
            for pk, finding in check(records):
                found[pk] += self._in_force([finding])
        return found

    def _in_force(self, found: list[Finding]) -> list[Finding]:
        return [one for one in found if one.item in self.items]

    def _of_answer(self, register: Register, asked: Field, line: Line, records: Records) -> Iterator[Finding]:
        value = line.answers.get(asked.key)
        if value is None:
            return
        found = partial(
            Finding,
            code=f"{register.key}.{asked.key}.{line.key}",
            register=register.key,
            line=line.key,
            field=asked.key,
        )
        if asked.type in JUDGED:
            for bound, limit in self.limits(asked, records, line):
                verdict = judging.judge(limit, value)
                if not verdict.is_within:
                    shown = value if asked.type is Type.CLOCK else f"{value}{limit.indicator.spoken_unit}"
                    about = name_of(line, register)
                    yield found(
                        kind=Doubt.Kind.LIMIT,
                        item=bound.item,
                        prohibition=_touched(self.items[bound.item], asked),
                        fact=f"{about}{asked.label}{shown}，{verdict.words}（{limit.words}）",
                        limit=limit,
                    )
        elif asked.expected is not None and value is not asked.expected:
            about = name_of(line, register)
            yield found(
                kind=Doubt.Kind.RULE,
                item=asked.item,
                prohibition=asked.prohibition,
                fact=f"{register.title}：{about}{asked.label}，填的是“{'是' if value else '否'}”",
            )
        elif asked.expires:
            until = line.day(asked.key)
            if until is not None and until < records.on:
                yield found(
                    kind=Doubt.Kind.EXPIRED,
                    item=asked.item,
                    fact=f"{name_of(line, register)}{asked.label}{cn_date(until)}，已经过期",
                )


def name_of(line: Line, register: Register) -> str:
    """How a finding names a line: 三年级, 班次“少儿美术”, nothing for the unit as a whole."""
    named = next((asked for asked in register.fields if asked.type is Type.LINE and not asked.personal), None)
    if register.noun and named is not None and line.text(named.key):
        return f"{register.noun}“{line.text(named.key)}”"
    return line.label


def _touched(item: CheckItem, asked: Field) -> str:
    """The 严禁 or 不得 behind a limit: the field's own, else that which the limit itself states (20:30)."""
    if asked.prohibition:
        return asked.prohibition
    stated = next((one for one in item.prohibitions.all() if one.limit_value), None)
    return stated.code if stated is not None else ""


def by_line(findings: Iterable[Finding]) -> Mapping[tuple[str, str], Finding]:
    """The findings by (line, field), for marking answers where they stand."""
    return {(one.line, one.field): one for one in findings}
