"""One register as a kind of workbook: its template with the person's units, one entry saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from inspections.imports.base import Outcome, UnitRows
from inspections.imports.plans import Plan, PlannedRow, Progress
from inspections.imports.registers.columns import EXPLANATION, LINE, NAME, sheet_of
from inspections.imports.registers.planning import PlannedEntry, kept_units, plan_of, units_to_keep_for
from inspections.imports.sheets import Sheet
from inspections.imports.writing import written
from inspections.models import ImportRow
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal.errors import DomainError
from shuangjian.policy.selectors import current_term
from shuangjian.registers import definitions, records
from shuangjian.registers.definitions import Field, Register, Type
from shuangjian.registers.records import Records, blank_lines
from shuangjian.registers.values import Line, in_words
from shuangjian.registers.workflows import entries
from shuangjian.registers.workflows.entries import Statement

_NOTES = (
    "从表头下面一行起填写，一行一条；不要合并单元格，不要改表头。",
    "单位按代码核对。空着的格保持原来填的内容；一个单位有多行的登记，表里写的就是这个单位的全部行。",
    "日期写成2026-09-01，时间写成16:30，都用文本格式；数字可以带单位。",
    "上传后先核对，列出要写入的内容和有问题的单元格；确认以前什么也不写入。",
)


@dataclass(frozen=True)
class RegisterImport(UnitRows):
    """A register of the present term, or one that holds until it changes."""

    register: Register
    at_once: ClassVar[int] = 50
    permission: ClassVar[str] = "registers.keep_entry"
    next_page: ClassVar[tuple[str, str]] = ("registers", "看登记档案")
    has_blank: ClassVar[bool] = False  # without the units there is nothing to fill in

    @property
    def what(self) -> str:
        return self.register.key

    @property
    def title(self) -> str:
        return self.register.title

    @property
    def guidance(self) -> str:
        return f"{self.register.guidance}表里已有由您填报的单位和已经填过的内容，改好后上传。"

    @staticmethod
    def reads(register: Register) -> bool:
        """Can it come as a workbook? An uploaded file is kept, an identity number must not be (P18)."""
        return all(one.type is not Type.IDENTITY for one in register.fields)

    def may(self, user: User) -> bool:
        return self.is_kept(user, units_to_keep_for(user))

    def is_kept(self, user: User, units: list[Organisation]) -> bool:
        """Does the person keep it for any of the units?"""
        return any(kept_units(self.register, user, units))

    def template(self, user: User, *, is_filled: bool) -> tuple[str, bytes]:
        term = current_term()
        sheet = sheet_of(self.register, term)
        units = kept_units(self.register, user, units_to_keep_for(user))
        rows = [row for one in records.load(units, term) for row in self._rows_of(one, sheet)]
        return f"{self.register.title}{clock.today():%Y%m%d}.xlsx", written(
            [sheet], {sheet.name: rows}, _NOTES
        )

    def _rows_of(self, known: Records, sheet: Sheet) -> Iterable[list[str]]:
        """The unit's lines as stated; where nothing is, those that are asked of it."""
        stated = {line.key: line for line in known.lines(self.register.key)}
        asked = blank_lines(self.register, known.facts)
        lines = [stated.get(line.key, line) for line in asked] if asked else list(stated.values())
        entry = known.entry(self.register.key)
        said = entry.explanation if entry is not None else ""
        for at, line in enumerate(lines or [Line("", "")]):
            own = {"code": known.unit.code, NAME: known.unit.name, LINE: line.label}
            own[EXPLANATION] = said if at == 0 else ""
            yield [
                own[column.field]
                if column.field in own
                else _printed(self.register.field(column.field), line.answers.get(column.field))
                for column in sheet
            ]

    def plan(self, sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
        return plan_of(self.register, sheets, user, progress)

    def write(self, planned: Sequence[PlannedRow], user: User, rows: Sequence[ImportRow]) -> list[Outcome]:
        """Save the entries of the units, as their forms would."""
        units = {one.key: one.organisation for one in planned if one.organisation is not None}
        said = {one.key: _statement_of(one) for one in planned}
        saved = entries.save_all(register=self.register, actor=user, statements=list(said.values()))
        outcome = {one.key: saved[said[one.key].organisation_id] for one in planned}
        return [one if isinstance(one, DomainError) else units[key] for key, one in outcome.items()]


def _statement_of(planned: PlannedRow) -> Statement:
    assert isinstance(planned, PlannedEntry)  # noqa: S101  (what ``plan`` above made)
    assert planned.organisation is not None  # noqa: S101
    return Statement(
        organisation_id=planned.organisation.pk,
        version=planned.version,
        lines=planned.entry_lines,
        explanation=planned.explanation,
    )


def _printed(field: Field, kept: Any) -> str:
    """A kept answer in the words in which the import reads it back."""
    if kept in (None, "", []):
        return ""
    if field.type is Type.DATE:
        return date.fromisoformat(kept).isoformat()
    return in_words(field, kept).removesuffix(field.unit)


def registers_kept_by(user: User) -> list[RegisterImport]:
    """The registers that the person fills in for a unit and that can come as a workbook."""
    units = units_to_keep_for(user)
    found = [RegisterImport(one) for one in definitions.all_registers() if RegisterImport.reads(one)]
    return [one for one in found if one.is_kept(user, units)]
