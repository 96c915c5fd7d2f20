"""What the pages of registers show: how far a unit is, and one register with what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict

from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import Limit, Source, Term
from shuangjian.policy.selectors import current_rulebook, current_term
from shuangjian.registers import definitions
from shuangjian.registers.definitions import Field, Keeper, Register
from shuangjian.registers.filters import RegisterFilter
from shuangjian.registers.findings import Finding, Judge, by_line
from shuangjian.registers.models import Doubt, Entry
from shuangjian.registers.permissions import may_keep, reads, reads_persons
from shuangjian.registers.records import WITH_FACTS, Records, blank_lines, load
from shuangjian.registers.values import HIDDEN, Line, in_words


@dataclass(frozen=True)
class Progress:
    """One register in a unit's list: filled in or not, and how much of it speaks against something."""

    register: Register
    entry: Entry | None
    findings: list[Finding]
    may_keep: bool

    @property
    def is_the_bureaus(self) -> bool:
        return self.register.keeper is Keeper.BUREAU

    @property
    def state(self) -> tuple[str, str]:
        """(kind of tag, words)"""
        if self.entry is None:
            return "none", "未填"
        return ("warn", f"疑点{len(self.findings)}个") if self.findings else ("ok", "已填")


def registers_of(records: Records, user: User) -> list[Register]:
    """The registers of a unit that the person may read, in order."""
    return [one for one in records.registers() if reads(user, one)]


def progress_of(records: Records, user: User) -> list[Progress]:
    """Every register of the unit that the person may read, with where it stands."""
    found = Judge().of_unit(records)
    return [
        Progress(
            one,
            records.entry(one.key),
            [finding for finding in found if finding.register == one.key],
            may_keep(user, records.unit, one),
        )
        for one in registers_of(records, user)
    ]


@dataclass(frozen=True)
class Filled:
    """How many of the registers that a unit keeps itself are filled in."""

    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.done == self.total


def filled(records: Records) -> Filled:
    own = [one for one in records.registers() if one.keeper is Keeper.UNIT]
    return Filled(sum(one.key in records.entries for one in own), len(own))


def filled_by_unit(units: Iterable[Organisation], term: Term) -> list[tuple[Organisation, Filled]]:
    """The same of several units (loaded ``records.WITH_FACTS``) in a term, not reading what they stated."""
    units = list(units)
    done: dict[int, set[str]] = {unit.pk: set() for unit in units}
    rows = Entry.objects.filter(Q(term=term) | Q(term=None), organisation__in=units).order_by()
    for pk, register in rows.values_list("organisation", "register"):
        done[pk].add(register)
    found = []
    for unit in units:
        kept = definitions.of_unit(getattr(unit, unit.kind).facts())
        own = [one for one in kept if one.keeper is Keeper.UNIT]
        found.append((unit, Filled(sum(one.key in done[unit.pk] for one in own), len(own))))
    return found


# --- One register ---------------------------------------------------------------
@dataclass(frozen=True)
class Cell:
    """One answer as it is read."""

    field: Field
    words: str
    finding: Finding | None = None


@dataclass(frozen=True)
class Row:
    """One line of an entry as it is read."""

    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Page:
    """A register of a unit as it stands."""

    register: Register
    entry: Entry | None
    rows: list[Row]
    findings: list[Finding]

    @property
    def heads(self) -> list[Field]:
        return [cell.field for cell in self.rows[0].cells] if self.rows else []


def page_of(register: Register, records: Records, user: User) -> Page:
    """The register as ``user`` may read it; what is found between units is no part of it."""
    found = [one for one in Judge().of_unit(records) if one.is_about(register.key)]
    marked = by_line(one for one in found if one.register == register.key)
    shows_persons = reads_persons(user, records.unit)
    rows = []
    lines = records.lines(register.key)
    asked = asked_of(register, records)
    for line in lines:
        own = register.fields_for(records.facts, line.grade)
        cells = [
            Cell(
                one,
                _words(one, line, shows_persons) if one in own else "不填",
                marked.get((line.key, one.key)),
            )
            for one in asked
        ]
        rows.append(Row(line.label, cells))
    return Page(register, records.entry(register.key), rows, found)


def asked_of(register: Register, records: Records) -> list[Field]:
    """What is asked of any line of the unit, in order: the columns of the register."""
    lines = blank_lines(register, records.facts)
    grades = [line.grade for line in lines] or [None]
    return [one for one in register.fields if any(one.concerns(records.facts, grade) for grade in grades)]


def _words(asked: Field, line: Line, shows_persons: bool) -> str:
    return in_words(asked, line.answers.get(asked.key)) if shows_persons or not asked.personal else HIDDEN


def sources_of(register: Register) -> list[Source]:
    """The documents that a register rests on, in its order."""
    book = current_rulebook()
    rows = {one.code: one for one in Source.objects.filter(rulebook=book, code__in=register.sources)}
    return [rows[code] for code in register.sources if code in rows]


def limits_of(register: Register, records: Records) -> list[tuple[Field, Limit]]:
    """Each limit by which the unit's answers are judged today, once, with the field that it judges."""
    judge, found = Judge(), {}
    lines: Iterable[Line] = blank_lines(register, records.facts) or [Line("", "")]
    for asked in register.fields:
        whenever = [Line("", "", answers=dict([bound.when])) for bound in asked.bounds if bound.when]
        for line in [*lines, *whenever]:
            if asked.concerns(records.facts, line.grade):
                for _, limit in judge.limits(asked, records, line):
                    found[asked.key, limit.pk] = (asked, limit)
    sources = {
        limit.pk: limit
        for limit in Limit.objects.filter(pk__in=[pk for _, pk in found]).select_related(
            "source", "indicator"
        )
    }
    return [(asked, sources[limit.pk]) for asked, limit in found.values()]


def open_doubts(unit_ids: Iterable[int], user: User) -> dict[int, int]:
    """How many doubts of each unit stand open, as far as the person sees them."""
    rows = Doubt.objects.visible_to(user).open().filter(organisation__in=list(unit_ids))
    counts: dict[int, int] = {}
    for pk in rows.values_list("organisation", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return counts


def earlier_entry(unit: Organisation, register: Register, now: Entry | None) -> Entry | None:
    """What the unit stated in the latest earlier term, to be offered where nothing stands yet."""
    if now is not None or register.is_standing:
        return None
    rows = Entry.objects.filter(organisation=unit, register=register.key).select_related("term")
    return rows.order_by("-term__first_on").first()


# --- The list of units ----------------------------------------------------------
@dataclass(frozen=True)
class Standing:
    """How far one unit is with its registers; ``doubts``: how many the person sees open."""

    unit: Organisation
    filled: Filled
    doubts: int


def read_units(user: User, query: QueryDict) -> Reading:
    """The units in operation that exist for the person, by name; each line with how far it is."""
    visible = Organisation.objects.visible_to(user).units().active()
    chosen = RegisterFilter(query, queryset=visible)
    units = chosen.qs.select_related(*WITH_FACTS, "area").order_by("pinyin_key", "pk")
    term = current_term()

    def dress(page: list[Organisation]) -> list[Standing]:
        rows = load(page, term)
        doubts = open_doubts([one.unit.pk for one in rows], user)
        return [Standing(one.unit, filled(one), doubts.get(one.unit.pk, 0)) for one in rows]

    return Reading(units, chosen, said=term.short_title if term is not None else "", dress=dress)
