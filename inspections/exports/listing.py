"""What a list that can be taken along declares: who has it, how its page reads it, its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from inspections.exports.tables import Column
from shuangjian import clock
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES, Role


@dataclass(frozen=True)
class Listing:
    """One list. ``key`` is the name of its page's route; ``roles``: who has the page."""

    key: str
    title: str
    roles: frozenset[Role]
    read: Callable[[User, QueryDict], Reading]
    columns: tuple[Column, ...]

    def columns_for(self, user: User) -> list[Column]:
        """Who is named, only the county's staff takes along."""
        shows_persons = user.has_role(*COUNTY_ROLES)
        return [column for column in self.columns if shows_persons or not column.is_personal]


def name_of(one: Any) -> str:
    """The name of a unit or person, empty where there is none."""
    return str(one.name) if one is not None else ""


def day_of(moment: Any) -> date | None:
    """The day of a moment by the county's clock."""
    return clock.local_day(moment) if moment is not None else None
