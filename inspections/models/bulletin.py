"""通知公告: what the county tells its units, with attachments. Who opened it is counted nowhere (P1)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from inspections.querysets import BulletinFileQuerySet, BulletinQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned


class Bulletin(Versioned):
    """One bulletin. Drafted by staff, fixed once published; a correction is a new one that ``replaces`` it.

    The audience is said in kinds, areas and single units; whom it reached stands in ``recipients``.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "未发布"
        PUBLISHED = "published", "已发布"
        REPLACED = "replaced", "已更正"
        RECALLED = "recalled", "已撤回"

    SENT_STATES = (State.PUBLISHED, State.REPLACED, State.RECALLED)
    organisation: ClassVar[None] = None  # the county's own, for the journal

    no = models.CharField("编号", max_length=20, unique=True)
    title = models.CharField("标题", max_length=80)
    body = models.TextField("正文", max_length=3000)
    unit_kinds = ArrayField(models.CharField(max_length=12), verbose_name="发给", default=list, blank=True)
    areas = models.ManyToManyField(Organisation, related_name="+", verbose_name="督学责任区", blank=True)
    units = models.ManyToManyField(Organisation, related_name="+", verbose_name="另加单位", blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="更正"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)
    recall_words = models.CharField("撤回原因", max_length=200, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="bulletin_published_has_time",
                condition=Q(state="draft", published_at__isnull=True)
                | (~Q(state="draft") & Q(published_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="bulletin_recalled_has_words",
                condition=Q(state="recalled", recalled_at__isnull=False)
                | (~Q(state="recalled") & Q(recalled_at__isnull=True, recall_words="")),
            ),
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def is_sent(self) -> bool:
        return self.state in self.SENT_STATES


class BulletinRecipient(models.Model):
    """A unit that a bulletin was published to. Made at publication, never changed."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="recipients")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_recipient_per_bulletin", fields=["bulletin", "organisation"])
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id}:{self.organisation_id}"


class BulletinFile(models.Model):
    """An attachment; its recipients and the county's staff open it, while the bulletin is not recalled."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="attachments")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    objects = BulletinFileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_attachment_per_bulletin", fields=["bulletin", "stored_file"])
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id}:{self.stored_file_id}"
