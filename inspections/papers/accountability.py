"""What the papers of accountability share: the grounds of the case, the ways of appeal they print (P12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inspections.models import Sanction, SanctionAppeal
from inspections.papers.findings import Addressee, addressee_of
from inspections.papers.kinds import Given, Subject
from inspections.reports.blocks import Text
from inspections.standing import Slot
from inspections.workflows.sanction_papers import Issue
from inspections.workflows.sanctions import ASK_DAYS, DECIDE_DAYS
from shuangjian.accounts.models import County

BASIS = Slot(
    "依据", "印在决定之前，不写句末标点", "依据《教育督导条例》《教育督导问责办法》", is_required=True
)


@dataclass(frozen=True)
class Grounds:
    """The case as the paper tells it; the 批示 itself never stands in one."""

    no: str
    ground: str
    facts: str
    problem_no: str
    breach: str  # 减负三十条第4条（…），触碰“严禁…”，属于红线


@dataclass(frozen=True)
class Appeal:
    """One way of appeal, complete."""

    way: str
    office: str
    address: str
    ask_days: int
    decide_days: int


def sanction_of(subject: Subject) -> Sanction:
    if subject.sanction is None:
        raise ValueError("a paper of accountability rests on a case")  # fault() said so to the person
    return subject.sanction


def fault(subject: Subject, kind: Sanction.Kind) -> str:
    """Why no paper that issues a case of ``kind`` can be drafted from it."""
    sanction = subject.sanction
    is_its = sanction is not None and sanction.organisation_id == subject.organisation.pk
    if sanction is None or sanction.kind != kind or not is_its:
        return f"从已批示的{kind.label}起草"
    if sanction.state != Sanction.State.INSTRUCTED:
        return f"{sanction.no}{sanction.state_label}，不用再起草"
    return ""


def grounds_of(sanction: Sanction) -> Grounds:
    problem = sanction.problem
    breach = ""
    if problem is not None:
        breach = f"减负三十条第{problem.rule.number}条（{problem.rule.title}）"
        breach += f"，触碰“{problem.prohibition}”" if problem.prohibition else ""
        breach += "，属于红线" if problem.is_red_line else ""
    return Grounds(
        no=sanction.no,
        ground="" if sanction.ground == Sanction.Ground.OTHER else sanction.get_ground_display(),
        facts=" ".join(sanction.facts.split()).rstrip("。；，、,;. "),
        problem_no=problem.no if problem is not None else "",
        breach=breach,
    )


def unit_of(subject: Subject) -> Addressee:
    return addressee_of(subject.organisation)


def appeals_of(names: County, given: Given) -> tuple[Appeal, ...]:
    """Both ways against a decision: the office that decided, and one level up."""
    way = SanctionAppeal.Way
    return (
        Appeal(
            way.REVIEW.label, names.supervision_office_name, given["review_address"],
            ASK_DAYS[way.REVIEW], DECIDE_DAYS[way.REVIEW],
        ),
        Appeal(
            way.COMPLAINT.label, names.superior_office_name, given["complaint_address"],
            ASK_DAYS[way.COMPLAINT], DECIDE_DAYS[way.COMPLAINT],
        ),
    )  # fmt: skip


def said_in(given: Given) -> Issue:
    """What the paper says of the case's issue, as it was frozen."""
    at = given.get("meeting_at", "")
    return Issue(
        heard=given.get("heard", ""),
        meeting_at=datetime.fromisoformat(at) if at else None,
        place=given.get("place", ""),
        review_address=given.get("review_address", ""),
        complaint_address=given.get("complaint_address", ""),
    )


# --- Sentences ------------------------------------------------------------------------------------------
def state_grounds(text: Text, one: Grounds) -> None:
    """The fact in the leader's words, the problem's number, the rule that it breaks."""
    no = f"问题编号{one.problem_no}。" if one.problem_no else ""
    breach = f"不符合{one.breach}。" if one.breach else ""
    ground = f"事由：{one.ground}。" if one.ground else ""
    text.plain(f"{one.facts}。{no}{breach}{ground}")


def state_appeals(text: Text, appeals: tuple[Appeal, ...]) -> None:
    text.heading("救济途径")
    for one in appeals:
        is_review = one.way == SanctionAppeal.Way.REVIEW.label
        since = "本决定作出之日" if is_review else "收到本决定或者复核决定之日"
        text.point(
            "",
            f"{one.way}：对本决定不服的，可以自{since}起{one.ask_days}日内，向{one.office}"
            f"（地址：{one.address}）书面提出；受理机关{one.decide_days}日内作出决定。",
        )
    text.plain("复核、申诉期间不停止本决定的执行。")


def state_notes(text: Text, words: str) -> None:
    """The office's own paragraphs at the end, unnumbered."""
    text.plains(words.splitlines())
