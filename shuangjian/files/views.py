"""The one way out for files: only to whoever sees them, never by path, never as part of a page."""

from __future__ import annotations

import logging

from django.http import FileResponse, Http404, HttpResponseBase

from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import BUSINESS_ROLES
from shuangjian.files.models import StoredFile
from shuangjian.files.names import extension_of
from shuangjian.files.services import XLSX, ZIP, open_blob

logger = logging.getLogger(__name__)

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    XLSX: "xlsx",
    ZIP: "zip",
}


@access(roles=BUSINESS_ROLES, scope="own")
def file(request: AuthenticatedHttpRequest, file_id: int) -> HttpResponseBase:
    """Show a picture or PDF to whoever sees a record that uses it; ``?download=1`` saves it instead."""
    stored = get_visible(StoredFile, request.user, pk=file_id)
    return file_response(stored, as_attachment=request.GET.get("download") == "1")


def file_response(stored: StoredFile, *, as_attachment: bool = False) -> FileResponse:
    """The bytes, typed by us, not to be sniffed, stored or run. 404 where they did not pass their check."""
    if stored.state != StoredFile.State.STORED:
        raise Http404("missing or damaged")
    try:
        stream = open_blob(stored)
    except FileNotFoundError as missing:
        logger.error("the bytes of file %s are missing", stored.pk)
        raise Http404 from missing
    response = FileResponse(
        stream, as_attachment=as_attachment, filename=_served_name(stored), content_type=stored.content_type
    )
    response["Content-Length"] = str(stored.size)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _served_name(stored: StoredFile) -> str:
    """The name it came by, with the extension of what it is (a phone's “照片.jpg” may be a PNG)."""
    extension = _EXTENSIONS[stored.content_type]
    given = extension_of(stored.original_name)
    if given == extension or (given, extension) == ("jpeg", "jpg"):
        return stored.original_name
    return f"{stored.original_name.rpartition('.')[0] or stored.original_name}.{extension}"
