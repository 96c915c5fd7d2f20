"""What each unit owes by the plan: made when its step opens, filed, marked done, reopened, ended.

A step locks itself at its end: what is filed afterwards is refused unless the task force reopened that one
duty, with a reason and a new date. Late stays late: the date itself is never moved by that.

Source: plan.yaml ``ledger_of_missed`` and ``obligations``; practice.md P4 (no rates of parents), P5 (one
record, a picture is optional), P13 (open duties follow the unit), P21 (one instance per term).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.selectors import holders, people_of
from shuangjian.dates import cn_date
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, outbox
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import Duty, DutyRecord, Obligation, Term
from shuangjian.policy.permissions import marking_role

_WHO, _BY = Obligation.Who, Obligation.Fulfilled
_ROWS_A_STATEMENT = 1000
MOST_PEOPLE = 100_000  # of one record; more is a slip of the hand

audit.name_actions(
    {
        "policy.duty.filed": "填报学习、宣传记录",
        "policy.duty.corrected": "更正学习、宣传记录",
        "policy.duty.marked": "登记方案任务办结",
        "policy.duty.reopened": "开放补报",
        "policy.duty.ended": "单位停办或合并，方案任务终止",
        "policy.duty.moved": "单位合并，方案任务转入接办单位",
    }
)
audit.name_nouns({"policy.duty": "应办任务", "policy.dutyrecord": "学习、宣传记录"})


# --- Opening ------------------------------------------------------------------------------------------
def open_due(today: date) -> int:
    """Give every unit what it owes in the open steps and the terms that began; returns how many are new.

    Whoever has it already gets nothing: the sweep asks as often as it likes.
    """
    return _open(today, Organisation.objects.active())


def open_for(unit: Organisation) -> int:
    """The same for one unit that is new in the register. In the caller's transaction."""
    return _open(clock.today(), Organisation.objects.active().filter(pk=unit.pk))


def _open(today: date, units: Any) -> int:
    duties: list[Duty] = []
    for obligation, term in _due_to_open(today):
        taken = Duty.objects.filter(obligation=obligation, term=term, organisation=OuterRef("pk"))
        is_begun = Duty.objects.filter(obligation=obligation, term=term).exists()
        due_on = _due_of(obligation, term, today, comes_later=is_begun)
        duties += [
            Duty(obligation=obligation, organisation=unit, term=term, due_on=due_on)
            for unit in units.filter(_owing(obligation)).exclude(Exists(taken)).order_by("pk").only("pk")
        ]
    # Two sweeps beside each other make each duty once.
    Duty.objects.bulk_create(duties, batch_size=_ROWS_A_STATEMENT, ignore_conflicts=True)
    return len(duties)


def _due_to_open(today: date) -> Iterator[tuple[Obligation, Term | None]]:
    owed = Obligation.objects.exclude(fulfilled_by="").select_related("phase__stage")
    running = owed.filter(phase__opened_at__isnull=False, phase__closed_at__isnull=True)
    for obligation in running.filter(repeats=Obligation.Repeats.ONCE, due_on__isnull=False):
        yield obligation, None
    # One instance per term that begins in the stage (P21), which the step's own days do not bind.
    each_term = owed.filter(
        repeats=Obligation.Repeats.TERM,
        phase__stage__starts_on__lte=today,
        phase__stage__ends_on__gte=today,
    )
    for obligation in each_term:
        stage = obligation.phase.stage
        begun = Term.objects.filter(first_on__range=(stage.starts_on, min(stage.ends_on, today)))
        for term in begun.filter(last_on__gte=today).order_by("first_on"):
            yield obligation, term


def _due_of(obligation: Obligation, term: Term | None, today: date, *, comes_later: bool) -> date:
    """The plan's date; a unit that comes in after it, when others owe it, has until the step's end."""
    if term is not None:
        return term.last_on
    due_on, ends_on = obligation.due_on, obligation.phase.ends_on
    return ends_on if due_on is None or (comes_later and due_on < today) else due_on


def _owing(obligation: Obligation) -> Q:
    """Which organisations have an instance: units by their kind, the county where it is the bureau's."""
    kinds = [kind for kind in (_WHO.SCHOOL, _WHO.INSTITUTION) if kind in obligation.who]
    if kinds:
        return Q(kind__in=kinds)
    if obligation.fulfilled_by == _BY.TERM_VISITS:
        return Q(kind=Organisation.Kind.SCHOOL)
    if obligation.fulfilled_by == _BY.VISIT:
        return Q(kind__in=[Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION])
    return Q(kind=Organisation.Kind.COUNTY)


