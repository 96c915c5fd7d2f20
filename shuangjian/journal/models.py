"""Rows that every transition leaves behind: audit entries, notices, jobs, numbers, keys. Imports no app."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class Versioned(models.Model):
    """A row whose forms carry its version: whoever saves a stale one is shown the other's change."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: Any) -> AuditQuerySet:
        """The auditor alone reads the trail as a whole; a record's own story is shown with the record."""
        return self if user.is_authenticated and user.has_role("auditor") else self.none()


class AuditEntry(models.Model):
    """One thing that happened. Append-only (triggers refuse the rest), chained by hash, no personal text.

    Names, phones and free text enter as salted digests; the text itself stands in ``AuditText`` and can be
    erased without breaking the chain.
    """

    seq = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_role = models.CharField(max_length=20, blank=True)
    organisation_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_no = models.CharField(max_length=40, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    note_digest = models.CharField(max_length=64, blank=True)
    format = models.PositiveSmallIntegerField(default=1)
    algorithm = models.CharField(max_length=10, default="sha256")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "留痕记录"
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"]),
            models.Index(fields=["subject_no"]),
            models.Index(fields=["action"]),
            models.Index(fields=["actor_id"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class AuditText(models.Model):
    """The free text of an entry, apart from the chain so that it can be erased by law.

    The salt goes with it: once the row is erased nobody can test a guess against the digest in the chain.
    """

    entry = models.OneToOneField(AuditEntry, models.DO_NOTHING, related_name="text", primary_key=True)
    salt = models.CharField(max_length=32)
    text = models.TextField()

    def __str__(self) -> str:
        return str(self.entry_id)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: Any) -> NotificationQuerySet:
        """One's own notices, nobody else's."""
        return self.filter(recipient=user) if user.is_authenticated else self.none()

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One notice to one person: outbox and inbox in one row. Unique per person and matter."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    dedupe_key = models.CharField(max_length=160)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)  # for the person alone; never counted or shown (P1)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = "通知"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="one_notice_per_matter", fields=["recipient", "dedupe_key"])
        ]

    def __str__(self) -> str:
        return self.title


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> JobQuerySet:
        """One's own jobs; the county's people and the system administrator also see everybody's dead ones."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(owner=user)
        if user.sees_county or user.has_role("system_admin"):
            mine |= Q(state=Job.State.DEAD)
        return self.filter(mine)


class Job(models.Model):
    """Work that must happen, written in the transaction of its cause; the message is only a doorbell."""

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        DEAD = "dead", "未完成"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField(max_length=60)
    queue = models.CharField(max_length=10, default="fast")
    key = models.CharField(max_length=160, unique=True)
    payload = models.JSONField(default=dict)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="jobs"
    )
    title = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField()  # this and the lease by the machine's clock, which never jumps
    lease_until = models.DateTimeField(null=True, blank=True)
    # Only ever grows: it tells a late attempt from the present one.
    attempts = models.PositiveIntegerField(default=0)
    attempts_allowed = models.PositiveIntegerField(default=5)
    progress_stage = models.CharField(max_length=60, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)  # the cause in words for people
    created_at = models.DateTimeField()  # this and the end by the county's clock: people read them
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="job_finished_has_time",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "dead", "cancelled"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="job_leased_only_while_running",
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
            ),
        ]
        indexes = [
            # What the sweep looks for; finished jobs, the many, stay out of it.
            models.Index(name="job_open", fields=["due_at"], condition=Q(state__in=["queued", "running"])),
            models.Index(name="job_of_owner", fields=["owner", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def kind_words(self) -> str:
        """What such a job is called where its title isn't for the reader."""
        from shuangjian.journal import jobs  # late: it stands on the models

        return jobs.words_of(self.kind)

    @property
    def percent(self) -> int | None:
        """Share done in per cent, None while nothing is known."""
        return self.progress_done * 100 // self.progress_total if self.progress_total else None


class FiredRung(models.Model):
    """One rung of a reminder ladder that a case passed: written by the sweep, once, and never changed.

    The date is part of the key: a postponed date has rungs of its own. ``told`` is how many people got a
    notice that names this rung; 0 where a higher one, caught up in the same sweep, spoke for it.
    """

    case = models.CharField(max_length=60)  # unique over nouns: "check:12"
    due_on = models.DateField()
    rung = models.CharField(max_length=20)  # before-7, before-1, after-0, after-5
    what = models.CharField(max_length=120)  # in words, as the ladder stood on that day
    told = models.PositiveIntegerField(default=0)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    fired_at = models.DateTimeField()

    class Meta:
        verbose_name = "催办记录"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="each_rung_once", fields=["case", "due_on", "rung"])]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.case} {self.due_on} {self.rung}"


