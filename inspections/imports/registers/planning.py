"""The dry run of a register's workbook: its own form is asked about each line, its judge about all.

A blank cell leaves what was stated. A register that is kept row by row is taken as a whole: the file holds
all rows of a unit that it names at all, and a row with the same content stays the same row.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inspections.imports.plans import CHANGE, CREATE, KEEP, Plan, PlannedRow, Progress, made_of
from inspections.imports.reading import ReadRow, read_book
from inspections.imports.registers.columns import EXPLANATION, LINE, sheet_of
from inspections.imports.sheets import fault_of_title
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import UNIT_ROLES, Role
from shuangjian.policy.scope import facts_of
from shuangjian.policy.selectors import current_term
from shuangjian.registers import records
from shuangjian.registers.definitions import Field, Keeper, Layout, Register
from shuangjian.registers.findings import Finding, Judge
from shuangjian.registers.forms import MOST_ROWS, LinesAsked
from shuangjian.registers.permissions import may_keep
from shuangjian.registers.records import Records, blank_lines
from shuangjian.registers.values import Line, in_words
from shuangjian.registers.workflows.entries import speaks_against


@dataclass
class PlannedEntry(PlannedRow):
    """What would be stated of one unit: what ``entries.save`` takes."""

    entry_lines: list[dict[str, Any]] = field(default_factory=list)
    explanation: str = ""


def units_to_keep_for(user: User) -> list[Organisation]:
    """The units in operation that exist for the person, in the order of lists; two queries."""
    units = Organisation.objects.visible_to(user).units().active()
    listed = units.select_related(*records.WITH_FACTS).prefetch_related("exemptions")
    return list(listed.order_by("pinyin_key", "pk"))


def kept_units(register: Register, user: User, units: Iterable[Organisation]) -> Iterator[Organisation]:
    """Those of ``units`` for which the person keeps the register."""
    keepers = {Role.TASK_FORCE} if register.keeper is Keeper.BUREAU else UNIT_ROLES
    for unit in units if user.has_role(*keepers) else ():
        if unit.kind != register.kind or not register.concerns(facts_of(unit)):
            continue
        if may_keep(user, unit, register):
            yield unit


def plan_of(register: Register, sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
    """What the workbook would state in the present term, by this person."""
    term = current_term()
    sheet = sheet_of(register, term)
    book = read_book(sheets, [sheet])
    fault = fault_of_title(book.titles, sheet)
    if fault:
        book.blame(sheet.name, "A1", fault)
    if term is None and not register.is_standing:
        book.blame(sheet.name, "", "还没有录入学期，请告知双减专班")
    units = {unit.code: unit for unit in kept_units(register, user, units_to_keep_for(user))}
    rows = _by_unit(book.rows, units)
    known = {one.unit.pk: one for one in records.load([units[code] for code in rows], term)}
    planner = _Planner(register)
    planned = []
    for at, (code, lines) in enumerate(rows.items()):
        progress("核对", at, len(rows))
        made = planner.entry(known[units[code].pk], lines)
        if made is not None:
            planned.append(made)
    return made_of(book, planned, [sheet])


def _by_unit(rows: Iterable[ReadRow], units: dict[str, Organisation]) -> dict[str, list[ReadRow]]:
    """The rows of each unit that is the person's to keep; of others each row is a fault."""
    found: dict[str, list[ReadRow]] = {}
    for row in rows:
        code = row.values.get("code", "")
        if not code:
            if "code" not in row.blamed:
                row.blame("code", "请填写单位代码，单位按代码核对")
        elif code not in units:
            row.blame("code", f"没有代码为{code}、由您填报这项登记的单位，请核对")
        else:
            found.setdefault(code, []).append(row)
    return found


