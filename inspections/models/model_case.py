"""减负典型案例: what a unit or a family does well, from nomination to publication and withdrawal.

No plaque, certificate, score or rank goes out (practice.md P27): the readings are the office's own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, UNIT_ROLES, Role
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned


class ModelCaseQuerySet(models.QuerySet["ModelCase"]):
    def visible_to(self, user: Any) -> ModelCaseQuerySet:
        """The county sees all, an inspector his area's, a unit its own and those of units it files for."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role(*COUNTY_ROLES):
            return self
        own = user.unit_ids(UNIT_ROLES)
        area = Q(organisation__area__in=user.unit_ids([Role.AREA_INSPECTOR]))
        return self.filter(area | Q(organisation__in=own) | Q(organisation__filer__in=own))

    def published(self) -> ModelCaseQuerySet:
        """What the public reads as a model now."""
        return self.filter(state=ModelCase.State.PUBLISHED)

    def on_notice(self, on: date) -> ModelCaseQuerySet:
        """What stands open to objections on this day (公示中)."""
        return self.filter(state=ModelCase.State.NOTICE, notice_from__lte=on, notice_until__gte=on)


class ModelCase(Versioned):
    """One case (2026-M0001) of a school, an institution, or a family that its school nominates.

    A family is named by a masked name only, with its consent on paper, which it may take back at any time.
    """

    class Kind(models.TextChoices):
        SCHOOL = "school", "学校"
        INSTITUTION = "institution", "校外培训机构"
        FAMILY = "family", "家庭"

    class Source(models.TextChoices):
        UNIT = "unit", "单位申报"
        INSPECTOR = "inspector", "督学推荐"
        BUREAU = "bureau", "教育局推荐"

    class State(models.TextChoices):
        DRAFT = "draft", "申报中"
        SUBMITTED = "submitted", "待初审"
        READING = "reading", "评读中"
        NOTICE = "notice", "公示中"
        PUBLISHED = "published", "已公布"
        DECLINED = "declined", "未入选"
        RETRACTED = "retracted", "已撤回申报"
        WITHDRAWN = "withdrawn", "已撤下"

    ON_ITS_WAY = (State.DRAFT, State.SUBMITTED, State.READING, State.NOTICE)
    WAS_PUBLIC = (State.NOTICE, State.PUBLISHED, State.WITHDRAWN)

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    source = models.CharField("来源", max_length=10, choices=Source)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="model_cases", verbose_name="单位"
    )
    family_name = models.CharField("家庭的代称", max_length=12, blank=True)  # 张某家庭
    consent = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField("主题", max_length=40)
    practice = models.TextField("主要做法", max_length=3000)
    effect = models.TextField("成效", max_length=1000)
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    nominated_at = models.DateTimeField()
    # What the check said when the case was last decided on: blocking and other lines, as they were.
    check_lines = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    notice_from = models.DateField("公示开始", null=True, blank=True)
    notice_until = models.DateField("公示结束", null=True, blank=True)
    notice_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    citation = models.TextField("案例介绍", max_length=300, blank=True)
    document_no = models.CharField("公布文号", max_length=60, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Why it should be withdrawn: a red line or a relapse by itself, or an office's words.
    proposed_words = models.CharField("撤下建议", max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_words = models.CharField("结束的原因", max_length=300, blank=True)  # of a withdrawn one: public

    objects = ModelCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_family_is_masked_and_consents",
                condition=~Q(kind="family") | (~Q(family_name="") & Q(consent__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_public_model_had_its_notice",
                condition=~Q(state__in=["notice", "published"])
                | Q(notice_from__isnull=False, notice_until__gt=F("notice_from")),
            ),
            models.CheckConstraint(
                name="a_published_model_has_its_citation",
                condition=~Q(state="published")
                | (Q(published_at__isnull=False) & ~Q(citation="") & ~Q(document_no="")),
            ),
            models.CheckConstraint(
                name="an_ended_model_says_why",
                condition=~Q(state__in=["declined", "withdrawn"])
                | (Q(ended_at__isnull=False) & ~Q(ended_words="")),
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("model-case", args=[self.no])

    @property
    def subject_name(self) -> str:
        """Whose case it is, as everybody may read it: 「城关小学」, 「张某家庭（城关小学推荐）」."""
        if self.kind == self.Kind.FAMILY:
            return f"{self.family_name}（{self.organisation.name}推荐）"
        return self.organisation.name

    @property
    def is_over(self) -> bool:
        return self.state not in (*self.ON_ITS_WAY, self.State.PUBLISHED)

    @property
    def was_public(self) -> bool:
        """Did the public ever read it? What never was answers as absent, what was answers as gone."""
        return self.state in self.WAS_PUBLIC and self.notice_from is not None


class ModelEvidenceQuerySet(models.QuerySet["ModelEvidence"]):
    def visible_to(self, user: Any) -> ModelEvidenceQuerySet:
        return self.filter(case__in=ModelCase.objects.visible_to(user))


class ModelEvidence(models.Model):
    """A picture or PDF that proves a case. Public only where an office looked at it and chose it."""

    case = models.ForeignKey(ModelCase, models.CASCADE, related_name="evidence")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    is_public = models.BooleanField("公开", default=False)
    added_at = models.DateTimeField()

    objects = ModelEvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_evidence_per_model_case", fields=["case", "stored_file"])
        ]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.stored_file_id}"


class ModelReading(models.Model):
    """One reader's marks and words on a case; given once, seen by the other readers after their own."""

    LEAST, MOST = 1, 5
    CRITERIA = (("practice", "做法具体"), ("effect", "成效真实"), ("spread", "别人学得了"))
    _MARK = (MinValueValidator(LEAST), MaxValueValidator(MOST))

    case = models.ForeignKey(ModelCase, models.CASCADE, related_name="readings")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    practice = models.PositiveSmallIntegerField(validators=_MARK)
    effect = models.PositiveSmallIntegerField(validators=_MARK)
    spread = models.PositiveSmallIntegerField(validators=_MARK)
    words = models.CharField("意见", max_length=300)
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="one_reading_of_a_reader", fields=["case", "reader"])]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.reader_id}"


