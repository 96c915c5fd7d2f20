"""约谈: one talk in the width of the county that was held, one of its two commitments still to be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.demo.wide.units import Width
from inspections.workflows import sanctions
from inspections.workflows.sanction_papers import issuers
from inspections.workflows.sanctions import Commitment
from shuangjian import clock

UNIT = "小画家美术培训中心"
KEPT, LEFT = "公示牌和合同由专人每月核对一次", "向全体家长书面说明收费和退费办法"


def stories(place: Place, width: Width) -> Iterator[Story]:
    unit = next(one for one in width.units if one.name == UNIT)
    yield talk(place, unit.key, unit.clerk)


def talk(place: Place, key: str, clerk: str) -> Story:
    """Instructed, served weeks ahead (no holiday shortens that too much), held; one commitment was kept."""
    office, year = place.people["dudao"], place.as_of.year
    yield place.ago(40, "16:10")
    row = sanctions.instruct(
        actor=place.people["lingdao"],
        organisation=place.units[key],
        kind="talk",
        ground="complaints",
        facts="本学期3名家长先后反映超过3个月收费、退费拖延，均经核实。",
        instruction="同意约谈机构负责人，请督导室按程序办理。",
    )
    common: dict[str, Any] = {"sanction_id": row.pk, "version": None}
    yield place.ago(38, "09:40")
    served = clock.today()
    sanctions.issue(
        actor=office,
        issuer=issuers()[1],
        document_no=f"云教督约〔{year}〕2号",
        issued_on=served,
        meeting_at=place.ago(18, "09:30"),
        place="县教育局二楼会议室",
        review_address="云溪县文教路1号县教育局3楼",
        complaint_address="市府路9号市教育局督导科",
        **common,
    )
    yield place.ago(18, "16:30")
    sanctions.handle(
        actor=office,
        handled_on=clock.today(),
        attendance="陈志远　县教育局分管领导\n王建国　督导室\n机构负责人、教务负责人",
        outcome="指出收费超过3个月、退费拖延的事实；机构负责人说明原因并认可，要求立即退费、规范合同。",
        commitments=[
            Commitment(KEPT, "教务负责人", clock.today() + timedelta(days=10)),
            Commitment(LEFT, "机构负责人", place.as_of + timedelta(days=5)),
        ],
        **common,
    )
    yield place.ago(4, "10:15")
    first = row.commitments.get(text=KEPT)
    sanctions.keep(
        actor=place.people[clerk],
        commitment_id=first.pk,
        words="已定专人，本月已核对，记录存本机构。",
        **common,
    )
