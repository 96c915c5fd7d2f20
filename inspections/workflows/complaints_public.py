"""What the public does with its own matter: send it in, follow it by number and code, ask once for 重新核实.

Nobody is signed in: no move knows a person, an address or a time of day beyond the row's own. Source:
practice.md P22; reliability rules 18 and 26.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import NamedTuple

from inspections.complaints import sealing
from inspections.complaints.topics import TOPICS
from inspections.models import Complaint, ComplaintStep
from inspections.workflows import complaints
from inspections.workflows.complaints import S
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import Refused

ENTITLED_DAYS = 30  # in which 重新核实 may be asked for, as 复查 may (workflow.md §9)


class Receipt(NamedTuple):
    """What is shown once: the number and its code."""

    complaint: Complaint
    code: str


def submit(
    *,
    topic: str,
    words: str,
    organisation: Organisation | None,
    township: Organisation | None,
    name: str,
    phone: str,
    files: Iterable[StoredFile] = (),
) -> Receipt:
    """我要反映: register what the form brings, give number and code."""
    code = sealing.new_code()
    row = complaints.register(
        actor=None,
        door=Complaint.Door.WEB,
        kind=TOPICS[topic].kind,
        topic=topic,
        words=words,
        received_on=clock.today(),
        organisation=organisation,
        township=township,
        name=name,
        phone=phone,
        files=files,
        code=code,
    )
    return Receipt(row, code)


def find(no: str, code: str) -> Complaint | None:
    """The matter of this number and code; None where either is wrong, and both take the same work."""
    row = Complaint.objects.exclude(code_digest="").filter(no=no.strip().upper()).first()
    digest = sealing.digest_of(row.no if row else no, code)
    known = row.code_digest if row else digest[::-1]
    return row if row is not None and hmac.compare_digest(known, digest) else None


def public_state(row: Complaint) -> str:
    """The state in the words of the public: 已收到, 已受理 …; of a merged matter that of the other one."""
    if row.merged_into is not None:
        return public_state(row.merged_into)
    words = {
        S.RECEIVED: "已收到",
        S.ACCEPTED: "办理中",
        S.PAUSED: "暂停办理",
        S.REVERIFYING: "重新核实中",
        S.REFERRED: f"已转{row.referred_to.name}办理" if row.referred_to else "已转其他部门",
        S.RETURNED: "已转来件部门",
    }
    return words.get(S(row.state), row.get_state_display())


def course_of(row: Complaint) -> list[ComplaintStep]:
    """What its author reads, the latest first; of a merged matter the other one's course too."""
    steps = list(row.steps.filter(is_public=True))
    if row.merged_into_id is not None:
        steps += row.merged_into.steps.filter(is_public=True)  # type: ignore[union-attr]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def fault_of_reverify(row: Complaint) -> str:
    """Why a second look cannot be asked for now; empty where it can."""
    if row.reverify_asked_on is not None:
        return "重新核实只能申请一次"
    if row.state not in (S.ANSWERED, S.CLOSED) or row.answered_on is None:
        return "答复以后才能申请重新核实"
    if (clock.today() - row.answered_on).days > ENTITLED_DAYS:
        return f"答复已超过{ENTITLED_DAYS}天，不能再申请重新核实"
    return ""


def ask_reverify(*, complaint_id: int, words: str) -> Complaint:
    """对答复不满意，申请重新核实（1次）: it goes to another person than answered. Raises Refused."""
    with complaints.moving("reverify", complaint_id, None, None, is_granted=True) as step:
        row = step.row
        fault = fault_of_reverify(row)
        if fault:
            raise Refused(fault)
        row.reverify_asked_on = clock.today()
        row.officer, row.paused_days, row.extended_days = None, 0, 0
        row.state = S.REVERIFYING
        complaints.set_clock(row)
        step.after |= {"due_on": row.due_on}
        ComplaintStep.objects.create(
            complaint=row, kind=ComplaintStep.Kind.REVERIFY, words=words, is_public=True, at=clock.now()
        )
        others = holders(Role.TASK_FORCE).exclude(pk=row.answered_by_id or 0)
        complaints.tell(row, others, "reverify", f"反映{row.no}申请重新核实，请交另一人办理")
    return row
