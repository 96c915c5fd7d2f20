"""Uploads in pieces: a file for one purpose and target, its bytes in a part file until all are there.

How many bytes have arrived is what lies in the part file, so a killed server forgets nothing that it wrote
and claims nothing that it did not. Whoever writes holds the file's lock. A complete file goes through the one
entrance (``services.receive``) and is handed to its purpose in the same transaction, once.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.files import blobs, quotas, services
from shuangjian.files.models import ResumableUpload, StoredFile
from shuangjian.files.names import in_megabytes
from shuangjian.files.rejections import Rejected
from shuangjian.journal.errors import WrongState

MOST_AT_ONCE = 60  # uploads of one person that are under way: three visits' photos
RECEIPTS_KEPT = timedelta(days=30)
SENT_ANEW = 2.0  # seconds until the request that broke off has let go of the file
ELSEWHERE = "这个文件已经传到别处，请先核对传到哪里了"


class Locked(WrongState):
    """Another request is writing to the same upload."""


class Corrupt(Rejected):
    """Bytes that are not those that were announced; they were thrown away."""


@dataclass(frozen=True)
class Purpose:
    """What uploads may be for. Both raise a domain error where the person may not, or may no longer.

    ``check(target, user)`` is asked before the first byte; ``hand_over(target, user, stored)`` puts the
    file to its record, in the transaction that stores it.
    """

    check: Callable[[str, User], None]
    hand_over: Callable[[str, User, StoredFile], None]


_purposes: dict[str, Purpose] = {}


def register_purpose(name: str, purpose: Purpose) -> None:
    """Let uploads be sent for ``name``; an app does so when it loads."""
    _purposes[name] = purpose


def begin(
    *,
    uploader: User,
    purpose: str,
    target: str,
    name: str,
    length: int,
    sha256: str,
    taken_at: datetime | None = None,
    is_blurred: bool = False,
) -> ResumableUpload:
    """The upload of these bytes for this target; the same one again where it was begun before.

    Raises Rejected for a name, size or digest that cannot be taken, and what the purpose says.
    """
    if purpose not in _purposes:
        raise Rejected("不知道这个文件是传给哪里的，请更新页面后再传")
    kept = services.checked_name(name)
    limit = settings.UPLOAD_LIMIT_BYTES
    if not 0 < length <= limit:
        raise Rejected(f"“{kept}”有{in_megabytes(length)}，每个文件不超过{in_megabytes(limit)}，请压缩后再选")
    _purposes[purpose].check(target, uploader)
    quotas.check(uploader, quotas.unit_of(uploader))
    mine = ResumableUpload.objects.filter(uploader=uploader)
    under_way = mine.filter(stored_at=None, expires_at__gt=clock.now())
    same = {"purpose": purpose, "target": target, "sha256": sha256}
    if not mine.filter(**same).exists() and under_way.count() >= MOST_AT_ONCE:
        raise Rejected(f"有{MOST_AT_ONCE}个文件还没有传完，请先等它们传完")
    now = clock.now()
    about = {
        "original_name": kept,
        "length": length,
        "taken_at": taken_at,
        "is_blurred": is_blurred,
        "created_at": now,
        "expires_at": now + _patience(),
    }
    upload, is_new = mine.get_or_create(uploader=uploader, **same, defaults=about)
    if not is_new and upload.stored_at is None:
        upload.expires_at = now + _patience()
        upload.save(update_fields=["expires_at"])
    return upload


def offset_of(upload: ResumableUpload) -> int:
    """How many of its bytes are here."""
    if upload.stored_at is not None:
        return upload.length
    try:
        return _part(upload.pk).stat().st_size
    except FileNotFoundError:
        return 0


def append(
    upload: ResumableUpload,
    offset: int,
    pieces: Iterable[bytes],
    *,
    checksum: tuple[str, bytes] | None = None,
) -> int:
    """Write what comes behind the ``offset`` bytes that are here; returns the new offset.

    Keeps what arrived when ``pieces`` breaks off. Browsers send a request anew, unasked, where a connection
    breaks that they had used before: bytes that are here already are compared and passed over. With
    ``checksum`` (algorithm, digest) the pieces count together or not at all (Corrupt). Raises Locked, and
    WrongState where fewer bytes are here, other ones, or all that is brought.
    """
    if upload.stored_at is not None:
        raise WrongState("这个文件已经存好，不用再传")
    with _locked(upload, patience=SENT_ANEW) as part:
        at, here = offset, part.seek(0, os.SEEK_END)
        if offset > here:
            raise WrongState(ELSEWHERE)
        seen = hashlib.new(checksum[0]) if checksum else None
        try:
            for piece in pieces:
                if at + len(piece) > upload.length:
                    raise Rejected("传来的内容比说好的多，请重新选择文件")
                part.write(_not_yet_here(part, at, piece))
                at += len(piece)
                if seen is not None:
                    seen.update(piece)
            if offset < here and at <= here:
                raise WrongState(ELSEWHERE)
            if checksum and seen and not hmac.compare_digest(seen.digest(), checksum[1]):
                raise Corrupt("这一段在路上变了，请重传这一段")
        except Rejected:
            part.truncate(here)
            raise
        except OSError:  # the line broke: without a checksum what arrived is kept
            if checksum:
                part.truncate(here)
            raise
        finally:
            part.flush()
            os.fsync(part.fileno())
        ResumableUpload.objects.filter(pk=upload.pk).update(expires_at=clock.now() + _patience())
        return part.seek(0, os.SEEK_END)


def _not_yet_here(part: BinaryIO, at: int, piece: bytes) -> bytes:
    """What of a piece lies behind the end. Raises WrongState where the rest of it is not what is here."""
    known = piece[: max(part.seek(0, os.SEEK_END) - at, 0)]
    if known:
        part.seek(at)
        if part.read(len(known)) != known:
            raise WrongState(ELSEWHERE)
        part.seek(0, os.SEEK_END)
    return piece[len(known) :]


def finish(upload: ResumableUpload) -> ResumableUpload:
    """Look at a complete file, store it and hand it over; again is harmless.

    Raises Corrupt (all has to come again) where the bytes are not those announced. After any other refusal
    the bytes wait for another try until they expire: a right may come back, a store be reached again.
    """
    if upload.stored_at is not None:
        return upload
    with _locked(upload) as part:
        upload.refresh_from_db()  # another request may have been faster
        if upload.stored_at is not None:
            return upload
        part.seek(0)
        if blobs.digest_of(part) != upload.sha256:
            part.truncate(0)
            raise Corrupt("文件在路上变了，请重新上传")
        part.seek(0)
        with transaction.atomic():
            whole = UploadedFile(part, upload.original_name, size=upload.length)
            stored = services.receive(
                upload=whole,
                uploader=upload.uploader,
                taken_at=upload.taken_at,
                is_blurred=upload.is_blurred,
            )
            _purposes[upload.purpose].hand_over(upload.target, upload.uploader, stored)
            upload.stored_at = clock.now()
            upload.expires_at = upload.stored_at + RECEIPTS_KEPT
            upload.save(update_fields=["stored_at", "expires_at"])
    _part(upload.pk).unlink(missing_ok=True)
    return upload


def give_up(upload: ResumableUpload) -> None:
    """Forget an upload and its bytes. Raises WrongState once it was handed over, Locked while it arrives."""
    with _locked(upload):
        upload.refresh_from_db()
        if upload.stored_at is not None:
            raise WrongState("这个文件已经存好，不能再撤回")
        _forget(upload.pk)


def sweep() -> int:
    """Forget what expired, and part files without a row; how many. Safe twice and in parallel."""
    gone = 0
    for upload in ResumableUpload.objects.filter(expires_at__lte=clock.now()):
        try:
            with _locked(upload):
                if ResumableUpload.objects.filter(pk=upload.pk, expires_at__lte=clock.now()).exists():
                    _forget(upload.pk)
                    gone += 1
        except Locked:
            continue  # its rest is just arriving
    lying = list(_parts().iterdir())  # before the rows: each has its row before its first byte
    known = {str(pk) for pk in ResumableUpload.objects.values_list("pk", flat=True)}
    for path in lying:
        if path.name not in known:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _forget(pk: UUID) -> None:
    ResumableUpload.objects.filter(pk=pk).delete()
    _part(pk).unlink(missing_ok=True)


def _patience() -> timedelta:
    return timedelta(hours=settings.UPLOAD_PART_HOURS)


def _parts() -> Path:
    folder = Path(settings.EVIDENCE_ROOT) / "parts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _part(pk: UUID) -> Path:
    return _parts() / str(pk)


@contextmanager
def _locked(upload: ResumableUpload, patience: float = 0) -> Iterator[BinaryIO]:
    """The part file, open for reading and writing; nobody else writes to it meanwhile.

    Raises Locked if somebody else holds it for longer than ``patience`` seconds.
    """
    descriptor = os.open(_part(upload.pk), os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + patience
    with os.fdopen(descriptor, "r+b") as part:
        while True:
            try:
                fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as held:
                if time.monotonic() >= until:
                    raise Locked("这个文件正在上传，请稍等") from held
                time.sleep(0.05)
        yield part
