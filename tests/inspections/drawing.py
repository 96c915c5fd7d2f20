"""For the tests of double random draws: one announced among the cast's units."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from inspections.models import VisitDraw
from inspections.workflows import draws
from shuangjian import clock
from tests.cast import Cast

PLAN = {"plan_name": "2026年双随机抽查计划", "approval_no": "云教督〔2026〕9号"}
SOURCE = "双色球第2026135期开奖号码"


def announced(cast: Cast, *, draws_at: datetime | None = None, **changed: Any) -> VisitDraw:
    """Two of A1, A2, B1 and A3 by teams of two among three inspectors, drawn an hour from now."""
    fields: dict[str, Any] = {
        "title": "秋季学期双随机抽查",
        "kind": "random",
        "units": [cast.units[key] for key in ("a1", "a2", "b1", "a3")],
        "inspectors": [cast.inspector_a, cast.inspector_b, cast.team_inspector],
        "unit_count": 2,
        "team_size": 2,
        "most_per_inspector": 3,
        "seed_source": SOURCE,
        "draws_at": draws_at or clock.now() + timedelta(hours=1),
        "from_on": clock.today() + timedelta(days=1),
        "until_on": clock.today() + timedelta(days=10),
        "actor": cast.supervision,
        **PLAN,
    }
    return draws.announce(**(fields | changed))
