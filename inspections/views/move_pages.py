"""The pages of a problem's moves: each move's form, the workflow's function, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inspections.forms import detours
from inspections.forms import problems as forms
from inspections.models import RectificationTask
from inspections.workflows import extensions, objections, parking, rectification, superior, transfers
from shuangjian.accounts.move_pages import MovePage
from shuangjian.files.models import StoredFile

Run = Callable[..., RectificationTask]


def _one_file(run: Run, name: str) -> Run:
    """The one file out of the control that takes files, under the name that the workflow gives it."""

    def running(*, files: list[StoredFile], **arguments: Any) -> RectificationTask:
        return run(**{name: files[0] if files else None}, **arguments)

    return running


MOVE_PAGES = {
    "acknowledge": MovePage(
        detours.ConfirmForm,
        rectification.acknowledge,
        "已签收",
        "签收后5个工作日内可以提出异议；提交整改计划也视为签收。",
    ),
    "approve-plan": MovePage(forms.WordsForm, rectification.approve_plan, "已同意整改计划"),
    "return-plan": MovePage(forms.RequiredWordsForm, rectification.return_plan, "已退回整改计划"),
    "add-evidence": MovePage(forms.EvidenceForm, rectification.add_evidence, "已补充佐证"),
    "measure-done": MovePage(forms.MeasureDoneForm, rectification.finish_measure, "已登记措施完成"),
    "close-light": MovePage(
        forms.CloseLightForm,
        rectification.close_light,
        "已销号",
        "自查发现、按期改正的问题由本单位负责人销号，双减专班抽查。",
    ),
    "apply": MovePage(
        forms.ApplyForm, rectification.apply, "已申请销号", "申请后由县里派人核查，结果在待办提醒。"
    ),
    "verify": MovePage(forms.VerifyForm, rectification.verify, "已核查，转销号"),
    "verify-and-close": MovePage(forms.VerifyForm, rectification.verify_and_close, "已核查并销号"),
    "send-back": MovePage(forms.SendBackForm, rectification.send_back, "已退回整改"),
    "close": MovePage(forms.WordsForm, rectification.close, "已销号"),
    "ask-extension": MovePage(
        forms.AskExtensionForm,
        _one_file(extensions.ask, "sealed_page"),
        "已申请延期",
        "前两次延期由双减专班批复，第三次起和总期限超过90天的由分管领导批复；批复前仍按原期限整改。",
    ),
    "withdraw-extension": MovePage(detours.ConfirmForm, extensions.withdraw, "已撤回延期申请"),
    "grant-extension": MovePage(forms.WordsForm, extensions.grant, "已同意延期"),
    "refuse-extension": MovePage(forms.RefuseExtensionForm, extensions.refuse, "已答复不同意延期"),
    "extend": MovePage(
        forms.ExtensionForm,
        extensions.extend,
        "已延期",
        "单位没有申请、由县里直接延期的，写明理由；单位会收到通知，原期限留在经过里。",
    ),
    "object": MovePage(
        detours.ObjectForm,
        _one_file(objections.object_to, "stored_file"),
        "已提出异议",
        "由发现人以外的人答复；答复前仍按原期限办理。",
    ),
    "reject-objection": MovePage(detours.AnswerForm, objections.reject, "已答复，维持原认定"),
    "uphold-objection": MovePage(detours.AnswerForm, objections.uphold, "异议成立，问题已撤销"),
    "withdraw": MovePage(detours.WithdrawProblemForm, rectification.withdraw, "已撤销问题"),
    "park": MovePage(
        detours.ParkForm,
        parking.park,
        "已挂账",
        "单位自己解决不了的才挂账；挂账期间不催办、不计逾期，到复核日再定。严禁和不得事项不能挂账。",
    ),
    "keep-parked": MovePage(detours.ParkForm, parking.keep, "已复核，继续挂账"),
    "resume": MovePage(detours.GoOnForm, parking.resume, "已恢复整改"),
    "transfer": MovePage(
        detours.TransferForm,
        transfers.send,
        "已移交",
        "移交函由办公室编号用印；部门反馈结果以前，问题留在县里的台账。",
    ),
    "accept-transfer": MovePage(detours.ReceiptForm, _one_file(transfers.accept, "receipt"), "已登记接收"),
    "contest-transfer": MovePage(
        detours.ContestForm,
        _one_file(transfers.contest, "receipt"),
        "已登记不予接收",
        "只能提出一次；县里维持移交的，应当接收。",
    ),
    "insist-transfer": MovePage(detours.InsistForm, transfers.insist, "已维持移交"),
    "take-back": MovePage(detours.GoOnForm, transfers.take_back, "已收回，由单位继续整改"),
    "report-transfer": MovePage(
        detours.ReportTransferForm, _one_file(transfers.report, "result_file"), "已反馈结果，转核查"
    ),
    "ask-superior": MovePage(detours.AskSuperiorForm, superior.ask, "已报请上级同意"),
    "superior-agreed": MovePage(detours.SuperiorAgreedForm, superior.agreed, "已登记上级同意，可以销号"),
    "superior-refused": MovePage(detours.SuperiorRefusedForm, superior.refused, "已登记上级不同意，退回整改"),
}
