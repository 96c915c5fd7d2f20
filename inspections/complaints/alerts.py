"""Several matters of one unit, or of examinations just before them: said at once, without names (P22)."""

from __future__ import annotations

from datetime import timedelta

from inspections.models import Complaint
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.journal import outbox
from shuangjian.policy.models import TermPeriod

SPAN = timedelta(days=30)
MOST_OF_A_UNIT = 3  # matters of one unit within the span
BEFORE_EXAMS = timedelta(days=14)
MOST_OF_EXAMS = 3  # matters of examinations, of any unit, within that time before an examination week


def raise_for(row: Complaint) -> None:
    """Tell 双减专班 and the leader, once a month for a unit and once an examination week, where it is time.

    Call it in the transaction that registers the matter.
    """
    if row.organisation is not None:
        _of_unit(row.organisation)
    if row.topic == "exams":
        _before_exams()


def _of_unit(unit: Organisation) -> None:
    today = clock.today()
    count = Complaint.objects.counted().filter(organisation=unit, received_on__gt=today - SPAN).count()
    if count >= MOST_OF_A_UNIT:
        _tell(
            f"{SPAN.days}天内收到反映{unit.name}的{count}件，请研判",
            f"unit:{unit.pk}:{today:%Y-%m}",
            f"/complaints/?tab=all&organisation={unit.code}",
        )


def _before_exams() -> None:
    today = clock.today()
    week = (
        TermPeriod.objects.filter(
            kind=TermPeriod.Kind.EXAMS, last_on__gte=today, first_on__lte=today + BEFORE_EXAMS
        )
        .order_by("first_on")
        .first()
    )
    if week is None:
        return
    since = week.first_on - BEFORE_EXAMS
    count = Complaint.objects.counted().filter(topic="exams", received_on__gte=since).count()
    if count >= MOST_OF_EXAMS:
        _tell(
            f"考试周前收到反映考试、成绩排名的{count}件，请研判",
            f"exams:{week.pk}",
            "/complaints/?tab=all&topic=exams",
        )


def _tell(title: str, key: str, url: str) -> None:
    outbox.notify(
        recipients=holders(Role.TASK_FORCE, Role.LEADER),
        kind="complaint.alert",
        title=title,
        body="",
        url=url,
        dedupe_key=f"complaint.alert:{key}",
    )
