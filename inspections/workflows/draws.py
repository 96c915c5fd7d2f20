"""Double random draws (双随机): announced with frozen lists, drawn with a seed that nobody knew, replayable.

Announcing freezes units and inspectors (with where each keeps away and which units are full), hashes them and
names the public source of the seed and the time. Drawing takes the seed from that source, not before the
time, before a witness; the list must still be what was hashed. A draw made on another platform is entered
with its document. Source: issue "Planning the visits"; practice.md P2, P9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import transaction

from inspections import lots, recusal, visit_kinds, visit_limits
from inspections.lots import Frozen, FrozenInspector
from inspections.models import InspectorCard, Visit, VisitDraw
from inspections.workflows import visits
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.selectors import term_on

S = VisitDraw.State
ANNOUNCED = "inspections.draw.announced"

TRANSITIONS = {
    "draw": Transition(
        label="抽取", source=frozenset({S.ANNOUNCED}), target=S.DRAWN, permission="inspections.run_draw"
    ),
    "cancel": Transition(
        label="取消抽取",
        source=frozenset({S.ANNOUNCED}),
        target=S.CANCELLED,
        permission="inspections.run_draw",
    ),
}
MACHINE: Machine[VisitDraw] = Machine(VisitDraw, "inspections.draw", TRANSITIONS)
audit.name_actions({ANNOUNCED: "公布双随机抽取", "inspections.draw.entered": "登记其他平台的抽取"})


def announce(
    *,
    title: str,
    kind: str,
    units: Sequence[Organisation],
    inspectors: Sequence[User],
    unit_count: int,
    team_size: int,
    most_per_inspector: int,
    seed_source: str,
    draws_at: datetime,
    from_on: date,
    until_on: date,
    plan_name: str,
    approval_no: str,
    actor: User,
    salt: Callable[[], str] = lots.new_seed,
) -> VisitDraw:
    """Freeze and publish what will be drawn from. Raises Refused for what could not be drawn.

    Units that had the county's most visits of the term are left out, and said so in the published list.
    """
    _check_dates(from_on, until_on)
    _check_may(actor, plan_name, approval_no)
    if draws_at <= clock.now():
        raise Refused("抽取时间要在公布之后")
    if from_on < clock.local_day(draws_at):
        raise Refused("最早到校日期不能早于抽取当天")
    if words := visit_kinds.too_few(kind, team_size):
        raise Refused(words)
    _check_cards(kind, inspectors)
    ordered = sorted(units, key=lambda unit: unit.code)
    counts = visit_limits.counted_visits(ordered, term_on(from_on))
    most = visit_limits.most_per_term()
    full = {unit.pk: visit_limits.full_words(counts.get(unit.pk, 0), most) for unit in ordered}
    drawable = [unit for unit in ordered if not full[unit.pk]]
    if not 0 < unit_count <= len(drawable):
        raise Refused(f"可以抽取的单位有{len(drawable)}个，抽取个数应在1和{len(drawable)}之间")
    if len(inspectors) < team_size:
        raise Refused(f"可以抽取的督导人员有{len(inspectors)}名，不足每组{team_size}名")
    with transaction.atomic():
        no = _take_number()
        frozen: Frozen = {
            "no": no,
            "salt": salt(),
            "unit_count": unit_count,
            "team_size": team_size,
            "most_per_inspector": most_per_inspector,
            "units": [{"code": unit.code, "name": unit.name} for unit in drawable],
            "left_out": [
                {"code": one.code, "name": one.name, "why": full[one.pk]} for one in ordered if full[one.pk]
            ],
            "inspectors": _frozen_inspectors(inspectors, drawable),
        }
        row = VisitDraw.objects.create(
            no=no,
            title=title,
            kind=kind,
            plan_name=plan_name,
            approval_no=approval_no,
            from_on=from_on,
            until_on=until_on,
            frozen=frozen,
            list_hash=lots.hash_of(frozen),
            seed_source=seed_source,
            draws_at=draws_at,
            announced_by=actor,
        )
        _record(ANNOUNCED, row, actor, {"list_hash": row.list_hash, "draws_at": str(draws_at)})
    return row


def _check_dates(from_on: date, until_on: date) -> None:
    if until_on < from_on:
        raise Refused("最晚到校日期不能早于最早到校日期")


def _check_may(actor: User, plan_name: str, approval_no: str) -> None:
    visits.check_permission(actor, plan_name, approval_no, "")
    if not actor.has_role(Role.TASK_FORCE, Role.SUPERVISION_OFFICE):
        raise NotAllowed("双随机抽取由督导室或双减专班办理")


def _check_cards(kind: str, inspectors: Sequence[User]) -> None:
    """For a kind that is not begun without its card, only who has one can be drawn."""
    rule = visit_kinds.kind_of(kind)
    if not rule.is_strict:
        return
    held = set(
        InspectorCard.objects.filter(user__in=inspectors, kind__in=rule.cards)
        .exclude(valid_until__lt=clock.today())
        .values_list("user_id", flat=True)
    )
    if without := [person.name for person in inspectors if person.pk not in held]:
        cards = "或".join(card.label for card in rule.cards)
        raise Refused(f"{'、'.join(without)}没有登记有效的{cards}，不能列入{Visit.Kind(kind).label}")


def _frozen_inspectors(people: Sequence[User], units: Sequence[Organisation]) -> list[FrozenInspector]:
    barred = recusal.barred_units(people)
    return [
        {
            "key": person.pk,
            "name": person.name,
            "barred": sorted(unit.code for unit in units if unit.pk in barred[person.pk]),
        }
        for person in sorted(people, key=lambda one: one.pk)
    ]


def _take_number() -> str:
    year = clock.today().year
    return f"{year}-D{numbers.take('visit_draw', year):04d}"


def _record(action: str, row: VisitDraw, actor: User, after: dict[str, object]) -> None:
    audit.record(
        action=action,
        subject=row,
        actor=actor,
        organisation=row.organisation,
        role=acting_role(actor),
        after=after,
    )


# --- Drawing ------------------------------------------------------------------


def draw(*, draw_id: int, actor: User, version: int | None, seed: str, witness: str) -> VisitDraw:
    """Draw with the seed from the announced source, before a witness, not before the announced time."""
    with MACHINE.moving("draw", row_id=draw_id, actor=actor, version=version) as step:
        row = step.row
        if row.draws_at is None or clock.now() < row.draws_at:
            raise Refused("还没有到公布的抽取时间")
        if not seed.strip():
            raise Refused("请填写公布来源的种子")
        if not witness.strip() or witness.strip() == actor.name:
            raise Refused("请填写监督人，监督人不能是抽取人自己")
        if faults := list_faults(row):
            raise Refused("；".join(faults))
        row.seed, row.witness = seed.strip(), witness.strip()
        row.drawn = lots.draw_double(row.frozen, row.seed)
        row.drawn_by, row.drawn_at = actor, clock.now()
        step.after |= {"seed": row.seed, "drawn": row.drawn}
    return row


def cancel(*, draw_id: int, actor: User, version: int | None, words: str) -> VisitDraw:
    """Take an announced draw back, with the reason; what was published stays readable."""
    with MACHINE.moving("cancel", row_id=draw_id, actor=actor, version=version) as step:
        if not words.strip():
            raise Refused("请写明取消的理由")
        step.note = words
    return step.row


def witnessed_hash(row: VisitDraw) -> str:
    """The hash that the audit trail kept when the lists were published; empty where there is none."""
    entry = AuditEntry.objects.filter(
        action=ANNOUNCED, subject_type=row._meta.label_lower, subject_id=str(row.pk)
    ).first()
    return str((entry.after or {}).get("list_hash", "")) if entry is not None else ""


def replay(row: VisitDraw) -> lots.Replay:
    """Draw again from what is stored, compare with the published hash, the trail and the result."""
    return lots.replay(
        row.frozen,
        seed=row.seed,
        list_hash=row.list_hash,
        recorded=row.drawn,
        witnessed_hash=witnessed_hash(row),
    )


def list_faults(row: VisitDraw) -> list[str]:
    """What is wrong with the frozen list before it is drawn from."""
    return lots.replay(
        row.frozen, seed="", list_hash=row.list_hash, recorded=[], witnessed_hash=witnessed_hash(row)
    ).faults


def enter_elsewhere(
    *,
    title: str,
    kind: str,
    platform: str,
    document_no: str,
    document: StoredFile,
    drawn_on: date,
    units: Sequence[Organisation],
    inspectors: Sequence[User],
    from_on: date,
    until_on: date,
    plan_name: str,
    approval_no: str,
    actor: User,
) -> VisitDraw:
    """Enter a draw that another platform made: its document, its units, the team that goes to them (P9)."""
    _check_dates(from_on, until_on)
    _check_may(actor, plan_name, approval_no)
    if drawn_on > clock.today():
        raise Refused("抽取日期不能晚于今天")
    if not units:
        raise Refused("请选择抽中的单位")
    _check_cards(kind, inspectors)
    barred = recusal.barred_units(inspectors)
    for unit in units:
        if words := visit_kinds.too_few(kind, len(inspectors)):
            raise Refused(words)
        for person in inspectors:
            if words := recusal.why_not(person, unit, barred):
                raise Refused(words)
    with transaction.atomic():
        row = VisitDraw.objects.create(
            no=_take_number(),
            title=title,
            kind=kind,
            state=S.DRAWN,
            plan_name=plan_name,
            approval_no=approval_no,
            from_on=from_on,
            until_on=until_on,
            frozen={
                "units": [{"code": unit.code, "name": unit.name} for unit in units],
                "inspectors": [{"key": one.pk, "name": one.name, "barred": []} for one in inspectors],
            },
            drawn=[{"unit": unit.code, "team": [one.pk for one in inspectors]} for unit in units],
            is_elsewhere=True,
            platform=platform,
            document_no=document_no,
            document=document,
            announced_by=actor,
            drawn_by=actor,
            drawn_on=drawn_on,
            drawn_at=clock.now(),
        )
        _record("inspections.draw.entered", row, actor, {"document": document.sha256, "drawn": row.drawn})
    return row
