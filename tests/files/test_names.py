"""Names of files are data: shown again as they came, short enough, never a path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuangjian.files.names import clean_name, extension_of, shorten
from tests.hostile import HOSTILE, RARE_NAMES


@pytest.mark.parametrize("name", RARE_NAMES)
def test_rare_names_come_through_unchanged(name):
    assert clean_name(f"{name}.jpg") == f"{name}.jpg"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_one_plain_part_or_refused(text):
    name = clean_name(f"{text}.jpg")
    assert name is None or (len(name.encode()) <= 255 and not set(name) & set("/\\\0\n\u202e"))


@given(st.text(st.characters(codec=None), max_size=400))
def test_whatever_is_sent_the_name_is_printable_text_within_its_bytes(text):
    name = clean_name(text)
    assert name is None or 0 < len(name.encode()) <= 255


@pytest.mark.parametrize("text", ["", ".", "..", "...", "a/", "a\\", "   ", "a/.."])
def test_nothing_is_no_name(text):
    assert clean_name(text) is None


@pytest.mark.parametrize(
    ("path", "name"), [("/etc/照片.jpg", "照片.jpg"), ("C:\\图\\照片.jpg", "照片.jpg"), (".jpg", ".jpg")]
)
def test_only_the_last_part_of_a_path_is_kept(path, name):
    assert clean_name(path) == name


def test_shortening_keeps_whole_characters_and_the_extension():
    assert shorten("长" * 10 + ".jpg", 16) == "长长长….jpg"
    assert shorten("短.jpg", 16) == "短.jpg"
    assert shorten("长" * 10, 16) == "长长长长…"
    assert shorten("a." + "b" * 30, 16) == "a…"


@pytest.mark.parametrize(
    ("name", "extension"), [("a.JPG", "jpg"), ("a.tar.gz", "gz"), ("a", ""), ("a.", ""), (".pdf", "pdf")]
)
def test_the_extension_is_what_follows_the_last_dot(name, extension):
    assert extension_of(name) == extension
