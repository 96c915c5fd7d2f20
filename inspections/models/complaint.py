"""举报和反映: a matter from whatever door, its course, and what only few may see of it (practice.md P22)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import Role
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned

READS_ALL = (Role.TASK_FORCE, Role.LEADER)


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, user: Any) -> ComplaintQuerySet:
        """双减专班 and the leader all; an officer of an office what was given to him. Units never any."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.has_role(*READS_ALL):
            return self
        return self.filter(officer=user) if user.has_role(Role.OFFICE_STAFF) else self.none()

    def running(self) -> ComplaintQuerySet:
        """Those that still wait for acceptance or an answer."""
        return self.filter(state__in=Complaint.RUNNING)

    def counted(self) -> ComplaintQuerySet:
        """Each matter once, without what was merged, sent back or not accepted."""
        S = Complaint.State
        return self.exclude(state__in=[S.MERGED, S.RETURNED, S.REFUSED])


class Complaint(Versioned):
    """One matter, taken down by staff or sent in by the public; moved by workflows.complaints alone.

    Its words and contact are the officer's alone: what a unit gets is a ``UnitInquiry`` in other words.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "待受理"
        ACCEPTED = "accepted", "办理中"
        PAUSED = "paused", "暂停计时"
        REVERIFYING = "reverifying", "重新核实中"
        ANSWERED = "answered", "已答复"
        CLOSED = "closed", "已办结"
        REFUSED = "refused", "不予受理"
        RETURNED = "returned", "已退单"
        REFERRED = "referred", "已转其他部门"
        MERGED = "merged", "已并案"

    class Door(models.TextChoices):
        WEB = "web", "网上反映"
        HOTLINE = "hotline", "12345工单"
        PHONE = "phone", "来电"
        LETTER = "letter", "来信"
        VISIT = "visit", "来访"
        MAILBOX = "mailbox", "领导信箱"
        SUPERIOR = "superior", "上级交办"
        MEDIA = "media", "媒体"
        PLATE = "plate", "督学公示牌"

    class Kind(models.TextChoices):
        """Which procedure it follows (P22)."""

        INQUIRY = "inquiry", "咨询"
        REQUEST = "request", "求决"
        BREACH = "breach", "举报违法"
        DISCIPLINE = "discipline", "涉教师违纪"
        REFUND = "refund", "退费纠纷"

    class Topic(models.TextChoices):
        """「哪类事」 in plain words; ``complaints.topics`` knows their rules and procedure."""

        HOMEWORK = "homework", "作业太多，或者要家长批改、打印"
        EXAMS = "exams", "考试太多，或者公布成绩、排名"
        HOURS = "hours", "到校太早、放学太晚，或者节假日集体补课"
        CHARGES = "charges", "课后服务强制参加，或者乱收费、推销教辅"
        PAID_TUTORING = "paid_tutoring", "学校老师有偿补课，或者要学生参加校外培训"
        CLASSES = "classes", "重点班、快慢班，或者与升学挂钩的竞赛、培训"
        TUTORING = "tutoring", "校外培训机构超时、超纲，无证办学，虚假宣传"
        REFUND = "refund", "培训费预收过多，或者退费难"
        OTHER = "other", "别的事"

    class Finding(models.TextChoices):
        TRUE = "true", "属实"
        PARTLY = "partly", "部分属实"
        UNTRUE = "untrue", "不属实"
        NONE = "none", "不涉及核实"

    class Satisfied(models.TextChoices):
        YES = "yes", "满意"
        NO = "no", "不满意"
        UNREACHED = "unreached", "联系不上"

    RUNNING = (State.RECEIVED, State.ACCEPTED, State.PAUSED, State.REVERIFYING)
    # Doors whose matters are somebody else's orders: they carry a number and can be sent back.
    ORDERED = (Door.HOTLINE, Door.SUPERIOR, Door.MAILBOX)

    no = models.CharField("编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.RECEIVED)
    door = models.CharField("渠道", max_length=10, choices=Door)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    topic = models.CharField("事项", max_length=14, choices=Topic)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="反映的单位"
    )
    township = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所在乡镇"
    )
    words = models.TextField("反映内容", blank=True)  # empty once erased
    is_anonymous = models.BooleanField("没有留联系方式", default=True)
    external_no = models.CharField("来件编号", max_length=40, blank=True)
    received_on = models.DateField("收到日期")
    handed_on = models.DateField("交办日期", null=True, blank=True)
    sign_by = models.DateField("签收期限", null=True, blank=True)
    finish_by = models.DateField("来件办结期限", null=True, blank=True)
    # The earliest running clock, and which of them it is; both empty where nothing runs.
    due_on = models.DateField("办理期限", null=True, blank=True)
    due_by = models.CharField("期限依据", max_length=60, blank=True)
    extended_days = models.PositiveSmallIntegerField("延长（工作日）", default=0)
    paused_on = models.DateField("暂停日期", null=True, blank=True)
    paused_days = models.PositiveSmallIntegerField("已暂停（工作日）", default=0)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经办人",
    )
    # Who answered first: the second look goes to somebody else.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    finding = models.CharField("核实结果", max_length=8, choices=Finding, blank=True)
    answer = models.TextField("答复", blank=True)
    answered_on = models.DateField("答复日期", null=True, blank=True)
    reverify_asked_on = models.DateField("申请重新核实日期", null=True, blank=True)
    satisfied = models.CharField("回访结果", max_length=10, choices=Satisfied, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="并入"
    )
    referred_to = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="转给"
    )
    problem = models.ForeignKey(
        "inspections.Problem", models.PROTECT, null=True, blank=True, related_name="complaints"
    )
    visit = models.ForeignKey(
        "inspections.Visit", models.PROTECT, null=True, blank=True, related_name="complaints"
    )
    code_digest = models.CharField(max_length=64, blank=True)  # of the query code, which is kept nowhere
    erased_on = models.DateField("内容清除日期", null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="complaint_merged_says_into_what",
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="complaint_answered_has_its_answer",
                condition=~Q(state__in=["answered", "reverifying"])
                | (Q(answered_on__isnull=False) & ~Q(finding="")),
            ),
            models.CheckConstraint(
                name="complaint_pauses_since_a_day",
                condition=Q(state="paused", paused_on__isnull=False)
                | (~Q(state="paused") & Q(paused_on__isnull=True)),
            ),
            # The same order twice is one matter, however often the export is taken in.
            models.UniqueConstraint(
                name="one_complaint_per_order",
                fields=["door", "external_no"],
                condition=~Q(external_no=""),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"]),
            models.Index(fields=["organisation", "received_on"]),
            models.Index(fields=["officer", "state"]),
        ]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("complaint", args=[self.no])


class ComplaintContact(models.Model):
    """Who may be called back: sealed under a key outside the database, gone when it is erased (P22)."""

    complaint = models.OneToOneField(Complaint, models.CASCADE, related_name="contact")
    sealed = models.TextField()

    def __str__(self) -> str:
        return f"contact of {self.complaint_id}"


class ComplaintPhoto(models.Model):
    """Material that came with a matter; only who sees the matter sees it."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="photos")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    class PhotoQuerySet(models.QuerySet["ComplaintPhoto"]):
        def visible_to(self, user: Any) -> models.QuerySet[ComplaintPhoto]:
            return self.filter(complaint__in=Complaint.objects.visible_to(user))

    objects = PhotoQuerySet.as_manager()

    def __str__(self) -> str:
        return f"material of {self.complaint_id}"


