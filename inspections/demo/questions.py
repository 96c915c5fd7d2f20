"""What people ask each other in the demo county: what an item means, who takes over a post, what is added."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.workflows import handovers, questions
from shuangjian.policy.models import CheckItem
from shuangjian.policy.selectors import current_rulebook
from shuangjian.policy.workflows import local_rules

# (days before the county's date, who asks, item, question, answer or nothing while it waits)
ASKED = (
    (
        24,
        "chengguan",
        "R04-2",
        "三至六年级书面作业60分钟，是按一般学生算，还是按写得最慢的学生算？",
        "按大多数学生的完成时间算。抽一个班，问10名学生各用了多少分钟，取中间的数；慢的学生可以少做，不加时间。",
    ),
    (
        17,
        "shiqiao",
        "R10-1",
        "路远的学生4点半要赶班车，课后服务做不满2小时，算不算不达标？",
        "学校每天提供2小时即可；家长提出提前接走的，登记后放行，不影响“符合”。",
    ),
    (2, "qiming", "R13-2", "寒假班分两期收费，每期都不到3个月，可以同一天一起收吗？", ""),
)


def stories(place: Place) -> Iterator[Story]:
    for line in ASKED:
        yield asked(place, *line)
    yield handed_over(place)
    yield about_to_be_added(place)


def _item(code: str) -> CheckItem:
    return CheckItem.objects.get(rule__rulebook=current_rulebook(), code=code)


def asked(place: Place, days: int, who: str, code: str, text: str, words: str) -> Story:
    yield place.ago(days, "10:40")
    row = questions.ask(item=_item(code), actor=place.people[who], text=text)
    if words:
        yield place.ago(days - 1, "15:10")
        questions.answer(question_id=row.pk, actor=place.people["zhuanban"], version=None, words=words)


def handed_over(place: Place) -> Story:
    """An inspector is about to leave; who follows has read the list, his role is still to be granted."""
    yield place.ago(1, "09:30")
    giver = place.people["duxue2"]
    handovers.open_handover(
        post=giver.memberships.earliest("pk"),
        actor=giver,
        taker=place.people["duxue1"],
        last_on=place.as_of + timedelta(days=5),
        words="责任区学校的钥匙登记本在档案室第二格；河口小学的课间安排还在沟通。",
    )


def about_to_be_added(place: Place) -> Story:
    """An item of the county's own, to be published; one school that a rule does not concern."""
    yield place.ago(3, "11:00")
    office = place.people["zhuanban"]
    local_rules.add_item(
        actor=office,
        rule_code="R12",
        text="小学课间不少于15分钟，不拖堂、不提前上课",
        evidence="看课表和铃声时间，课间到场看",
        stages=["lower", "upper"],
    )
    local_rules.exempt(
        organisation=place.units["sq"],
        code="R12-5",
        reason="教学楼重建，操场改作临时校舍，到明年8月",
        document_no="云教〔2026〕41号",
        actor=office,
    )
