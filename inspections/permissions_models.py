"""Who nominates, admits, reads, decides on and withdraws a model case (减负典型案例).

The leader decides; the offices prepare; whoever nominated a case neither admits nor reads it.
"""

from __future__ import annotations

from inspections.models import ModelCase, ModelObjection
from inspections.recusal import barred_units
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import OFFICE_ROLES, UNIT_ROLES, Role

NOMINATORS = UNIT_ROLES | OFFICE_ROLES | {Role.AREA_INSPECTOR}
READERS = OFFICE_ROLES | {Role.AREA_INSPECTOR}
S, KIND = ModelCase.State, ModelCase.Kind


def source_of(user: User, unit: Organisation) -> str:
    """As what the person would nominate the unit; empty where he may not."""
    if holds_on(user, unit, *UNIT_ROLES):
        return ModelCase.Source.UNIT
    if user.has_role(*OFFICE_ROLES):
        return ModelCase.Source.BUREAU
    if unit.area_id in user.unit_ids([Role.AREA_INSPECTOR]):
        return ModelCase.Source.INSPECTOR
    return ""


def _writes(user: User, case: ModelCase) -> bool:
    """Of a unit's own nomination all who answer for it, else the person who made it."""
    if case.source == ModelCase.Source.UNIT:
        return holds_on(user, case.organisation, *UNIT_ROLES)
    return user.pk == case.nominated_by_id


def _prepares(user: User, case: ModelCase) -> bool:
    return user.has_role(*OFFICE_ROLES) and user.pk != case.nominated_by_id


def _reads(user: User, case: ModelCase) -> bool:
    if not user.has_role(*READERS) or user.pk == case.nominated_by_id:
        return False
    barred = barred_units([user])[user.pk]
    return case.organisation_id not in barred and all(one.reader_id != user.pk for one in case.readings.all())


def _declines(user: User, case: ModelCase) -> bool:
    """What was not admitted the office says; what several people read the leader decides."""
    return _prepares(user, case) if case.state == S.SUBMITTED else user.has_role(Role.LEADER)


def _leads(user: User, case: ModelCase) -> bool:
    return user.has_role(Role.LEADER)


def _revokes(user: User, case: ModelCase) -> bool:
    """The family took its consent back: whoever hears of it first."""
    hears = user.has_role(*OFFICE_ROLES, Role.LEADER) or holds_on(user, case.organisation, *UNIT_ROLES)
    return case.kind == KIND.FAMILY and hears


add("inspections.nominate_model", lambda user, unit: bool(source_of(user, unit)))
add("inspections.write_model", _writes)
add("inspections.prepare_model", _prepares)
add("inspections.read_model", _reads)
add("inspections.decline_model", _declines)
add("inspections.decide_model", _leads)
add(
    "inspections.keep_model",
    lambda user, case: bool(case.proposed_words) and user.has_role(Role.LEADER),
)
add("inspections.revoke_model", _revokes)
add("inspections.retract_model", lambda user, case: holds_on(user, case.organisation, *UNIT_ROLES))
add("inspections.take_model_objection", lambda user, case: user.has_role(*OFFICE_ROLES))


def _answers(user: User, objection: ModelObjection) -> bool:
    return _prepares(user, objection.case)


add("inspections.answer_model_objection", _answers)
name_holders(
    {
        "inspections.nominate_model": NOMINATORS,
        "inspections.write_model": NOMINATORS,
        "inspections.prepare_model": OFFICE_ROLES,
        "inspections.read_model": READERS,
        "inspections.decline_model": OFFICE_ROLES | {Role.LEADER},
        "inspections.decide_model": {Role.LEADER},
        "inspections.keep_model": {Role.LEADER},
        "inspections.revoke_model": OFFICE_ROLES | UNIT_ROLES | {Role.LEADER},
        "inspections.retract_model": UNIT_ROLES,
        "inspections.take_model_objection": OFFICE_ROLES,
        "inspections.answer_model_objection": OFFICE_ROLES,
    }
)
