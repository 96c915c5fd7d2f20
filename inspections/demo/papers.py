"""Papers: notices, an order and an opinion from this term's visits and problems, in every state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from inspections.demo.place import Place, do_now
from inspections.demo.story import Story
from inspections.models import Paper, RectificationTask, Visit
from inspections.papers.registry import KINDS
from inspections.workflows import papers
from shuangjian import clock
from shuangjian.journal.models import Job

OFFICERS = {"officers": [{"name": "何敏", "card": "云执教0107"}, {"name": "王建国", "card": "云执教0112"}]}
DEMAND = "年级组每周五汇总各班作业时间，报教务处。"
GOOD = """假期安排提前公布。学校在放假前书面告知家长，门卫登记完整。
低年级没有书面家庭作业，识字、口算都在课内完成。"""
ADVICE = "年级组每月自查一次作业和考试，结果书面报学校，由教导主任负责。"


def stories(place: Place) -> Iterator[Story]:
    """Every paper, none of them begun."""
    for story in (
        received_by_chengguan,
        served_at_shiqiao,
        waiting_at_qiming,
        withdrawn_from_tongchuang,
        given_up_for_hekou,
        before_the_leader,
        draft_for_erzhong,
    ):
        yield story(place)


def _last_visit(place: Place, unit: str) -> Visit:
    return Visit.objects.filter(organisation=place.units[unit], state=Visit.State.CONFIRMED).latest("pk")


def _draft(
    place: Place,
    kind: str,
    unit: str,
    *,
    by: str = "dudao",
    visit: Visit | None = None,
    items: Sequence[str] = (),
    given: Mapping[str, Any] | None = None,
    delivery: str = Paper.Delivery.ONLINE,
) -> Paper:
    """A draft from a visit's problems, or from the unit's open cases of these items."""
    organisation = place.units[unit]
    cases: list[RectificationTask] = papers.cases_for(KINDS[kind], organisation, visit)
    if visit is None:
        cases = [case for case in cases if case.problem.item and case.problem.item.code in items]
    return papers.draft(
        kind=KINDS[kind],
        actor=place.people[by],
        organisation=organisation,
        visit=visit,
        tasks=cases,
        delivery=delivery,
        given=given or {},
    )


def write(place: Place, paper: Paper, **sections: str) -> None:
    papers.SIGNING.save(row_id=paper.pk, actor=place.people["dudao"], version=None, sections=sections)


def submit(place: Place, paper: Paper, by: str = "dudao") -> None:
    papers.SIGNING.submit(row_id=paper.pk, actor=place.people[by], version=None)


def sign(place: Place, paper: Paper) -> None:
    """The leader signs; the job that a worker would take is done at once."""
    papers.SIGNING.sign(row_id=paper.pk, actor=place.people["lingdao"], version=None)
    issue(paper)


def issue(paper: Paper) -> None:
    """The job of a signed paper, done at once."""
    do_now(Job.objects.get(kind="papers.issue", payload__paper=paper.pk))


def received_by_chengguan(place: Place) -> Story:
    """Drafted the day after the visit, signed for by the school on the portal."""
    yield place.ago(24, "09:30")
    paper = _draft(place, "notice", "cg", visit=_last_visit(place, "cg"))
    write(place, paper, demand=DEMAND)
    submit(place, paper)
    yield place.ago(23, "10:10")
    sign(place, paper)
    yield place.ago(22, "08:50")
    papers.receive(paper_id=paper.pk, actor=place.people["chengguan"], version=None)


def served_at_shiqiao(place: Place) -> Story:
    """An opinion, served by hand; its receipt came back."""
    yield place.ago(38, "10:00")
    report_by = clock.today() + timedelta(days=30)
    paper = _draft(
        place,
        "opinion",
        "sq",
        visit=_last_visit(place, "sq"),
        given={"report_by": report_by.isoformat()},
        delivery=Paper.Delivery.ON_PAPER,
    )
    write(place, paper, good=GOOD, advice=ADVICE)
    submit(place, paper)
    yield place.ago(37, "15:20")
    sign(place, paper)
    yield place.ago(36, "11:00")
    receipt = papers.Service(
        means=Paper.Means.DIRECT,
        served_on=clock.today(),
        servers="王建国、何敏",
        receiver="潘军",
        receiver_post="校长",
    )
    papers.serve(paper_id=paper.pk, actor=place.people["dudao"], version=None, service=receipt)


def waiting_at_qiming(place: Place) -> Story:
    """An order from the county's check; the institution has not signed for it yet."""
    yield place.ago(9, "09:40")
    visit = _last_visit(place, "qm")
    paper = _draft(place, "order", "qm", by="zhuanban", visit=visit, given=OFFICERS)
    submit(place, paper, by="zhuanban")
    yield place.ago(8, "16:00")
    sign(place, paper)


def withdrawn_from_tongchuang(place: Place) -> Story:
    yield place.ago(25, "10:20")
    paper = _draft(place, "order", "tc", by="zhuanban", items=["R15-4"], given=OFFICERS)
    submit(place, paper, by="zhuanban")
    yield place.ago(24, "11:30")
    sign(place, paper)
    yield place.ago(23, "09:15")
    papers.SIGNING.withdraw(
        row_id=paper.pk,
        actor=place.people["lingdao"],
        version=None,
        words="机构已提交整改计划，人数按备案名册重新核定后另行发文",
    )


def given_up_for_hekou(place: Place) -> Story:
    yield place.ago(3, "09:20")
    paper = _draft(place, "notice", "hkz", by="zhuanban", items=["R05-4"])
    yield place.ago(3, "10:05")
    papers.SIGNING.discard(
        row_id=paper.pk, actor=place.people["zhuanban"], version=None, words="先向家长核实时间，再起草"
    )


def before_the_leader(place: Place) -> Story:
    """Returned once, now before the leader again."""
    yield place.ago(6, "09:00")
    paper = _draft(place, "notice", "sy", items=["R07-1", "R02-1"])
    submit(place, paper)
    yield place.ago(5, "16:40")
    papers.SIGNING.send_back(
        row_id=paper.pk, actor=place.people["lingdao"], version=None, words="请写明向家长书面致歉的要求"
    )
    yield place.ago(4, "09:10")
    write(place, paper, demand="向班级全体家长书面致歉，致歉说明报县教育局备查。")
    submit(place, paper)


def draft_for_erzhong(place: Place) -> Story:
    """Just begun: the office looks at its preview."""
    yield place.ago(1, "16:00")
    _draft(place, "notice", "ez", items=["R10-3"])
