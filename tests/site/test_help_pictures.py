"""The pictures of /help/: each taken by the script, small, shown with its true size and words."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from script.lib.pictures import MOST_BYTES, PICTURES, _small_enough
from tests.site.test_docs import ROOT

FOLDER = ROOT / "static" / "help"
SHOWN = re.compile(
    r"<img src=\"\{% static 'help/([\w-]+)\.webp' %\}\" alt=\"([^\"]+)\" width=\"(\d+)\" height=\"(\d+)\""
)


def shown() -> dict[str, tuple[str, int, int]]:
    text = (ROOT / "templates" / "help.html").read_text(encoding="utf-8")
    return {name: (alt, int(width), int(height)) for name, alt, width, height in SHOWN.findall(text)}


def test_the_help_shows_what_the_script_takes_and_nothing_else() -> None:
    taken = {picture.name for picture in PICTURES}
    assert len(taken) == len(PICTURES)
    assert set(shown()) == taken
    assert {file.stem for file in FOLDER.iterdir()} == taken


@pytest.mark.parametrize("name", sorted(shown()))
def test_a_picture_is_small_and_has_its_size_and_words(name: str) -> None:
    file = Path(FOLDER / f"{name}.webp")
    alt, width, height = shown()[name]
    assert file.stat().st_size <= MOST_BYTES
    with Image.open(file) as image:
        assert image.size == (width, height)
    assert len(alt) > 8


def test_a_picture_too_rich_is_taken_at_less_quality() -> None:
    data = _small_enough(Image.effect_noise((600, 400), 40).convert("RGB"))
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (600, 400)
    plain = _small_enough(Image.new("RGB", (600, 400), "white"))
    assert len(plain) < 5_000
