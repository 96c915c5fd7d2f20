"""The backup of a phone whose work cannot go up by itself: one JSON file, brought in by the same ways.

Its operations go through ``sync.receive`` as if the phone sent them, its photos through the entrance for
uploads in pieces, so what has come by either way is there once. Whose they are the device says, not the file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from inspections import sync_wire
from inspections.models import Device
from inspections.workflows import sync, visit_photos
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.files import resumable
from shuangjian.journal import audit
from shuangjian.journal.errors import DomainError, NotAllowed, Refused

FORMAT = "shuangjian-field-1"
NOT_WHOLE = "备份文件不完整或被改动过，请在手机上重新导出"

audit.name_actions({"inspections.device.imported": "导入手机备份"})


@dataclass(frozen=True)
class Photo:
    """One photo of the file; ``target`` as for an upload: number of the visit, code of the item."""

    target: str
    name: str
    sha256: str
    taken_at: datetime | None
    is_blurred: bool
    bytes: bytes


@dataclass(frozen=True)
class FieldFile:
    """A backup that is whole: the device and what lay unsent on it."""

    device: Device
    operations: list[Any]
    photos: list[Photo]
    digest: str


@dataclass(frozen=True)
class PhotoResult:
    """What became of one photo: ``applied``, ``duplicate`` or ``refused`` with the reason."""

    photo: Photo
    status: str
    reason: str = ""


@dataclass
class Imported:
    """What became of everything in a file."""

    operations: list[dict[str, Any]]
    photos: list[PhotoResult] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        """How many of each status, operations and photos together."""
        statuses = [row["status"] for row in self.operations] + [row.status for row in self.photos]
        return Counter(map(str, statuses))


def read(raw: bytes) -> FieldFile:
    """Raises Refused for what is no backup, not whole, or of a device that nobody registered."""
    told = sync_wire.read_json(raw)
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise Refused("这不是督导手机导出的备份文件")
    digest = told.pop("digest", None)
    whole = hashlib.sha256(sync_wire.canonical(told)).hexdigest()
    operations, photos = told.get("operations"), told.get("photos")
    if not isinstance(digest, str) or not hmac.compare_digest(digest.encode(), whole.encode()):
        raise Refused(NOT_WHOLE)
    if not isinstance(operations, list) or not isinstance(photos, list):
        raise Refused(NOT_WHOLE)
    device = (
        Device.objects.select_related("user")
        .filter(device_id=sync_wire.device_id(told.get("device")))
        .first()
    )
    if device is None:
        raise Refused("这份备份文件的手机没有登记过")
    return FieldFile(device, operations, [_photo(one) for one in photos], whole)


def _photo(told: Any) -> Photo:
    try:
        data = base64.b64decode(told["bytes"], validate=True)
        target, name, sha256 = (str(told[part]) for part in ("target", "name", "sha256"))
    except (TypeError, KeyError, ValueError, binascii.Error) as broken:
        raise Refused(NOT_WHOLE) from broken
    if hashlib.sha256(data).hexdigest() != sha256 or len(target) > 80:
        raise Refused(NOT_WHOLE)
    return Photo(
        target, name, sha256, sync_wire.moment(told.get("taken_at")), bool(told.get("blurred")), data
    )


def bring_in(file: FieldFile, *, actor: User) -> Imported:
    """Carry out what a backup holds, in its author's name. Again is harmless.

    Raises NotAllowed unless it is the actor's own or the actor is of the supervision office.
    """
    author = file.device.user
    if author != actor and not actor.has_role(Role.SUPERVISION_OFFICE):
        raise NotAllowed("只有本人和督导室可以导入")
    with transaction.atomic():
        audit.record(
            action="inspections.device.imported",
            subject=file.device,
            actor=actor,
            role=acting_role(actor),
            after={"digest": file.digest, "operations": len(file.operations), "photos": len(file.photos)},
        )
    received = sync.receive(device=file.device, operations=file.operations, imported_by=actor)
    with audit.brought_by(device=file.device.pk, imported_by=actor.pk):
        return Imported(received.results, [_bring_photo(photo, author) for photo in file.photos])


def _bring_photo(photo: Photo, author: User) -> PhotoResult:
    try:
        upload = resumable.begin(
            uploader=author,
            purpose=visit_photos.PURPOSE,
            target=photo.target,
            name=photo.name,
            length=len(photo.bytes),
            sha256=photo.sha256,
            taken_at=photo.taken_at,
            is_blurred=photo.is_blurred,
        )
        if upload.stored_at is not None:
            return PhotoResult(photo, "duplicate")
        here = resumable.offset_of(upload)
        if here < upload.length:
            resumable.append(upload, here, [photo.bytes[here:]])
        resumable.finish(upload)
    except DomainError as refused:
        return PhotoResult(photo, "refused", str(refused))
    return PhotoResult(photo, "applied")
