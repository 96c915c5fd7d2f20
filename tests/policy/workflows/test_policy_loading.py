"""Loading the data: idempotent, counted, dry, and never over a version that is in use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction

from shuangjian.policy.models import (
    CheckItem,
    Limit,
    Obligation,
    Phase,
    Plan,
    Prohibition,
    ProhibitionList,
    ProofRequirement,
    Rule,
    Rulebook,
    Rung,
    SchoolYear,
    Source,
    Stage,
    Term,
)
from shuangjian.policy.workflows import loading
from shuangjian.policy.workflows.loading import BadData, in_force_from

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command("load_policy", *args, stdout=out)
    return out.getvalue().strip()


def everything() -> list[tuple[str, list[dict[str, Any]]]]:
    models = apps.get_app_config("policy").get_models(include_auto_created=True)
    return [(model._meta.label, list(model._default_manager.order_by("pk").values())) for model in models]


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the data with one file changed by ``change(data)``."""

    def edit(name: str, change: Callable[[dict[str, Any]], Any]) -> Path:
        folder = tmp_path / "data"
        shutil.copytree(loading.DATA, folder, dirs_exist_ok=True)
        path = folder / f"{name}.yaml"
        data = yaml.safe_load(path.read_text("utf-8"))
        change(data)
        path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
        return folder

    return edit


def keep_in_use(row: Rulebook | Obligation, **more: Any) -> None:
    """A draft round that points at the rulebook, and at an obligation where one is given."""
    from inspections.models import Round
    from shuangjian.accounts.models import User

    book = row if isinstance(row, Rulebook) else Rulebook.objects.get()
    duty = row if isinstance(row, Obligation) else None
    term = Term.objects.first()
    author = User.objects.create(username="何敏")
    Round.objects.create(
        title="2026年秋季自查", term=term, rulebook=book, obligation=duty, unit_kinds=["school"],
        due_on=date(2026, 11, 2), created_by=author,
    )  # fmt: skip


# --- Counts ---------------------------------------------------------------------------------------
def test_the_counts_are_the_policys(book: Rulebook) -> None:
    assert Rule.objects.count() == 30
    assert CheckItem.objects.count() == 105
    groups = {"school": 12, "institution": 5, "family": 4, "government": 9}
    assert {group: Rule.objects.filter(group=group).count() for group in groups} == groups
    national = Prohibition.objects.filter(list__code="national-2018")
    assert national.filter(kind="严禁").count() == 15
    assert national.filter(kind="不得").count() == 15
    assert Prohibition.objects.filter(list__code="county-plan").count() == 8
    assert (Source.objects.count(), Limit.objects.count()) == (34, 39)
    assert (Stage.objects.count(), Phase.objects.count(), Obligation.objects.count()) == (2, 6, 33)
    assert [rung.after for rung in Rung.objects.all()] == [0, 3, 5, 10, 20]
    assert (SchoolYear.objects.count(), Term.objects.count()) == (2, 4)
    assert ProofRequirement.objects.exists()


def test_a_second_run_changes_nothing_and_says_so() -> None:
    first = run("--start-year", "2026")
    assert first.startswith("已导入：")
    for words in ("条目30", "检查项105", "严禁15", "不得15", "限值39", "步骤6", "任务33", "学期4"):
        assert words in first
    before = everything()
    assert run("--start-year", "2026") == "已导入：没有变化"
    assert everything() == before


def test_a_dry_run_counts_and_writes_nothing() -> None:
    words = run("--dry-run", "--start-year", "2026")
    assert words.startswith("试运行，没有写入：")
    assert "检查项105" in words
    assert not Rulebook.objects.exists()
    assert not Term.objects.exists()
    run("--start-year", "2026")
    assert run("--dry-run") == "试运行，没有写入：没有变化"


def test_without_a_year_a_loaded_plan_stays_the_only_one(november: None) -> None:
    run("--start-year", "2025")
    assert run() == "已导入：没有变化"
    assert Plan.objects.get().start_year == 2025


def test_a_first_plan_starts_in_the_running_school_year(november: None) -> None:
    run()
    assert Plan.objects.get().start_year == 2026


