"""People, units and who holds which post where. Facts of schools and institutions live in their own apps."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from pypinyin import Style, lazy_pinyin

from shuangjian import clock
from shuangjian.accounts.querysets import OrganisationQuerySet
from shuangjian.accounts.roles import ADMIN_ROLES, COUNTY_ROLES, KEEPER_ROLES, UNIT_ROLES, Role
from shuangjian.journal.models import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterable


def pinyin_key(name: str) -> str:
    """Sort and search key of a Chinese name: full pinyin, a blank, initials (``chengguanxiaoxue cgxx``)."""
    full = "".join(lazy_pinyin(name)).lower()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return f"{full[:139]} {initials[:60]}"  # a long name loses the end of the full form, never the initials


class County(Versioned):
    """The one county of this installation: names that papers and pages print. Exactly one row (pk 1)."""

    name = models.CharField("县名", max_length=30)
    portal_name = models.CharField("平台名称", max_length=40)
    bureau_name = models.CharField("教育局全称", max_length=60)
    government_name = models.CharField("县人民政府全称", max_length=60)
    supervision_office_name = models.CharField("教育督导委员会办公室全称", max_length=60)
    task_force_name = models.CharField("专班名称", max_length=60, default="双减工作专班")
    superior_office_name = models.CharField("上一级教育督导机构", max_length=60, blank=True)
    doc_code = models.CharField(
        "督导办发文代字", max_length=20, help_text="督导报告和督导意见书用，例如“云教督”"
    )
    letter_code = models.CharField(
        "教育局函件代字", max_length=20, blank=True, help_text="整改通知书等函件用，例如“云教函”"
    )
    host_name = models.CharField("主办单位", max_length=60, blank=True)
    hotline = models.CharField("值班电话", max_length=30, blank=True)
    hotline_hours = models.CharField("值班时间", max_length=40, blank=True)
    icp_no = models.CharField("ICP备案号", max_length=60, blank=True)
    police_no = models.CharField("公安备案号", max_length=60, blank=True)
    site_code = models.CharField("网站标识码", max_length=20, blank=True)
    badge_url = models.URLField("党政机关网站标识（证书网址）", max_length=200, blank=True)
    error_report_url = models.URLField("“我为政府网站找错”网址", max_length=200, blank=True)
    contact_address = models.CharField("联系地址", max_length=80, blank=True)
    filing_no = models.CharField("政务应用备案编号", max_length=60, blank=True)
    approval_no = models.CharField("立项批复文号", max_length=60, blank=True)
    # Without it the words 评选 and 评比 stand nowhere (P27).
    award_permit_no = models.CharField("评比达标表彰批准文号", max_length=60, blank=True)
    look_back_days = models.PositiveSmallIntegerField("回头看间隔（日历天）", default=60)
    plan_days = models.PositiveSmallIntegerField("制定整改计划期限（工作日）", default=5)
    plan_review_days = models.PositiveSmallIntegerField("审核整改计划期限（工作日）", default=3)
    verify_days = models.PositiveSmallIntegerField("核查销号申请期限（工作日）", default=10)
    check_review_days = models.PositiveSmallIntegerField("审核自查期限（工作日）", default=5)
    independence_months = models.PositiveSmallIntegerField("核查人与原单位的回避期（月）", default=12)
    # Off: the place in a photo is thrown away when it comes in (P1: no tracks without need).
    keep_photo_place = models.BooleanField("保留照片的拍摄位置", default=False)
    visits_per_term = models.PositiveSmallIntegerField("每个单位每学期入校督导检查上限（次）", default=6)
    joint_visit_days = models.PositiveSmallIntegerField("合并入校的间隔（日历天）", default=3)

    class Meta:
        constraints = [models.CheckConstraint(name="county_is_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return self.name


class Organisation(Versioned):
    """One unit: county, office, township, supervision area, school or institution.

    Rounds, checks, problems, visits, files and reports point here. Created by the task force by form.
    After a merger or closure it stays with its code and history.
    """

    class Kind(models.TextChoices):
        COUNTY = "county", "县"
        OFFICE = "office", "科室或部门"
        TOWNSHIP = "township", "乡镇（街道）"
        AREA = "area", "督学责任区"
        SCHOOL = "school", "学校"
        INSTITUTION = "institution", "校外培训机构"

    class Status(models.TextChoices):
        ACTIVE = "active", "正常"
        CLOSED = "closed", "已停办"
        MERGED = "merged", "已合并"

    kind = models.CharField("类别", max_length=12, choices=Kind)
    code = models.CharField(
        "代码",
        max_length=18,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Z][0-9A-Z-]*$", "代码只能由数字和大写字母组成")],
        help_text="学校填10位学校标识码，机构填18位统一社会信用代码",
    )
    name = models.CharField("名称", max_length=60)
    pinyin_key = models.CharField(max_length=200, editable=False)
    township = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="township_units",
        verbose_name="所在乡镇",
        limit_choices_to={"kind": Kind.TOWNSHIP},
    )
    area = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="area_units",
        verbose_name="督学责任区",
        limit_choices_to={"kind": Kind.AREA},
    )
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.ACTIVE)
    opened_on = models.DateField("设立日期", null=True, blank=True)
    closed_on = models.DateField("停办或合并日期", null=True, blank=True)
    closing_document = models.CharField("停办或合并文号", max_length=60, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="合并到"
    )
    filer = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="filed_units",
        verbose_name="填报主体",
        help_text="教学点或校区由中心校代填时选中心校；自己填报的不选",
    )
    address = models.CharField("地址", max_length=120, blank=True)
    contact_name = models.CharField("联系人", max_length=30, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["pinyin_key"]
        constraints = [
            models.CheckConstraint(
                name="organisation_closed_has_date",
                condition=Q(status="active", closed_on__isnull=True)
                | (~Q(status="active") & Q(closed_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="organisation_merged_has_successor",
                condition=Q(status="merged", successor__isnull=False)
                | (~Q(status="merged") & Q(successor__isnull=True)),
            ),
            models.UniqueConstraint(name="one_county", fields=["kind"], condition=Q(kind="county")),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.pinyin_key = pinyin_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def is_unit(self) -> bool:
        """A school or an institution: what is checked, visited and reported on."""
        return self.kind in (self.Kind.SCHOOL, self.Kind.INSTITUTION)

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def responsible_unit_id(self) -> int:
        """Id of the unit whose people answer for this one (填报主体, P13)."""
        return self.filer_id or self.pk


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin, Versioned):
    """A person with an account. No daily account is a superuser: rights come from memberships alone."""

    username = models.CharField("账号", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=30)
    pinyin_key = models.CharField(max_length=200, blank=True, editable=False)
    phone = models.CharField("手机号", max_length=20, blank=True)
    mail = models.EmailField("邮箱", max_length=120, blank=True)
    wants_mail = models.BooleanField("汇总发到邮箱", default=False)  # the person's own choice, in /me/
    is_active = models.BooleanField("可登录", default=True)
    is_demo = models.BooleanField("演示账号", default=False)
    must_change_password = models.BooleanField("首次登录须改密码", default=False)
    initial_password_until = models.DateTimeField(
        "初始密码有效期至", null=True, blank=True
    )  # of the slip (P17)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_mail_goes_somewhere", condition=Q(wants_mail=False) | ~Q(mail="")
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.pinyin_key = pinyin_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def held_posts(self) -> list[Membership]:
        """The memberships in force today, in the order of granting; one query a request.

        An administrator's other posts do not count while he is one: the three see no business records.
        """
        if not self.is_active:
            return []
        held = list(self.memberships.in_force(clock.today()).select_related("organisation").order_by("pk"))
        return [post for post in held if post.role in ADMIN_ROLES] or held

    # The key of the one post in which the person acts in this session; None: in all that he holds.
    acting_post_id: int | None = None

    @property
    def posts(self) -> list[Membership]:
        """The posts in which the person acts now: the chosen one while it is held, else all."""
        chosen = [post for post in self.held_posts if post.pk == self.acting_post_id]
        return chosen or self.held_posts

    @property
    def roles(self) -> frozenset[str]:
        """The roles in which the person acts now."""
        return frozenset(post.role for post in self.posts)

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def slip_has_expired(self) -> bool:
        """The initial password of the slip (P17) was never spent, and its days are over."""
        until = self.initial_password_until
        return self.must_change_password and until is not None and until < clock.now()

    @property
    def sees_county(self) -> bool:
        return not self.roles.isdisjoint(COUNTY_ROLES)

    @property
    def is_administrator(self) -> bool:
        """One of the three administrators, now or from a coming day, whether or not he may sign in."""
        return self.memberships.not_over(clock.today()).filter(role__in=ADMIN_ROLES).exists()

    @property
    def main_post(self) -> Membership | None:
        """The post under which this person acts by default: the first one granted."""
        return self.posts[0] if self.posts else None

    def unit_ids(self, roles: Iterable[str] = UNIT_ROLES) -> list[int]:
        """Ids of the units on which one of ``roles`` is held today."""
        wanted = set(roles)
        return [post.organisation_id for post in self.posts if post.role in wanted]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, on: date) -> MembershipQuerySet:
        """Posts held on the day ``on`` (both ends inclusive)."""
        return self.not_over(on).filter(from_on__lte=on)

    def not_over(self, on: date) -> MembershipQuerySet:
        """Posts held on the day ``on`` or from a later day."""
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gte=on))


class Membership(models.Model):
    """A role held by a person on a unit between two dates (inclusive). Never edited, only ended."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField("角色", max_length=20, choices=Role)
    title = models.CharField("职务", max_length=30, blank=True)
    from_on = models.DateField("开始日期")
    to_on = models.DateField("结束日期", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="membership_dates_in_order",
                condition=Q(to_on__isnull=True) | Q(to_on__gte=models.F("from_on")),
            ),
            models.UniqueConstraint(
                name="administrators_exclude_one_another",
                fields=["user"],
                condition=Q(role__in=sorted(ADMIN_ROLES)),
                violation_error_message="系统管理员、安全管理员、审计员不能由同一人兼任",
            ),
            models.UniqueConstraint(
                name="one_open_post_of_a_kind",
                fields=["user", "organisation", "role"],
                condition=Q(to_on__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "role"])]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.organisation_id}"


