"""Putting a problem right: one round of it (第n次整改) with measures, evidence and decisions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from inspections.models.problem import LIGHT_TRACK_DAYS, Problem
from inspections.querysets import EvidenceQuerySet, TaskQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import ProofRequirement

if TYPE_CHECKING:
    from inspections.models.extension import Extension


class RectificationTask(Versioned):
    """One round of putting a problem right; at most one is open. Moved by workflows.rectification alone."""

    class State(models.TextChoices):
        PLANNING = "planning", "待定计划"
        PLAN_REVIEW = "plan_review", "计划待审"
        RECTIFYING = "rectifying", "整改中"
        VERIFYING = "verifying", "待核查"
        VERIFIED = "verified", "待销号"
        CLOSED = "closed", "已销号"

    problem = models.ForeignKey(Problem, models.PROTECT, related_name="tasks")
    ordinal = models.PositiveSmallIntegerField("第几次整改", default=1)
    state = models.CharField("状态", max_length=12, choices=State, default=State.PLANNING)
    due_on = models.DateField("整改期限")
    # Of the plan step of the moment: the unit's plan in 待定计划, its review in 计划待审.
    plan_due_on = models.DateField("计划期限", null=True, blank=True)
    plan_version = models.PositiveSmallIntegerField(default=0)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    statement = models.CharField("整改完成情况", max_length=500, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    close_no = models.CharField("销号编号", max_length=24, blank=True)
    created_at = models.DateTimeField()
    overdue_noted_on = models.DateField(
        null=True, blank=True
    )  # the day it became overdue, noted once by the sweep
    # Who of the office or the inspectors keeps an eye on the case; what he may do follows from his role.
    overseer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="督办人",
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_task_per_problem", fields=["problem"], condition=~Q(state="closed")
            ),
            models.UniqueConstraint(name="task_ordinals", fields=["problem", "ordinal"]),
            models.CheckConstraint(
                name="task_closed_has_time_and_person",
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True, closed_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="task_verified_has_time_and_person",
                condition=~Q(state="verified") | Q(verified_at__isnull=False, verified_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"])]

    def __str__(self) -> str:
        return f"{self.problem_id} 第{self.ordinal}次整改"

    def get_absolute_url(self) -> str:
        return reverse("problem", args=[self.problem.no])

    @property
    def no(self) -> str:
        """The problem's number: journal entries of a task are found under it."""
        return self.problem.no

    @property
    def organisation(self) -> Organisation:
        return self.problem.organisation

    @property
    def plan(self) -> models.QuerySet[Measure]:
        """The measures of the plan in force, to be changed or asked anew."""
        return self.measures.filter(plan_version=self.plan_version)

    @property
    def measures_in_force(self) -> list[Measure]:
        """The same for reading; lists prefetch ``measures``."""
        return [measure for measure in self.measures.all() if measure.plan_version == self.plan_version]

    @property
    def is_open(self) -> bool:
        return self.state != self.State.CLOSED

    @property
    def is_light(self) -> bool:
        """On the light track (P8): self-reported, within its date and within 30 days.

        Missed, or extended beyond them, it is a case like any other.
        """
        if not self.problem.light_track or self.due_on > self.begun_on + timedelta(days=LIGHT_TRACK_DAYS):
            return False
        return not (self.is_open and self.due_on < clock.today())

    @property
    def begun_on(self) -> date:
        """The day from which the terms of this round are counted."""
        return clock.local_day(self.created_at)

    # Lists prefetch ``extensions``; a locked row reads them afresh.
    @property
    def pending_extension(self) -> Extension | None:
        """The request for a later date that waits for its decision."""
        return next((one for one in self.extensions.all() if one.state == "asked"), None)

    @property
    def granted_extensions(self) -> list[Extension]:
        """The extensions in force, first to last; the first one's ``from_on`` is the 原期限."""
        return [one for one in self.extensions.all() if one.state == "granted"]


class Measure(models.Model):
    """One measure of the plan (整改措施) with person and date. Each version of the plan has its own."""

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="measures")
    plan_version = models.PositiveSmallIntegerField(default=1)
    text = models.CharField("措施", max_length=200)
    person = models.CharField("责任人", max_length=30)
    due_on = models.DateField("完成时限")
    done_on = models.DateField("完成日期", null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text


class Evidence(models.Model):
    """One proof of rectification: a file or a sentence, for a named requirement or besides. Only added."""

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="evidence")
    requirement = models.ForeignKey(ProofRequirement, models.PROTECT, null=True, blank=True, related_name="+")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField("说明", max_length=200, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="evidence_has_file_or_words", condition=Q(stored_file__isnull=False) | ~Q(note="")
            )
        ]

    def __str__(self) -> str:
        return self.note or str(self.stored_file_id)


class Decision(models.Model):
    """One decision on a task, with its words: what the case file is made of. Only added."""

    class Kind(models.TextChoices):
        PLAN_APPROVED = "plan_approved", "同意整改计划"
        PLAN_RETURNED = "plan_returned", "退回整改计划"
        VERIFIED = "verified", "核查通过"
        SENT_BACK = "sent_back", "退回整改"
        CLOSED = "closed", "同意销号"

    class Method(models.TextChoices):
        ON_SITE = "on_site", "现场核查"
        ON_PAPER = "on_paper", "材料核查"

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=16, choices=Kind)
    method = models.CharField("核查方式", max_length=10, choices=Method, blank=True)
    words = models.CharField("意见", max_length=300, blank=True)
    missing = models.CharField("还缺什么", max_length=300, blank=True)
    missing_by = models.DateField("何时补齐", null=True, blank=True)
    visit = models.ForeignKey("inspections.Visit", models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_role = models.CharField(max_length=20)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="a_return_says_what_and_by_when",
                condition=~Q(kind="sent_back") | (~Q(missing="") & Q(missing_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_returned_plan_has_words", condition=~Q(kind="plan_returned") | ~Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
