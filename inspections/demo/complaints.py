"""举报和反映 of the demo county: from every door, in every state, clocks of every kind.

``CODE`` follows each one that came by the web form: a demonstration shows it, an installation never does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import Complaint
from inspections.workflows import complaint_rules, complaints, complaints_public, inquiries
from shuangjian import clock

CODE = "2345-6789-ABCD-EFGH-J"
ZHUANBAN, KESHI, LINGDAO = "zhuanban", "keshi", "lingdao"
D, K, T = Complaint.Door, Complaint.Kind, Complaint.Topic


class Matter(NamedTuple):
    """``ago``: days before the county's date on which it came; ``unit``: short name, empty where unknown."""

    ago: int
    door: Complaint.Door
    kind: Complaint.Kind
    topic: Complaint.Topic
    unit: str
    words: str
    ends: str  # the state to which it is brought


MATTERS = (
    Matter(52, D.HOTLINE, K.REQUEST, T.HOMEWORK, "cg", "孩子三年级，晚上经常写作业到9点半。", "closed"),
    Matter(47, D.PHONE, K.INQUIRY, T.OTHER, "", "问课后服务几点结束、收多少钱。", "closed"),
    Matter(40, D.WEB, K.BREACH, T.TUTORING, "xh", "周六上午还在给初二学生讲数学。", "closed"),
    Matter(33, D.LETTER, K.DISCIPLINE, T.PAID_TUTORING, "ez", "有老师在家里收费补课。", "referred"),
    Matter(30, D.HOTLINE, K.REFUND, T.REFUND, "qm", "课没上完，退费拖了两个月。", "answered"),
    Matter(26, D.PHONE, K.REQUEST, T.HOURS, "shiqiao", "学校要求7点前到校早读。", "refused"),
    Matter(24, D.WEB, K.REQUEST, T.HOMEWORK, "hk", "要家长每天在群里上传批改好的作业。", "answered"),
    Matter(20, D.SUPERIOR, K.BREACH, T.CLASSES, "yz", "七年级分了两个实验班。", "accepted"),
    Matter(17, D.HOTLINE, K.REQUEST, T.HOURS, "", "反映市直学校占用午休，不属于本县。", "returned"),
    Matter(15, D.MAILBOX, K.REQUEST, T.EXAMS, "yz", "期中考试排名发在家长群里。", "accepted"),
    Matter(12, D.WEB, K.REQUEST, T.EXAMS, "yz", "月考成绩排名让学生带回家签字。", "merged"),
    Matter(11, D.VISIT, K.BREACH, T.CHARGES, "sy", "学校推荐到指定书店买教辅。", "paused"),
    Matter(9, D.WEB, K.REQUEST, T.HOMEWORK, "sy", "五年级周末留了8张卷子。", "reverifying"),
    Matter(6, D.HOTLINE, K.REQUEST, T.EXAMS, "yz", "考试一个月一次，孩子压力大。", "accepted"),
    Matter(3, D.PLATE, K.REQUEST, T.HOURS, "cg", "课后服务时间讲新课。", "received"),
    Matter(2, D.HOTLINE, K.REFUND, T.REFUND, "tc", "一次收了半年的费。", "received"),
    Matter(1, D.WEB, K.REQUEST, T.HOMEWORK, "cg", "二年级也布置了书面作业。", "received"),
)


def stories(place: Place) -> Iterator[Story]:
    yield _routes(place)
    for at, matter in enumerate(MATTERS):
        yield _course(place, at, matter)


def _routes(place: Place) -> Story:
    """Whose the matters are: refunds and breaches the task force's, questions an office's."""
    yield place.ago(60, "09:10")
    for kind, officer in ((K.INQUIRY, KESHI), (K.REFUND, ZHUANBAN), (K.REQUEST, ZHUANBAN)):
        complaint_rules.set_route(
            actor=place.people[ZHUANBAN], kind=kind, township=None, officer=place.people[officer]
        )


