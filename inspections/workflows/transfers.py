"""移交: a case goes to the department with the power, with 移交函 and 回执, and stays in the county's ledger.

Moves of the task's machine (table in ``rectification``). The department contests once; what the county
insists on it takes. Its result is verified and closed like any other. It answers by its own account, or the
office types in its paper with the scan. Source: practice.md P10; workflow.md §3 (Transfer).
"""

from __future__ import annotations

from datetime import date

from inspections import notices
from inspections.models import Paper, RectificationTask, Transfer
from inspections.workflows.parking import check_new_date
from inspections.workflows.rectification import drop_request, move_date, moving
from shuangjian import clock
from shuangjian.accounts.machine import Move
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import Refused


def send(
    *,
    task_id: int,
    actor: User,
    version: int | None,
    department: Organisation,
    letter_no: str,
    words: str,
    report_by: date,
) -> RectificationTask:
    """移交 by a letter made elsewhere, its number typed in.

    Raises Refused without number or reason, for a report before tomorrow, and where a letter of the portal
    is under way: then its signature does this.
    """
    with moving("transfer", task_id, actor, version) as step:
        if not letter_no.strip():
            raise Refused("请写明移交函文号和移交理由")
        letter = letter_under_way(step.row)
        if letter is not None:
            raise Refused(f"移交函{letter.no}已起草，签发时自动移交；改在别处发函的，先作废草稿")
        _send(step, department, letter_no.strip(), words, report_by)
    return step.row


def send_by_letter(*, letter: Paper, task_id: int, actor: User, words: str, report_by: date) -> Transfer:
    """移交 by the leader's signature on the portal's own letter, whose number the transfer carries.

    Call it in the transaction that signs. Raises Refused, WrongState where the case has gone on.
    """
    with moving("transfer", task_id, actor, None, is_granted=True) as step:
        step.after["paper"] = letter.no
        return _send(step, letter.organisation, letter.document_no, words, report_by)


def letter_under_way(task: RectificationTask) -> Paper | None:
    """The 移交函 of the portal that is drafted and not signed yet."""
    unsigned = [Paper.State.DRAFT, Paper.State.REVIEW]
    letters = task.papers.filter(kind=Paper.Kind.TRANSFER, state__in=unsigned)
    return letters.defer("data", "sections").first()


def _send(
    step: Move[RectificationTask], department: Organisation, letter_no: str, words: str, report_by: date
) -> Transfer:
    if not words.strip():
        raise Refused("请写明移交函文号和移交理由")
    if report_by <= clock.today():
        raise Refused("反馈日期要晚于今天")
    drop_request(step)
    transfer = Transfer.objects.create(
        task=step.row,
        department=department,
        letter_no=letter_no,
        reason=words.strip(),
        report_by=report_by,
        sent_by=step.actor,
        sent_at=clock.now(),
    )
    step.after |= {"department": department.pk, "letter_no": letter_no}
    step.note = words.strip()
    notices.transferred(step.row, department, report_by)
    return transfer


def accept(
    *,
    task_id: int,
    actor: User,
    version: int | None,
    receipt_no: str = "",
    receipt: StoredFile | None = None,
) -> RectificationTask:
    """接收: by the department's own account, or its 回执 typed in with number and scan."""
    with moving("accept-transfer", task_id, actor, version) as step:
        transfer = _standing(step)
        _key_in(step, transfer, receipt_no, receipt, "回执")
        transfer.state = Transfer.State.ACCEPTED
        transfer.receipt_no, transfer.receipt = receipt_no.strip(), receipt
        transfer.answered_at = clock.now()
        _save(step, transfer)
        notices.transfer_answered(step.row, transfer, "")
    return step.row


def contest(
    *,
    task_id: int,
    actor: User,
    version: int | None,
    words: str,
    receipt_no: str = "",
    receipt: StoredFile | None = None,
) -> RectificationTask:
    """不予接收, once, with its reason: the county then decides."""
    with moving("contest-transfer", task_id, actor, version) as step:
        transfer = _standing(step)
        if not words.strip():
            raise Refused("请写明不予接收的理由")
        _key_in(step, transfer, receipt_no, receipt, "回执")
        transfer.state = Transfer.State.CONTESTED
        transfer.contest_words, transfer.answered_at = words.strip(), clock.now()
        transfer.receipt_no, transfer.receipt = receipt_no.strip(), receipt
        step.note = words.strip()
        _save(step, transfer)
        notices.transfer_answered(step.row, transfer, words.strip())
    return step.row


def insist(*, task_id: int, actor: User, version: int | None, words: str) -> RectificationTask:
    """维持移交 after the department contested, with the reason; it cannot contest again."""
    with moving("insist-transfer", task_id, actor, version) as step:
        transfer = _standing(step)
        if not words.strip():
            raise Refused("请写明维持移交的理由")
        transfer.state, transfer.insist_words = Transfer.State.SENT, words.strip()
        step.note = words.strip()
        _save(step, transfer)
        notices.transferred(step.row, transfer.department, transfer.report_by)
    return step.row


def take_back(
    *, task_id: int, actor: User, version: int | None, words: str, due_on: date
) -> RectificationTask:
    """收回: the unit puts it right after all, by a new date."""
    with moving("take-back", task_id, actor, version) as step:
        check_new_date(due_on)
        transfer = _standing(step)
        transfer.state = Transfer.State.TAKEN_BACK
        step.note = words.strip()
        _save(step, transfer)
        move_date(step, due_on)
        notices.resumed(step.row, words.strip())
    return step.row


def report(
    *,
    task_id: int,
    actor: User,
    version: int | None,
    result: str,
    result_no: str = "",
    result_file: StoredFile | None = None,
) -> RectificationTask:
    """反馈办理结果: what the department did. The county verifies it and closes the case."""
    with moving("report-transfer", task_id, actor, version) as step:
        transfer, task = _standing(step), step.row
        if not result.strip():
            raise Refused("请写明办理结果")
        _key_in(step, transfer, result_no, result_file, "结果文件")
        now = clock.now()
        transfer.state = Transfer.State.REPORTED
        transfer.result, transfer.result_no, transfer.result_file = (
            result.strip(),
            result_no.strip(),
            result_file,
        )
        transfer.reported_at = now
        task.statement, task.applied_at = result.strip(), now
        step.note = result.strip()
        _save(step, transfer)
        notices.close_out_applied(task)
    return step.row


def _standing(step: Move[RectificationTask]) -> Transfer:
    transfer = step.row.transfer
    if transfer is None or transfer.state not in Transfer.STANDING:
        raise Refused("没有正在办理的移交")
    return transfer


def _key_in(
    step: Move[RectificationTask], transfer: Transfer, number: str, scan: StoredFile | None, paper: str
) -> None:
    """What is not the department's own account is its paper: number and scan are part of it."""
    if transfer.department_id in step.actor.unit_ids([Role.PARTNER]):
        return
    if not number.strip() or scan is None:
        raise Refused(f"代部门登记的，请填写{paper}文号并上传扫描件")
    transfer.is_keyed_in = True


def _save(step: Move[RectificationTask], transfer: Transfer) -> None:
    transfer.save()
    step.after["transfer"] = transfer.state
