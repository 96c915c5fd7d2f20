"""What units state in their registers, every version of it, and the doubts that the facts raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet, sees_every_unit
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import CheckItem, Limit, Prohibition, Term
from shuangjian.registers.definitions import Marked

if TYPE_CHECKING:
    from typing import Self

    from django.contrib.auth.models import AnonymousUser

    from shuangjian.accounts.models import User


class Entry(Versioned):
    """What one unit states in one register now: of a term, or (``term`` null) until it changes.

    ``lines``: [{key, answers}], read through ``records``. ``explanation``: the unit's words on facts
    that raised a doubt. Written by ``workflows.entries`` alone; what stood before is kept in its versions.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="register_entries")
    register = models.CharField(max_length=40)  # key of a definition
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="register_entries")
    lines = models.JSONField(default=list)
    explanation = models.CharField("说明", max_length=300, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    objects = UnitOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_entry_per_unit_register_and_term",
                fields=["organisation", "register", "term"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}/{self.register}"

    def get_absolute_url(self) -> str:
        return reverse("unit-register", args=[self.organisation.code, self.register])


class EntryVersion(models.Model):
    """An entry as it stood after one save. Only added."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="versions")
    ordinal = models.PositiveIntegerField()  # the entry's version
    lines = models.JSONField()
    explanation = models.CharField(max_length=300, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-ordinal"]
        constraints = [models.UniqueConstraint(name="entry_versions_count", fields=["entry", "ordinal"])]

    def __str__(self) -> str:
        return f"{self.entry_id}#{self.ordinal}"


class Mark(models.Model):
    """A keyed digest in an entry: the same person, certificate or address elsewhere has the same (P18)."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in Marked])
    digest = models.CharField(max_length=64)
    line = models.CharField(max_length=40)  # key of the line that holds it

    class Meta:
        indexes = [models.Index(fields=["kind", "digest"])]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.line}"


class DoubtQuerySet(UnitOwnedQuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the units that exist for the person; what compares several units is the county's alone."""
        if sees_every_unit(user):
            return self
        return super().visible_to(user).exclude(kind=Doubt.Kind.SHARED)

    def open(self) -> Self:
        return self.filter(state=Doubt.State.OPEN)


class Doubt(Versioned):
    """数据疑点: a fact on record that lies beyond a limit or contradicts another one. It proves nothing (P8).

    Raised and taken back by ``workflows.doubts`` as the facts change; a person registers a problem for it or
    dismisses it with a reason. ``code`` tells it from the unit's other doubts of the term; one of each stands
    open at a time, and what was judged is not raised again while the fact is the same.
    """

    class State(models.TextChoices):
        OPEN = "open", "待核实"
        REGISTERED = "registered", "已登记问题"
        JOINED = "joined", "已并入问题"
        DISMISSED = "dismissed", "不成立"
        GONE = "gone", "已消除"

    class Kind(models.TextChoices):
        LIMIT = "limit", "超出限值"
        RULE = "rule", "不合规定"
        CONTRADICTION = "contradiction", "前后不一"
        EXPIRED = "expired", "证照过期"
        SHARED = "shared", "几个单位相同"

    no = models.CharField("编号", max_length=20, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="doubts")
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField("状态", max_length=12, choices=State, default=State.OPEN)
    kind = models.CharField("类别", max_length=14, choices=Kind)
    register = models.CharField(max_length=40)
    code = models.CharField(max_length=120)
    item = models.ForeignKey(CheckItem, models.PROTECT, related_name="+", verbose_name="检查项")
    prohibition = models.ForeignKey(Prohibition, models.PROTECT, null=True, blank=True, related_name="+")
    limit = models.ForeignKey(Limit, models.PROTECT, null=True, blank=True, related_name="+")
    fact = models.CharField("情况", max_length=300)
    explanation = models.CharField("单位说明", max_length=300, blank=True)
    raised_at = models.DateTimeField()
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField("处理意见", max_length=300, blank=True)

    objects = DoubtQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_doubt_of_a_fact",
                fields=["organisation", "term", "code"],
                condition=Q(state="open"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="doubt_ended_has_time",
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="doubt_is_dismissed_with_words", condition=~Q(state="dismissed") | ~Q(words="")
            ),
        ]
        indexes = [models.Index(fields=["state", "raised_at"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("doubt", args=[self.no])
