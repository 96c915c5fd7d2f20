"""Model cases, exchange and disclosures in any state, for the tests: each test moves its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from inspections.models import Disclosure, Experience, ModelCase, ModelObjection
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from tests.cast import Cast

PRACTICE = "年级组每周统筹一次作业总量，学科教师先做一遍再布置。"
EFFECT = "抽查20名学生，三至六年级平均用时由75分钟降到52分钟。"
CITATION = "每周统筹作业总量，教师先做再布置。"


def model_in(
    state: str, *, unit: Organisation, by: Any, leader: Any, words: str = "", **more: Any
) -> ModelCase:
    """A case of ``unit`` in a state, nominated by ``by``; on notice it has one objection that waits."""
    now, today = clock.now(), clock.today()
    was_public = state in ModelCase.WAS_PUBLIC
    ended = state in ("declined", "retracted", "withdrawn")
    case = ModelCase.objects.create(
        no=f"{today.year}-M{ModelCase.objects.count() + 501:04}",
        kind=more.pop("kind", unit.kind),
        source=ModelCase.Source.UNIT,
        state=state,
        organisation=unit,
        title=f"{words}作业总量每周统筹",
        practice=f"{words}{PRACTICE}",
        effect=EFFECT,
        nominated_by=by,
        nominated_at=now,
        notice_from=today - timedelta(days=3) if was_public else None,
        notice_until=today + timedelta(days=4) if was_public else None,
        notice_by=leader if was_public else None,
        citation=CITATION if was_public else "",
        document_no="云教〔2026〕45号" if state in ("published", "withdrawn") else "",
        published_at=now if state in ("published", "withdrawn") else None,
        ended_at=now if ended else None,
        ended_words="出现新的问题，不再符合条件" if ended else "",
        proposed_words=more.pop("proposed_words", "问题待核" if state == "published" else ""),
        **more,
    )
    if state == "notice":
        case.objections.create(
            ordinal=1, way=ModelObjection.Way.PHONE, words="星期三作业很多", contact="某家长", made_at=now
        )
    return case


def experience_in(state: str, cast: Cast, picture: StoredFile) -> Experience:
    """An article with a picture."""
    row = Experience.objects.create(
        no=f"{clock.today().year}-E{Experience.objects.count() + 501:04}",
        kind=Experience.Kind.ARTICLE,
        state=state,
        title="作业统筹经验",
        on=clock.today(),
        body=PRACTICE,
        written_by=cast.people["task_force"],
        written_at=clock.now(),
        published_by=None if state == "draft" else cast.people["supervision"],
        published_at=None if state == "draft" else clock.now(),
        recall_words="数字有误" if state == "recalled" else "",
    )
    row.pictures.create(stored_file=picture)
    return row


def disclosure_in(state: str, cast: Cast, unit: Organisation, words: str = "") -> Disclosure:
    """An entry of the exposure list about ``unit``."""
    today, is_out = clock.today(), state != "proposed"
    return Disclosure.objects.create(
        no=f"{today.year}-G{Disclosure.objects.count() + 501:04}",
        kind=Disclosure.Kind.EXPOSED,
        state=state,
        organisation=unit,
        name=f"{words}违规收费",
        address="城关镇",
        offence=Disclosure.Offence.FEES,
        facts=f"{words}违规收费，已退还。",
        document_no="云教罚〔2026〕3号",
        decided_by_office="云溪县教育局",
        decided_on=today,
        down_on=today + timedelta(days=300),
        heard_until=today + timedelta(days=7),
        proposed_by=cast.people["task_force"],
        proposed_at=clock.now(),
        published_by=cast.people["leader"] if is_out else None,
        published_at=clock.now() if is_out else None,
        ended_at=clock.now() if state == "taken_down" else None,
        ended_words="公开期满" if state == "taken_down" else "",
    )