class ModelObjection(Versioned):
    """What somebody says against a case while it is on public notice, and the answer.

    ``contact`` (name and telephone of who objects) is for the answer alone: the office and the leader read
    it, and it is erased when the case is decided.
    """

    class Way(models.TextChoices):
        WEB = "web", "网上"
        PHONE = "phone", "电话"
        LETTER = "letter", "来信"
        VISIT = "visit", "来访"

    class State(models.TextChoices):
        WAITING = "waiting", "待核实"
        UPHELD = "upheld", "情况属实"
        DISMISSED = "dismissed", "不属实或不影响"

    case = models.ForeignKey(ModelCase, models.PROTECT, related_name="objections")
    ordinal = models.PositiveSmallIntegerField()
    way = models.CharField("方式", max_length=8, choices=Way)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    words = models.CharField("反映的情况", max_length=1000)
    contact = models.CharField("反映人和联系方式", max_length=60, blank=True)
    made_at = models.DateTimeField()
    answer = models.CharField("核实情况和答复", max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="objections_of_a_case_are_numbered", fields=["case", "ordinal"]),
            models.CheckConstraint(
                name="an_answered_objection_has_its_answer",
                condition=Q(state="waiting", answered_at__isnull=True)
                | (~Q(state="waiting") & Q(answered_at__isnull=False) & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return self.case.get_absolute_url()

    @property
    def no(self) -> str:
        """2026-M0001-2"""
        return f"{self.case.no}-{self.ordinal}"

    @property
    def organisation(self) -> Organisation:
        """Whose case it is, for the journal."""
        return self.case.organisation
