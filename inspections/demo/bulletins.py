"""通知公告 of the demo county: two sent, with an attachment, one corrected, one still being written."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.workflows import bulletins
from shuangjian import clock

SCHOOLS, INSTITUTIONS = "school", "institution"


def stories(place: Place) -> Iterator[Story]:
    yield timetable(place)
    yield fees(place)
    yield unfinished(place)


def timetable(place: Place) -> Story:
    """To all schools, with the table to be posted."""
    yield place.ago(16, "09:30")
    sheet = pictures.notice(
        "冬季作息时间",
        [
            "小学上课　　不早于8:20",
            "中学上课　　不早于8:00",
            "课后服务　　每天不少于2小时",
            "体育活动　　每天不少于1小时",
        ],
        "云溪县教育局",
        clock.today(),
    )
    draft = bulletins.draft(
        actor=place.people["zhuanban"],
        title="关于做好冬季作息时间调整的通知",
        body="各学校：\n请于11月6日前调整冬季作息时间并公示。不得要求学生提前到校参加统一教学活动。\n附件可直接张贴。",
        unit_kinds=[SCHOOLS],
        files=[place.photo("zhuanban", "冬季作息时间.jpg", sheet)],
    )
    yield place.ago(16, "10:05")
    bulletins.publish(bulletin_id=draft.pk, actor=place.people["zhuanban"], version=None)


def fees(place: Place) -> Story:
    """To institutions; a date in it was wrong, the corrected version takes its place."""
    yield place.ago(9, "14:30")
    body = (
        "各校外培训机构：\n一次收费不得超过3个月或60课时，非学科类一次不超过5000元，全部进入监管账户。"
        "请于{day}前自行清理。"
    )
    draft = bulletins.draft(
        actor=place.people["zhuanban"],
        title="关于规范秋季学期培训收费的提醒",
        body=body.format(day="11月31日"),
        unit_kinds=[INSTITUTIONS],
    )
    bulletins.publish(bulletin_id=draft.pk, actor=place.people["zhuanban"], version=None)
    yield place.ago(8, "09:10")
    again = bulletins.correct(bulletin_id=draft.pk, actor=place.people["zhuanban"], version=None)
    bulletins.edit(
        bulletin_id=again.pk,
        actor=place.people["zhuanban"],
        version=None,
        title=again.title,
        body=body.format(day="11月30日"),
        unit_kinds=[INSTITUTIONS],
    )
    bulletins.publish(bulletin_id=again.pk, actor=place.people["zhuanban"], version=None)


def unfinished(place: Place) -> Story:
    """The supervision office is still writing."""
    yield place.ago(1, "16:10")
    bulletins.draft(
        actor=place.people["dudao"],
        title="关于报送期末考试安排的通知",
        body="各学校：\n请于12月20日前报送期末考试的年级、科目和时间。",
        unit_kinds=[SCHOOLS],
    )