def _course(place: Place, at: int, matter: Matter) -> Story:
    yield place.ago(matter.ago, f"{9 + at % 8:02d}:{10 + at % 5 * 9}")
    by_web = matter.door == D.WEB
    ordered = matter.door in Complaint.ORDERED
    today = clock.today()
    row = complaints.register(
        actor=None if by_web else place.people[ZHUANBAN],
        door=matter.door,
        kind=matter.kind,
        topic=matter.topic,
        words=matter.words,
        received_on=today,
        organisation=place.units[matter.unit] if matter.unit not in ("", "shiqiao") else None,
        township=place.units["shiqiao"] if matter.unit == "shiqiao" else None,
        name="家长" if at % 3 == 0 else "",
        phone="0000-6120017" if at % 3 == 0 else "",
        external_no=f"GD{today:%Y%m%d}{100 + at:05d}" if ordered else "",
        handed_on=today if ordered else None,
        sign_by=today + timedelta(days=1) if ordered else None,
        finish_by=today + timedelta(days=14) if ordered else None,
        code=CODE if by_web else "",
    )
    yield from _on(place, row, matter)


def _on(place: Place, row: Complaint, matter: Matter) -> Story:
    """From its registration to the state where it stands."""
    actor = place.people[KESHI if matter.kind == K.INQUIRY else ZHUANBAN]
    common: dict[str, Any] = {"complaint_id": row.pk, "version": None, "actor": actor}
    if matter.ends == "received":
        return
    yield place.ago(matter.ago - 1, "15:20")
    if matter.ends == "refused":
        complaints.refuse(words="没有写明是哪所学校，电话回访两次没有接通；写明后可以重新反映。", **common)
        return
    if matter.ends == "returned":
        complaints.send_back(words="反映的是市直学校，由市教育局办理。", **common)
        return
    if matter.kind == K.DISCIPLINE:
        complaints.refer(office=place.units["basic"], words="转人事股会同纪检组核查。", **common)
        return
    complaints.accept(**common)
    if matter.ends == "merged":
        main = Complaint.objects.get(door=D.MAILBOX)
        complaints.merge(into=main, words="同一次考试的同一件事。", **common)
        return
    if matter.ends == "paused":
        yield place.ago(matter.ago - 3, "10:30")
        complaints.pause(words="反映人要求等期末收到书单后再核实。", **common)
        return
    if matter.ends == "accepted":
        return
    if matter.topic == T.HOMEWORK:
        yield from _facts_of_the_unit(place, row, matter)
    yield place.ago(max(matter.ago - 7, 3), "16:10")
    complaints.answer(finding=Complaint.Finding.PARTLY, words=_ANSWERS[matter.topic], **common)
    if matter.ends == "reverifying":
        yield place.ago(1, "19:40")
        complaints_public.ask_reverify(complaint_id=row.pk, words="周末又留了7张。")
    if matter.ends == "closed":
        yield place.ago(matter.ago - 14, "11:00")
        if not row.is_anonymous:
            complaints.call_back(satisfied=Complaint.Satisfied.YES, **common)
        complaints.close(**common)


_ANSWERS = {
    T.HOMEWORK: "我们到校看了三个班两周的作业，平均65分钟，超过了规定的60分钟。学校已调整并在校门口公示。",
    T.OTHER: "课后服务结束时间不早于当地下班时间，收费标准在学校公示栏，自愿参加。",
    T.TUTORING: "周六到场检查时正在上课，已责令停止并限期整改，我们会回头看。",
    T.REFUND: "机构已把没有上的课的费用退还，回执存档。",
}


def _facts_of_the_unit(place: Place, row: Complaint, matter: Matter) -> Story:
    """What the unit is asked in the office's own words, and its answer."""
    asker = place.people[ZHUANBAN]
    inquiries.ask_for(
        complaint_id=row.pk,
        actor=asker,
        version=None,
        words="请核实各年级最近两周的书面作业时间，说明批改方式。",
        due_on=clock.today() + timedelta(days=4),
        is_safe=True,
    )
    yield place.ago(max(matter.ago - 4, 4), "17:30")
    inquiry = row.inquiries.get()
    clerk = place.people[{"cg": "chengguan", "hk": "hekou", "sy": "shiyan"}[matter.unit]]
    inquiries.reply(
        inquiry_id=inquiry.pk,
        actor=clerk,
        version=None,
        words="已逐班核对，两个班平均65分钟，本周起由年级组统一布置，控制在60分钟以内。",
    )
