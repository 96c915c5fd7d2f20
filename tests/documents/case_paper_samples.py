"""Papers of accountability, letters and records for the tests of their PDFs, not saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from inspections.models import Paper
from inspections.papers.accountability import Appeal, Grounds
from inspections.papers.circular import CircularData
from inspections.papers.letters import Letter
from inspections.papers.praise import PraiseData
from inspections.papers.proposal import ProposalData
from inspections.papers.record import HeadRow, SignLine
from inspections.papers.registry import KINDS
from inspections.papers.talk import TalkData
from inspections.papers.talk_record import TalkRecordData
from inspections.reports.data import dump
from shuangjian.accounts.models import User
from tests.documents.paper_samples import BUREAU, CONTACT, INSTITUTION, OFFICE, RED, SCHOOL

KINDS_HERE = (
    "talk", "circular", "proposal", "praise", "transfer", "consult", "talk_record"
)  # fmt: skip
GROUNDS = Grounds(
    "2026-Z0003",
    "两次逾期",
    "八年级作业公示问题两次逾期未改",
    "2026-0151",
    "减负三十条第4条（严控书面作业总量）",
)
APPEALS = (
    Appeal("复核", OFFICE, "云溪县文教路1号", 30, 30),
    Appeal("申诉", "云州市人民政府教育督导委员会办公室", "云州市市府路9号", 15, 60),
)
READERS = "各学校、校外培训机构"
HEARD = "5月8日校长书面说明了情况，认可事实"
DATA: dict[str, Any] = {
    "talk": TalkData(
        OFFICE, SCHOOL, GROUNDS, datetime(2026, 5, 20, 1, 30, tzinfo=UTC), "县教育局二楼会议室",
        "校长和分管教学的副校长", "整改情况的书面说明", APPEALS, CONTACT,
    ),
    "circular": CircularData(OFFICE, SCHOOL, READERS, GROUNDS, HEARD, APPEALS),
    "proposal": ProposalData(OFFICE, SCHOOL, "中共云溪县委教育工作委员会", GROUNDS, HEARD, date(2026, 6, 30)),
    "praise": PraiseData(BUREAU, INSTITUTION, READERS, "4月督导时到场核实，随机问了12名家长"),
    "transfer": Letter(
        BUREAU, "云溪县市场监督管理局", INSTITUTION, (RED,), "虚假宣传由市场监管部门查处", date(2026, 7, 15),
        CONTACT
    ),
    "consult": Letter(
        BUREAU, "云溪县市场监督管理局", INSTITUTION, (RED,), "收费公示由两家共管", date(2026, 7, 15), CONTACT
    ),
    "talk_record": TalkRecordData(
        OFFICE,
        SCHOOL,
        (
            HeadRow("被约谈单位", SCHOOL.line),
            HeadRow("约谈时间", "2026年5月20日9时30分", "约谈地点", "县教育局二楼会议室"),
            HeadRow("约谈事由", "两次逾期", "约谈通知", "云教督〔2026〕8号"),
        ),
        GROUNDS,
        ("陈志远 分管领导", "张华 校长"),
        ("指出公示两次逾期未改。", "校长说明年级组没有统筹，已安排专人。"),
        (("每周五公示下周作业", "李静", "2026年6月1日"), ("月底前回访家长20名", "张华", "2026年5月31日")),
        (SignLine("约谈人（签字）"), SignLine("被约谈人（签字）"), SignLine("记录人（签字）"),
        SignLine("日期")),
    ),
}  # fmt: skip
TEXTS = {
    "nature": "违反减负规定。公示两次逾期，学校没有专人负责。",
    "demand": "各单位对照检查。本月底前完成自查。",
    "proposal": "建议对分管副校长予以批评教育。",
    "practice": "作业总量由年级组统筹。每天汇总，超过标准的当天调减。",
    "ask": "请派员参加5月25日的联合检查。",
}
NUMBERS = {
    "talk": "云教督〔2026〕8号", "circular": "云教督〔2026〕9号", "proposal": "云教督〔2026〕10号",
    "praise": "云教函〔2026〕21号", "transfer": "云教函〔2026〕22号", "consult": "云教函〔2026〕23号",
    "talk_record": "约谈纪要2026-Z0003",
}  # fmt: skip


def paper(
    kind: str, data: Any = None, *, sections: dict[str, str] | None = None, signed: bool = True
) -> Paper:
    """A paper with its number and date, or as the leader reads it."""
    chosen = DATA[kind] if data is None else data
    texts = TEXTS if sections is None else sections
    row = Paper(
        no="2026-W0001",
        as_of=datetime(2026, 5, 14, 1, 0, tzinfo=UTC),
        kind=kind,
        title=f"{Paper.Kind(kind).label}（云溪县第二初级中学）",
        data=dump(chosen),
        sections={key: texts.get(key, "") for key, _, _ in KINDS[kind].sections},
    )
    if signed:
        row.document_no = NUMBERS[kind]
        row.signed_on = date(2026, 5, 15)
        row.signed_by = None if row.is_record else User(pk=1, name="陈志远")
        row.check_code = "7K3M-Q0ZX"
    return row


def said_everywhere(kind: str, words: str, text: str) -> Paper:
    """A paper with these words in every place that people fill, ``text`` where the most of it is written."""
    grounds = Grounds(words, words, words, words, words)
    to = replace(
        DATA[kind].unit if kind in ("transfer", "consult") else DATA[kind].to, name=words, line=words
    )
    appeals = tuple(replace(one, office=words, address=words) for one in APPEALS)
    fact = replace(RED, fact=words, demand=words, rule_title=words, prohibition=words)
    head = (HeadRow(words, words, words, words), HeadRow(words, words))
    signs = (SignLine(words, words),)
    changed: dict[str, dict[str, Any]] = {
        "talk": {"to": to, "grounds": grounds, "place": words, "people": words, "bring": words,
                 "appeals": appeals, "contact": words},
        "circular": {"to": to, "readers": words, "grounds": grounds, "heard": words, "appeals": appeals},
        "proposal": {"to": to, "body": words, "grounds": grounds, "heard": words},
        "praise": {"to": to, "readers": words, "reason": words},
        "transfer": {"to": words, "unit": to, "facts": (fact,), "reason": text, "contact": words},
        "consult": {"to": words, "unit": to, "facts": (fact,), "reason": text, "contact": words},
        "talk_record": {"to": to, "head": head, "grounds": grounds, "people": (words,), "signs": signs,
                        "said": tuple(text.split("\n")), "promises": ((words, words, words),)},
    }  # fmt: skip
    sections = dict.fromkeys((*TEXTS, "note"), text)
    return paper(kind, replace(DATA[kind], **changed[kind]), sections=sections)
