"""Forms of 举报和反映 for staff: registering, one for each move, 情况核实, limits and routes."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.complaints import limits, routing
from inspections.forms.fields import day_field, words_field
from inspections.forms.problems import ProblemForm
from inspections.models import Complaint, Problem, UnitInquiry, Visit
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.unit_forms import line_field, name_and_code
from shuangjian.files.forms import FilesField

_NOBODY = "不写反映人，也不写能推断出反映人的细节"


class UnitField(forms.ModelChoiceField):
    """A school or institution by its code, typed or chosen from the list that the browser offers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Organisation.objects.units().order_by("pinyin_key", "pk"),
            to_field_name="code",
            empty_label="还不清楚",
            required=False,
            error_messages={"invalid_choice": "请从列表中选择单位"},
            **kwargs,
        )

    def label_from_instance(self, obj: Organisation) -> str:
        return name_and_code(obj)


class FactsForm(forms.Form):
    """What a matter is about, whoever brings it."""

    kind = forms.ChoiceField(label="类别", choices=Complaint.Kind.choices, help_text="类别决定办理程序和时限")
    topic = forms.ChoiceField(label="事项", choices=Complaint.Topic.choices)
    organisation = UnitField(label="反映的单位")
    township = forms.ModelChoiceField(
        label="所在乡镇",
        queryset=Organisation.objects.filter(kind=Organisation.Kind.TOWNSHIP).order_by("pinyin_key", "pk"),
        to_field_name="code",
        required=False,
        empty_label="按单位，或不清楚",
    )
    handed_on = day_field("交办日期", "12345工单、上级交办填派单日期", required=False)
    sign_by = day_field("签收期限", required=False)
    finish_by = day_field("来件办结期限", "来件写明的；几个期限里最早的一个生效", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("sign_by", "finish_by"):
            on, handed = data.get(name), data.get("handed_on")
            if on and handed and on < handed:
                self.add_error(name, "不能早于交办日期")
        return data


class RegisterForm(FactsForm):
    """A matter that came by any door but the web form."""

    door = forms.ChoiceField(
        label="渠道", choices=[one for one in Complaint.Door.choices if one[0] != Complaint.Door.WEB]
    )
    external_no = line_field("来件编号", max_length=40, help_text="12345工单号、交办文号等")
    received_on = day_field("收到日期")
    words = forms.CharField(
        label="反映内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "请写明反映内容"},
        help_text="照录来件；只有经办人和双减专班看得到",
    )
    name = line_field("反映人称呼", max_length=20)
    phone = line_field("联系电话", max_length=20, help_text="加密保存，查看留痕；没有留的不填")
    material = FilesField(label="材料", most=3, required=False)
    field_order = ("door", "external_no", "received_on", "kind", "topic", "organisation", "township", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("received_on", clock.today())

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        ordered = data.get("door") in Complaint.ORDERED
        if ordered and "external_no" not in self.errors and not data.get("external_no"):
            self.add_error("external_no", "工单、交办和信箱来件请填写来件编号")
        return data


class CorrectForm(MoveForm, FactsForm):
    """The same facts as they should have been."""

    def prepare(self) -> None:
        row = self.row
        for name in ("kind", "topic", "handed_on", "sign_by", "finish_by"):
            self.initial[name] = getattr(row, name)
        self.initial["organisation"] = row.organisation.code if row.organisation else ""
        self.initial["township"] = row.township.code if row.township else ""

    def arguments(self) -> dict[str, Any]:
        return {"values": dict(self.cleaned_data)}


class WordsForm(MoveForm):
    """A reason that must be given."""

    words = words_field("理由", missing="请写明理由")


class PublicReasonForm(MoveForm):
    words = words_field("理由", "反映人凭编号和查询码能看到，用平实的话写", missing="请写明理由")


class NoteForm(MoveForm):
    """Something that may be said."""

    words = words_field("说明", required=False)


class ReferForm(MoveForm):
    office = forms.ModelChoiceField(
        label="转给",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择部门",
        error_messages={"required": "请选择部门"},
        help_text="反映人能看到转给哪个部门",
    )
    words = words_field("移交方式和文号", "例如“云教函〔2026〕31号，附原件”")

    def prepare(self) -> None:
        offices = Organisation.objects.filter(kind=Organisation.Kind.OFFICE).active()
        self.fields["office"].queryset = offices.order_by("pinyin_key", "pk")  # type: ignore[attr-defined]


class MergeForm(MoveForm):
    """Into which; those of the same unit and topic first."""

    into = forms.ModelChoiceField(
        label="并入",
        queryset=Complaint.objects.none(),
        to_field_name="no",
        empty_label="请选择",
        error_messages={"required": "请选择并入哪一件"},
    )
    words = words_field("说明", required=False)

    def prepare(self) -> None:
        ended = [Complaint.State.MERGED, Complaint.State.RETURNED, Complaint.State.REFUSED]
        rows = Complaint.objects.visible_to(self.user).exclude(pk=self.row.pk).exclude(state__in=ended)
        if self.row.organisation_id:
            rows = rows.filter(organisation=self.row.organisation_id)
        field: Any = self.fields["into"]
        field.queryset = rows.order_by("-pk")
        field.label_from_instance = lambda one: f"{one.no} {one.get_door_display()} {one.get_state_display()}"


class AssignForm(MoveForm):
    officer = forms.ModelChoiceField(
        label="经办人",
        queryset=User.objects.none(),
        to_field_name="username",
        empty_label="请选择经办人",
        error_messages={"required": "请选择经办人"},
    )

    def prepare(self) -> None:
        people = routing.officers()
        if self.row.state == Complaint.State.REVERIFYING:
            people = people.exclude(pk=self.row.answered_by_id or 0)
        self.fields["officer"].queryset = people  # type: ignore[attr-defined]


# How an answer may begin: plain words, no stamp of a machine.
TEMPLATES = {
    Complaint.Finding.TRUE: "您反映的情况属实。我们已要求有关单位限期改正，并将核查改正情况。",
    Complaint.Finding.PARTLY: "您反映的情况部分属实：",
    Complaint.Finding.UNTRUE: "我们到现场核实，没有发现您反映的情况：",
    Complaint.Finding.NONE: "您咨询的事，政策是这样规定的：",
}


class AnswerForm(MoveForm):
    finding = forms.ChoiceField(label="核实结果", choices=Complaint.Finding.choices, widget=forms.RadioSelect)
    words = words_field(
        "答复",
        "反映人能看到，也可以复制到12345系统；写明怎样核实、查到什么、怎样处理，不写其他人的姓名",
        most=1000,
        missing="请写答复",
    )


class ResultForm(MoveForm):
    finding = forms.ChoiceField(label="核实结果", choices=Complaint.Finding.choices, widget=forms.RadioSelect)
    words = words_field("办理结果", "照录部门的回复", missing="请写明办理结果")


class CallBackForm(MoveForm):
    satisfied = forms.ChoiceField(
        label="回访结果", choices=Complaint.Satisfied.choices, widget=forms.RadioSelect
    )
    words = words_field("说明", required=False)


class AskUnitForm(MoveForm):
    """The office's own words to the unit."""

    words = words_field("请核实的情况", f"用自己的话写要核实的事实；{_NOBODY}", missing="请写明要核实的情况")
    due_on = day_field("说明期限")
    is_safe = forms.BooleanField(
        label="不能推断出反映人", required=False, help_text="逐句看过：没有只有反映人才知道的时间、班级、事情"
    )


class ToVisitForm(MoveForm):
    visit = forms.ModelChoiceField(
        label="督导",
        queryset=Visit.objects.none(),
        to_field_name="no",
        empty_label="请选择督导",
        error_messages={"required": "请选择督导"},
        help_text="先在“督导”里安排；督学看不到反映的内容和反映人",
    )

    def prepare(self) -> None:
        visits = Visit.objects.filter(organisation=self.row.organisation_id).exclude(state="cancelled")
        field: Any = self.fields["visit"]
        field.queryset = visits.order_by("-planned_on", "-pk")
        field.label_from_instance = lambda one: f"{one.no} {one.planned_on} {one.get_state_display()}"


class ComplaintProblemForm(ProblemForm):
    """The problem that was found true, of the matter's unit; its fact is written anew."""

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(
            *args,
            initial={"organisation": complaint.organisation_id, "origin": Problem.Origin.COMPLAINT},
            origins=[Problem.Origin.COMPLAINT],
            **kwargs,
        )
        unit: Any = self.fields["organisation"]
        unit.queryset = Organisation.objects.filter(pk=complaint.organisation_id or 0)
        unit.disabled, unit.widget = True, forms.HiddenInput()
        origin: Any = self.fields["origin"]
        origin.disabled, origin.widget = True, forms.HiddenInput()
        self.fields["fact"].help_text = f"写核实到的事实；{_NOBODY}"


# --- 情况核实 -----------------------------------------------------------------------------------------------
class InquiryForm(forms.Form):
    """A unit asked by the office itself."""

    organisation = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列表中选择单位"},
    )
    words = words_field("请核实的情况", missing="请写明要核实的情况")
    due_on = day_field("说明期限")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.units().active().order_by("pinyin_key", "pk")
        field.label_from_instance = name_and_code


class ReplyForm(MoveForm):
    row: UnitInquiry
    words = words_field(
        "情况说明", "写明查了什么、情况怎样、已经怎样改；不写学生姓名", most=1000, missing="请写明情况"
    )


class ConfirmForm(MoveForm):
    """Nothing to fill in."""


# --- Limits and routes --------------------------------------------------------------------------------------
class LimitsForm(forms.Form):
    """Working days of each kind, and why."""

    reason = line_field("依据或理由", max_length=200, required=True, help_text="例如县政务热线办理办法和文号")
    _PARTS = (("accept", "受理"), ("answer", "答复"), ("extend", "延长"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in Complaint.Kind.choices:
            days = limits.days_of(kind)
            for part, words in self._PARTS:
                self.fields[f"{kind}_{part}"] = forms.IntegerField(
                    label=f"{label}：{words}（工作日）",
                    min_value=1,
                    max_value=90,
                    initial=getattr(days, part),
                )
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])

    def days(self) -> dict[str, list[int]]:
        data = self.cleaned_data
        return {kind: [data[f"{kind}_{part}"] for part, _ in self._PARTS] for kind in Complaint.Kind.values}


class RouteForm(forms.Form):
    """Who gets the matters of a kind and a place; set again, it replaces who had them."""

    kind = forms.ChoiceField(
        label="类别", choices=[("", "全部类别"), *Complaint.Kind.choices], required=False
    )
    township = forms.ModelChoiceField(
        label="乡镇",
        queryset=Organisation.objects.filter(kind=Organisation.Kind.TOWNSHIP).order_by("pinyin_key", "pk"),
        to_field_name="code",
        required=False,
        empty_label="全县",
    )
    officer = forms.ModelChoiceField(
        label="经办人",
        queryset=User.objects.none(),
        to_field_name="username",
        empty_label="请选择经办人",
        error_messages={"required": "请选择经办人"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = routing.officers()  # type: ignore[attr-defined]