class DeliveryChannelQuerySet(models.QuerySet["DeliveryChannel"]):
    def visible_to(self, user: Any) -> DeliveryChannelQuerySet:
        """The system administrator's alone."""
        return self if user.is_authenticated and user.has_role("system_admin") else self.none()

    def in_use(self) -> DeliveryChannelQuerySet:
        return self.filter(is_on=True)


class DeliveryChannel(Versioned):
    """A way out of the portal: the county's mail, its short messages, or the robot of one group.

    Kept by the system administrator. It is switched off, never deleted: what left by it stays on record.
    """

    class Kind(models.TextChoices):
        MAIL = "mail", "邮件"
        SMS = "sms", "短信"
        WECOM = "wecom", "企业微信群机器人"
        DINGTALK = "dingtalk", "钉钉群机器人"
        FEISHU = "feishu", "飞书群机器人"

    PERSONAL = (Kind.MAIL, Kind.SMS)  # one of each at most; they reach people, the others a group

    kind = models.CharField("方式", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=30)
    is_on = models.BooleanField("使用", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeliveryChannelQuerySet.as_manager()

    class Meta:
        verbose_name = "发送渠道"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_channel_of_a_personal_kind", fields=["kind"], condition=Q(kind__in=["mail", "sms"])
            ),
            models.UniqueConstraint(name="one_channel_of_a_name", fields=["name"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reaches_people(self) -> bool:
        return self.kind in self.PERSONAL


class ChannelSecret(models.Model):
    """What lets one write to a group: apart from the channel, so that no list or page reads it by accident.

    Shown to nobody once it is stored, never logged, in no audit entry.
    """

    channel = models.OneToOneField(DeliveryChannel, models.CASCADE, primary_key=True, related_name="secret")
    token = models.CharField(max_length=200)
    signing_key = models.CharField(max_length=200, blank=True)  # DingTalk's 加签

    def __str__(self) -> str:
        return f"secret of channel {self.channel_id}"


class Delivery(models.Model):
    """One message that leaves, or left, the portal: what, by which channel, to whom. Its job does the work.

    State, attempts, due time and cause of failure are the job's. The text holds counts and numbers of
    records alone; a digest has none, it is counted when it leaves.
    """

    class What(models.TextChoices):
        DIGEST = "digest", "每日汇总"
        URGENT = "urgent", "急件"
        TEST = "test", "测试"

    what = models.CharField(max_length=8, choices=What)
    key = models.CharField(max_length=120, unique=True)
    channel = models.ForeignKey(DeliveryChannel, models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="deliveries"
    )  # null: the channel's group
    day = models.DateField()  # the county's day on which it was to leave
    text = models.CharField(max_length=300, blank=True)
    job = models.OneToOneField(Job, models.PROTECT, null=True, related_name="delivery")

    class Meta:
        verbose_name = "发送记录"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["channel", "recipient", "-id"])]

    def __str__(self) -> str:
        return f"{self.what} {self.key}"


class IdempotencyKey(models.Model):
    """One unsafe request that was answered: the same key and body gets the same answer again."""

    key = models.CharField(max_length=32, unique=True)
    user_id = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    location = models.TextField(blank=True)
    body = models.TextField(blank=True)  # JSON answers of the autosave only
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return self.key


class Series(models.Model):
    """The last number of a series in a year; locked and counted in the transaction that needs the number."""

    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_series_per_year", fields=["kind", "year"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class Heartbeat(models.Model):
    """When something last worked: ``worker:<host>``, ``canary:<queue>``, ``sweep:<name>``. One row a name."""

    name = models.CharField(max_length=80, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class DemoClock(models.Model):
    """How far the demo county's time is shifted from the machine's. One row, read only in demo mode."""

    as_of = models.DateField()
    shift_seconds = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.as_of)
