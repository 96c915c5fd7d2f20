"""What each register asks: read from the YAML of the apps that own them, checked, the same for every request.

A definition that is in use may get further fields; a key never changes its meaning: entries of earlier terms
are read by the definition of today, and what it does not know any more is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from shuangjian.policy.scope import UnitFacts
from shuangjian.policy.workflows.schema import BadData, Shape, check_entry, check_known

FOLDER = "data"


class Type(StrEnum):
    """How a field is answered, which decides its control, its check and the form in which it is kept."""

    WHOLE = "whole"  # a whole number
    NUMBER = "number"  # with up to two decimals
    CLOCK = "clock"  # 20:30
    DATE = "date"
    LINE = "line"  # a text of one line
    CHOICE = "choice"
    CHOICES = "choices"  # any of them
    YES_NO = "yes_no"
    IDENTITY = "identity"  # 身份证号: only its keyed digest is kept (P18)


class Layout(StrEnum):
    """What the lines of an entry stand for."""

    UNIT = "unit"  # one line: the unit as a whole
    STAGES = "stages"  # one for each stage that is taught (小学, 初中, 高中)
    GRADES = "grades"  # one for each grade that is taught
    ROWS = "rows"  # as many as there are


class Keeper(StrEnum):
    UNIT = "unit"
    BUREAU = "bureau"


class Marked(StrEnum):
    """What is compared between units."""

    PERSON = "person"
    CERTIFICATE = "certificate"
    ADDRESS = "address"


@dataclass(frozen=True)
class Bound:
    """An indicator of the rulebook by whose limits a field is judged; ``when``: only lines that say so."""

    item: str
    indicator: str
    when: tuple[str, str] | None = None


@dataclass(frozen=True)
class Field:
    """One thing that a register asks. Empty ``stages``, ``categories``, ``modes``: of everybody."""

    key: str
    label: str
    type: Type
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    least: int | None = None
    most: int | None = None
    guidance: str = ""
    stages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    expected: bool | None = None  # of a yes_no: what the rules demand
    item: str = ""  # the check item that another answer touches
    prohibition: str = ""  # and the 严禁 or 不得 with it
    expires: bool = False  # of a date: from the day after it the paper is no longer valid
    marked: Marked | None = None
    personal: bool = False  # read by the unit itself and the county's offices alone

    @property
    def is_judged(self) -> bool:
        """Can its answer alone speak against a limit or a rule, or run out?"""
        return bool(self.bounds) or self.expected is not None or self.expires

    def concerns(self, facts: UnitFacts, grade: int | None) -> bool:
        """Is it asked of this unit, and of this grade of it?"""
        if self.categories and facts.category not in self.categories:
            return False
        if self.modes and facts.modes.isdisjoint(self.modes):
            return False
        if not self.stages or grade is None:
            return True
        return grade in facts.grades_of(self.stages)

    def name_of(self, value: str) -> str:
        """A choice as people read it."""
        return dict(self.choices).get(value, value)


@dataclass(frozen=True)
class Register:
    """One register: of whom, kept by whom, one line for what, and what it asks of each line."""

    key: str
    title: str
    kind: str  # of unit: school or institution
    fields: tuple[Field, ...]
    layout: Layout
    keeper: Keeper = Keeper.UNIT
    is_standing: bool = False  # holds until it changes; else stated once a term
    noun: str = ""  # what a row is called
    stages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()  # the check items beside which its facts are shown
    answers: tuple[str, ...] = ()  # those of them that its facts answer wholly (P4)
    sources: tuple[str, ...] = ()  # codes of the documents that it rests on
    guidance: str = ""
    is_private: bool = False  # for the county's offices alone

    def concerns(self, facts: UnitFacts) -> bool:
        """Does the unit keep it (P16)?"""
        if facts.kind != self.kind or (self.categories and facts.category not in self.categories):
            return False
        if self.modes and facts.modes.isdisjoint(self.modes):
            return False
        return not self.stages or bool(facts.grades_of(self.stages))

    def field(self, key: str) -> Field:
        return next(one for one in self.fields if one.key == key)

    def fields_for(self, facts: UnitFacts, grade: int | None) -> list[Field]:
        return [one for one in self.fields if one.concerns(facts, grade)]


_registers: dict[str, Register] = {}


def add(folder: Path) -> None:
    """Read the registers of an app: ``<folder>/data/registers.yaml``. Raises BadData. Call in ready()."""
    path = folder / FOLDER / "registers.yaml"
    for register in read(path):
        if _registers.get(register.key, register) != register:
            raise BadData(f"{path}：{register.key}重复")
        _registers[register.key] = register


def all_registers() -> list[Register]:
    """Every register in the order of the files."""
    return list(_registers.values())


def find(key: str) -> Register | None:
    return _registers.get(key)


def title_of(key: str) -> str:
    """What a register is called; the key itself of one that is no more."""
    register = find(key)
    return register.title if register is not None else key


def of_unit(facts: UnitFacts) -> list[Register]:
    """The registers of a unit, in order."""
    return [register for register in _registers.values() if register.concerns(facts)]


# --- Reading ------------------------------------------------------------------
_REGISTER: Shape = {"key": str, "title": str, "for": str, "layout": str, "fields": list}
_REGISTER_MORE: Shape = {
    "keeper": str, "standing": bool, "noun": str, "stages": list, "categories": list, "modes": list,
    "items": list, "answers": list, "sources": list, "guidance": str, "private": bool,
}  # fmt: skip
_FIELD: Shape = {"key": str, "label": str, "type": str}
_FIELD_MORE: Shape = {
    "unit": str, "choices": dict, "required": bool, "least": int, "most": int, "guidance": str,
    "stages": list, "categories": list, "modes": list, "bounds": list, "expected": bool, "item": str,
    "prohibition": str, "expires": bool, "marked": str, "personal": bool,
}  # fmt: skip


def read(path: Path) -> list[Register]:
    """The registers of one file. Raises BadData where it says what no register can mean."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadData(f"{path}：读不出来，{error}") from error
    check_entry(data, str(path), {"registers": list})
    return [_register(entry, path.parent.parent.name) for entry in data["registers"]]


