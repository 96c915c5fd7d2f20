"""This term's self-checks of the width: each unit answers, confirms and is reviewed as far as it has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from inspections.demo.place import Case, Place
from inspections.demo.self_checks import Shortcoming, fill, submit
from inspections.demo.story import Story
from inspections.demo.wide import on_paper, words
from inspections.demo.wide.units import CLOSED, Unit, Width
from inspections.demo.wide.words import Said
from inspections.models import Problem, SelfCheck
from inspections.workflows import self_check

# How many units of a hundred have come how far.
SCHOOLS = {"accepted": 58, "submitted": 17, "returned": 5, "confirming": 6, "filling": 8, "not_started": 6}
INSTITUTIONS = {
    "accepted": 62,
    "submitted": 18,
    "returned": 4,
    "confirming": 4,
    "filling": 7,
    "not_started": 5,
}
RETURNED_WORDS = (
    "{n}-1只写“符合”，责任督学抽查时看到的与此不一致，请核对后重新填写",
    "请写明是哪些班、多少人，并写上整改的日期",
    "填写的数值与上周公示不一致，请按一周实际情况重新填写",
    "整改措施请写明由谁每天检查、记录放在哪里",
)


@dataclass(frozen=True)
class Course:
    """How a unit's self-check went: how far, with what, on which days before the county's date."""

    unit: Unit
    state: str
    faults: Sequence[Said]
    filled: int
    confirmed: int
    reviewed: int


def stories(place: Place, width: Width) -> Iterator[Story]:
    for unit, state in _states(place.rng, width):
        course = _course(place.rng, unit, state)
        if unit.name not in on_paper.UNITS:
            yield _check(place, course)


def _states(rng: Random, width: Width) -> Iterator[tuple[Unit, str]]:
    """Each unit's state, drawn in the proportions above; the one that closes has not begun."""
    for units, shares in ((width.schools, SCHOOLS), (width.institutions, INSTITUTIONS)):
        living = [unit for unit in units if unit.name != CLOSED]
        states = [state for state, share in shares.items() for _ in range(round(share * len(living) / 100))]
        states += ["accepted"] * (len(living) - len(states))
        rng.shuffle(states)
        yield from zip(living, states, strict=False)


def _course(rng: Random, unit: Unit, state: str) -> Course:
    many = rng.choices((0, 1, 2), (45, 38, 17))[0]
    faults = words.some(rng, unit, many, breaking=rng.random() < 0.15)
    latest = 7 if state == "accepted" else 2
    filled = rng.randint(latest + 3, 23)
    confirmed = rng.randint(latest + 1, filled - 1)
    return Course(unit, state, faults, filled, confirmed, rng.randint(latest - 1, confirmed - 1))


def _check(place: Place, course: Course) -> Story:
    unit, rng = course.unit, place.rng
    if course.state == "not_started":
        return
    at = f"{rng.randint(8, 16):02d}:{rng.randint(31, 59)}"
    yield place.ago(course.filled, at)
    known = {said.fault.item: shortcoming(unit, said, rng) for said in course.faults}
    if course.state == "filling":
        half = range(1, rng.randint(4, 10)) if unit.is_school else range(13, rng.randint(14, 17))
        fill(place, unit.key, unit.clerk, known, rules=half, vary=rng)
        return
    check = fill(place, unit.key, unit.clerk, known, vary=rng)
    self_check.send_to_head(check_id=check.pk, actor=place.people[unit.clerk])
    if course.state == "confirming":
        return
    yield place.ago(course.confirmed, f"{rng.randint(8, 17):02d}:{rng.randint(10, 59)}")
    submit(place, check, unit.head)
    if course.state == "submitted":
        return
    yield place.ago(course.reviewed, f"{rng.randint(14, 17)}:{rng.randint(10, 59)}")
    if course.state == "returned":
        _send_back(place, check, course)
        return
    self_check.accept(check_id=check.pk, actor=place.people["zhuanban"])
    light = Problem.objects.filter(source_answer__self_check=check, light_track=True)
    for said in sorted(course.faults, key=lambda one: one.fault.item):
        problem = light.filter(item__code=said.fault.item).first()  # none where it joined an open one
        if problem is not None and rng.random() < 0.6:
            yield place.ago(max(course.reviewed - rng.randint(1, 5), 1), f"{rng.randint(9, 17):02d}:25")
            Case(place, problem).close_light(unit.head, f"{said.proof}。")


def shortcoming(unit: Unit, said: Said, rng: Random, *, planned: bool | None = None) -> Shortcoming:
    """Most name measure, person and date: the light track; a breach goes the full way in any case.

    Where ``planned`` is None it is drawn.
    """
    figures: dict[tuple[str, int | None], str] = {}
    if said.fault.indicator:
        figures = {(said.fault.indicator, said.grade): said.figure}
    if planned is None:
        planned = rng.random() < 0.8
    return Shortcoming(
        said.fact,
        said.measure if planned else "",
        unit.post if planned else "",
        rng.randint(24, 30) if planned else 0,
        figures=figures,
    )


def _send_back(place: Place, check: SelfCheck, course: Course) -> None:
    rules = [int(said.fault.item[1:3]) for said in course.faults] or ([4] if course.unit.is_school else [13])
    notes = {number: place.rng.choice(RETURNED_WORDS).format(n=number) for number in rules[:2]}
    self_check.send_back(check_id=check.pk, actor=place.people["zhuanban"], notes=notes)
