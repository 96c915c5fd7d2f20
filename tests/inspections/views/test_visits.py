"""The pages of visits: planning, checklist with and without JavaScript, record and papers, what they cost."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.models import Answer, Problem, Round, SelfCheck, Visit, VisitFinding
from inspections.workflows import visit_findings, visits
from shuangjian import clock
from shuangjian.accounts.models import County
from shuangjian.policy.models import Rulebook, Term
from tests.cast import Cast
from tests.files.samples import picture
from tests.inspections.cases import case_at_a1, item, later
from tests.inspections.printing import printed
from tests.inspections.visiting import ON_PLAN, begun, planned
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


def finding(visit: Visit, code: str) -> VisitFinding:
    return VisitFinding.objects.get(visit=visit, item__code=code)


def tap(client: Client, visit: Visit, code: str, *, version: int | None = None, **fields: Any) -> Any:
    """Save one item as the page does as one goes."""
    data = {
        "_key": uuid.uuid4().hex,
        "_version": str(finding(visit, code).version if version is None else version),
        **fields,
    }
    return client.post(f"/visits/{visit.no}/items/{code}/", data, headers={"accept": "application/json"})


def add_self_check(cast: Cast, term: Term, policy: Rulebook) -> SelfCheck:
    """A submitted self-check of A1 that says of R04-2: partly met."""
    round_ = Round.objects.create(
        title="自查",
        term=term,
        rulebook=policy,
        unit_kinds=["school"],
        due_on=later(5),
        state="published",
        published_at=clock.now(),
        created_by=cast.task_force,
    )
    check = SelfCheck.objects.create(
        no="2026-C0001",
        round=round_,
        organisation=cast.a1,
        due_on=later(5),
        state="submitted",
        submitted_at=clock.now(),
    )
    Answer.objects.create(self_check=check, item=item("R04-2"), value="partly", problem_text="四年级偶有超出")
    Answer.objects.create(self_check=check, item=item("R04-1"), value="meets")
    return check


# --- Planning ---------------------------------------------------------------------------


def plan_fields(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "organisation": cast.a1.pk,
        "kind": "regular",
        "planned_on": str(clock.today()),
        "inspectors": [cast.inspector_a.pk],
        **ON_PLAN,
    } | changed


@pytest.mark.parametrize("who", ["supervision", "task_force", "inspector_a", "leader"])
def test_the_county_and_the_areas_inspector_plan_visits(cast: Cast, who: str) -> None:
    answer = submit(signed_in(cast.people[who]), "/visits/new/", plan_fields(cast))
    visit = Visit.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.no}/")
    assert [member.user for member in visit.members.all()] == [cast.inspector_a]


@pytest.mark.parametrize(
    ("who", "changed", "sentence"),
    [
        ("supervision", {"organisation": ""}, "请选择单位"),
        ("supervision", {"inspectors": []}, "请选择督导人员"),
        ("supervision", {"planned_in": -1}, "计划日期不能早于今天"),
        ("supervision", {"planned_on": "明天"}, "请填写正确的日期"),
        ("supervision", {"kind": "special"}, "专项督导至少要3名督学，现在选了1名"),
        ("supervision", {"kind": "county_check"}, "县级检查至少要2名督学，现在选了1名"),
        ("supervision", {"plan_name": ""}, "请填写计划名称；没有的，请分管领导发起"),
        ("supervision", {"approval_no": ""}, "请填写批准文号；没有的，请分管领导发起"),
        ("leader", {"approval_no": ""}, "没有计划名称和批准文号的，请写明计划外理由"),
        ("inspector_a", {"kind": "special"}, "督导类别不在可选范围内"),
        ("inspector_a", {"inspectors": "inspector_b"}, "请从列表中选择督导人员"),
        ("inspector_b", {}, "请从列表中选择单位"),
    ],
)
def test_a_faulty_plan_is_named_and_kept(
    cast: Cast, who: str, changed: dict[str, Any], sentence: str
) -> None:
    said = dict(changed)
    if "planned_in" in said:
        said["planned_on"] = str(later(said.pop("planned_in")))
    if isinstance(said.get("inspectors"), str):
        said["inspectors"] = [cast.people[said["inspectors"]].pk]
    answer = submit(signed_in(cast.people[who]), "/visits/new/", plan_fields(cast, **said))
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    if "plan_name" not in said:
        assert ON_PLAN["plan_name"] in answer.content.decode()
    assert Visit.objects.count() == 0


def test_only_the_leader_is_asked_for_a_reason_off_the_plan(cast: Cast) -> None:
    assert "off_plan_reason" in signed_in(cast.leader).get("/visits/new/").context["form"].fields
    assert "off_plan_reason" not in signed_in(cast.task_force).get("/visits/new/").context["form"].fields
    fields = plan_fields(cast, plan_name="", approval_no="", off_plan_reason="家长集中反映")
    assert submit(signed_in(cast.leader), "/visits/new/", fields).status_code == 302
    visit = Visit.objects.get()
    assert "计划外" in text_of(signed_in(cast.task_force).get(f"/visits/{visit.no}/"))


def test_an_unannounced_visit_is_not_found_by_the_unit_until_it_begins(cast: Cast) -> None:
    visit = planned(cast)
    client = signed_in(cast.head_a1)
    for page in ("", "record/", "paper/", "sum/", "start/"):
        assert client.get(f"/visits/{visit.no}/{page}").status_code in (403, 404)
    assert client.get(f"/visits/{visit.no}/").status_code == 404
    assert visit.no not in text_of(client.get("/visits/"))
    submit(signed_in(cast.inspector_a), f"/visits/{visit.no}/start/", {}, version=visit.version)
    assert client.get(f"/visits/{visit.no}/").status_code == 200
    assert visit.no in text_of(client.get("/visits/"))


def test_the_list_is_found_by_unit_and_kind_and_each_tab_counts_its_rows(cast: Cast) -> None:
    here, there, ongoing = planned(cast), planned(cast, organisation=cast.b1), begun(cast)
    two = [cast.inspector_a, cast.inspector_b]
    check = planned(cast, kind="county_check", inspectors=two)
    client = signed_in(cast.supervision)

    def listed(query: str) -> list[str]:
        return [visit.no for visit in client.get(f"/visits/{query}").context["page_obj"]]

    assert set(listed("")) == {here.no, there.no, ongoing.no, check.no}
    assert listed(f"?q={cast.b1.name}") == [there.no] and listed(f"?q={here.no}") == [here.no]
    assert listed("?kind=county_check") == [check.no] and listed("?q=没有") == []
    for tab in client.get("/visits/").context["tabs"].tabs:
        assert tab.count == len(listed(tab.url))
    assert "清除筛选" in text_of(client.get("/visits/?q=没有"))


# --- Today ------------------------------------------------------------------------------------


def test_the_field_page_leads_with_what_is_under_way(cast: Cast) -> None:
    ahead, ongoing = planned(cast), begun(cast)
    answer = signed_in(cast.inspector_a).get("/field/")
    assert [visit.no for visit in answer.context["due"]] == [ongoing.no, ahead.no]
    text = text_of(answer)
    assert "继续督导" in text
    assert "开始督导" in text
    nobody = text_of(signed_in(cast.inspector_b).get("/field/"))
    assert "今天没有安排。可以自己安排一次随机督导" in nobody
    assert "没有待核查的问题" in nobody


def test_beginning_leads_to_the_checklist(cast: Cast) -> None:
    visit = planned(cast)
    client = signed_in(cast.inspector_a)
    answer = submit(client, f"/visits/{visit.no}/start/", {}, version=visit.version)
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.no}/")
    assert "未查的不算符合" in text_of(client.get(f"/visits/{visit.no}/"))
    again = submit(client, f"/visits/{visit.no}/start/", {}, version=visit.version)
    assert again.status_code == 409


# --- The checklist -------------------------------------------------------------------------------


def test_the_units_own_answers_stand_beside_the_items(cast: Cast, term: Term, policy: Rulebook) -> None:
    add_self_check(cast, term, policy)
    visit = begun(cast)
    text = text_of(signed_in(cast.inspector_a).get(f"/visits/{visit.no}/"))
    assert "自查：部分符合，四年级偶有超出" in text
    assert "自查：符合" in text
    assert "自查：未填" in text


def test_a_tap_is_saved_at_once_and_tells_the_new_counts(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    total = visit.findings.count()
    answer = tap(client, visit, "R04-1", value="meets", due_days="15")
    said = json.loads(answer.content)
    assert answer.status_code == 200
    assert (said["version"], said["saved_at"], said["seen"]) == (2, "09:00", 1)
    assert said["text"]["unseen-count"] == str(total - 1)
    assert finding(visit, "R04-1").value == "meets"


def test_a_problem_is_first_tapped_then_described(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    tap(client, visit, "R04-2", value="meets", due_days="15")
    tapped = json.loads(tap(client, visit, "R04-2", value="problem", due_days="15").content)
    assert tapped["text"]["note-R04-2"] == "还没写明问题，暂按未查计"
    assert tapped["seen"] == 0  # no longer 符合
    again = client.get(f"/visits/{visit.no}/").content.decode()
    assert "还没写明问题，暂按未查计" in again
    whole = json.loads(
        tap(client, visit, "R04-2", value="problem", text="日均75分钟", due_days="7", at_once="on").content
    )
    assert (whole["text"]["note-R04-2"], whole["text"]["problem-chip"]) == ("", "1")
    saved = finding(visit, "R04-2")
    assert (saved.value, saved.due_days, saved.at_once) == ("problem", 7, True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"value": "perfect"}, "请选择符合、有问题或不适用"),
        ({"value": "problem", "text": "长" * 301, "due_days": "7"}, "问题说明最多300字，现在是301字"),
        ({"value": "problem", "text": "事实", "due_days": "90"}, "请选择整改期限：7天、15天或30天"),
    ],
)
def test_what_cannot_be_saved_is_said_in_the_form_that_the_page_understands(
    cast: Cast, fields: dict[str, str], sentence: str
) -> None:
    visit = begun(cast)
    answer = tap(signed_in(cast.inspector_a), visit, "R04-2", **fields)
    assert answer.status_code == 400
    assert sentence in " ".join(json.loads(answer.content)["errors"].values())
    assert finding(visit, "R04-2").version == 1


def test_a_colleague_who_was_faster_is_not_overwritten(cast: Cast) -> None:
    visit = begun(cast, inspectors=[cast.inspector_a, cast.team_inspector])
    tap(signed_in(cast.inspector_a), visit, "R04-1", version=1, value="meets")
    late = tap(signed_in(cast.team_inspector), visit, "R04-1", version=1, value="na")
    assert late.status_code == 409
    assert finding(visit, "R04-1").value == "meets"


def test_without_javascript_an_item_is_saved_by_its_button(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    fields = {"value": "problem", "text": "日均75分钟", "due_days": "30"}
    answer = submit(client, f"/visits/{visit.no}/items/R04-2/", fields, version=1)
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.no}/#R04-2")
    assert finding(visit, "R04-2").text == "日均75分钟"
    faulty = submit(
        client, f"/visits/{visit.no}/items/R04-2/", fields | {"due_days": "1", "text": "改后的话"}, version=2
    )
    assert faulty.status_code == 200
    assert "请选择整改期限：7天、15天或30天" in text_of(faulty)
    assert "改后的话" in faulty.content.decode()


def test_photos_go_up_on_their_own_and_may_come_before_the_words(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    url = f"/visits/{visit.no}/items/R04-2/photos/"
    upload = SimpleUploadedFile("公示栏.jpg", picture(), content_type="image/jpeg")
    answer = client.post(url, {"_key": uuid.uuid4().hex, "photos": upload}, headers={"hx-request": "true"})
    assert (answer.status_code, answer["Location"]) == (302, url)
    piece = client.get(url, headers={"hx-request": "true"}).content.decode()
    assert "公示栏.jpg" in piece
    assert "<html" not in piece
    assert finding(visit, "R04-2").photos.count() == 1
    assert finding(visit, "R04-2").version == 1  # what is being typed meanwhile is not stale by it


def test_a_picture_that_is_none_is_named_and_nothing_kept(cast: Cast) -> None:
    visit = begun(cast)
    bad = SimpleUploadedFile("公示栏.jpg", b"no picture at all", content_type="image/jpeg")
    answer = signed_in(cast.inspector_a).post(
        f"/visits/{visit.no}/items/R04-2/photos/",
        {"_key": uuid.uuid4().hex, "photos": bad},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200
    assert "公示栏.jpg" in text_of(answer)
    assert finding(visit, "R04-2").photos.count() == 0


def test_the_chips_show_their_part_of_the_list(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    tap(client, visit, "R04-1", value="meets")
    tap(client, visit, "R04-2", value="problem", text="日均75分钟", due_days="7")
    total = visit.findings.count()
    for show, count in (("all", total), ("unseen", total - 2), ("problem", 1), ("nonsense", total)):
        assert len(client.get(f"/visits/{visit.no}/?show={show}").context["lines"]) == count


@pytest.mark.parametrize(
    ("who", "code"),
    [("supervision", 403), ("inspector_b", 404), ("team_inspector", 404), ("head_a1", 403), ("leader", 403)],
)
def test_the_checklist_is_written_by_the_named_alone(cast: Cast, who: str, code: int) -> None:
    visit = begun(cast)
    client = signed_in(cast.people[who])
    assert tap(client, visit, "R04-1", value="meets").status_code == code
    assert client.get(f"/visits/{visit.no}/items/R04-1/photos/").status_code == code
    assert finding(visit, "R04-1").value == ""


def test_items_out_of_scope_are_not_found(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    for code in ("R04-3", "R13-1", "R99-9", "%00"):
        assert client.get(f"/visits/{visit.no}/items/{code}/").status_code == 404


# --- The record ----------------------------------------------------------------------------------------


def ended(cast: Cast) -> Visit:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    tap(client, visit, "R04-1", value="meets")
    tap(client, visit, "R04-2", value="problem", text="三年级日均75分钟", due_days="30")
    answer = submit(client, f"/visits/{visit.no}/sum/", {"summary": "请统筹作业。"}, version=visit.version)
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.no}/sum/")
    return Visit.objects.get(pk=visit.pk)


def test_a_visit_ends_with_a_numbered_record_and_both_confirmations(cast: Cast) -> None:
    visit = ended(cast)
    assert visit.record_no == "现2026-00-0001"
    client = signed_in(cast.inspector_a)
    page = client.get(f"/visits/{visit.no}/sum/")
    assert "三年级日均75分钟" in text_of(page)
    fields = {"unit_person": "黄勇", "unit_person_post": "校长", "unit_remark": "属实"}
    answer = submit(client, f"/visits/{visit.no}/sum/", fields, version=visit.version)
    assert (answer.status_code, answer["Location"]) == (302, f"/visits/{visit.no}/")
    problem = Problem.objects.get()
    record = text_of(signed_in(cast.head_a1).get(f"/visits/{visit.no}/"))
    for words in (visit.record_no, "黄勇（校长）", "属实", problem.no, "未查"):
        assert words in record


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "请填写单位确认人；单位拒绝确认的，写明理由和见证人"),
        ({"unit_remark": "有异议", "refused_reason": "不认可"}, "请填写见证人"),
        ({"unit_remark": "有异议", "witness": "王某"}, "请写明拒绝确认的理由"),
        ({"unit_person": "黄勇", "refused_reason": "不认可"}, "单位确认和拒绝确认只能填一种"),
    ],
)
def test_a_half_confirmation_is_named_and_kept(cast: Cast, fields: dict[str, str], sentence: str) -> None:
    visit = ended(cast)
    answer = submit(signed_in(cast.inspector_a), f"/visits/{visit.no}/sum/", fields, version=visit.version)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    for value in fields.values():
        assert value in answer.content.decode()
    assert Problem.objects.count() == 0


def test_ending_without_an_opinion_or_without_a_look_is_refused(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    url = f"/visits/{visit.no}/sum/"
    assert "请写明现场意见" in text_of(submit(client, url, {"summary": ""}, version=visit.version))
    refused = submit(client, url, {"summary": "一切正常"}, version=visit.version)
    assert "还没有查任何一项" in text_of(refused)
    assert "一切正常" in refused.content.decode()


def test_the_form_of_the_ending_is_not_taken_for_the_confirmation(cast: Cast) -> None:
    visit = ended(cast)
    answer = submit(
        signed_in(cast.inspector_a),
        f"/visits/{visit.no}/sum/",
        {"summary": "另一台手机上写的意见"},
        version=visit.version - 1,
    )
    assert answer.status_code == 409
    assert "另一台手机上写的意见" in text_of(answer)


def test_the_record_is_printed_for_both_to_sign_and_its_scan_put_to_it(cast: Cast) -> None:
    visit = ended(cast)
    client = signed_in(cast.inspector_a)
    paper = printed(client, f"visit/?visit={visit.no}")
    for words in (
        "云溪县人民政府教育督导委员会办公室",
        "现场检查记录",
        visit.record_no,
        "被检查单位负责人（签字）",
        "督导人员（签字）",
        "见证人",
        "三年级日均75分钟",
        "未查",
        "不是责令整改通知书",
    ):
        assert words in paper
    assert "双减" not in paper.split("附：逐项检查结果")[0]  # the 专班 issues no paper
    scan = SimpleUploadedFile("记录.jpg", picture(), content_type="image/jpeg")
    answer = submit(client, f"/visits/{visit.no}/confirm-by-scan/", {"files": scan}, version=visit.version)
    assert answer.status_code == 302, text_of(answer)
    assert "记录.jpg" in text_of(client.get(f"/visits/{visit.no}/"))


def test_a_county_check_is_issued_by_the_bureau(cast: Cast) -> None:
    visit = begun(cast, kind="county_check", inspectors=[cast.inspector_a, cast.team_inspector])
    visit_findings.save_finding(
        visit_id=visit.pk, item=item("R04-1"), actor=cast.inspector_a, version=None, value="meets"
    )
    visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="意见")
    assert "云溪县教育局现场检查记录" in printed(signed_in(cast.inspector_a), f"visit/?visit={visit.no}")


def test_the_blank_checklist_is_printed_before_the_visit_by_its_people_alone(
    cast: Cast, term: Term, policy: Rulebook
) -> None:
    add_self_check(cast, term, policy)
    visit = planned(cast)
    address = f"/printouts/new/visit/?visit={visit.no}"
    paper = printed(signed_in(cast.inspector_a), f"visit/?visit={visit.no}")
    assert "□符合" in paper and "现场检查清单" in paper
    assert "部分符合" in paper
    assert "被检查单位负责人（签字）" in paper
    assert signed_in(cast.task_force).get(address).status_code == 200
    assert signed_in(cast.leader).get(address).status_code == 403
    for who in ("clerk_a1", "inspector_b"):  # it comes unannounced, and to another area
        assert signed_in(cast.people[who]).get(address).status_code == 404


def test_a_planned_visit_is_cancelled_with_its_reason(cast: Cast) -> None:
    visit = planned(cast)
    client = signed_in(cast.supervision)
    url = f"/visits/{visit.no}/cancel/"
    assert "请写明取消的理由" in text_of(submit(client, url, {"words": ""}, version=visit.version))
    assert submit(client, url, {"words": "学校停课"}, version=visit.version).status_code == 302
    assert Visit.objects.get().state == "cancelled"
    assert submit(client, url, {"words": "学校停课"}, version=visit.version).status_code == 409
    assert client.get(url).status_code == 302  # nothing left to do there


# --- What they cost ---------------------------------------------------------------------------------


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_checklist_costs_the_same_with_many_open_problems_and_pictures(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    case_at_a1(cast, "verifying", origin="regular_supervision")
    tap(client, visit, "R04-2", value="problem", text="日均75分钟", due_days="7")
    url = f"/visits/{visit.no}/"
    few = queries(client, url)
    for _ in range(30):
        case_at_a1(cast, "verifying", origin="regular_supervision")
    for row in visit.findings.select_related("item"):
        visit_findings.save_finding(
            visit_id=visit.pk,
            item=row.item,
            actor=cast.inspector_a,
            version=None,
            value="problem",
            text="事实",
        )
    assert queries(client, url) == few <= 25


@pytest.mark.parametrize(("who", "url"), [("task_force", "/visits/"), ("inspector_a", "/field/")])
def test_the_lists_cost_the_same_for_ten_and_two_hundred_visits(cast: Cast, who: str, url: str) -> None:
    County.objects.update(visits_per_term=1000)
    client = signed_in(cast.people[who])
    for _ in range(10):
        planned(cast)
    few = queries(client, url)
    for _ in range(190):
        planned(cast)
    assert queries(client, url) == few <= 15


def test_the_methods_of_an_item_are_ticked_on_the_checklist(cast: Cast) -> None:
    visit = begun(cast)
    client = signed_in(cast.inspector_a)
    address = f"/visits/{visit.no}/items/R02-1/"
    version = visit.findings.get(item__code="R02-1").version
    assert (
        submit(client, address, {"value": "meets", "methods": ["talk", "tour"]}, version=version).status_code
        == 302
    )
    assert visit.findings.get(item__code="R02-1").methods == ["tour", "talk"]
    assert "检查方式：巡查、座谈" in text_of(client.get(f"/visits/{visit.no}/"))
    wrong = submit(client, address, {"value": "meets", "methods": ["oath"]}, version=version + 1)
    assert "请从列表中选择检查方式" in text_of(wrong)
