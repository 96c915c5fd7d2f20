"""Inspectors' phones: registered by themselves, with a key, a block of record numbers, and an end.

What lies on a phone is encrypted with a key that only the author's own session is given: whoever else holds
the phone reads nothing, and from a device that its owner stopped nobody does. Source: decisions.md, Numbers
(numbers reserved for phones), Sign-out on a phone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from uuid import UUID

from django.conf import settings
from django.db import transaction

from inspections.models import Device, RecordBlock, Visit
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.journal import audit, numbers
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState

MOST_OF_NAME = 80
_RECORD_NO = re.compile(r"现(\d{4})-(\d{2,6})-(\d{4})")

audit.name_actions(
    {
        "inspections.device.registered": "登记手机",
        "inspections.device.revoked": "停用手机",
        "inspections.device.restored": "恢复使用手机",
    }
)


def register(*, user: User, device_id: UUID, name: str) -> RecordBlock:
    """The person's device of this id, new or known: its block of record numbers of this year.

    Raises WrongState where the id is another person's, NotAllowed where the owner stopped the device.
    """
    with transaction.atomic():
        device, is_new = Device.objects.select_for_update().get_or_create(
            device_id=device_id,
            defaults={"user": user, "name": name[:MOST_OF_NAME], "seen_at": clock.now()},
        )
        if device.user_id != user.pk:
            raise WrongState("这个编号的手机由另一个人登记，请清除浏览器里本平台的数据后再登记")
        if device.revoked_at is not None:
            raise NotAllowed("这台手机已由本人停用，可以在“我的账号”里恢复")
        block = _block_of(device)
        if is_new:
            audit.record(
                action="inspections.device.registered",
                subject=device,
                actor=user,
                role=acting_role(user),
                after={"block": block.prefix},
            )
        else:
            device.name, device.seen_at = name[:MOST_OF_NAME], clock.now()
            device.save(update_fields=["name", "seen_at"])
    return block


def _block_of(device: Device) -> RecordBlock:
    """The locked device's block of this year, reserved now if it has none."""
    year = clock.today().year
    known = device.blocks.filter(year=year).first()
    if known is not None:
        return known
    block = f"{numbers.take('record_block', year):02d}"
    return RecordBlock.objects.create(device=device, year=year, block=block)


def next_record(block: RecordBlock) -> int:
    """The first number of the block that no record carries yet; what it has not sent the phone knows."""
    used = Visit.objects.filter(record_no__startswith=block.prefix).values_list("record_no", flat=True)
    return max((int(no.removeprefix(block.prefix)) for no in used), default=0) + 1


def check_record_no(device: Device, record_no: str, visit: Visit) -> None:
    """Raises Refused unless the number is of the device's own block and no other visit's record has it."""
    read = _RECORD_NO.fullmatch(record_no)
    if read is None or int(read[3]) == 0:
        raise Refused("现场检查记录的编号不完整，请在手机上重新生成")
    if not device.blocks.filter(year=int(read[1]), block=read[2]).exists():
        raise Refused(f"编号{record_no}不在这台手机的号段里")
    if Visit.objects.filter(record_no=record_no).exclude(pk=visit.pk).exists():
        raise Refused(f"编号{record_no}已用在另一份现场检查记录上")


def key_of(device: Device) -> bytes:
    """The 32 bytes with which this person's work on this device is encrypted: always the same ones."""
    about = f"device {device.user_id} {device.device_id}".encode()
    return hmac.new(settings.DEVICE_SECRET.encode(), about, "sha256").digest()


def key_id_of(device: Device) -> str:
    """A name for the key that says nothing of it: whether two are the same."""
    return hashlib.sha256(key_of(device)).hexdigest()[:16]


def revoke(*, device_id: int, actor: User, version: int | None) -> Device:
    """停用: the key is given no more and nothing that it sends is carried out until it is restored."""
    return _set(device_id, actor, version, is_revoked=True)


def restore(*, device_id: int, actor: User, version: int | None) -> Device:
    """恢复使用: a phone that was found again, with the work that lies on it."""
    return _set(device_id, actor, version, is_revoked=False)


def _set(device_id: int, actor: User, version: int | None, *, is_revoked: bool) -> Device:
    with transaction.atomic():
        device = Device.objects.select_for_update().get(pk=device_id)
        if device.user_id != actor.pk:
            raise NotAllowed("只能停用或恢复本人的手机")
        check_version(device, version)
        if (device.revoked_at is not None) == is_revoked:
            raise WrongState("这台手机已停用" if is_revoked else "这台手机正在使用")
        device.revoked_at = clock.now() if is_revoked else None
        device.version += 1
        device.save(update_fields=["revoked_at", "version"])
        audit.record(
            action=f"inspections.device.{'revoked' if is_revoked else 'restored'}",
            subject=device,
            actor=actor,
            role=acting_role(actor),
        )
    return device
