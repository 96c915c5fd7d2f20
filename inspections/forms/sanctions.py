"""Forms of 约谈、通报、建议问责: the leader's 批示, and one for each move. Workflows keep the rules."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from inspections.forms.fields import day_field, time_field, words_field
from inspections.models import Problem, Sanction, SanctionAppeal
from inspections.workflows import sanctions as workflow
from inspections.workflows.sanction_papers import NOTICE_DAYS, issuers
from inspections.workflows.sanctions import MOST_COMMITMENTS, Commitment
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.permissions import holds_on
from shuangjian.accounts.roles import SIGNING_ROLES
from shuangjian.accounts.unit_forms import line_field, name_and_code

INSTRUCTIONS = "同意，请督导室按程序办理。"


class InstructForm(forms.Form):
    """批示: how and why; facts and words stand there already where they are known."""

    organisation = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列表中选择单位"},
    )
    kind = forms.ChoiceField(
        label="方式",
        choices=Sanction.Kind.choices,
        widget=forms.RadioSelect,
        initial=Sanction.Kind.TALK,
        help_text="组织处理和处分只能向有管理权限的机关建议",
    )
    ground = forms.ChoiceField(
        label="事由",
        choices=Sanction.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择事由"},
    )
    facts = words_field("事实", "写明时间和事实，不写学生姓名；印在通知上，单位会看到", most=500)
    instruction = words_field("批示", "办公室按此办理，单位看不到", most=300)

    def __init__(self, *args: Any, problem: Problem | None, unit: str = "", **kwargs: Any) -> None:
        initial: dict[str, Any] = {"instruction": INSTRUCTIONS, "organisation": unit}
        if problem is not None:
            initial["facts"] = problem.fact
            if problem.is_red_line:
                initial["ground"] = Sanction.Ground.RED_LINE
        super().__init__(*args, **kwargs)
        self.initial = initial
        if problem is not None:
            del self.fields["organisation"]
            return
        units: Any = self.fields["organisation"]
        units.queryset = Organisation.objects.units().active().order_by("pinyin_key", "pk")
        units.label_from_instance = name_and_code


def last_addresses() -> dict[str, str]:
    """Where the last decision said to appeal: offices seldom move."""
    last = Sanction.objects.exclude(review_address="").order_by("-issued_on", "-pk").first()
    if last is None:
        return {}
    return {"review_address": last.review_address, "complaint_address": last.complaint_address}


class IssueForm(MoveForm):
    """The office's number and seal; when and where of a talk; the addresses that the paper prints."""

    heard = words_field("听取单位陈述的情况", "作出决定前听取单位陈述：何时、谁、怎样说", most=500)
    issuer = forms.ChoiceField(label="发文机关", help_text="双减专班不发文")
    document_no = line_field(
        "发文字号", max_length=60, required=True, help_text="办公室编的，例如云教函〔2026〕31号"
    )
    issued_on = day_field("印发日期")
    meeting_on = day_field("约谈日期", f"至少提前{NOTICE_DAYS}个工作日")
    meeting_time = time_field("约谈时刻")
    place = line_field("约谈地点", max_length=120, required=True)
    review_address = line_field("受理复核的地址", max_length=120, required=True)
    complaint_address = line_field("受理申诉的地址", max_length=120, required=True)

    def prepare(self) -> None:
        is_talk = self.row.kind == Sanction.Kind.TALK
        for name in ("heard",) if is_talk else ("meeting_on", "meeting_time", "place"):
            del self.fields[name]
        if not self.row.is_decision:
            del self.fields["review_address"], self.fields["complaint_address"]
        issuer: Any = self.fields["issuer"]
        issuer.choices = [(name, name) for name in issuers()]
        self.initial.setdefault("issued_on", clock.today())
        self.initial.update(last_addresses())

    def arguments(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        day: Any = data.pop("meeting_on", None)
        at: time | None = data.pop("meeting_time", None)
        if day is not None and at is not None:
            data["meeting_at"] = timezone.make_aware(datetime.combine(day, at))
        return data


class HandleForm(MoveForm):
    """What was done; of a talk who came and what the unit commits itself to."""

    handled_on = day_field("办理日期")
    attendance = words_field("参加人员", "一人一行，写姓名和职务", required=True, most=500)
    outcome = words_field("办理情况", most=1000)

    OUTCOMES = {
        "talk": ("约谈记录", "写明指出的问题、单位的说明和要求"),
        "circular": ("印发范围", "写明印发给哪些单位、在哪里公布"),
        "proposal": ("有管理权限的机关的答复", "写明机关、日期和处理结果"),
    }

    def prepare(self) -> None:
        self.initial.setdefault("handled_on", clock.today())
        label, hint = self.OUTCOMES[self.row.kind]
        self.fields["outcome"] = words_field(label, hint, most=1000)
        if self.row.kind != Sanction.Kind.TALK:
            del self.fields["attendance"]
        for at in range(1, MOST_COMMITMENTS + 1):
            needed = at == 1 and self.row.kind == Sanction.Kind.TALK
            hint = "" if needed else "没有的不填"
            self.fields[f"text{at}"] = line_field(
                f"承诺{at}", max_length=200, required=needed, help_text=hint
            )
            self.fields[f"person{at}"] = line_field(f"承诺{at}的责任人", max_length=40, required=needed)
            self.fields[f"due{at}"] = day_field(f"承诺{at}的完成时限", required=needed)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for at in range(1, MOST_COMMITMENTS + 1):
            names = (f"text{at}", f"person{at}", f"due{at}")
            if any(data.get(name) for name in names):
                for name in names:
                    if not data.get(name) and name not in self.errors:
                        self.add_error(name, f"请填写{self.fields[name].label}")
        return data

    def arguments(self) -> dict[str, Any]:
        data = self.cleaned_data
        found: dict[str, Any] = {
            name: data[name] for name in ("handled_on", "attendance", "outcome") if name in data
        }
        found["commitments"] = [
            Commitment(data[f"text{at}"], data[f"person{at}"], data[f"due{at}"])
            for at in range(1, MOST_COMMITMENTS + 1)
            if data[f"text{at}"]
        ]
        return found


class KeepForm(MoveForm):
    """Which commitment, and what was done."""

    commitment_id = forms.TypedChoiceField(label="承诺事项", coerce=int, widget=forms.RadioSelect)
    words = words_field("完成情况", "写明做了什么、何时", most=300)

    def prepare(self) -> None:
        left = [one for one in self.row.commitments.all() if one.done_on is None]
        field: Any = self.fields["commitment_id"]
        field.choices = [(one.pk, f"{one.text}（{one.person}）") for one in left]
        if left:
            self.initial.setdefault("commitment_id", left[0].pk)


class CloseForm(MoveForm):
    """An optional word."""

    words = words_field("意见", required=False, most=300)


class RevokeForm(MoveForm):
    """Why."""

    words = words_field("撤销的理由", "单位已收到通知的会看到", most=500)


class AppealForm(MoveForm):
    """复核 or 申诉: the unit's request; the office also says on which day its paper came."""

    way = forms.ChoiceField(label="途径", widget=forms.RadioSelect, error_messages={"required": "请选择途径"})
    asked_on = day_field("提出日期", "代单位照录的，填收到书面申请的日期")
    words = words_field("请求和理由", most=500)

    def prepare(self) -> None:
        taken = {one.way for one in self.row.appeals.all()}
        left = [term for term in workflow.terms_of(self.row) if term.way not in taken]
        field: Any = self.fields["way"]
        field.choices = [(term.way.value, f"{term.way.label}（{term.office}）") for term in left]
        self.initial.setdefault("asked_on", clock.today())
        self.is_own = holds_on(self.user, self.row.organisation, *SIGNING_ROLES)
        if self.is_own:  # by his own account it is asked today
            del self.fields["asked_on"]

    def arguments(self) -> dict[str, Any]:
        return {"asked_on": clock.today()} | dict(self.cleaned_data)


class AnswerForm(MoveForm):
    """The answer to what waits; of a 申诉 with the number of the paper from one level up."""

    appeal_id = forms.TypedChoiceField(label="答复哪一项", coerce=int, widget=forms.RadioSelect)
    words = words_field("答复和理由", "单位会看到", most=500)
    answer_no = line_field("答复文号", max_length=60, help_text="申诉由上一级机构答复，照录其文号")

    def prepare(self) -> None:
        waiting = [one for one in self.row.appeals.all() if one.is_waiting]
        field: Any = self.fields["appeal_id"]
        field.choices = [(one.pk, f"{one.get_way_display()}：{one.words[:40]}") for one in waiting]
        if waiting:
            self.initial.setdefault("appeal_id", waiting[0].pk)
        if all(one.way == SanctionAppeal.Way.REVIEW for one in waiting):
            self.fields["answer_no"].help_text = ""
