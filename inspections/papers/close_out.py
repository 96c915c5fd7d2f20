"""销号确认单: one page, one problem, from what the records say of its closed round (documents.md §5).

It is a form, no 公文: it has the close-out's number and no 发文字号. Pictures come as thumbnails through the
renderer's own fetcher; one that cannot be opened is named as such, and the form comes out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from PIL import Image

from inspections.models import CloseOutForm, Decision, Evidence, Paper, Problem, RectificationTask
from inspections.reports import rendering as reports
from inspections.reports.data import restore
from shuangjian import clock, pdf
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date, cn_date_weekday, cn_short
from shuangjian.files.models import StoredFile
from shuangjian.files.services import open_blob

MOST_PICTURES = 4
THUMBNAIL = (360, 240)  # pixels: 30 × 20 mm at 300 dots an inch
CLOSE_SET = 520  # characters of free text beyond which smaller type keeps it to one page
TEMPLATE = "papers/close_out.html"
SHEET_NAMES = ("css/report.css", "css/close_out.css")


@dataclass(frozen=True)
class ProofLine:
    """One proof: what it is, when, the start of its file's hash; ``file`` of a picture that is shown."""

    caption: str
    on: date
    code: str
    file: int | None


@dataclass(frozen=True)
class Opinion:
    """Words with who gave them and when, and the label of his signature."""

    label: str
    signature: str
    words: str
    by: str


@dataclass(frozen=True)
class CloseOutData:
    """A closed round's frozen facts."""

    number: str
    unit: str
    problem: str
    rule: str
    prohibition: str
    rectifying: str
    notice: str
    first_due: str
    extensions: str
    measures: tuple[str, ...]
    proofs: tuple[ProofLine, ...]
    opinions: tuple[Opinion, ...]
    result: str
    look_back: str
    portal: str
    printed_at: datetime


def load(task: RectificationTask) -> CloseOutData:
    """What the form says of a closed round. The number of queries doesn't depend on its proofs."""
    problem = task.problem
    granted = task.granted_extensions
    return CloseOutData(
        number=task.close_no,
        unit=f"{problem.organisation.name}（{problem.organisation.code}）",
        problem=f"{problem.no}（{problem.origin_told}）",
        rule=f"第{problem.rule.number}条 {problem.rule.title}",
        prohibition=_prohibition(problem),
        rectifying=problem.get_rectifying_display(),
        notice=_notice_of(task),
        first_due=cn_date_weekday(granted[0].from_on if granted else task.due_on),
        extensions="；".join(f"延至{cn_date(one.to_on)}（{one.get_ground_display()}）" for one in granted)
        or "无",
        measures=tuple(
            f"{place}. {one.text}（{one.person}，{cn_short(one.done_on or one.due_on)}）"
            for place, one in enumerate(task.measures_in_force[:5], 1)
        ),
        proofs=tuple(_proofs(task.evidence.all())),
        opinions=tuple(_opinions(task)),
        result=_result(problem),
        look_back=_look_back(task),
        portal=the_county().portal_name,
        printed_at=clock.now(),
    )


def _prohibition(problem: Problem) -> str:
    if problem.prohibition is None:
        return "无"
    return f"{problem.prohibition}（红线）" if problem.is_red_line else f"{problem.prohibition}"


def _notice_of(task: RectificationTask) -> str:
    kinds = [Paper.Kind.NOTICE, Paper.Kind.ORDER]
    found = task.papers.filter(kind__in=kinds, state=Paper.State.ISSUED).order_by("-pk").first()
    if found is None or found.signed_on is None:
        return "无"
    return f"{found.document_no}，{cn_date(found.signed_on)}"


def _proofs(evidence: Iterable[Evidence]) -> list[ProofLine]:
    found, shown = [], 0
    for one in evidence:
        stored = one.stored_file
        is_picture = stored is not None and stored.content_type.startswith("image/")
        shows = is_picture and shown < MOST_PICTURES
        shown += shows
        what = one.requirement.title if one.requirement is not None else "佐证"
        words = stored.original_name if stored is not None else one.note
        found.append(
            ProofLine(
                caption=f"{what}：{words}",
                on=clock.local_day(one.added_at),
                code=stored.sha256[:8] if stored is not None else "",
                file=stored.pk if stored is not None and shows else None,
            )
        )
    return found


