"""The pages of problems: list, case, every move through HTTP, what is kept on a mistake, what they cost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.models import Evidence, Problem, RectificationTask, Visit
from inspections.workflows import problems, rectification
from shuangjian import clock
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.files.samples import picture
from tests.inspections.cases import authorise, case_at_a1, case_in, fresh, item, later, major, needs, red_line
from tests.inspections.checking import check_of, publish, row_of
from tests.inspections.visiting import begun
from tests.registry import rows, signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


def page(cast: Cast, who: str, task: RectificationTask) -> Any:
    answer = signed_in(cast.people[who]).get(f"/problems/{task.no}/")
    assert answer.status_code == 200
    return answer


def press(cast: Cast, who: str, task: RectificationTask, move: str, **fields: Any) -> Any:
    """Send the form of a move as its page would."""
    return submit(
        signed_in(cast.people[who]),
        f"/problems/{task.no}/{move}/",
        fields,
        version=fields.pop("version", task.version),
    )


# --- The list -------------------------------------------------------------------------


def numbers_on(cast: Cast, who: str, query: str = "") -> list[str]:
    answer = signed_in(cast.people[who]).get(f"/problems/{query}")
    assert answer.status_code == 200
    return [task.problem.no for task in answer.context["page_obj"]]


def test_everybody_sees_the_problems_of_his_units_earliest_date_first(cast: Cast) -> None:
    late = case_at_a1(cast, "rectifying", due_in=-3)
    far = case_at_a1(cast, "rectifying", due_in=30)
    other = case_in("rectifying", unit=cast.b1, found_by=cast.supervision, due_in=5)
    for who in ("task_force", "leader", "supervision"):
        assert numbers_on(cast, who) == [late.no, other.no, far.no]
    for who in ("inspector_a", "clerk_a1", "head_a1"):
        assert numbers_on(cast, who) == [late.no, far.no]
    assert numbers_on(cast, "clerk_b1") == [other.no]
    assert numbers_on(cast, "clerk_a3") == []


def test_each_tab_counts_what_it_lists(cast: Cast) -> None:
    for state in RectificationTask.State.values:
        case_at_a1(cast, state, due_in=-1 if state == "verifying" else 20)
    tabs = signed_in(cast.task_force).get("/problems/").context["tabs"].tabs
    assert [(tab.label, tab.count) for tab in tabs] == [
        ("未销号", 8),
        ("逾期", 1),
        ("7天内到期", 0),
        ("计划待审", 1),
        ("待核查", 1),
        ("待销号", 1),
        ("挂账和移交", 3),
        ("已销号", 2),
        ("全部", 11),
    ]
    for tab in tabs:
        assert len(numbers_on(cast, "task_force", tab.url)) == tab.count


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?q=城关", 1),
        ("?q=cgxx", 1),
        ("?q=0502", 1),
        ("?rule=4", 2),
        ("?rule=7", 0),
        ("?state=verifying", 1),
        ("?q=没有", 0),
    ],
)
def test_problems_are_found_by_number_unit_rule_and_state(cast: Cast, query: str, count: int) -> None:
    case_at_a1(cast, "rectifying")
    case_in("verifying", unit=cast.b1, found_by=cast.supervision, planned_by=cast.clerk_b1)
    assert len(numbers_on(cast, "task_force", query)) == count


def test_an_empty_list_says_why_and_a_filter_can_be_cleared(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert "没有未销号的问题" in text_of(client.get("/problems/"))
    assert "清除筛选" in text_of(client.get("/problems/?q=没有"))
    for text in ("\x00", "%00", "9" * 300, "'; drop"):
        assert (
            client.get("/problems/", {"q": text, "rule": text, "state": text, "tab": text}).status_code == 200
        )


# --- The case ---------------------------------------------------------------------------


def primary_of(answer: Any) -> list[str]:
    """The words of the primary buttons of a page."""
    body = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return re.findall(r'class="btn p(?: [a-z]+)*"[^>]*>([^<]+)<', body)


# state, what the case is, who looks → the one primary button (none where somebody else must act)
PRIMARY = [
    ("planning", {}, "clerk_a1", ["提交整改计划"]),
    ("planning", {}, "task_force", []),
    ("plan_review", {}, "inspector_a", ["同意整改计划"]),
    ("plan_review", {}, "clerk_a1", []),
    ("rectifying", {"proven": False}, "clerk_a1", ["补充佐证"]),
    ("rectifying", {}, "clerk_a1", ["申请销号"]),
    ("rectifying", {}, "inspector_a", []),
    ("rectifying", {"origin": "self_check", "light": True}, "clerk_a1", ["补充佐证"]),
    ("rectifying", {"origin": "self_check", "light": True}, "head_a1", ["确认整改完成并销号"]),
    ("verifying", {}, "task_force", ["核查通过"]),
    ("verifying", {"origin": "regular_supervision"}, "inspector_a", ["核查通过并销号"]),
    ("verifying", {}, "head_a1", []),
    ("verified", {}, "task_force", ["同意销号"]),
    ("verified", {}, "leader", []),
    ("verified", {"prohibition": "red"}, "leader", ["同意销号"]),
    ("verified", {"prohibition": "red"}, "task_force", []),
    ("closed", {}, "task_force", []),
]


@pytest.mark.parametrize(("state", "case", "who", "expected"), PRIMARY)
def test_each_role_has_at_most_one_primary_button(
    cast: Cast, state: str, case: dict[str, Any], who: str, expected: list[str]
) -> None:
    authorise(cast.inspector_a, cast.area_a)
    said = {**case, "prohibition": red_line()} if "prohibition" in case else case
    assert primary_of(page(cast, who, case_at_a1(cast, state, **said))) == expected


# state, what the case is → who must do what, by when: in the first lines
NEXT = [
    ("planning", {}, "下一步：城关小学提交整改计划", 5),
    ("plan_review", {}, "下一步：双减专班或责任督学审核整改计划", 5),
    ("rectifying", {"proven": False}, "下一步：城关小学补齐1项佐证、登记1条措施完成，再申请销号", 20),
    ("rectifying", {}, "下一步：城关小学申请销号", 20),
    ("rectifying", {"origin": "self_check", "light": True}, "下一步：城关小学改正后由负责人确认并销号", 20),
    ("verifying", {}, "下一步：双减专班或责任督学核查销号申请", 14),  # 10 working days after 16 November
    ("verifying", {"prohibition": "red"}, "下一步：双减专班或责任督学到现场核查", 14),
    ("verified", {}, "下一步：双减专班同意销号", 14),
    ("verified", {"origin": "government_supervision"}, "下一步：督导室同意销号", 14),
    ("verified", {"prohibition": "red"}, "下一步：分管领导同意销号", 14),
]


@pytest.mark.parametrize(("state", "case", "words", "days"), NEXT)
def test_who_must_act_and_by_when_stand_first(
    cast: Cast, state: str, case: dict[str, Any], words: str, days: int
) -> None:
    said = {**case, "prohibition": red_line()} if "prohibition" in case else case
    answer = page(cast, "task_force", case_at_a1(cast, state, **said))
    head = text_of(answer).split("已销号", 1)[0]  # up to the last step of the course
    assert words in head
    by = later(days)
    assert f"应于{by.month}月{by.day}日完成" in head
    assert answer.context["case"].next_step.by == by


def test_a_returned_case_says_first_what_is_missing_and_by_when(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    press(cast, "inspector_a", task, "send-back", missing="家长抽查记录", missing_by=str(later(6)))
    answer = page(cast, "clerk_a1", task)
    assert "退回意见：家长抽查记录" in text_of(answer)
    assert answer.context["case"].next_step.by == later(6)


def test_a_returned_close_out_asks_for_more_proof_before_it_is_applied_for_again(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    Evidence.objects.update(added_at=clock.now() - timedelta(minutes=1))
    press(cast, "inspector_a", task, "send-back", missing="家长抽查记录", missing_by=str(later(6)))
    answer = page(cast, "clerk_a1", task)
    assert "下一步：城关小学按退回意见补充佐证，再申请销号" in text_of(answer)
    assert primary_of(answer) == ["补充佐证"]
    press(cast, "clerk_a1", fresh(task), "add-evidence", note="抽查10名家长，记录附后")
    assert primary_of(page(cast, "clerk_a1", task)) == ["申请销号"]


def test_a_missed_light_track_says_that_it_became_a_case_like_any_other(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", origin="self_check", light=True, due_in=-1, proven=False)
    answer = page(cast, "head_a1", task)
    assert "没有按期改正，转为一般程序" in text_of(answer)
    assert "自查轻办" not in text_of(answer)
    assert primary_of(answer) == ["补充佐证"]
    assert press(cast, "head_a1", task, "close-light", words="已改").status_code == 403


def test_the_close_out_number_and_who_closed_stand_on_the_case(cast: Cast) -> None:
    task = case_at_a1(cast, "verified")
    press(cast, "task_force", task, "close", words="同意")
    text = text_of(page(cast, "clerk_a1", task))
    assert f"由何敏销号，编号销{task.no}" in text


def test_the_authority_of_an_inspector_stands_on_the_cases_that_it_covers(cast: Cast) -> None:
    authority = authorise(cast.inspector_a, cast.area_a)
    words = f"授权督学销号：周明，{authority.document_no}"
    covered = case_at_a1(cast, "verifying", origin="regular_supervision")
    for who in ("clerk_a1", "task_force"):
        assert words in text_of(page(cast, who, covered))
    assert words not in text_of(page(cast, "task_force", case_at_a1(cast, "verifying")))
    press(cast, "inspector_a", covered, "verify-and-close", method="on_site", words="属实")
    authority.until_on = later(-1)
    authority.save()
    assert words not in text_of(page(cast, "clerk_a1", covered))  # it ended before the day of closing
    authority.until_on = later(0)
    authority.save()
    assert words in text_of(page(cast, "clerk_a1", covered))  # under it the case was closed


def test_the_course_names_everything_that_happened_newest_first(cast: Cast) -> None:
    one = item("R04-2")
    problem = problems.register(
        organisation=cast.a1,
        rule=one.rule,
        item=one,
        fact="三年级数学日均75分钟",
        origin="county_inspection",
        found_by=cast.task_force,
        due_on=later(2),
    )
    task = RectificationTask.objects.get(problem=problem)
    measure = {"text": "统筹作业", "person": "李静", "due_on": str(later(1))}
    press(cast, "clerk_a1", fresh(task), "plan", **rows("measure", measure, *[{}] * 4))
    press(cast, "inspector_a", fresh(task), "approve-plan", words="同意")
    press(
        cast, "clerk_a1", fresh(task), "measure-done", measure_id=str(task.measures.get().pk), note="每周统计"
    )
    press(
        cast,
        "clerk_a1",
        fresh(task),
        "add-evidence",
        requirement=str(needs(task)[0].pk),
        note="改前75，改后55",
    )
    press(cast, "head_a1", fresh(task), "apply", statement="已降到55分钟")
    press(cast, "inspector_a", fresh(task), "send-back", missing="抽查记录", missing_by=str(later(9)))
    story = page(cast, "clerk_a1", task).context["case"].story
    assert [(line.who, line.what, line.words) for line in story] == [
        ("责任督学周明", "退回整改", "抽查记录"),
        ("黄勇", "申请销号", "已降到55分钟"),
        ("李静", "补充佐证", "改前75，改后55"),
        ("李静", "登记措施完成", "统筹作业"),
        ("责任督学周明", "同意整改计划", "同意"),
        ("李静", "提交整改计划", ""),
        ("双减专班何敏", "登记问题", "三年级数学日均75分钟"),
    ]
    assert story[0].new_date == "整改期限由11月18日改为11月25日"


@pytest.mark.parametrize(
    ("who", "code"),
    [("clerk_b1", 404), ("inspector_b", 404), ("team_inspector", 404), ("partner", 404), ("auditor", 403)],
)
def test_a_case_exists_only_for_those_it_concerns(cast: Cast, who: str, code: int) -> None:
    task = case_at_a1(cast, "rectifying")
    client = signed_in(cast.people[who])
    assert client.get(f"/problems/{task.no}/").status_code == code
    assert client.get(f"/problems/{task.no}/apply/").status_code == code
    assert submit(client, f"/problems/{task.no}/apply/", {"statement": "已改"}).status_code == code


def test_a_case_that_is_not_there_is_not_found(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    task = case_at_a1(cast, "rectifying")
    for path in ("2026-9999/", "%00/", "x" * 200 + "/", f"{task.no}/erase/"):
        assert client.get(f"/problems/{path}").status_code == 404


# --- Registering -----------------------------------------------------------------------------


def problem_fields(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "organisation": cast.a1.pk,
        "item": item("R04-2").pk,
        "fact": "三年级数学日均75分钟",
        "found_on": str(clock.today()),
        "origin": "county_inspection",
        "rectifying": "by_date",
        "due_on": str(later(15)),
    } | changed


def test_staff_register_a_problem_and_land_on_it(cast: Cast) -> None:
    answer = submit(signed_in(cast.task_force), "/problems/new/", problem_fields(cast))
    problem = Problem.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/problems/{problem.no}/")
    assert problem.found_by == cast.task_force


def test_a_second_problem_of_one_item_is_registered_only_as_another_matter(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert "另立一个问题" not in text_of(client.get("/problems/new/"))
    submit(client, "/problems/new/", problem_fields(cast))
    first = Problem.objects.get()
    fields = problem_fields(cast, fact="五年级每周三次书面作业超时")
    answer = submit(client, "/problems/new/", fields)
    assert answer.status_code == 200
    assert f"还有未销号的问题{first.no}（三年级数学日均75分钟）" in text_of(answer)
    assert "五年级每周三次书面作业超时" in answer.content.decode()
    assert Problem.objects.count() == 1
    submit(client, "/problems/new/", fields | {"another": "on"})
    assert Problem.objects.count() == 2
    closed = {"state": "closed", "closed_at": clock.now(), "closed_by": cast.task_force}
    RectificationTask.objects.update(**closed)
    answer = submit(client, "/problems/new/", fields)  # within a year: is it the same again?
    assert "一年内有已销号的问题" in text_of(answer)
    assert submit(client, "/problems/new/", fields | {"again": "another"}).status_code == 302
    assert Problem.objects.count() == 3
    RectificationTask.objects.update(**closed)
    answer = submit(client, "/problems/new/", fields | {"again": "relapse"})
    assert answer["Location"] == f"/problems/{RectificationTask.objects.get(ordinal=2).problem.no}/"
    assert Problem.objects.count() == 3
    long_ago = closed | {"closed_at": clock.now().replace(year=2025, day=15)}
    RectificationTask.objects.filter(ordinal=2).delete()
    RectificationTask.objects.update(**long_ago)  # nothing stands open, nothing relapsed: nothing is asked
    assert submit(client, "/problems/new/", fields).status_code == 302


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"organisation": ""}, "请选择单位"),
        ({"item": ""}, "请选择检查项"),
        ({"item": "R04-3"}, "这个检查项不适用于城关小学，请改选检查项"),
        ({"item": "R13-1"}, "这个检查项不适用于城关小学，请改选检查项"),
        ({"fact": ""}, "请写明发现情况，例如“三年级数学日均75分钟”"),
        ({"fact": "长" * 301}, "发现情况最多300字，现在是301字，请删去1字"),
        ({"due_on": ""}, "请填写整改期限"),
        ({"due_on": "2026年"}, "请填写正确的日期"),
        ({"due_in": 0}, "整改期限要晚于今天"),
        ({"rectifying": "at_once", "due_in": 11}, "立行立改的整改期限最长10天"),
        ({"found_in": 1}, "发现日期不能晚于今天"),
        ({"item": "R02-1", "breaks_prohibition": "on"}, "这个检查项没有对应的严禁或不得"),
        ({"origin": "superior"}, "上级交办的问题请填写交办文号"),
        ({"origin": "government_supervision"}, "来源不在可选范围内"),
    ],
)
def test_a_mistake_is_named_and_what_was_written_stays(
    cast: Cast, changed: dict[str, Any], sentence: str
) -> None:
    said = dict(changed)
    if str(said.get("item", "")).startswith("R"):
        said["item"] = item(said["item"]).pk
    for name, field in (("due_in", "due_on"), ("found_in", "found_on")):
        if name in said:
            said[field] = str(later(said.pop(name)))
    fields = problem_fields(cast, **said)
    answer = submit(signed_in(cast.task_force), "/problems/new/", fields)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert "<title>需修改：" in answer.content.decode()
    if said.get("fact") is None:
        assert "三年级数学日均75分钟" in answer.content.decode()
    assert Problem.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "origins"),
    [
        ("task_force", ["county_inspection", "complaint", "media", "superior"]),
        ("supervision", ["government_supervision", "regular_supervision"]),
        ("inspector_a", ["regular_supervision"]),
    ],
)
def test_the_origins_follow_the_role_and_what_comes_from_above_needs_its_number(
    cast: Cast, who: str, origins: list[str]
) -> None:
    answer = signed_in(cast.people[who]).get("/problems/new/")
    assert [value for value, _ in answer.context["form"].fields["origin"].choices] == origins
    assert ("交办文号" in text_of(answer)) is ("superior" in origins)


# --- The moves through HTTP ---------------------------------------------------------------------


def test_the_whole_line_from_plan_to_close_out(cast: Cast) -> None:
    task = case_at_a1(cast, "planning", proven=False)
    url = f"/problems/{task.no}/"
    measure = {"text": "统筹作业", "person": "李静", "due_on": str(later(7))}
    steps: list[tuple[str, str, dict[str, Any], str]] = [
        ("clerk_a1", "plan", rows("measure", measure, *[{}] * 4), "plan_review"),
        ("inspector_a", "return-plan", {"words": "请写明谁来抽查"}, "planning"),
        ("clerk_a1", "plan", rows("measure", measure, measure, *[{}] * 3, initial=1), "plan_review"),
        ("task_force", "approve-plan", {"words": ""}, "rectifying"),
        ("clerk_a1", "add-evidence", {"requirement": str(needs(task)[0].pk), "note": "已改"}, "rectifying"),
        ("clerk_a1", "measure-done", {"note": "每周统计"}, "rectifying"),
        ("clerk_a1", "measure-done", {"note": "每周统计"}, "rectifying"),
        ("head_a1", "apply", {"statement": "已降到55分钟"}, "verifying"),
        ("inspector_a", "verify", {"method": "on_site", "words": "属实"}, "verified"),
        ("task_force", "close", {"words": "同意"}, "closed"),
    ]
    for who, move, fields, state in steps:
        if move == "measure-done":
            open_one = rectification.open_measures(fresh(task))[0]
            fields = fields | {"measure_id": str(open_one.pk)}
        answer = press(cast, who, fresh(task), move, **fields)
        assert (answer.status_code, answer.headers.get("Location")) == (302, url), (move, text_of(answer))
        assert fresh(task).state == state
    assert AuditEntry.objects.filter(subject_no=task.no).count() == len(steps)


def test_the_returned_plan_stands_in_the_form_with_the_words(cast: Cast) -> None:
    task = case_at_a1(cast, "plan_review")
    press(cast, "inspector_a", task, "return-plan", words="请写明谁来抽查")
    answer = signed_in(cast.clerk_a1).get(f"/problems/{task.no}/plan/")
    assert "请写明谁来抽查" in text_of(answer)
    assert "年级组统筹作业总量" in answer.content.decode()


def test_what_the_self_check_told_is_not_asked_again(cast: Cast, term: Term) -> None:
    """P1: its measure stands in the form of the first plan, and 签收 of one's own finding is not asked."""
    publish(cast, term)
    told = row_of(check_of(cast.a1), "R05-4")
    told.measure_text, told.person, told.fix_on = "即日停止打卡", "彭雪", later(3)
    told.save()
    task = case_at_a1(cast, "planning", origin="self_check")
    Problem.objects.filter(pk=task.problem_id).update(source_answer=told)
    form = signed_in(cast.clerk_a1).get(f"/problems/{task.no}/plan/").context["formset"]
    first = [form[0][name].value() for name in ("text", "person", "due_on")]
    assert first == ["即日停止打卡", "彭雪", later(3)]
    assert "acknowledge" not in [key for key, _ in page(cast, "clerk_a1", task).context["others"]]
    assert press(cast, "clerk_a1", task, "acknowledge").status_code == 403


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([{}], "请至少写明1条整改措施"),
        ([{"text": "统筹作业"}], "请写明责任人"),
        ([{"person": "李静", "due_on": "soon"}], "请填写正确的日期"),
        ([{"text": "统筹作业", "person": "李静", "due_in": 21}], "完成时限要在整改期限（2026年12月6日）以内"),
        ([{"text": "统筹作业", "person": "李静", "due_in": -1}], "完成时限不能早于今天"),
        ([{"text": "长" * 201, "person": "李静", "due_in": 1}], "措施最多200字，现在是201字"),
    ],
)
def test_a_faulty_plan_comes_back_with_its_words(
    cast: Cast, entries: list[dict[str, Any]], sentence: str
) -> None:
    task = case_at_a1(cast, "planning")
    said = [dict(entry) for entry in entries]
    for entry in said:
        if "due_in" in entry:
            entry["due_on"] = str(later(entry.pop("due_in")))
    answer = press(cast, "clerk_a1", task, "plan", **rows("measure", *said, *[{}] * (5 - len(said))))
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    for entry in said:
        for value in entry.values():
            assert str(value) in answer.content.decode()
    assert fresh(task).state == "planning"


