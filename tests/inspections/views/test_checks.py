"""Self-checks in the browser: list, rules, saving as one goes, files, checking, review, return."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from inspections.check_sheet import ItemAnswer
from inspections.models import Problem, SelfCheck
from inspections.workflows import self_check
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.hostile import HOSTILE, REFUSED
from tests.inspections.checking import check_of, fill, publish, row_of, sheet_of
from tests.inspections.printing import printed
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.usefixtures("standing_policy")
PARTLY = ItemAnswer(
    value="partly",
    problem_text="公示缺2天",
    measure_text="补齐公示",
    person="罗主任",
    fix_on=date(2026, 12, 10),
)


@pytest.fixture
def check(cast: Cast, term: Term) -> SelfCheck:
    publish(cast, term)
    return check_of(cast.a1)


def picture(name: str = "公示.jpg") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(buffer, "JPEG")
    return SimpleUploadedFile(name, buffer.getvalue(), "image/jpeg")


def fields_of(client: Client, url: str) -> dict[str, Any]:
    """What the page's form would send as it stands: hidden fields, texts, chosen radios."""
    page = client.get(url).content.decode()
    form = page[page.index("data-autosave") :]
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]+)"', tag)
        if (
            name is None
            or (kind and kind[1] == "file")
            or (kind and kind[1] == "radio" and "checked" not in tag)
        ):
            continue
        fields[name[1]] = value[1] if value else ""
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', form):
        fields[name] = value
    return fields


def save(client: Client, check: SelfCheck, number: int, fields: dict[str, Any]) -> Any:
    """Post as autosave.js does."""
    return client.post(
        f"/checks/{check.no}/{number}/save/",
        {**fields, "_key": uuid4().hex},
        headers={"accept": "application/json", "x-requested-with": "fetch"},
    )


def post(client: Client, url: str, fields: dict[str, Any] | None = None) -> Any:
    return client.post(url, {**(fields or {}), "_key": uuid4().hex})


# --- Who sees what ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("clerk_a1", 200), ("head_a1", 200), ("task_force", 200), ("leader", 200), ("supervision", 200),
        ("inspector_a", 200), ("inspector_b", 404), ("team_inspector", 404), ("clerk_b1", 404),
        ("clerk_a3", 404), ("office_staff", 404), ("partner", 403), ("auditor", 403), ("stranger", 403),
    ],
)  # fmt: skip
def test_who_opens_a_check(cast: Cast, check: SelfCheck, who: str, status: int) -> None:
    assert signed_in(cast.people[who]).get(f"/checks/{check.no}/").status_code == status


@pytest.mark.parametrize("who", ["clerk_b1", "task_force", "inspector_a", "leader"])
def test_nobody_else_fills_it(cast: Cast, check: SelfCheck, who: str) -> None:
    client = signed_in(cast.people[who])
    expected = 404 if who == "clerk_b1" else 403
    assert client.get(f"/checks/{check.no}/4/").status_code == expected
    assert save(client, check, 4, {"R04-1-value": "meets"}).status_code == expected
    assert post(client, f"/checks/{check.no}/4/", {"R04-1-value": "meets"}).status_code == expected
    assert post(client, f"/checks/{check.no}/4/files/R04-1/").status_code == expected
    assert client.get(f"/checks/{check.no}/review/").status_code == expected
    assert row_of(check, "R04-1").value == ""


def test_what_is_not_submitted_stays_the_units_own(cast: Cast, check: SelfCheck) -> None:
    fill(check, cast.clerk_a1, R04_4=PARTLY)
    for who in ("task_force", "inspector_a"):
        page = text_of(signed_in(cast.people[who]).get(f"/checks/{check.no}/"))
        assert "公示缺2天" not in page and "还没有提交" in page
        assert signed_in(cast.people[who]).get(f"/printouts/new/check/?check={check.no}").status_code == 404


@pytest.mark.parametrize(
    "url", ["/checks/2026-C9999/", "/checks/2026-C9999/4/", "/checks/%00/", "/checks/x/review/"]
)
def test_what_does_not_exist_is_not_found(cast: Cast, check: SelfCheck, url: str) -> None:
    assert signed_in(cast.clerk_a1).get(url).status_code == 404
    assert signed_in(cast.clerk_a1).get(f"/checks/{check.no}/13/").status_code == 404
    assert signed_in(cast.clerk_a1).get(f"/checks/{check.no}/99999999999/").status_code == 404
    assert signed_in(cast.clerk_a1).get(f"/checks/{check.no}/fly/").status_code == 404


