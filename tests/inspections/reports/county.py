"""A small county in its records: checks, visits, problems and their rounds, for the tests of reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from inspections.models import (
    Problem,
    RectificationTask,
    Round,
    SelfCheck,
    Submission,
    Visit,
    VisitFinding,
)
from inspections.models.self_check import values_of
from inspections.models.visit import VisitMember
from schools.models import School
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import CheckItem, Prohibition, Rule, Rulebook, Term
from shuangjian.policy.scope import concerns
from tests.cast import Cast
from tutoring.models import Institution

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(month: int, day: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def items_of(unit: Organisation) -> list[CheckItem]:
    """The items that concern a unit, in order."""
    own: Any = School if unit.kind == "school" else Institution
    facts = own.objects.get(organisation=unit).facts()
    items = CheckItem.objects.select_related("rule").filter(rule__rulebook=Rulebook.objects.get())
    return [item for item in items if concerns(item, facts)]


def open_round(cast: Cast, term: Term, **fields: Any) -> Round:
    return Round.objects.create(
        title=f"{term.short_title}自查",
        term=term,
        rulebook=Rulebook.objects.get(),
        unit_kinds=["school", "institution"],
        due_on=date(2026, 10, 31),
        state=Round.State.PUBLISHED,
        published_at=at(9, 5),
        created_by=cast.task_force,
        **fields,
    )


def check(round_: Round, unit: Organisation, no: str, **fields: Any) -> SelfCheck:
    return SelfCheck.objects.create(no=no, round=round_, organisation=unit, due_on=round_.due_on, **fields)


def submitted(
    round_: Round, unit: Organisation, no: str, cast: Cast, *, on: datetime | None = None, **values: str
) -> SelfCheck:
    """A submitted check that answers 符合 but for the items named (R04_1="fails")."""
    when = on or at(10, 20)
    row = check(round_, unit, no, state=SelfCheck.State.SUBMITTED, submitted_at=when, submission_count=1)
    given = {name.replace("_", "-"): value for name, value in values.items()}
    answers = {item.code: {"value": given.get(item.code, "meets")} for item in items_of(unit)}
    Submission.objects.create(
        self_check=row,
        ordinal=1,
        submitted_at=when,
        submitted_by=cast.task_force,
        answers=answers,
        values=values_of(answers),
    )
    return row


def visited(
    cast: Cast, term: Term, unit: Organisation, no: str, *, on: datetime | None = None, kind: str = "regular",
    inspectors: tuple[str, ...] = ("inspector_a",), **values: str,
) -> Visit:  # fmt: skip
    """A confirmed visit with what was seen by item (R04_1="problem")."""
    when = on or at(11, 3)
    visit = Visit.objects.create(
        no=no, kind=kind, organisation=unit, term=term, rulebook=Rulebook.objects.get(),
        planned_on=when.date(), state=Visit.State.CONFIRMED, started_at=when, ended_at=when,
        confirmed_at=when,
        inspector_confirmed_by=cast.people[inspectors[0]], unit_person="黄勇", created_by=cast.supervision,
        record_no=f"现{no}",
    )  # fmt: skip
    for name in inspectors:
        VisitMember.objects.create(visit=visit, user=cast.people[name])
    for name, value in values.items():
        item = CheckItem.objects.get(code=name.replace("_", "-"))
        VisitFinding.objects.create(
            visit=visit, item=item, value=value, text="查到的情况" if value == "problem" else ""
        )
    return visit


def problem(
    cast: Cast, term: Term | None, unit: Organisation, no: str, rule: int, *, fact: str = "发现的情况",
    found: date = date(2026, 10, 12), due: date = date(2026, 11, 1), closed: date | None = None,
    prohibition: Prohibition | None = None, ordinal: int = 1, state: str = "rectifying", **fields: Any,
) -> Problem:  # fmt: skip
    """A problem with its last round, open or closed."""
    row = Problem.objects.create(
        no=no, organisation=unit, term=term, rule=Rule.objects.get(number=rule), fact=fact,
        prohibition=prohibition, severity=prohibition.severity if prohibition else "ordinary",
        origin=fields.pop("origin", "regular_supervision"), found_on=found, found_by=cast.inspector_a,
        registered_at=datetime(found.year, found.month, found.day, 10, tzinfo=SHANGHAI), **fields,
    )  # fmt: skip
    for number in range(1, ordinal + 1):
        last = number == ordinal
        closed_on = closed if last else found
        closed_at = (
            datetime(closed_on.year, closed_on.month, closed_on.day, 15, tzinfo=SHANGHAI)
            if closed_on
            else None
        )
        RectificationTask.objects.create(
            problem=row, ordinal=number, due_on=due, created_at=row.registered_at,
            state="closed" if closed_at else state, closed_at=closed_at,
            closed_by=cast.task_force if closed_at else None,
        )  # fmt: skip
    return row


def red_line() -> Prohibition:
    return Prohibition.objects.filter(severity="critical", kind="严禁").order_by("pk")[0]


def must_not() -> Prohibition:
    return Prohibition.objects.filter(severity="major", kind="不得").order_by("pk")[0]


def settle(cast: Cast, term: Term) -> None:
    """A term at work: A1 checked and visited, A2 missing, B1 checked only, A3 visited only; five problems."""
    round_ = open_round(cast, term)
    submitted(round_, cast.a1, "2026-C0001", cast, R04_1="fails", R09_1="partly")
    check(round_, cast.a2, "2026-C0002")
    submitted(round_, cast.b1, "2026-C0003", cast)
    visited(cast, term, cast.a1, "2026-V0001", R01_1="problem", R04_1="meets")
    visited(
        cast, term, cast.a3, "2026-V0002", on=at(11, 5), kind="county_check",
        inspectors=("inspector_a", "team_inspector"),
        **{item.code.replace("-", "_"): "meets" for item in items_of(cast.a3)},
    )  # fmt: skip
    problem(cast, term, cast.a1, "2026-0001", 4, fact="二年级留书面家庭作业", closed=date(2026, 10, 28))
    problem(cast, term, cast.a1, "2026-0002", 1, fact="没有公开办学承诺", due=date(2026, 11, 10))
    problem(
        cast, term, cast.b1, "2026-0003", 7, fact="在班级群公布成绩排名", prohibition=red_line(),
        due=date(2026, 11, 12),
    )  # fmt: skip
    problem(cast, term, cast.a3, "2026-0004", 17, fact="周三20:50下课", prohibition=must_not(), ordinal=2,
            closed=date(2026, 11, 14), due=date(2026, 11, 8))  # fmt: skip
    problem(cast, term, cast.b1, "2026-0005", 9, fact="手机保管没有登记", due=date(2027, 1, 10))
