"""Visits (督导、检查): who goes where, what was seen item by item, and the 现场检查记录 (P6, P9)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from inspections.querysets import FindingPhotoQuerySet, VisitQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import CheckItem, Rulebook, Term


class Visit(Versioned):
    """One visit to one unit (2026-V0007). Its record is numbered (现2026-03-0037) when it ends."""

    class Kind(models.TextChoices):
        REGULAR = "regular", "经常性督导"
        SPECIAL = "special", "专项督导"
        COMPREHENSIVE = "comprehensive", "综合督导"
        COUNTY_CHECK = "county_check", "县级检查"
        ENFORCEMENT = "enforcement", "执法检查"
        RANDOM = "random", "双随机抽查"
        COMPLAINT = "complaint", "举报核查"
        LOOK_BACK = "look_back", "回头看"

    class State(models.TextChoices):
        PLANNED = "planned", "待开始"
        ONGOING = "ongoing", "进行中"
        SUMMING_UP = "summing_up", "待双方确认"
        CONFIRMED = "confirmed", "已完成"
        CANCELLED = "cancelled", "已取消"

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("督导类别", max_length=14, choices=Kind, default=Kind.REGULAR)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="visits")
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="visits")
    rulebook = models.ForeignKey(Rulebook, models.PROTECT, related_name="+")
    planned_on = models.DateField("计划日期")
    plan_name = models.CharField("计划名称", max_length=80, blank=True)
    approval_no = models.CharField("批准文号", max_length=60, blank=True)
    off_plan_reason = models.CharField("计划外理由", max_length=200, blank=True)
    over_budget_reason = models.CharField("超上限理由", max_length=200, blank=True)  # beyond visits_per_term
    draw = models.ForeignKey(
        "inspections.VisitDraw", models.PROTECT, null=True, blank=True, related_name="visits"
    )
    begun_without = models.CharField("开始时缺少", max_length=500, blank=True)  # never silently (P9)
    state = models.CharField("状态", max_length=12, choices=State, default=State.PLANNED)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    record_no = models.CharField("现场检查记录编号", max_length=24, blank=True)
    summary = models.CharField("现场意见", max_length=500, blank=True)
    unit_remark = models.CharField("单位意见", max_length=500, blank=True)
    unit_person = models.CharField("单位确认人", max_length=30, blank=True)
    unit_person_post = models.CharField("职务", max_length=30, blank=True)
    refused_reason = models.CharField("拒绝确认的理由", max_length=200, blank=True)
    witness = models.CharField("见证人", max_length=30, blank=True)
    inspector_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Nobody confirmed on a screen: the record is printed and signed, and its scan confirms it (P6).
    signs_on_paper = models.BooleanField("打印后手签", default=False)
    stroke = models.JSONField("屏幕手写", default=list, blank=True)  # strokes of [x, y], as the finger went
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-planned_on", "-no"]
        constraints = [
            models.UniqueConstraint(name="record_numbers", fields=["record_no"], condition=~Q(record_no="")),
            models.CheckConstraint(
                name="visit_confirmed_by_both_or_refused_with_witness",
                condition=~Q(state="confirmed")
                | (
                    Q(inspector_confirmed_by__isnull=False, confirmed_at__isnull=False)
                    & (
                        ~Q(unit_person="")
                        | (~Q(refused_reason="") & ~Q(witness=""))
                        | Q(signs_on_paper=True, scan__isnull=False)
                    )
                ),
            ),
        ]
        indexes = [models.Index(fields=["state", "planned_on"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("visit", args=[self.no])


class VisitMember(models.Model):
    """An inspector named for a visit."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="visit_memberships")
    is_lead = models.BooleanField(default=False)
    certificate_no = models.CharField("证号", max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_membership_per_visit", fields=["visit", "user"])]

    def __str__(self) -> str:
        return f"{self.visit_id}:{self.user_id}"


class VisitFinding(Versioned):
    """What was seen for one item; no row or an empty value is 未查, never 符合."""

    class Value(models.TextChoices):
        MEETS = "meets", "符合"
        PROBLEM = "problem", "有问题"
        NOT_APPLICABLE = "na", "不适用"

    class Method(models.TextChoices):
        DOCUMENTS = "documents", "查阅资料"
        TOUR = "tour", "巡查"
        LESSON = "lesson", "听课"
        TALK = "talk", "座谈"
        QUESTIONNAIRE = "questionnaire", "问卷"

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="findings")
    item = models.ForeignKey(CheckItem, models.PROTECT, related_name="+")
    value = models.CharField(max_length=8, choices=Value, blank=True)
    text = models.CharField("问题说明", max_length=300, blank=True)
    breaks_prohibition = models.BooleanField("触碰严禁或不得", default=False)
    at_once = models.BooleanField("须当场停止", default=False)
    due_days = models.PositiveSmallIntegerField("整改期限（天）", null=True, blank=True)
    methods = ArrayField(models.CharField(max_length=14, choices=Method), default=list, blank=True)
    # Who last wrote each field: {name: {"by": user, "at": ISO, "device": id or None}}
    marks = models.JSONField(default=dict, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["item__rule__number", "item__ordinal"]
        constraints = [
            models.UniqueConstraint(name="one_finding_per_item", fields=["visit", "item"]),
            models.CheckConstraint(
                name="a_found_problem_is_described", condition=~Q(value="problem") | ~Q(text="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id}/{self.item_id}"

    @property
    def is_undescribed(self) -> bool:
        """有问题 was chosen and not yet described: kept as it is, and counted as 未查."""
        return not self.value and self.due_days is not None

    @property
    def method_words(self) -> str:
        """查阅资料、巡查"""
        return "、".join(label for value, label in self.Method.choices if value in self.methods)


class FindingPhoto(models.Model):
    """A picture taken for a finding; never compulsory where an item is met (P1)."""

    finding = models.ForeignKey(VisitFinding, models.CASCADE, related_name="photos")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = FindingPhotoQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.finding_id}:{self.stored_file_id}"