# --- Lists --------------------------------------------------------------------------------


def test_a_unit_sees_its_own_check_with_its_progress(cast: Cast, check: SelfCheck) -> None:
    page = text_of(signed_in(cast.clerk_a1).get("/checks/"))
    assert "已完成 0/12条" in page and "12月11日截止，还剩25天" in page and "开始填写" in page
    assert "实验学校" not in page


def test_a_unit_without_a_round_is_told_so(cast: Cast, term: Term) -> None:
    assert "目前没有自查任务" in text_of(signed_in(cast.clerk_a1).get("/checks/"))


def test_staff_find_what_waits_first_and_filter_by_address(cast: Cast, check: SelfCheck) -> None:
    fill(check_of(cast.a3), cast.clerk_a3)
    self_check.confirm(check_id=check_of(cast.a3).pk, actor=cast.manager_a3)
    client = signed_in(cast.task_force)

    def names(query: str) -> list[str]:
        return [row.organisation.name for row in client.get(f"/checks/{query}").context["page_obj"]]

    assert names("") == ["启明教育培训中心"]
    assert names("?tab=all")[0] == "启明教育培训中心" and len(names("?tab=all")) == 4
    assert names("?tab=all&q=cgxx") == ["城关小学"]
    assert names("?tab=open&kind=institution") == []
    assert set(names("?tab=open")) == {"城关小学", "实验学校", "第二中学"}
    assert names(f"?tab=all&round={check.round_id}&q={check.no}") == ["城关小学"]
    assert names("?tab=nothing&page=zz") == ["启明教育培训中心"]
    for hostile in HOSTILE[:40]:
        assert client.get("/checks/", {"q": hostile, "tab": "all"}).status_code == 200
    assert signed_in(cast.inspector_b).get("/checks/").context["page_obj"][0].organisation == cast.b1


@pytest.mark.pages
def test_lists_cost_the_same_for_few_and_many(cast: Cast, term: Term, check: SelfCheck) -> None:
    def cost(who: User, url: str) -> int:
        client = signed_in(who)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    few = cost(cast.task_force, "/checks/?tab=all")
    for serial in range(12):
        unit = Organisation.objects.create(
            kind="school", code=f"31520001{serial:02d}", name=f"第{serial}小学"
        )
        School.objects.create(organisation=unit, school_type="primary", grades=[1, 2, 3])
    publish(cast, term, title="补查")
    assert cost(cast.task_force, "/checks/?tab=all") == few <= 15


# --- The task list ------------------------------------------------------------------------


def test_the_start_page_says_what_one_needs_to_know(cast: Cast, check: SelfCheck) -> None:
    page = text_of(signed_in(cast.clerk_a1).get(f"/checks/{check.no}/"))
    for words in (
        "约需40分钟，随时可以停下",
        "12月11日截止，还剩25天",
        "责任督学可以看到",
        "不作为约谈、通报和考核扣分依据",
        "开始填第1条",
        "学校负责的12条",
        "其余18条由机构（5条）、家庭（4条）、政府（9条）负责",
        "还有12条未完成，完成后可以提交",
    ):
        assert words in page


