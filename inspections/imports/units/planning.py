"""The dry run of the workbook of units. Writes nothing.

A blank cell of a unit that exists leaves what the register says: an import adds and corrects, it never
empties. A unit is known by its code alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from inspections.forms.units import HeadForm
from inspections.imports.plans import CHANGE, CREATE, KEEP, Plan, PlannedRow, Progress, made_of
from inspections.imports.reading import ReadRow, read_book
from inspections.imports.sheets import Sheet
from inspections.imports.units.columns import SHEETS
from inspections.imports.units.forms import PLACE_FORMS, ROW_FORMS, stored_values, terms_not_over
from shuangjian import field_words
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.unit_forms import MOST_ROWS, UnitForm
from shuangjian.accounts.units import ChangeLog, fault_of_filer
from shuangjian.dates import cn_date

_DEFAULTS: dict[str, dict[str, Any]] = {
    "school": {"sponsor": "public", "system": "63"},
    "institution": {"operating_status": "normal"},
}
_POSTS = {"school": "校长", "institution": "负责人"}
_HEAD = {
    "head_name": "name",
    "head_post": "post",
    "head_from_on": "from_on",
    "head_document_no": "document_no",
}


@dataclass
class PlannedUnit(PlannedRow):
    """What would become of one unit: ``unit``, ``facts``, ``places``, ``head`` are what the services take."""

    kind: str = ""
    unit: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)


class Register:
    """Everything that rows are looked up in, read once: seven queries whatever the size of the file."""

    def __init__(self) -> None:
        kinds = Organisation.Kind
        units = Organisation.objects.units().select_related(
            "school", "institution", "township", "area", "filer"
        )
        units = units.prefetch_related("headships", "school__campuses", "institution__places")
        self.by_code = {unit.code: unit for unit in units}
        self.by_name: dict[tuple[str, str], Organisation] = {}
        self.fills_for = {unit.filer_id for unit in self.by_code.values() if unit.filer_id}
        for unit in self.by_code.values():
            self.by_name.setdefault((unit.kind, unit.name), unit)
        others = list(Organisation.objects.exclude(kind__in=[kinds.SCHOOL, kinds.INSTITUTION]))
        self.others = {unit.code: unit for unit in others}
        self.named = {
            kind: {
                _folded(key): unit for unit in others if unit.kind == kind for key in (unit.code, unit.name)
            }
            for kind in (kinds.TOWNSHIP, kinds.AREA)
        }


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def plan_of(sheets: list[dict[str, Any]], progress: Progress = lambda *_: None) -> Plan:
    """What the workbook would do to the register as it stands now."""
    book = read_book(sheets, SHEETS)
    rows = _Planner(Register(), book.rows, progress).rows()
    return made_of(book, rows, SHEETS)


class _Planner:
    """One pass over the rows; faults are noted on the rows themselves."""

    def __init__(self, register: Register, rows: Iterable[ReadRow], progress: Progress) -> None:
        self.register, self.progress = register, progress
        self.units = [row for row in rows if row.sheet.holds == "units"]
        self.places = [row for row in rows if row.sheet.holds == "rows"]
        self.in_file: dict[str, ReadRow] = {}

    def rows(self) -> list[PlannedUnit]:
        for row in self.units:
            self._claim_code(row)
        planned: dict[str, PlannedUnit] = {}
        for at, row in enumerate(self.units):
            self.progress("核对", at, len(self.units))
            self._look_up(row)
            made = self._check_form(row, "" if "code" in row.blamed else row.values["code"])
            if made is not None:
                planned[made.key] = made
        for place in self.places:
            self._add_place(place, planned)
        for one in planned.values():
            self._settle(one)
        # Whoever fills in for others comes before whom he fills in for.
        return sorted(planned.values(), key=lambda row: row.unit.get("filer") is not None)

    # --- Codes ---------------------------------------------------------------
    def _claim_code(self, row: ReadRow) -> None:
        code = row.values.get("code")
        if not code:
            if "code" not in row.blamed:
                row.blame("code", f"请填写{row.sheet.column('code').heading}，单位按代码核对")
            return
        before = self.in_file.setdefault(code, row)
        holder = self.register.by_code.get(code)
        if before is not row:
            row.blame("code", f"与“{before.sheet.name}”表第{before.number}行的代码相同，请留一行或改正代码")
        elif holder is None and code in self.register.others:
            row.blame("code", f"代码{code}已经被“{self.register.others[code].name}”使用，请核对")
        elif holder is not None and holder.kind != row.sheet.kind:
            row.blame(
                "code",
                f"代码{code}是“{holder.name}”（{holder.get_kind_display()}），不能填在“{row.sheet.name}”表",
            )
        elif holder is not None and not holder.is_active:
            row.blame("code", f"“{holder.name}”{holder.get_status_display()}，不能用导入修改，请删去这一行")

    # --- Units ---------------------------------------------------------------
    def _look_up(self, row: ReadRow) -> None:
        for name, kind in (("township", Organisation.Kind.TOWNSHIP), ("area", Organisation.Kind.AREA)):
            text = row.values.get(name)
            if text is None:
                continue
            known = self.register.named[kind]
            found = known.get(_folded(text))
            if found is None:
                label = row.sheet.column(name).heading
                names = "、".join(dict.fromkeys(unit.name for unit in known.values())) or "还没有"
                row.values.pop(name)
                row.blame(name, f"平台里没有{label}“{text[:20]}”，请核对；现有：{names[:120]}")
            else:
                row.values[name] = found
        if "filer" in row.values:
            self._look_up_filer(row)

    def _look_up_filer(self, row: ReadRow) -> None:
        code = row.values["filer"]
        filer = self.register.by_code.get(code)
        other = self.in_file.get(code)
        unit = self.register.by_code.get(row.values.get("code", ""))
        if filer is None and other is not None and "name" in other.values:
            filer = Organisation(kind=other.sheet.kind, code=code, name=str(other.values["name"]))
        if code == row.values.get("code"):
            fault = "填报主体不能是本单位；自己填报的这一格空着"
        elif filer is None:
            fault = f"平台和本文件里都没有代码{code}，请核对填报主体代码"
        elif other is not None and other is not row and "filer" in other.values:
            fault = f"“{filer.name}”自己也由其他单位代填，不能再作填报主体"
        elif unit is not None and unit.filer_id is not None and unit.filer_id == filer.pk:
            fault = ""
        elif unit is not None and unit.pk not in self.register.fills_for:
            fault = fault_of_filer(filer, kind=row.sheet.kind)
        else:
            fault = fault_of_filer(filer, kind=row.sheet.kind, unit=unit)
        if fault:
            row.values.pop("filer")
            row.blame("filer", fault)
        else:
            row.values["filer"] = filer

    def _check_form(self, row: ReadRow, code: str) -> PlannedUnit | None:
        """Ask the register's own form, about the row on top of what is stored; None where it found faults."""
        kind = row.sheet.kind
        unit = self.register.by_code.get(code)
        form_class = ROW_FORMS[kind]
        names = list(form_class.base_fields)
        given = {name: value for name, value in row.values.items() if name in names}
        base = stored_values(unit, names) if unit is not None else _DEFAULTS[kind]
        form = form_class(base | given, unit=unit)
        for name in form.errors:
            if name in row.blamed:
                continue  # said already, in words about the cell itself
            words = field_words.errors_of(form[name]) if name in form.fields else form.errors[name]
            row.blame(name, str(words[0]))
        head = self._check_head(row, unit)
        if row.faults:
            return None
        wanted = names if unit is None else [name for name in given if name != "code"]
        values = {name: form.cleaned_data[name] for name in wanted}
        return PlannedUnit(
            sheet=row.sheet.name,
            number=row.number,
            kind=kind,
            key=code,
            name=form.cleaned_data["name"],
            action=CREATE if unit is None else KEEP,
            organisation=unit,
            version=unit.version if unit is not None else None,
            unit={name: value for name, value in values.items() if name in UnitForm.unit_fields},
            facts={name: value for name, value in values.items() if name not in UnitForm.unit_fields},
            head=head,
            note=self._namesake(form.cleaned_data["name"], kind, code) if unit is None else "",
        )

    def _namesake(self, name: str, kind: str, code: str) -> str:
        """A new unit with the name of a known one may be the same under a mistyped code."""
        known = self.register.by_name.get((kind, name))
        return f"已有同名单位（{known.code}），请确认不是同一个" if known is not None else ""

    def _check_head(self, row: ReadRow, unit: Organisation | None) -> dict[str, Any]:
        """The appointment that the row tells of; empty where it is the head that the register knows."""
        given = {_HEAD[name]: value for name, value in row.values.items() if name in _HEAD}
        if not given:
            return {}
        known = terms_not_over(unit) if unit is not None else []
        if "name" not in given:
            row.blame("head_name", "填了任职情况，请同时填写现任负责人")
            return {}
        if any(term.name == given["name"] for term in known):
            return {}
        form = HeadForm({"post": _POSTS[row.sheet.kind]} | given)
        back = {name: column for column, name in _HEAD.items()}
        for name in form.errors:
            row.blame(back[name], str(field_words.errors_of(form[name])[0]))
        if form.is_valid() and known and form.cleaned_data["from_on"] <= known[0].from_on:
            row.blame("head_from_on", f"任职日期要在现任{known[0].name}的任职日期（{known[0].from_on}）之后")
        return dict(form.cleaned_data) if form.is_valid() else {}

    # --- Campuses and teaching places ----------------------------------------
    def _add_place(self, row: ReadRow, planned: dict[str, PlannedUnit]) -> None:
        code = row.values.pop("unit", "")
        heading = row.sheet.column("unit").heading
        if not code:
            if "unit" not in row.blamed:
                row.blame("unit", f"请填写{heading}，说明是哪个单位的{row.sheet.name}")
            return
        unit = self.register.by_code.get(code)
        in_file = self.in_file.get(code)
        kind = in_file.sheet.kind if in_file is not None else unit.kind if unit is not None else ""
        if kind != row.sheet.kind or (unit is not None and not unit.is_active):
            row.blame("unit", f"平台和本文件里都没有代码为{code}、正常办学的单位，请核对{heading}")
            return
        form = PLACE_FORMS[kind](row.values)
        for name in form.errors:
            if name not in row.blamed:
                row.blame(name, str(field_words.errors_of(form[name])[0]))
        if row.faults or not form.is_valid():
            return
        target = planned.get(code)
        if target is None:
            if in_file is not None:
                return  # the unit's own row has a fault that is named there
            target = planned[code] = _bare(row.sheet, row.number, self.register.by_code[code])
        values = {
            name: form.cleaned_data[name] for name in form.fields if name in row.values and name != "pk"
        }
        if any(one["name"] == values["name"] for one in target.places):
            row.blame("name", f"“{values['name']}”在本文件里写了两次，请留一行")
            return
        target.places.append({"pk": None, **values})

    # --- What differs --------------------------------------------------------
    def _settle(self, row: PlannedUnit) -> None:
        """Say what would change; a unit that exists and differs in nothing is left alone."""
        log = ChangeLog()
        unit = row.organisation
        if unit is None:
            row.places = [_whole(one, row.kind) for one in row.places]
            if row.head:
                row.lines.append(_head_line(row.head))
            row.lines += [f"{_noun(row.kind)}：{one['name']}" for one in row.places]
            return
        facts = unit.school if unit.kind == Organisation.Kind.SCHOOL else unit.institution
        log.apply(unit, row.unit)
        log.apply(facts, row.facts)
        known = {one.name: one for one in _places_of(unit)}
        for one in row.places:
            place = known.get(one["name"])
            if place is None:
                log.lines.append(f"新增{_noun(row.kind)}：{one['name']}")
                one.update(_whole(one, row.kind))
            else:
                one["pk"] = place.pk
                log.apply(place, {k: v for k, v in one.items() if k != "pk"}, about=f"{one['name']} ")
        fresh = sum(1 for one in row.places if one["pk"] is None)
        if len(known) + fresh > MOST_ROWS:
            row.note = f"{_noun(row.kind)}超过{MOST_ROWS}处，请核对"
        if row.head:
            log.lines.append(_head_line(row.head))
        row.lines = log.lines
        row.action = CHANGE if log.lines else KEEP


def _bare(sheet: Sheet, number: int, unit: Organisation) -> PlannedUnit:
    return PlannedUnit(
        sheet=sheet.name,
        number=number,
        kind=unit.kind,
        key=unit.code,
        name=unit.name,
        organisation=unit,
        version=unit.version,
    )


def _noun(kind: str) -> str:
    return "校区" if kind == "school" else "教学地点"


def _places_of(unit: Organisation) -> list[Any]:
    if unit.kind == Organisation.Kind.SCHOOL:
        return list(unit.school.campuses.all())
    return list(unit.institution.places.all())


def _whole(values: dict[str, Any], kind: str) -> dict[str, Any]:
    """A new place with every field that its form has; what the file does not say is empty."""
    blank: dict[str, Any] = (
        {} if kind == "school" else {"area_m2": None, "lease_until": None, "fire_paper": ""}
    )
    return blank | values


def _head_line(head: dict[str, Any]) -> str:
    day = head["from_on"]
    return f"{head['post']}：{head['name']}，{cn_date(day)}起"
