"""Visits of the width this term: most done, some with findings, a few ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from inspections.demo import visits
from inspections.demo.place import Case, Place
from inspections.demo.story import Story, together
from inspections.demo.visits import CHECK_PLAN, REGULAR_PLAN
from inspections.demo.wide import cases, words
from inspections.demo.wide.units import CLOSED, Unit, Width, inspectors_of
from inspections.demo.wide.words import Said
from inspections.models import Problem, Visit
from shuangjian.policy import calendar

DONE, AHEAD, CANCELLED = 52, 14, 2
LOOKED_AT = (3, 6)  # items of one visit
SUMMARIES = (
    "所查各项均按规定执行。",
    "制度齐全，公示及时。",
    "问学生{n}名，均表示作业在校内完成。",
    "随机看{n}个班，与公示一致。",
)
REASONS = ("当天学校组织体检，另行安排", "当天全县教研活动，另行安排")


def stories(place: Place, width: Width) -> Iterator[Story]:
    """The units are drawn; nobody is visited twice by what stands here."""
    rng = place.rng
    living = [unit for unit in width.units if unit.name != CLOSED]
    drawn = rng.sample(living, DONE + AHEAD + CANCELLED)
    for unit in drawn[:DONE]:
        faults = words.some(rng, unit, rng.choices((0, 1, 2), (55, 32, 13))[0])
        yield _done(place, unit, faults, rng.randint(2, 44))
    for unit in drawn[DONE : DONE + AHEAD]:
        yield _ahead(place, unit, rng.randint(1, 12))
    for unit in drawn[DONE + AHEAD :]:
        yield _cancelled(place, unit, rng.choice(REASONS))


def _papers(unit: Unit) -> tuple[str, tuple[str, str]]:
    """Regular supervision at schools; county checks, by two, at institutions."""
    if unit.is_school:
        return Visit.Kind.REGULAR, REGULAR_PLAN
    return Visit.Kind.COUNTY_CHECK, CHECK_PLAN


def _team(unit: Unit) -> list[str]:
    first, second = inspectors_of(unit)
    return [first] if unit.is_school else [first, second]


def _done(place: Place, unit: Unit, faults: Sequence[Said], days: int) -> Story:
    rng, team = place.rng, _team(unit)
    kind, papers = _papers(unit)
    yield place.ago(days + 3, f"{rng.randint(9, 16):02d}:{rng.randint(10, 59)}")
    visit = visits.plan(place, unit.key, team, place.ago(days).date(), kind=kind, papers=papers)
    yield place.ago(days, f"{rng.randint(8, 14):02d}:{rng.randint(31, 59)}")
    visits.start(place, visit, team[0])
    short = {said.fault.item for said in faults}
    visits.meets(place, visit, team[0], *_looked_at(rng, visit, short))
    for said in faults:
        visits.finds(
            place,
            visit,
            team[-1],
            said.fault.item,
            said.fact,
            rng.choice((15, 30)),
            breaks=_may_break(place, said),
        )
    words_ = rng.choice(SUMMARIES).format(n=rng.randint(3, 8))
    visits.end(place, visit, team[0], "请按记录限期整改。" if faults else words_)
    yield place.ago(days, "16:40")
    visits.confirm(
        place,
        visit,
        team[0],
        unit_person=place.people[unit.head].name,
        unit_person_post=unit.post,
        unit_remark=rng.choice(("", "无异议。", "立即整改。")) if faults else "",
    )
    begun = []
    for said in sorted(faults, key=lambda one: one.fault.item):
        found = Problem.objects.filter(source_finding__visit=visit, item__code=said.fault.item).first()
        if found is not None:  # none where it joined an open one
            how = cases.course(rng, days)
            begun.append(cases.on_its_way(place, unit, Case(place, found), said, how, days))
    yield from together(begun)


def _may_break(place: Place, said: Said) -> bool:
    """A red line wants a picture; the width's visits find none."""
    gravest = place.item(said.fault.item).gravest_prohibition()
    return said.fault.breaks and gravest is not None and not gravest.is_red_line


def _looked_at(rng: Random, visit: Visit, but: set[str]) -> list[str]:
    """Some items of the checklist, which stands written since the visit began."""
    codes = (
        visit.findings.exclude(item__code__in=but).order_by("item__code").values_list("item__code", flat=True)
    )
    return sorted(rng.sample(list(codes), min(len(codes), rng.randint(*LOOKED_AT))))


def _ahead(place: Place, unit: Unit, days: int) -> Story:
    kind, papers = _papers(unit)
    yield place.ago(place.rng.randint(1, 5), "11:15")
    on = calendar.next_working_day(place.as_of + timedelta(days=days))
    visits.plan(place, unit.key, _team(unit), on, kind=kind, papers=papers)


def _cancelled(place: Place, unit: Unit, why: str) -> Story:
    yield place.ago(8, "09:30")
    visit = visits.plan(place, unit.key, _team(unit), place.as_of + timedelta(days=3))
    yield place.ago(4, "15:10")
    visits.call_off(place, visit, why)