# --- What reached the rows ------------------------------------------------------------------------
def test_the_plans_dates_are_resolved_for_its_year(book: Rulebook) -> None:
    plan = Plan.objects.get()
    assert plan.goals[0]["by"] == "2026-12-31"
    dates = {phase.code: (phase.starts_on, phase.ends_on) for phase in Phase.objects.all()}
    assert dates["P1-1"] == (date(2026, 8, 1), date(2026, 8, 31))
    assert dates["P1-3"] == (date(2026, 10, 1), date(2026, 12, 31))
    assert dates["P2-2"] == (date(2027, 8, 1), date(2027, 11, 30))
    assert dates["P2-3"] == (date(2027, 11, 1), date(2027, 12, 31))


def test_what_outsiders_file_moves_from_a_rest_day_and_stage_ends_do_not(book: Rulebook) -> None:
    by_code = {duty.code: duty for duty in Obligation.objects.all()}
    school = by_code["P1-3b"]
    assert (school.due_on, school.printed_due_on) == (date(2026, 11, 2), date(2026, 10, 31))
    parents = by_code["P1-3d"]
    assert (parents.due_on, parents.printed_due_on) == (date(2026, 11, 10), None)
    bureau = by_code["P1-1a"]  # 15 August 2026 is a Saturday
    assert (bureau.due_on, bureau.printed_due_on) == (date(2026, 8, 15), None)
    assert Stage.objects.get(code="P2").starts_on == date(2027, 1, 1)


def test_a_duty_per_term_says_so(book: Rulebook) -> None:
    assert set(Obligation.objects.filter(repeats="term").values_list("code", flat=True)) == {"P2-2b", "P2-2d"}
    regular = Obligation.objects.get(code="P2-2b")
    assert (regular.due_on, regular.due_rule, regular.basis) == (None, "每学期末", "教育督导条例第14条")


def test_ceilings_of_the_ladder_come_from_the_plan(book: Rulebook) -> None:
    ceilings = dict(Phase.objects.values_list("code", "ladder_ceiling"))
    assert ceilings == {"P1-1": 5, "P1-2": 5, "P1-3": 20, "P2-1": 20, "P2-2": 20, "P2-3": 5}


def test_items_touch_national_and_county_prohibitions(book: Rulebook) -> None:
    item = CheckItem.objects.get(code="R05-3")
    assert set(item.prohibitions.values_list("code", flat=True)) == {"B04", "S01", "S03", "S05"}
    assert CheckItem.objects.get(code="R07-1").gravest_prohibition().is_red_line
    assert CheckItem.objects.get(code="R07-2").gravest_prohibition() is None


def test_severity_alone_makes_a_red_line_whatever_the_verb(book: Rulebook) -> None:
    assert Prohibition.objects.get(code="B05").is_red_line  # a 不得
    assert not Prohibition.objects.get(code="J04").is_red_line  # a 严禁


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-12-28", date(2018, 12, 28)),
        ("2021-04", date(2021, 5, 1)),
        ("2022-12", date(2023, 1, 1)),
        ("2021", date(2022, 1, 1)),
        ("2012-10-01施行", date(2012, 10, 1)),
        ("2023-12（2024年春季学期起实施）", date(2024, 1, 1)),
        ("未核", None),
    ],
)
def test_a_source_holds_from_the_day_that_is_sure(text: str, expected: date | None) -> None:
    assert in_force_from(text) == expected


# --- Versions -------------------------------------------------------------------------------------
def reword(data: dict[str, Any]) -> None:
    data["rules"][3]["requirement"] = "改过的要求"


def test_a_rulebook_nobody_uses_yet_is_replaced(book: Rulebook, edited: Callable[..., Path]) -> None:
    done = loading.load(folder=edited("rules", reword))
    assert done.counts["条目"] == 30
    assert Rule.objects.get(number=4).requirement == "改过的要求"
    assert ProhibitionList.objects.count() == 2


def test_a_rulebook_in_use_is_never_rewritten(book: Rulebook, edited: Callable[..., Path]) -> None:
    keep_in_use(book)
    before = everything()
    with pytest.raises(BadData, match=r"2021\.1版已在使用"), transaction.atomic():
        loading.load(folder=edited("rules", reword))
    assert everything() == before