class _Planner:
    """Asks about one unit after the other; the rulebook is read once."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.judge = Judge()
        self.lines = LinesAsked(register)

    def entry(self, known: Records, rows: list[ReadRow]) -> PlannedEntry | None:
        """What the rows of one unit come to; None where they hold a fault, noted on the row."""
        before = known.lines(self.register.key)
        placed = self._rows(rows, before) if self.register.layout is Layout.ROWS else self._lines(rows, known)
        after: list[dict[str, Any]] = []
        for line, row in placed:
            stated = self._ask(known, line, row) if row is not None else dict(line.answers)
            if stated is not None:
                after.append({"key": line.key, "answers": stated})
        if any(row.faults for row in rows):
            return None
        if self.register.layout is Layout.ROWS:
            after = _same_rows(before, after)
        entry = known.entry(self.register.key)
        explanation = self._explanation(rows, entry.explanation if entry is not None else "")
        if not self._is_sound(known, rows, placed, after, explanation):
            return None
        lines = self._differences(known, before, after)
        if entry is not None and entry.explanation != explanation:
            lines.append(f"情况说明：{explanation}")
        return PlannedEntry(
            sheet=rows[0].sheet.name,
            number=rows[0].number,
            key=known.unit.code,
            name=known.unit.name,
            action=CREATE if entry is None else CHANGE if lines else KEEP,
            organisation=known.unit,
            version=entry.version if entry is not None else 0,
            lines=lines,
            entry_lines=after,
            explanation=explanation,
        )

    # --- Which row is which line ----------------------------------------------
    def _rows(self, rows: list[ReadRow], before: list[Line]) -> list[tuple[Line, ReadRow | None]]:
        if len(rows) > MOST_ROWS:
            rows[MOST_ROWS].blame("code", f"一个单位的{self.register.title}最多{MOST_ROWS}行，请删去多余的行")
        return [
            (Line(secrets.token_hex(4), f"{self.register.noun}{at}"), row) for at, row in enumerate(rows, 1)
        ]

    def _lines(self, rows: list[ReadRow], known: Records) -> list[tuple[Line, ReadRow | None]]:
        """Each line that is asked of the unit with its row; what the file leaves out stays as it was."""
        stated = {line.key: line for line in known.lines(self.register.key)}
        asked = [stated.get(line.key, line) for line in blank_lines(self.register, known.facts)]
        given: dict[str, ReadRow] = {}
        for row in rows:
            key = self._key_of(row, asked, known)
            if key is None:
                continue
            if key in given:
                where = "code" if self.register.layout is Layout.UNIT else LINE
                row.blame(where, f"与第{given[key].number}行写的是同一项，请留一行")
            given.setdefault(key, row)
        for line in asked:
            wants = line.key not in given and line.key not in stated
            if wants and self.register.fields_for(known.facts, line.grade):
                rows[0].blame("code", f"“{known.unit.name}”缺少{line.label}这一行，请补上")
        return [(line, given.get(line.key)) for line in asked if line.key in given or line.key in stated]

    def _key_of(self, row: ReadRow, asked: list[Line], known: Records) -> str | None:
        if self.register.layout is Layout.UNIT:
            return asked[0].key
        told = row.values.get(LINE)
        labels = "、".join(line.label for line in asked)
        if isinstance(told, list):  # grades: of one row there is one
            told = str(told[0]) if len(told) == 1 else ""
        found = next((line.key for line in asked if told and told in (line.key, line.label)), None)
        if found is None and LINE not in row.blamed:
            row.blame(LINE, f"“{known.unit.name}”填：{labels}，一行填一个")
        return found

    # --- Asking ---------------------------------------------------------------
    def _ask(self, known: Records, line: Line, row: ReadRow) -> dict[str, Any] | None:
        """The answers of a line as an entry keeps them; None where its form found faults."""
        asked = self.register.fields_for(known.facts, line.grade)
        for one in self.register.fields if len(asked) < len(self.register.fields) else ():
            if one.key in row.values and one not in asked:
                row.blame(one.key, f"“{known.unit.name}”{line.label}不填这一格，请清空")
        answers, faults = self.lines.ask(asked, {**line.answers, **row.values})
        for name, words in faults.items():
            if name not in row.blamed:
                row.blame(name, words)
        return None if faults else answers

    def _explanation(self, rows: list[ReadRow], before: str) -> str:
        """What the rows of a unit say in explanation, each thing once."""
        told = [str(row.values[EXPLANATION]) for row in rows if row.values.get(EXPLANATION)]
        return "；".join(dict.fromkeys(told)) or before

    def _is_sound(
        self,
        known: Records,
        rows: list[ReadRow],
        placed: list[tuple[Line, ReadRow | None]],
        after: list[dict[str, Any]],
        explanation: str,
    ) -> bool:
        """Is there nothing that wants an explanation and has none? What does is noted in its cell."""
        if len(explanation) > 300:
            rows[0].blame(EXPLANATION, "情况说明最多300字，一个单位各行的说明合在一起算")
            return False
        if explanation:
            return True
        would_be = known.with_lines(self.register.key, after, explanation)
        found = speaks_against(would_be, self.register, self.judge)
        at = {after[place]["key"]: row for place, (_, row) in enumerate(placed)}
        for finding in found:
            self._doubt(finding, at.get(finding.line) or rows[0])
        return not found

    def _doubt(self, finding: Finding, row: ReadRow) -> None:
        names = {one.key for one in self.register.fields}
        name = finding.field if finding.register == self.register.key and finding.field in names else "code"
        row.blame(name, f"有疑点：{finding.fact}。请核对；属实的在“情况说明”一列写明原因和打算")

    # --- What differs -----------------------------------------------------------
    def _differences(self, known: Records, before: list[Line], after: list[dict[str, Any]]) -> list[str]:
        by_key = {line.key: line for line in before}
        now = records.lines_of(self.register, known.facts, after)
        lines = []
        for line in now:
            old = by_key.pop(line.key, None)
            told = [
                f"{one.label}：{_change(one, old, line)}"
                for one in self.register.fields
                if line.answers.get(one.key) != (old.answers.get(one.key) if old else None)
            ]
            if told:
                where = f"{line.label}　" if line.label else ""
                lines.append(f"{where}{'，'.join(told)}")
        return [*lines, *(f"删去{line.label}" for line in by_key.values())]


def _change(asked: Field, old: Line | None, now: Line) -> str:
    words = in_words(asked, now.answers.get(asked.key))
    return words if old is None else f"{in_words(asked, old.answers.get(asked.key))} → {words}"


def _same_rows(before: list[Line], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let rows stay the rows that they were: first those with the same content, then in order."""
    same: dict[str, list[str]] = {}
    for line in reversed(before):
        same.setdefault(_content(line.answers), []).append(line.key)
    changed = []
    for row in after:
        keys = same.get(_content(row["answers"]))
        if keys:
            row["key"] = keys.pop()
        else:
            changed.append(row)
    left = {key for keys in same.values() for key in keys}
    for row, line in zip(changed, (line for line in before if line.key in left), strict=False):
        row["key"] = line.key
    return after


def _content(answers: Mapping[str, Any]) -> str:
    return json.dumps(answers, sort_keys=True)
