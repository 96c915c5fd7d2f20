"""The words and recipients of every notice about self-checks; ``notices`` has the other nouns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from inspections.models import SelfCheck
from inspections.notices import tell
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import heads_of, holders, people_of
from shuangjian.dates import cn_short


def _tell(recipients: Iterable[User], kind: str, check: SelfCheck, title: str, body: str = "") -> None:
    tell(recipients, kind, check, reverse("check", args=[check.no]), title, body)


def _about(check: SelfCheck) -> str:
    return f"{check.organisation.name}{check.round.title}"


def check_opened(check: SelfCheck) -> None:
    _tell(
        people_of(check.organisation),
        "check.opened",
        check,
        f"{check.round.title}：请于{cn_short(check.due_on)}前提交（{check.organisation.name}）",
        f"编号{check.no}，约40分钟，随时可以停下",
    )


def sent_to_head(check: SelfCheck) -> None:
    _tell(heads_of(check.organisation), "check.sent", check, f"请确认自查：{_about(check)}")


def keyed_in(check: SelfCheck, actor: User) -> None:
    body = f"按单位签字盖章的纸质自查表代填，不用再在网上填写；不同意的，请与{actor.name}联系"
    _tell(people_of(check.organisation), "check.keyed_in", check, f"自查正在代填：{_about(check)}", body)


def keying_stopped(check: SelfCheck) -> None:
    _tell(
        people_of(check.organisation),
        "check.keying_stopped",
        check,
        f"自查停止代填，请继续填写：{_about(check)}",
    )


def taken_back(check: SelfCheck, actor: User) -> None:
    people = [person for person in people_of(check.organisation) if person.pk != actor.pk]
    _tell(people, "check.taken_back", check, f"自查撤回修改：{_about(check)}")


def submitted(check: SelfCheck, problem_count: int) -> None:
    body = f"生成{problem_count}个问题，请按期整改" if problem_count else "没有生成问题"
    _tell(people_of(check.organisation), "check.submitted", check, f"自查已提交，编号{check.no}", body)
    again = "（退回后再次提交）" if check.submission_count > 1 else ""
    _tell(holders(Role.TASK_FORCE), "check.to_review", check, f"自查待审核：{_about(check)}{again}")


def sent_back(check: SelfCheck, rules: list[int]) -> None:
    named = "、".join(f"第{number}条" for number in rules)
    _tell(
        people_of(check.organisation), "check.sent_back", check, f"自查退回，请修改{named}（{_about(check)}）"
    )


def date_moved(check: SelfCheck, from_on: date) -> None:
    what = f"{check.round.title}的截止日期"
    title = f"{what}由{cn_short(from_on)}改为{cn_short(check.due_on)}（{check.organisation.name}）"
    _tell(people_of(check.organisation), "check.date_moved", check, title, "因放假停课顺延")


def accepted(check: SelfCheck) -> None:
    _tell(
        people_of(check.organisation),
        "check.accepted",
        check,
        f"自查已确认：{_about(check)}",
    )