class ComplaintStep(models.Model):
    """One step of the course, only added. ``is_public``: who reported it reads it by number and code."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "收到"
        ASSIGNED = "assigned", "交经办人"
        ACCEPTED = "accepted", "受理"
        REFUSED = "refused", "不予受理"
        RETURNED = "returned", "退单"
        REFERRED = "referred", "转其他部门"
        PAUSED = "paused", "暂停计时"
        RESUMED = "resumed", "恢复计时"
        EXTENDED = "extended", "延长期限"
        MERGED = "merged", "并案"
        ASKED_UNIT = "asked_unit", "请单位核实情况"
        LINKED = "linked", "转入问题或督导"
        ANSWERED = "answered", "答复"
        CALLED_BACK = "called_back", "回访"
        REVERIFY = "reverify", "申请重新核实"
        CLOSED = "closed", "办结"
        CORRECTED = "corrected", "更正登记"

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    words = models.TextField(blank=True)
    is_public = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.complaint_id}"


class UnitInquiryQuerySet(models.QuerySet["UnitInquiry"]):
    def visible_to(self, user: Any) -> UnitInquiryQuerySet:
        """The unit's own people; 双减专班, the leader, and the officer who asked."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.has_role(*READS_ALL):
            return self
        mine = Q(asked_by=user)
        units = user.unit_ids([Role.SCHOOL_ADMIN, Role.HEAD, Role.INSTITUTION_ADMIN, Role.MANAGER])
        return self.filter(mine | Q(organisation__in=units))


class UnitInquiry(Versioned):
    """情况核实: facts that a unit is asked to look into and answer, in the office's own words.

    It names no source: whether a complaint, a doubt or the office's own question stands behind it is nowhere
    on what the unit sees (``complaint`` is shown to who sees the complaint alone).
    """

    class State(models.TextChoices):
        ASKED = "asked", "待说明"
        ANSWERED = "answered", "已说明"
        WITHDRAWN = "withdrawn", "已撤回"

    no = models.CharField("编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ASKED)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    words = models.TextField("请核实的情况")
    due_on = models.DateField("说明期限")
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="inquiries")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reply = models.TextField("说明", blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)

    objects = UnitInquiryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="inquiry_answered_has_its_reply",
                condition=Q(state="answered", replied_at__isnull=False)
                | (~Q(state="answered") & Q(replied_at__isnull=True)),
            )
        ]
        indexes = [models.Index(fields=["organisation", "state"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("inquiry", args=[self.no])
