"""The rule pages for everybody, the plan for staff: what they say, to whom, and at what cost."""

from __future__ import annotations

import pytest
from django.test import Client

from shuangjian.policy.models import Phase, Rule, Rulebook
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("standing_policy")


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# --- Rules -------------------------------------------------------------------------------------------
def test_the_list_shows_four_groups_of_thirty_to_anybody(book: Rulebook, client: Client) -> None:
    text = page(client, "/rules/")
    for title, count in (
        ("规范学校办学行为", "12条"),
        ("严格校外培训机构管理", "5条"),
        ("家庭履行教育监护责任", "4条"),
        ("强化政府管理监督", "9条"),
    ):
        assert title in text
        assert count in text
    for rule in Rule.objects.all():
        assert f'href="/rules/{rule.number}/"' in text
    assert "学校管理员填，校长签" in text
    assert "家长自愿、匿名填写" in text


def test_a_rule_tells_demand_figures_documents_and_prohibitions(book: Rulebook, client: Client) -> None:
    text = page(client, "/rules/4/")
    rule = Rule.objects.get(number=4)
    assert "第4条 严控书面作业总量" in text
    assert rule.requirement in text
    assert "《中小学生减负措施》（教基〔2018〕26号）第4条" in text
    assert "学校管理员填，校长签" in text
    for words in ("不超过60分钟/天", "不超过90分钟/天", "应为0分钟/天"):
        assert words in text
    for item in rule.items.all():
        assert item.text in text
    assert "未核" not in text.replace("未核实", "")


def test_superseded_limits_are_shown_apart_with_their_dates(book: Rulebook, client: Client) -> None:
    text = page(client, "/rules/6/")
    assert "已被取代的限值（2项）" in text
    assert "小学三至六年级统一考试不超过2次/学期" in text
    assert "2018年12月28日至2021年8月29日" in text


def test_what_was_not_verified_says_so(book: Rulebook, client: Client) -> None:
    text = page(client, "/rules/9/")
    assert "未核" in text
    assert "原文尚未核对" in text
    assert "依据：教育部办公厅2021年手机管理通知" in text


def test_a_red_line_is_named_and_its_consequence_told(book: Rulebook, client: Client) -> None:
    text = page(client, "/rules/15/")
    assert "聘用在职中小学教师（红线）" in text
    assert "机构吊销办学许可证" in text


def test_a_rule_also_shows_prohibitions_of_others_that_its_items_touch(
    book: Rulebook, client: Client
) -> None:
    text = page(client, "/rules/1/")
    assert "聘用在职中小学教师" in text
    assert "在职教师有偿补课、到机构兼职、介绍生源" in text


@pytest.mark.parametrize(("number", "before", "after"), [(1, None, 2), (17, 16, 18), (30, 29, None)])
def test_rules_are_leafed_through(
    book: Rulebook, client: Client, number: int, before: int | None, after: int | None
) -> None:
    text = page(client, f"/rules/{number}/")
    assert ("上一条" in text) == (before is not None)
    assert ("下一条" in text) == (after is not None)
    for other in (before, after):
        assert other is None or f'href="/rules/{other}/"' in text


def test_every_rule_has_its_page(book: Rulebook, client: Client) -> None:
    for number in range(1, 31):
        page(client, f"/rules/{number}/")


@pytest.mark.parametrize("number", [0, 31, 41, 99999999999999999999])
def test_a_rule_that_does_not_exist_is_not_found_in_words(
    book: Rulebook, client: Client, number: int
) -> None:
    assert f"没有第{number}条，共30条" in page(client, f"/rules/{number}/", status=404)


@pytest.mark.parametrize("address", ["/rules/", "/rules/6/", "/rules/13/"])
def test_a_rule_page_asks_few_questions(
    book: Rulebook, client: Client, django_assert_max_num_queries, address: str
) -> None:
    with django_assert_max_num_queries(16):  # four of them count what is being done in the county
        page(client, address)


# --- Plan --------------------------------------------------------------------------------------------
def test_the_plan_is_for_staff(book: Rulebook, cast: Cast, client: Client) -> None:
    response = client.get("/plan/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/")
    page(signed_in(cast.system_admin), "/plan/", status=403)
    page(signed_in(cast.stranger), "/plan/", status=403)


@pytest.mark.parametrize(
    "who", ["leader", "task_force", "supervision", "clerk_a1", "head_a1", "clerk_a3", "inspector_a"]
)
def test_the_plan_shows_steps_and_duties(book: Rulebook, cast: Cast, who: str) -> None:
    text = page(signed_in(getattr(cast, who)), "/plan/")
    for title in ("对照整改阶段", "达标建设阶段", *Phase.objects.values_list("title", flat=True)):
        assert title in text
    assert "今天是11月16日（星期一）" in text
    assert text.count("进行中") == 1
    assert text.count("已结束") == 2
    assert "2026年11月2日" in text
    assert "方案为2026年10月31日，休息日顺延" in text
    assert "检查日后5个工作日" in text


def test_a_duty_due_today_is_marked(book: Rulebook, cast: Cast) -> None:
    assert "今天</span>" in page(signed_in(cast.task_force), "/plan/")  # P1-3e: 15 November is a Sunday


@pytest.mark.pages
def test_the_plan_asks_few_questions(book: Rulebook, cast: Cast, django_assert_max_num_queries) -> None:
    client = signed_in(cast.task_force)
    page(client, "/plan/")
    with django_assert_max_num_queries(17):  # two of them for the tables that go up
        page(client, "/plan/")
