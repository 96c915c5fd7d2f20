"""减负典型案例 from nomination to withdrawal, through the pages of those who do it and those who read it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from inspections.desk import desk_of
from inspections.models import ModelCase, ModelObjection
from inspections.workflows import model_objections, problems
from shuangjian import clock
from shuangjian.accounts.models import County
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Duty, Rulebook
from shuangjian.policy.workflows import phases
from tests.cast import NOVEMBER, Cast
from tests.files.samples import pdf, picture
from tests.inspections.cases import case_in, item, later, red_line
from tests.inspections.modelling import CITATION, EFFECT, PRACTICE, model_in
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.public, pytest.mark.usefixtures("november", "policy")]
READING = {"practice": "4", "effect": "5", "spread": "3", "words": "做法具体，统筹表再附一张"}


def at(days: int) -> datetime:
    return NOVEMBER + timedelta(days=days)


def move(cast: Cast, by: str, case: ModelCase, key: str, **data: Any) -> Any:
    case.refresh_from_db()
    here = reverse("model-case-move", args=[case.no, key])
    answer = submit(signed_in(cast.people[by]), here, data, version=case.version)
    case.refresh_from_db()
    return answer


def nominated(cast: Cast, by: str = "clerk_a1", **changed: Any) -> Any:
    fields = {
        "unit": "3152000001",
        "kind": "school",
        "title": "作业总量每周统筹",
        "practice": PRACTICE,
        "effect": EFFECT,
        "attached": SimpleUploadedFile("统筹表.jpg", picture(), content_type="image/jpeg"),
    }
    return submit(signed_in(cast.people[by]), reverse("model-case-new"), fields | changed)


def standing(cast: Cast, state: str, unit: str = "a1", **more: Any) -> ModelCase:
    by = {"a1": "clerk_a1", "a3": "clerk_a3", "b1": "clerk_b1"}[unit]
    return model_in(state, unit=cast.units[unit], by=cast.people[by], leader=cast.leader, **more)


# --- The straight way ------------------------------------------------------------------------------------
def test_from_the_nomination_to_the_public_page(cast: Cast) -> None:
    assert nominated(cast).status_code == 302
    case = ModelCase.objects.get()
    public, page = Client(), reverse("model", args=[case.no])
    assert case.no == "2026-M0001"
    assert move(cast, "clerk_a1", case, "submit").status_code == 302
    assert "初审典型案例" in text_of(signed_in(cast.people["task_force"]).get("/desk/"))
    assert public.get(page).status_code == 404, "nobody outside knows of it yet"
    assert move(cast, "task_force", case, "admit").status_code == 302
    readers = ("task_force", "supervision", "inspector_a")
    for count, reader in enumerate(readers):
        others = text_of(signed_in(cast.people[reader]).get(case.get_absolute_url()))
        assert ("提交自己的意见后能看到" in others) == (count > 0)
        assert "统筹表再附一张" not in others
        assert move(cast, reader, case, "read", **READING).status_code == 302
        assert move(cast, reader, case, "read", **READING).status_code == 403, "once a reader"
    for name, sees in (("leader", True), ("task_force", True), ("head_a1", False)):
        shown = text_of(signed_in(cast.people[name]).get(case.get_absolute_url()))
        assert ("做法具体 4 4 4" in shown) == sees, name
    picture_id = case.evidence.get().pk
    assert move(cast, "supervision", case, "pictures", chosen=[str(picture_id)]).status_code == 302
    assert move(cast, "leader", case, "announce", citation=CITATION, days="5").status_code == 302
    assert (case.notice_from, case.notice_until) == (clock.today(), at(7).date())
    assert "2026年11月16日至2026年11月23日" in text_of(public.get(page))
    picture_page = reverse("model-picture", args=[case.no, picture_id])
    assert public.get(picture_page).status_code == 404, "pictures come with the publication"
    assert "公示期还没有结束" in text_of(
        move(cast, "leader", case, "publish", document_no="云教〔2026〕45号")
    )
    with clock.at(at(8)):
        assert "决定典型案例是否公布" in text_of(signed_in(cast.leader).get("/desk/"))
        assert move(cast, "leader", case, "publish", document_no="云教〔2026〕45号").status_code == 302
        shown = text_of(public.get(page))
        assert all(
            words in shown for words in (PRACTICE, EFFECT, CITATION, "云教〔2026〕45号", "没有收到反映")
        )
        assert public.get(picture_page)["Content-Type"] == "image/jpeg"
        listed = public.get(reverse("models"))
    for words in ("评选", "评比", "排名次：", "4、5、3", "统筹表再附一张", "周明"):
        assert words not in shown, words
    assert len(listed.content) < 60_000
    assert "<script" not in listed.content.decode().replace(
        '<script src="/static/js/fields.js" defer></script>', ""
    )
    actions = AuditEntry.objects.filter(subject_no=case.no).order_by("seq").values_list("action", flat=True)
    assert list(actions) == [
        f"inspections.model.{key}"
        for key in ("nominated", "submit", "admit", "read", "read", "read", "pictures", "announce", "publish")
    ]


def test_it_fulfils_the_duty_of_the_plans_step(cast: Cast) -> None:
    with clock.at(datetime(2027, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        phases.sweep()
        duty = Duty.objects.standing().get(obligation__code="P2-3c")
        assert duty.fulfilled_on is None
        standing(cast, "published")
        assert Duty.objects.standing().get(pk=duty.pk).fulfilled_on == clock.today()


# --- What the records say --------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["red line", "relapse", "overdue"])
def test_what_speaks_against_the_unit_forbids_it(cast: Cast, kind: str) -> None:
    case = standing(cast, "submitted")
    by: Any = cast.people["supervision"]
    if kind == "red line":
        case_in("planning", unit=case.organisation, found_by=by, prohibition=red_line(), code="R07-1")
    else:
        task = case_in("rectifying", unit=case.organisation, found_by=by)
        task.__class__.objects.filter(pk=task.pk).update(
            **({"ordinal": 2} if kind == "relapse" else {"due_on": later(-1)})
        )
    refused = text_of(move(cast, "task_force", case, "admit"))
    words = {
        "red line": "一年内有红线问题1个",
        "relapse": "一年内有反弹的问题1个",
        "overdue": "逾期没有销号的问题1个",
    }
    assert words[kind] in refused
    assert case.state == "submitted"
    assert words[kind] in text_of(signed_in(cast.leader).get(case.get_absolute_url()))


@pytest.mark.parametrize("how", ["red line", "relapse"])
def test_a_red_line_or_a_relapse_proposes_to_withdraw(cast: Cast, policy: Rulebook, how: str) -> None:
    case = standing(cast, "published", proposed_words="")
    office: Any = cast.people["supervision"]
    if how == "red line":
        one = item("R07-1")
        problem = problems.register(
            organisation=case.organisation, rule=one.rule, item=one, prohibition=red_line(),
            fact="公布成绩", origin="county_inspection", found_by=office, due_on=later(10),
        )  # fmt: skip
    else:
        problem = case_in("closed", unit=case.organisation, found_by=office).problem
        problems.relapse(problem=problem, fact="又发现", found_by=office, due_on=later(10))
    case.refresh_from_db()
    assert case.proposed_words.startswith(f"问题{problem.no}")
    assert Notification.objects.filter(recipient=cast.leader, kind="model_case").exists()
    assert "决定典型案例是否撤下" in [row.what for group in desk_of(cast.leader).groups for row in group.rows]  # type: ignore[arg-type]
    page = reverse("model", args=[case.no])
    assert Client().get(page).status_code == 200, "it is the leader who decides"
    words = "出现新的问题，不再符合典型案例的条件"
    assert move(cast, "leader", case, "withdraw", words=words).status_code == 302
    gone = Client().get(page)
    assert gone.status_code == 410
    assert f"原因：{words}" in text_of(gone)
    assert PRACTICE not in text_of(gone)
    assert case.title not in text_of(Client().get(reverse("models")))


# --- Families ----------------------------------------------------------------------------------------------
def test_a_family_is_masked_consents_and_may_take_it_back(cast: Cast) -> None:
    consent = {"consent": SimpleUploadedFile("同意书.pdf", pdf(), content_type="application/pdf")}
    family = {"kind": "family", "attached": "", "title": "每天户外一小时"}
    assert "书面同意" in text_of(nominated(cast, **family, family_name="张某家庭"))
    named = nominated(cast, **family, family_name="张建国家庭", **consent)
    assert "家庭只写代称" in text_of(named)
    assert not ModelCase.objects.exists()
    consent["consent"].seek(0)
    assert nominated(cast, **family, family_name="张某家庭", **consent).status_code == 302
    case = ModelCase.objects.get()
    paper = reverse("file", args=[case.consent_id])
    assert signed_in(cast.people["clerk_a1"]).get(paper).status_code == 200
    assert signed_in(cast.people["inspector_a"]).get(paper).status_code == 404
    ModelCase.objects.filter(pk=case.pk).update(
        state="published", citation=CITATION, document_no="云教〔2026〕45号", published_at=clock.now(),
        notice_from=at(-9).date(), notice_until=at(-2).date(),
    )  # fmt: skip
    shown = Client().get(reverse("model", args=[case.no]))
    assert "张某家庭（城关小学推荐）" in text_of(shown)
    assert "同意书" not in shown.content.decode()
    assert move(cast, "clerk_a1", case, "revoke").status_code == 302
    gone = Client().get(reverse("model", args=[case.no]))
    assert (gone.status_code, "张某" in gone.content.decode()) == (410, False)


def test_numbers_that_may_be_somebodys_are_refused(cast: Cast) -> None:
    page = text_of(nominated(cast, practice="有事请打13912345678联系"))
    assert "像电话或证件号码的数字" in page
    assert "有事请打13912345678联系" in page, "what was typed stays"


def test_an_institution_is_no_recommendation(cast: Cast) -> None:
    case = standing(cast, "published", "a3")
    assert "不作为招生推荐" in text_of(Client().get(reverse("model", args=[case.no])))


# --- The public notice -----------------------------------------------------------------------------------
def test_the_public_objects_and_is_answered_before_anything_is_published(cast: Cast) -> None:
    case = standing(cast, "notice")
    ModelObjection.objects.all().delete()
    browser = Client()
    here = reverse("model-object", args=[case.no])
    assert "请写明反映的情况" in text_of(submit(browser, here, {"words": "", "contact": "柳女士13900000000"}))
    sent = submit(browser, here, {"words": "周三作业两小时", "contact": "柳女士13900000000"})
    assert sent["Location"] == reverse("model-objected", args=[case.no])
    assert set(browser.cookies) == {"csrf"}, "nothing but the form's own cookie"
    objection = ModelObjection.objects.get()
    office = text_of(signed_in(cast.people["task_force"]).get(case.get_absolute_url()))
    assert "柳女士13900000000" in office
    for name in ("clerk_a1", "head_a1", "inspector_a"):
        assert "周三作业两小时" not in text_of(signed_in(cast.people[name]).get(case.get_absolute_url())), (
            name
        )
    assert "柳女士" not in repr(list(AuditEntry.objects.values())) + repr(list(Notification.objects.values()))
    with clock.at(at(5)):
        refused = move(cast, "leader", case, "publish", document_no="云教〔2026〕45号")
        assert "还没有全部核实答复" in text_of(refused)
        answer = reverse("model-objection-move", args=[objection.pk, "dismiss"])
        client = signed_in(cast.people["task_force"])
        done = submit(
            client, answer, {"words": "查了统筹表和20名学生，用时51分钟"}, version=objection.version
        )
        assert done.status_code == 302
        assert move(cast, "leader", case, "publish", document_no="云教〔2026〕45号").status_code == 302
        objection.refresh_from_db()
        assert objection.contact == "", "who objected is forgotten with the decision"
        assert "收到反映1件，均已核实答复" in text_of(Client().get(reverse("model", args=[case.no])))
        assert Client().get(here).status_code == 404, "the notice is over"


def test_what_is_upheld_forbids_the_publication(cast: Cast) -> None:
    case = standing(cast, "notice")
    objection = case.objections.get()
    office = cast.people["supervision"]
    model_objections.uphold(objection_id=objection.pk, actor=office, version=None, words="属实")
    with clock.at(at(5)):
        assert "有属实的" in text_of(move(cast, "leader", case, "publish", document_no="云教〔2026〕45号"))
        assert move(cast, "leader", case, "decline", words="公示期内反映属实").status_code == 302
    assert Client().get(reverse("model", args=[case.no])).status_code == 404


def test_a_flood_of_objections_is_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_objections, "MOST_AN_HOUR", 2)
    case = standing(cast, "notice")
    here = reverse("model-object", args=[case.no])
    answers = [submit(Client(), here, {"words": f"反映{n}"}).status_code for n in range(3)]
    assert answers == [302, 302, 200]


# --- Words -------------------------------------------------------------------------------------------------
def test_the_word_stands_only_with_its_permission(cast: Cast) -> None:
    standing(cast, "published")
    force = signed_in(cast.people["task_force"])
    pages = [(Client(), "/models/"), (force, "/model-cases/"), (force, "/model-cases/new/")]
    for browser, address in pages:
        assert "评选" not in browser.get(address).content.decode(), address
    County.objects.update(award_permit_no="云评组〔2026〕3号")
    shown = text_of(Client().get("/models/"))
    assert "减负典型评选" in shown
    assert "云评组〔2026〕3号" in shown
