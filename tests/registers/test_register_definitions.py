"""The registers as the project ships them: they name only what the policy knows; little is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from shuangjian.policy.models import CheckItem, Indicator, Prohibition, Source
from shuangjian.policy.scope import UnitFacts
from shuangjian.policy.workflows.schema import BadData
from shuangjian.registers import definitions
from shuangjian.registers.definitions import Type

pytestmark = [pytest.mark.registers, pytest.mark.usefixtures("standing_policy", "db")]
SCHOOLS = Path("schools/data/registers.yaml")


def test_whatever_a_register_names_is_in_the_rulebook() -> None:
    items = set(CheckItem.objects.values_list("code", flat=True))
    indicators = set(Indicator.objects.values_list("item__code", "name"))
    prohibitions = set(Prohibition.objects.values_list("code", flat=True))
    sources = set(Source.objects.values_list("code", flat=True))
    for register in definitions.all_registers():
        assert set(register.items) <= items, register.key
        assert set(register.sources) <= sources, register.key
        for field in register.fields:
            place = f"{register.key}.{field.key}"
            assert {(bound.item, bound.indicator) for bound in field.bounds} <= indicators, place
            assert not field.item or field.item in items, place
            assert not field.prohibition or field.prohibition in prohibitions, place
            known = {one.key for one in register.fields}
            assert {bound.when[0] for bound in field.bounds if bound.when} <= known, place


def test_every_fact_of_the_items_that_registers_answer_has_its_register() -> None:
    """P4: what is answered here is not asked by the self-check as well."""
    answered = {item for register in definitions.all_registers() for item in register.items}
    named = "R04-1 R04-2 R04-3 R06-1 R06-2 R06-3 R10-1 R12-1 R12-4 R13-1 R17-1 R17-2"
    assert set(named.split()) <= answered


def test_what_names_a_person_is_marked_as_personal() -> None:
    for register in definitions.all_registers():
        for field in register.fields:
            if field.type is Type.IDENTITY or field.label in ("姓名", "证件编号"):
                assert field.personal, f"{register.key}.{field.key}"


@pytest.mark.parametrize(
    ("facts", "has", "has_not"),
    [
        (UnitFacts(kind="school", grades=frozenset({1, 2})), {"homework", "after_school"}, {"fees"}),
        (UnitFacts(kind="school", grades=frozenset({10, 11})), {"timetable"}, {"homework", "after_school"}),
        (UnitFacts(kind="institution", category="academic", modes=frozenset({"offline"})),
         {"fees", "lessons", "registration"}, {"homework"}),
    ],
)  # fmt: skip
def test_a_unit_keeps_what_concerns_it(facts: UnitFacts, has: set[str], has_not: set[str]) -> None:
    keys = {one.key for one in definitions.of_unit(facts)}
    assert has <= keys
    assert not has_not & keys


def test_a_primary_school_is_asked_little() -> None:
    """The burden: what a school of six grades types into its yearly facts, but for lists."""
    facts = UnitFacts(kind="school", grades=frozenset(range(1, 7)))
    homework = definitions.find("homework")
    assert homework is not None
    assert sum(len(homework.fields_for(facts, grade)) for grade in range(1, 7)) == 14


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(layout="pages"),
        lambda one: one.pop("title"),
        lambda one: one.update(colour="red"),
        lambda one: one.update(noun="行"),
        lambda one: one["fields"][0].update(type="float"),
        lambda one: one["fields"][0].update(choices={"a": "甲"}),
        lambda one: one["fields"][0].update(expected=True),
        lambda one: one["fields"][0].update(bounds=["R04-1"]),
        lambda one: one["fields"].append(one["fields"][0]),
        lambda one: one["fields"][0].update(type="identity"),
    ],
)
def test_a_definition_that_means_nothing_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    data = yaml.safe_load(SCHOOLS.read_text("utf-8"))
    change(data["registers"][0])
    (tmp_path / "app" / "data").mkdir(parents=True)
    path = tmp_path / "app" / "data" / "registers.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    with pytest.raises(BadData):
        definitions.read(path)
