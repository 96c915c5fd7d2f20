"""Objections to a model case on public notice: from the public page or keyed in by the office, each answered.

Nothing of who objects goes into the journal; name and telephone are erased when the case is decided.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from inspections import notices
from inspections.models import ModelCase, ModelObjection
from inspections.workflows import model_cases
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import OFFICE_ROLES
from shuangjian.accounts.selectors import holders
from shuangjian.journal import audit
from shuangjian.journal.errors import Refused

S = ModelObjection.State
MOST_AN_HOUR = 60  # of one case by the public page: a flood tells nothing more
TRANSITIONS = {
    "uphold": Transition(
        label="认定反映属实",
        source=frozenset({S.WAITING}),
        target=S.UPHELD,
        permission="inspections.answer_model_objection",
    ),
    "dismiss": Transition(
        label="认定不属实或不影响",
        source=frozenset({S.WAITING}),
        target=S.DISMISSED,
        permission="inspections.answer_model_objection",
    ),
}
MACHINE: Machine[ModelObjection] = Machine(ModelObjection, "inspections.model_objection", TRANSITIONS)
audit.name_actions({"inspections.model_objection.made": "公示期内反映典型案例"})


def make(*, case_id: int, words: str, contact: str) -> ModelObjection:
    """By the public page. Raises Refused outside the notice, and in a flood."""
    with transaction.atomic():
        case = ModelCase.objects.select_for_update(of=("self",)).get(pk=case_id)
        today = clock.today()
        if not ModelCase.objects.on_notice(today).filter(pk=case_id).exists():
            raise Refused("公示期已经结束，反映情况请联系值班电话")
        lately = case.objections.filter(
            way=ModelObjection.Way.WEB, made_at__gt=clock.now() - timedelta(hours=1)
        )
        if lately.count() >= MOST_AN_HOUR:
            raise Refused("现在反映的人较多，请一小时后再试，或拨打值班电话")
        row = _take(case, ModelObjection.Way.WEB, words, contact)
        audit.record(
            action="inspections.model_objection.made",
            subject=row,
            actor=None,
            organisation=case.organisation,
            after={"state": row.state, "way": row.way},
        )
    return row


def key_in(
    *, case_id: int, actor: User, version: int | None, way: str, words: str, contact: str
) -> ModelCase:
    """登记公示反映 that came by telephone, letter or visit."""
    with model_cases.MACHINE.moving("object", row_id=case_id, actor=actor, version=version) as step:
        row = _take(step.row, way, words, contact)
        step.after["objection"] = row.ordinal
    return step.row


def _take(case: ModelCase, way: str, words: str, contact: str) -> ModelObjection:
    row = ModelObjection.objects.create(
        case=case,
        ordinal=case.objections.count() + 1,
        way=way,
        words=words,
        contact=contact,
        made_at=clock.now(),
    )
    title = f"典型案例{case.no}公示期内有反映，请核实答复"
    notices.tell(holders(*OFFICE_ROLES), "model_objection", row, case.get_absolute_url(), title)
    return row


def uphold(*, objection_id: int, actor: User, version: int | None, words: str) -> ModelObjection:
    """情况属实: the case cannot be published."""
    return _answer("uphold", objection_id, actor, version, words)


def dismiss(*, objection_id: int, actor: User, version: int | None, words: str) -> ModelObjection:
    return _answer("dismiss", objection_id, actor, version, words)


def _answer(key: str, objection_id: int, actor: User, version: int | None, words: str) -> ModelObjection:
    rows = ModelObjection.objects.select_related("case__organisation")
    with MACHINE.moving(key, row_id=objection_id, actor=actor, version=version, queryset=rows) as step:
        row = step.row
        row.answer, row.answered_by, row.answered_at = words, actor, clock.now()
        step.note = words
    return step.row
