"""Forms of what is done to many problems at once. They clean shapes; each row's service has the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.problems import ExtensionFields
from inspections.models import BulkRun
from shuangjian import clock
from shuangjian.accounts.models import Membership, User
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.accounts.selectors import holders

_OVERSEERS = OFFICE_ROLES | {Role.AREA_INSPECTOR}


class BulkForm(forms.Form):
    """Base: ``arguments`` are what the order keeps, as JSON."""

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class RemindForm(BulkForm):
    words = forms.CharField(
        label="附言",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写在提醒的后面，每个单位看到的一样",
    )


class CloseForm(BulkForm):
    words = forms.CharField(
        label="意见",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="记在每个问题的销号意见里",
    )


class ReassignForm(BulkForm):
    overseer = forms.ModelChoiceField(
        label="督办人",
        queryset=User.objects.none(),
        empty_label="请选择督办人",
        help_text="双减专班、督导室的人员，或单位所在责任区的责任督学",
        error_messages={"required": "请选择督办人", "invalid_choice": "请从列表中选择督办人"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = Membership.objects.in_force(clock.today()).filter(role__in=_OVERSEERS)
        known = {post.user_id: post for post in posts.select_related("organisation").order_by("-pk")}
        field = self.fields["overseer"]
        field.queryset = holders(*_OVERSEERS).order_by("name", "pk")  # type: ignore[attr-defined]
        field.label_from_instance = lambda person: _with_post(person, known[person.pk])  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        return {"overseer": self.cleaned_data["overseer"].pk}


def _with_post(person: User, post: Membership) -> str:
    """周明（第一督学责任区责任督学）"""
    where = post.organisation.name if post.role == Role.AREA_INSPECTOR else ""
    return f"{person.name}（{where}{Role(post.role).label}）"


class ExtendForm(ExtensionFields, BulkForm):
    """Each row's own limits are its service's to say."""

    def clean_to_on(self) -> Any:
        to_on = self.cleaned_data["to_on"]
        if to_on <= clock.today():
            raise forms.ValidationError("新的期限要晚于今天")
        return to_on

    def arguments(self) -> dict[str, Any]:
        return {**self.cleaned_data, "to_on": self.cleaned_data["to_on"].isoformat()}


FORMS: dict[str, type[BulkForm]] = {
    BulkRun.Kind.REMIND: RemindForm,
    BulkRun.Kind.REASSIGN: ReassignForm,
    BulkRun.Kind.EXTEND: ExtendForm,
    BulkRun.Kind.CLOSE: CloseForm,
}
