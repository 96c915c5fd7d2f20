"""A published round and the answers of its units, for the tests of self-checks."""

from __future__ import annotations

from datetime import date
from typing import Any

from inspections.check_sheet import CheckSheet, ItemAnswer, load
from inspections.models import Answer, Round, SelfCheck
from inspections.workflows import rounds, self_check
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import Term
from tests.cast import Cast

DUE_ON = date(2026, 12, 11)
MEETS = ItemAnswer(value="meets")


def draft(cast: Cast, term: Term, **changed: Any) -> Round:
    """A round for schools and institutions on the yearly list."""
    fields: dict[str, Any] = {
        "title": "2026年秋季学期自查",
        "unit_kinds": ["school", "institution"],
        "due_on": DUE_ON,
        "plan_name": "2026年度督查检查考核计划",
        "approval_no": "云办发〔2026〕3号",
    }
    return rounds.create(actor=cast.task_force, term=term, **(fields | changed))


def publish(cast: Cast, term: Term, **changed: Any) -> Round:
    return rounds.publish(round_id=draft(cast, term, **changed).pk, actor=cast.task_force)


def check_of(unit: Organisation) -> SelfCheck:
    """The unit's newest check, fresh from the database."""
    return SelfCheck.objects.filter(organisation=unit).order_by("-pk")[0]


def sheet_of(check: SelfCheck) -> CheckSheet:
    return load(SelfCheck.objects.select_related("round__term", "organisation").get(pk=check.pk))


def row_of(check: SelfCheck, code: str) -> Answer:
    return Answer.objects.get(self_check=check, item__code=code)


def answer(check: SelfCheck, actor: User, **answers: ItemAnswer) -> None:
    """Save answers by item code, written R04_2; whole rules need not be named."""
    by_rule: dict[int, dict[str, ItemAnswer]] = {}
    for name, given in answers.items():
        code = name.replace("_", "-")
        by_rule.setdefault(int(code[1:3]), {})[code] = given
    for number, own in by_rule.items():
        self_check.save_rule(check_id=check.pk, rule_number=number, actor=actor, version=None, answers=own)


def fill(check: SelfCheck, actor: User, **answers: ItemAnswer) -> SelfCheck:
    """Answer every item: those named as named, the rest 符合."""
    given = {name.replace("_", "-"): one for name, one in answers.items()}
    for rule in sheet_of(check).rules:
        self_check.save_rule(
            check_id=check.pk,
            rule_number=rule.rule.number,
            actor=actor,
            version=None,
            answers={line.item.code: given.get(line.item.code, MEETS) for line in rule.asked},
        )
    return SelfCheck.objects.get(pk=check.pk)
