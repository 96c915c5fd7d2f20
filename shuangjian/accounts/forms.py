"""Forms of signing in and of one's own password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.signals import user_login_failed

SLIP_EXPIRED = "激活码已过有效期，请到系统管理员处重新领取激活条"


class SignInForm(AuthenticationForm):
    """Name and password; the answer is the same whether or not the name exists."""

    username = forms.CharField(
        label="账号",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": "账号或密码不对，请核对后重新输入",
        "inactive": "账号或密码不对，请核对后重新输入",
    }

    def clean_username(self) -> str:
        name = self.cleaned_data["username"]
        if "\x00" in name:
            raise forms.ValidationError(self.error_messages["invalid_login"], code="invalid_login")
        return name

    def confirm_login_allowed(self, user: Any) -> None:
        """A demo account lives in demo mode only: its password is printed. A slip is good for its days."""
        if user.is_demo and not settings.DEMO_MODE:
            user_login_failed.send(
                sender=__name__, credentials={"username": user.username}, request=self.request
            )
            raise self.get_invalid_login_error()
        super().confirm_login_allowed(user)
        if user.slip_has_expired:
            raise forms.ValidationError(SLIP_EXPIRED, code="slip_expired")


class ChangePasswordForm(PasswordChangeForm):
    """Changing one's own password; every other session of the person ends."""

    error_messages = {
        "password_mismatch": "两次输入的新密码不一样，请重新输入",
        "password_incorrect": "原密码不对，请重新输入",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "原密码"
        self.fields["new_password1"].label = "新密码"
        self.fields["new_password1"].help_text = "至少10位，不能全是数字，不能与账号或姓名相近"
        self.fields["new_password2"].label = "再输一次新密码"
        self.fields["new_password2"].help_text = ""
