"""The calendar as people change it: the county's own days, a whole year, versions; loading beside them."""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

import pytest
from django.test import Client

from shuangjian.journal.models import AuditEntry
from shuangjian.policy import calendar
from shuangjian.policy.models import CalendarEdition
from shuangjian.policy.workflows import days, loading
from tests.cast import Cast
from tests.policy.notices import NOTICE_OF_2027
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy", "book")]

TYPHOON = {
    "first_on": "2026-11-17",
    "last_on": "2026-11-18",
    "kind": "rest",
    "name": "台风停工",
    "reason": "县防指关于台风停工停课的通知",
}
WHOLE = {"document": "国办发明电〔2026〕9号", "text": NOTICE_OF_2027, "reason": "通知已经公布"}


def test_the_years_stand_with_their_documents_and_sources(cast: Cast) -> None:
    text = text_of(signed_in(cast.leader).get("/settings/calendar/"))
    for words in ("2026年 已录入 国办发明电〔2025〕7号 节假日数据", "2027年 未录入", "2021年 已录入"):
        assert words in text
    year = text_of(signed_in(cast.system_admin).get("/settings/calendar/2026/"))
    assert "10月1日（星期四）至10月7日（星期三） 放假 国庆节 7 国家" in year
    assert "10月10日（星期六） 上班 国庆节调休 1 国家" in year
    assert "登记本县" not in year


def test_a_typhoon_day_is_the_next_version_and_the_old_one_stays(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    answer = submit(client, "/settings/calendar/2026/days/", TYPHOON, version=1)
    assert answer.status_code == 302 and answer.url == "/settings/calendar/2026/"
    assert calendar.add_working_days(date(2026, 11, 16), 1).on == date(2026, 11, 19)
    page = text_of(client.get("/settings/calendar/2026/"))
    assert "第2版" in page and "11月17日（星期二）至11月18日（星期三） 放假 台风停工 2 本县" in page
    assert TYPHOON["reason"] in page and str(cast.task_force) in page
    old = text_of(client.get("/settings/calendar/2026/?version=1"))
    assert "旧版" in old and "放假 台风停工" not in old
    entry = AuditEntry.objects.get(action="policy.calendar.changed")
    assert (entry.subject_no, entry.actor_id) == ("2026-2", cast.task_force.pk)
    assert entry.after["changed"] == ["2026-11-17", "2026-11-18"]


def test_days_go_back_to_the_countrys(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    submit(client, "/settings/calendar/2026/days/", TYPHOON, version=1)
    back = TYPHOON | {"kind": "national", "name": "", "reason": "台风没有来"}
    assert submit(client, "/settings/calendar/2026/days/", back, version=2).status_code == 302
    assert calendar.add_working_days(date(2026, 11, 16), 1).on == date(2026, 11, 17)
    assert CalendarEdition.objects.filter(year=2026).count() == 3


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"first_on": "2026-11-31"}, "请填写正确的日期"),
        ({"first_on": "2027-11-17", "last_on": "2027-11-18"}, "请填写2026年以内的日期"),
        ({"last_on": "2026-11-16"}, "结束日期不能早于开始日期"),
        ({"first_on": "2026-03-01"}, "一次最多登记60天"),
        ({"kind": ""}, "请选择放假、上班或恢复国家安排"),
        ({"name": ""}, "请填写名称"),
        ({"reason": " "}, "请写明依据"),
        ({"kind": "national", "name": ""}, "没有不同"),
    ],
)
def test_wrong_days_are_refused_with_the_entries_kept(
    cast: Cast, changed: dict[str, str], words: str
) -> None:
    sent = TYPHOON | changed
    answer = submit(signed_in(cast.task_force), "/settings/calendar/2026/days/", sent, version=1)
    assert answer.status_code == 200 and words in text_of(answer)
    if sent["reason"].strip():
        assert sent["reason"] in answer.content.decode()
    assert CalendarEdition.objects.filter(year=2026).count() == 1


def test_the_slower_of_two_changes_is_refused(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    submit(client, "/settings/calendar/2026/days/", TYPHOON, version=1)
    late = submit(client, "/settings/calendar/2026/days/", TYPHOON | {"name": "暴雨停工"}, version=1)
    assert late.status_code == 409 and "暴雨停工" in late.content.decode()
    assert CalendarEdition.objects.filter(year=2026).count() == 2


def test_a_whole_year_is_entered_from_the_notices_words(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert not calendar.is_published(date(2027, 1, 1))
    answer = submit(client, "/settings/calendar/2027/whole/", WHOLE, version=0)
    assert answer.status_code == 302
    page = text_of(client.get("/settings/calendar/2027/"))
    assert "放假31天，调休上班7天" in page and "国办发明电〔2026〕9号，来源县里按通知录入" in page
    counted = calendar.add_working_days(date(2026, 12, 31), 1)
    assert (counted.on, counted.is_provisional) == (date(2027, 1, 4), False)
    again = submit(client, "/settings/calendar/2027/whole/", WHOLE, version=1)
    assert "没有不同" in text_of(again)
    broken = submit(client, "/settings/calendar/2027/whole/", WHOLE | {"text": "一、元旦：1月1日放假"})
    assert "没有读到春节" in text_of(broken)


def test_only_the_task_force_changes_and_only_years_within_reach(cast: Cast, client: Client) -> None:
    for who in (cast.leader, cast.system_admin):
        assert signed_in(who).get("/settings/calendar/2026/days/").status_code == 403
    for path in ("2020/", "2029/", "2020/days/", "2029/whole/"):
        assert signed_in(cast.task_force).get(f"/settings/calendar/{path}").status_code == 404
    assert signed_in(cast.task_force).get("/settings/calendar/2026/?version=99x").status_code == 200


# --- Loading beside the county's own --------------------------------------------------------------------
def test_loading_again_changes_nothing(cast: Cast) -> None:
    before = CalendarEdition.objects.count()
    assert before == 6
    assert loading.load(start_year=2026).counts == {}
    assert CalendarEdition.objects.count() == before
    assert not AuditEntry.objects.exists()  # the first loading is the portal's set-up


def test_a_new_year_of_the_library_keeps_the_countys_days(cast: Cast) -> None:
    span = days.Span(first_on=date(2027, 1, 4), last_on=date(2027, 1, 4))
    days.set_local_days(
        span=span, works=False, name="暴雪", reason="暴雪停工", actor=cast.task_force, version=0
    )
    assert not calendar.is_published(date(2027, 1, 1))
    known = days._library_years() | {2027: {"2027-01-01": {"works": False, "name": "元旦"}}}
    with patch.object(days, "_library_years", lambda: known):
        assert loading.load(start_year=2026).counts == {"工作日历年份": 1}
        assert loading.load(start_year=2026).counts == {}
    edition = days.in_force(2027)
    assert edition is not None and (edition.ordinal, edition.is_complete) == (2, True)
    assert calendar.add_working_days(date(2026, 12, 31), 1).on == date(2027, 1, 5)
    assert AuditEntry.objects.get(action="policy.calendar.loaded").actor_id is None


def test_what_the_county_entered_is_never_replaced_by_the_library(cast: Cast) -> None:
    days.enter_year(year=2027, actor=cast.task_force, version=0, **WHOLE)
    known = {2027: {"2027-01-01": {"works": False, "name": "元旦"}}}
    with patch.object(days, "_library_years", lambda: known):
        done = loading.load(start_year=2026)
    assert done.counts == {}
    assert len(done.remarks) == 1 and done.remarks[0].startswith("2027年由县里按通知录入")
    assert CalendarEdition.objects.filter(year=2027).count() == 1
