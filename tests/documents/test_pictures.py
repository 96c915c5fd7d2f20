"""Every kind of document as a picture beside the one that was looked at and approved.

After a wanted change of layout: ``script/test tests/documents/test_pictures.py --approve``, then look at what
changed in tests/documents/approved/ before it is committed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.documents.gallery import DOCUMENTS

pytestmark = pytest.mark.documents
APPROVED = Path(__file__).parent / "approved"
DPI = 40  # two millimetres are three pixels
GREYS = 16  # a picture of a page of text has some 15 KB
CLOSE = 64  # of 255: as much may a pixel differ where another machine draws its edge otherwise
MOST = 0.02  # share of the ink that may differ


def pages_of(data: bytes, folder: Path) -> list[Image.Image]:
    """The pages, small and grey."""
    (folder / "document.pdf").write_bytes(data)
    command = ["pdftoppm", "-r", str(DPI), "-gray", str(folder / "document.pdf"), str(folder / "page")]
    subprocess.run(command, check=True)
    return [Image.open(path).convert("L") for path in sorted(folder.glob("page-*.pgm"))]


def differing(one: Image.Image, other: Image.Image) -> float:
    """Share of the ink of both pages together that one has and the other lacks."""
    if one.size != other.size:
        return 1.0
    ink = ImageChops.darker(one, other).point(lambda value: 255 * (value < 255 - CLOSE))
    apart = ImageChops.difference(one, other).point(lambda value: 255 * (value > CLOSE))
    return apart.histogram()[255] / max(1, ink.histogram()[255])


def approve(name: str, pages: list[Image.Image]) -> None:
    """Keep these pages as the ones to compare with."""
    APPROVED.mkdir(exist_ok=True)
    for path in APPROVED.glob(f"{name}-p[0-9]*.png"):
        path.unlink()
    for number, page in enumerate(pages, 1):
        few = page.point(lambda value: round(value * (GREYS - 1) / 255) * 255 // (GREYS - 1))
        few.save(APPROVED / f"{name}-p{number}.png", optimize=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_looks_as_approved(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    pages = pages_of(DOCUMENTS[name](), tmp_path)
    if request.config.getoption("--approve"):
        approve(name, pages)
        return
    count = len(list(APPROVED.glob(f"{name}-p[0-9]*.png")))
    assert len(pages) == count, f"{name} has {len(pages)} pages, {count} are approved"
    for number, page in enumerate(pages, 1):
        approved = Image.open(APPROVED / f"{name}-p{number}.png").convert("L")
        share = differing(page, approved)
        if share > MOST:
            beside = Image.new("L", (page.width + approved.width, max(page.height, approved.height)), 255)
            beside.paste(approved, (0, 0))
            beside.paste(page, (approved.width, 0))
            shown = tmp_path / f"{name}-p{number}.png"
            beside.save(shown)
            pytest.fail(f"{name}, page {number}: {share:.0%} of the ink differs; approved and now: {shown}")


def test_pictures_are_kept_of_these_documents_alone_and_small() -> None:
    kept = sorted(APPROVED.glob("*"))
    assert {path.stem.rpartition("-p")[0] for path in kept} == set(DOCUMENTS)
    assert [path.name for path in kept if path.stat().st_size > 30_000] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_margin_that_moved_by_two_millimetres_is_seen(name: str) -> None:
    """On every page, also where there is little on it: the measure is the share of its ink."""
    for path in APPROVED.glob(f"{name}-p[0-9]*.png"):
        page = Image.open(path).convert("L")
        for across, down in ((3, 0), (0, 3)):
            assert differing(page, ImageChops.offset(page, across, down)) > 2 * MOST, path.name
