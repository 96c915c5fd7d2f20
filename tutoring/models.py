"""What a tutoring institution is beyond being a unit: category, licence, people in charge, places (P14)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet
from shuangjian.policy.scope import UnitFacts


class Institution(models.Model):
    """Facts of one licensed institution; one-to-one with its unit."""

    class Category(models.TextChoices):
        ACADEMIC = "academic", "学科类"
        NON_ACADEMIC = "non_academic", "非学科类"

    class Mode(models.TextChoices):
        OFFLINE = "offline", "线下"
        ONLINE = "online", "线上"

    class Authority(models.TextChoices):
        EDUCATION = "education", "教育"
        CULTURE = "culture", "文化和旅游"
        SPORT = "sport", "体育"
        SCIENCE = "science", "科技"

    class Status(models.TextChoices):
        NORMAL = "normal", "正常"
        SUSPENDED = "suspended", "暂停办学"
        CONVERTING = "converting", "营转非办理中"
        CONVERTED = "converted", "已转型"
        CANCELLED = "cancelled", "已注销"

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="institution", primary_key=True
    )
    category = models.CharField("培训类别", max_length=12, choices=Category)
    subjects = models.CharField("培训内容", max_length=80, blank=True)
    modes = ArrayField(models.CharField(max_length=8, choices=Mode), verbose_name="培训形式")
    authority = models.CharField("主管部门", max_length=10, choices=Authority, default=Authority.EDUCATION)
    licensing_office = models.CharField("审批机关", max_length=60, blank=True)
    licence_no = models.CharField("办学许可证号", max_length=40, blank=True)
    licence_until = models.DateField("许可证有效期至", null=True, blank=True)
    is_nonprofit = models.BooleanField("非营利性", default=False)
    sponsor_name = models.CharField("举办者", max_length=60, blank=True)
    legal_person = models.CharField("法定代表人", max_length=30, blank=True)
    principal_name = models.CharField("校长（行政负责人）", max_length=30, blank=True)
    operating_status = models.CharField("办学状态", max_length=12, choices=Status, default=Status.NORMAL)

    objects = UnitOwnedQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="institution_has_a_mode", condition=Q(modes__len__gt=0))]

    def __str__(self) -> str:
        return self.organisation.name

    def facts(self) -> UnitFacts:
        """What decides which check items and limits apply (P16)."""
        return UnitFacts(kind="institution", category=self.category, modes=frozenset(self.modes))


class TeachingPlace(models.Model):
    """One licensed teaching place (教学地点) with its papers."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="places")
    name = models.CharField("教学地点", max_length=40)
    address = models.CharField("地址", max_length=120)
    area_m2 = models.DecimalField(
        "建筑面积（平方米）",
        max_digits=8,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    lease_until = models.DateField("租赁到期", null=True, blank=True)
    fire_paper = models.CharField("消防手续", max_length=60, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
