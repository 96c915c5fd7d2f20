"""Every action that is recorded anywhere has a name for people: the auditor reads Chinese."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from script.lib.places import ROOT
from shuangjian.accounts import machine
from shuangjian.journal import audit

SOURCES = sorted(
    path
    for app in ("shuangjian", "schools", "tutoring", "inspections")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
CHINESE = re.compile("[\u4e00-\u9fff]")
ACTION = re.compile(r"[a-z_]+(\.[a-z_]+){2}")


def recorded(path: Path) -> Iterator[str]:
    """The actions that a file names in calls, as patterns: ``action="…"``, ``action=f"app.noun.{move}"``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            if keyword.arg == "action":
                yield from patterns(keyword.value)


def patterns(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.JoinedStr):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_.]+"
            for part in value.values
        )
        return
    for part in ast.iter_child_nodes(value):
        if isinstance(part, ast.expr):
            yield from patterns(part)
    if isinstance(value, ast.Constant) and ACTION.fullmatch(str(value.value)):
        yield re.escape(str(value.value))


def every_action() -> set[str]:
    found = {action for path in SOURCES for action in recorded(path)}
    assert len(found) > 20, "the search finds next to nothing: it is the search that broke"
    return found


def machines() -> list[machine.Machine]:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in SOURCES
        if path.parent.name == "workflows"
    ]
    modules = [importlib.import_module(name) for name in names]
    return [made for module in modules for made in vars(module).values() if isinstance(made, machine.Machine)]


def test_every_recorded_action_has_a_chinese_name() -> None:
    """Of those put together at run time at least one; tests/conftest.py looks at each that a test records."""
    moves = {re.escape(made.action_of(key)) for made in machines() for key in made.transitions}
    named = [action for action, words in audit.known_actions() if CHINESE.search(words)]
    nameless = {
        pattern
        for pattern in every_action() | moves
        if not any(re.fullmatch(pattern, action) for action in named)
    }
    assert nameless == set(), "name them beside their workflow: audit.name_actions({…})"


def test_no_name_is_longer_than_an_auditor_reads_at_a_glance() -> None:
    assert [words for _, words in audit.known_actions() if len(words) > 24] == []


def test_a_list_of_actions_says_what_each_is_of() -> None:
    """「签发」 is an action of papers and of reports: under a noun no two are called the same."""
    for noun, actions in audit.actions_by_noun():
        words = [word for _, word in actions]
        assert CHINESE.search(noun), f"name what {actions[0][0]} is of: audit.name_families({{…}})"
        assert len(set(words)) == len(words), noun


@pytest.mark.parametrize("action", [action for action, _ in audit.known_actions()])
def test_an_action_fits_its_column_and_its_pattern(action: str) -> None:
    assert ACTION.fullmatch(action)
    assert len(action) <= 60
