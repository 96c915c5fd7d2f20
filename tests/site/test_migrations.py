"""The squashed migration of an empty database and the steps it replaces lead to the same models."""

from __future__ import annotations

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader


def test_the_short_way_and_the_steps_end_at_the_same_models() -> None:
    short = MigrationLoader(None)
    steps = MigrationLoader(None, replace_migrations=False)
    assert ("inspections", "0001_initial") in steps.graph.nodes
    assert ("inspections", "0001_initial") not in short.graph.nodes
    difference = MigrationAutodetector(steps.project_state(), short.project_state())._detect_changes()
    assert difference == {}
