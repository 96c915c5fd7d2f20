"""What leaves the portal: a digest a day, urgent matters at once, and never outside office hours.

A delivery is a row with its job, written in the transaction of its cause. The message is a doorbell: it says
how many things wait and under which numbers, never a name or a fact, since it leaves the county's network.
It is delivered at least once (a worker that dies between sending and noting it sends again), tried again
with growing pauses, and dead after the last with its cause in words. Who opened what is known to nobody (P1).
The apps above say what a person or the county has waiting (``count_for_digest``) and which hours are office
hours (``keep_hours``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from shuangjian import clock
from shuangjian.journal import jobs, outbox, transports
from shuangjian.journal.models import ChannelSecret, Delivery, DeliveryChannel, Job, Notification

JOB = "deliveries.send"
# Before each attempt after the first; a working day has nine hours, a digest of yesterday is worth nothing.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
SUBJECT = "双减工作平台"  # robots that ask for a keyword let 「双减」 through
SENT = "已发出"
MOST_NUMBERS = 5  # named in one urgent message; the rest is counted

Kind, What = DeliveryChannel.Kind, Delivery.What
Counts = list[tuple[str, int]]  # (「逾期」, 2): how many things of a kind wait
Counter = Callable[[Any], Counts]  # of a person; None is the county

_counters: list[Counter] = []
_hours: list[Callable[[datetime], datetime]] = []


def count_for_digest(counter: Counter) -> None:
    """Let an app say what waits for a person (None: for the county). Call in ready()."""
    _counters.append(counter)


def keep_hours(opening: Callable[[datetime], datetime]) -> None:
    """Let the calendar say from when on a message may leave: the moment itself, or the next opening."""
    _hours.append(opening)


def _opening(moment: datetime) -> datetime:
    return max((opening(moment) for opening in _hours), default=moment)


# --- Asking for a delivery ----------------------------------------------------------------------------------
def order_digests(today: date) -> int:
    """One digest for everybody who wants it and for every group; returns how many were new today."""
    channels = list(DeliveryChannel.objects.in_use())
    mail = next((channel for channel in channels if channel.kind == Kind.MAIL), None)
    targets: list[tuple[DeliveryChannel, Any]] = [(one, None) for one in channels if not one.reaches_people]
    if mail is not None:
        wanting = get_user_model().objects.filter(is_active=True, wants_mail=True)
        targets += [(mail, person) for person in wanting.order_by("pk")]
    known = set(Delivery.objects.filter(what=What.DIGEST, day=today).values_list("key", flat=True))
    new = 0
    for channel, person in targets:
        key = f"digest:{today}:{_target(channel, person)}"
        if key not in known:
            with transaction.atomic():
                new += _order(What.DIGEST, key, channel, person, today) is not None
    return new


def carry_urgent(notices: list[outbox.Notice]) -> None:
    """Urgent notices leave at once, in the transaction that gave them: one message a target."""
    channels = list(DeliveryChannel.objects.in_use())
    if not channels:
        return
    matters = {notice.dedupe_key: notice for notice in notices}
    people = get_user_model().objects.in_bulk({notice.recipient_id for notice in notices})
    for channel in channels:
        if not channel.reaches_people:
            _order_urgent(channel, None, list(matters.values()))
            continue
        for person in people.values():
            if _address_of(channel, person):
                own = [notice for notice in notices if notice.recipient_id == person.pk]
                _order_urgent(channel, person, own)


def _order_urgent(channel: DeliveryChannel, person: Any, notices: list[outbox.Notice]) -> None:
    keys = sorted(notice.dedupe_key for notice in notices)
    digest = sha256("\n".join(keys).encode()).hexdigest()[:32]
    numbers = sorted({str(getattr(notice.subject, "no", "") or "") for notice in notices} - {""})
    listed = "、".join(numbers[:MOST_NUMBERS]) + ("等" if len(numbers) > MOST_NUMBERS else "")
    text = f"急件{len(notices)}件" + (f"（{listed}）" if listed else "")
    key = f"urgent:{digest}:{_target(channel, person)}"
    _order(What.URGENT, key, channel, person, clock.today(), text)


def order_test(channel: DeliveryChannel, person: Any) -> Delivery:
    """A test message, now: to the group of the channel, or to ``person`` who asks for it."""
    to = person if channel.reaches_people else None
    key = f"test:{clock.now().isoformat()}:{_target(channel, to)}"
    ordered = _order(What.TEST, key, channel, to, clock.today(), "测试消息，收到说明渠道可用", owner=person)
    if ordered is None:
        raise RuntimeError("two tests of one instant")
    return ordered


def _target(channel: DeliveryChannel, person: Any) -> str:
    return f"{channel.pk}:{person.pk if person is not None else 0}"


def _order(
    what: str,
    key: str,
    channel: DeliveryChannel,
    person: Any,
    day: date,
    text: str = "",
    *,
    owner: Any = None,
) -> Delivery | None:
    """The delivery and its job, in the caller's transaction; None where it was ordered already."""
    row = Delivery(what=what, key=key, channel=channel, recipient=person, day=day, text=text)
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    delivery = Delivery.objects.select_for_update().get(key=key)
    if delivery.job_id is not None:
        return None
    delivery.job = jobs.enqueue(
        kind=JOB,
        key=f"delivery:{delivery.pk}",
        payload={"delivery": delivery.pk},
        owner=owner,
        title=f"{delivery.get_what_display()}：{channel.name}",
        due_at=timezone.now() + _wait(what),
    )
    delivery.save(update_fields=["job"])
    return delivery


