"""How an upload reaches the disk: into the workshop, at most its limit of one file, no endless request."""

from __future__ import annotations

import tempfile
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

from shuangjian.files import blobs
from shuangjian.files.names import in_megabytes

FILES_PER_REQUEST = 12  # as many full-sized files one request may bring before it is cut off


def request_limit() -> int:
    """Bytes of all files of one request."""
    return FILES_PER_REQUEST * settings.UPLOAD_LIMIT_BYTES


def _too_big() -> RequestDataTooBig:
    return RequestDataTooBig(f"这次上传的文件合计超过了{in_megabytes(request_limit())}")


class CappedUpload(TemporaryUploadedFile):
    """An upload in the workshop. Its path takes nothing from the given name; Django's takes the ending."""

    def __init__(
        self, name: str, content_type: str, charset: str | None, extra: dict[str, Any] | None
    ) -> None:
        # Closed, and so removed, with the request.
        file = tempfile.NamedTemporaryFile(prefix="upload-", dir=blobs.workshop())  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)  # type: ignore[arg-type]


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Counts every byte, writes the limit and one more: the entrance knows the true size and refuses.

    A request that brings more than all its files may have is refused whole, as soon as that is known.
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any
    ) -> None:
        self.received = 0
        if content_length > request_limit() + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise _too_big()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = CappedUpload(  # type: ignore[assignment]
            str(self.file_name), str(self.content_type), self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > request_limit():
            self.file.close()  # Django closes those that came whole
            raise _too_big()
        room = settings.UPLOAD_LIMIT_BYTES + 1 - start
        if room > 0:
            self.file.write(raw_data[:room])
