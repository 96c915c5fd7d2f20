"""The tus protocol, version 1.0.0, over ``resumable``: core, creation, expiration, checksum, termination.

A person's phone sends a photo in pieces and goes on where the line broke. Source: the protocol's text at
tus.io, "Core protocol" and "Protocol extensions"; requests carry the sign-in and the token of the form like
any other. The metadata of a creation names ``filename``, ``sha256`` (of the whole file, 64 hexadecimal
digits), ``purpose`` and ``target``: what the file is for is said, and checked, before its first byte. A phone
that made a picture smaller tells ``taken_at`` (ISO) and ``blurred`` (1), which went lost with that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, JsonResponse, UnreadablePostError
from django.urls import reverse
from django.utils.http import http_date

from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import BUSINESS_ROLES
from shuangjian.files import blobs, resumable
from shuangjian.files.models import ResumableUpload
from shuangjian.journal.errors import DomainError

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256")
CHECKSUM_MISMATCH = 460  # a status of the protocol's own
MOST_OF_TARGET = 80
UNREADABLE = "文件的说明读不出来，请更新页面后再传"
Reply = Callable[..., HttpResponse]


class _Protocol(Exception):
    """The request does not follow the protocol; carries the status that it names for that."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def _speaks_tus(view: Reply) -> Reply:
    """Check the version of an unsafe request, put ours into each answer, and let errors be short JSON."""

    @wraps(view)
    def answering(request: AuthenticatedHttpRequest, **kwargs: UUID) -> HttpResponse:
        try:
            asks = request.method in ("POST", "PATCH", "DELETE", "HEAD")
            if asks and request.headers.get("Tus-Resumable") != VERSION:
                raise _Protocol(412, "上传协议的版本不对，请更新页面后再传")
            response = view(request, **kwargs)
        except (_Protocol, DomainError) as error:
            status = error.status
            if isinstance(error, resumable.Locked):
                status = 423
            elif isinstance(error, resumable.Corrupt):
                status = CHECKSUM_MISMATCH
            response = JsonResponse({"error": str(error)}, status=status)
        except UnreadablePostError:  # nobody listens any more; what arrived is kept
            response = HttpResponse(status=400)
        if response.status_code == 412:
            response["Tus-Version"] = VERSION
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return answering


@access(
    roles=BUSINESS_ROLES,
    methods=("OPTIONS", "POST"),
    audit="change",
    idempotent=False,  # the same creation again gives the same upload
)
@_speaks_tus
def uploads(request: AuthenticatedHttpRequest) -> HttpResponse:
    """OPTIONS says what the server can; POST begins an upload and says where its pieces go."""
    if request.method == "OPTIONS":
        return HttpResponse(
            status=204,
            headers={
                "Tus-Version": VERSION,
                "Tus-Extension": EXTENSIONS,
                "Tus-Max-Size": str(settings.UPLOAD_LIMIT_BYTES),
                "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
            },
        )
    about = _metadata(request.headers.get("Upload-Metadata", ""))
    length = _number(request, "Upload-Length")
    if length > settings.UPLOAD_LIMIT_BYTES:
        raise _Protocol(413, "文件太大，请压缩后再选")
    if not re.fullmatch(r"[0-9a-f]{64}", about["sha256"]):
        raise _Protocol(400, "缺少文件的校验值，请更新页面后再传")
    upload = resumable.begin(
        uploader=request.user,
        purpose=about["purpose"],
        target=about["target"],
        name=about["filename"],
        length=length,
        sha256=about["sha256"],
        taken_at=_moment(about["taken_at"]),
        is_blurred=about["blurred"] == "1",
    )
    response = HttpResponse(status=201, headers=_expiry(upload))
    response["Location"] = reverse("upload", args=[upload.pk])
    return response


@access(
    roles=BUSINESS_ROLES,
    methods=("GET", "PATCH", "DELETE"),
    scope="own",
    audit="change",
    idempotent=False,  # an offset that was passed is refused
)
@_speaks_tus
def upload(request: AuthenticatedHttpRequest, upload_id: UUID) -> HttpResponse:
    """HEAD (GET: as JSON) says how much is here, PATCH brings more, DELETE gives the upload up."""
    row = get_visible(ResumableUpload, request.user, pk=upload_id)
    if request.method == "DELETE":
        resumable.give_up(row)
        return HttpResponse(status=204)
    if request.method != "PATCH":
        offset = resumable.offset_of(row)
        said = {"offset": offset, "length": row.length, "sha256": row.sha256, "stored": bool(row.stored_at)}
        response: HttpResponse = JsonResponse(said)
        response["Upload-Length"] = str(row.length)
        response["Upload-Offset"] = str(offset)
        return response
    if request.content_type != "application/offset+octet-stream":
        raise _Protocol(415, "上传的格式不对，请更新页面后再传")
    offset = _number(request, "Upload-Offset")
    # A request that brings nothing behind the last byte asks only to finish what is all here.
    if offset != row.length or offset != resumable.offset_of(row):
        offset = resumable.append(row, offset, _body(request), checksum=_checksum(request))
    row.refresh_from_db()
    if offset == row.length:
        row = resumable.finish(row)
    response = HttpResponse(status=204, headers=_expiry(row))
    response["Upload-Offset"] = str(offset)
    return response


def _body(request: AuthenticatedHttpRequest) -> Iterator[bytes]:
    """What the request brings, as it comes. Raises OSError (UnreadablePostError) where the line breaks."""
    while piece := request.read(blobs.CHUNK):
        yield piece


def _number(request: AuthenticatedHttpRequest, header: str) -> int:
    told = request.headers.get(header, "")
    if not re.fullmatch(r"[0-9]{1,15}", told):
        raise _Protocol(400, f"缺少{header}，请更新页面后再传")
    return int(told)


def _metadata(header: str) -> dict[str, str]:
    """``key base64,key base64`` as texts; what is not told is empty."""
    found = dict.fromkeys(("filename", "sha256", "purpose", "target", "taken_at", "blurred"), "")
    for pair in header.split(","):
        key, _, coded = pair.strip().partition(" ")
        if key in found:
            try:
                found[key] = base64.b64decode(coded, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError) as wrong:
                raise _Protocol(400, UNREADABLE) from wrong
    if len(found["target"]) > MOST_OF_TARGET or not found["target"].isprintable():
        raise _Protocol(400, UNREADABLE)
    return found


def _moment(told: str) -> datetime | None:
    """An ISO time with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(told)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _checksum(request: AuthenticatedHttpRequest) -> tuple[str, bytes] | None:
    """(algorithm, digest) of this piece, None where the request names none."""
    told = request.headers.get("Upload-Checksum")
    if told is None:
        return None
    algorithm, _, coded = told.partition(" ")
    try:
        digest = base64.b64decode(coded, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm).digest_size:
        raise _Protocol(400, "不认识这种校验值，请更新页面后再传")
    return algorithm, digest


def _expiry(row: ResumableUpload) -> dict[str, str]:
    return {"Upload-Expires": http_date(row.expires_at.timestamp())}
