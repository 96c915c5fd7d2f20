"""The settings that the work is measured by: versions of the rulebook and their differences, terms."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.test import Client

from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Rulebook, Term
from shuangjian.policy.versions import differences
from shuangjian.policy.workflows import loading, terms
from tests.cast import Cast
from tests.registry import signed_in, submit, text_of

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
    rules["rules"][11]["check_items"].pop()  # the count of 105 is part of the format
    file.write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
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


# --- Terms -----------------------------------------------------------------------------------------------
NEW_YEAR = {
    "autumn_first_on": "2027-09-01",
    "autumn_last_on": "2028-01-21",
    "spring_first_on": "2028-02-28",
    "spring_last_on": "2028-07-07",
}


def test_the_next_school_year_is_entered_whole(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert "录入2027—2028学年" in text_of(client.get("/settings/terms/"))
    assert submit(client, "/settings/terms/new/", NEW_YEAR).status_code == 302
    codes = list(Term.objects.order_by("-first_on").values_list("code", flat=True)[:2])
    assert codes == ["2028-spring", "2027-autumn"]
    assert Term.objects.get(code="2028-spring").title == "2027—2028学年第二学期（春季）"
    assert AuditEntry.objects.filter(action="policy.term.entered").count() == 2


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
    assert "已经开学" in text_of(submit(client, url, {"first_on": "2026-09-02", "last_on": "2027-01-22"}))
    assert "不能早于今天" in text_of(submit(client, url, {"first_on": "2026-09-01", "last_on": "2026-11-15"}))
    assert "日期重叠" in text_of(submit(client, url, {"first_on": "2026-09-01", "last_on": "2027-03-05"}))
    assert submit(client, url, {"first_on": "2026-09-01", "last_on": "2027-01-29"}).status_code == 302
    term.refresh_from_db()
    assert (term.last_on, term.version) == (date(2027, 1, 29), 2)
    entry = AuditEntry.objects.get(action="policy.term.changed")
    assert (entry.before["last_on"], entry.after["last_on"]) == ("2027-01-22", "2027-01-29")


def test_a_term_that_is_over_stays(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    page = client.get("/settings/terms/")
    assert "/settings/terms/2026-spring/" not in page.content.decode()
    answer = submit(
        client, "/settings/terms/2026-spring/", {"first_on": "2026-03-02", "last_on": "2026-07-17"}
    )
    assert "已经结束" in text_of(answer)
    assert client.get("/settings/terms/2031-spring/").status_code == 404


def test_the_loser_of_two_changes_is_shown_the_other_s(cast: Cast) -> None:
    term = Term.objects.get(code="2027-spring")
    client = signed_in(cast.task_force)
    days = terms.Days(first_on=term.first_on, last_on=date(2027, 7, 16))
    page = client.get("/settings/terms/2027-spring/")
    assert 'name="_version" value="1"' in page.content.decode()
    terms.change_days(term_id=term.pk, days=days, actor=cast.task_force, version=1)
    fields = {"first_on": "2027-03-01", "last_on": "2027-07-02", "_version": "1"}
    assert submit(client, "/settings/terms/2027-spring/", fields).status_code == 409
    term.refresh_from_db()
    assert term.last_on == date(2027, 7, 16)


def test_others_read_the_terms_and_cannot_change_them(cast: Cast, client: Client) -> None:
    for who in (cast.leader, cast.system_admin):
        text = text_of(signed_in(who).get("/settings/terms/"))
        assert "2026年秋季学期" in text
        assert "录入20" not in text
        assert signed_in(who).get("/settings/terms/new/").status_code == 403
