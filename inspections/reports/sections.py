"""The office's texts of a report: each is saved by itself and has its own version, so that two people who
write different parts do not disturb each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from inspections.models import SupervisionReport
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.journal.errors import DomainError


@dataclass(frozen=True)
class Section:
    """One text as it stands: ``version`` is what a form must have seen, 0 before the first saving.
    ``writer_id`` and ``written_at`` say who saved it last."""

    key: str
    title: str
    hint: str
    is_required: bool
    text: str
    version: int
    writer_id: int | None
    written_at: datetime | None
    is_written: ClassVar[bool] = True  # beside the counted parts of an outline


class SectionChanged(DomainError):
    """Somebody saved this text since the person opened it. Carries the text as it is now."""

    status = 409

    def __init__(self, section: Section) -> None:
        super().__init__(f"“{section.title}”刚被别人改过，您写的没有保存，请对照后再保存")
        self.section = section


def section_of(report: SupervisionReport, key: str, title: str, hint: str, *, is_required: bool) -> Section:
    """The text ``key`` of a report with who wrote it last."""
    mark = report.section_marks.get(key, {})
    at = mark.get("at")
    return Section(
        key=key,
        title=title,
        hint=hint,
        is_required=is_required,
        text=report.sections.get(key, ""),
        version=mark.get("version", 0),
        writer_id=mark.get("by"),
        written_at=datetime.fromisoformat(at) if at else None,
    )


def put(report: SupervisionReport, texts: dict[str, str], actor: User) -> list[str]:
    """Write ``texts`` into the locked row; the keys of those that changed. What stays as it was keeps its
    version, and with it everybody else's form."""
    changed = sorted(key for key, text in texts.items() if report.sections.get(key, "") != text)
    for key in changed:
        version = report.section_marks.get(key, {}).get("version", 0) + 1
        mark = {"version": version, "by": actor.pk, "at": clock.now().isoformat()}
        report.section_marks = {**report.section_marks, key: mark}
        report.sections = {**report.sections, key: texts[key]}
    return changed
