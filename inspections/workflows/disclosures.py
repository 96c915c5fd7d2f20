"""公开 of accountability: proposed by an office, the unit heard, the leader decides, down on its day.

Source: practice.md P28 (exposure list, 下线日期, 信用修复); workflow.md §5 and §12 (units named unfavourably
have 5 working days to object beforehand); documents.md §6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from inspections import notices, white_list
from inspections.models import Disclosure, Sanction
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.accounts.selectors import holders, people_of
from shuangjian.dates import cn_date, cn_short
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy import calendar
from shuangjian.policy.workflows import counting

S, KIND = Disclosure.State, Disclosure.Kind
HEARING_DAYS = 5  # working days


def _t(label: str, source: Iterable[str], target: str | None, permission: str) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission=f"inspections.{permission}"
    )


TRANSITIONS = {
    "state": _t("提出意见", {S.PROPOSED}, None, "state_on_disclosure"),
    "publish": _t("决定公开", {S.PROPOSED}, S.PUBLISHED, "decide_disclosure"),
    "decline": _t("决定不公开", {S.PROPOSED}, S.DECLINED, "decide_disclosure"),
    "repair": _t("信用修复，下线", {S.PUBLISHED}, S.TAKEN_DOWN, "repair_disclosure"),
    "take-down": _t("下线", {S.PUBLISHED}, S.TAKEN_DOWN, "take_down_disclosure"),
    # By the sweep alone: nobody holds the right.
    "expire": _t("到期下线", {S.PUBLISHED}, S.TAKEN_DOWN, "expire_disclosure"),
}
MACHINE: Machine[Disclosure] = Machine(Disclosure, "inspections.disclosure", TRANSITIONS)
audit.name_actions({"inspections.disclosure.proposed": "提请公开"})


@dataclass(frozen=True, kw_only=True)
class Named:
    """What is said of a circular or of an entry of the exposure list."""

    name: str
    facts: str
    document_no: str
    decided_by_office: str
    decided_on: date
    down_on: date
    address: str = ""
    offence: str = ""
    organisation: Organisation | None = None


@contextmanager
def _moving(key: str, disclosure_id: int, actor: User, version: int | None) -> Iterator[Move[Disclosure]]:
    rows = Disclosure.objects.select_related("organisation")
    with MACHINE.moving(key, row_id=disclosure_id, actor=actor, version=version, queryset=rows) as step:
        yield step


# --- Proposing -------------------------------------------------------------------------------------------
def propose_exposure(*, named: Named, actor: User) -> Disclosure:
    """An entry of the exposure list. Raises NotAllowed, Refused (dates)."""
    return _propose(KIND.EXPOSED, named, actor, None)


def propose_circular(*, sanction: Sanction, named: Named, actor: User) -> Disclosure:
    """A 通报 that was issued. Raises NotAllowed, Refused (it isn't issued, or is public or proposed)."""
    if not may_propose(sanction):
        raise Refused("只有已印发、没有撤销的通报才能公开")
    standing = sanction.disclosures.filter(state__in=[S.PROPOSED, S.PUBLISHED]).first()
    if standing is not None:
        raise Refused(f"这份通报已提请公开，编号{standing.no}")
    return _propose(KIND.CIRCULAR, named, actor, sanction)


def may_propose(sanction: Sanction) -> bool:
    """Is it a 通报 that was issued and stands?"""
    is_circular = sanction.kind == Sanction.Kind.CIRCULAR and sanction.issued_on is not None
    return is_circular and sanction.state != Sanction.State.REVOKED


def _propose(kind: str, named: Named, actor: User, sanction: Sanction | None) -> Disclosure:
    today = clock.today()
    if named.decided_on > today:
        raise Refused("决定日期不能晚于今天")
    if named.down_on <= today:
        raise Refused("下线日期要晚于今天")
    with transaction.atomic():
        row = Disclosure(
            kind=kind,
            name=named.name,
            address=named.address,
            offence=named.offence,
            facts=named.facts,
            document_no=named.document_no,
            decided_by_office=named.decided_by_office,
            decided_on=named.decided_on,
            down_on=named.down_on,
            organisation=named.organisation,
            sanction=sanction,
        )
        counted = calendar.add_working_days(today, HEARING_DAYS) if named.organisation else None
        row.heard_until = counted.on if counted else None
        _begin(row, actor)
        if counted is not None and named.organisation is not None:
            counting.keep(row, "heard_until", counted)
            title = f"拟公开{row.get_kind_display()}{row.no}，请在{cn_short(counted.on)}前提出意见"
            _tell(row, people_of(named.organisation), title, actor)
    return row


def propose_white_list(*, actor: User) -> Disclosure:
    """白名单 of the institutions in order today. Raises Refused where there is none, or one is proposed."""
    if Disclosure.objects.filter(kind=KIND.WHITE_LIST, state=S.PROPOSED).exists():
        raise Refused("已有一份白名单待决定")
    units = white_list.in_order(clock.today())
    if not units:
        raise Refused("没有证照齐全的机构，不能提请公开")
    with transaction.atomic():
        row = Disclosure(kind=KIND.WHITE_LIST, name=f"校外培训机构白名单（{cn_date(clock.today())}）")
        row.codes = [unit.code for unit in units]
        _begin(row, actor)
    return row


def _begin(row: Disclosure, actor: User) -> None:
    if not actor.has_role(*OFFICE_ROLES):
        raise NotAllowed("由双减专班或督导室提请公开")
    year = clock.today().year
    row.no = f"{year}-G{numbers.take('disclosure', year):04d}"
    row.proposed_by, row.proposed_at = actor, clock.now()
    row.save()
    audit.record(
        action="inspections.disclosure.proposed",
        subject=row,
        actor=actor,
        organisation=row.organisation,
        role=acting_role(actor),
        after={"state": row.state, "kind": row.kind, "down_on": row.down_on, "units": len(row.codes)},
    )
    _tell(row, holders(Role.LEADER), f"请决定是否公开：{row.name}", actor)


# --- Hearing and deciding --------------------------------------------------------------------------------
def state(*, disclosure_id: int, actor: User, version: int | None, words: str) -> Disclosure:
    """提出意见 of the unit, once, before the decision."""
    with _moving("state", disclosure_id, actor, version) as step:
        if step.row.statement:
            raise Refused("已经提过意见")
        step.row.statement = step.note = words
        _tell(step.row, holders(*OFFICE_ROLES, Role.LEADER), f"{step.row.no}：单位提出了意见", actor, words)
    return step.row


def publish(*, disclosure_id: int, actor: User, version: int | None, answer: str = "") -> Disclosure:
    """决定公开. Raises Refused before the unit was heard, without an answer to it, past its last day."""
    with _moving("publish", disclosure_id, actor, version) as step:
        row = step.row
        if row.heard_until is not None and clock.today() <= row.heard_until and not row.statement:
            raise Refused(f"单位可以在{cn_short(row.heard_until)}前提出意见，期满才能公开")
        if row.statement and not answer.strip():
            raise Refused("请写明对单位意见的答复")
        if row.down_on is not None and row.down_on <= clock.today():
            raise Refused("已到下线日期，不能公开")
        row.answer, row.published_by, row.published_at = answer.strip(), actor, clock.now()
        step.after["down_on"] = row.down_on
        if row.kind == KIND.WHITE_LIST:
            _end_earlier_list(row, actor)
        if row.organisation is not None:
            _tell(row, people_of(row.organisation), f"{row.no}已决定公开", actor, row.answer)
    return row


def _end_earlier_list(row: Disclosure, actor: User) -> None:
    earlier = Disclosure.objects.published().filter(kind=KIND.WHITE_LIST).exclude(pk=row.pk)
    for pk in earlier.values_list("pk", flat=True):
        with _moving("take-down", pk, actor, None) as step:
            _end(step.row, f"由新的名单{row.no}代替")


def decline(*, disclosure_id: int, actor: User, version: int | None, words: str) -> Disclosure:
    with _moving("decline", disclosure_id, actor, version) as step:
        step.row.ended_at, step.row.ended_words, step.note = clock.now(), words, words
        _tell(step.row, [step.row.proposed_by], f"{step.row.no}决定不公开", actor, words)
    return step.row


# --- Coming down -----------------------------------------------------------------------------------------
def repair(*, disclosure_id: int, actor: User, version: int | None, document_no: str) -> Disclosure:
    """信用修复: by the decision that repairs it, whose number the public reads."""
    with _moving("repair", disclosure_id, actor, version) as step:
        _end(step.row, f"已完成信用修复（{document_no}）")
        step.note = document_no
    return step.row


def take_down(*, disclosure_id: int, actor: User, version: int | None, words: str) -> Disclosure:
    """下线 before its day, with the reason, which the public reads."""
    with _moving("take-down", disclosure_id, actor, version) as step:
        _end(step.row, words)
        step.note = words
    return step.row


def sweep() -> int:
    """Take down what reached its day; returns how many. Safe twice and in parallel."""
    due = Disclosure.objects.published().filter(down_on__lte=clock.today())
    return sum(_expire(pk) for pk in due.order_by("pk").values_list("pk", flat=True))


def _expire(pk: int) -> bool:
    with transaction.atomic():
        row = Disclosure.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=pk)
        if not TRANSITIONS["expire"].allowed_from(row.state):
            return False
        _end(row, "公开期满")
        row.state, row.version = S.TAKEN_DOWN, row.version + 1
        row.save()
        audit.record(
            action=MACHINE.action_of("expire"),
            subject=row,
            actor=None,
            organisation=row.organisation,
            before={"state": S.PUBLISHED},
            after={"state": row.state},
        )
    return True


def _end(row: Disclosure, words: str) -> None:
    row.ended_at, row.ended_words = clock.now(), words


def _tell(row: Disclosure, people: Iterable[User], title: str, actor: User, body: str = "") -> None:
    others = [person for person in people if person.pk != actor.pk and person.is_active]
    notices.tell(others, "disclosure", row, row.get_absolute_url(), title, body)
