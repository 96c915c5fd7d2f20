"""What supervision asks of the register of units: a unit's facts, and who heads it from when to when (P15)."""

from __future__ import annotations

from shuangjian.accounts.models import Organisation
from shuangjian.policy.scope import UnitFacts


def facts_of(organisation: Organisation) -> UnitFacts:
    """What decides which check items and limits concern a unit (P16).

    Raises Organisation.school.RelatedObjectDoesNotExist (or .institution) for a unit without its facts, which the
    register does not allow.
    """
    return organisation.school.facts() if organisation.kind == "school" else organisation.institution.facts()
