"""Where bytes lie: files named by their SHA-256, and the workshop in which uploads are looked at.

A blob is written once (fsync, then rename) and never changed; two rows with the same bytes share it. Whatever
is half done lies in the workshop, so that what a killed process left can be thrown away by age.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

CHUNK = 1 << 16
# Longer than any upload or examination may take: whatever is older belongs to a process that was killed.
LEFT_OVER_SECONDS = 3600


def workshop() -> Path:
    """The folder for work in progress, on the same file system as the blobs (a rename must not copy)."""
    folder = Path(settings.EVIDENCE_ROOT) / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def bench() -> Iterator[Path]:
    """A private folder for one upload, gone at the end whatever happens. First throws old leftovers away."""
    sweep()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=workshop(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def sweep() -> int:
    """Remove what killed processes left in the workshop; returns how many entries. Safe in parallel."""
    removed = 0
    oldest = time.time() - LEFT_OVER_SECONDS
    for entry in workshop().iterdir():
        try:
            if entry.stat().st_mtime > oldest:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
            removed += 1
        except FileNotFoundError:
            continue  # its owner, or another sweep, was faster
    return removed


def path_of(sha256: str) -> Path:
    """Where the bytes with this digest lie, two levels of folders deep."""
    return Path(settings.EVIDENCE_ROOT) / sha256[:2] / sha256[2:4] / sha256


def digest_of(path: Path) -> str:
    """SHA-256 of a file in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def put(source: Path) -> str:
    """Move a finished file of the workshop to its place by digest, durably; returns the digest.

    Bytes that are there already are replaced by the same bytes, which also mends a damaged blob.
    """
    with source.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    source.chmod(0o440)
    target = path_of(sha256)
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    source.replace(target)
    # The rename, and folders made for it, are only sure once the folders themselves are on the disk.
    for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
        _sync_folder(folder)
    return sha256


def open_by_digest(sha256: str) -> BinaryIO:
    """The bytes with this digest, for reading. Raises FileNotFoundError where they are gone."""
    return path_of(sha256).open("rb")


def stored_digests() -> Iterator[str]:
    """Names of all blobs on the disk, in order."""
    for path in sorted(Path(settings.EVIDENCE_ROOT).glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
        yield path.name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
