"""Writing one text of a draft report; the texts beside it stay as their own writers leave them."""

from __future__ import annotations

from inspections.models import SupervisionReport
from inspections.reports import rendering, sections
from inspections.workflows import report as workflow
from shuangjian.accounts.models import User


def write(*, report_id: int, actor: User, key: str, text: str, seen: int | None) -> SupervisionReport:
    """Save the text ``key``. ``seen``: the version of this text that the person had before him.

    Raises SectionChanged where somebody saved the same text meanwhile, WrongState, NotAllowed.
    """
    with workflow.MACHINE.moving("save", row_id=report_id, actor=actor, version=None) as step:
        section = next(one for one in rendering.texts_of(step.row) if one.key == key)
        if seen is not None and section.version != seen:
            raise sections.SectionChanged(section)
        step.after["sections"] = sections.put(step.row, {key: text}, actor)
    return step.row
