"""Which items concern which unit: the table of practice.md P16, unit by unit."""

from __future__ import annotations

import pytest

from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem, Rulebook
from shuangjian.policy.scope import UnitFacts, concerns, grade_name, why_out_of_scope

pytestmark = pytest.mark.usefixtures("standing_policy")


def items_for(facts: UnitFacts, book: Rulebook) -> dict[int, bool]:
    """In or out of scope by item id, for every item that this kind of unit could be asked."""
    return {item.pk: concerns(item, facts) for item in items_of(book.pk, facts.kind)}


def school(*grades: int, system: str = "63") -> UnitFacts:
    return UnitFacts(kind="school", grades=frozenset(grades), system=system)


def institution(category: str, *modes: str) -> UnitFacts:
    return UnitFacts(kind="institution", category=category, modes=frozenset(modes))


LOWER = {"R02-3", "R04-1", "R06-1"}
UPPER = {"R04-2", "R06-2"}
JUNIOR = {"R04-3", "R06-3"}
COMPULSORY = {"R03-1", "R03-2", "R03-3", "R04-4", "R06-4", *(f"R10-{ordinal}" for ordinal in range(1, 6))}
ACADEMIC = {"R14-1", "R14-2", "R15-2", "R16-3", "R17-4"}
ONLINE = {"R17-2"}
OFFLINE = {"R17-1"}

# facts -> the items of its kind that it is not asked
TABLE = {
    "小学": (school(1, 2, 3, 4, 5, 6), JUNIOR),
    "教学点（一至二年级）": (school(1, 2), UPPER | JUNIOR),
    "没有一、二年级的小学": (school(3, 4, 5, 6), LOWER | JUNIOR),
    "初中": (school(7, 8, 9), LOWER | UPPER),
    "九年一贯制": (school(*range(1, 10)), set()),
    "十二年一贯制": (school(*range(1, 13)), set()),
    "完全中学": (school(*range(7, 13)), LOWER | UPPER),
    "高中": (school(10, 11, 12), LOWER | UPPER | JUNIOR | COMPULSORY),
    "五四制小学": (school(1, 2, 3, 4, 5, system="54"), JUNIOR),
    "五四制初中": (school(6, 7, 8, 9, system="54"), LOWER | UPPER),
    "六三制只有六年级": (school(6), LOWER | JUNIOR),
    "五四制只有六年级": (school(6, system="54"), LOWER | UPPER),
    "学科类线下": (institution("academic", "offline"), ONLINE),
    "学科类线上": (institution("academic", "online"), OFFLINE),
    "学科类两种都有": (institution("academic", "online", "offline"), set()),
    "非学科类线下": (institution("non_academic", "offline"), ACADEMIC | ONLINE),
    "非学科类线上": (institution("non_academic", "online"), ACADEMIC | OFFLINE),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_unit_is_asked_exactly_what_concerns_it(book: Rulebook, name: str) -> None:
    facts, not_asked = TABLE[name]
    codes = dict(CheckItem.objects.values_list("pk", "code"))
    found = items_for(facts, book)
    assert {codes[pk] for pk, concerned in found.items() if not concerned} == not_asked
    expected = 47 if facts.kind == "school" else 19
    assert len(found) == expected


def test_a_senior_school_keeps_eight_rules(book: Rulebook) -> None:
    found = items_for(school(10, 11, 12), book)
    asked = CheckItem.objects.filter(pk__in=[pk for pk, concerned in found.items() if concerned])
    rules = set(asked.values_list("rule__code", flat=True))
    assert rules == {"R01", "R02", "R05", "R07", "R08", "R09", "R11", "R12"}


def test_nobody_is_asked_the_items_of_another_kind(book: Rulebook) -> None:
    items = CheckItem.objects.exclude(rule__group="institution").values_list("pk", flat=True)
    assert not set(items) & set(items_for(institution("academic", "offline"), book))


@pytest.mark.parametrize(
    ("code", "facts", "words"),
    [
        ("R04-1", school(7, 8, 9), "本校没有相应年级，不用填写"),
        ("R17-2", institution("academic", "offline"), "本机构没有线上培训，不用填写"),
        ("R17-1", institution("academic", "online"), "本机构没有线下培训，不用填写"),
        ("R14-1", institution("non_academic", "offline"), "本机构不是学科类，不用填写"),
    ],
)
def test_what_is_not_asked_says_why(book: Rulebook, code: str, facts: UnitFacts, words: str) -> None:
    assert why_out_of_scope(CheckItem.objects.select_related("rule").get(code=code), facts) == words


@pytest.mark.parametrize(
    ("grade", "name"), [(1, "一年级"), (6, "六年级"), (9, "九年级"), (10, "高一"), (12, "高三")]
)
def test_grades_have_names(grade: int, name: str) -> None:
    assert grade_name(grade) == name


def test_every_scope_word_of_the_data_reached_the_items(book: Rulebook) -> None:
    assert set(CheckItem.objects.filter(stages=["lower"]).values_list("code", flat=True)) == LOWER
    assert set(CheckItem.objects.filter(categories=["academic"]).values_list("code", flat=True)) == ACADEMIC
