"""The form fields that schools and institutions share, and the rows of places that belong to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.forms import BaseFormSet

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.unit_codes import LONGEST, normalised
from shuangjian.accounts.units import CODE_TAKEN, fault_of_filer

# Line breaks and controls break lists and papers; marks of direction make a name read as another one.
_CONTROLS = r"\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029"  # categories Cc, Cs, Zl, Zp
_BIDI = r"\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c"
_NOT_IN_A_LINE = re.compile(f"[{_CONTROLS}{_BIDI}]")
MOST_ROWS = 20


def one_line(text: str) -> None:
    """Refuses what cannot stand in one printed line. Every character of a name is let through."""
    if _NOT_IN_A_LINE.search(text):
        raise forms.ValidationError("这里有换行或看不见的控制字符，请删去后重新输入", code="not_one_line")


def line_field(label: str, *, max_length: int, required: bool = False, **more: Any) -> forms.CharField:
    """A text of one line."""
    return forms.CharField(
        label=label, max_length=max_length, required=required, validators=[one_line], **more
    )


def name_and_code(unit: Organisation) -> str:
    """How a unit stands in a list to choose from: village schools share their names."""
    return f"{unit.name}（{unit.code}）"


phone_number = RegexValidator(r"^\+?[0-9][0-9 \-]{5,28}$", "联系电话只写数字和短横，例如0912-6120012")


class CodeField(forms.CharField):
    """A unit's code: half-width and capital whatever was typed."""

    def to_python(self, value: Any) -> str:
        return normalised(super().to_python(value) or "")


class UnitForm(forms.Form):
    """What every unit has. ``only`` leaves the named fields: the rest is not this person's to change."""

    kind = ""  # of Organisation, set by the form of a kind
    find_fault_of_code: Callable[[str], str]

    name = line_field("名称", max_length=60, required=True)
    code = CodeField(label="代码", max_length=LONGEST)
    township = forms.ModelChoiceField(
        label="所在乡镇", queryset=Organisation.objects.none(), empty_label="请选择乡镇"
    )
    area = forms.ModelChoiceField(
        label="督学责任区",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="还没有划定",
        help_text="责任区的督学能看到并督导本单位",
    )
    filer = forms.ModelChoiceField(
        label="填报主体",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="自己填报",
        help_text="教学点、校区由中心校代填的，选中心校",
    )
    opened_on = forms.DateField(label="设立日期", required=False, widget=forms.DateInput())
    address = line_field("地址", max_length=120)
    contact_name = line_field("联系人", max_length=30)
    contact_phone = forms.CharField(
        label="联系电话", max_length=30, required=False, validators=[phone_number]
    )

    unit_fields: tuple[str, ...] = (
        "name", "code", "township", "area", "filer", "opened_on", "address", "contact_name", "contact_phone",
    )  # fmt: skip

    def __init__(
        self, *args: Any, unit: Organisation | None = None, only: Collection[str] | None = None, **kwargs: Any
    ) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)
        for name in [name for name in self.fields if only is not None and name not in only]:
            del self.fields[name]
        kinds = Organisation.Kind
        self._offer("township", Organisation.objects.filter(kind=kinds.TOWNSHIP))
        self._offer("area", Organisation.objects.areas())
        fillers = Organisation.objects.filter(kind=self.kind, filer=None).active()
        self._offer("filer", fillers.exclude(pk=unit.pk) if unit else fillers)
        if "filer" in self.fields:
            self.fields["filer"].label_from_instance = name_and_code  # type: ignore[attr-defined]

    def _offer(self, name: str, units: Any) -> None:
        if name in self.fields:
            self.fields[name].queryset = units  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if self.unit is not None and code == self.unit.code:
            return code  # a code taken over as it stood must not keep anybody from changing the address
        fault = type(self).find_fault_of_code(code)
        if fault:
            raise forms.ValidationError(fault)
        holder = Organisation.objects.filter(code=code).first()
        if holder is not None:
            raise forms.ValidationError(CODE_TAKEN.format(code=code, name=holder.name))
        return code

    def clean_filer(self) -> Organisation | None:
        filer = self.cleaned_data["filer"]
        fault = fault_of_filer(filer, kind=self.kind, unit=self.unit)
        if fault and not (self.unit and filer == self.unit.filer):
            raise forms.ValidationError(fault)
        return filer

    def clean_opened_on(self) -> Any:
        opened_on = self.cleaned_data["opened_on"]
        if opened_on and opened_on > clock.today():
            raise forms.ValidationError("设立日期不能晚于今天")
        if opened_on and self.unit and self.unit.closed_on and opened_on > self.unit.closed_on:
            raise forms.ValidationError("设立日期不能晚于停办或合并日期")
        return opened_on

    def unit_values(self) -> dict[str, Any]:
        """The valid values of the unit's own fields that this form has."""
        return {name: self.cleaned_data[name] for name in self.unit_fields if name in self.fields}

    def fact_values(self) -> dict[str, Any]:
        """The valid values of the kind's own facts that this form has."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.unit_fields}


class BaseRowFormSet(BaseFormSet):
    """Rows of places; the row's key travels with it, a blank one is left out."""

    def rows(self) -> list[dict[str, Any]]:
        """The filled rows in order with ``pk`` (None: new) and ``DELETE``; call only when valid."""
        return [
            form.cleaned_data | {"pk": form.cleaned_data.get("pk")}
            for form in self.forms
            if self._counts(form)
        ]

    def _counts(self, form: forms.Form) -> bool:
        data = getattr(form, "cleaned_data", {})
        given = any(value not in (None, "") for name, value in data.items() if name != "DELETE")
        return given and not (data.get("DELETE") and not data.get("pk"))

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "撤去这一处"


def row_formset(form: type[forms.Form]) -> type[BaseRowFormSet]:
    """A formset of at most MOST_ROWS places with one blank one, that works without JavaScript."""
    made = forms.formset_factory(
        form,
        formset=BaseRowFormSet,
        extra=1,
        can_delete=True,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS + 10,
        validate_max=True,
    )
    return cast("type[BaseRowFormSet]", made)


def initial_rows(rows: Sequence[Any], names: Collection[str]) -> list[dict[str, Any]]:
    """What a formset begins with: the rows as they are stored."""
    return [{"pk": row.pk} | {name: getattr(row, name) for name in names} for row in rows]
