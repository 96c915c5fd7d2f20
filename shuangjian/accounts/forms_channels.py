"""Forms of the ways out of the portal: a channel of the county, and one's own mailbox."""

from __future__ import annotations

from typing import Any

from django import forms

from shuangjian.accounts import channels
from shuangjian.accounts.unit_forms import line_field
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import DeliveryChannel

_WRITE_ONLY = {"autocomplete": "off"}


class ChangeChannelForm(forms.Form):
    """A channel that there is. Fields named secret never come back to a page, not even after a mistake."""

    name = line_field(
        "名称", max_length=30, required=True, help_text="例如“双减专班群”，通知和记录里用这个名称"
    )
    secret = forms.CharField(
        label="机器人地址",
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs=_WRITE_ONLY),
        help_text="在群里添加机器人后复制的完整地址；保存后不再显示",
    )
    signing_secret = forms.CharField(
        label="加签密钥",
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs=_WRITE_ONLY),
        help_text="只有钉钉选了“加签”的才填，以SEC开头；安全设置选关键词的，关键词填“双减”",
    )

    def __init__(self, *args: Any, channel: DeliveryChannel | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel = channel
        if channel is None:
            return
        if channel.reaches_people:
            del self.fields["secret"]
        else:
            self.fields["secret"].help_text = "要换地址才填，不填保持原来的；保存后不再显示"
        if channel.kind != DeliveryChannel.Kind.DINGTALK:
            del self.fields["signing_secret"]

    @property
    def kind(self) -> str:
        return self.channel.kind if self.channel is not None else str(self.cleaned_data.get("way", ""))

    def clean(self) -> dict[str, Any]:
        """The address as its kind has it. Sentences never repeat what was typed here."""
        data = super().clean() or {}
        checks = (("secret", channels.token_in), ("signing_secret", channels.checked_signing_key))
        for name, check in checks:
            if data.get(name) and self.kind in channels.ADDRESSES:
                try:
                    check(self.kind, data[name])
                except Refused as refused:
                    self.add_error(name, str(refused))
        return data

    def arguments(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "name": data["name"],
            "address": data.get("secret", ""),
            "signing_key": data.get("signing_secret", ""),
        }


class NewChannelForm(ChangeChannelForm):
    """A new channel; mail and short messages have no address, a group's robot must have one."""

    way = forms.ChoiceField(label="方式", choices=[("", "请选择方式"), *DeliveryChannel.Kind.choices])
    field_order = ("way", "name", "secret", "signing_secret")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.kind in channels.ADDRESSES and not data.get("secret") and "secret" not in self.errors:
            self.add_error(
                "secret", f"请填写机器人地址，以“{channels.ADDRESSES[self.kind].example[:-1]}”开头"
            )
        if self.kind in DeliveryChannel.PERSONAL and (data.get("secret") or data.get("signing_secret")):
            self.add_error("secret", "邮件和短信的设置在服务器上，这里不填地址")
        return data

    def arguments(self) -> dict[str, Any]:
        return {"kind": self.kind, **super().arguments()}


class MailForm(forms.Form):
    """Where one's own mail goes."""

    mail = forms.EmailField(
        label="邮箱",
        max_length=120,
        required=False,
        help_text="请用单位邮箱；邮件里只有件数和编号，没有姓名和内容",
        error_messages={"invalid": "请填写正确的邮箱，例如zhuanban@example.gov.cn"},
    )
    wants_mail = forms.BooleanField(label="每个工作日一封汇总发到邮箱，急件当时发", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("wants_mail") and not data.get("mail") and "mail" not in self.errors:
            self.add_error("mail", "要收汇总，请填写邮箱")
        return data
