"""Re-hash every stored file: what is gone, changed or swapped is named, marked and makes the command fail."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shuangjian.files import blobs
from shuangjian.files.models import StoredFile

State = StoredFile.State


class Command(BaseCommand):
    help = "Re-hash every stored file against its row; exit code 1 if one is missing or changed."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        found: dict[str, str] = {}  # several rows may share one blob: hash it once
        for stored in StoredFile.objects.order_by("pk").iterator():
            state = found.get(stored.sha256) or found.setdefault(stored.sha256, self._state_of(stored.sha256))
            if state != State.STORED:
                faults += 1
                self.stdout.write(f"file {stored.pk}: {state} (sha256 {stored.sha256})")
            if state != stored.state:  # a blob that came back from a backup is sound again
                StoredFile.objects.filter(pk=stored.pk).update(state=state)
        unused = sum(digest not in found for digest in blobs.stored_digests())
        self.stdout.write(f"{len(found)} blobs checked, {faults} rows at fault, {unused} blobs without a row")
        if faults:
            raise CommandError(f"{faults} stored files are missing or changed")

    @staticmethod
    def _state_of(sha256: str) -> str:
        try:
            sound = blobs.digest_of(blobs.path_of(sha256)) == sha256
        except FileNotFoundError:
            return State.MISSING
        return State.STORED if sound else State.DAMAGED
