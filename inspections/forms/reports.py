"""Forms of supervision reports: beginning one or all of a term, and one text."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.fields import AskedForLater
from inspections.forms.signing import SECTION_LENGTH
from inspections.models import SupervisionReport
from inspections.reports.sections import Section
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import Term


class ReportForm(forms.Form):
    """Which report: the county's of a term, or one unit's."""

    kind = forms.ChoiceField(
        label="种类",
        choices=SupervisionReport.Kind.choices,
        widget=forms.RadioSelect,
        initial="county",
        error_messages={"required": "请选择种类"},
    )
    term = forms.ModelChoiceField(
        label="学期",
        queryset=Term.objects.none(),
        empty_label=None,
        error_messages={"required": "请选择学期", "invalid_choice": "请从列表中选择学期"},
    )
    organisation = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="全县报告不选",
        help_text="单位督导报告才需要选",
        error_messages={"invalid_choice": "请从列表中选择单位"},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].queryset = Term.objects.order_by("-first_on")  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = Organisation.objects.visible_to(user).units()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == "unit" and not data.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", "请选择单位")
        if data.get("kind") == "county":
            county = Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first()
            if county is None:
                self.add_error(None, "还没有建立县级单位，请先完成初始设置")
            data["organisation"] = county
        return data


class SectionForm(forms.Form):
    """One text of a report; what must be written is asked for when the report is sent."""

    use_required_attribute = False

    text = AskedForLater(max_length=SECTION_LENGTH, widget=forms.Textarea(attrs={"rows": 14}))

    def __init__(self, *args: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["text"] = section.text
        self.fields["text"].label = section.title
        self.fields["text"].help_text = section.hint
        self.fields["text"].required = section.is_required


class BatchForm(forms.Form):
    """Of which term all unit reports are made."""

    term = forms.ModelChoiceField(
        label="学期",
        queryset=Term.objects.none(),
        empty_label=None,
        error_messages={"required": "请选择学期", "invalid_choice": "请从列表中选择学期"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].queryset = Term.objects.order_by("-first_on")  # type: ignore[attr-defined]
