"""Forms of the pages for administrators: accounts, posts, the county's own names and periods."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db.models import QuerySet

from shuangjian import clock
from shuangjian.accounts.models import County, Membership, Organisation, User
from shuangjian.accounts.roles import UNIT_KINDS_OF_ROLES, Role
from shuangjian.accounts.unit_forms import line_field, name_and_code, one_line, phone_number

NEW = "new"  # /settings/users/new/ is taken
WRONG_ADDRESS = "请填写完整的网址，例如https://bszs.conac.cn/"
web_address = RegexValidator(r"^https?://", WRONG_ADDRESS)


class AccountForm(forms.Form):
    """Whose account it is."""

    name = line_field("姓名", max_length=30, required=True)
    phone = forms.CharField(label="手机号", max_length=20, required=False, validators=[phone_number])


class NewAccountForm(AccountForm):
    """A new account; it may do nothing until it is given a role."""

    username = forms.CharField(
        label="账号",
        max_length=40,
        help_text="小写字母开头，可用小写字母、数字、点、横线，3至40个字符；建好后不能改",
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9._-]{2,39}\Z",
                "账号要以小写字母开头，只用小写字母、数字、点和横线，至少3个字符",
            )
        ],
    )
    field_order = ("username", "name", "phone")

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        if username == NEW or User.objects.filter(username=username).exists():
            raise forms.ValidationError(f"账号“{username}”已经有人使用，请换一个")
        return username


class ResetForm(forms.Form):
    """Face to face (P17)."""

    met = forms.BooleanField(
        label="本人在场，已核对身份",
        error_messages={"required": "请当面核对本人身份后勾选"},
    )


def _by_kind(units: QuerySet[Organisation]) -> list[tuple[str, Any]]:
    """The units for a list to choose from, under the kind on which a role is held: a county has a hundred."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for unit in units.order_by("kind", "pinyin_key"):
        kinds.setdefault(unit.get_kind_display(), []).append((unit.code, name_and_code(unit)))
    return [("", "请选择单位"), *kinds.items()]


class GrantForm(forms.Form):
    """A role on a unit from a day on."""

    role = forms.ChoiceField(label="角色", choices=[("", "请选择角色"), *Role.choices])
    organisation = forms.ModelChoiceField(
        label="单位", queryset=Organisation.objects.none(), to_field_name="code", empty_label="请选择单位"
    )
    title = line_field("职务", max_length=30)
    from_on = forms.DateField(label="开始日期", widget=forms.DateInput())
    to_on = forms.DateField(
        label="结束日期",
        widget=forms.DateInput(),
        required=False,
        help_text="代理、挂职、借调等有期限的岗位填写，过了这一天自动终止",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Organisation.objects.active().filter(kind__in=set(UNIT_KINDS_OF_ROLES.values()))
        self.fields["organisation"].queryset = units  # type: ignore[attr-defined]
        self.fields["organisation"].choices = _by_kind(units)  # type: ignore[attr-defined]
        self.initial.setdefault("from_on", clock.today())


class RefuseGrantForm(forms.Form):
    """Why a role is not granted."""

    reason = line_field("不同意的理由", max_length=200, required=True)


class EndPostForm(forms.Form):
    """Which role is taken back, and when."""

    post = forms.ModelChoiceField(
        label="收回的角色", queryset=Membership.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    when = forms.ChoiceField(
        label="何时收回",
        choices=[("today", "今天仍可使用，明天起收回"), ("now", "立即收回")],
        widget=forms.RadioSelect,
        initial="today",
    )

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["post"]
        field.queryset = account.memberships.not_over(clock.today()).select_related("organisation")  # type: ignore[attr-defined]
        field.label_from_instance = lambda post: f"{post.organisation.name}，{post.get_role_display()}"  # type: ignore[attr-defined]


class CountyForm(forms.ModelForm):
    """The names that pages and papers print, the county's own periods, and what is kept of photos."""

    class Meta:
        model = County
        fields = (
            "name",
            "portal_name",
            "bureau_name",
            "government_name",
            "supervision_office_name",
            "task_force_name",
            "superior_office_name",
            "doc_code",
            "letter_code",
            "host_name",
            "hotline",
            "hotline_hours",
            "contact_address",
            "site_code",
            "icp_no",
            "police_no",
            "badge_url",
            "error_report_url",
            "filing_no",
            "approval_no",
            "award_permit_no",
            "plan_days",
            "plan_review_days",
            "verify_days",
            "check_review_days",
            "look_back_days",
            "independence_months",
            "keep_photo_place",
            "visits_per_term",
            "joint_visit_days",
        )

    NAMES = (
        "name", "portal_name", "bureau_name", "government_name", "supervision_office_name",
        "task_force_name", "superior_office_name", "doc_code", "letter_code",
    )  # fmt: skip
    PERMITS = ("award_permit_no",)
    FOOTER = (
        "host_name", "hotline", "hotline_hours", "contact_address", "site_code", "icp_no", "police_no",
        "badge_url", "error_report_url", "filing_no", "approval_no",
    )  # fmt: skip
    RANGES = {
        "plan_days": (1, 60),
        "plan_review_days": (1, 60),
        "verify_days": (1, 60),
        "check_review_days": (1, 60),
        "look_back_days": (1, 365),
        "independence_months": (0, 60),
        "visits_per_term": (1, 60),
        "joint_visit_days": (0, 30),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("badge_url", "error_report_url"):
            self.fields[name] = forms.URLField(
                label=self.fields[name].label,
                max_length=200,
                required=False,
                assume_scheme="https",
                validators=[web_address],
                error_messages={"invalid": WRONG_ADDRESS},
            )
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField):
                field.validators.append(one_line)
            if name in self.RANGES:
                least, most = self.RANGES[name]
                field.validators += [MinValueValidator(least), MaxValueValidator(most)]
                field.widget.attrs |= {"min": least, "max": most}

    @property
    def names(self) -> list[forms.BoundField]:
        return [self[name] for name in self.NAMES]

    @property
    def footer(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FOOTER]

    @property
    def permits(self) -> list[forms.BoundField]:
        return [self[name] for name in self.PERMITS]

    @property
    def periods(self) -> list[forms.BoundField]:
        return [self[name] for name in self.RANGES]
