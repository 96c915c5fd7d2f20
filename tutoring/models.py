"""What a tutoring institution is beyond being a unit, and places that may be one unlicensed (P14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet, sees_every_unit
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.journal.models import Versioned
from shuangjian.policy.scope import UnitFacts

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shuangjian.accounts.models import User


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


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, user: User | AnonymousUser) -> LeadQuerySet:
        """County roles see all, an area inspector his area's, a department what was handed over to it.

        Units never see any (practice.md P14).
        """
        if sees_every_unit(user):
            return self
        if not user.is_authenticated or not user.is_active:
            return self.none()
        areas, offices = user.unit_ids([Role.AREA_INSPECTOR]), user.unit_ids([Role.PARTNER])
        return self.filter(Q(area__in=areas) | Q(handed_to__in=offices))

    def waiting_for(self, user: User) -> LeadQuerySet:
        """Those whose next move is this person's to make."""
        state, waits = Lead.State, Q(pk__in=[])
        if user.has_role(*OFFICE_ROLES):
            waits |= Q(state=state.VERIFIED) | Q(state=state.HANDED_OVER, replied_on__isnull=False)
        if user.has_role(Role.AREA_INSPECTOR):
            waits |= Q(state=state.PENDING, area__in=user.unit_ids([Role.AREA_INSPECTOR]))
        if user.has_role(Role.PARTNER):
            mine = user.unit_ids([Role.PARTNER])
            waits |= Q(state=state.HANDED_OVER, handed_to__in=mine, replied_on=None)
        return self.filter(waits)


class Lead(Versioned):
    """线索点: a place that may be running tutoring without being an institution (practice.md P14).

    Registered by the county's staff or the area's inspector, moved by workflows.leads alone; what was found
    changes only by a correction that keeps the old words. Never published, never shown to a unit.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待核实"
        VERIFIED = "verified", "已核实"
        HANDED_OVER = "handed_over", "已移交"
        CLOSED = "closed", "已办结"
        RULED_OUT = "ruled_out", "已排除"

    class Kind(models.TextChoices):
        DAYCARE = "daycare", "托管机构"
        STUDY_ROOM = "study_room", "自习室"
        PRIVATE_TUTOR = "private_tutor", "个人家教"
        CONSULTING = "consulting", "咨询公司"
        OTHER = "other", "其他"

    class Source(models.TextChoices):
        PATROL = "patrol", "巡查"
        PUBLIC = "public", "群众反映"
        REFERRED = "referred", "部门转来"
        OTHER = "other", "其他"

    no = models.CharField("编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.PENDING)
    township = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="乡镇")
    # Townships and areas cross, so the place carries its own; None: no area has been drawn there yet.
    area = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="督学责任区"
    )
    address = models.CharField("地址", max_length=120)
    kind = models.CharField("类别", max_length=14, choices=Kind)
    noticed = models.CharField("发现情况", max_length=500)
    source = models.CharField("来源", max_length=10, choices=Source)
    # Who of the staff found it or took it down; whoever reported it is kept nowhere.
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发现人"
    )
    found_on = models.DateField("发现日期")
    handed_to = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="移交给"
    )
    replied_on = models.DateField("部门回复日期", null=True, blank=True)
    institution = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属机构"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="lead_is_with_a_department_once_handed_over",
                condition=Q(state__in=["handed_over", "closed"], handed_to__isnull=False)
                | Q(
                    state__in=["pending", "verified", "ruled_out"],
                    handed_to__isnull=True,
                    replied_on__isnull=True,
                ),
            ),
        ]
        indexes = [models.Index(fields=["state", "found_on"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("lead", args=[self.no])

    @property
    def organisation(self) -> Organisation | None:
        """The area, for the journal."""
        return self.area

    @property
    def place(self) -> str:
        """Where it is, in one phrase; people write the township before the address, or not."""
        town = self.township.name
        return self.address if self.address.startswith(town) else f"{town}{self.address}"


class LeadStep(models.Model):
    """One step of a lead's course: what was established, decided or corrected. Only added."""

    class Kind(models.TextChoices):
        VERIFIED = "verified", "核实属实"
        RULED_OUT = "ruled_out", "核实不属实，排除"
        HANDED_OVER = "handed_over", "移交"
        TAKEN_BACK = "taken_back", "收回移交"
        REPLIED = "replied", "部门回复"
        CLOSED = "closed", "办结"
        LINKED = "linked", "关联机构"
        CORRECTED = "corrected", "更正"

    # Corrections and links say when they were made; the others on which day the thing itself was.
    ABOUT_THE_RECORD = (Kind.LINKED, Kind.CORRECTED)

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    on = models.DateField("日期")
    words = models.TextField("情况", blank=True)
    office = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="部门"
    )
    document_no = models.CharField("文号", max_length=60, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="lead_handed_over_by_a_document",
                condition=~Q(kind="handed_over") | (Q(office__isnull=False) & ~Q(document_no="")),
            ),
            models.CheckConstraint(
                name="lead_step_says_what_was_found",
                condition=~Q(kind__in=["verified", "ruled_out", "taken_back", "replied", "corrected"])
                | ~Q(words=""),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
