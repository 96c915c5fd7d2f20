"""归档案卷: one unit's year as a package with 卷内目录, 卷脊 and the hash of every file (practice.md P32).

What has a signed or sealed file keeps it; what was confirmed in the portal alone is set on paper here, so
that the box is whole. The portal's own number stands on the box.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from django.db.models import Prefetch, Q
from django.urls import reverse
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from inspections.check_sheet import WITH_UNIT
from inspections.forms.printouts import YearForm
from inspections.models import (
    AnswerEvidence,
    CloseOutForm,
    Evidence,
    Paper,
    Printout,
    Problem,
    SelfCheck,
    SupervisionReport,
    Visit,
    VisitMember,
)
from inspections.printouts.base import FORM_SHEETS, Made, Printable, Subject, page_of
from inspections.printouts.case import PrintedCase, case_data
from inspections.printouts.self_check import PrintedCheck, check_data
from inspections.printouts.visit import PrintedVisit, photos_of, visit_data
from inspections.reports import rendering
from inspections.reports.blocks import NOTHING, Column, Table
from inspections.reports.data import dump, restore
from inspections.visit_sheet import sheet_of
from shuangjian import clock, pdf
from shuangjian.accounts.access import get_visible
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import OFFICE_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.files.models import StoredFile
from shuangjian.files.services import ZIP, open_blob
from shuangjian.journal import jobs
from shuangjian.journal.errors import Refused

MOST_BYTES = 200 * 1024 * 1024  # of the stored files of one box
FOR_EVER, THIRTY, TEN = "永久", "30年", "10年"
SUMS = "校验值.txt"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every entry: the same files give the same package
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_PAPERS: dict[str, Printable] = {one.key: one for one in (PrintedCheck(), PrintedVisit(), PrintedCase())}


@dataclass(frozen=True)
class File:
    """A stored file of a piece, by id."""

    pk: int
    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Piece:
    """One 件: its number in an office or in the portal, title, day, how long it is kept.

    ``paper`` names the kind of paper that is set from ``data``; empty where the files alone are the piece.
    """

    number: str
    title: str
    on: date
    kept: str
    paper: str
    data: dict[str, Any]
    files: tuple[File, ...]


@dataclass(frozen=True)
class ArchiveData:
    keeper: str
    unit: str
    code: str
    year: int
    pieces: tuple[Piece, ...]
    as_of: datetime


class Archive(Printable):
    key = "archive"
    roles = OFFICE_ROLES
    template = "contents"
    asks = ("unit",)
    form = YearForm

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        unit: Organisation = get_visible(Organisation.objects.units(), user, code=parameters.get("unit", ""))
        told = (
            ("内容", "督导报告、公文、自查、现场检查记录、问题案卷和各自的盖章扫描件、佐证"),
            ("格式", "ZIP压缩包，附卷内目录、卷脊和每个文件的校验值"),
        )
        year = parameters.get("year")
        words = f"{year}年" if year else ""
        return Subject(f"{unit.name}{words}双减工作案卷", unit, reverse("unit", args=[unit.code]), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> ArchiveData:
        unit: Organisation = get_visible(Organisation.objects.units(), user, code=parameters["unit"])
        year = int(parameters["year"])
        pieces = sorted(_pieces(user, unit, year), key=lambda piece: (piece.on, piece.number))
        if not pieces:
            raise Refused(f"{unit.name}{year}年没有可以归档的文件")
        if sum(file.size for piece in pieces for file in piece.files) > MOST_BYTES:
            raise Refused(f"{unit.name}{year}年的文件合计超过200MB，请与系统管理员联系分批归档")
        return ArchiveData(
            keeper=the_county().bureau_name,
            unit=unit.name,
            code=unit.code,
            year=year,
            pieces=tuple(pieces),
            as_of=clock.now(),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"box": restore(ArchiveData, data)}

    def make(self, printout: Printout, progress: pdf.Progress) -> Made:
        """The package. Raises jobs.Failure where a stored file is gone, pdf.CannotRender."""
        box = restore(ArchiveData, printout.data)
        packed: list[tuple[str, bytes]] = []
        counts: list[int | None] = []
        for place, piece in enumerate(box.pieces, 1):
            progress("整理文件", place - 1, len(box.pieces))
            files = list(_files_of(piece, printout))
            counts.append(_pages(content for _, content in files))
            folder = f"{place:03d} {safe(piece.title)}"
            packed += [(f"{folder}/{name}", content) for name, content in files]
        progress("排版卷内目录", len(box.pieces), len(box.pieces))
        front = [
            (f"{name}.pdf", _set(template, printout, box, counts))
            for name, template in (("卷内目录", "contents"), ("卷脊", "spine"))
        ]
        return Made(_zipped([*front, *packed]), f"{printout.no}{self.label}.zip", ZIP)


# --- What belongs into the box ------------------------------------------------------------------------------
def _pieces(user: User, unit: Organisation, year: int) -> Iterator[Piece]:
    reports = SupervisionReport.objects.visible_to(user).filter(
        organisation=unit, final_file__isnull=False, signed_on__year=year
    )
    for report in reports.select_related("final_file", "scan"):
        files = [report.final_file, report.scan]
        yield _piece(report.document_no, report.title, report.signed_on, FOR_EVER, files)
    yield from _signed_papers(user, unit, year)
    yield from _checks(user, unit, year)
    yield from _visits(user, unit, year)
    yield from _problems(user, unit, year)


def _signed_papers(user: User, unit: Organisation, year: int) -> Iterator[Piece]:
    """What was sent to the unit or about it; a letter stands under its department, so by its cases."""
    about = Q(organisation=unit) | Q(tasks__problem__organisation=unit)
    papers = Paper.objects.visible_to(user).filter(about, final_file__isnull=False, signed_on__year=year)
    for paper in papers.distinct().select_related("final_file", "scan").order_by("pk"):
        kept = FOR_EVER if paper.sanction_id is not None else THIRTY
        is_void = paper.state == Paper.State.WITHDRAWN
        title = f"{paper.title}（{paper.get_state_display()}）" if is_void else paper.title
        yield _piece(paper.document_no, title, paper.signed_on, kept, [paper.final_file, paper.scan])


def _checks(user: User, unit: Organisation, year: int) -> Iterator[Piece]:
    done = (SelfCheck.State.SUBMITTED, SelfCheck.State.ACCEPTED)
    checks = SelfCheck.objects.visible_to(user).filter(
        organisation=unit, state__in=done, submitted_at__year=year
    )
    for check in checks.select_related(*WITH_UNIT, "keyed_in_by", "scan"):
        proofs = AnswerEvidence.objects.filter(answer__self_check=check).select_related("stored_file")
        files = [check.scan, *(proof.stored_file for proof in proofs.order_by("pk"))]
        on = clock.local_day(check.submitted_at)  # type: ignore[arg-type]  # set in these states
        yield _piece(check.no, f"{check.round.title}表", on, TEN, files, PrintedCheck.key, check_data(check))


def _visits(user: User, unit: Organisation, year: int) -> Iterator[Piece]:
    members = Prefetch("members", VisitMember.objects.select_related("user").order_by("-is_lead", "pk"))
    visits = Visit.objects.visible_to(user).filter(
        organisation=unit, state=Visit.State.CONFIRMED, planned_on__year=year
    )
    visits = visits.select_related(
        "organisation__school", "organisation__institution", "rulebook", "inspector_confirmed_by", "scan"
    )
    for visit in visits.prefetch_related(members).order_by("pk"):
        lines = sheet_of(visit).lines
        photos = photos_of(lines)
        files = [visit.scan, *(photo.stored_file for photo in photos)]
        numbers = {photo.stored_file_id: f"照片{number}" for number, photo in enumerate(photos, 1)}
        title = f"{visit.get_kind_display()}现场检查记录"
        data = visit_data(visit, lines)
        yield _piece(visit.record_no, title, visit.planned_on, THIRTY, files, PrintedVisit.key, data, numbers)


def _problems(user: User, unit: Organisation, year: int) -> Iterator[Piece]:
    problems = Problem.objects.visible_to(user).filter(organisation=unit, found_on__year=year)
    related = ("organisation", "rule", "item", "prohibition", "found_by")
    for problem in problems.select_related(*related).order_by("no"):
        files = StoredFile.objects.filter(pk__in=_ids_of(problem)).order_by("pk")
        title = f"第{problem.rule.number}条问题案卷"
        yield _piece(problem.no, title, problem.found_on, THIRTY, files, PrintedCase.key, case_data(problem))


def _ids_of(problem: Problem) -> set[int]:
    """All that was filed for a problem: proofs, sealed requests, objections, letters and results."""
    found: set[int] = set(
        Evidence.objects.filter(task__problem=problem, stored_file__isnull=False).values_list(
            "stored_file", flat=True
        )
    )
    fields = (
        "extensions__sealed_page",
        "objections__stored_file",
        "transfers__receipt",
        "transfers__result_file",
    )
    for field in fields:
        rows = problem.tasks.filter(~Q(**{field: None}))
        found |= set(rows.values_list(field, flat=True))
    forms = CloseOutForm.objects.filter(task__problem=problem).values_list("file", "scan")
    return found | {pk for pair in forms for pk in pair if pk is not None}


def _piece(
    number: str,
    title: str,
    on: date | None,
    kept: str,
    files: Iterable[StoredFile | None],
    paper: str = "",
    data: Any = None,
    called: Mapping[int, str] | None = None,
) -> Piece:
    """``called``: what the paper calls a file, by its id; it begins the file's name in the box."""
    names = called or {}
    stored = {file.pk: file for file in files if file is not None}
    return Piece(
        number=number,
        title=title,
        on=on or clock.today(),
        kept=kept,
        paper=paper,
        data=dict(dump(data)) if data is not None else {},
        files=tuple(
            File(one.pk, f"{names.get(one.pk, '')} {one.original_name}".strip(), one.sha256, one.size)
            for one in stored.values()
        ),
    )


