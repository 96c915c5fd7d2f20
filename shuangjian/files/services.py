"""The one entrance for files. What comes in is measured, recognised, looked at apart, then stored.

``receive`` takes what a person uploads, ``store_generated`` what the portal made. Both return a new row;
bytes whose row is rolled back stay behind without harm. A picture is kept twice: as the copy that the child
wrote, for all who see the record, and sealed as it came (``originals``). ``read_workbook`` gives the cells of
a stored .xlsx, ``fill_workbook`` the same workbook with some of them set.
"""

from __future__ import annotations

import errno
import json
import logging
import math
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.selectors import county
from shuangjian.files import blobs, quotas
from shuangjian.files.child import SHEET_COLUMNS, SHEET_ROWS
from shuangjian.files.models import StoredFile
from shuangjian.files.names import clean_name, extension_of, in_megabytes, shorten
from shuangjian.files.rejections import Rejected

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("child.py")
CHILD_SECONDS = 25  # it ends itself after 20
HEAD_BYTES = 4096

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP, CSV = "application/zip", "text/csv"  # only ever made here: no entrance takes one
# Detected type -> what the child calls it, and the extensions under which it may come. Phones name one kind
# of picture as another all the time; a PDF under a picture's name, or the reverse, is no accident.
_IMAGE_EXTENSIONS = frozenset({"jpg", "jpeg", "png", "webp"})
_KINDS: dict[str, tuple[str, frozenset[str]]] = {
    "image/jpeg": ("JPEG", _IMAGE_EXTENSIONS),
    "image/png": ("PNG", _IMAGE_EXTENSIONS),
    "image/webp": ("WEBP", _IMAGE_EXTENSIONS),
    "application/pdf": ("PDF", frozenset({"pdf"})),
    XLSX: ("XLSX", frozenset({"xlsx"})),
    ZIP: ("ZIP", frozenset({"zip"})),
    CSV: ("CSV", frozenset({"csv"})),
}
# What an entrance asks for: proof is a picture or a PDF; a table to read in is a workbook without macros.
PROOF = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
TABLE = frozenset({XLSX})
_EXTENSIONS = {kind: frozenset().union(*(_KINDS[one][1] for one in kind)) for kind in (PROOF, TABLE)}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEIC_EXTENSIONS = frozenset({"heic", "heif", "hif"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"mif1", b"msf1"})

HEIC_SENTENCE = "这是苹果手机的HEIC照片，请在手机设置里改为“兼容性最佳”，或发送后另存为JPG再选"
_CAUSES = {
    "active": "“{name}”里带有脚本、附件或会自动执行的动作，请打印成新的PDF再选",
    "encrypted": "“{name}”设了密码或权限，请打印成新的PDF再选",
    "heavy": "“{name}”太复杂，打不开，请缩小后再选",
    "slow": "平台正忙，“{name}”没来得及查看，请过一会儿再传",
    "damaged": "“{name}”打不开，可能没有传完整，请重新选择",
    "packed": "“{name}”展开后太大，不像一张名单，请只保留模板里的几张表再选",
    "no_workbook": "“{name}”不是Excel工作簿，请用WPS或Excel另存为.xlsx再选",
    "macros": "“{name}”带有宏，请用WPS或Excel另存为不带宏的.xlsx再选",
    "links": "“{name}”链接了其他文件或带有嵌入的内容，请只保留文字和数字再选",
    "rows": "“{name}”的“{sheet}”表超过{rows}行，请分成几个文件，逐个导入",
    "columns": "“{name}”的“{sheet}”表超过{columns}列，请用平台的模板填写",
}
# What ended the child: its use of the processor is the file's doing, the wall clock alone is the machine's.
_ENDED_BY: dict[int, str] = {signal.SIGXCPU: "heavy", signal.SIGALRM: "slow"}
_NO_TABLE = "“{name}”不能导入，请用WPS或Excel另存为.xlsx再选"
_LOCKED_TABLE = "“{name}”设了密码，或是旧的.xls格式，请另存为没有密码的.xlsx再选"


