"""Who drafts, signs, serves and receives papers (公文)."""

from __future__ import annotations

from typing import Any

from inspections.models import Paper
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES, UNIT_ROLES, Role


def _drafts(user: User, subject: Any) -> bool:
    """Asked of a draft, and of what one would be begun from."""
    return user.has_role(*OFFICE_ROLES)


def _signs(user: User, paper: Paper) -> bool:
    """Another than who wrote it or sent it to the leader."""
    return user.has_role(Role.LEADER) and user.pk not in (paper.submitted_by_id, paper.created_by_id)


def _serves(user: User, paper: Paper) -> bool:
    return user.has_role(*OFFICE_ROLES) and not paper.is_served and not paper.is_record


def _receives(user: User, paper: Paper) -> bool:
    """The unit, or the department, signs for it here where that is the way, and once."""
    online = paper.delivery == Paper.Delivery.ONLINE and not paper.is_served
    roles = {Role.PARTNER} if paper.is_letter else UNIT_ROLES
    return online and holds_on(user, paper.organisation, *roles)


add("inspections.draft_paper", _drafts)
add("inspections.read_paper_draft", lambda user, paper: user.has_role(*COUNTY_ROLES))
add("inspections.sign_paper", _signs)
add("inspections.serve_paper", _serves)
add("inspections.receive_paper", _receives)
add("inspections.print_close_form", lambda user, task: user.has_role(*COUNTY_ROLES))
name_holders(
    {
        "inspections.draft_paper": OFFICE_ROLES,
        "inspections.read_paper_draft": COUNTY_ROLES,
        "inspections.sign_paper": {Role.LEADER},
        "inspections.serve_paper": OFFICE_ROLES,
        "inspections.receive_paper": UNIT_ROLES | {Role.PARTNER},
        "inspections.print_close_form": COUNTY_ROLES,
    }
)