# --- The package --------------------------------------------------------------------------------------------
def _files_of(piece: Piece, printout: Printout) -> Iterator[tuple[str, bytes]]:
    if piece.paper:
        paper = Printout(
            no=printout.no,
            kind=piece.paper,
            title=piece.title,
            data=piece.data,
            digest=printout.digest,
            template_version=printout.template_version,
        )
        made = _PAPERS[piece.paper].make(paper, lambda *said: None)
        yield f"{safe(piece.number)}.pdf", made.content
    stored = StoredFile.objects.in_bulk([file.pk for file in piece.files])
    for place, file in enumerate(piece.files, 1):
        yield f"附{place:02d} {safe(file.name)}", _bytes_of(stored.get(file.pk), file)


def _bytes_of(stored: StoredFile | None, file: File) -> bytes:
    """The bytes, as they were when the order was given. Raises jobs.Failure with the file named."""
    try:
        if stored is None:
            raise FileNotFoundError(file.pk)
        with open_blob(stored) as stream:
            content = stream.read()
    except FileNotFoundError as missing:
        raise jobs.Failure(f"文件“{file.name}”缺失，没有归档，请告知系统管理员核对存储") from missing
    if sha256(content).hexdigest() != file.sha256:
        raise jobs.Failure(f"文件“{file.name}”的内容与登记的校验值不一致，没有归档，请告知系统管理员")
    return content