def _register(entry: dict[str, Any], app: str) -> Register:
    place = f"{app}/registers.yaml：{entry.get('key')}"
    check_entry(entry, place, _REGISTER, _REGISTER_MORE)
    check_known([entry["for"]], ("school", "institution"), place, "单位类别")
    check_known([entry["layout"]], Layout, place, "格式")
    check_known([entry.get("keeper", "unit")], Keeper, place, "登记人")
    keys = [one.get("key") for one in entry["fields"]]
    if len(set(keys)) != len(keys):
        raise BadData(f"{place}：字段重复")
    check_known(entry.get("answers", ()), entry.get("items", ()), place, "检查项")
    if (entry["layout"] == Layout.ROWS) != ("noun" in entry):
        raise BadData(f"{place}：逐行登记的写明每行叫什么（noun），其他的不写")
    return Register(
        key=entry["key"],
        title=entry["title"],
        kind=entry["for"],
        fields=tuple(_field(one, place) for one in entry["fields"]),
        layout=Layout(entry["layout"]),
        keeper=Keeper(entry.get("keeper", Keeper.UNIT)),
        is_standing=entry.get("standing", False),
        noun=entry.get("noun", ""),
        items=tuple(entry.get("items", ())),
        answers=tuple(entry.get("answers", ())),
        sources=tuple(entry.get("sources", ())),
        guidance=entry.get("guidance", ""),
        is_private=entry.get("private", False),
        **_scope(entry),
    )


def _scope(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(entry.get(name, ())) for name in ("stages", "categories", "modes")}


def _field(entry: dict[str, Any], place: str) -> Field:
    place = f"{place}.{entry.get('key')}"
    check_entry(entry, place, _FIELD, _FIELD_MORE)
    check_known([entry["type"]], Type, place, "类型")
    kind = Type(entry["type"])
    if (kind in (Type.CHOICE, Type.CHOICES)) != ("choices" in entry):
        raise BadData(f"{place}：选项只属于选择题")
    if "expected" in entry and (kind is not Type.YES_NO or "item" not in entry):
        raise BadData(f"{place}：应答“是”或“否”的写明检查项")
    if kind is Type.IDENTITY and entry.get("marked") != Marked.PERSON:
        raise BadData(f"{place}：身份证号只用于比对")
    if "marked" in entry:
        check_known([entry["marked"]], Marked, place, "比对")
    return Field(
        key=entry["key"],
        label=entry["label"],
        type=kind,
        unit=entry.get("unit", ""),
        choices=tuple((str(key), str(words)) for key, words in entry.get("choices", {}).items()),
        required=entry.get("required", True),
        least=entry.get("least"),
        most=entry.get("most"),
        guidance=entry.get("guidance", ""),
        bounds=tuple(_bound(one, place) for one in entry.get("bounds", ())),
        expected=entry.get("expected"),
        item=entry.get("item", ""),
        prohibition=entry.get("prohibition", ""),
        expires=entry.get("expires", False),
        marked=Marked(entry["marked"]) if "marked" in entry else None,
        personal=entry.get("personal", False),
        **_scope(entry),
    )


def _bound(entry: Any, place: str) -> Bound:
    """``R04-2/书面家庭作业``, or ``{of: R17-1/线下结束时间, when: {mode: offline}}``."""
    if isinstance(entry, str):
        entry = {"of": entry}
    check_entry(entry, place, {"of": str}, {"when": dict})
    item, _, indicator = entry["of"].partition("/")
    if not indicator:
        raise BadData(f"{place}：限值写作“检查项/指标”")
    when = next(((str(key), str(value)) for key, value in entry.get("when", {}).items()), None)
    return Bound(item, indicator, when)