@pytest.mark.parametrize(
    ("state", "who", "move", "fields", "sentence", "kept"),
    [
        ("plan_review", "task_force", "return-plan", {"words": " "}, "请写明退回的意见", ""),
        ("rectifying", "clerk_a1", "add-evidence", {"note": ""}, "请选择文件，或用一句话写明整改情况", ""),
        ("rectifying", "clerk_a1", "apply", {"statement": ""}, "请写明整改完成情况", ""),
        ("verifying", "task_force", "verify", {"words": "看过了"}, "请选择现场核查或材料核查", "看过了"),
        ("verifying", "task_force", "verify", {"method": "on_site"}, "请写明核查意见", ""),
        ("verifying", "task_force", "send-back", {"missing": "记录"}, "请写明何时补齐", "记录"),
        ("verifying", "task_force", "send-back", {"missing_in": 3}, "请写明还缺什么", ""),
        (
            "verifying",
            "task_force",
            "send-back",
            {"missing": "抽查记录", "missing_in": 0},
            "补齐的日期要晚于今天",
            "抽查记录",
        ),
        ("verified", "task_force", "close", {"words": "长" * 301}, "意见最多300字，现在是301字", "长长"),
    ],
)
def test_a_faulty_move_comes_back_with_its_words(
    cast: Cast, state: str, who: str, move: str, fields: dict[str, Any], sentence: str, kept: str
) -> None:
    said = dict(fields)
    if "missing_in" in said:
        said["missing_by"] = str(later(said.pop("missing_in")))
    task = case_at_a1(cast, state)
    answer = press(cast, who, task, move, **said)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert kept in answer.content.decode()
    assert fresh(task).state == state
    assert AuditEntry.objects.count() == 0


