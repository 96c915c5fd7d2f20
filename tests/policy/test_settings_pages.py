"""The settings that the work is measured by: versions of the rulebook and their differences, terms."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Rulebook, Term, TermPeriod
from shuangjian.policy.school_days import next_school_day
from shuangjian.policy.versions import differences
from shuangjian.policy.workflows import loading, terms
from tests.cast import Cast
from tests.registry import rows, signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "book")


def second_version(folder: Path) -> Rulebook:
    """The rulebook as a later document has it: a rule reworded, an item gone, one new, a limit tightened."""
    data = folder / "data"
    shutil.copytree(loading.DATA, data)
    file = data / "rules.yaml"
    rules = yaml.safe_load(file.read_text("utf-8"))
    rules["version"], rules["in_force_from"] = "2026.9", date(2026, 10, 1)
    fourth = next(rule for rule in rules["rules"] if rule["code"] == "R04")
    fourth["requirement"] += "新增一句要求。"
    limited = next(item for item in fourth["check_items"] if item.get("measure"))
    limited["measure"][0]["limit"] = 50
    fifth = next(rule for rule in rules["rules"] if rule["code"] == "R05")
    code = f"R05-{len(fifth['check_items']) + 1}"
    fifth["check_items"].append(
        {"code": code, "text": "新增的检查项", "evidence": "看记录", "answered_by": ["school"]}
    )
    gone = rules["rules"][11]["check_items"].pop()  # the count of 105 is part of the format
    file.write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    said = yaml.safe_load((data / "guidance.yaml").read_text("utf-8"))
    said[code] = said.pop(gone["code"])
    (data / "guidance.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
    loading.load(start_year=2026, folder=data)
    return Rulebook.objects.get(version="2026.9")


# --- Versions of the rulebook ------------------------------------------------------------------------
def test_one_version_is_shown_with_what_it_holds_and_rests_on(cast: Cast) -> None:
    text = text_of(signed_in(cast.task_force).get("/settings/rulebook/"))
    book = Rulebook.objects.get()
    for words in (book.version, "现行", "30", "105", "现在只有一个版本", "教基〔2018〕26号", "未核对"):
        assert words in text


def test_what_a_new_version_changes_is_listed_place_by_place(cast: Cast, tmp_path: Path) -> None:
    old, new = Rulebook.objects.get(), second_version(tmp_path)
    found = differences(old, new)
    assert {change.kind for change in found} == {"新增", "修改", "删去"}
    reworded = next(change for change in found if change.heading.startswith("第4条"))
    assert [(what, after.endswith("新增一句要求。")) for what, _, after in reworded.lines] == [("要求", True)]
    added = [change.heading for change in found if change.kind == "新增"]
    assert [heading.split(" ")[1] for heading in added] == ["新增的检查项"]
    tightened = next(line for change in found for line in change.lines if line[0] == "限值")
    assert "50" in tightened[2]
    back = differences(new, old)
    assert set(added) <= {change.heading for change in back if change.kind == "删去"}
    text = text_of(signed_in(cast.leader).get("/settings/rulebook/"))
    assert f"{old.version}版到2026.9版，共{len(found)}处" in text
    assert "新增一句要求。" in text
    same = text_of(signed_in(cast.leader).get("/settings/rulebook/?old=2026.9&new=2026.9"))
    assert "没有不同" in same


def test_an_unknown_version_in_the_address_is_passed_over(cast: Cast) -> None:
    answer = signed_in(cast.leader).get("/settings/rulebook/", {"old": "无", "new": "\x00" * 300})
    assert answer.status_code == 200


def term_fields(first_on: str, last_on: str, *periods: dict[str, str], stored: int = 0) -> dict[str, str]:
    """The form of a term as it is sent, ``stored`` of its periods being there already."""
    return {"first_on": first_on, "last_on": last_on, **rows("period", *periods, initial=stored)}


# --- Terms -----------------------------------------------------------------------------------------------
NEW_YEAR = {
    "start_year": "2027",
    "autumn_first_on": "2027-09-01",
    "autumn_last_on": "2028-01-21",
    "spring_first_on": "2028-02-28",
    "spring_last_on": "2028-07-07",
}


def test_the_next_school_year_is_entered_whole(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert "结转到下一学年" in text_of(client.get("/settings/terms/"))
    page = client.get("/settings/terms/new/").content.decode()
    for day in ("2027-09-01", "2028-01-21", "2028-03-01", "2028-07-07"):  # the last days go back to a Friday
        assert f'value="{day}"' in page
    assert submit(client, "/settings/terms/new/", NEW_YEAR).status_code == 302
    codes = list(Term.objects.order_by("-first_on").values_list("code", flat=True)[:2])
    assert codes == ["2028-spring", "2027-autumn"]
    assert Term.objects.get(code="2028-spring").title == "2027—2028学年第二学期（春季）"
    assert AuditEntry.objects.filter(action="policy.term.entered").count() == 2


def test_rolling_over_twice_creates_one_year(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    submit(client, "/settings/terms/new/", NEW_YEAR)
    answer = submit(client, "/settings/terms/new/", NEW_YEAR)
    assert answer.status_code == 302
    assert "2027—2028学年已经有了，没有重复新建" in text_of(client.get("/settings/terms/"))
    assert Term.objects.filter(school_year__start_year=2027).count() == 2
    assert not Term.objects.filter(school_year__start_year=2028).exists()
    later = submit(client, "/settings/terms/new/", NEW_YEAR | {"start_year": "2031"})
    assert "接下来要结转的是2028—2029学年" in text_of(later)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"autumn_first_on": ""}, "请填写秋季学期开学日期"),
        ({"autumn_last_on": "2027-08-01"}, "放假日期要晚于开学日期"),
        ({"autumn_first_on": "2026-09-01"}, "秋季学期应在2027年开学"),
        ({"autumn_last_on": "2028-05-01"}, "一般在60到200天之间"),
        ({"autumn_first_on": "2027-07-01", "autumn_last_on": "2027-12-31"}, "日期重叠"),
    ],
)
def test_a_year_with_wrong_days_is_refused_with_its_entries_kept(
    cast: Cast, changed: dict[str, str], sentence: str
) -> None:
    count = Term.objects.count()
    answer = submit(signed_in(cast.task_force), "/settings/terms/new/", NEW_YEAR | changed)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert NEW_YEAR["spring_last_on"] in answer.content.decode()
    assert Term.objects.count() == count


def test_the_days_of_a_running_term_may_end_later_and_never_begin_otherwise(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    term = Term.objects.get(code="2026-autumn")
    url = "/settings/terms/2026-autumn/"
    assert "已经开学" in text_of(submit(client, url, term_fields("2026-09-02", "2027-01-22")))
    assert "不能早于今天" in text_of(submit(client, url, term_fields("2026-09-01", "2026-11-15")))
    assert "日期重叠" in text_of(submit(client, url, term_fields("2026-09-01", "2027-03-05")))
    assert submit(client, url, term_fields("2026-09-01", "2027-01-29")).status_code == 302
    term.refresh_from_db()
    assert (term.last_on, term.version) == (date(2027, 1, 29), 2)
    entry = AuditEntry.objects.get(action="policy.term.changed")
    assert (entry.before["last_on"], entry.after["last_on"]) == ("2027-01-22", "2027-01-29")


def test_a_term_that_is_over_stays(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    page = client.get("/settings/terms/")
    assert "/settings/terms/2026-spring/" not in page.content.decode()
    answer = submit(client, "/settings/terms/2026-spring/", term_fields("2026-03-02", "2026-07-17"))
    assert "已经结束" in text_of(answer)
    assert client.get("/settings/terms/2031-spring/").status_code == 404


def test_the_loser_of_two_changes_is_shown_the_other_s(cast: Cast) -> None:
    term = Term.objects.get(code="2027-spring")
    client = signed_in(cast.task_force)
    days = terms.Days(first_on=term.first_on, last_on=date(2027, 7, 16))
    page = client.get("/settings/terms/2027-spring/")
    assert 'name="_version" value="1"' in page.content.decode()
    terms.change(term_id=term.pk, days=days, periods=[], actor=cast.task_force, version=1)
    fields = term_fields("2027-03-01", "2027-07-02") | {"_version": "1"}
    assert submit(client, "/settings/terms/2027-spring/", fields).status_code == 409
    term.refresh_from_db()
    assert term.last_on == date(2027, 7, 16)


def test_others_read_the_terms_and_cannot_change_them(cast: Cast, client: Client) -> None:
    for who in (cast.leader, cast.system_admin):
        text = text_of(signed_in(who).get("/settings/terms/"))
        assert "2026年秋季学期" in text
        assert "结转" not in text
        assert signed_in(who).get("/settings/terms/new/").status_code == 403


# --- Examination weeks and breaks ------------------------------------------------------------------------
SPRING_BREAK = {"kind": "spring", "first_on": "2027-04-06", "last_on": "2027-04-08", "reason": "县春假"}
EXAMS = {"kind": "exams", "first_on": "2027-06-28", "last_on": "2027-07-02", "reason": ""}
URL = "/settings/terms/2027-spring/"


def change(client: Client, *periods: dict[str, str], stored: int = 0, version: int = 1) -> Any:
    fields = term_fields("2027-03-01", "2027-07-09", *periods, stored=stored)
    return submit(client, URL, fields, version=version)


@pytest.mark.calendar
def test_breaks_and_examination_weeks_stand_with_their_term(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert change(client, EXAMS, SPRING_BREAK).status_code == 302
    text = text_of(client.get("/settings/terms/"))
    assert "春假 2027年4月6日至2027年4月8日 （县春假）" in text and "考试周" in text
    entry = AuditEntry.objects.get(action="policy.term.changed")
    assert entry.after["periods"] == ["spring 2027-04-06 2027-04-08", "exams 2027-06-28 2027-07-02"]
    page = client.get(URL).content.decode()
    assert 'value="2027-04-06"' in page and 'value="县春假"' in page
    assert change(client, SPRING_BREAK | {"DELETE": "on"}, EXAMS, stored=2, version=2).status_code == 302
    assert [one.kind for one in TermPeriod.objects.all()] == ["exams"]


@pytest.mark.calendar
@pytest.mark.parametrize(
    ("period", "words"),
    [
        ({"last_on": "2027-04-05"}, "结束日期不能早于开始日期"),
        ({"first_on": "2027-02-26"}, "春假要在2027年春季学期的开学日期和放假日期之间"),
        ({"last_on": "2027-06-30"}, "考试周与春假的日期重叠"),
        ({"kind": ""}, "请选择类别"),
        ({"first_on": "四月六日"}, "请填写正确的日期"),
    ],
)
def test_a_wrong_period_is_refused_with_the_entries_kept(
    cast: Cast, period: dict[str, str], words: str
) -> None:
    answer = change(signed_in(cast.task_force), SPRING_BREAK | period, EXAMS)
    assert answer.status_code == 200 and words in text_of(answer)
    assert "县春假" in answer.content.decode()
    assert not TermPeriod.objects.exists()


@pytest.mark.calendar
def test_a_break_that_has_passed_stays(cast: Cast) -> None:
    term = Term.objects.get(code="2026-autumn")
    days = {"first_on": date(2026, 10, 26), "last_on": date(2026, 10, 28)}
    TermPeriod.objects.create(term=term, kind="autumn", **days)
    gone = {"kind": "autumn", "first_on": "2026-10-26", "last_on": "2026-10-28", "DELETE": "on"}
    fields = term_fields("2026-09-01", "2027-01-22", gone, stored=1)
    answer = submit(signed_in(cast.task_force), "/settings/terms/2026-autumn/", fields, version=1)
    assert "已经过去的考试周和放假不能再改" in text_of(answer)
    assert TermPeriod.objects.count() == 1


@pytest.mark.calendar
@pytest.mark.parametrize(
    ("day", "begins"),
    [
        ("2027-04-05", "2027-04-05"),  # the Monday before the break
        ("2027-04-06", "2027-04-09"),  # in the break: the Friday after it
        ("2027-01-23", "2027-03-01"),  # in the winter vacation: the first day of the next term
        ("2027-07-10", "2027-07-10"),  # no term is known after it
        ("2027-06-30", "2027-06-30"),  # an examination week is no break
    ],
)
def test_what_a_school_owes_waits_for_lessons(cast: Cast, day: str, begins: str) -> None:
    change(signed_in(cast.task_force), SPRING_BREAK, EXAMS)
    assert next_school_day(date.fromisoformat(day)) == date.fromisoformat(begins)
