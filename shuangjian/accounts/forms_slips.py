"""Forms of the activation slips: the first password of a new account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from shuangjian.accounts.forms import SLIP_EXPIRED
from shuangjian.accounts.models import User

WRONG = "账号或激活码不对，请对照激活条重新输入"


class ActivationForm(forms.Form):
    """Account and code from the slip, and a password of one's own. Wrong codes count as failed sign-ins."""

    username = forms.CharField(
        label="账号",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={"required": "请填写激活条上的账号"},
    )
    code = forms.CharField(
        label="激活码",
        max_length=40,
        help_text="激活条上的12位字母和数字，横线可填可不填，不分大小写",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}),
        error_messages={"required": "请填写激活条上的激活码"},
    )
    password = forms.CharField(
        label="自己的密码",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少10位，不能全是数字，不能与账号或姓名相近",
        error_messages={"required": "请设定自己的密码"},
    )
    again = forms.CharField(
        label="再输一次密码",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "请把密码再输一次"},
    )

    user: User | None = None
    is_wrong = False

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """As it is stored: small letters in groups of four."""
        plain = "".join(sign for sign in self.cleaned_data["code"].lower() if sign.isalnum())
        return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))

    def clean(self) -> dict[str, Any]:
        """The code is tried last: what is wrong with the new password must not cost an attempt."""
        data = super().clean() or {}
        if {"password", "again"} <= data.keys() and data["password"] != data["again"]:
            self.add_error("again", "两次输入的密码不一样，请重新输入")
        if "password" in data:
            self._check_password(data["password"], data.get("username", ""))
        if not self.errors:
            self.user = self._owner(data["username"], data["code"])
        return data

    def _check_password(self, password: str, username: str) -> None:
        try:
            password_validation.validate_password(password, User(username=username, name=""))
        except ValidationError as weak:
            self.add_error("password", weak)

    def _owner(self, username: str, code: str) -> User | None:
        """Whose slip this is; the same words for a wrong name, a wrong code, a used one."""
        found = authenticate(self.request, username=username, password=code)
        if not isinstance(found, User) or not found.must_change_password or found.is_demo:
            self.is_wrong = True
            self.add_error(None, WRONG)
            return None
        if found.slip_has_expired:
            self.add_error(None, SLIP_EXPIRED)
            return None
        return found
