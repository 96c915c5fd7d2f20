"""The term before in the width: every unit checked itself, what was short is put right by now.

Drawn by a lot of its own, so that this term is drawn as if there had been none before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspections.demo.last_term import days_since_its_end, term_before
from inspections.demo.place import Case, Place
from inspections.demo.self_checks import Shortcoming, fill, submit
from inspections.demo.story import Story
from inspections.demo.wide import cases, words
from inspections.demo.wide.checks import shortcoming
from inspections.demo.wide.units import Width
from inspections.models import Problem
from inspections.workflows import rounds, self_check

# Days before that term's end: the round of institutions, and what each unit did in its own.
PUBLISHED, DUE, ENDED = 45, 25, 20
FILLED, CONFIRMED, ACCEPTED, MENDED = range(38, 43), range(33, 38), range(27, 32), range(17, 26)
REGISTERED, FOUND = 6, range(25, 45)  # problems that staff registered then; all were closed
NAMED = ("qiming", "xinghe", "tongchuang")  # institutions of the walkthrough


def stories(place: Place, width: Width) -> Iterator[Story]:
    """The round of institutions, how each unit checked itself, and what staff registered."""
    if term_before(place) is None:
        return
    place = place.apart("last term")
    yield institutions_asked(place)
    for key, clerk in zip(("qm", "xh", "tc"), NAMED, strict=True):
        yield checked(place, key, clerk, f"{clerk}-fuzeren", {}, {})
    grave = _grave(place)
    for unit in width.units:
        said = words.some(place.rng, unit, place.rng.choices((0, 1, 2), (72, 24, 4))[0], but=grave)
        short = {one.fault.item: shortcoming(unit, one, place.rng, planned=True) for one in said}
        proofs = {one.fault.item: one.proof for one in said}
        yield checked(place, unit.key, unit.clerk, unit.head, short, proofs)
    ended = days_since_its_end(place)
    for unit in place.rng.sample(width.units, REGISTERED):
        found = words.some(place.rng, unit, 1)[0]
        yield cases.registered(place, unit, found, "closed", ended + place.rng.choice(FOUND), until=ended)


def _grave(place: Place) -> set[str]:
    """Items that touch a 严禁 or 不得: what a unit finds of them itself its head does not close."""
    codes = {fault.item for fault in (*words.SCHOOL_FAULTS, *words.INSTITUTION_FAULTS)}
    return {code for code in codes if place.item(code).gravest_prohibition() is not None}


def institutions_asked(place: Place) -> Story:
    """The round of institutions, as that of schools (``demo.last_term``)."""
    ended, before = days_since_its_end(place), term_before(place)
    yield place.ago(ended + PUBLISHED, "09:20")
    assert before is not None  # noqa: S101  (told only then)
    round_ = rounds.create(
        actor=place.people["zhuanban"],
        title=f"{before.short_title}校外培训机构自查",
        term=before,
        unit_kinds=["institution"],
        due_on=place.ago(ended + DUE).date(),
        plan_name=f"{before.short_title}进机构事项清单",
        approval_no=f"云办发〔{before.last_on.year}〕4号",
    )
    rounds.publish(round_id=round_.pk, actor=place.people["zhuanban"])
    yield place.ago(ended + ENDED, "09:20")
    rounds.close(round_id=round_.pk, actor=place.people["zhuanban"])


def checked(
    place: Place, key: str, clerk: str, head: str, short: Mapping[str, Shortcoming], proofs: Mapping[str, str]
) -> Story:
    """Filled, confirmed in one go by the head, accepted; he closes what his unit had found itself."""
    ended, rng = days_since_its_end(place), place.rng
    yield place.ago(ended + rng.choice(FILLED), f"{rng.randint(9, 16):02d}:{rng.randint(10, 59)}")
    check = fill(place, key, clerk, short, vary=rng)
    yield place.ago(ended + rng.choice(CONFIRMED), f"{rng.randint(9, 16):02d}:{rng.randint(10, 59)}")
    submit(place, check, head)
    yield place.ago(ended + rng.choice(ACCEPTED), f"{rng.randint(14, 17)}:{rng.randint(10, 59)}")
    self_check.accept(check_id=check.pk, actor=place.people["zhuanban"])
    if short:
        yield place.ago(ended + rng.choice(MENDED), f"{rng.randint(9, 16):02d}:{rng.randint(10, 59)}")
        for code, proof in sorted(proofs.items()):
            found = Problem.objects.filter(source_answer__self_check=check, item__code=code).first()
            if found is not None:  # none where it joined an open one
                Case(place, found).close_light(head, f"{proof}。")
