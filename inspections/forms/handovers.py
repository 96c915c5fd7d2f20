"""Forms of 岗位交接: which post to whom, and the words of its moves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from inspections.forms.fields import day_field, words_field
from inspections.models import Handover
from shuangjian import clock
from shuangjian.accounts.models import Membership, User
from shuangjian.accounts.move_pages import MoveForm


class HandoverForm(forms.Form):
    """One post of the giver's, and who takes it: somebody who holds the same one today.

    ``posts`` are those that may be handed over. The choices of the taker are of all of them; that he holds
    the chosen one is asked when both have confirmed.
    """

    post = forms.TypedChoiceField(label="交接的岗位", coerce=int, error_messages={"required": "请选择岗位"})
    taker = forms.ModelChoiceField(
        label="接手人",
        queryset=User.objects.none(),
        empty_label="请选择",
        help_text="列出的是现在担任同一岗位的人；名单里没有的，先请安全管理员授予角色",
        error_messages={"required": "请选择接手人", "invalid_choice": "请从列表中选择接手人"},
    )
    last_on = day_field("离岗日期", "这一天过后，移交人不再担任这个岗位")
    words = words_field(
        "交接说明", "平台以外的事项，例如纸质材料、印章、正在联系的人", most=500, required=False
    )

    def __init__(self, *args: Any, posts: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.posts = {post.pk: post for post in posts}
        self.fields["post"].choices = [  # type: ignore[attr-defined]
            (post.pk, f"{post.organisation.name}，{post.get_role_display()}") for post in posts
        ]
        if len(posts) == 1:
            self.fields["post"].initial = posts[0].pk
        same = Q(pk__in=[])
        for post in posts:
            same |= Q(organisation=post.organisation, role=post.role)
        holders = Membership.objects.in_force(clock.today()).filter(same)
        givers = {post.user_id for post in posts}
        people = User.objects.filter(is_active=True, pk__in=holders.values("user")).exclude(pk__in=givers)
        self.fields["taker"].queryset = people.order_by("name", "pk")  # type: ignore[attr-defined]

    def opened(self) -> dict[str, Any]:
        """What the workflow is told."""
        return self.cleaned_data | {"post": self.posts[self.cleaned_data["post"]]}


class GiveForm(MoveForm):
    """The giver needs no words; who confirms in his stead says why."""

    reason = forms.CharField(
        label="代为确认的理由", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    row: Handover

    def prepare(self) -> None:
        if self.user.pk == self.row.giver_id:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = "请写明代为确认的理由"


class TakeForm(MoveForm):
    """Nothing but the confirmation."""


class CancelForm(MoveForm):
    """Why nothing passes over."""

    reason = words_field("取消的理由", most=200)
