"""A year of registers: what every unit stated last term and this one, with a few facts that don't agree.

Written in bulk the evening before the county's date and dated back; the doubts are then found by the portal
itself. Figures of this term's self-checks stand in the registers as they were stated there. 城关小学 has not
filled in its homework, sport and times yet: there the walkthrough begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Q
from django.utils import timezone

from inspections.demo.last_term import term_before
from inspections.demo.place import Place
from inspections.demo.register_facts import (
    Figures,
    Lines,
    institution_registers,
    place_of,
    school_registers,
)
from inspections.demo.story import Story
from inspections.demo.wide.names import People
from inspections.models import Figure, Problem
from inspections.workflows import doubts as judging
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import UNIT_CLERKS
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import term_on
from shuangjian.registers import definitions, identity, records
from shuangjian.registers.definitions import Keeper
from shuangjian.registers.models import Doubt, Entry, EntryVersion, Mark
from shuangjian.registers.workflows import doubts, entries
from tutoring.models import Institution

FIRST_FILLED, LAST_FILLED = 45, 15  # days before the county's date between which this term's were filled in
NOT_YET = {("cg", "homework"), ("cg", "sport"), ("cg", "sleep")}


@dataclass(frozen=True)
class Plant:
    """One fact that does not agree: where, what is stated otherwise, and the doubt that must come of it."""

    unit: str
    register: str
    line: str
    says: Mapping[str, Any]
    code: str
    explanation: str = ""


# Who works at two institutions, who serves at a school as well (no number of anybody), and the place that an
# institution left which gave up its licence.
SHARED, SERVING, LEFT = "shared", "serving", "left"
PLANTED = (
    Plant(
        "hk", "homework", "4", {"minutes": "60", "main": "50", "others": "25"}, "homework.sum.4",
        "按周平均填报",
    ),
    Plant("sq", "timetable", "3", {"sport": "1"}, "sport.timetable.3", "体育教师请假，本月调课"),
    Plant("yz", "timetable", "10", {"begins": "07:40"}, "sleep.timetable.10", "高一有早读"),
    Plant("hkz", "after_school", "unit", {"pupils": "580"}, "after_school.pupils", "含住校生晚间服务"),
    Plant("ez", "parents", "unit", {"groups": True}, "parents.groups.unit", "个别班主任布置过，已停止"),
    Plant("qm", "lessons", "r1", {"ends": "20:45"}, "lessons.ends.r1", "周四班延长了15分钟"),
    Plant("xh", "fees", "r1", {"months": "6"}, "fees.months.r1", "按学期收取"),
    Plant("qm", "fees", "r2", {"remaining": "30"}, "fees.remaining.r2", "家长要求提前续费"),
    Plant("xh", "publicity", "r1", {"place": "outdoors"}, "publicity.place.r1", "小区宣传栏，本月撤下"),
    Plant("tc", "contracts", "unit", {"pupils": "260", "signed": "260"}, "contracts.lessons", "含暑假班学员"),
    Plant("tc", "funds", "unit", {"balance": "100"}, "funds.balance", "本月退费未到账"),
    Plant("xh", "people", "r2", {"identity": SHARED}, "people.person.r2"),
    Plant("tc", "people", "r2", {"identity": SHARED}, "people.person.r2"),
    Plant("qm", "people", "r3", {"identity": SERVING}, "people.person.r3"),
    Plant("yangguangmeishu", "premises", "r1", {"address": LEFT}, "premises.address.r1"),
    Plant("shuangheyishu", "registration", "unit", {}, "licence.until"),
)  # fmt: skip


def stories(place: Place) -> Iterator[Story]:
    yield filled_in(place)


def filled_in(place: Place) -> Story:
    """Everything is stated; the portal compares it over night; some of the doubts are judged at once."""
    yield place.ago(1, "18:30")
    apart = place.apart("registers")
    county = _County(place, apart.rng)
    here = term_on(place.as_of)
    if here is None:
        return
    before = term_before(place)
    if before is not None:
        county.state(before, last_on=before.last_on - timedelta(days=20), is_present=False)
    county.state(here, last_on=place.as_of - timedelta(days=LAST_FILLED), is_present=True)
    _let_a_licence_run_out(place)
    doubts.sweep()
    yield place.ago(0, "09:05")
    _join(place, "sy", "R04-2")
    hit = Doubt.objects.get(organisation=place.units["hkz"], code="after_school.pupils")
    judging.dismiss(
        doubt_id=hit.pk,
        actor=place.people["duxue2"],
        version=hit.version,
        words="到校核对签到表，参加课后服务的为512人，住校生晚间活动不另计，已告知学校改填。",
    )


def _let_a_licence_run_out(place: Place) -> None:
    keys = [one.unit for one in PLANTED if one.code == "licence.until" and one.unit in place.units]
    run_out = Institution.objects.filter(organisation__in=[place.units[key] for key in keys])
    run_out.update(licence_until=place.as_of - timedelta(days=17))


def _join(place: Place, unit: str, item: str) -> None:
    """The doubt on what the unit reported itself belongs to the problem that stands already."""
    doubt = Doubt.objects.open().filter(organisation=place.units[unit], item__code=item).first()
    if doubt is None:
        return
    problem: Problem | None = judging.open_problems(doubt).filter(item__code=item).first()
    if problem is not None:
        judging.join(
            doubt_id=doubt.pk, actor=place.people["zhuanban"], version=doubt.version, problem=problem
        )


@dataclass
class _County:
    """All units with who fills in for each, while their registers are written."""

    place: Place
    rng: Random
    units: list[Organisation] = field(init=False)
    clerks: dict[int, User] = field(init=False)
    names: People = field(init=False)
    numbers: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        # Of an institution that closed its place stays on record.
        there_are = Q(status="active") | Q(status="closed", kind=Organisation.Kind.INSTITUTION)
        units = Organisation.objects.units().filter(there_are).select_related(*records.WITH_FACTS)
        self.units = list(units.order_by("code"))
        self.numbers = {unit.pk: number for number, unit in enumerate(self.units, start=1)}
        posts = Membership.objects.filter(role__in=UNIT_CLERKS).select_related("user").order_by("pk")
        self.clerks = {post.organisation_id: post.user for post in posts}
        self.names = People(self.rng, taken=[user.name for user in self.place.people.values()])

    def state(self, term: Term, *, last_on: date, is_present: bool) -> None:
        """One term's registers of all units, in four statements; the standing ones with the present term."""
        planted = PLANTED if is_present else ()
        figures = _figures(term) if is_present else {}
        rows = []
        keys = {unit.pk: key for key, unit in self.place.units.items()}
        for unit in self.units:
            key = keys.get(unit.pk, "")
            stated = self._registers(unit, term, figures.get(unit.pk, {}))
            told = self._plant(stated, [one for one in planted if one.unit == key])
            if not unit.is_active:
                stated = {"premises": stated["premises"]}
            for name, lines in stated.items():
                register = definitions.find(name)
                assert register is not None  # noqa: S101  (named in this package)
                if (register.is_standing and not is_present) or (is_present and (key, name) in NOT_YET):
                    continue
                is_bureaus = register.keeper is Keeper.BUREAU
                author = (
                    self.place.people["zhuanban"] if is_bureaus else self.clerks[unit.responsible_unit_id]
                )
                rows.append(
                    Entry(
                        organisation=unit,
                        register=name,
                        term=records.term_of(register, term),
                        lines=[{"key": line, "answers": answers} for line, answers in lines.items()],
                        explanation=told.get(name, ""),
                        written_by=author,
                        written_at=self._some_day(last_on),
                    )
                )
        Entry.objects.bulk_create(rows)
        EntryVersion.objects.bulk_create(entries.keep_version(row) for row in rows)
        marks = [mark for row in rows for mark in entries.marks_of(row, definitions.find(row.register))]  # type: ignore[arg-type]
        Mark.objects.bulk_create(marks)

    def _registers(self, unit: Organisation, term: Term, figures: Figures) -> dict[str, Lines]:
        if unit.kind == Organisation.Kind.SCHOOL:
            stated = school_registers(unit, term, figures, self.rng)
            if unit == self.place.units["ez"]:
                stated["serving_teachers"] = {
                    "r1": {"name": self.names.one(), "identity": _person(SERVING)},
                    "r2": {"name": self.names.one(), "identity": _person(f"{unit.code} 2")},
                }
            return stated
        return institution_registers(unit, self.numbers[unit.pk], term, figures, self.rng, self.names)

    def _plant(self, stated: dict[str, Lines], planted: list[Plant]) -> dict[str, str]:
        """State otherwise what was planted; returns the explanations by register."""
        for one in planted:
            answers = stated[one.register][one.line]
            answers.update(one.says)
            if "identity" in one.says:
                answers["identity"] = _person(one.says["identity"])
            if one.says.get("address") == LEFT:
                left = next(unit for unit in self.units if not unit.is_active)
                answers["address"] = place_of(left, self.numbers[left.pk])
        return {one.register: one.explanation for one in planted if one.explanation}

    def _some_day(self, last_on: date) -> datetime:
        day = last_on - timedelta(days=self.rng.randint(0, FIRST_FILLED - LAST_FILLED))
        at = datetime.combine(day, datetime.min.time()).replace(hour=15, minute=self.rng.randint(0, 59))
        return timezone.make_aware(at)


def _figures(term: Term) -> Mapping[int, Figures]:
    """What the units stated in figures in the self-checks of a term."""
    found: dict[int, dict[tuple[str, str, int | None], str]] = {}
    rows = Figure.objects.filter(answer__self_check__round__term=term).order_by("pk")
    for unit, item, name, grade, value in rows.values_list(
        "answer__self_check__organisation", "indicator__item__code", "indicator__name", "grade", "value"
    ):
        found.setdefault(unit, {})[item, name, grade] = value
    return found


def _person(who: str) -> str:
    return identity.digest_of("person", f"演示{who}")
