"""线索点 of the demo county: one to be checked, one handed over, one closed, one ruled out."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo.place import Place
from inspections.demo.story import Story
from shuangjian import clock
from tutoring.models import Lead
from tutoring.workflows import leads

ZHUANBAN, DUDAO, DUXUE1, DUXUE2, LIANLUO = "zhuanban", "dudao", "duxue1", "duxue2", "lianluo"


def stories(place: Place) -> Iterator[Story]:
    yield closed(place)
    yield handed_over(place)
    yield ruled_out(place)
    yield waiting(place)


def _found(place: Place, who: str, town: str, area: str, address: str, kind: str, noticed: str) -> Lead:
    """Registered today by somebody who saw it or took it down today."""
    source = Lead.Source.PUBLIC if who == ZHUANBAN else Lead.Source.PATROL
    return leads.register(
        actor=place.people[who],
        township=place.units[town],
        area=place.units[area],
        address=address,
        kind=kind,
        noticed=noticed,
        source=source,
        found_on=clock.today(),
    )


def closed(place: Place) -> Story:
    """A homework club that taught English; the market supervision stopped it and said so here."""
    yield place.ago(40, "16:50")
    lead = _found(
        place, DUXUE1, "chengguan", "area1", "学府路31号2楼", Lead.Kind.DAYCARE,
        "放学后有20多名学生，一间屋里挂着英语单词卡和课程表，门口没有任何证照。",
    )  # fmt: skip
    yield place.ago(38, "17:20")
    leads.verify(
        lead_id=lead.pk, actor=place.people[DUXUE1], version=None, on=clock.today(),
        words="正在上英语课，负责人承认按月收费，没有办学许可证，也没有营业执照。",
    )  # fmt: skip
    yield place.ago(36, "10:10")
    leads.hand_over(
        lead_id=lead.pk, actor=place.people[ZHUANBAN], version=None, on=clock.today(),
        office=place.units["market"], document_no=f"云教函〔{place.as_of.year}〕18号",
        words="无照经营，请依法处理。",
    )  # fmt: skip
    yield place.ago(26, "15:00")
    leads.reply(
        lead_id=lead.pk, actor=place.people[LIANLUO], version=None, on=clock.today(),
        words="已责令停止经营，学费全部退还，场所已清空。",
        document_no=f"云市监函〔{place.as_of.year}〕42号",
    )  # fmt: skip
    yield place.ago(25, "09:20")
    leads.close(
        lead_id=lead.pk, actor=place.people[ZHUANBAN], version=None, on=clock.today(),
        words="到现场看过，已停办。",
    )  # fmt: skip


def handed_over(place: Place) -> Story:
    """A study room that is a class; the department has not answered yet."""
    yield place.ago(12, "10:30")
    lead = _found(
        place, ZHUANBAN, "hekou", "area2", "沿江路66号", Lead.Kind.STUDY_ROOM,
        "群众反映：周末有人给初中学生讲数学，一次收80元。",
    )  # fmt: skip
    yield place.ago(9, "15:40")
    leads.verify(
        lead_id=lead.pk, actor=place.people[DUXUE2], version=None, on=clock.today(),
        words="到场时有11名学生听课，墙上贴着数学课收费表。登记的经营范围只有自习场地出租。",
    )  # fmt: skip
    yield place.ago(7, "09:50")
    leads.hand_over(
        lead_id=lead.pk, actor=place.people[ZHUANBAN], version=None, on=clock.today(),
        office=place.units["market"], document_no=f"云教函〔{place.as_of.year}〕27号",
        words="超范围经营，请核查处理。",
    )  # fmt: skip


def ruled_out(place: Place) -> Story:
    """A reading room of the village that somebody took for a class."""
    yield place.ago(18, "11:15")
    lead = _found(
        place, DUDAO, "shiqiao", "area2", "石桥街19号", Lead.Kind.OTHER,
        "每天放学后有学生进出，门上贴着“作业辅导”。",
    )  # fmt: skip
    yield place.ago(15, "16:30")
    leads.rule_out(
        lead_id=lead.pk, actor=place.people[DUXUE2], version=None, on=clock.today(),
        words="是村里的农家书屋，志愿者看管，不收费，不讲课，门上的纸已撕去。",
    )  # fmt: skip


def waiting(place: Place) -> Story:
    """Seen last week, to be checked."""
    yield place.ago(4, "17:35")
    _found(
        place, DUXUE1, "chengguan", "area1", "府前街7号3单元", Lead.Kind.PRIVATE_TUTOR,
        "单元门口贴着“一对一提分”的纸条，放学后有学生上楼。",
    )  # fmt: skip
