"""The one way out for files: only to whoever sees them, never by path, never as part of a page."""

from __future__ import annotations

import logging
from typing import BinaryIO

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import EVERYBODY_SIGNED_IN
from shuangjian.files import originals, ranges
from shuangjian.files.forms import OriginalForm
from shuangjian.files.models import StoredFile
from shuangjian.files.names import extension_of
from shuangjian.files.originals import ORIGINAL_ROLES
from shuangjian.files.services import CSV, XLSX, ZIP, open_blob

logger = logging.getLogger(__name__)

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    XLSX: "xlsx",
    ZIP: "zip",
    CSV: "csv",
}


_INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})  # all else is saved


@access(roles=EVERYBODY_SIGNED_IN, scope="own")
def file(request: AuthenticatedHttpRequest, file_id: int) -> HttpResponseBase:
    """Show a picture or PDF to whoever sees a record that uses it; ``?download=1`` saves it instead."""
    stored = get_visible(StoredFile, request.user, pk=file_id)
    wanted = ranges.wanted(request.headers, stored.size, stored.sha256)
    return file_response(stored, as_attachment=request.GET.get("download") == "1", wanted=wanted)


@access(roles=ORIGINAL_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def original(request: AuthenticatedHttpRequest, file_id: int) -> HttpResponseBase:
    """The sealed original of a picture: who opened it and why; given out for a reason, which is recorded."""
    stored = get_visible(StoredFile, request.user, pk=file_id)
    if not stored.has_original:
        raise Http404("no original")
    form = OriginalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            stream = originals.open_original(
                stored=stored, actor=request.user, reason=form.cleaned_data["reason"]
            )
        except FileNotFoundError as missing:
            logger.error("the original of file %s is missing", stored.pk)
            raise Http404 from missing
        return _given(stored, stream, stored.original_size, as_attachment=True)
    context = {"stored": stored, "form": form, "opened": originals.openings_of(stored)}
    return render(request, "files/original.html", context)


def file_response(
    stored: StoredFile, *, as_attachment: bool = False, wanted: ranges.Wanted = ranges.ALL
) -> HttpResponseBase:
    """The bytes, typed by us, not to be sniffed, stored or run. 404 where they did not pass their check."""
    if stored.state != StoredFile.State.STORED:
        raise Http404("missing or damaged")
    if wanted is ranges.NONE:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{stored.size}"})
    try:
        blob = open_blob(stored)
    except FileNotFoundError as missing:
        logger.error("the bytes of file %s are missing", stored.pk)
        raise Http404 from missing
    as_attachment = as_attachment or stored.content_type not in _INLINE
    part = None if wanted is ranges.ALL else wanted
    stream = blob if part is None else ranges.Part(blob, part)
    size = stored.size if part is None else part.last - part.first + 1
    response = _given(stored, stream, size, as_attachment=as_attachment)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{stored.sha256}"'
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{stored.size}"
    return response


def _given(
    stored: StoredFile, stream: BinaryIO | ranges.Part, size: int, *, as_attachment: bool
) -> FileResponse:
    response = FileResponse(
        stream, as_attachment=as_attachment, filename=_served_name(stored), content_type=stored.content_type
    )
    response["Content-Length"] = str(size)
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