def receive(
    *,
    upload: UploadedFile,
    uploader: User | None,
    kinds: frozenset[str] = PROOF,
    taken_at: datetime | None = None,
    is_blurred: bool = False,
) -> StoredFile:
    """Take one uploaded file: name, extension, shares, size, content, decoding apart, bytes by digest, row.

    ``uploader`` None is the public, whose form limits how many. ``kinds`` is PROOF (pictures, PDF) or TABLE
    (a workbook that is to be read in). ``taken_at`` and ``is_blurred`` are what a phone says of a picture
    that it made smaller itself; when it was taken the picture knows better, if it says so. Takes up to 20 s
    and no locks. Raises ``Rejected``; then nothing is stored. The workshop is left clean.
    """
    name = checked_name(upload.name or "", kinds)
    shown = shorten(name, 90)
    unit = quotas.unit_of(uploader) if uploader is not None else None
    quotas.check(uploader, unit)
    original = {}
    try:
        with blobs.bench() as bench:
            source, target = bench / "source", bench / "target"
            _stream(upload, source, shown)
            content_type = (
                _recognise(source, name, shown) if kinds is PROOF else _recognise_table(source, shown)
            )
            said = _look_apart(_KINDS[content_type][0], source, target, shown)
            stays = source
            if content_type.startswith("image/"):
                stays = target
                original = {"original_size": source.stat().st_size, "original_sha256": blobs.put(source)}
            size = stays.stat().st_size
            sha256 = blobs.put(stays)
    except OSError as failure:
        if failure.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        logger.error("the evidence store is full")
        raise Rejected("平台的存储空间满了，文件没有存下，请稍后再试或告知技术人员") from failure
    return StoredFile.objects.create(
        sha256=sha256,
        size=size,
        content_type=content_type,
        original_name=name,
        uploader=uploader,
        organisation=unit,
        taken_at=_moment(said.get("taken"), said.get("offset")) or _plausible(taken_at),
        is_blurred=is_blurred,
        uploaded_at=clock.now(),
        likeness=said.get("likeness", ""),
        **original,
        **_place(said),
    )


def checked_name(raw: str, kinds: frozenset[str] = PROOF) -> str:
    """The name to keep, if what is called so may come in at all. Raises ``Rejected``."""
    name = clean_name(raw)
    if name is None:
        raise Rejected("文件名里有不能显示的字符，请改名后再选")
    if extension_of(name) in _HEIC_EXTENSIONS and kinds is PROOF:
        raise Rejected(HEIC_SENTENCE)
    if extension_of(name) not in _EXTENSIONS[kinds]:
        raise Rejected(_unwanted(extension_of(name), shorten(name, 90), kinds))
    return name


def store_generated(*, data: bytes, name: str, content_type: str = "application/pdf") -> StoredFile:
    """Store a file that the portal made (a report). No uploader: only records that point to it show it."""
    if content_type not in _KINDS or not data:
        raise ValueError(f"cannot store {len(data)} bytes of {content_type}")
    kept = clean_name(name)
    if kept is None:
        raise ValueError("the name holds characters that cannot be shown")
    with blobs.bench() as bench:
        made = bench / "made"
        made.write_bytes(data)
        sha256 = blobs.put(made)
    return StoredFile.objects.create(
        sha256=sha256, size=len(data), content_type=content_type, original_name=kept, uploaded_at=clock.now()
    )


def look_again(stored: StoredFile) -> None:
    """Note what a picture looks like that came in before this was noted. Apart, up to 20 s, no locks.

    A picture whose bytes are gone or can't be opened any more has no likeness.
    """
    likeness = ""
    with suppress(FileNotFoundError, Rejected), _copied(stored) as (source, target):
        said = _look_apart(_KINDS[stored.content_type][0], source, target, stored.original_name)
        likeness = said.get("likeness", "")
    StoredFile.objects.filter(pk=stored.pk).update(likeness=likeness)


def open_blob(stored: StoredFile) -> BinaryIO:
    """The bytes of a file, for reading; ``visible_to`` comes first. FileNotFoundError where they are gone."""
    return blobs.open_by_digest(stored.sha256)


def read_workbook(stored: StoredFile) -> list[dict[str, Any]]:
    """The sheets of a stored .xlsx: ``name``, ``rows`` of cells, and where formulas, errors, merges are.

    Read apart each time, like everything a stranger wrote. Raises Rejected where it cannot be read any more.
    """
    shown = shorten(stored.original_name, 90)
    with _copied(stored) as (source, target):
        _look_apart("XLSX", source, target, shown)
        return list(json.loads(target.read_text(encoding="utf-8"))["sheets"])


def fill_workbook(stored: StoredFile, cells: Mapping[str, Mapping[str, int | float | str]]) -> bytes:
    """The bytes of a stored .xlsx with ``cells`` (by sheet and place: C5) set and all else as it was.

    Apart too: up to 20 s, so hold no locks. Raises Rejected where it cannot be opened any more.
    """
    shown = shorten(stored.original_name, 90)
    with _copied(stored) as (source, target):
        source.with_name("cells").write_text(json.dumps(cells, ensure_ascii=False), encoding="utf-8")
        _look_apart("FILL", source, target, shown)
        return target.read_bytes()


@contextmanager
def _copied(stored: StoredFile) -> Iterator[tuple[Path, Path]]:
    """A copy of a file's bytes on a bench, and the place for what is made of them."""
    with blobs.bench() as bench, blobs.open_by_digest(stored.sha256) as stream:
        source, target = bench / "source", bench / "target"
        with source.open("wb") as copy:
            shutil.copyfileobj(stream, copy)
        yield source, target


