"""Which office of the county answers each of its own nine rules (牵头科室). Published rounds stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import Rule, RuleCharge
from shuangjian.policy.selectors import rules_for

KEEPERS = frozenset({Role.TASK_FORCE})

audit.name_actions({"policy.rule_charge.changed": "确定牵头科室"})
audit.name_nouns({"policy.rulecharge": "牵头科室"})


def version_of(rows: Iterable[RuleCharge]) -> int:
    """The version of the whole list: it grows with every change of a row."""
    return sum(row.version for row in rows)


def charge(*, actor: User, version: int | None, offices: Mapping[str, Organisation | None]) -> int:
    """Say by rule code which office answers, None for nobody. Returns how many rules changed hands.

    ``version``: that of the list which the person saw. Raises StaleRow, NotAllowed, Refused for what is no
    office at work or no rule of the government.
    """
    if not actor.has_role(*KEEPERS):
        raise NotAllowed("牵头科室由双减专班确定")
    own = rules_for(Rule.Group.GOVERNMENT)
    if not set(own.values_list("code", flat=True)).issuperset(offices):
        raise Refused("只有政府管理监督的条目可以确定牵头科室")
    for office in offices.values():
        if office is not None and (office.kind != Organisation.Kind.OFFICE or not office.is_active):
            raise Refused(f"{office.name}不是在用的科室，请重新选择")
    with transaction.atomic():
        # The rules are what two people wait at: on the first day there is no charge yet to lock.
        list(own.select_for_update(of=("self",)))
        rows = {row.rule_code: row for row in RuleCharge.objects.select_for_update().order_by("rule_code")}
        if version is not None and version != version_of(rows.values()):
            newest = max(rows.values(), key=lambda row: row.version, default=RuleCharge())
            raise StaleRow(newest)
        changed = [
            _hand_over(rows.get(code) or RuleCharge(rule_code=code, version=0), office, actor)
            for code, office in sorted(offices.items())
        ]
    return sum(changed)


def _hand_over(row: RuleCharge, office: Organisation | None, actor: User) -> bool:
    """Write one rule's office if it changes, with its audit entry."""
    if row.organisation == office:
        return False
    before, row.organisation = row.organisation_id, office
    row.version += 1
    row.save()
    audit.record(
        action="policy.rule_charge.changed",
        subject=row,
        actor=actor,
        role=Role.TASK_FORCE,
        before={"office": before},
        after={"office": row.organisation_id},
    )
    return True
