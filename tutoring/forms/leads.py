"""Forms of a lead (线索点): registering it, and one for each move. Workflows keep the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.roles import INSPECTOR_ROLES, OFFICE_ROLES
from shuangjian.accounts.selectors import holders
from shuangjian.accounts.unit_forms import line_field, name_and_code
from shuangjian.journal.errors import Refused
from tutoring.models import Lead
from tutoring.workflows import leads as workflow

_NOBODYS_NAME = "写明时间、看到的事实；不写学生姓名，不写反映人"


def words_field(label: str, *, required: bool = True, hint: str = "") -> forms.CharField:
    """Some lines of text."""
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=500, required=required, widget=area, help_text=hint)


class LeadForm(forms.Form):
    """The facts of a lead. An inspector is offered his own areas and their townships; he found it himself."""

    kind = forms.ChoiceField(label="类别", choices=Lead.Kind.choices, widget=forms.RadioSelect)
    township = forms.ModelChoiceField(
        label="乡镇", queryset=Organisation.objects.none(), to_field_name="code", empty_label="请选择乡镇"
    )
    area = forms.ModelChoiceField(
        label="督学责任区",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="按乡镇确定",
        help_text="乡镇跨几个责任区的要选定一个",
    )
    address = line_field("地址", max_length=120, required=True, help_text="写到门牌，例如文教路12号2楼")
    noticed = words_field("发现情况", hint=_NOBODYS_NAME)
    source = forms.ChoiceField(label="来源", choices=Lead.Source.choices)
    found_on = forms.DateField(label="发现日期", widget=forms.DateInput())
    found_by = forms.ModelChoiceField(
        label="发现人",
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        empty_label="本人",
        help_text="巡查的人员；群众反映、部门转来的选接办人",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        offered: dict[str, Any] = {
            "township": workflow.townships_for(user).order_by("pinyin_key", "pk"),
            "area": workflow.areas_for(user).order_by("code"),
            "found_by": holders(*INSPECTOR_ROLES, *OFFICE_ROLES).exclude(pk=user.pk),
        }
        for name, rows in offered.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        self.initial.setdefault("found_on", clock.today())
        if not user.sees_county:
            del self.fields["found_by"]
            own = list(offered["area"])
            self.fields["area"].required = True
            if len(own) == 1:
                self.fields["area"].empty_label = None  # type: ignore[attr-defined]
                self.initial.setdefault("area", own[0].code)

    def clean_found_on(self) -> Any:
        found_on = self.cleaned_data["found_on"]
        if found_on > clock.today():
            raise forms.ValidationError("发现日期不能晚于今天")
        return found_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("township") and "area" not in self.errors and not data.get("area"):
            try:
                data["area"] = workflow.area_of(data["township"])
            except Refused as refused:
                self.add_error("area", str(refused))
        return data

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class CorrectForm(LeadForm):
    """The same facts as they should have been, with the reason."""

    words = line_field("更正原因", max_length=200, required=True)

    def __init__(self, *args: Any, row: Lead, user: User, **kwargs: Any) -> None:
        lead = row
        stored = {name: getattr(lead, name) for name in ("kind", "address", "noticed", "source", "found_on")}
        stored |= {"township": lead.township.code, "area": lead.area.code if lead.area else ""}
        super().__init__(*args, user=user, initial=stored, **kwargs)
        self.fields.pop("found_by", None)

    def arguments(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        return {"words": values.pop("words"), "values": values}

    def refuse(self, refused: Refused) -> None:
        self.add_error(None, str(refused))


class _DatedForm(MoveForm):
    """A move that happened on a day: today, if nothing else is said."""

    on: forms.DateField

    def prepare(self) -> None:
        self.initial.setdefault("on", clock.today())

    def clean_on(self) -> Any:
        fault = workflow.fault_of_day(self.row, self.cleaned_data["on"])
        if fault:
            raise forms.ValidationError(fault)
        return self.cleaned_data["on"]


class CheckForm(_DatedForm):
    """核实, whichever way it came out."""

    on = forms.DateField(label="核实日期", widget=forms.DateInput())
    words = words_field("核实情况", hint=_NOBODYS_NAME)


class HandOverForm(_DatedForm):
    """To which department, by which document."""

    office = forms.ModelChoiceField(
        label="移交给",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择部门",
        help_text="有联络员账号的部门在平台收到；没有的另送移交函，回复由双减专班或督导室照录",
    )
    document_no = line_field("移交函文号", max_length=60, required=True, help_text="例如云教函〔2026〕31号")
    on = forms.DateField(label="移交日期", widget=forms.DateInput())
    words = words_field("请部门办理的事项", required=False, hint="不写反映人")

    def prepare(self) -> None:
        super().prepare()
        offices = Organisation.objects.filter(kind=Organisation.Kind.OFFICE).active()
        self.fields["office"].queryset = offices.order_by("pinyin_key", "pk")  # type: ignore[attr-defined]


class ReplyForm(_DatedForm):
    """What the department did."""

    words = words_field("办理结果", hint="写明怎样处理；不写学生姓名")
    document_no = line_field("回复文号", max_length=60)
    on = forms.DateField(label="回复日期", widget=forms.DateInput())


class CloseForm(_DatedForm):
    """The office's last word; where the department did not reply here, the result on its paper."""

    words = words_field("意见", required=False)
    document_no = line_field("回复文号", max_length=60)
    on = forms.DateField(label="办结日期", widget=forms.DateInput())

    def prepare(self) -> None:
        super().prepare()
        if self.row.replied_on:
            del self.fields["document_no"]
        else:
            self.fields["words"] = words_field(
                "部门办理结果", hint="部门没有在平台回复，照录其书面回复；不写学生姓名"
            )


class TakeBackForm(MoveForm):
    """Why it does not stay with the department."""

    words = line_field("收回原因", max_length=200, required=True, help_text="部门的联络员会看到")


class LinkForm(MoveForm):
    """The institution to which the place belongs."""

    institution = forms.ModelChoiceField(
        label="所属机构",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="不关联机构",
    )
    words = line_field("依据", max_length=200, help_text="例如工商登记、机构负责人说明")

    def prepare(self) -> None:
        self.initial["institution"] = self.row.institution.code if self.row.institution else ""
        institutions = Organisation.objects.filter(kind=Organisation.Kind.INSTITUTION)
        field: Any = self.fields["institution"]
        field.queryset = institutions.order_by("pinyin_key", "pk")
        field.label_from_instance = name_and_code
