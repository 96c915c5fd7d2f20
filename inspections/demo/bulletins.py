"""What the demo county has told its units: one with an attachment, one that was corrected, one recalled."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.workflows import bulletins
from shuangjian.accounts.models import Organisation

SCHOOLS, INSTITUTIONS = [Organisation.Kind.SCHOOL.value], [Organisation.Kind.INSTITUTION.value]


def stories(place: Place) -> Iterator[Story]:
    """Each written as staff would: a draft, read through, published."""
    yield about_homework_boards(place)
    yield about_fees(place)
    yield about_a_meeting(place)


def about_homework_boards(place: Place) -> Story:
    """With a picture of how a board should look."""
    yield place.ago(18, "09:40")
    board = pictures.homework_board(
        "作业公示",
        ("年级", "语文", "数学", "英语"),
        (("三年级", "20分钟", "20分钟", "10分钟"), ("四年级", "20分钟", "25分钟", "10分钟")),
        place.ago(18).date(),
    )
    row = bulletins.draft(
        actor=place.people["zhuanban"],
        title="关于规范作业公示栏的通知",
        body=(
            "各中小学校：\n\n作业公示放在学校自己的公示栏里，写一个常规周的安排就可以，不用另报材料，也不用拍照上传。\n\n"
            "一、小学按班写明各科书面作业的大约用时，一、二年级不布置书面家庭作业。\n"
            "二、初中写明每天书面作业的总用时。\n"
            "三、督学到校时现场看，样式见附件，各校可以用自己的样式。"
        ),
        unit_kinds=SCHOOLS,
        files=[place.photo("zhuanban", "作业公示样式.jpg", board)],
    )
    yield place.ago(18, "10:05")
    bulletins.publish(bulletin_id=row.pk, actor=place.people["zhuanban"], version=None)


def about_fees(place: Place) -> Story:
    """Published with a mistake, corrected the next morning."""
    yield place.ago(11, "15:20")
    text = (
        "各校外培训机构：\n\n寒假班开班前，请在本机构醒目位置公示收费项目、标准和退费办法。"
        "预收费全部进入资金监管账户，不得一次性收取超过3个月或60课时的费用。\n\n"
    )
    row = bulletins.draft(
        actor=place.people["zhuanban"],
        title="关于寒假收费公示的通知",
        body=text + "公示时间：2026年11月31日前。",
        unit_kinds=INSTITUTIONS,
    )
    bulletins.publish(bulletin_id=row.pk, actor=place.people["zhuanban"], version=None)
    yield place.ago(10, "08:50")
    newer = bulletins.correct(bulletin_id=row.pk, actor=place.people["zhuanban"], version=None)
    bulletins.edit(
        bulletin_id=newer.pk,
        actor=place.people["zhuanban"],
        version=None,
        title=row.title,
        body=text + "公示时间：2026年11月30日前。",
        unit_kinds=INSTITUTIONS,
    )
    bulletins.publish(bulletin_id=newer.pk, actor=place.people["zhuanban"], version=None)


def about_a_meeting(place: Place) -> Story:
    """Recalled: the meeting was put off."""
    yield place.ago(6, "11:15")
    row = bulletins.draft(
        actor=place.people["dudao"],
        title="关于召开督导工作座谈会的通知",
        body="请各校校长于下周三下午到县教育局三楼会议室参加座谈，时间约1小时。",
        unit_kinds=SCHOOLS,
    )
    bulletins.publish(bulletin_id=row.pk, actor=place.people["dudao"], version=None)
    yield place.ago(4, "16:30")
    bulletins.recall(
        bulletin_id=row.pk, actor=place.people["dudao"], version=None, words="会议改期，时间另行通知"
    )