def test_a_changed_text_comes_as_a_new_version_beside_the_old(
    book: Rulebook, edited: Callable[..., Path]
) -> None:
    keep_in_use(book)

    def renew(data: dict[str, Any]) -> None:
        reword(data)
        data["version"] = "2026.1"
        data["in_force_from"] = date(2026, 12, 1)

    done = loading.load(folder=edited("rules", renew))
    assert done.counts["条目版本"] == 1
    assert "严禁" not in done.counts  # the lists did not change and are shared
    assert Rule.objects.get(rulebook=book, number=4).requirement != "改过的要求"
    assert Rule.objects.get(rulebook__version="2026.1", number=4).requirement == "改过的要求"


def test_a_comment_changes_no_version(book: Rulebook, edited: Callable[..., Path]) -> None:
    keep_in_use(book)
    assert loading.load(folder=edited("rules", lambda data: None)).counts == {}


def test_a_changed_prohibition_needs_new_versions_of_list_and_rulebook(
    book: Rulebook, edited: Callable[..., Path]
) -> None:
    keep_in_use(book)

    def soften(data: dict[str, Any]) -> None:
        data["lists"][0]["prohibitions"][0]["severity"] = "major"

    with pytest.raises(BadData, match="已在使用"):
        loading.load(folder=edited("prohibitions", soften))


def test_a_plan_that_has_begun_is_never_rewritten(book: Rulebook, edited: Callable[..., Path]) -> None:
    Phase.objects.filter(code="P1-1").update(opened_at="2026-08-01T00:05+08:00")

    def hurry(data: dict[str, Any]) -> None:
        data["stages"][0]["steps"][2]["obligations"][1]["due"]["month_day"] = "10-20"

    with pytest.raises(BadData, match="已经开始"):
        loading.load(folder=edited("plan", hurry))


def test_a_plan_whose_duty_a_round_serves_is_never_rewritten(
    book: Rulebook, edited: Callable[..., Path]
) -> None:
    keep_in_use(Obligation.objects.get(code="P1-3b"))

    def hurry(data: dict[str, Any]) -> None:
        data["stages"][0]["steps"][2]["obligations"][1]["due"]["month_day"] = "10-20"

    with pytest.raises(BadData, match="已经开始"):
        loading.load(folder=edited("plan", hurry))


def test_a_plan_not_begun_is_replaced_in_its_own_year(book: Rulebook, edited: Callable[..., Path]) -> None:
    def hurry(data: dict[str, Any]) -> None:
        data["stages"][0]["steps"][2]["obligations"][1]["due"]["month_day"] = "10-20"

    loading.load(folder=edited("plan", hurry))
    assert Plan.objects.get().start_year == 2026
    assert Obligation.objects.get(code="P1-3b").due_on == date(2026, 10, 20)


def test_what_the_county_changed_in_the_portal_stays(book: Rulebook) -> None:
    Term.objects.filter(code="2026-autumn").update(last_on=date(2027, 1, 29))
    Phase.objects.filter(code="P1-3").update(ends_on=date(2026, 12, 25))
    assert loading.load(start_year=2026).counts == {}
    assert Term.objects.get(code="2026-autumn").last_on == date(2027, 1, 29)
    assert Phase.objects.get(code="P1-3").ends_on == date(2026, 12, 25)


def item(data: dict[str, Any], rule: int) -> dict[str, Any]:
    return data["rules"][rule - 1]["check_items"][0]


def forbidden(data: dict[str, Any]) -> dict[str, Any]:
    return data["lists"][0]["prohibitions"][0]


def duty(data: dict[str, Any]) -> dict[str, Any]:
    return data["stages"][0]["steps"][0]["obligations"][0]


# --- Files that contradict themselves -------------------------------------------------------------
def first_limit(data: dict[str, Any]) -> dict[str, Any]:
    return data["rules"][3]["check_items"][0]["measure"][0]


