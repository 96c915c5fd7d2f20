"""Papers (公文) to a unit or a department, and the record (约谈纪要) that both sides sign by hand."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from inspections.models.detours import Transfer
from inspections.models.rectification import RectificationTask
from inspections.models.sanction import Sanction
from inspections.models.signing import SignedDocument, signing_constraints
from inspections.models.visit import Visit
from inspections.querysets import PaperQuerySet
from shuangjian.accounts.models import Organisation


class Paper(SignedDocument):
    """One paper (2026-W0007), drafted by 督导室 or 双减专班 from what it is about, signed by 分管领导.

    A record (约谈纪要) is no 公文: it goes out under its own number as soon as it is made.
    ``organisation`` is whom it is sent to; a circular or a proposal stands under the unit that it is about.
    At most one of visit, sanction, transfer is its occasion; ``tasks`` are the rounds of putting right that
    it speaks of. How it was served is written down once.
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", "整改通知书"
        ORDER = "order", "责令整改通知书"
        OPINION = "opinion", "督导意见书"
        TALK = "talk", "约谈通知书"
        CIRCULAR = "circular", "情况通报"
        PROPOSAL = "proposal", "问责建议书"
        PRAISE = "praise", "表扬通报"
        TRANSFER = "transfer", "移交函"
        CONSULT = "consult", "商请函"
        TALK_RECORD = "talk_record", "约谈纪要"

    # Signed by hand on both sides, not by the leader; without 发文字号.
    RECORDS = (Kind.TALK_RECORD,)
    LETTERS = (Kind.TRANSFER, Kind.CONSULT)  # to another department

    class Delivery(models.TextChoices):
        ONLINE = "online", "系统签收"
        ON_PAPER = "on_paper", "书面送达"

    class Means(models.TextChoices):
        DIRECT = "direct", "直接送达"
        LEFT = "left", "留置送达"
        POST = "post", "邮寄送达"
        ONLINE = "online", "系统签收"

    kind = models.CharField("文种", max_length=16, choices=Kind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="papers")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, blank=True, related_name="papers")
    sanction = models.ForeignKey(Sanction, models.PROTECT, null=True, blank=True, related_name="papers")
    transfer = models.ForeignKey(Transfer, models.PROTECT, null=True, blank=True, related_name="papers")
    tasks = models.ManyToManyField(RectificationTask, related_name="papers", blank=True)
    delivery = models.CharField("送达方式", max_length=10, choices=Delivery, default=Delivery.ONLINE)
    # --- 送达
    served_on = models.DateField("送达日期", null=True, blank=True)
    served_by = models.CharField("送达方式（实际）", max_length=10, choices=Means, blank=True)
    receiver = models.CharField("收件人", max_length=30, blank=True)
    receiver_post = models.CharField("收件人职务", max_length=30, blank=True)
    servers = models.CharField("送达人", max_length=60, blank=True)
    refusal = models.CharField("拒收事由", max_length=200, blank=True)
    witness = models.CharField("见证人", max_length=30, blank=True)
    service_noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = PaperQuerySet.as_manager()

    class Meta(SignedDocument.Meta):
        constraints = [
            *signing_constraints("paper", unnumbered=Q(kind="talk_record")),
            models.CheckConstraint(
                name="a_paper_has_one_occasion",
                condition=Q(visit__isnull=True, sanction__isnull=True)
                | Q(visit__isnull=True, transfer__isnull=True)
                | Q(sanction__isnull=True, transfer__isnull=True),
            ),
            models.CheckConstraint(
                name="a_served_paper_says_how",
                condition=Q(served_on__isnull=True, served_by="", service_noted_by__isnull=True)
                | (Q(served_on__isnull=False, service_noted_by__isnull=False) & ~Q(served_by="")),
            ),
            models.CheckConstraint(
                name="a_paper_left_behind_has_its_witness",
                condition=~Q(served_by="left") | (~Q(witness="") & ~Q(refusal="")),
            ),
            models.CheckConstraint(
                name="a_paper_is_received_by_somebody",
                condition=~Q(served_by__in=["direct", "online"]) | ~Q(receiver=""),
            ),
            models.UniqueConstraint(
                name="one_standing_paper_of_a_kind_per_sanction",
                fields=["sanction", "kind"],
                condition=Q(sanction__isnull=False) & ~Q(state__in=["withdrawn", "discarded"]),
            ),
        ]
        indexes = [models.Index(fields=["kind", "state"])]

    def get_absolute_url(self) -> str:
        return reverse("paper", args=[self.no])

    @property
    def is_served(self) -> bool:
        return self.served_on is not None

    @property
    def is_record(self) -> bool:
        return self.kind in self.RECORDS

    @property
    def is_letter(self) -> bool:
        return self.kind in self.LETTERS