def test_the_form_of_the_close_out_lists_the_proof_and_names_the_gap(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", prohibition=major("不得"), proven=False)
    client = signed_in(cast.clerk_a1)
    answer = client.get(f"/problems/{task.no}/apply/")
    assert [(proof.need.title, proof.is_filed) for proof in answer.context["proofs"]] == [
        ("整改前后对比", False),
        ("落实记录", False),
    ]
    refused = press(cast, "clerk_a1", task, "apply", statement="都改好了，请核查")
    assert "还缺2项佐证：整改前后对比、落实记录" in text_of(refused)
    assert "都改好了，请核查" in refused.content.decode()


def test_a_red_line_is_only_offered_verification_on_site(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying", prohibition=red_line())
    answer = signed_in(cast.inspector_a).get(f"/problems/{task.no}/verify/")
    assert "红线问题必须现场核查" in text_of(answer)
    forged = press(cast, "inspector_a", task, "verify", method="on_paper", words="材料齐全")
    assert "红线问题必须现场核查" in text_of(forged)
    assert fresh(task).state == "verifying"


def test_pictures_are_filed_for_a_requirement_and_served_to_those_who_see_the_case(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", proven=False)
    upload = SimpleUploadedFile("公示栏.jpg", picture(), content_type="image/jpeg")
    answer = press(
        cast, "clerk_a1", task, "add-evidence", requirement=str(needs(task)[0].pk), files=upload, note=""
    )
    assert answer.status_code == 302, text_of(answer)
    evidence = Evidence.objects.get()
    assert evidence.stored_file is not None
    url = f"/files/{evidence.stored_file_id}/"
    assert url in page(cast, "inspector_a", task).content.decode()


def test_a_file_that_is_none_is_refused_and_nothing_written(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", proven=False)
    bad = SimpleUploadedFile("说明.docx", b"PK", content_type="application/msword")
    answer = press(cast, "clerk_a1", task, "add-evidence", files=bad, note="改前改后的说明")
    assert answer.status_code == 200
    assert "“说明.docx”不能上传" in text_of(answer)
    assert "改前改后的说明" in answer.content.decode()
    assert Evidence.objects.count() == 0


def test_who_comes_second_gets_the_page_of_the_conflict_with_his_words(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    seen = task.version
    press(cast, "inspector_a", task, "verify", method="on_site", words="属实")
    # The second has no right on the row as it is now, and hears who was faster all the same.
    late = press(
        cast,
        "supervision",
        task,
        "send-back",
        version=seen,
        missing="家长抽查记录",
        missing_by=str(later(5)),
    )
    assert late.status_code == 409
    text = text_of(late)
    assert "家长抽查记录" in text
    assert "周明" in text
    assert (
        f'href="/problems/{task.no}/"' in late.content.decode()
    )  # on to the case, not to a form that is over
    assert fresh(task).state == "verified"


@pytest.mark.parametrize(
    ("state", "move"), [("verifying", "apply"), ("closed", "apply"), ("rectifying", "plan")]
)
def test_the_form_of_a_move_that_is_over_leads_back_to_the_case(cast: Cast, state: str, move: str) -> None:
    task = case_at_a1(cast, state)
    answer = signed_in(cast.clerk_a1).get(f"/problems/{task.no}/{move}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/problems/{task.no}/")


@pytest.mark.parametrize(
    ("who", "move"),
    [("clerk_a1", "close"), ("clerk_a1", "verify"), ("leader", "close"), ("inspector_a", "close")],
)
def test_without_the_right_the_move_is_forbidden(cast: Cast, who: str, move: str) -> None:
    task = case_at_a1(cast, "verified" if move == "close" else "verifying")
    assert press(cast, who, task, move, method="on_site", words="同意").status_code == 403
    assert AuditEntry.objects.count() == 0


def test_an_inspector_closes_an_ordinary_problem_from_his_checklist(cast: Cast) -> None:
    authorise(cast.inspector_a, cast.area_a)
    task = case_at_a1(cast, "verifying", origin="regular_supervision")
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    checklist = client.get(f"/visits/{visit.no}/").content.decode()
    address = f"/problems/{task.no}/verify-and-close/?visit={visit.no}"
    assert address in checklist
    form = client.get(address)
    assert form.context["form"].initial["method"] == "on_site"
    answer = submit(
        client,
        f"/problems/{task.no}/verify-and-close/",
        {"method": "on_site", "words": "问6名学生，均已改正", "visit": visit.no},
        version=task.version,
    )
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.no}/")
    closed = fresh(task)
    assert (closed.state, closed.closed_by) == ("closed", cast.inspector_a)
    assert task.decisions.get(kind="verified").visit == Visit.objects.get()


def test_the_same_form_sent_twice_moves_once(cast: Cast) -> None:
    task = case_at_a1(cast, "verified")
    client: Client = signed_in(cast.task_force)
    data = {"words": "同意", "_key": "0" * 32, "_version": str(task.version)}
    answers = [client.post(f"/problems/{task.no}/close/", data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert AuditEntry.objects.filter(subject_no=task.no).count() == 1


# --- What they cost -----------------------------------------------------------------------------------


def queries(client: Client, url: str) -> int:
    client.get(url)  # caches of the process are warm, as they are in life
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["task_force", "inspector_a", "clerk_a1"])
def test_the_list_costs_the_same_for_ten_and_two_hundred_problems(cast: Cast, who: str) -> None:
    client = signed_in(cast.people[who])
    for _ in range(10):
        case_at_a1(cast, "rectifying")
    few = queries(client, "/problems/")
    for _ in range(190):
        case_at_a1(cast, "rectifying", proven=False)
    assert queries(client, "/problems/") == few <= 15


@pytest.mark.parametrize("who", ["task_force", "inspector_a", "clerk_a1", "team_inspector"])
def test_a_case_costs_the_same_with_a_long_course(cast: Cast, who: str, policy: Any) -> None:
    authorise(cast.inspector_a, cast.area_a)
    visit = Visit.objects.create(
        no="2026-V0001",
        organisation=cast.a1,
        rulebook=policy,
        planned_on=clock.today(),
        created_by=cast.supervision,
        state="ongoing",
    )
    visit.members.create(user=cast.team_inspector)
    task = case_at_a1(cast, "verifying", origin="regular_supervision")
    client = signed_in(cast.people[who])
    url = f"/problems/{task.no}/"
    said: dict[str, Any] = {"kind": "plan_approved", "words": "同意", "decided_by": cast.task_force}
    task.decisions.create(**said, decided_at=clock.now())
    few = queries(client, url)
    for number in range(40):
        Evidence.objects.create(task=task, note=f"第{number}项", added_by=cast.clerk_a1, added_at=clock.now())
        task.decisions.create(**said, decided_at=clock.now())
    assert queries(client, url) == few <= 25
