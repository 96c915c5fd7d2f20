"""The pages of 线索点: registering, moving, listing, each for whom it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from tests.cast import NOVEMBER, Cast, assemble
from tests.hostile import HOSTILE
from tests.registry import signed_in, submit, text_of
from tests.tutoring.leads import lead_in, registered
from tutoring.models import Lead

pytestmark = pytest.mark.django_db
NEW = "/leads/new/"


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with clock.at(NOVEMBER):
        yield assemble()


def browser(cast: Cast, name: str) -> Any:
    return signed_in(cast.people[name])


def fields(**changed: Any) -> dict[str, Any]:
    """A lead as it is filled in without a mistake."""
    given = {
        "kind": "study_room",
        "township": "YX-T01",
        "area": "YX-Q01",
        "address": "沿江路66号",
        "noticed": "周末有人讲课，一次收80元",
        "source": "public",
        "found_on": "2026-11-12",
    }
    return given | changed


def page_of(lead: Lead, move: str = "") -> str:
    return reverse("lead-move", args=[lead.no, move]) if move else reverse("lead", args=[lead.no])


# --- The whole line --------------------------------------------------------------------------


def test_from_the_inspectors_find_to_the_departments_result(cast: Cast) -> None:
    inspector, office, department = (browser(cast, n) for n in ("inspector_a", "task_force", "partner"))
    answer = submit(inspector, NEW, fields())
    lead = Lead.objects.get()
    assert answer["Location"] == page_of(lead)
    assert "核实线索点" in text_of(inspector.get("/desk/"))
    assert department.get(page_of(lead)).status_code == 404

    said = {"on": "2026-11-14", "words": "11名学生听课，墙上有收费表"}
    assert submit(inspector, page_of(lead, "verify"), said, version=1).status_code == 302
    assert "移交线索点" in text_of(office.get("/desk/"))
    paper = {"office": "YX-B01", "document_no": "云教函〔2026〕27号", "on": "2026-11-15", "words": "请核查"}
    assert submit(office, page_of(lead, "hand-over"), paper, version=2).status_code == 302

    assert "回复线索点办理结果" in text_of(department.get("/desk/"))
    assert "沿江路66号" in text_of(department.get("/leads/"))
    assert "下一步：县市场监督管理局办理并回复结果" in text_of(department.get(page_of(lead)))
    result = {"words": "已责令停止经营", "document_no": "云市监函〔2026〕42号", "on": "2026-11-16"}
    assert submit(department, page_of(lead, "reply"), result, version=3).status_code == 302

    assert "部门已回复" in text_of(office.get(page_of(lead)))
    assert "已责令停止经营" in text_of(office.get(page_of(lead, "close")))
    assert submit(office, page_of(lead, "close"), {"on": "2026-11-16"}, version=4).status_code == 302
    story = text_of(inspector.get(page_of(lead)))
    for words in (
        "何敏 办结，11月16日",
        "郑浩 部门回复，云市监函〔2026〕42号，11月16日",
        "何敏 移交：县市场监督管理局，云教函〔2026〕27号，11月15日",
        "周明 核实属实，11月14日",
        "周明 登记线索点",
    ):
        assert words in story, words
    assert story.index("何敏 办结") < story.index("周明 登记线索点"), "newest first"


def test_each_sees_the_moves_that_are_his(cast: Cast) -> None:
    lead = lead_in(cast, "handed_over")

    def moves(name: str) -> set[str]:
        html = browser(cast, name).get(page_of(lead)).content.decode()
        return set(re.findall(r'href="/leads/[^"/]+/([a-z-]+)/"', html))

    assert moves("task_force") == moves("supervision") == {"close", "take-back", "link", "correct"}
    assert moves("partner") == {"reply"}
    assert moves("leader") == moves("inspector_a") == set()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("leader", 200), ("task_force", 200), ("supervision", 200), ("inspector_a", 200), ("partner", 404),
        ("inspector_b", 404), ("team_inspector", 403), ("office_staff", 403), ("clerk_a1", 403),
        ("head_a1", 403), ("clerk_a3", 403), ("manager_a3", 403), ("system_admin", 403), ("auditor", 403),
        ("stranger", 403),
    ],
)  # fmt: skip
def test_units_and_strangers_never_see_one(cast: Cast, name: str, status: int) -> None:
    lead = registered(cast)
    assert browser(cast, name).get(page_of(lead)).status_code == status
    listed = browser(cast, name).get("/leads/")
    assert listed.status_code == (403 if status == 403 else 200)
    assert (lead.no in listed.content.decode()) is (status == 200)
    has_link = 'href="/leads/"' in browser(cast, name).get("/me/").content.decode()
    assert has_link is (status != 403), "the menu shows it to whom it is for"


def test_an_inspector_is_offered_his_own_areas_and_their_townships(cast: Cast) -> None:
    Organisation.objects.create(kind="township", code="YX-T09", name="白沙乡")
    page = browser(cast, "inspector_a").get(NEW).content.decode()
    assert "第一督学责任区" in page and "城关镇" in page
    assert "第二督学责任区" not in page and "白沙乡" not in page and "发现人" not in page
    for name, value in (("area", "YX-Q02"), ("township", "YX-T09"), ("area", "")):
        refused = submit(browser(cast, "inspector_a"), NEW, fields(**{name: value}))
        assert refused.status_code == 200
        assert "沿江路66号" in refused.content.decode()
    assert not Lead.objects.exists()


def test_staff_name_who_found_it(cast: Cast) -> None:
    submit(browser(cast, "task_force"), NEW, fields(found_by="inspector_b", area="YX-Q02"))
    lead = Lead.objects.get()
    assert (lead.found_by, lead.created_by) == (cast.inspector_b, cast.task_force)
    for nobody in ("clerk_a1", "leader", "auditor"):
        assert submit(browser(cast, "task_force"), NEW, fields(found_by=nobody)).status_code == 200


# --- Mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"area": ""}, "城关镇跨第一督学责任区、第二督学责任区，请选定一个"),
        ({"address": ""}, "请填写地址"),
        ({"township": ""}, "请选择乡镇"),
        ({"kind": ""}, "请选择类别"),
        ({"found_on": "2026-11-17"}, "发现日期不能晚于今天"),
        ({"noticed": "长" * 501}, "最多500字"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    cast: Cast, changed: dict[str, str], sentence: str
) -> None:
    given = fields(**changed)
    answer = submit(browser(cast, "task_force"), NEW, given)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert sentence in text_of(answer) and "需修改：" in page
    for name in ("address", "noticed"):
        assert given[name] in page
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("state", "move", "given", "sentence"),
    [
        ("pending", "verify", {"on": "2026-11-15", "words": "写了很久的话"}, "不能早于发现的日期"),
        ("pending", "verify", {"on": "2026-11-16", "words": ""}, "请填写核实情况"),
        ("verified", "hand-over", {"on": "2026-11-16", "office": "YX-B01", "words": "写了很久的话"}, "文号"),
        ("verified", "hand-over", {"on": "2026-11-16", "office": "3152000001", "words": "久写的"}, "移交给"),
        ("handed_over", "close", {"on": "2026-11-16", "words": ""}, "请填写部门办理结果"),
        ("handed_over", "take-back", {"words": ""}, "请填写收回原因"),
        ("verified", "link", {"institution": "", "words": "写了很久的话"}, "没有改动"),
    ],
)  # fmt: skip
def test_a_move_with_a_mistake_keeps_what_was_typed(
    cast: Cast, state: str, move: str, given: dict[str, str], sentence: str
) -> None:
    lead = lead_in(cast, state)
    answer = submit(browser(cast, "task_force"), page_of(lead, move), given, version=lead.version)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert given["words"] in answer.content.decode()
    assert Lead.objects.get(pk=lead.pk).version == lead.version


def test_a_correction_through_its_page_tells_what_it_was(cast: Cast) -> None:
    lead = registered(cast)
    office = browser(cast, "task_force")
    assert "文教路12号2楼" in office.get(page_of(lead, "correct")).content.decode()
    unchanged = fields(
        kind="daycare", address=lead.address, noticed=lead.noticed, source="patrol",
        found_on="2026-11-16", words="看错",
    )  # fmt: skip
    refused = submit(office, page_of(lead, "correct"), unchanged, version=1)
    assert "没有改动" in text_of(refused)
    done = submit(office, page_of(lead, "correct"), unchanged | {"address": "文教路21号"}, version=1)
    assert done.status_code == 302
    assert "地址：文教路12号2楼 → 文教路21号" in text_of(office.get(page_of(lead)))


def test_who_was_slower_hears_it(cast: Cast) -> None:
    lead = lead_in(cast, "verified")
    said = {"on": "2026-11-16", "words": "不是"}
    answer = submit(browser(cast, "inspector_a"), page_of(lead, "rule-out"), said, version=1)
    assert answer.status_code == 409
    assert browser(cast, "task_force").get(page_of(lead, "verify"))["Location"] == page_of(lead)
    assert browser(cast, "task_force").get(page_of(lead, "publish")).status_code == 404


@pytest.mark.parametrize("text", HOSTILE[::12])
def test_hostile_words_stay_words(cast: Cast, text: str) -> None:
    office = browser(cast, "task_force")
    answer = submit(office, NEW, fields(noticed=f"情况{text}"))
    page = office.get(answer["Location"]) if answer.status_code == 302 else answer
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


# --- The list ----------------------------------------------------------------------------------


def test_tabs_and_filters_narrow_the_list(cast: Cast) -> None:
    pending = registered(cast)
    other = registered(cast, kind="consulting", address="府前街7号", area=cast.area_b)
    done = lead_in(cast, "closed")
    office = browser(cast, "supervision")

    def listed(query: str) -> set[str]:
        answer = office.get(f"/leads/{query}")
        return {row.no for row in answer.context["page_obj"]}

    assert listed("") == {pending.no, other.no, done.no}
    assert listed("?tab=closed") == {done.no}
    for query in ("?tab=pending&kind=consulting", "?q=府前街", "?area=YX-Q02"):
        assert listed(query) == {other.no}
    assert listed(f"?q={done.no}") == {done.no}
    assert listed("?q=cgz") == {pending.no, other.no, done.no}, "a township by its initials"
    counts = [(tab.label, tab.count) for tab in office.get("/leads/").context["tabs"].tabs]
    assert counts == [
        ("全部", 3), ("待核实", 2), ("已核实", 0), ("已移交", 0), ("已办结", 1), ("已排除", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("task_force", "登记第一个"),
        ("inspector_a", "登记第一个"),
        ("leader", "双减专班、督导室和责任督学登记后列在这里"),
        ("partner", "还没有移交给本部门的线索点"),
    ],
)
def test_an_empty_list_says_what_will_be_here(cast: Cast, name: str, words: str) -> None:
    assert words in text_of(browser(cast, name).get("/leads/"))
    narrowed = text_of(browser(cast, name).get("/leads/?kind=other"))
    assert "没有符合条件的线索点" in narrowed and "清除筛选" in narrowed


def test_the_list_asks_no_more_for_many(cast: Cast) -> None:
    office = browser(cast, "task_force")

    def queries(count: int) -> int:
        for _ in range(count):
            lead_in(cast, "handed_over")
        office.get("/leads/")  # what is read once a process is read
        with CaptureQueriesContext(connection) as asked:
            assert office.get("/leads/").status_code == 200
        return len(asked)

    few = queries(2)
    assert queries(20) == few <= 15


def test_a_page_asks_no_more_for_a_long_course(cast: Cast) -> None:
    lead = lead_in(cast, "handed_over")
    partner = browser(cast, "partner")

    def queries(count: int) -> int:
        for _ in range(count):
            given = {"words": "补充", "on": "2026-11-16"}
            assert submit(partner, page_of(lead, "reply"), given).status_code == 302
        partner.get(page_of(lead))
        with CaptureQueriesContext(connection) as asked:
            assert partner.get(page_of(lead)).status_code == 200
        return len(asked)

    few = queries(1)
    assert queries(9) == few <= 15
