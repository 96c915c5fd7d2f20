"""代填: staff types in a unit's signed paper; everything says so, and nobody else changes it meanwhile."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.urls import reverse

from inspections import desk
from inspections.check_sheet import ItemAnswer, load
from inspections.models import Problem, SelfCheck
from inspections.printouts.base import page_of
from inspections.review_sheet import review_of
from inspections.workflows import printouts, self_check
from shuangjian.accounts.models import Headship, User
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.checking import check_of, fill, publish, row_of
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.django_db


def paper(by: User) -> StoredFile:
    return StoredFile.objects.create(
        sha256=uuid.uuid4().hex * 2, size=10, content_type="application/pdf", original_name="纸质表.pdf",
        uploader=by, uploaded_at="2026-11-16T09:00:00+08:00",
    )  # fmt: skip


@pytest.fixture
def check(cast: Cast, term: Term) -> SelfCheck:
    publish(cast, term)
    return check_of(cast.a3)  # type: ignore[arg-type]


def begun(check: SelfCheck, cast: Cast) -> SelfCheck:
    self_check.key_in(check_id=check.pk, actor=cast.task_force, scan=paper(cast.task_force))  # type: ignore[arg-type]
    return SelfCheck.objects.get(pk=check.pk)


def short(check: SelfCheck) -> str:
    return load(check).rules[0].asked[0].item.code


def keyed(check: SelfCheck, cast: Cast) -> SelfCheck:
    begun(check, cast)
    fault = ItemAnswer(value="partly", problem_text="缺1份合同")
    fill(check, cast.task_force, **{short(check).replace("-", "_"): fault})  # type: ignore[arg-type]
    self_check.submit_keyed(check_id=check.pk, actor=cast.task_force)  # type: ignore[arg-type]
    return SelfCheck.objects.get(pk=check.pk)


def test_the_paper_is_typed_in_and_submitted_under_the_heads_signature(check: SelfCheck, cast: Cast) -> None:
    done = keyed(check, cast)
    assert (done.state, done.confirmation) == ("submitted", "paper")
    assert done.confirmed_name == "钱进"
    assert done.keyed_in_by == cast.task_force
    assert done.scan is not None and done.scan.original_name == "纸质表.pdf"
    assert Problem.objects.filter(organisation=cast.a3).count() == 1


def test_every_answer_the_submission_and_the_journal_say_who_typed_it_in(
    check: SelfCheck, cast: Cast
) -> None:
    done = keyed(check, cast)
    assert all(done.answers.values_list("is_keyed_in", flat=True))
    review = review_of(done)
    assert review is not None and review.submission.keyed_in_by == cast.task_force
    assert {line.now.keyed_in_by for rule in review.rules for line in rule.lines} == {"何敏"}
    entries = AuditEntry.objects.filter(action__startswith="inspections.check.", actor_id=cast.task_force.pk)  # type: ignore[union-attr]
    saved = [entry for entry in entries if entry.action != "inspections.check.submitted"]
    assert {entry.action for entry in saved} >= {
        "inspections.check.key_in", "inspections.check.save", "inspections.check.submit_keyed",
    }  # fmt: skip
    assert all("代填：何敏" in entry.text.text for entry in saved)
    assert all(entry.after["keyed_in_by"] == cast.task_force.pk for entry in saved)  # type: ignore[union-attr]
    assert {entry.actor_role for entry in saved} == {"task_force"}


def test_the_unit_only_looks_meanwhile_and_is_told(check: SelfCheck, cast: Cast) -> None:
    check = begun(check, cast)
    code = short(check)
    for person in (cast.clerk_a3, cast.manager_a3):
        with pytest.raises(NotAllowed):
            self_check.save_rule(
                check_id=check.pk, rule_number=int(code[1:3]), actor=person, version=None,  # type: ignore[arg-type]
                answers={code: ItemAnswer(value="meets")},
            )  # fmt: skip
        with pytest.raises(NotAllowed):
            self_check.confirm(check_id=check.pk, actor=person)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            self_check.submit_with_scan(check_id=check.pk, actor=person, scan=paper(person))  # type: ignore[arg-type]
    told = Notification.objects.filter(kind="check.keyed_in").values_list("recipient__username", flat=True)
    assert set(told) == {"clerk_a3", "manager_a3"}
    page = text_of(signed_in(cast.clerk_a3).get(reverse("check", args=[check.no])))  # type: ignore[arg-type]
    assert "何敏正在按单位签字盖章的 纸质自查表 代填" in page
    rows = [row for group in desk.desk_of(cast.clerk_a3).groups for row in group.rows]  # type: ignore[arg-type]
    assert not any("填写自查" in row.what for row in rows)


def test_given_back_the_unit_goes_on_from_what_was_typed_in(check: SelfCheck, cast: Cast) -> None:
    check = begun(check, cast)
    fill(check, cast.task_force)  # type: ignore[arg-type]
    self_check.stop_keying(check_id=check.pk, actor=cast.task_force)  # type: ignore[arg-type]
    code = short(check)
    self_check.save_rule(
        check_id=check.pk, rule_number=int(code[1:3]), actor=cast.clerk_a3, version=None,  # type: ignore[arg-type]
        answers={code: ItemAnswer(value="partly", problem_text="缺1份")},
    )  # fmt: skip
    assert not row_of(check, code).is_keyed_in
    self_check.confirm(check_id=check.pk, actor=cast.manager_a3)  # type: ignore[arg-type]
    done = SelfCheck.objects.get(pk=check.pk)
    assert (done.keyed_in_by, done.confirmation) == (None, "online")


def test_what_the_unit_began_online_is_the_units_own(check: SelfCheck, cast: Cast) -> None:
    fill(check, cast.clerk_a3)  # type: ignore[arg-type]
    with pytest.raises(WrongState):
        begun(check, cast)


def test_a_returned_paper_is_mended_by_the_unit_itself(check: SelfCheck, cast: Cast) -> None:
    done = keyed(check, cast)
    number = int(short(check)[1:3])
    self_check.send_back(check_id=done.pk, actor=cast.task_force, notes={number: "请补充"})  # type: ignore[arg-type]
    returned = SelfCheck.objects.get(pk=done.pk)
    assert returned.keyed_in_by is None
    assert cast.clerk_a3.has_perm("inspections.fill_check", returned)  # type: ignore[union-attr]
    assert returned.submissions.get().keyed_in_by == cast.task_force


def test_without_a_registered_head_there_is_no_signature_to_go_by(check: SelfCheck, cast: Cast) -> None:
    Headship.objects.filter(organisation=cast.a3).delete()
    with pytest.raises(Refused, match="登记任职"):
        begun(check, cast)


@pytest.mark.parametrize(
    "name", ["leader", "supervision", "inspector_a", "clerk_a3", "manager_a3", "clerk_a1", "system_admin"]
)
def test_nobody_but_the_task_force_types_in(check: SelfCheck, cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        self_check.key_in(check_id=check.pk, actor=cast.people[name], scan=paper(cast.people[name]))
    begun(check, cast)
    for move in (self_check.stop_keying, self_check.submit_keyed):
        with pytest.raises(NotAllowed):
            move(check_id=check.pk, actor=cast.people[name])


def test_through_the_pages(check: SelfCheck, cast: Cast) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.files.samples import pdf

    staff = signed_in(cast.task_force)  # type: ignore[arg-type]
    here = reverse("check", args=[check.no])
    assert reverse("check-move", args=[check.no, "key-in"]) in staff.get(here).content.decode()
    assert staff.get(f"{here}2/").status_code in (403, 404)
    scan = SimpleUploadedFile("纸质表.pdf", pdf(), "application/pdf")
    begin: Any = submit(staff, f"{here}key-in/", {"scan": scan}, version=check.version)
    assert begin.status_code == 302
    assert "按单位签字盖章的 纸质自查表 录入" in text_of(staff.get(here))
    number = load(SelfCheck.objects.get(pk=check.pk)).rules[0].rule.number
    rule = staff.get(f"{here}{number}/")
    assert rule.status_code == 200 and "由何敏按单位签字盖章" in text_of(rule)
    fill(check, cast.task_force)  # type: ignore[arg-type]
    assert "按纸质表提交" in text_of(staff.get(f"{here}review/"))
    assert "确认人是在" in text_of(staff.get(f"{here}submit-keyed/"))
    version = SelfCheck.objects.get(pk=check.pk).version
    assert submit(staff, f"{here}submit-keyed/", {}, version=version).status_code == 302
    for person in (cast.task_force, cast.clerk_a3, cast.manager_a3):
        assert "何敏代填" in text_of(signed_in(person).get(here))  # type: ignore[arg-type]
    assert "代填" in text_of(staff.get(reverse("checks") + "?tab=all"))
    printed = printouts.order(kind="check", actor=cast.clerk_a3, parameters={"check": check.no})
    page = page_of("self_check", printed, printouts.KINDS["check"].context(printed.data))
    assert "本表由何敏按单位签字盖章的纸质自查表代填" in page
