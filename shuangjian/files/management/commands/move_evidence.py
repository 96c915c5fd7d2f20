"""Copy every stored file from the folder to the bucket or back. Safe to run twice, and while people upload.

What lies there already with the right bytes is passed over; nothing is deleted at the source. Run it, switch
``EVIDENCE_STORE``, run it again for what came in between (docs/operations.md).
"""

from __future__ import annotations

import shutil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shuangjian.files import blobs
from shuangjian.files.models import StoredFile
from shuangjian.files.stores import BUCKET, FOLDER, Store, the_store


class Command(BaseCommand):
    help = "Copy all evidence to the folder or the bucket; exit code 1 if a file could not be copied."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", choices=[FOLDER, BUCKET], required=True)

    def handle(self, *args: Any, to: str, **options: Any) -> None:
        if "evidence" not in settings.STORAGES:
            raise CommandError("EVIDENCE_BUCKET is not set")
        source, target = the_store(BUCKET if to == FOLDER else FOLDER), the_store(to)
        copied = there = 0
        faults: list[str] = []
        for sha256 in _wanted():
            if _is_sound(target, sha256):
                there += 1
            elif _copy(sha256, source, target):
                copied += 1
            else:
                faults.append(sha256)
                self.stdout.write(f"missing or changed at the source: sha256 {sha256}")
        self.stdout.write(f"{copied} copied, {there} there already, {len(faults)} at fault")
        if faults:
            raise CommandError(f"{len(faults)} blobs could not be copied")


def _wanted() -> list[str]:
    """Every digest that a row names, in order: blobs without a row are left behind."""
    named: set[str] = set()
    for pair in StoredFile.objects.values_list("sha256", "original_sha256"):
        named.update(pair)
    return sorted(named - {""})


def _is_sound(store: Store, sha256: str) -> bool:
    try:
        with store.open(sha256) as stream:
            return blobs.digest_of(stream) == sha256
    except FileNotFoundError:
        return False


def _copy(sha256: str, source: Store, target: Store) -> bool:
    """Bring one blob over by way of the workshop; False where the source has not its right bytes."""
    with blobs.bench() as bench:
        path = bench / "copy"
        try:
            with source.open(sha256) as stream, path.open("wb") as out:
                shutil.copyfileobj(stream, out)
        except FileNotFoundError:
            return False
        with path.open("rb") as copy:
            if blobs.digest_of(copy) != sha256:
                return False
        target.put(path, sha256)
    return True
