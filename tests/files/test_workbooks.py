"""Workbooks that are to be read in: what the entrance takes, what it says of the rest, what cells are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from shuangjian.accounts.models import User
from shuangjian.files import blobs
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from tests.files.workbooks import BAD_WORKBOOKS, long_list, plain, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create(username="he", name="何敏")


def take(person: User, data: bytes, name: str = "名单.xlsx") -> StoredFile:
    upload = SimpleUploadedFile(name, data)
    return files.receive(upload=upload, uploader=person, kinds=files.TABLE)


@pytest.mark.parametrize(("name", "make", "words"), BAD_WORKBOOKS, ids=[bad[0] for bad in BAD_WORKBOOKS])
def test_a_file_that_is_no_list_gets_its_own_sentence(
    person: User, name: str, make: Callable[[], bytes], words: str
) -> None:
    with pytest.raises(files.Rejected, match=words):
        take(person, make(), name)
    assert not StoredFile.objects.exists()
    assert not list(blobs.workshop().iterdir())


def test_the_cells_come_as_they_are_stored(person: User) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "学校"
    sheet.append(["代码", 600, 1.5, True, None, date(2001, 9, 1), datetime(2001, 9, 1, 8), "𠮷·㛃"])
    sheet["A3"] = "=1+1"
    sheet["B5"] = "合并"
    sheet.merge_cells("B5:B6")
    (read,) = files.read_workbook(take(person, saved(book)))
    assert read["name"] == "学校"
    day = {"date": "2001-09-01"}
    assert read["rows"][0] == ["代码", 600, "1.5", True, "", day, day, "𠮷·㛃"]
    assert read["formulas"] == ["A3"]
    assert read["merged"] == ["B5:B6"]


def test_a_list_of_six_thousand_rows_is_read(person: User) -> None:
    (read,) = files.read_workbook(take(person, long_list(5_999)))
    assert len(read["rows"]) == 6_000


def test_a_workbook_is_no_proof_and_a_picture_no_list(person: User) -> None:
    with pytest.raises(files.Rejected, match="请改用图片或PDF"):
        files.receive(upload=SimpleUploadedFile("名单.xlsx", plain()), uploader=person)
    with pytest.raises(files.Rejected, match=r"另存为\.xlsx"):
        take(person, b"\xff\xd8\xff", "名单.jpg")