class GrantRequestQuerySet(models.QuerySet["GrantRequest"]):
    def visible_to(self, user: User) -> GrantRequestQuerySet:
        """The system and the security administrator see all, nobody else any."""
        return self if user.is_authenticated and user.has_role(*KEEPER_ROLES) else self.none()

    def open(self) -> GrantRequestQuerySet:
        return self.filter(state=GrantRequest.State.ASKED)

    def waiting_for(self, user: User) -> GrantRequestQuerySet:
        """The open ones that ``user`` could decide (see ``permissions.deciders_of``)."""
        found = self.open().exclude(asked_by=user).exclude(user=user)
        if not user.has_role(*KEEPER_ROLES):
            return self.none()
        return found if user.has_role(Role.SECURITY_ADMIN) else found.filter(asked_as=Role.SECURITY_ADMIN)


class GrantRequest(Versioned):
    """A role that one administrator asks for in somebody's behalf; another one grants it, or does not.

    Made by the system or the security administrator (``grants``); changes once, when it is decided or
    withdrawn. The membership is made by the granting alone.
    """

    class State(models.TextChoices):
        ASKED = "asked", "待确认"
        GRANTED = "granted", "已授予"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    user = models.ForeignKey(User, models.PROTECT, related_name="grant_requests")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    role = models.CharField("角色", max_length=20, choices=Role)
    title = models.CharField("职务", max_length=30, blank=True)
    from_on = models.DateField("开始日期")
    to_on = models.DateField("结束日期", null=True, blank=True)  # of an acting post
    state = models.CharField("状态", max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_as = models.CharField(
        max_length=20, choices=Role
    )  # the asker's role: who can decide follows from it
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField("不同意的理由", max_length=200, blank=True)

    objects = GrantRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="grant_request_decided_has_person_and_time",
                condition=Q(state="asked", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="asked") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="grant_request_decided_by_another_person",
                condition=~Q(state__in=["granted", "refused"]) | ~Q(decided_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="grant_request_dates_in_order",
                condition=Q(to_on__isnull=True) | Q(to_on__gte=models.F("from_on")),
            ),
            models.UniqueConstraint(
                name="one_open_grant_request_of_a_kind",
                fields=["user", "organisation", "role"],
                condition=Q(state="asked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.user_id} {self.state}"


class Headship(models.Model):
    """Who heads a unit from when to when (P15); whoever holds the post on the day signs."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="headships")
    name = models.CharField("姓名", max_length=30)
    post = models.CharField("职务", max_length=30, default="校长")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="headships")
    from_on = models.DateField("任职日期")
    to_on = models.DateField("离任日期", null=True, blank=True)
    document_no = models.CharField("任免文号", max_length=60, blank=True)

    class Meta:
        ordering = ["-from_on"]
        constraints = [
            models.CheckConstraint(
                name="headship_dates_in_order",
                condition=Q(to_on__isnull=True) | Q(to_on__gte=models.F("from_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.post}）"


class RateCount(models.Model):
    """How many tries a slot of time has seen from one address; the key is a digest (rate_limits)."""

    token = models.CharField(max_length=32, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.token
