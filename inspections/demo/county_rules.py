"""The county's own nine rules in the demo: offices are charged with them, asked, and have begun to answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inspections.demo.place import Place
from inspections.demo.self_checks import Shortcoming, fill, submit
from inspections.demo.story import Story
from inspections.workflows import rounds, self_check
from shuangjian.accounts.models import Organisation
from shuangjian.policy.selectors import term_on
from shuangjian.policy.workflows import charges

CHARGED, PUBLISHED = 13, 12  # days before the county's date
DUE = 9  # days after it
TUTORING = ("R25", "R28")  # of the office for tutoring, where the county has one
BASIC = ("R22", "R23", "R24", "R26", "R27", "R30")  # 第29条 nobody is charged with yet


def stories(place: Place) -> Iterator[Story]:
    """The round for offices; 校外培训监管股 has answered, 基础教育股 is at it."""
    yield asked(place)
    yield accepted_tutoring(place)
    yield filling_basic(place)


def asked(place: Place) -> Story:
    """The task force says who answers what, and publishes a round for the offices."""
    yield place.ago(CHARGED, "10:10")
    basic = place.units["basic"]
    offices: dict[str, Organisation | None] = {
        code: place.units.get("office-tutoring", basic) for code in TUTORING
    }
    charges.charge(
        actor=place.people["zhuanban"], version=None, offices={**offices, **dict.fromkeys(BASIC, basic)}
    )
    yield place.ago(PUBLISHED, "15:00")
    due_on = place.as_of + timedelta(days=DUE)
    term = term_on(due_on)
    if term is None:
        return
    round_ = rounds.create(
        actor=place.people["zhuanban"],
        title=f"{term.short_title}县里九条自查",
        term=term,
        unit_kinds=[Organisation.Kind.OFFICE],
        due_on=due_on,
        plan_name=f"{term.short_title}进校进机构事项清单",
        approval_no=f"云办发〔{place.as_of.year}〕12号",
    )
    rounds.publish(round_id=round_.pk, actor=place.people["zhuanban"])


def accepted_tutoring(place: Place) -> Story:
    """Nothing short; accepted. The dozen units of the walkthrough do without this office."""
    yield place.ago(8, "09:20")
    if "office-tutoring" not in place.units:
        return
    check = fill(place, "office-tutoring", "jianguan")
    submit(place, check, "jianguan")
    yield place.ago(4, "16:10")
    self_check.accept(check_id=check.pk, actor=place.people["zhuanban"])


def filling_basic(place: Place) -> Story:
    """Half answered; one shortcoming is written down and not yet handed in."""
    yield place.ago(3, "10:40")
    fill(
        place,
        "basic",
        "keshi",
        {
            "R22-2": Shortcoming(
                "学校年度考核方案里减负落实只占2分", "修订考核方案，减负落实不少于10分", "刘洋", 25
            )
        },
        rules=range(22, 25),
    )