# --- Filing and marking -------------------------------------------------------------------------------
@dataclass
class _Change:
    """A change under way: the locked duty and what its audit entry will say."""

    duty: Duty
    after: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    subject: DutyRecord | None = None  # of the entry, where it is not the duty itself


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What a unit says of one meeting, letter or notice."""

    form: str
    held_on: date
    people_count: int
    words: str


def file(
    *, duty_id: int, actor: User, version: int | None, filing: Filing, proof: StoredFile | None = None
) -> DutyRecord:
    """填报: one record; the first one fulfils the duty today.

    Raises StaleRow, NotAllowed, WrongState, Refused.
    """
    with _changing("filed", duty_id, actor, version, "file_duty") as step:
        duty = step.duty
        _check_filing(duty, filing)
        record = DutyRecord.objects.create(
            duty=duty,
            form=filing.form,
            held_on=filing.held_on,
            people_count=filing.people_count,
            words=filing.words,
            stored_file=proof,
            filed_by=actor,
            filed_at=clock.now(),
        )
        if duty.done_on is None:
            duty.done_on, duty.done_by = clock.today(), actor
        step.after |= {"record": record.pk, **_facts(record)}
        step.note = filing.words
    return record


def correct(
    *,
    record_id: int,
    actor: User,
    version: int | None,
    filing: Filing,
    proof: StoredFile | None = None,
    drop_proof: bool = False,
) -> DutyRecord:
    """更正: change a record while its step takes filings; the day on which it was filed stays."""
    duty_id = DutyRecord.objects.values_list("duty_id", flat=True).get(pk=record_id)
    with _changing("corrected", duty_id, actor, None, "file_duty") as step:
        record = DutyRecord.objects.select_for_update(of=("self",)).get(pk=record_id)
        check_version(record, version)
        _check_filing(step.duty, filing)
        before = _facts(record)
        record.form, record.held_on = filing.form, filing.held_on
        record.people_count, record.words = filing.people_count, filing.words
        if proof is not None or drop_proof:
            record.stored_file = proof
        record.version += 1
        record.save()
        step.subject = record
        step.after |= {name: value for name, value in _facts(record).items() if value != before[name]}
        step.note = filing.words
    return record


def _facts(record: DutyRecord) -> dict[str, Any]:
    return {
        "form": record.form,
        "held_on": str(record.held_on),
        "people": record.people_count,
        "file": record.stored_file_id,
    }


def _check_filing(duty: Duty, filing: Filing) -> None:
    phase = duty.obligation.phase
    if filing.form not in duty.obligation.record_forms:
        raise Refused("请从列出的形式里选择")
    if filing.held_on > clock.today():
        raise Refused("日期不能晚于今天")
    if filing.held_on < phase.starts_on:
        raise Refused(f"“{phase.title}”从{cn_date(phase.starts_on)}开始，日期不能更早")
    if not 0 < filing.people_count <= MOST_PEOPLE:
        raise Refused(f"人数在1到{MOST_PEOPLE}之间，请核对")


def mark(*, duty_id: int, actor: User, version: int | None, on: date, words: str) -> Duty:
    """登记办结: a duty of the county is done, by which document. ``on``: its day, not before the step.

    Raises StaleRow, NotAllowed, WrongState, Refused.
    """
    with _changing("marked", duty_id, actor, version, "mark_duty") as step:
        duty, phase = step.duty, step.duty.obligation.phase
        if duty.done_on is not None:
            raise WrongState("这项任务已经登记办结")
        if on > clock.today():
            raise Refused("办结日期不能晚于今天")
        if on < min(phase.starts_on, duty.term.first_on if duty.term else phase.starts_on):
            raise Refused(f"“{phase.title}”从{cn_date(phase.starts_on)}开始，办结日期不能更早")
        duty.done_on, duty.done_by, duty.done_words = on, actor, words
        step.note = words
    return duty


def reopen(*, duty_id: int, actor: User, version: int | None, until: date, reason: str) -> Duty:
    """开放补报: this one duty can be filed again until a day, its unit is told. What is late stays late.

    Raises StaleRow, NotAllowed, WrongState (still open, or done), Refused.
    """
    with _changing("reopened", duty_id, actor, version, "reopen_duty", locks=False) as step:
        duty = step.duty
        if duty.finished_on is not None:
            raise WrongState("这项任务已经完成，不用开放补报")
        if not duty.is_locked:
            raise WrongState(f"这项任务在{cn_date(duty.locks_on)}前都能填报，不用开放补报")
        if until < clock.today():
            raise Refused("补报期限不能早于今天")
        duty.reopened_until, duty.reopened_reason = until, reason
        step.after["reopened_until"] = str(until)
        step.note = reason
        _tell_reopened(duty)
    return duty


def _tell_reopened(duty: Duty) -> None:
    is_county = duty.organisation.kind == Organisation.Kind.COUNTY
    outbox.notify(
        recipients=holders(marking_role(duty.obligation)) if is_county else people_of(duty.organisation),
        kind="duty.reopened",
        title=f"可以补报：{duty.what}",
        body=f"{duty.organisation.name}，请在{cn_date(duty.locks_on)}前填报。理由：{duty.reopened_reason}",
        url=reverse("duty", args=[duty.pk]),
        dedupe_key=f"duty:{duty.pk}:reopened:{duty.version}",
        subject=duty,
    )


def check_unlocked(obligation: Obligation, unit: Organisation, also_until: date) -> None:
    """Refuse what a unit hands in elsewhere (a self-check) for a duty whose step is locked.

    ``also_until``: the date on the row itself, which may be later (a returned one is given days). The duty is
    locked meanwhile, so that nobody reopens or ends it beside. Raises Refused.
    """
    rows = Duty.objects.select_related("obligation__phase").select_for_update(of=("self",))
    duty = rows.filter(obligation=obligation, organisation=unit, term=None).first()
    if duty is not None and duty.is_locked and clock.today() > also_until:
        raise Refused(_locked_words(duty))


def _locked_words(duty: Duty) -> str:
    phase = duty.obligation.phase
    return (
        f"“{phase.title}”已于{cn_date(duty.locks_on)}结束，填报已锁定。"
        "确需补报的，请双减专班开放补报，写明理由和新的期限"
    )


_MAY_NOT = {
    "filed": "这项任务由本单位填报",
    "corrected": "记录由本单位更正",
    "marked": "这项任务不由您登记办结",
    "reopened": "开放补报由双减专班办理",
}


@contextmanager
def _changing(
    action: str, duty_id: int, actor: User, version: int | None, permission: str, *, locks: bool = True
) -> Iterator[_Change]:
    """Lock, look, let the caller write, save with one audit entry. ``locks``: not after the step's end."""
    with transaction.atomic():
        rows = Duty.objects.select_related("obligation__phase", "organisation", "term")
        duty = rows.select_for_update(of=("self",)).get(pk=duty_id)
        check_version(duty, version)
        if not actor.has_perm(f"policy.{permission}", duty):
            raise NotAllowed(_MAY_NOT[action])
        if duty.ended_on is not None:
            raise WrongState("单位已经停办或合并，这项任务已终止")
        if locks and duty.is_locked:
            raise Refused(_locked_words(duty))
        step = _Change(duty)
        before = {"done_on": duty.done_on, "reopened_until": duty.reopened_until}
        yield step
        duty.version += 1
        duty.save()
        audit.record(
            action=f"policy.duty.{action}",
            subject=step.subject or duty,
            actor=actor,
            organisation=duty.organisation,
            role=actor.main_post.role if actor.main_post else "",
            before=before,
            after={"done_on": duty.done_on, **step.after},
            note=step.note,
        )


