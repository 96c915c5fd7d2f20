"""What strangers may send: each is refused in words, or taken and made harmless. Nothing is left behind."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from shuangjian.files.models import StoredFile
from shuangjian.files.services import Rejected, open_blob
from tests.files.samples import BAD_FILES, Bad

pytestmark = pytest.mark.onsite


def test_the_list_covers_each_kind():
    assert len(BAD_FILES) >= 45
    assert sum(bad.says is not None for bad in BAD_FILES) >= 45
    assert len({bad.what for bad in BAD_FILES}) == len(BAD_FILES)


@pytest.mark.parametrize("bad", [bad for bad in BAD_FILES if bad.says], ids=lambda bad: bad.what)
def test_it_is_refused_in_words_and_leaves_nothing(bad: Bad, receive, in_store, in_workshop):
    with pytest.raises(Rejected) as refused:
        receive(bad.make(), bad.name)
    sentence = str(refused.value)
    assert bad.says in sentence
    assert len(sentence) <= 140
    assert StoredFile.objects.count() == 0
    assert in_store() == []
    assert in_workshop() == []


@pytest.mark.parametrize("bad", [bad for bad in BAD_FILES if bad.says is None], ids=lambda bad: bad.what)
def test_it_is_taken_as_pixels_only(bad: Bad, receive, in_workshop):
    stored = receive(bad.make(), bad.name)
    with open_blob(stored) as stream:
        data = stream.read()
    for trace in (b"<script", b"<?php", b"PK\x05\x06", b"word/document"):
        assert trace not in data
    with Image.open(io.BytesIO(data)) as seen:
        seen.load()
        assert seen.size == (320, 200)
    assert len(stored.original_name.encode()) <= 255
    assert "/" not in stored.original_name and "\\" not in stored.original_name
    assert in_workshop() == []