def _wait(what: str) -> timedelta:
    """Until the next opening, by the county's clock; a test was asked for by somebody who is there."""
    now = clock.now()
    return timedelta(0) if what == What.TEST else _opening(now) - now


# --- Sending ------------------------------------------------------------------------------------------------
def text_of(delivery: Delivery) -> str:
    """What the message says; empty where there is nothing to say. Counts and numbers alone."""
    said = delivery.text
    if delivery.what == What.DIGEST:
        counts = [pair for counter in _counters for pair in counter(delivery.recipient)]
        parts = [f"{label}{count}件" for label, count in counts if count]
        said = "、".join(parts)
    if not said:
        return ""
    if delivery.what != What.TEST:
        said += "，请登录平台办理"
    return f"【{SUBJECT}】{said}" + (f"\n{settings.PORTAL_URL}" if settings.PORTAL_URL else "")


def unread_of(person: Any) -> Counts:
    """A person's notices that he has not read; a group has none."""
    if person is None:
        return []
    return [("未读通知", Notification.objects.visible_to(person).unread().count())]


def _address_of(channel: DeliveryChannel, person: Any) -> str:
    """Where a person is reached by a channel; empty where he is not, or does not wish to be."""
    if channel.kind == Kind.SMS:
        return str(person.phone)
    return str(person.mail) if person.wants_mail else ""


def _tell_of_death(job: Job, caretakers: list[Any]) -> None:
    """An address that fails is told of once a day: to those who keep the portal, and to its person."""
    delivery = Delivery.objects.select_related("channel", "recipient").get(job=job)
    key = f"delivery.failed:{_target(delivery.channel, delivery.recipient)}:{delivery.day}"
    outbox.notify(
        recipients=caretakers,
        kind="delivery.failed",
        title=f"{where_of(delivery)}发不出去",
        body=job.error,
        url=reverse("job", args=[job.pk]),
        dedupe_key=key,
        subject=delivery,
    )
    if delivery.recipient is not None:
        outbox.notify(
            recipients=[delivery.recipient],
            kind="delivery.failed",
            title=f"发给您的{delivery.channel.get_kind_display()}没有送达，请核对地址",
            body=job.error,
            url=reverse("me"),
            dedupe_key=f"{key}:own",
            subject=delivery,
        )


@jobs.register(JOB, tell_of_death=_tell_of_death)
class Send:
    """Send one message, unless there is nothing to say or it is not the hour."""

    def work(self, claim: jobs.Claim) -> str:
        rows = Delivery.objects.select_related("channel", "recipient")
        delivery = rows.get(pk=claim.payload["delivery"])
        channel, person, what = delivery.channel, delivery.recipient, delivery.what
        if what == What.DIGEST and delivery.day != clock.today():
            return "已由后一天的汇总代替"
        if not channel.is_on and what != What.TEST:
            return "渠道已停用，没有发送"
        wait = _wait(what)
        if wait:
            raise jobs.Later("等到上班时间发送", wait=wait, is_counted=False)
        if channel.reaches_people and what != What.TEST and not _address_of(channel, person):
            return "收件人没有地址或已不要，没有发送"
        text = text_of(delivery)
        if not text:
            return "没有要说的事项，没有发送"
        try:
            _send(channel, person, text, is_test=what == What.TEST)
        except transports.Refused as cause:
            raise jobs.Failure(str(cause)) from cause
        except transports.Unreachable as cause:
            # A test is answered while somebody looks on.
            if what == What.TEST:
                raise jobs.Failure(str(cause)) from cause
            raise jobs.Later(str(cause), wait=_pause(claim)) from cause
        return SENT

    def finish(self, claim: jobs.Claim, outcome: str) -> dict[str, Any]:
        return {"said": outcome}


def _pause(claim: jobs.Claim) -> timedelta:
    tried = claim.attempt - 1
    return PAUSES[min(tried, len(PAUSES) - 1)]


def _send(channel: DeliveryChannel, person: Any, text: str, *, is_test: bool) -> None:
    if channel.kind == Kind.MAIL:
        address = str(person.mail) if is_test else _address_of(channel, person)
        if not address:
            raise transports.Refused("没有填写邮箱，或已不要邮件")
        transports.by_mail(address, SUBJECT, text)
    elif channel.kind == Kind.SMS:
        if not person.phone:
            raise transports.Refused("没有登记手机号")
        transports.by_sms(str(person.phone), text)
    else:
        secret = ChannelSecret.objects.get(channel=channel)
        transports.by_robot(channel.kind, secret.token, secret.signing_key, text)


def where_of(delivery: Delivery) -> str:
    """「“专班群”」, 「李静的邮件」."""
    if delivery.recipient is None:
        return f"“{delivery.channel.name}”"
    return f"{delivery.recipient}的{delivery.channel.get_kind_display()}"


# --- What staff see -----------------------------------------------------------------------------------------
def failing() -> models.QuerySet[Delivery]:
    """The last delivery to each target that failed: gone from here as soon as one arrives."""
    finished = Delivery.objects.filter(Q(job__state=Job.State.DEAD) | Q(job__result__said=SENT))
    last = finished.order_by("channel_id", "recipient_id", "-pk").distinct("channel_id", "recipient_id")
    dead = Delivery.objects.filter(pk__in=last.values("pk"), job__state=Job.State.DEAD, channel__is_on=True)
    given_up = Q(channel__kind=Kind.MAIL) & Q(recipient__wants_mail=False) | Q(recipient__is_active=False)
    return dead.exclude(given_up).select_related("channel", "recipient", "job").order_by("-pk")
