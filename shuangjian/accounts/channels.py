"""发送渠道: the ways out of the portal, kept by the system administrator, each change with its audit entry.

What a robot's address holds is a secret: it is read off the address that people copy from their group, kept
in a table of its own, and shown to nobody again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.journal import audit, deliveries
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import ChannelSecret, Delivery, DeliveryChannel

Kind = DeliveryChannel.Kind

audit.name_actions(
    {
        "accounts.channel.created": "新建发送渠道",
        "accounts.channel.changed": "修改发送渠道",
        "accounts.channel.switched": "启停发送渠道",
        "accounts.channel.tested": "测试发送渠道",
    }
)
audit.name_nouns({"journal.deliverychannel": "发送渠道"})
audit.name_families({"accounts.channel": "journal.deliverychannel"})


@dataclass(frozen=True)
class AddressOfKind:
    """How the address of a group's robot looks, and how to say so."""

    pattern: re.Pattern[str]
    example: str


ADDRESSES: dict[str, AddressOfKind] = {
    Kind.WECOM: AddressOfKind(
        re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([0-9A-Za-z_-]{10,100})"),
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    ),
    Kind.DINGTALK: AddressOfKind(
        re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=([0-9A-Za-z]{10,100})"),
        "https://oapi.dingtalk.com/robot/send?access_token=…",
    ),
    Kind.FEISHU: AddressOfKind(
        re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([0-9A-Za-z-]{10,100})/?"),
        "https://open.feishu.cn/open-apis/bot/v2/hook/…",
    ),
}
_SIGNING_KEY = re.compile(r"SEC[0-9A-Za-z]{10,100}")


def token_in(kind: str, address: str) -> str:
    """The secret part of a robot's address. Raises Refused with what such an address looks like."""
    known = ADDRESSES[kind]
    found = known.pattern.fullmatch(address.strip())
    if found is None:
        raise Refused(f"这不是{Kind(kind).label}的地址，请从群里复制完整的地址，以“{known.example[:-1]}”开头")
    return found[1]


def checked_signing_key(kind: str, key: str) -> str:
    """The key for signing, of DingTalk alone. Raises Refused where it is none."""
    key = key.strip()
    if not key:
        return ""
    if kind != Kind.DINGTALK:
        raise Refused("只有钉钉群机器人用加签密钥，其他的请留空")
    if _SIGNING_KEY.fullmatch(key) is None:
        raise Refused("加签密钥以SEC开头，请从钉钉群机器人的安全设置里复制")
    return key


def create(*, actor: User, kind: str, name: str, address: str = "", signing_key: str = "") -> DeliveryChannel:
    """Set up a channel, in use at once. Raises Refused for a wrong address, a name or personal kind taken."""
    channel = DeliveryChannel(kind=kind, name=name)
    _require(actor, channel)
    token = "" if channel.reaches_people else token_in(kind, address)
    key = checked_signing_key(kind, signing_key)
    with transaction.atomic():
        _save(channel)
        if token:
            ChannelSecret.objects.create(channel=channel, token=token, signing_key=key)
        _record("created", channel, actor, after={"kind": kind, "secret": bool(token)}, note=name)
    return channel


def change(
    *,
    channel_id: int,
    actor: User,
    version: int | None,
    name: str,
    address: str = "",
    signing_key: str = "",
) -> DeliveryChannel:
    """Give it another name, or another address; an empty one leaves what is there."""
    with _locked(channel_id, actor, version) as channel:
        note = f"名称：{channel.name} → {name}" if name != channel.name else ""
        channel.name = name
        changed: dict[str, Any] = {}
        if not channel.reaches_people:
            secret = ChannelSecret.objects.select_for_update().get(channel=channel)
            if address:
                secret.token, secret.signing_key = token_in(channel.kind, address), ""
                changed = {"secret": True}
            if signing_key:
                secret.signing_key = checked_signing_key(channel.kind, signing_key)
                changed = {"secret": True}
            secret.save()
        _save(channel)
        _record("changed", channel, actor, after=changed, note=note)
    return channel


def switch(*, channel_id: int, actor: User, version: int | None, is_on: bool) -> DeliveryChannel:
    """Use it, or no longer. What waits for a channel that is off is not sent."""
    with _locked(channel_id, actor, version) as channel:
        if channel.is_on == is_on:
            raise Refused("已经在使用" if is_on else "已经停用")
        channel.is_on = is_on
        _save(channel)
        _record("switched", channel, actor, before={"is_on": not is_on}, after={"is_on": is_on})
    return channel


def test(*, channel_id: int, actor: User, version: int | None) -> Delivery:
    """Send a real message now: into the group, or to the actor himself. Its job says what became of it."""
    with _locked(channel_id, actor, version) as channel:
        if channel.kind == Kind.MAIL and not actor.mail:
            raise Refused("测试邮件发给您自己，请先在“我的账号”里填写邮箱")
        if channel.kind == Kind.SMS and not actor.phone:
            raise Refused("测试短信发给您自己，您的账号还没有登记手机号")
        ordered = deliveries.order_test(channel, actor)
        _record("tested", channel, actor)
    return ordered


def _require(actor: User, channel: DeliveryChannel) -> None:
    if not actor.has_perm("accounts.keep_channel", channel):
        raise NotAllowed("发送渠道由系统管理员设置")


@contextmanager
def _locked(channel_id: int, actor: User, version: int | None) -> Iterator[DeliveryChannel]:
    with transaction.atomic():
        channel = DeliveryChannel.objects.select_for_update().get(pk=channel_id)
        check_version(channel, version)
        _require(actor, channel)
        yield channel


def _save(channel: DeliveryChannel) -> None:
    if channel.pk is not None:
        channel.version += 1
    try:
        with transaction.atomic():
            channel.save()
    except IntegrityError as error:
        if channel.reaches_people and "personal_kind" in str(error):
            raise Refused(f"{channel.get_kind_display()}渠道已经有了，只要一个") from error
        raise Refused(f"已经有叫“{channel.name}”的渠道，请换一个名称") from error


def _record(action: str, channel: DeliveryChannel, actor: User, **facts: Any) -> None:
    audit.record(
        action=f"accounts.channel.{action}",
        subject=channel,
        actor=actor,
        role=acting_role(actor),
        **facts,
    )