def _unwanted(extension: str, shown: str, kinds: frozenset[str]) -> str:
    if kinds is PROOF:
        return f"“{shown}”不能上传，请改用图片或PDF"
    if extension == "xlsm":
        return _CAUSES["macros"].format(name=shown)
    return _NO_TABLE.format(name=shown)


def _stream(upload: UploadedFile, source: Path, shown: str) -> None:
    """Write the upload to ``source``, never more than the limit allows."""
    limit = settings.UPLOAD_LIMIT_BYTES
    size = 0
    if (upload.size or 0) <= limit:  # otherwise its own words suffice
        with source.open("wb") as stream:
            for chunk in upload.chunks(blobs.CHUNK):
                size += len(chunk)
                if size > limit:
                    break
                stream.write(chunk)
    size = max(size, upload.size or 0)
    if size > limit:
        raise Rejected(f"“{shown}”有{in_megabytes(size)}，每个文件不超过{in_megabytes(limit)}，请压缩后再选")
    if size == 0:
        raise Rejected(f"“{shown}”是空文件，请重新选择")


def _recognise(source: Path, name: str, shown: str) -> str:
    """The type by content; it must be one of the four and fit the name."""
    with source.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        raise Rejected(HEIC_SENTENCE)
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        matches = []
    for match in matches:  # best first
        if match.mime_type in PROOF and extension_of(name) in _KINDS[match.mime_type][1]:
            return str(match.mime_type)
    raise Rejected(f"“{shown}”的内容和它的后缀不一致，请另存为JPG或PDF后再选")


def _recognise_table(source: Path, shown: str) -> str:
    """A workbook is an archive; what it holds the child says."""
    with source.open("rb") as stream:
        head = stream.read(8)
    if head == _OLE:
        raise Rejected(_LOCKED_TABLE.format(name=shown))
    if not head.startswith(b"PK"):
        raise Rejected(_CAUSES["no_workbook"].format(name=shown))
    return XLSX


def _look_apart(kind: str, source: Path, target: Path, shown: str) -> dict[str, Any]:
    """Let the child look at the file; what it says, or ``Rejected`` with the cause it names."""
    answer = source.with_name("answer")
    try:
        subprocess.run(  # noqa: S603  (our own interpreter and program; the file is only an argument)
            [sys.executable, "-I", "-B", str(CHILD), kind, str(source), str(target), str(answer)],
            env={"LANG": "C.UTF-8"},  # no secret of ours reaches it
            cwd=source.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=CHILD_SECONDS,
            check=True,
        )
        said = dict(json.loads(answer.read_text()[:4096]))
        if kind != "PDF" and "refused" not in said and not target.is_file():
            raise ValueError("the child wrote nothing")
    except subprocess.TimeoutExpired:
        said = {"refused": "slow"}
    except subprocess.CalledProcessError as ended:
        said = {"refused": _ENDED_BY.get(-ended.returncode, "damaged")}
    except (FileNotFoundError, ValueError, TypeError):
        said = {"refused": "damaged"}
    if said.get("refused") == "pixels":
        pixels = math.ceil(said["pixels"] / 10_000)
        raise Rejected(f"“{shown}”有{pixels}万像素，最多5000万像素，请缩小后再选")
    if "refused" in said:
        words = _CAUSES.get(said["refused"], _CAUSES["damaged"])
        raise Rejected(
            words.format(name=shown, sheet=said.get("sheet", ""), rows=SHEET_ROWS, columns=SHEET_COLUMNS)
        )
    return said


def _moment(taken: str | None, offset: str | None) -> datetime | None:
    """The camera's time, local where it names no zone. None before 2000 or in the future."""
    if not taken or not re.fullmatch(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", taken):
        return None
    try:
        moment = datetime.strptime(taken, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  (its zone follows)
        if offset and re.fullmatch(r"[+-]\d\d:\d\d", offset):
            moment = datetime.strptime(taken + offset, "%Y:%m:%d %H:%M:%S%z")
        else:
            moment = timezone.make_aware(moment)
    except (ValueError, OverflowError):
        return None
    return _plausible(moment)


def _plausible(moment: datetime | None) -> datetime | None:
    """The moment, unless it is before 2000 or in the future."""
    if moment is None or moment.year < 2000 or moment > clock.now() + timedelta(days=1):
        return None
    return moment


def _place(said: dict[str, Any]) -> dict[str, Decimal]:
    """Where the picture was taken, if the county keeps that."""
    keeps = county()
    if keeps is None or not keeps.keep_photo_place or "latitude" not in said:
        return {}
    return {part: Decimal(str(said[part])) for part in ("latitude", "longitude")}
