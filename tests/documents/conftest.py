"""Papers for the tests: each is set once, pages become pictures only where ink is measured."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from inspections.reports import rendering
from tests.documents import samples

pytestmark = pytest.mark.documents
MM = 25.4 / 72


@dataclass
class Word:
    """A word as pdftotext finds it, in millimetres from the sheet's upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class Paper:
    """A PDF with its bytes, its text, and pictures of its pages."""

    def __init__(self, data: bytes, folder: Path) -> None:
        self.data = data
        self.path = folder / "paper.pdf"
        self.path.write_bytes(data)
        self.reader = PdfReader(BytesIO(data))

    @property
    def page_count(self) -> int:
        return len(self.reader.pages)

    def text(self, first: int = 1, last: int = 0, *, raw: bool = False, until_mm: int = 0) -> str:
        """Plain pdftotext, as copy and paste gives it; ``raw`` in the order of the file.

        ``until_mm``: what stands lower on each page is left out.
        """
        ends = ["-l", str(last)] if last else []
        box = ["-x", "0", "-y", "0", "-W", "2000", "-H", str(round(until_mm / MM))] if until_mm else []
        options = [*ends, *box, *(["-raw"] if raw else [])]
        command = ["pdftotext", "-f", str(first), *options, str(self.path), "-"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    def running_text(self, first: int = 1, last: int = 0, *, raw: bool = False) -> str:
        """The text without line ends and blanks: Chinese sentences as they are read."""
        return "".join(self.text(first, last, raw=raw).split())

    def words(self, page: int) -> list[Word]:
        command = ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(self.path), "-"]
        html = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        found = []
        for line in html.splitlines():
            if line.strip().startswith("<word"):
                values = dict(part.split("=") for part in line.split(">")[0].split()[1:])
                sides = [float(values[name].strip('"')) * MM for name in ("xMin", "yMin", "xMax", "yMax")]
                found.append(Word(line.split(">")[1].split("<")[0], *sides))
        return found

    def picture(self, page: int, dpi: int = 150) -> Image.Image:
        stem = self.path.with_name(f"page-{page}-{dpi}")
        command = ["pdftoppm", "-f", str(page), "-l", str(page), "-r", str(dpi), "-png", "-singlefile"]
        subprocess.run([*command, str(self.path), str(stem)], check=True)
        return Image.open(stem.with_suffix(".png")).convert("RGB")


@pytest.fixture(scope="session")
def paper_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Make a Paper of some bytes."""

    def make(data: bytes) -> Paper:
        return Paper(data, tmp_path_factory.mktemp("paper"))

    return make


@pytest.fixture(scope="session")
def county_paper(paper_of: Any) -> Paper:
    """The signed report of a county with 24 units and 22 problems."""
    return paper_of(rendering.pdf_of(samples.county_report()))


@pytest.fixture(scope="session")
def small_paper(paper_of: Any) -> Paper:
    """The signed report of a county so small that its last annex leaves room for the colophon."""
    small = samples.supervision_data(units=3, problems=1)
    return paper_of(rendering.pdf_of(samples.county_report(small)))


@pytest.fixture(scope="session")
def unit_paper(paper_of: Any) -> Paper:
    """The signed report of one school."""
    return paper_of(rendering.pdf_of(samples.unit_report()))


@pytest.fixture(scope="session")
def draft_paper(paper_of: Any) -> Paper:
    """The county's report as the leader reads it: no number, no date."""
    small = samples.supervision_data(units=6, problems=4)
    return paper_of(rendering.pdf_of(samples.county_report(small, signed=False)))