# --- Units that end -------------------------------------------------------------------------------------
def end_unit(*, unit: Organisation, taker: Organisation | None, actor: User) -> tuple[int, int]:
    """What the unit still owes: to whoever takes over if he does not owe the same himself, else it ends.

    What is done stays with the old unit. In the caller's transaction, before the unit is marked as ended.
    Returns (moved, ended). Source: plan.yaml ``ledger_of_missed``; practice.md P13.
    """
    open_ones = list(Duty.objects.open().filter(organisation=unit).values_list("pk", flat=True))
    rows = Duty.objects.select_related("obligation", "organisation").select_for_update(of=("self",))
    moved = 0
    for duty in rows.filter(pk__in=open_ones, done_on__isnull=True).order_by("pk"):
        own = Duty.objects.filter(obligation=duty.obligation, organisation=taker, term=duty.term)
        moves = taker is not None and not own.exists()
        before = {"organisation": unit.pk, "ended_on": None}
        if moves and taker is not None:
            duty.organisation = taker
            moved += 1
        else:
            duty.ended_on = clock.today()
        duty.version += 1
        duty.save(update_fields=["organisation", "ended_on", "version"])
        audit.record(
            action="policy.duty.moved" if moves else "policy.duty.ended",
            subject=duty,
            actor=actor,
            organisation=unit,
            role=actor.main_post.role if actor.main_post else "",
            before=before,
            after={"organisation": duty.organisation_id, "ended_on": duty.ended_on},
        )
    return moved, len(open_ones) - moved


def on_date(obligation: Obligation, day: date) -> list[Duty]:
    """The open duties that stand on a date of the plan, locked; not those that a term dates."""
    open_ones = Duty.objects.open().filter(obligation=obligation, due_on=day, term=None)
    rows = Duty.objects.filter(pk__in=list(open_ones.values_list("pk", flat=True)))
    rows = rows.select_for_update(of=("self",))
    return list(rows.filter(done_on__isnull=True).order_by("pk"))


def put_on(rows: list[Duty], day: date) -> None:
    """Give locked open duties another date of the plan."""
    for row in rows:
        row.due_on = day
        row.version += 1
    Duty.objects.bulk_update(rows, ["due_on", "version"])
