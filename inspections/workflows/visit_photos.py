"""Photos of a visit that arrive in pieces: from the phone to one item of the checklist.

The target of such an upload reads 「2026-V0007/R04-1」: number of the visit, code of the item.
"""

from __future__ import annotations

from inspections.models import Visit
from inspections.workflows import visit_findings
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.files.resumable import Purpose, register_purpose
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import CheckItem

PURPOSE = "visit-photo"


def register() -> None:
    register_purpose(PURPOSE, Purpose(check, hand_over))


def _target(target: str, user: User) -> tuple[Visit, CheckItem]:
    """Raises Refused for what does not exist for the person: nobody learns of other people's visits."""
    no, _, code = target.partition("/")
    visit = Visit.objects.visible_to(user).filter(no=no).first()
    finding = visit.findings.select_related("item").filter(item__code=code).first() if visit else None
    if visit is None or finding is None:
        raise Refused("没有这次督导，或这个检查项不在本次督导的清单里")
    return visit, finding.item


def check(target: str, user: User) -> None:
    """May the person add photos there now? Raises Refused, NotAllowed, WrongState."""
    visit, _ = _target(target, user)
    visit_findings.check_photos(visit, user)


def hand_over(target: str, user: User, stored: StoredFile) -> None:
    """Put the photo to its item; right and state are looked at again. Raises the same."""
    visit, item = _target(target, user)
    visit_findings.add_photos(visit_id=visit.pk, item=item, actor=user, photos=[stored])