BROKEN = [
    ("rules", lambda data: data["rules"].pop(), "R01至R30共30条"),
    ("rules", lambda data: data["rules"][3].pop("requirement"), "R04：缺requirement"),
    ("rules", lambda data: data["rules"][3].update(titel="x"), "R04：不认识titel"),
    ("rules", lambda data: data["rules"][3].update(verified="yes"), "R04：verified的值不对"),
    ("rules", lambda data: data["rules"][3].update(group="family"), "school组应为12条"),
    ("rules", lambda data: data["rules"][3]["check_items"].pop(), "检查项应为105项"),
    ("rules", lambda data: data["rules"][3]["check_items"].pop(0), "应按R04-1起顺序编号"),
    ("rules", lambda data: item(data, 4)["answered_by"].append("pupil"), "填报人pupil不认识"),
    ("rules", lambda data: item(data, 7)["prohibitions"].append("J99"), "禁止事项J99不认识"),
    ("rules", lambda data: first_limit(data).update(src="X99"), "依据文件X99不认识"),
    ("rules", lambda data: first_limit(data).update(op="<"), "限值写法<不认识"),
    ("rules", lambda data: first_limit(data).update(stage="幼儿园"), "适用范围幼儿园不认识"),
    ("rules", lambda data: first_limit(data).update(limit="六十"), "限值六十写得不对"),
    ("rules", lambda data: first_limit(data).update(limit=True), "limit的值不对"),
    ("rules", lambda data: first_limit(data).update(in_force=False), "写明最后一天"),
    ("rules", lambda data: data["rules"][3]["also"].append({"src": "X99", "use": "x"}), "依据文件X99不认识"),
    ("rules", lambda data: data["sources"]["M18"].pop("title"), "M18：缺title"),
    ("scope", lambda data: data["items"].update({"R04-9": {"stages": ["lower"]}}), "检查项R04-9不认识"),
    ("scope", lambda data: data["rules"].update({"R04": {"stages": ["primary"]}}), "学段primary不认识"),
    ("prohibitions", lambda data: data["lists"][0]["prohibitions"].pop(), "“不得”应为15个，现在是14个"),
    ("prohibitions", lambda data: forbidden(data).update(severity="bad"), "性质bad不认识"),
    ("prohibitions", lambda data: forbidden(data).pop("read_in"), "已核的写明读自哪里"),
    ("prohibitions", lambda data: data["lists"][1]["prohibitions"][0].update(code="J01"), "J01重复"),
    ("proofs", lambda data: data["proofs"][0].update(severities=["huge"]), "性质huge不认识"),
    ("plan", lambda data: data["stages"][0]["steps"].pop(), "两个阶段、六个步骤"),
    ("plan", lambda data: data["stages"][0]["start"].update(month_day="02-30"), "没有02-30这一天"),
    ("plan", lambda data: data["stages"][0]["steps"][0]["end"].update(year=1), "不在所属阶段内"),
    ("plan", lambda data: duty(data).pop("due"), "二者取一"),
    ("plan", lambda data: duty(data).update(who="mayor"), "责任方mayor不认识"),
    (
        "plan",
        lambda data: duty(data)["due"].update(month_day="09-15"),
        "期限不在步骤起止日期内",
    ),
    ("plan", lambda data: data["escalation_default"].reverse(), "由小到大"),
    ("terms", lambda data: data["school_years"][0]["terms"][0].update(last_on=date(2026, 4, 1)), "重叠"),
    ("terms", lambda data: data["school_years"][0]["terms"][0].update(code="autumn"), "应写成2026-autumn"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "words"), BROKEN, ids=[row[2] for row in BROKEN])
def test_a_wrong_file_is_refused_with_its_place(
    edited: Callable[..., Path], name: str, change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    with pytest.raises(BadData) as refused:
        loading.load(start_year=2026, folder=edited(name, change))
    assert str(refused.value).startswith(f"{name}.yaml：")
    assert words in str(refused.value)
    assert not Rulebook.objects.exists()


@pytest.mark.parametrize("text", ["rules: [", "- nur\n- eine Liste", "!!python/object/apply:os.getcwd []"])
def test_a_file_that_is_no_data_is_refused_and_never_run(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "data"
    shutil.copytree(loading.DATA, folder)
    (folder / "rules.yaml").write_text(text, "utf-8")
    with pytest.raises(BadData, match=r"^rules\.yaml"):
        loading.load(start_year=2026, folder=folder)


def test_the_command_names_the_fault_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loading, "load", lambda **_: (_ for _ in ()).throw(BadData("rules.yaml：缺R04")))
    with pytest.raises(CommandError, match=r"rules\.yaml：缺R04"):
        run()
