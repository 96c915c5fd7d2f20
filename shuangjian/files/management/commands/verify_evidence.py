"""Re-hash every stored file: what is gone, changed or swapped is named, marked and makes the command fail.

Reads the store in use, folder or bucket. A sealed original that is at fault is named too; the row stays as it
is, for what everybody sees is the copy.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shuangjian.files import blobs
from shuangjian.files.models import StoredFile
from shuangjian.files.stores import Store, the_store

State = StoredFile.State


class Command(BaseCommand):
    help = "Re-hash every stored file against its row; exit code 1 if one is missing or changed."

    def handle(self, *args: Any, **options: Any) -> None:
        store = the_store()
        faults = 0
        found: dict[str, str] = {}  # several rows may share one blob: hash it once

        def state_of(sha256: str) -> str:
            return found.get(sha256) or found.setdefault(sha256, self._state_of(store, sha256))

        for stored in StoredFile.objects.order_by("pk").iterator():
            state = state_of(stored.sha256)
            if state != State.STORED:
                faults += 1
                self.stdout.write(f"file {stored.pk}: {state} (sha256 {stored.sha256})")
            if state != stored.state:  # a blob that came back from a backup is sound again
                StoredFile.objects.filter(pk=stored.pk).update(state=state)
            if stored.original_sha256 and state_of(stored.original_sha256) != State.STORED:
                faults += 1
                of_original = found[stored.original_sha256]
                self.stdout.write(
                    f"original of file {stored.pk}: {of_original} (sha256 {stored.original_sha256})"
                )
        unused = sum(digest not in found for digest in store.digests())
        self.stdout.write(f"{len(found)} blobs checked, {faults} rows at fault, {unused} blobs without a row")
        if faults:
            raise CommandError(f"{faults} stored files are missing or changed")

    @staticmethod
    def _state_of(store: Store, sha256: str) -> str:
        try:
            with store.open(sha256) as stream:
                sound = blobs.digest_of(stream) == sha256
        except FileNotFoundError:
            return State.MISSING
        return State.STORED if sound else State.DAMAGED
