"""Problems of the width on their way, and those that staff registers: somebody's turn in every state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from inspections import proofs
from inspections.demo import pictures
from inspections.demo.place import Case, Place
from inspections.demo.story import Story
from inspections.demo.wide import words
from inspections.demo.wide.units import CLOSED, Unit, Width, inspectors_of
from inspections.demo.wide.words import Said
from inspections.models import Problem
from inspections.permissions import closing_role
from inspections.workflows import rectification
from shuangjian import clock
from shuangjian.accounts.roles import Role

ORIGIN = Problem.Origin
# How far a case comes, how often of a hundred, and how many days ago it then began; "late" stands in 整改中
# beyond its date.
COURSES = {
    "planning": (10, range(1, 10)),
    "plan_review": (9, range(3, 11)),
    "plan_returned": (4, range(5, 13)),
    "rectifying": (20, range(6, 27)),
    "late": (7, range(22, 41)),
    "sent_back": (5, range(16, 37)),
    "verifying": (12, range(10, 25)),
    "verified": (9, range(16, 41)),
    "closed": (24, range(18, 45)),
}
CLOSERS = {
    Role.TASK_FORCE: "zhuanban",
    Role.SUPERVISION_OFFICE: "dudao",
    Role.LEADER: "lingdao",
}
REGISTERED = 34  # problems that staff registers
RETURNED_PLAN = "请写明每天由谁检查、检查记录放在哪里"
MISSING = (
    "只有制度，没有执行记录；请补两周的记录",
    "照片看不出日期，请补写明日期的照片",
    "请补涉及的全部班级，现在只有1个班",
)


def stories(place: Place, width: Width) -> Iterator[Story]:
    """What complaints and the task force's own checks brought; many in the last weeks."""
    rng = place.rng
    living = [unit for unit in width.units if unit.name != CLOSED]
    for unit in rng.sample(living, REGISTERED):
        said = words.some(rng, unit, 1)[0]
        how = rng.choices(list(COURSES), [often for often, _ in COURSES.values()])[0]
        yield registered(place, unit, said, how, rng.choice(COURSES[how][1]))


def course(rng: Random, days: int) -> str:
    """How far a case has come that began so many days ago."""
    fitting = {how: often for how, (often, since) in COURSES.items() if days in since}
    return rng.choices(list(fitting), list(fitting.values()))[0]


def registered(place: Place, unit: Unit, said: Said, how: str, days: int, *, until: int = 0) -> Story:
    """Staff registers a problem, ``days`` before the county's date, and it goes its way ``until`` a day."""
    yield place.ago(days, f"{place.rng.randint(9, 16):02d}:{place.rng.randint(10, 59)}")
    by, origin = place.rng.choice(
        (
            ("zhuanban", ORIGIN.COMPLAINT),
            ("zhuanban", ORIGIN.COUNTY_INSPECTION),
            ("dudao", ORIGIN.GOVERNMENT_SUPERVISION),
        )
    )
    if said.fault.breaks and origin != ORIGIN.GOVERNMENT_SUPERVISION:
        by = "jiancha2"  # who closes a 严禁 did not find it
    prefix = "家长反映：" if origin == ORIGIN.COMPLAINT else ""
    case = place.register(
        unit.key,
        said.fault.item,
        prefix + said.fact,
        by=by,
        origin=origin,
        days=_time_left(how, days - until),
        breaks=said.fault.breaks,
    )
    yield from on_its_way(place, unit, case, said, how, days, until=until)


def _time_left(how: str, days: int) -> int:
    """Days from registration to the date: passed by now where the case is late, else still ahead."""
    return days - 5 if how == "late" else days + 14


def on_its_way(
    place: Place, unit: Unit, case: Case, said: Said, how: str, days: int, *, until: int = 0
) -> Story:
    """From the registration, ``days`` before the county's date, to where this case has come.

    The steps are spread over the days that are left (of those before ``until``, where the case belongs to the
    past), in their order; nobody moves on a rest day.
    """
    rng, reviewer = place.rng, inspectors_of(unit)[0]
    closer = CLOSERS[closing_role(case.task)]
    verifier = _verifier(unit, case.problem, but=closer)

    def on(share: float) -> int:
        return max(1, until + round((days - until) * (1 - share)))

    if how == "planning":
        return
    yield place.ago(on(0.15), "10:20")
    case.plan(
        unit.clerk,
        (said.measure, unit.post, 12),
        *((_MORE[unit.is_school], "教务主任", 20),) * rng.randint(0, 1),
    )
    if how == "plan_review":
        return
    yield place.ago(on(0.25), "15:05")
    if how == "plan_returned":
        case.return_plan(reviewer, RETURNED_PLAN)
        return
    case.approve(reviewer)
    yield place.ago(on(0.5), "16:10")
    case.measures_done(unit.clerk, 1)
    if how in ("rectifying", "late"):
        return
    _prove(place, unit, case, said)
    case.apply(unit.clerk, f"{said.proof}。")
    if how == "verifying":
        return
    yield place.ago(on(0.72), "14:30")
    if how == "sent_back":
        case.send_back(reviewer, rng.choice(MISSING), 14)
        return
    moves = rectification.MACHINE.open_moves(case.task, place.people[verifier])
    if how == "closed" and "verify-and-close" in moves:
        case.verify_and_close(verifier, "现场看过，已改正。")
        return
    case.verify(verifier, "现场看过，与所报一致。")
    if how == "verified":
        return
    yield place.ago(on(0.85), "10:40")
    case.close(closer)


def _verifier(unit: Unit, problem: Problem, *, but: str) -> str:
    """Neither who found it nor who will close it."""
    people = (*inspectors_of(unit), "zhuanban", "dudao")
    return next(
        account
        for account in people
        if account not in (problem.found_by.username, but) and account != "jiancha2"
    )


_MORE = {True: "年级组每周检查一次并留记录", False: "每月自查一次并留记录"}


def _prove(place: Place, unit: Unit, case: Case, said: Said) -> None:
    """What closing calls for; now and then with a picture."""
    needs = [need for need in proofs.needed_proof(case.task) if need.is_required]
    shows = place.rng.random() < 0.25
    for number, need in enumerate(needs):
        photo = []
        if shows and not number:
            photo = [place.photo(unit.clerk, "整改情况.jpg", _picture(place, unit, said))]
        case.prove(unit.clerk, need.code, note="" if photo else said.proof, pictures=photo)


def _picture(place: Place, unit: Unit, said: Said) -> bytes:
    lines = [said.measure[at : at + 18] for at in range(0, len(said.measure), 18)]
    return pictures.notice("整改公示", lines[:8], unit.name, clock.today() - timedelta(days=1))
