"""代填 in the width: a school far out hands in paper, the task force types it in; another one is under way.

Source: decisions/0029.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.self_checks import Shortcoming, check_of, fill
from inspections.demo.story import Story
from inspections.demo.wide.units import Unit, Width
from inspections.models import SelfCheck
from inspections.workflows import self_check
from shuangjian.files.models import StoredFile

SUBMITTED, BEGUN = "云峰学校", "轮滑小将培训中心"
UNITS = (SUBMITTED, BEGUN)
BY = "zhuanban"
SHORT = {"R12-2": Shortcoming("八年级没有劳动记录", "补建记录，每月检查", "教务主任", 20)}


def stories(place: Place, width: Width) -> Iterator[Story]:
    by_name = {unit.name: unit for unit in width.units}
    yield submitted(place, by_name[SUBMITTED])
    yield begun(place, by_name[BEGUN])


def submitted(place: Place, unit: Unit) -> Story:
    """All of it typed in, and submitted: the signed paper is the head's confirmation."""
    yield place.ago(3, "10:20")
    check = _key_in(place, unit, SHORT)
    fill(place, unit.key, BY, SHORT, vary=place.apart(unit.name).rng)
    yield place.ago(3, "11:05")
    self_check.submit_keyed(check_id=check.pk, actor=place.people[BY])


def begun(place: Place, unit: Unit) -> Story:
    """Two of five rules are typed in so far."""
    yield place.ago(1, "16:30")
    _key_in(place, unit, {})
    fill(place, unit.key, BY, rules=range(13, 15))


def _key_in(place: Place, unit: Unit, short: Mapping[str, Shortcoming]) -> SelfCheck:
    """Begin with the scan of the unit's paper."""
    check = check_of(place, unit.key)
    scan = _scan(place, unit, check, short)
    return self_check.key_in(check_id=check.pk, actor=place.people[BY], scan=scan)


def _scan(place: Place, unit: Unit, check: SelfCheck, short: Mapping[str, Shortcoming]) -> StoredFile:
    """The paper's page of conclusions, rule by rule."""
    numbers = check.answers.order_by("item__rule__number").values_list("item__rule__number", flat=True)
    facts = {int(code[1:3]): said.fact for code, said in short.items()}
    paper = pictures.signed_form(
        f"{check.round.title}表",
        ("条目", "自查结论", "存在的问题"),
        [
            (f"第{number}条", "部分符合" if number in facts else "符合", facts.get(number, ""))
            for number in dict.fromkeys(numbers)
        ],
        f"{unit.post}：{place.people[unit.head].name}",
        unit.name,
        place.ago(5).date(),
    )
    return place.photo(BY, f"{unit.name}自查表.jpg", paper)
