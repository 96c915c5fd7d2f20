"""What each unit owes by the plan (应办任务), and what it filed of studying and publicity (学习、宣传).

Rows are written by workflows.duties alone.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.functional import cached_property

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet
from shuangjian.accounts.roles import COUNTY_ROLES, INSPECTOR_ROLES
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned
from shuangjian.policy import fulfilment


class DutyQuerySet(UnitOwnedQuerySet):
    """Rows with ``fulfilled_on`` after ``standing()``: every count and every list is made on those."""

    def visible_to(self, user: Any) -> DutyQuerySet:
        """The duties of the units that exist for ``user``; a unit sees what it owes itself."""
        rows: DutyQuerySet = super().visible_to(user)
        if user.is_authenticated and user.has_role(*COUNTY_ROLES, *INSPECTOR_ROLES):
            return rows
        return rows.filter(obligation__who__overlap=["school", "institution"])

    def owed(self) -> DutyQuerySet:
        """Without those that ended with their unit: nobody is missing there."""
        return self.filter(ended_on__isnull=True)

    def standing(self) -> DutyQuerySet:
        """With ``fulfilled_on``: the day of the filing, or of the record elsewhere that fulfils it."""
        return self.annotate(fulfilled_on=fulfilment.day())

    def open(self) -> DutyQuerySet:
        """Owed and not fulfilled."""
        return self.owed().standing().filter(fulfilled_on__isnull=True)

    def open_for_filing(self, on: date) -> DutyQuerySet:
        """Those whose step still takes filings on the day ``on`` (see ``Duty.locks_on``)."""
        last = Greatest(F("obligation__phase__ends_on"), F("due_on"), F("reopened_until"))
        return self.alias(locks=last).filter(locks__gte=on)


class DutyRecordQuerySet(UnitOwnedQuerySet):
    unit = "duty__organisation"


class Duty(Versioned):
    """One instance of an obligation: of one unit (of the county for what the bureau owes), of one term where
    it repeats.

    Made when its step opens, or its unit. ``due_on`` is copied then; a late one keeps its date, so that the
    days late stay on record. It ends with its unit unless it was done before.
    """

    obligation = models.ForeignKey("policy.Obligation", models.PROTECT, related_name="duties")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="duties")
    term = models.ForeignKey("policy.Term", models.PROTECT, null=True, blank=True, related_name="duties")
    due_on = models.DateField("期限")
    done_on = models.DateField("完成日期", null=True, blank=True)  # where it is filed; else see fulfilment
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_words = models.CharField("办理情况", max_length=200, blank=True)  # the document of a bureau's duty
    reopened_until = models.DateField("补报期限", null=True, blank=True)
    reopened_reason = models.CharField("开放补报的理由", max_length=200, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = DutyQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_duty_per_unit_and_term",
                fields=["obligation", "organisation", "term"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="duty_done_has_person",
                condition=Q(done_on__isnull=True, done_by__isnull=True)
                | Q(done_on__isnull=False, done_by__isnull=False),
            ),
            models.CheckConstraint(
                name="duty_reopened_has_reason",
                condition=Q(reopened_until__isnull=True, reopened_reason="")
                | (Q(reopened_until__isnull=False) & ~Q(reopened_reason="")),
            ),
            models.CheckConstraint(
                name="done_duty_does_not_end", condition=Q(ended_on__isnull=True) | Q(done_on__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["organisation", "due_on"])]

    def __str__(self) -> str:
        return f"{self.code} {self.organisation_id}"

    @property
    def code(self) -> str:
        """The obligation's code: journal entries are found under it."""
        return self.obligation.code

    @property
    def what(self) -> str:
        """「学习记录」, of a term where it repeats: 「…（2027年春季学期）」."""
        return f"{self.obligation.what}（{self.term.short_title}）" if self.term else self.obligation.what

    @cached_property
    def finished_on(self) -> date | None:
        """When it was fulfilled: as ``standing()`` read it, else asked for alone."""
        if "fulfilled_on" in self.__dict__:
            found: date | None = self.__dict__["fulfilled_on"]
        else:
            found = Duty.objects.standing().values_list("fulfilled_on", flat=True).get(pk=self.pk)
        return found

    @property
    def locks_on(self) -> date:
        """The last day on which it can be filed: the step's end, its own date if that is later, or the day
        until which it was reopened."""
        days = (self.obligation.phase.ends_on, self.due_on, self.reopened_until)
        return max(day for day in days if day is not None)

    @property
    def is_locked(self) -> bool:
        return clock.today() > self.locks_on

    @property
    def days_late(self) -> int:
        """Calendar days after the date: until it was done, else until today; 0 in time."""
        return max(0, ((self.finished_on or clock.today()) - self.due_on).days)

    @property
    def standing_words(self) -> tuple[str, str]:
        """(kind of tag, words) of where it stands today."""
        if self.ended_on is not None:
            return "none", "已终止"
        if self.finished_on is not None:
            late = self.days_late
            return ("warn", f"逾期{late}天完成") if late else ("ok", "已完成")
        if self.days_late:
            word = "，已锁定" if self.is_locked else ""
            return "bad", f"逾期{self.days_late}天{word}"
        return "wait", "未完成"


class DutyRecord(Versioned):
    """What a unit filed of studying or publicity: form, day, people reached, words, at most one file (P5).

    The first one fulfils the duty. Corrected while the step takes filings, never deleted.
    """

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="records")
    form = models.CharField("形式", max_length=20)
    held_on = models.DateField("日期")
    people_count = models.PositiveIntegerField("人数")
    words = models.CharField("内容", max_length=300)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    objects = DutyRecordQuerySet.as_manager()

    class Meta:
        ordering = ["held_on", "pk"]
        constraints = [
            models.CheckConstraint(name="record_reached_somebody", condition=Q(people_count__gt=0))
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.held_on}"

    @property
    def code(self) -> str:
        """The obligation's code: journal entries are found under it."""
        return self.duty.code
