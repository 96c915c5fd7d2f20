"""Where finished bytes lie, by their SHA-256: in a folder of this machine, or in a bucket that speaks S3.

Which of the two is a setting (``EVIDENCE_STORE``). Either is written once per digest and never changed; both
give bytes back only through the portal: the bucket is private and no address of it leaves this module.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

from shuangjian.files.rejections import StoreUnavailable

logger = logging.getLogger(__name__)

FOLDER, BUCKET = "folder", "bucket"


class Store(Protocol):
    """What both places can do. ``open`` raises FileNotFoundError where nothing lies under the digest."""

    def put(self, source: Path, sha256: str) -> None: ...

    def open(self, sha256: str) -> BinaryIO: ...

    def digests(self) -> Iterator[str]: ...


class Folder:
    """Files of this machine below ``EVIDENCE_ROOT``, two levels of folders deep."""

    def path_of(self, sha256: str) -> Path:
        return Path(settings.EVIDENCE_ROOT) / _name_of(sha256)

    def put(self, source: Path, sha256: str) -> None:
        """Move a file of the same file system here, durably. The same bytes again mend a damaged blob."""
        with source.open("rb") as stream:
            os.fsync(stream.fileno())
        source.chmod(0o440)
        target = self.path_of(sha256)
        target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        source.replace(target)
        # The rename, and folders made for it, are only sure once the folders themselves are on the disk.
        for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
            _sync_folder(folder)

    def open(self, sha256: str) -> BinaryIO:
        return self.path_of(sha256).open("rb")

    def digests(self) -> Iterator[str]:
        for path in sorted(Path(settings.EVIDENCE_ROOT).glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            yield path.name


class Bucket:
    """Objects of the storage that ``STORAGES["evidence"]`` names, under the same names as in the folder."""

    def __init__(self) -> None:
        self.storage: Any = storages["evidence"]

    def put(self, source: Path, sha256: str) -> None:
        """Send a file there. The request is signed with the digest of its bytes: others are refused."""
        with _spoken_to(), source.open("rb") as stream:
            self.storage.save(_name_of(sha256), File(stream))
        source.unlink()

    def open(self, sha256: str) -> BinaryIO:
        """A copy on this machine, gone when it is closed: whoever downloads slowly holds no line to there."""
        copy = tempfile.TemporaryFile()  # noqa: SIM115  (the caller closes it)
        try:
            with _spoken_to(), self.storage.open(_name_of(sha256), "rb") as stream:
                shutil.copyfileobj(stream, copy)
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return copy

    def digests(self) -> Iterator[str]:
        with _spoken_to():
            for item in self.storage.bucket.objects.all():  # page by page, in the order of names
                yield item.key.rpartition("/")[2]


def the_store(kind: str | None = None) -> Store:
    """The store in use, or the one of ``kind``."""
    return Bucket() if (kind or settings.EVIDENCE_STORE) == BUCKET else Folder()


def _name_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextmanager
def _spoken_to() -> Iterator[None]:
    """Let a storage that does not answer, or refuses us, be one sentence for people and a line in the log."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as failure:
        logger.error("the evidence bucket failed: %s", type(failure).__name__)
        raise StoreUnavailable from failure


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
