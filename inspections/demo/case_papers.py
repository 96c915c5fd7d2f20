"""Papers of accountability, letters between offices and records made this term, each kind once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from inspections.demo.papers import issue, sign, submit, write
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import Paper, Sanction
from inspections.papers.registry import KINDS
from inspections.workflows import papers, sanctions
from inspections.workflows.sanctions import Commitment
from shuangjian import clock
from shuangjian.accounts.models import Organisation

ADDRESSES = {
    "review_address": "云溪县文教路1号县教育局3楼",
    "complaint_address": "市府路9号市教育局督导科",
}
PROMISE = "假期安排报教务处备案，不再集体补课"
NATURE = """属于超范围聘用和备案不及时。机构人员变动后没有及时报备，责任在机构负责人。
各机构要看到，人员不足额时先停招、再补足，不得先招后补。"""
DEMAND = """各机构于10个工作日内核对专职人员名册，由机构负责人签字报县教育局。
各学校不得为机构代招、代宣传。"""
PRACTICE = """作业总量由年级组统筹。每天由年级组长汇总各科作业时间，超过标准的当天调减。
雨天有室内体育方案。课程表上写明场地和负责人，每天不少于1小时。"""
LEARN = "各学校于月底前对照学习，把作业统筹的做法写进教学管理制度。"
ASK = "请派员参加本月的联合检查，核对该机构的营业执照经营范围和收费公示。"
PROPOSAL = "建议对机构负责人予以批评教育，并在年度检查结论中予以考虑。"


def stories(place: Place) -> Iterator[Story]:
    """Every one, none of them begun."""
    for story in (
        talk_at_shiqiao,
        circular_on_tongchuang,
        proposal_drafted,
        praised,
        asked,
        letter_drafted,
    ):
        yield story(place)


def _instruct(place: Place, kind: str, unit: str, ground: str, facts: str) -> Sanction:
    return sanctions.instruct(
        actor=place.people["lingdao"],
        organisation=place.units[unit],
        kind=kind,
        ground=ground,
        facts=facts,
        instruction="同意，请督导室按程序办理。",
    )


def _draft(
    place: Place,
    kind: str,
    organisation: Organisation,
    given: Mapping[str, Any],
    *,
    delivery: str = Paper.Delivery.ON_PAPER,
    texts: Mapping[str, str] | None = None,
    **about: Any,
) -> Paper:
    office = place.people["dudao"]
    fields: dict[str, Any] = {"visit": None, "tasks": []} | about
    paper = papers.draft(
        kind=KINDS[kind], actor=office, organisation=organisation, delivery=delivery, given=given, **fields
    )
    if texts:
        write(place, paper, **texts)
    return paper


def talk_at_shiqiao(place: Place) -> Story:
    """Announced weeks ahead, held, its record made, what was promised kept."""
    yield place.ago(38, "16:20")
    case = _instruct(place, "talk", "sq", "other", "国庆假期安排没有报批，两个班到校上课，家长多次反映")
    yield place.ago(37, "09:30")
    given = {
        "meeting_at": place.ago(17, "09:30").isoformat(),
        "place": "县教育局二楼会议室",
        "people": "校长和教导主任",
        "bring": "整改情况的书面说明，写明原因、措施、责任人和完成时限",
        **ADDRESSES,
    }
    paper = _draft(place, "talk", place.units["sq"], given, delivery=Paper.Delivery.ONLINE, sanction=case)
    submit(place, paper)
    yield place.ago(36, "10:40")
    sign(place, paper)
    yield place.ago(35, "08:45")
    papers.receive(paper_id=paper.pk, actor=place.people["shiqiao"], version=None)
    common: dict[str, Any] = {"sanction_id": case.pk, "version": None}
    yield place.ago(17, "16:30")
    sanctions.handle(
        actor=place.people["dudao"],
        handled_on=clock.today(),
        attendance="陈志远　县教育局分管领导\n王建国　督导室\n潘军　石桥中心小学校长",
        outcome="指出假期集体上课的事实和家长的反映。\n校长说明原因并认可事实。\n要求假期安排一律先报批、后公布。",
        commitments=[Commitment(PROMISE, "潘军", clock.today() + timedelta(days=14))],
        **common,
    )
    record = _draft(place, "talk_record", place.units["sq"], {}, sanction=case)
    issue(record)
    yield place.ago(8, "15:10")
    one = case.commitments.get()
    words = "已备案并在校门口公布。"
    sanctions.keep(actor=place.people["shiqiao"], commitment_id=one.pk, words=words, **common)
    yield place.ago(7, "09:20")
    sanctions.close(actor=place.people["dudao"], words="承诺已落实。", **common)


def circular_on_tongchuang(place: Place) -> Story:
    """Criticised before all, after it was heard; sent out and closed."""
    yield place.ago(21, "15:40")
    case = _instruct(place, "circular", "tc", "other", "专职教学、教研人员长期不足，经提醒仍未报备人员变动")
    yield place.ago(20, "10:10")
    given = {
        "readers": "各学校、校外培训机构",
        "heard": "机构负责人到县教育局当面说明：两名教师离职后没有及时补聘",
        **ADDRESSES,
    }
    texts = {"nature": NATURE, "demand": DEMAND}
    paper = _draft(place, "circular", place.units["tc"], given, texts=texts, sanction=case)
    submit(place, paper)
    yield place.ago(19, "11:20")
    sign(place, paper)
    yield place.ago(18, "15:00")
    papers.serve(
        paper_id=paper.pk,
        actor=place.people["dudao"],
        version=None,
        service=papers.Service(
            means=Paper.Means.DIRECT,
            served_on=clock.today(),
            servers="王建国、何敏",
            receiver="高远",
            receiver_post="机构负责人",
        ),
    )
    common: dict[str, Any] = {"sanction_id": case.pk, "actor": place.people["dudao"], "version": None}
    sanctions.handle(
        handled_on=clock.today(), outcome="印发全县各学校、校外培训机构，在政务网公布。", **common
    )
    yield place.ago(17, "10:00")
    sanctions.close(**common)


def proposal_drafted(place: Place) -> Story:
    """Just instructed: its paper is a draft, the unit knows nothing yet."""
    yield place.ago(3, "16:40")
    case = _instruct(
        place, "proposal", "qm", "other", "在职教师有偿补课的线索经查属实，机构负责人明知仍予聘用"
    )
    yield place.ago(2, "15:20")
    given = {
        "body": "云溪县教育局机关党委",
        "heard": "机构负责人书面说明了聘用经过，认可事实",
        "answer_by": (clock.today() + timedelta(days=40)).isoformat(),
    }
    _draft(place, "proposal", place.units["qm"], given, texts={"proposal": PROPOSAL}, sanction=case)


def praised(place: Place) -> Story:
    """The first of the schools at which nothing grave is open."""
    yield place.ago(11, "09:50")
    kind = KINDS["praise"]
    named = [place.units[key] for key in ("hk", "cg", "sq")]
    schools = Organisation.objects.active().filter(kind=Organisation.Kind.SCHOOL).order_by("code")
    unit = next(one for one in (*named, *schools) if not papers.why_not(kind, one, None))
    given = {"readers": "各学校", "reason": "10月督学到校核实，查看了两周的公示和登记，回访了6名家长"}
    texts = {"practice": PRACTICE, "demand": LEARN}
    paper = _draft(place, "praise", unit, given, delivery=Paper.Delivery.ONLINE, texts=texts)
    submit(place, paper)
    yield place.ago(10, "16:10")
    sign(place, paper)


def _about(place: Place, unit: str, item: str) -> dict[str, Any]:
    """The unit's open case of an item, and the department to which the letter goes."""
    kind, organisation = KINDS["consult"], place.units[unit]
    cases = [one for one in papers.cases_for(kind, organisation, None) if one.problem.item]
    case = next(one for one in cases if one.problem.item and one.problem.item.code == item)
    return {"tasks": [case], "department": place.units["market"]}


def _reason(days: int, words: str) -> dict[str, str]:
    return {"reason": words, "report_by": (clock.today() + timedelta(days=days)).isoformat()}


def asked(place: Place) -> Story:
    """A 商请函: the department signed for it; the case stays with the county."""
    yield place.ago(13, "10:30")
    about = _about(place, "tc", "R15-4")
    given = _reason(30, "人员和经营范围由两家共同核对")
    paper = _draft(
        place,
        "consult",
        place.units["tc"],
        given,
        delivery=Paper.Delivery.ONLINE,
        texts={"ask": ASK},
        **about,
    )
    submit(place, paper)
    yield place.ago(12, "15:40")
    sign(place, paper)
    yield place.ago(11, "10:05")
    papers.receive(paper_id=paper.pk, actor=place.people["lianluo"], version=None)


def letter_drafted(place: Place) -> Story:
    """A 移交函 that the office still looks at: signed, it hands the case over."""
    yield place.ago(2, "10:50")
    about = _about(place, "xh", "R13-2")
    given = _reason(30, "明码标价由市场监督管理部门监督检查")
    _draft(place, "transfer", place.units["xh"], given, delivery=Paper.Delivery.ONLINE, **about)