def _opinions(task: RectificationTask) -> list[Opinion]:
    decisions = list(task.decisions.all())
    said = task.statement or "已按要求完成整改。"
    found = [Opinion("单位自评", "负责人（签名、盖章）", said, _applied(task))]
    verified = next((one for one in reversed(decisions) if one.kind == Decision.Kind.VERIFIED), None)
    closed = next((one for one in reversed(decisions) if one.kind == Decision.Kind.CLOSED), None)
    if verified is not None:
        words = f"{verified.get_method_display()}。{verified.words}".strip("。") + "。"
        found.append(Opinion("初核意见", "督学（签名）", words, _by(verified)))
    if closed is not None:
        is_leader = closed.decided_role == Role.LEADER
        label = "审批意见" if is_leader else "复核意见"
        signature = "分管领导（签名）" if is_leader else "复核人（签名）"
        found.append(Opinion(label, signature, closed.words or "同意销号。", _by(closed)))
    return found


def _applied(task: RectificationTask) -> str:
    if task.applied_by is not None and task.applied_at is not None:
        return f"{task.applied_by.name}，{cn_date(task.applied_at)}"
    if task.closed_by is not None and task.closed_at is not None:  # the light track: its head closes
        return f"{task.closed_by.name}，{cn_date(task.closed_at)}"
    return ""


def _by(decision: Decision) -> str:
    return f"{decision.decided_by.name}，{cn_date(decision.decided_at)}"


def _result(problem: Problem) -> str:
    if problem.rectifying == Problem.Rectifying.LONG_TERM:
        return "阶段性销号，每学期复查"
    return "同意销号"


def _look_back(task: RectificationTask) -> str:
    """What was found; one that still waits comes unannounced and is not printed."""
    done = [
        f"{cn_date(one.done_at)}{one.get_state_display()}：{one.words}（{one.done_by.name}）"
        for one in task.rechecks.all()
        if one.done_at is not None and one.done_by is not None
    ]
    return "；".join(done) or "结果：　　　　　　　　签名：　　　　　　　日期："


# --- The page -----------------------------------------------------------------------------------------------
def page_of(form: CloseOutForm, *, for_screen: bool = False, broken: frozenset[int] = frozenset()) -> str:
    """The form's page. ``broken``: the pictures that cannot be opened."""
    data: Any = restore(CloseOutData, form.data)
    words = [*data.measures, *(one.words for one in data.opinions), *(one.caption for one in data.proofs)]
    context = {
        "data": data,
        "check": form.check_code,
        "pictures": [one for one in data.proofs if one.file is not None],
        "others": [one for one in data.proofs if one.file is None],
        "broken": broken,
        "is_close_set": sum(len(one) for one in words) > CLOSE_SET,
        "printed_at": timezone.localtime(data.printed_at),
        "template_version": template_version(),
    }
    return render_to_string(TEMPLATE, context | (reports.for_screen(SHEET_NAMES) if for_screen else {}))


def pdf_of(form: CloseOutForm, *, progress: pdf.Progress | None = None) -> bytes:
    """The form's PDF. Raises pdf.CannotRender."""
    if progress is not None:
        progress("准备照片", 0, 0)
    pictures = _pictures(form)
    broken = frozenset(pk for pk, picture in pictures.items() if picture is None)

    def evidence(pk: int) -> tuple[bytes, str]:
        picture = pictures[pk]
        if picture is None:
            raise LookupError(pk)
        return picture, "image/jpeg"

    return pdf.html_to_pdf(
        page_of(form, broken=broken),
        stylesheets=reports.sheets_of(SHEET_NAMES),
        progress=progress,
        evidence=evidence,
    )


def _pictures(form: CloseOutForm) -> dict[int, bytes | None]:
    """The thumbnails by file; None for one that cannot be opened."""
    wanted = [one["file"] for one in form.data["proofs"] if one["file"] is not None]
    return {stored.pk: _thumbnail(stored) for stored in StoredFile.objects.filter(pk__in=wanted)}


def _thumbnail(stored: StoredFile) -> bytes | None:
    try:
        with open_blob(stored) as stream, Image.open(stream) as picture:
            picture.draft("RGB", THUMBNAIL)
            small = picture.convert("RGB")
            small.thumbnail(THUMBNAIL)
    except OSError:  # gone from the store, or no picture any more: the form says so in its place
        return None
    kept = BytesIO()
    small.save(kept, "JPEG", quality=80)
    return kept.getvalue()


def template_version() -> str:
    """Tells two layouts apart: kept with each file."""
    return reports.version_of((reports.PAGE, TEMPLATE), SHEET_NAMES)
