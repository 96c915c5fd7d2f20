"""For the tests of visits: one of A1 on the yearly list, planned or begun."""

from __future__ import annotations

from typing import Any

from inspections.models import Visit
from inspections.workflows import visits
from shuangjian import clock
from tests.cast import Cast

ON_PLAN = {"plan_name": "2026年经常性督导计划", "approval_no": "云教督〔2026〕3号"}


def planned(cast: Cast, **changed: Any) -> Visit:
    """A regular visit of A1 today by its area's inspector."""
    fields: dict[str, Any] = {
        "organisation": cast.a1,
        "kind": "regular",
        "planned_on": clock.today(),
        "inspectors": [cast.inspector_a],
        "actor": cast.supervision,
        **ON_PLAN,
    }
    return visits.plan(**(fields | changed))


def begun(cast: Cast, **changed: Any) -> Visit:
    """The same, begun by the one who leads it."""
    visit = planned(cast, **changed)
    return visits.start(visit_id=visit.pk, actor=visit.members.get(is_lead=True).user, version=None)