def test_the_button_names_the_next_unfinished_rule(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fill(check, cast.clerk_a1)
    row = row_of(check, "R08-1")
    row.value = ""
    row.save()
    page = text_of(client.get(f"/checks/{check.no}/"))
    assert "继续填第8条" in page and "已完成 11/12条" in page
    row.value = "meets"
    row.save()
    assert "继续填" not in text_of(client.get(f"/checks/{check.no}/"))


def test_an_institution_has_its_own_words_and_rules(cast: Cast, check: SelfCheck) -> None:
    own = check_of(cast.a3)
    client = signed_in(cast.clerk_a3)
    page = text_of(client.get(f"/checks/{own.no}/"))
    assert "机构负责的5条" in page and "负责人确认后提交" in page
    assert "5条中的第2条" in text_of(client.get(f"/checks/{own.no}/14/"))


# --- One rule, without JavaScript ---------------------------------------------------------


def test_a_rule_is_saved_and_the_next_one_opens(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fields = fields_of(client, f"/checks/{check.no}/4/") | {
        "R04-1-value": "meets",
        "R04-2-value": "partly",
        "R04-2-problem_text": "三年级偏多",
        "R04-2-figure0": "66",
        "do": "next",
    }
    answer = post(client, f"/checks/{check.no}/4/", fields)
    assert (answer.status_code, answer["Location"]) == (302, f"/checks/{check.no}/5/")
    row = row_of(check, "R04-2")
    assert (row.value, row.problem_text, row.figures.get().value) == ("partly", "三年级偏多", "66")
    page = client.get(f"/checks/{check.no}/4/").content.decode()
    assert "超出6分钟" in page and 'class="over"' in page


def test_after_the_last_rule_all_answers_are_shown(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    answer = post(client, f"/checks/{check.no}/12/", fields_of(client, f"/checks/{check.no}/12/"))
    assert answer["Location"] == f"/checks/{check.no}/review/"


def test_faults_are_said_at_their_fields_and_nothing_typed_is_lost(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fields = fields_of(client, f"/checks/{check.no}/4/") | {
        "R04-1-value": "partly",
        "R04-1-person": "罗主任",
        "R04-2-value": "meets",
        "R04-2-figure0": "66",
        "R04-4-value": "fails",
        "R04-4-problem_text": "公示栏空白",
        "R04-4-fix_on": "2026-11-01",
    }
    answer = post(client, f"/checks/{check.no}/4/", fields)
    page = answer.content.decode()
    assert answer.status_code == 200 and "<title>\n需修改" not in page
    assert "需修改：第4条" in page and "有3处需要修改" in page
    assert 'href="#id_R04-1-problem_text"' in page and "请写明4-1存在的问题" in page
    assert "不能选“符合”" in page and "超出6分钟（不超过60分钟/天）" in page
    assert "4-4的完成时限要在今天以后" in page
    for kept in ("罗主任", "公示栏空白", 'value="66"', 'value="2026-11-01"'):
        assert kept in page
    assert row_of(check, "R04-4").value == "" and SelfCheck.objects.get(pk=check.pk).state == "not_started"


def test_a_figure_that_is_none_is_said_at_its_field(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fields = fields_of(client, f"/checks/{check.no}/4/") | {"R04-2-figure1": "五十"}
    page = post(client, f"/checks/{check.no}/4/", fields).content.decode()
    assert "四年级：请填写0到100000之间的数" in page and 'value="五十"' in page


def test_out_of_scope_is_hatched_with_its_reason(cast: Cast, check: SelfCheck) -> None:
    page = signed_in(cast.clerk_a1).get(f"/checks/{check.no}/4/").content.decode()
    assert "hatch" in page and "本校没有相应年级，不用填写" in page and "R04-3-value" not in page


def test_two_people_without_javascript_see_both_versions(cast: Cast, check: SelfCheck) -> None:
    url = f"/checks/{check.no}/4/"
    first, second = signed_in(cast.clerk_a1), signed_in(cast.head_a1)
    opened = fields_of(second, url)
    theirs = fields_of(first, url) | {"R04-4-value": "partly", "R04-4-problem_text": "缺2天公示"}
    assert post(first, url, theirs).status_code == 302
    mine = opened | {"R04-4-value": "fails", "R04-4-problem_text": "整月没有公示"}
    answer = post(second, url, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "李静" in page and "缺2天公示" in page and "整月没有公示" in page
    assert row_of(check, "R04-4").problem_text == "缺2天公示"
    version = re.search(r'name="_version" value="([^"]+)"', page)
    assert version is not None
    assert post(second, url, mine | {"_version": version[1]}).status_code == 302
    assert row_of(check, "R04-4").problem_text == "整月没有公示"


def test_who_is_filling_is_said_to_the_other(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    save(client, check, 4, fields_of(client, f"/checks/{check.no}/4/") | {"R04-1-value": "meets"})
    assert "李静正在填第4条" in text_of(signed_in(cast.head_a1).get(f"/checks/{check.no}/4/"))
    assert "正在填" not in text_of(client.get(f"/checks/{check.no}/4/"))


def test_a_broken_form_is_never_a_crash(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    texts = ("R04-1-value", "R04-2-figure0", "R04-4-problem_text", "R04-4-fix_on", "R04-4-person", "_version")
    honest = {"R04-1-value": "meets", "R04-4-value": "partly"}
    for at, value in enumerate([*HOSTILE[::3], *REFUSED]):
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            continue  # a browser cannot send it
        fields = honest | dict.fromkeys(texts if at % 3 == 0 else [texts[at % len(texts)]], value)
        if at % 2:
            assert save(client, check, 4, fields).status_code in (200, 400, 409)
        else:
            answer = post(client, f"/checks/{check.no}/4/", fields | {"do": value})
            assert answer.status_code in (200, 302, 400, 409)


# --- Saving as one goes -------------------------------------------------------------------


def test_autosave_answers_as_the_script_expects(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fields = fields_of(client, f"/checks/{check.no}/4/")
    answer = save(client, check, 4, fields | {"R04-2-value": "meets", "R04-2-figure0": "66"})
    data = answer.json()
    assert answer.status_code == 200 and data["saved_at"] == "09:00"
    assert data["version"] != fields["_version"]
    assert data["text"]["side-4"] == "数值超限" and data["text"]["verdict-R04-2-figure0"] == "超出6分钟"
    assert "不能选“符合”" in data["text"]["over-R04-2"]
    again = save(client, check, 4, fields | {"R04-2-value": "partly", "_version": data["version"]})
    assert again.status_code == 200 and again.json()["text"]["over-R04-2"] == ""


def test_autosave_says_faults_by_field_name(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fields = fields_of(client, f"/checks/{check.no}/4/")
    answer = save(client, check, 4, fields | {"R04-2-figure0": "六十", "R04-4-problem_text": "长" * 201})
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert "三年级：请填写" in errors["R04-2-figure0"]
    assert errors["R04-4-problem_text"] == "存在的问题最多200字，现在是201字，请删去1字"


def test_autosave_of_a_stale_item_names_the_other_and_his_words(cast: Cast, check: SelfCheck) -> None:
    first, second = signed_in(cast.clerk_a1), signed_in(cast.head_a1)
    opened = fields_of(second, f"/checks/{check.no}/4/")
    save(first, check, 4, opened | {"R04-4-value": "partly", "R04-4-problem_text": "缺2天公示"})
    answer = save(second, check, 4, opened | {"R04-4-value": "fails"})
    assert answer.status_code == 409
    assert "李静" in answer.json()["error"] and "缺2天公示" in answer.json()["error"]
    kept = save(second, check, 4, opened | {"R04-4-value": "fails", "_version": answer.json()["version"]})
    assert kept.status_code == 200 and row_of(check, "R04-4").value == "fails"


def test_autosave_into_a_submitted_check_says_why_not(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fields = fields_of(client, f"/checks/{check.no}/4/")
    fill(check, cast.clerk_a1)
    self_check.confirm(check_id=check.pk, actor=cast.head_a1)
    answer = save(client, check, 4, fields | {"R04-1-value": "na", "R04-1-reason": "没有"})
    assert answer.status_code == 409 and row_of(check, "R04-1").value == "meets"


def test_the_same_save_sent_twice_is_done_once(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    fields = fields_of(client, f"/checks/{check.no}/4/") | {"R04-1-value": "meets", "_key": uuid4().hex}
    url = f"/checks/{check.no}/4/save/"
    answers = [client.post(url, fields, headers={"accept": "application/json"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json() and row_of(check, "R04-1").version == 2


# --- Files --------------------------------------------------------------------------------


def test_files_go_with_the_form_and_can_be_taken_back(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    url = f"/checks/{check.no}/4/"
    fields = fields_of(client, url) | {"R04-4-value": "meets", "R04-4-proof": picture(), "do": "attach:R04-4"}
    assert post(client, url, fields)["Location"] == f"{url}#R04-4"
    evidence = row_of(check, "R04-4").evidence.get()
    assert evidence.stored_file.original_name == "公示.jpg" and row_of(check, "R04-4").value == "meets"
    gone = post(client, url, fields_of(client, url) | {"do": f"remove:{evidence.pk}"})
    assert not row_of(check, "R04-4").evidence.exists()
    page = client.get(gone["Location"]).content.decode()
    assert "已删除佐证1个" in page
    undo = fields_of(client, gone["Location"].partition("#")[0]) | {"do": "undo"}
    assert post(client, url, undo).status_code == 302
    assert row_of(check, "R04-4").evidence.count() == 1


def test_a_bad_file_is_named_and_the_words_stay(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    url = f"/checks/{check.no}/4/"
    bad = SimpleUploadedFile("名单.zip", b"PK\x03\x04", "application/zip")
    fields = fields_of(client, url) | {
        "R04-4-value": "partly",
        "R04-4-problem_text": "缺2天",
        "R04-4-proof": bad,
    }
    answer = post(client, url, fields)
    page = answer.content.decode()
    assert answer.status_code == 200 and "“名单.zip”不能上传" in page and "缺2天" in page
    assert row_of(check, "R04-4").value == ""


def test_files_are_exchanged_beside_the_form(cast: Cast, check: SelfCheck) -> None:
    """The piece of the page that htmx swaps: after success it is asked for anew."""
    client = signed_in(cast.clerk_a1)
    url = f"/checks/{check.no}/4/files/R04-4/"
    answer = client.post(
        url, {"R04-4-proof": picture(), "do": "attach", "_key": uuid4().hex}, headers={"hx-request": "true"}
    )
    assert (answer.status_code, answer["Location"]) == (302, url)
    piece = client.get(url, headers={"hx-request": "true"}).content.decode()
    assert "公示.jpg" in piece and "<html" not in piece
    refused = client.post(url, {"do": "attach", "_key": uuid4().hex}, headers={"hx-request": "true"})
    assert refused.status_code == 200 and "请选择文件" in refused.content.decode()
    assert "<html" in client.get(url).content.decode()


def test_a_strangers_file_link_is_not_served(cast: Cast, check: SelfCheck) -> None:
    client = signed_in(cast.clerk_a1)
    url = f"/checks/{check.no}/4/"
    post(client, url, fields_of(client, url) | {"R04-4-proof": picture(), "do": "attach:R04-4"})
    stored = row_of(check, "R04-4").evidence.get().stored_file
    assert client.get(f"/files/{stored.pk}/").status_code == 200
    assert signed_in(cast.clerk_b1).get(f"/files/{stored.pk}/").status_code == 404


def test_last_terms_answer_is_offered_and_taken_over(cast: Cast, term: Term, check: SelfCheck) -> None:
    fill(check, cast.clerk_a1, R04_4=PARTLY)
    self_check.confirm(check_id=check.pk, actor=cast.head_a1)
    publish(cast, term, title="补查", due_on=date(2026, 12, 31))
    new = check_of(cast.a1)
    client = signed_in(cast.clerk_a1)
    url = f"/checks/{new.no}/4/"
    assert "选“部分符合”。" in text_of(client.get(url))
    post(client, url, fields_of(client, url) | {"do": "carry:R04-4"})
    row = row_of(new, "R04-4")
    assert (row.value, row.problem_text, row.person, row.fix_on) == ("partly", "公示缺2天", "", None)


# --- Checking, confirming, submitting -----------------------------------------------------


def test_the_page_of_all_answers_names_every_gap(cast: Cast, check: SelfCheck) -> None:
    self_check.save_rule(
        check_id=check.pk,
        rule_number=4,
        actor=cast.clerk_a1,
        version=None,
        answers={"R04-4": ItemAnswer(value="partly")},
        as_draft=True,
    )
    page = text_of(signed_in(cast.clerk_a1).get(f"/checks/{check.no}/review/"))
    assert "第1条还有4项没有作答" in page and "请写明4-4存在的问题" in page
    assert "送黄勇确认" not in page
    barred = signed_in(cast.head_a1).get(f"/checks/{check.no}/confirm/")
    assert (barred.status_code, barred["Location"]) == (302, f"/checks/{check.no}/review/")


def test_from_checking_to_the_number(cast: Cast, check: SelfCheck) -> None:
    """The clerk sends, the head checks and confirms; the page then names number, next step and problems."""
    fill(check, cast.clerk_a1, R04_4=PARTLY)
    clerk, head = signed_in(cast.clerk_a1), signed_in(cast.head_a1)
    page = text_of(clerk.get(f"/checks/{check.no}/review/"))
    assert "将生成1个问题，提交后进入整改" in page and "修改" in page and "送黄勇确认" in page
    assert post(clerk, f"/checks/{check.no}/send-to-head/").status_code == 302
    assert "撤回修改" in text_of(clerk.get(f"/checks/{check.no}/"))
    assert clerk.get(f"/checks/{check.no}/confirm/").status_code == 403
    assert "核对并确认" in text_of(head.get(f"/checks/{check.no}/"))
    asked = text_of(head.get(f"/checks/{check.no}/confirm/"))
    assert "确认并提交2026年秋季学期自查？" in asked and "生成1个问题" in asked and "确认人：黄勇" in asked
    version = SelfCheck.objects.get(pk=check.pk).version
    assert post(head, f"/checks/{check.no}/confirm/", {"_version": version}).status_code == 302
    page = text_of(clerk.get(f"/checks/{check.no}/"))
    problem = Problem.objects.get()
    for words in (
        f"已提交，编号{check.no}",
        "5个工作日内审核，结果在待办提醒",
        "黄勇网上确认",
        problem.no,
        "打印",
    ):
        assert words in page
    assert clerk.get(f"/checks/{check.no}/review/")["Location"] == f"/checks/{check.no}/"
    assert "已提交，不能修改" in text_of(clerk.get(f"/checks/{check.no}/4/"))


def test_the_sealed_scan_submits(cast: Cast, check: SelfCheck) -> None:
    fill(check, cast.clerk_a1)
    clerk = signed_in(cast.clerk_a1)
    url = f"/checks/{check.no}/submit-scan/"
    assert "由黄勇（校长）签字，加盖单位公章" in text_of(clerk.get(url))
    empty = post(clerk, url)
    assert empty.status_code == 200 and "请选择文件" in text_of(empty)
    assert post(clerk, url, {"scan": picture("盖章.jpg")}).status_code == 302
    page = text_of(clerk.get(f"/checks/{check.no}/"))
    assert "黄勇签字盖章" in page and "盖章.jpg" in page
    assert SelfCheck.objects.get(pk=check.pk).confirmation == "paper"


def test_the_paper_form_has_room_for_what_is_open(cast: Cast, check: SelfCheck) -> None:
    page = printed(signed_in(cast.clerk_a1), f"check/?check={check.no}")
    for words in (
        "城关小学",
        check.no,
        "□符合",
        "书面家庭作业（不超过60分钟/天）：三年级",
        "单位（盖章）",
        "校长黄勇（签字）",
    ):
        assert words in page


# --- Review -------------------------------------------------------------------------------


@pytest.fixture
def submitted(cast: Cast, check: SelfCheck) -> SelfCheck:
    fill(check, cast.clerk_a1, R04_4=PARTLY)
    return self_check.confirm(check_id=check.pk, actor=cast.head_a1)


def test_the_reviewer_reads_and_accepts(cast: Cast, submitted: SelfCheck) -> None:
    client = signed_in(cast.task_force)
    page = text_of(client.get(f"/checks/{submitted.no}/"))
    for words in (
        "符合11条，部分符合1条，生成1个问题",
        "公示缺2天",
        "确认自查",
        "退回修改",
        "黄勇确认并提交",
    ):
        assert words in page
    assert "确认城关小学的自查？" in text_of(client.get(f"/checks/{submitted.no}/accept/"))
    assert post(client, f"/checks/{submitted.no}/accept/").status_code == 302
    assert "已确认" in text_of(signed_in(cast.clerk_a1).get(f"/checks/{submitted.no}/"))


def test_others_of_the_county_read_only(cast: Cast, submitted: SelfCheck) -> None:
    for who in ("leader", "supervision", "inspector_a"):
        page = text_of(signed_in(cast.people[who]).get(f"/checks/{submitted.no}/"))
        assert "公示缺2天" in page and "退回修改" not in page and "确认自查" not in page
        assert post(signed_in(cast.people[who]), f"/checks/{submitted.no}/accept/").status_code == 403


def test_return_names_rules_and_opens_only_those(cast: Cast, submitted: SelfCheck) -> None:
    client = signed_in(cast.task_force)
    url = f"/checks/{submitted.no}/send-back/"
    empty = post(client, url, {"rule4": " "})
    assert empty.status_code == 200 and "请至少写明1条的退回意见" in text_of(empty)
    long = post(client, url, {"rule4": "长" * 301, "rule1": "看看"})
    assert long.status_code == 200 and "最多300字，现在是301字" in text_of(long) and "看看" in text_of(long)
    assert post(client, url, {"rule4": "请写明缺哪2天"}).status_code == 302
    clerk = signed_in(cast.clerk_a1)
    page = text_of(clerk.get(f"/checks/{submitted.no}/"))
    assert "退回意见1条" in page and "请写明缺哪2天" in page and "修改第4条" in page
    assert "这一条没有退回，不用修改" in text_of(clerk.get(f"/checks/{submitted.no}/5/"))
    assert post(clerk, f"/checks/{submitted.no}/5/", {"R05-1-value": "na"}).status_code == 409
    assert "请写明缺哪2天" in text_of(clerk.get(f"/checks/{submitted.no}/4/"))


def test_a_resubmission_stands_beside_what_it_replaces(cast: Cast, submitted: SelfCheck) -> None:
    self_check.send_back(check_id=submitted.pk, actor=cast.task_force, notes={4: "请写明缺哪2天"})
    clerk = signed_in(cast.clerk_a1)
    url = f"/checks/{submitted.no}/4/"
    assert (
        post(clerk, url, fields_of(clerk, url) | {"R04-4-problem_text": "10月8日、9日缺公示"}).status_code
        == 302
    )
    self_check.confirm(check_id=submitted.pk, actor=cast.head_a1)
    answer = signed_in(cast.task_force).get(f"/checks/{submitted.no}/")
    page = text_of(answer)
    assert "上一次" in page and "公示缺2天" in page and "这一次" in page and "10月8日、9日缺公示" in page
    assert "有改动" in page and "请写明缺哪2天" in page and "第2次" in page
    numbers = [rule.rule.number for rule in answer.context["review"].rules if rule.is_changed]
    assert numbers == [4]
    assert Problem.objects.count() == 1


def test_a_stale_move_is_refused_with_the_row_as_it_is(cast: Cast, submitted: SelfCheck) -> None:
    client = signed_in(cast.task_force)
    assert post(client, f"/checks/{submitted.no}/accept/", {"_version": "1"}).status_code == 409
    assert SelfCheck.objects.get(pk=submitted.pk).state == "submitted"


# --- Cost ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "most"), [("", 18), ("4/", 18), ("review/", 18), ("paper/", 16)])
def test_a_units_pages_stay_cheap(cast: Cast, check: SelfCheck, url: str, most: int) -> None:
    fill(check, cast.clerk_a1, R04_4=PARTLY)
    client = signed_in(cast.clerk_a1)
    client.get(f"/checks/{check.no}/{url}")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/checks/{check.no}/{url}")
    assert len(queries) <= most, [query["sql"][:90] for query in queries.captured_queries]


def test_a_review_costs_the_same_for_few_and_many_problems(cast: Cast, check: SelfCheck) -> None:
    def cost(unit: Organisation) -> int:
        client = signed_in(cast.task_force)
        url = f"/checks/{check_of(unit).no}/"
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    fill(check, cast.clerk_a1)
    self_check.confirm(check_id=check.pk, actor=cast.head_a1)
    other = check_of(cast.b1)
    codes = [line.item.code.replace("-", "_") for rule in sheet_of(other).rules for line in rule.asked]
    fill(other, cast.clerk_b1, **{code: PARTLY for code in codes[:20]})
    self_check.confirm(check_id=other.pk, actor=cast.head_b1)
    assert cost(cast.b1) == cost(cast.a1) <= 20


def test_a_late_check_says_so(cast: Cast, check: SelfCheck) -> None:
    SelfCheck.objects.filter(pk=check.pk).update(due_on=clock.today().replace(day=11))
    assert "逾期5天（应于11月11日完成）" in text_of(signed_in(cast.clerk_a1).get(f"/checks/{check.no}/"))
