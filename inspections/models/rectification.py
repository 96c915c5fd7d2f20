"""Putting a problem right: one round of it (第n次整改) with measures, evidence and decisions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from inspections.models.problem import LIGHT_TRACK_DAYS, Problem
from inspections.querysets import ENDED_STATES, RESTING_STATES, EvidenceQuerySet, TaskQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import ProofRequirement

if TYPE_CHECKING:
    from inspections.models.detours import Objection, Transfer
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
        PARKED = "parked", "挂账"
        TRANSFERRED = "transferred", "已移交"
        AWAITING_SUPERIOR = "superior", "待上级同意"
        WITHDRAWN = "withdrawn", "已撤销"
        # Put right before the portal: known of it, and nobody's work in it (docs/decisions/0087).
        PAST = "past", "历史已销号"

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
    # 签收: from this day the unit has its days to object.
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_on = models.DateField("挂账复核日期", null=True, blank=True)
    statement = models.CharField("整改完成情况", max_length=500, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # When and by whom the round ended: closed, or withdrawn because there was no problem (workflow.md §3).
    # Of what ended before the portal (历史已销号) the day alone is known.
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
                name="one_open_task_per_problem", fields=["problem"], condition=~Q(state__in=ENDED_STATES)
            ),
            models.UniqueConstraint(name="task_ordinals", fields=["problem", "ordinal"]),
            models.CheckConstraint(
                name="task_closed_has_time_and_person",
                condition=Q(
                    state__in=["closed", "withdrawn"], closed_at__isnull=False, closed_by__isnull=False
                )
                | Q(state="past", closed_at__isnull=False, closed_by__isnull=True)
                | (~Q(state__in=ENDED_STATES) & Q(closed_at__isnull=True, closed_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="a_parked_task_has_its_day_of_review",
                condition=~Q(state="parked") | Q(review_on__isnull=False),
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
        return self.state not in ENDED_STATES

    @property
    def is_resting(self) -> bool:
        """Open, but the next step is nobody's in the county: no date of the unit's runs."""
        return self.state in RESTING_STATES

    @property
    def is_late(self) -> bool:
        """Overdue now, as ``TaskQuerySet.overdue`` counts it."""
        return self.is_open and not self.is_resting and self.due_on < clock.today()

    @property
    def is_light(self) -> bool:
        """On the light track (P8): self-reported, within its date and within 30 days.

        Missed, or extended beyond them, it is a case like any other.
        """
        if not self.problem.light_track or self.due_on > self.begun_on + timedelta(days=LIGHT_TRACK_DAYS):
            return False
        return self.ordinal == 1 and not self.is_late

    @property
    def begun_on(self) -> date:
        """The day from which the terms of this round are counted."""
        return clock.local_day(self.created_at)

    @property
    def superior_has_agreed(self) -> bool:
        """Has the office above agreed to the close-out (P7), and nothing was returned since?"""
        answers = [one.kind for one in self.decisions.all() if one.kind in Decision.OF_CLOSING_ABOVE]
        return bool(answers) and answers[-1] == Decision.Kind.SUPERIOR_AGREED

    @property
    def pending_objection(self) -> Objection | None:
        """The unit's objection that waits for its answer. Lists prefetch ``objections``."""
        return next((one for one in self.objections.all() if one.state == "asked"), None)

    @property
    def transfer(self) -> Transfer | None:
        """The last transfer to another department. Lists prefetch ``transfers``."""
        return max(self.transfers.all(), key=lambda one: one.pk, default=None)

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
    # Only with pupils at school can it be done or proven: the limit pauses while they are away (P20).
    needs_pupils = models.BooleanField("要有学生在校才能落实", default=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text


class Evidence(models.Model):
    """One proof of rectification: a file or a sentence, for a named requirement or besides. Only added."""

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="evidence")
    requirement = models.ForeignKey(ProofRequirement, models.PROTECT, null=True, blank=True, related_name="+")
    # Of the plan: a measure counts as done when something proves it.
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, blank=True, related_name="evidence")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField("说明", max_length=200, blank=True)
    # The day that it is about, where the person states one: not the day on which it was sent.
    about_on = models.DateField("反映的日期", null=True, blank=True)
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
        PARKED = "parked", "同意挂账"
        PARKED_AGAIN = "parked_again", "复核后继续挂账"
        RESUMED = "resumed", "恢复整改"
        WITHDRAWN = "withdrawn", "撤销问题"
        SUPERIOR_ASKED = "superior_asked", "报请上级同意销号"
        SUPERIOR_AGREED = "superior_agreed", "上级同意销号"
        SUPERIOR_REFUSED = "superior_refused", "上级不同意销号"

    OF_CLOSING_ABOVE = (Kind.SUPERIOR_AGREED, Kind.SUPERIOR_REFUSED, Kind.SENT_BACK)

    class Method(models.TextChoices):
        ON_SITE = "on_site", "现场核查"
        ON_PAPER = "on_paper", "材料核查"

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=16, choices=Kind)
    method = models.CharField("核查方式", max_length=10, choices=Method, blank=True)
    words = models.CharField("意见", max_length=300, blank=True)
    document_no = models.CharField("文号", max_length=60, blank=True)
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
                condition=~Q(kind__in=["sent_back", "superior_refused"])
                | (~Q(missing="") & Q(missing_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="parking_and_withdrawing_have_their_reason",
                condition=~Q(kind__in=["parked", "parked_again", "withdrawn"]) | ~Q(words=""),
            ),
            models.CheckConstraint(
                name="an_answer_from_above_has_its_document",
                condition=~Q(kind__in=["superior_agreed", "superior_refused"]) | ~Q(document_no=""),
            ),
            models.CheckConstraint(
                name="a_returned_plan_has_words", condition=~Q(kind="plan_returned") | ~Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