def _pages(contents: Iterable[bytes]) -> int | None:
    """How many pages a piece has, a picture is one; None where a PDF doesn't say."""
    total = 0
    for content in contents:
        if not content.startswith(b"%PDF"):
            total += 1
            continue
        try:
            total += len(PdfReader(BytesIO(content)).pages)
        except (PyPdfError, ValueError):
            return None
    return total


def _set(template: str, printout: Printout, box: ArchiveData, counts: list[int | None]) -> bytes:
    page = page_of(template, printout, _context_of(box, counts))
    return pdf.html_to_pdf(page, stylesheets=rendering.sheets_of(FORM_SHEETS))


def _context_of(box: ArchiveData, counts: list[int | None]) -> dict[str, Any]:
    return {
        "box": box,
        "table": _table(box, counts),
        "kept": _kept(box),
        "count": len(box.pieces),
        "pages": sum(count or 0 for count in counts),
    }


def _kept(box: ArchiveData) -> str:
    """How long the box is kept: as long as what is kept longest in it."""
    held = {piece.kept for piece in box.pieces}
    return next(one for one in (FOR_EVER, THIRTY, TEN) if one in held)


def _table(box: ArchiveData, counts: list[int | None]) -> Table:
    return Table(
        title="",
        columns=(
            Column("件号", 8),
            Column("文号", 21),
            Column("题名", 36, is_text=True),
            Column("日期", 14),
            Column("页数", 8),
            Column("保管期限", 13),
        ),
        rows=tuple(
            (
                str(place),
                piece.number or NOTHING,
                piece.title,
                piece.on.isoformat(),
                str(count) if count is not None else NOTHING,
                piece.kept,
            )
            for place, (piece, count) in enumerate(zip(box.pieces, counts, strict=True), 1)
        ),
    )


def safe(words: str) -> str:
    """As the name of a file on any system: no separators, no control characters, 60 characters at most."""
    cleaned = _UNSAFE.sub("_", words).strip(" .")
    stem, dot, extension = cleaned.rpartition(".")
    if dot and 0 < len(extension) <= 5 and len(cleaned) > 60:
        return f"{stem[: 59 - len(extension)]}.{extension}"
    return cleaned[:60] or "未命名"


def _zipped(files: list[tuple[str, bytes]]) -> bytes:
    sums = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as package:  # PDFs and pictures are packed already
        for name, content in [(SUMS, sums.encode()), *files]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, content)
    return packed.getvalue()
