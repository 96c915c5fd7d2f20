"""What a school is beyond being a unit: kind, grades really taught, sponsor, campuses (P13)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet
from shuangjian.policy.scope import UnitFacts


class School(models.Model):
    """Facts of one school; one-to-one with its unit. Edited by the task force and the school itself."""

    class SchoolType(models.TextChoices):
        PRIMARY = "primary", "小学"
        TEACHING_POINT = "teaching_point", "教学点"
        JUNIOR = "junior", "初中"
        NINE_YEAR = "nine_year", "九年一贯制学校"
        TWELVE_YEAR = "twelve_year", "十二年一贯制学校"
        COMPLETE = "complete", "完全中学"
        SENIOR = "senior", "高中"
        SPECIAL = "special", "特殊教育学校"

    class Sponsor(models.TextChoices):
        PUBLIC = "public", "公办"
        PRIVATE = "private", "民办"
        ENTERPRISE = "enterprise", "企事业单位办"

    class System(models.TextChoices):
        SIX_THREE = "63", "六三制"
        FIVE_FOUR = "54", "五四制"

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="school", primary_key=True)
    school_type = models.CharField("办学类型", max_length=16, choices=SchoolType)
    sponsor = models.CharField("举办者", max_length=12, choices=Sponsor, default=Sponsor.PUBLIC)
    system = models.CharField("学制", max_length=2, choices=System, default=System.SIX_THREE)
    grades = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(12)]),
        verbose_name="实际开设年级",
    )
    is_boarding = models.BooleanField("寄宿制", default=False)
    pupil_count = models.PositiveIntegerField("在校学生数", default=0)

    objects = UnitOwnedQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="school_teaches_a_grade", condition=Q(grades__len__gt=0))]

    def __str__(self) -> str:
        return self.organisation.name

    def facts(self) -> UnitFacts:
        """What decides which check items and limits apply (P16)."""
        return UnitFacts(kind="school", grades=frozenset(self.grades), system=self.system)


class Campus(models.Model):
    """A campus (校区) of a school with its own address."""

    school = models.ForeignKey(School, models.CASCADE, related_name="campuses")
    name = models.CharField("校区名称", max_length=40)
    address = models.CharField("地址", max_length=120)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
