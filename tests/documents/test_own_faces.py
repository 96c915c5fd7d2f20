"""The bureau's own faces: in the paper where named, the open ones for what they lack, never a box."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from fontTools.ttLib import TTFont

from script.lib.places import ROOT
from shuangjian import own_faces, typefaces
from shuangjian.journal import status
from shuangjian.typesetting import Run, compose
from tests.documents.conftest import Paper

pytestmark = pytest.mark.documents
LACKS = "督"
PROGRAM = """
import django, sys
django.setup()
from inspections.reports import rendering
from tests.documents import samples
sys.stdout.buffer.write(rendering.pdf_of(samples.unit_report()))
"""


@pytest.fixture(scope="module")
def own_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face under a name of its own, without one character and without half marks."""
    cut = typefaces.cuts() / "FandolKai-Regular.otf"
    font = TTFont(cut, recalcBBoxes=False, recalcTimestamp=False)
    for table in font["cmap"].tables:
        table.cmap.pop(ord(LACKS), None)
    for table in ("GPOS", "GSUB"):
        if table in font:
            del font[table]
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16, 18):
            record.string = "BureauFangSong"
    path = tmp_path_factory.mktemp("own") / "仿宋_GB2312.otf"
    font.save(path)
    return path


@pytest.fixture
def named(settings: Any) -> Any:
    """Name the bureau's file of one face, as a process would that starts with it."""
    caches: list[Callable[[], None]] = [
        own_faces.of.cache_clear, typefaces._before.cache_clear, typefaces.advance.cache_clear,
        typefaces.can_halve.cache_clear,
    ]  # fmt: skip

    def name(family: str, path: Path) -> None:
        settings.OWN_FACES = {family: str(path)}
        for forget in caches:
            forget()

    yield name
    for forget in caches:
        forget()


def test_a_paper_is_set_in_the_bureaus_face_and_what_it_lacks_in_the_open_one(
    own_file: Path, paper_of: Any
) -> None:
    """In a process of its own: the renderer reads its faces once."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "shuangjian.settings_test",
        "FACE_FANG": str(own_file),
    }
    made = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True)
    assert made.returncode == 0, made.stderr.decode()
    paper: Paper = paper_of(made.stdout)
    rows = subprocess.run(["pdffonts", str(paper.path)], capture_output=True, check=True, text=True).stdout
    faces = {row.split()[0].partition("+")[2] for row in rows.splitlines()[2:]}
    assert {"BureauFangSong", "FandolFang", "FandolKai"} <= faces
    text = paper.running_text()
    assert "开展“双减”工作专项督导" in text or LACKS in text
    for page in range(1, paper.page_count + 1):
        assert all(word.right < 191 for word in paper.words(page)), "marks of full width ran over the edge"


def test_a_face_without_half_marks_is_composed_with_whole_ones(own_file: Path, named: Any) -> None:
    runs = [Run("（《条例》）。国", "fang", "FandolFang")]
    assert [piece.text for piece in compose(runs, measure=28)[0].pieces if piece.halved] != []
    named("FandolFang", own_file)
    assert [piece.text for piece in compose(runs, measure=28)[0].pieces if piece.halved] == []
    assert typefaces.advance(LACKS, "FandolFang") == 1  # from the open one behind it


def test_status_and_command_say_which_faces_are_in_use(own_file: Path, named: Any, db: None) -> None:
    named("FandolFang", own_file)
    said = {line.name: (line.kind, line.standing, line.note) for line in status.read().faces}
    assert said["仿宋"] == ("ok", "本单位字库", f"BureauFangSong，{own_file}")
    assert said["小标宋"][1] == "开源字库"
    out = StringIO()
    call_command("check_fonts", stdout=out)
    assert f"仿宋：本单位字库，BureauFangSong，{own_file}" in out.getvalue()


@pytest.mark.parametrize("content", [None, b"no font"])
def test_a_named_file_that_cannot_be_used_stops_papers_and_is_named(
    content: bytes | None, named: Any, db: None, tmp_path: Path
) -> None:
    path = tmp_path / "simhei.ttf"
    if content is not None:
        path.write_bytes(content)
    named("Noto Sans CJK SC", path)
    with pytest.raises(typefaces.CannotRender, match=r"simhei\.ttf"):
        compose([Run("黑体", "hei", "Noto Sans CJK SC")], measure=28)
    assert [line.name for line in status.read().faces if line.kind == "bad"] == ["黑体"]
    with pytest.raises(CommandError, match=r"黑体：.*simhei\.ttf"):
        call_command("check_fonts", stdout=StringIO())
