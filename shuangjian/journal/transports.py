"""How one message leaves the portal: by mail, by the county's short messages, or through a group's robot.

Each way takes a text that holds counts and numbers alone, and either delivers it or says in words why not:
``Refused`` where trying again cannot help, ``Unreachable`` where it may. Secrets enter as arguments and leave
in the request alone: no message, log line or error of this module carries one. Robots are reached through
apprise, whose own log is off (settings.LOGGING): it would write their addresses.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from shuangjian.journal.models import DeliveryChannel

log = logging.getLogger(__name__)

Kind = DeliveryChannel.Kind


class Unsent(Exception):
    """The message did not leave; the text is the cause for people."""


class Refused(Unsent):
    """The other side knows the message and does not take it: to be mended by a person."""


class Unreachable(Unsent):
    """Nobody took the message; later somebody may."""


# --- To a person ------------------------------------------------------------------------------------------
def by_mail(address: str, subject: str, text: str) -> None:
    """Hand one mail to the server of EMAIL_URL."""
    if not settings.MAIL_IS_SET:
        raise Refused("还没有设置邮件服务器，请告知技术人员")
    try:
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [address]).send()
    except smtplib.SMTPRecipientsRefused as cause:
        codes = [code for code, _ in cause.recipients.values()]
        if all(code >= 500 for code in codes):
            raise Refused(f"邮件服务器不接受这个邮箱（{codes[0]}），请核对地址") from None
        raise Unreachable(f"邮件服务器暂时不接受这个邮箱（{codes[0]}）") from None
    except smtplib.SMTPAuthenticationError:
        raise Unreachable("邮件服务器不认平台的账号或密码，请告知技术人员") from None
    except smtplib.SMTPResponseException as cause:
        raise Unreachable(f"邮件服务器没有接受（{cause.smtp_code}）") from None
    except (smtplib.SMTPException, OSError):
        raise Unreachable("连不上邮件服务器，请检查网络和邮件设置") from None


def by_sms(phone: str, text: str) -> None:
    """Call what the installation named in SMS_SENDER: ``send(phone, text)``, which raises if it could not."""
    if not settings.SMS_SENDER:
        raise Refused("还没有设置短信接口，请告知技术人员")
    send: Callable[[str, str], Any] = import_string(settings.SMS_SENDER)
    try:
        send(phone, text)
    except Exception as cause:  # it is not ours: whatever it raises, the message did not leave
        log.warning("the hook for short messages raised %s", type(cause).__name__)
        raise Unreachable("短信接口没有发出，请技术人员查看日志") from None


# --- To a group -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Robot:
    """A vendor's group robot: how to make it, and what the codes of its answers mean."""

    make: Callable[[str, str], Any]
    dead_address: frozenset[int]
    not_let_through: frozenset[int]  # by the keyword or the signature that the group asks for
    vendor: str


def _wecom(token: str, signing_key: str) -> Any:
    from apprise.plugins.wecombot import NotifyWeComBot

    return NotifyWeComBot(key=token)  # type: ignore[no-untyped-call]


def _dingtalk(token: str, signing_key: str) -> Any:
    from apprise.plugins.dingtalk import NotifyDingTalk

    return NotifyDingTalk(token=token, secret=signing_key or None)  # type: ignore[no-untyped-call]


def _feishu(token: str, signing_key: str) -> Any:
    from apprise.plugins.feishu import NotifyFeishu

    return NotifyFeishu(token=token)  # type: ignore[no-untyped-call]


# Codes: the vendors' own pages on group robots, read in 2026.
ROBOTS: dict[str, Robot] = {
    Kind.WECOM: Robot(_wecom, frozenset({93000}), frozenset(), "企业微信"),
    Kind.DINGTALK: Robot(_dingtalk, frozenset({300001, 300005, 400101}), frozenset({310000}), "钉钉"),
    Kind.FEISHU: Robot(_feishu, frozenset({19001}), frozenset({19021, 19024}), "飞书"),
}
_one_at_a_time = Lock()


def by_robot(kind: str, token: str, signing_key: str, text: str) -> None:
    """Post ``text`` into the group of a robot."""
    robot = ROBOTS[kind]
    plugin = robot.make(token, signing_key)
    with _listening(plugin) as answer:
        taken = plugin.notify(body=text)
    if answer.code in robot.dead_address:
        raise Refused(f"机器人地址已失效，请在{robot.vendor}群里重新复制地址，在发送渠道里更换")
    if answer.code in robot.not_let_through:
        raise Refused("群机器人的安全设置没有放行：关键词请填“双减”，或核对加签密钥")
    if answer.status in (400, 401, 403, 404):
        raise Refused(f"{robot.vendor}不认这个机器人地址（{answer.status}），请核对后更换")
    if answer.status is None:
        raise Unreachable(f"连不上{robot.vendor}，请检查服务器能否访问外网")
    if not taken or answer.code:
        raise Unreachable(f"{robot.vendor}没有接受（{answer.code or answer.status}）")


class _Answer:
    """Stands for ``requests`` in a plugin and keeps what came back.

    apprise reads the HTTP status alone, but WeCom and DingTalk refuse with status 200 and a code inside.
    """

    def __init__(self, requests: Any) -> None:
        self._requests = requests
        self.status: int | None = None
        self.code = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._requests, name)

    def post(self, *args: Any, **more: Any) -> Any:
        response = self._requests.post(*args, **more)
        self.status = response.status_code
        try:
            said = response.json()
        except ValueError:
            said = {}
        if isinstance(said, dict):
            code = said.get("errcode") or said.get("code") or 0
            self.code = code if isinstance(code, int) else -1
        return response


@contextmanager
def _listening(plugin: Any) -> Iterator[_Answer]:
    module = import_module(type(plugin).__module__)
    with _one_at_a_time:
        plain = module.requests
        answer = _Answer(plain)
        module.requests = answer  # type: ignore[attr-defined]
        try:
            yield answer
        finally:
            module.requests = plain  # type: ignore[attr-defined]
