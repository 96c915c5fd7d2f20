"""The answers to a register's fields: the form in which they are kept, and as people read them.

Kept are JSON values: numbers in the normal form of ``judging.parse``, clock times as HH:MM, dates as ISO
text, yes and no as booleans, several choices as a list, an identity number as its digest. A field without an
answer has no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from shuangjian.dates import cn_date
from shuangjian.policy.models import Indicator
from shuangjian.registers.definitions import Field, Type

IDENTITY_KNOWN = "已登记"
HIDDEN = "已隐去"
# The field types that an indicator's limit can judge, by its kind of value.
JUDGED = {
    Type.WHOLE: Indicator.ValueKind.NUMBER,
    Type.NUMBER: Indicator.ValueKind.NUMBER,
    Type.CLOCK: Indicator.ValueKind.CLOCK,
}


def as_kept(asked: Field, answer: Any) -> Any:
    """A cleaned answer in the form in which it is kept; None where there is none."""
    if answer in (None, "", []):
        return None
    if isinstance(answer, Decimal):
        return format(answer.normalize(), "f")
    if isinstance(answer, date):
        return answer.isoformat()
    if isinstance(answer, time):
        return f"{answer:%H:%M}"
    if asked.type is Type.WHOLE:
        return str(answer)
    return answer


def in_words(asked: Field, kept: Any) -> str:
    """What is kept, as people read it: 52分钟/天, 是, 周一、周三, 2026年9月1日; 「—」 without an answer."""
    if kept in (None, "", []):
        return "—"
    match asked.type:
        case Type.YES_NO:
            return "是" if kept else "否"
        case Type.CHOICE:
            return asked.name_of(kept)
        case Type.CHOICES:
            return "、".join(asked.name_of(one) for one in kept)
        case Type.DATE:
            return cn_date(date.fromisoformat(kept))
        case Type.IDENTITY:
            return IDENTITY_KNOWN
        case _:
            return f"{kept}{asked.unit}"


@dataclass(frozen=True)
class Line:
    """One line of an entry with typed access to its answers. ``grade``: of a grade, or the lowest of a stage.

    ``key`` tells the line from the others of its entry; of a row it stays the same from version to version.
    """

    key: str
    label: str
    grade: int | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.answers.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> Decimal | None:
        value = self.answers.get(name)
        return Decimal(value) if isinstance(value, str) and value else None

    def minutes(self, name: str) -> int | None:
        """A clock time as minutes after midnight."""
        hours, _, minutes = self.text(name).partition(":")
        return int(hours) * 60 + int(minutes) if minutes else None

    def day(self, name: str) -> date | None:
        value = self.text(name)
        return date.fromisoformat(value) if value else None

    def says(self, name: str) -> bool | None:
        """A yes or no; None where it was not answered."""
        value = self.answers.get(name)
        return value if isinstance(value, bool) else None

    def chosen(self, name: str) -> list[str]:
        value = self.answers.get(name)
        return list(value) if isinstance(value, list) else []
