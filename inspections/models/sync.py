"""What inspectors' phones send: devices, their record numbers, each operation, and what collided."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from inspections.models.visit import Visit, VisitFinding
from inspections.querysets import FieldConflictQuerySet, OwnQuerySet, SyncOperationQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned


class Device(Versioned):
    """One person's browser on one phone, by the id that it made for this person. Registered by itself.

    ``expected`` is the next operation that is applied; ``clock_behind`` by how many seconds its clock was
    behind ours when it last spoke.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="devices")
    device_id = models.UUIDField(unique=True)
    name = models.CharField("名称", max_length=80, blank=True)
    registered_at = models.DateTimeField(default=clock.now, editable=False)
    seen_at = models.DateTimeField("最近使用")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    expected = models.PositiveBigIntegerField(default=1)
    clock_behind = models.BigIntegerField(default=0)

    objects = OwnQuerySet.as_manager()

    class Meta:
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return self.name or self.no

    @property
    def no(self) -> str:
        """Its first eight digits, under which its owner and the journal know it."""
        return str(self.device_id)[:8]


class RecordBlock(models.Model):
    """A block of record numbers (现2026-03-…) that one device alone gives, in one year. Never changed."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="blocks")
    year = models.PositiveSmallIntegerField()
    block = models.CharField(max_length=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_block_a_device_and_year", fields=["device", "year"]),
            models.UniqueConstraint(name="a_block_is_one_devices", fields=["year", "block"]),
        ]

    def __str__(self) -> str:
        return self.prefix

    @property
    def prefix(self) -> str:
        """现2026-03-"""
        return f"现{self.year}-{self.block}-"


class SyncOperation(Versioned):
    """One tap as a phone sent it, with what became of it. What it says never changes and is never dropped.

    ``body`` is the operation as it came. ``is_stray``: it came without a number, or under that of another
    one, so it is kept outside the order. A refused one waits until somebody says what was done about it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "待前面的内容到达"
        APPLIED = "applied", "已写入"
        CONFLICT = "conflict", "两人所填不同"
        REFUSED = "refused", "未能写入"

    device = models.ForeignKey(Device, models.PROTECT, related_name="operations")
    seq = models.PositiveBigIntegerField(null=True)
    kind = models.CharField(max_length=20, blank=True)
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="operations")
    body = models.JSONField(null=True)  # whatever came, null too
    digest = models.CharField(max_length=64)
    is_stray = models.BooleanField(default=False)
    device_at = models.DateTimeField(null=True)  # as the phone's clock had it
    happened_at = models.DateTimeField()  # the same moment by ours, as far as can be told
    received_at = models.DateTimeField(default=clock.now, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    reason = models.CharField("原因", max_length=300, blank=True)
    receipt = models.CharField("回执", max_length=12)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)  # what the phone was first answered
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    handled_words = models.CharField("处理情况", max_length=300, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)

    objects = SyncOperationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_operation_a_number", fields=["device", "seq"], condition=Q(is_stray=False)
            ),
            models.UniqueConstraint(
                name="a_stray_is_kept_once", fields=["device", "digest"], condition=Q(is_stray=True)
            ),
            models.CheckConstraint(
                name="an_operation_in_order_has_its_number",
                condition=Q(is_stray=True) | Q(seq__isnull=False),
            ),
            models.CheckConstraint(
                name="what_was_not_written_says_why", condition=~Q(status="refused") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="handled_in_words_by_somebody",
                condition=Q(handled_words="", handled_by__isnull=True, handled_at__isnull=True)
                | (~Q(handled_words="") & Q(handled_by__isnull=False, handled_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["status", "handled_at"])]

    def __str__(self) -> str:
        return f"{self.device_id}:{self.seq}"

    @property
    def told(self) -> dict[str, Any]:
        """What it says, by name; empty where it came in no such shape."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def no(self) -> str:
        """The receipt: journal entries are found under it."""
        return self.receipt


class FieldConflict(Versioned):
    """One field of one item that two people filled in differently. What is not chosen stays here.

    ``standing`` and ``offered`` are fields with their values as the checklist shows them. Which result an
    item has (field ``value``) carries what hangs on it: words, date, flags of 有问题.
    """

    class Chosen(models.TextChoices):
        STANDING = "standing", "先到的一版"
        OFFERED = "offered", "后到的一版"

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="conflicts")
    finding = models.ForeignKey(VisitFinding, models.CASCADE, related_name="conflicts")
    field = models.CharField(max_length=20)
    standing = models.JSONField()
    standing_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    standing_at = models.DateTimeField(null=True)
    offered = models.JSONField()
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    operation = models.ForeignKey(SyncOperation, models.PROTECT, related_name="conflicts")  # the latest
    chosen = models.CharField(max_length=10, choices=Chosen, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = FieldConflictQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="a_conflict_is_settled_by_somebody",
                condition=Q(chosen="", settled_by__isnull=True, settled_at__isnull=True)
                | (~Q(chosen="") & Q(settled_by__isnull=False, settled_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["visit", "settled_at"])]

    def __str__(self) -> str:
        return f"{self.finding_id}/{self.field}"

    @property
    def no(self) -> str:
        """The visit's number: journal entries are found under it."""
        return self.visit.no

    @property
    def organisation(self) -> Organisation:
        return self.visit.organisation

    @property
    def is_open(self) -> bool:
        return not self.chosen

    def values_of(self, side: str) -> dict[str, Any]:
        """The fields of one side: ``standing`` or ``offered``."""
        return dict(self.offered if side == self.Chosen.OFFERED else self.standing)
