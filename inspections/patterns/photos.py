"""Pictures that are the same, or nearly: by content, else by likeness and then by looking at both finely.

Forms filled in differently look alike from afar, so pictures of near likeness are laid over one another
before they are called the same. What is read here are the copies that the portal wrote itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image, ImageChops, ImageFilter, ImageOps

from inspections.patterns.sentences import Joined
from shuangjian.files.models import StoredFile
from shuangjian.files.services import open_blob

NEAR = 24  # of 256 bits: a picture saved anew differs by fewer
_BANDS, _BITS = 16, 16
_FLAT = (0, 2**_BITS - 1)  # of a plain wall or sheet: says nothing
_SIDE, _DARKER, _SPOTS = 128, 20, 3  # squares a side, grey values that count, squares that may differ


def groups(files: Sequence[StoredFile]) -> list[list[StoredFile]]:
    """Those of two and more, in the order given."""
    by_pk = {one.pk: one for one in files}
    joined, looked = Joined(by_pk), _Looked()
    by_content: dict[str, int] = {}
    for one in files:
        joined.join(by_content.setdefault(one.original_sha256 or one.sha256, one.pk), one.pk)
    first = [by_pk[pk] for pk in by_content.values()]
    for one, other in _near(first):
        if looked.same(one, other):
            joined.join(one.pk, other.pk)
    found = [[by_pk[pk] for pk in group] for group in joined.groups()]
    return [group for group in found if len(group) > 1]


def _near(files: Sequence[StoredFile]) -> Iterator[tuple[StoredFile, StoredFile]]:
    """Pairs whose likenesses share a band and differ in few bits, each pair once."""
    bits = {one.pk: int(one.likeness, 16) for one in files if one.likeness}
    buckets: dict[tuple[int, int], list[StoredFile]] = {}
    for one in files:
        for band in range(_BANDS if one.pk in bits else 0):
            part = bits[one.pk] >> band * _BITS & _FLAT[1]
            if part not in _FLAT:
                buckets.setdefault((band, part), []).append(one)
    told: set[tuple[int, int]] = set()
    for bucket in buckets.values():
        for at, one in enumerate(bucket):
            for other in bucket[at + 1 :]:
                pair = (one.pk, other.pk)
                if pair not in told and (bits[one.pk] ^ bits[other.pk]).bit_count() <= NEAR:
                    told.add(pair)
                    yield one, other


class _Looked:
    """Pictures made small once each, to lay them over one another."""

    def __init__(self) -> None:
        self._small: dict[int, Image.Image | None] = {}

    def same(self, one: StoredFile, other: StoredFile) -> bool:
        first, second = self._of(one), self._of(other)
        if first is None or second is None:
            return False
        differing = sum(ImageChops.difference(first, second).histogram()[_DARKER:])
        return differing <= _SPOTS

    def _of(self, stored: StoredFile) -> Image.Image | None:
        if stored.pk not in self._small:
            try:
                with open_blob(stored) as stream, Image.open(stream) as picture:
                    grey = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
            except FileNotFoundError:  # its loss is told by verify_evidence
                self._small[stored.pk] = None
            else:
                smooth = grey.filter(ImageFilter.BoxBlur(1))
                self._small[stored.pk] = ImageOps.autocontrast(smooth, cutoff=1)
        return self._small[stored.pk]
