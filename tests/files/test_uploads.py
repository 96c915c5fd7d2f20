"""From the wire to the disk: a request with files, as Django parses it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from shuangjian.files import services, uploads
from shuangjian.files.forms import FilesField
from shuangjian.files.services import Rejected
from tests.files.samples import picture

MB = 1024 * 1024


def posted(*uploads: SimpleUploadedFile, **fields: str) -> Any:
    """The request as a view sees it."""
    return RequestFactory().post("/", {"files": list(uploads), **fields})


def raw(filename: str, data: bytes = b"x") -> Any:
    """A request whose file name is written by hand."""
    body = (
        b'--B\r\nContent-Disposition: form-data; name="files"; filename="'
        + filename.encode("utf-8", "surrogatepass")
        + b'"\r\nContent-Type: image/jpeg\r\n\r\n'
        + data
        + b"\r\n--B--\r\n"
    )
    return RequestFactory().generic("POST", "/", body, "multipart/form-data; boundary=B")


def test_an_upload_lies_in_the_workshop_until_the_request_ends(in_workshop):
    request = posted(SimpleUploadedFile("a.jpg", b"x" * 100))
    assert request.FILES["files"].size == 100
    assert len(in_workshop()) == 1
    request.close()
    assert in_workshop() == []


def test_of_a_file_above_the_limit_only_the_limit_is_written_but_all_is_counted(in_workshop):
    request = posted(SimpleUploadedFile("a.jpg", b"x" * (12 * MB)))
    assert request.FILES["files"].size == 12 * MB
    (written,) = in_workshop()
    assert written.stat().st_size == 10 * MB + 1
    request.close()


def test_its_true_size_is_named(cast):
    request = posted(SimpleUploadedFile("作业公示.jpg", b"x" * (12 * MB)))
    with pytest.raises(Rejected, match=r"“作业公示.jpg”有12MB，每个文件不超过10MB，请压缩后再选"):
        services.receive(upload=request.FILES["files"], uploader=cast.clerk_a1)
    request.close()


def test_a_request_without_end_is_cut_off(settings, in_workshop):
    settings.UPLOAD_LIMIT_BYTES = 1000
    request = posted(SimpleUploadedFile("a.jpg", b"x" * (uploads.request_limit() + 1)))
    with pytest.raises(RequestDataTooBig, match="这次上传的文件合计超过了"):
        _ = request.FILES
    request.close()
    assert in_workshop() == []


def test_a_request_that_says_it_is_too_large_is_not_even_read(settings, in_workshop):
    settings.UPLOAD_LIMIT_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    request = posted(SimpleUploadedFile("a.jpg", b"x" * (uploads.request_limit() + 2000)))
    with pytest.raises(RequestDataTooBig):
        _ = request.FILES
    assert request._stream.read(3), "its bytes are still on the wire"
    assert in_workshop() == []


@pytest.mark.parametrize(
    "name",
    [
        "长" * 200 + ".jpg",
        "a." + "长" * 200,
        "." * 200 + "jpg",
        "../../etc/passwd",
        "照\x00片.jpg",
        "照片\u202egpj.exe",
        "照\ud83d片.jpg",
        "a\\..\\b.jpg",
        "..",
        "",
    ],
    ids=[
        "long name",
        "long extension",
        "dots",
        "path",
        "nul",
        "override",
        "surrogate",
        "backslashes",
        "parent",
        "empty",
    ],
)
def test_no_file_name_breaks_the_parser_or_the_entrance(name, cast):
    request = raw(name, picture())
    for upload in request.FILES.getlist("files"):
        try:
            stored = services.receive(upload=upload, uploader=cast.clerk_a1)
        except Rejected as refused:
            assert str(refused)
        else:
            assert len(stored.original_name.encode()) <= 255
            assert not set(stored.original_name) & set("/\\\x00\u202e")
    request.close()


def test_the_form_field_takes_several_files_and_counts_them():
    field = FilesField(most=2, required=False)
    files = [SimpleUploadedFile(f"{number}.jpg", b"x") for number in range(3)]
    assert field.clean(files[:2]) == files[:2]
    assert field.clean(files[0]) == files[:1]
    assert field.clean(None) == []
    with pytest.raises(Exception, match="最多选2个文件，现在是3个"):
        field.clean(files)
    with pytest.raises(Exception, match="请选择文件"):
        FilesField(required=True).clean([])
