"""The entrance with honest files: what is kept of them and what is not."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import IntegrityError
from PIL import Image

from shuangjian import clock
from shuangjian.files import blobs, services
from shuangjian.files.models import StoredFile
from shuangjian.files.services import Rejected, open_blob, store_generated
from tests.files.samples import pdf, phone_photo, picture

SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(stored: StoredFile) -> bytes:
    with open_blob(stored) as stream:
        return stream.read()


def image_of(stored: StoredFile) -> Image.Image:
    return Image.open(io.BytesIO(read(stored)))


def test_a_photo_loses_place_camera_and_comment_but_keeps_its_moment(receive):
    sent = phone_photo()
    assert b"SECRETPHONE" in sent and b"SECRETCOMMENT" in sent
    stored = receive(sent)
    data = read(stored)
    assert b"SECRETPHONE" not in data and b"SECRETCOMMENT" not in data and b"Exif" not in data
    assert dict(image_of(stored).getexif()) == {}
    assert stored.taken_at == datetime(2026, 9, 8, 15, 2, 11, tzinfo=SHANGHAI)


def test_a_photo_lying_on_its_side_is_turned_upright(receive):
    assert image_of(receive(phone_photo(orientation=6))).size == (300, 400)
    assert image_of(receive(phone_photo(orientation=1))).size == (400, 300)


def test_the_zone_that_a_camera_names_is_believed(receive):
    with clock.at(datetime(2026, 9, 9, tzinfo=UTC)):
        stored = receive(phone_photo(offset="+00:00"))
    assert stored.taken_at == datetime(2026, 9, 8, 15, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "taken",
    [
        "",
        "0000:00:00 00:00:00",
        "1980:01:01 00:00:00",
        "2099:01:01 00:00:00",
        "gestern",
        "2026:13:40 00:00:00",
    ],
)
def test_a_moment_that_cannot_be_is_no_moment(receive, taken):
    assert receive(phone_photo(taken=taken)).taken_at is None


@pytest.mark.parametrize(
    ("sent", "kept"), [((4000, 3000), (1600, 1200)), ((900, 3200), (450, 1600)), ((320, 200), (320, 200))]
)
def test_pictures_are_shrunk_to_1600_on_the_long_side_and_never_enlarged(receive, sent, kept):
    assert image_of(receive(picture(size=sent))).size == kept


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_of_picture_keeps_its_kind(receive, kind):
    stored = receive(picture(kind), f"照片.{kind.lower()}")
    assert stored.content_type == f"image/{kind.lower()}"
    assert image_of(stored).format == kind
    assert stored.is_image


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_mode_of_png_is_readable_afterwards(receive, mode):
    seen = image_of(receive(picture("PNG", mode=mode), "扫描.png"))
    assert seen.mode in ("RGB", "RGBA")
    assert seen.size == (320, 200)


def test_grey_of_16_bits_is_scaled_and_not_clipped(receive):
    out = io.BytesIO()
    Image.new("I;16", (40, 40), 32768).save(out, "PNG")
    assert image_of(receive(out.getvalue(), "扫描.png")).getpixel((5, 5)) == (128, 128, 128)


def test_a_cmyk_photo_becomes_rgb(receive):
    assert image_of(receive(picture(mode="CMYK"))).mode == "RGB"


def test_fifty_million_pixels_pass(receive):
    assert image_of(receive(picture("PNG", (7000, 7100)), "航拍.png")).size == (1577, 1600)


def test_a_pdf_is_kept_byte_by_byte(receive):
    sent = pdf()
    stored = receive(sent, "作业公示.pdf")
    assert read(stored) == sent
    assert stored.content_type == "application/pdf"
    assert stored.sha256 == hashlib.sha256(sent).hexdigest()
    assert not stored.is_image


def test_a_pdf_that_opens_at_a_page_or_links_to_the_web_is_no_danger(receive):
    from pypdf.annotations import Link
    from pypdf.generic import Destination, Fit

    def change(writer):
        writer.open_destination = Destination("首页", writer.pages[0].indirect_reference, Fit.fit())
        writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://www.gov.cn/"))
        writer.add_outline_item("第一章", page_number=0, fit=Fit.fit())

    assert receive(pdf(change), "文件.pdf").pk


def test_a_pdf_that_the_portal_itself_would_make_is_taken(receive):
    from weasyprint import HTML

    made = HTML(string="<h1>作业公示</h1><a href='https://www.gov.cn/'>网址</a>").write_pdf()
    assert receive(made, "作业公示.pdf").size == len(made)


def test_the_row_says_what_is_stored(receive, cast):
    stored = receive(picture(size=(3000, 2000)), "作业公示 九月.JPG")
    assert stored.original_name == "作业公示 九月.JPG"
    assert stored.size == len(read(stored))
    assert stored.sha256 == hashlib.sha256(read(stored)).hexdigest()
    assert stored.uploader == cast.clerk_a1
    assert stored.state == StoredFile.State.STORED
    assert str(stored) == "作业公示 九月.JPG"


def test_bytes_lie_under_their_digest_and_are_read_only(receive, store):
    stored = receive(pdf(), "文件.pdf")
    path = store / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256
    assert path.stat().st_mode & 0o777 == 0o440


def test_the_same_bytes_are_kept_once_under_two_rows(receive, cast, in_store):
    first, second = receive(pdf(), "甲.pdf"), receive(pdf(), "乙.pdf", cast.clerk_b1)
    assert first.pk != second.pk
    assert first.sha256 == second.sha256
    assert len(in_store()) == 1


def test_receiving_again_mends_a_damaged_blob(receive):
    stored = receive(pdf(), "甲.pdf")
    path = blobs.path_of(stored.sha256)
    path.unlink()
    path.write_bytes(b"rotten")
    receive(pdf(), "甲.pdf")
    assert read(stored) == pdf()


def test_a_long_name_keeps_its_extension_and_whole_characters(receive):
    stored = receive(picture(), "长" * 200 + ".jpg")
    assert len(stored.original_name.encode()) <= 255
    assert stored.original_name.endswith("长….jpg")


def test_an_upload_that_lies_about_its_size_is_stopped_while_it_streams(cast, in_workshop, settings):
    class Endless(SimpleUploadedFile):
        """Says nothing of its size and never ends."""

        read_chunks = 0

        def chunks(self, chunk_size=None):
            while True:
                self.read_chunks += 1
                yield b"\xff" * (chunk_size or 65536)

    upload = Endless("无尽.jpg", b"")
    upload.size = None
    with pytest.raises(Rejected, match="每个文件不超过10MB"):
        services.receive(upload=upload, uploader=cast.clerk_a1)
    assert upload.read_chunks <= settings.UPLOAD_LIMIT_BYTES // 65536 + 1
    assert in_workshop() == []


def test_exactly_ten_megabytes_are_still_taken(receive):
    padded = pdf() + b"\n" * (10 * 1024 * 1024 - len(pdf()))
    assert receive(padded, "整十兆.pdf").size == 10 * 1024 * 1024


def test_a_person_has_a_share_of_files_per_day(receive, cast, settings):
    settings.UPLOAD_QUOTA_FILES = 2
    receive(picture())
    receive(picture())
    with pytest.raises(Rejected, match="已到上限"):
        receive(picture())
    receive(picture(), uploader=cast.clerk_b1)
    StoredFile.objects.update(uploaded_at=clock.now() - timedelta(hours=25))
    receive(picture())


def test_a_person_has_a_share_of_bytes_per_day(receive, settings):
    settings.UPLOAD_QUOTA_BYTES = 100
    receive(picture())
    with pytest.raises(Rejected, match="已到上限"):
        receive(picture())


def test_a_unit_has_a_share_of_bytes_per_year(receive, cast, settings):
    settings.UPLOAD_UNIT_BYTES = 100
    stored = receive(picture())
    assert stored.organisation == cast.a1
    with pytest.raises(Rejected, match="“城关小学”一年内上传的文件已到上限，请与双减专班联系"):
        receive(picture(), uploader=cast.head_a1)
    receive(picture(), uploader=cast.clerk_b1)
    for _ in range(2):  # the county's own people have no share of a unit
        assert receive(picture(), uploader=cast.leader).organisation.kind == "county"
    StoredFile.objects.update(uploaded_at=clock.now() - timedelta(days=366))
    receive(picture())


def test_the_sealed_original_counts(receive, settings):
    stored = receive(picture("PNG", (1700, 1700), compress_level=0), "大图.png")
    settings.UPLOAD_UNIT_BYTES = stored.size + 1
    with pytest.raises(Rejected, match="一年内"):
        receive(picture())


def test_the_whole_installation_has_its_limit(receive, cast, settings, in_workshop):
    receive(picture())
    settings.UPLOAD_TOTAL_BYTES = 100
    with pytest.raises(Rejected, match="平台存放文件的空间已到上限，文件没有存下，请告知系统管理员"):
        receive(picture(), uploader=cast.clerk_b1)
    assert in_workshop() == []


def test_a_full_disk_is_said_in_words(receive, monkeypatch, in_workshop):
    def full(source):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(blobs, "put", full)
    with pytest.raises(Rejected, match="存储空间满了"):
        receive(picture())
    assert in_workshop() == []


def test_other_disk_errors_are_not_hidden(receive, monkeypatch):
    def broken(source):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(blobs, "put", broken)
    with pytest.raises(OSError, match="Input/output"):
        receive(picture())


def test_what_the_portal_made_is_stored_without_an_uploader(cast, in_workshop):
    stored = store_generated(
        data=b"%PDF-made", name="督导报告（2026年秋季学期）.pdf", content_type="application/pdf"
    )
    assert stored.uploader is None
    assert read(stored) == b"%PDF-made"
    assert in_workshop() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": b"", "name": "报告.pdf"},
        {"data": b"x", "name": "报告.exe", "content_type": "application/x-msdownload"},
        {"data": b"x", "name": "报\u202e告.pdf"},
    ],
)
def test_the_portal_itself_cannot_store_nonsense(db, wrong):
    with pytest.raises(ValueError, match=r"store|shown"):
        store_generated(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"sha256": "../../etc/passwd"}, {"size": 0}, {"content_type": "text/html"}]
)
def test_the_database_refuses_rows_that_name_no_blob(receive, wrong):
    stored = receive(picture())
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.filter(pk=stored.pk).update(**wrong)
    assert connection.is_usable()
