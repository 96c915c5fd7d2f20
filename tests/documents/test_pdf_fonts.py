"""Every face is in the file, cut down to what is used, and can be read back."""

from __future__ import annotations

import subprocess

import pytest

from tests.documents.conftest import Paper

pytestmark = pytest.mark.documents
FACES = {"FandolFang", "FandolKai", "Noto-Serif-CJK-SC", "FandolSong", "Noto-Sans-CJK-SC-Bold"}


def faces(paper: Paper) -> list[tuple[str, str, str, str]]:
    """(name, embedded, subset, ToUnicode) by pdffonts."""
    answer = subprocess.run(["pdffonts", str(paper.path)], capture_output=True, check=True, text=True)
    rows = [line.split() for line in answer.stdout.splitlines()[2:]]
    return [(row[0], row[-5], row[-4], row[-3]) for row in rows]


@pytest.mark.parametrize("name", ["county_paper", "unit_paper", "draft_paper"])
def test_all_faces_are_embedded_as_subsets_that_can_be_read(
    name: str, request: pytest.FixtureRequest
) -> None:
    rows = faces(request.getfixturevalue(name))
    assert rows
    for face, embedded, subset, to_unicode in rows:
        assert (embedded, subset, to_unicode) == ("yes", "yes", "yes"), face


def test_the_faces_are_those_of_the_standard_and_no_others(county_paper: Paper) -> None:
    names = {face.partition("+")[2] for face, *_ in faces(county_paper)}
    assert FACES - names == set()
    assert all(name.startswith(("Fandol", "Noto-Se", "Noto-Sans-CJK-SC")) for name in names), names


def test_the_file_stays_small(county_paper: Paper, unit_paper: Paper) -> None:
    assert len(county_paper.data) < 1_500_000
    assert len(unit_paper.data) < 1_000_000
