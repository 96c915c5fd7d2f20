"""Who heads a unit from when to when (P15)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from shuangjian import clock
from shuangjian.accounts import units
from shuangjian.accounts.models import Headship, Organisation, User
from shuangjian.dates import cn_date
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused

LONGEST_AHEAD = timedelta(days=366)  # how far ahead an appointment may be entered

audit.name_actions(
    {"inspections.unit.head_appointed": "登记任职", "inspections.unit.head_corrected": "改正任职登记"}
)


def _cn(day: date | None) -> str:
    return cn_date(day) if day else "今"


def _locked(organisation_id: int, actor: User, version: int | None) -> tuple[Organisation, list[Headship]]:
    """The unit and its terms of office, locked; earliest first."""
    unit = units.locked_unit(organisation_id=organisation_id, version=version)
    if not actor.has_perm("inspections.appoint_head", unit):
        raise NotAllowed("您的角色不能登记这个单位的任职")
    return unit, list(unit.headships.select_for_update(of=("self",)).order_by("from_on", "pk"))


def _check_term(term: Headship, others: list[Headship]) -> None:
    """One head at a time. Raises Refused where two terms of office overlap or the dates are impossible."""
    if term.to_on is not None and term.to_on < term.from_on:
        raise Refused("离任日期要在任职日期之后")
    if term.from_on > clock.today() + LONGEST_AHEAD:
        raise Refused("任职日期太晚，最多提前一年登记，请核对")
    for other in others:
        ends_before = other.to_on is not None and other.to_on < term.from_on
        begins_after = term.to_on is not None and other.from_on > term.to_on
        if not (ends_before or begins_after):
            raise Refused(
                f"与{other.name}的任期（{_cn(other.from_on)}至{_cn(other.to_on)}）重叠，请先改正其中一段的日期"
            )


def appoint_head(
    *,
    organisation_id: int,
    actor: User,
    version: int | None,
    name: str,
    post: str,
    from_on: date,
    document_no: str = "",
) -> Headship:
    """Enter who heads the unit from a day on; whoever holds the post until then leaves it the day before.

    Raises StaleRow, NotAllowed, Refused (before the present head's own first day, or inside an earlier term).
    """
    with transaction.atomic():
        unit, terms = _locked(organisation_id, actor, version)
        log = units.ChangeLog()
        for present in [term for term in terms if term.to_on is None]:
            if from_on <= present.from_on:
                raise Refused(f"任职日期要在现任{present.name}的任职日期（{_cn(present.from_on)}）之后")
            if log.apply(
                present, {"to_on": from_on - timedelta(days=1)}, about=f"{present.name} ", key=_key(present)
            ):
                present.save(update_fields=["to_on"])
        term = Headship(organisation=unit, name=name, post=post, from_on=from_on, document_no=document_no)
        _check_term(term, terms)
        term.save()
        log.after[_key(term) + "from_on"] = from_on
        log.lines.append(f"{post}：{name}，{_cn(from_on)}起")
        units.finish_change(action="inspections.unit.head_appointed", unit=unit, actor=actor, log=log)
    return term


def correct_head(
    *, organisation_id: int, headship_id: int, actor: User, version: int | None, values: dict[str, Any]
) -> Headship:
    """Mend one term of office, or enter its end (离任). Raises StaleRow, NotAllowed, Refused (an overlap)."""
    with transaction.atomic():
        unit, terms = _locked(organisation_id, actor, version)
        term = next((one for one in terms if one.pk == headship_id), None)
        if term is None:
            raise Refused("这条任职登记已经不在，请返回后再看")
        log = units.ChangeLog()
        if log.apply(term, values, about=f"{term.name} ", key=_key(term)):
            _check_term(term, [one for one in terms if one is not term])
            term.save()
        units.finish_change(action="inspections.unit.head_corrected", unit=unit, actor=actor, log=log)
    return term


def _key(term: Headship) -> str:
    return f"headship.{term.pk}."
