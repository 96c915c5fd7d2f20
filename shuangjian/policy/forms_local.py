"""Forms of the county's own rules and items, and of whom one of them does not concern."""

from __future__ import annotations

from typing import Any

from django import forms

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Exemption, LocalItem, LocalRule
from shuangjian.policy.models.rulebook import code_of
from shuangjian.policy.workflows.local_rules import rules_to_add_to

_STAGES = [
    ("lower", "小学一、二年级"), ("upper", "小学三年级以上"), ("junior", "初中"), ("senior", "高中"),
]  # fmt: skip
_CATEGORIES = [("academic", "学科类"), ("non_academic", "非学科类")]
_MODES = [("offline", "线下"), ("online", "线上")]


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _several(label: str, choices: list[tuple[str, str]], hint: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=hint
    )


class LocalRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule after the thirty."""

    class Meta:
        model = LocalRule
        fields = ("group", "title", "requirement", "source_text")
        widgets = {"requirement": _area()}
        help_texts = {"source_text": "写明文件名称和文号，例如《本县中小学课间管理办法》（云教〔2026〕12号）"}


class LocalItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """An item under one of the rules; whom it concerns by grades, category and mode."""

    rule_code = forms.ChoiceField(label="条目")
    stages = _several("适用年级", _STAGES, "学校的检查项；都不选是所有年级")
    categories = _several("适用类别", _CATEGORIES, "机构的检查项；都不选是所有类别")
    modes = _several("适用形式", _MODES, "机构的检查项；都不选是线上线下都适用")

    class Meta:
        model = LocalItem
        fields = ("rule_code", "text", "evidence", "stages", "categories", "modes", "evidence_required")
        widgets = {"text": _area(), "evidence": _area(2)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["rule_code"]  # its code stands
        else:
            self.fields["rule_code"].choices = [("", "请选择"), *rules_to_add_to().items()]  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """From which day the additions are in force, and by which paper."""

    in_force_from = forms.DateField(label="施行日期", widget=forms.DateInput())
    document_no = forms.CharField(label="文号", max_length=60, error_messages={"required": "请填写文号"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("in_force_from", clock.today())


class ExemptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A unit, a rule or an item as people write it, why, and by which paper."""

    code = forms.CharField(
        label="条目或检查项", max_length=10, help_text="整条写条号，例如4；一项写4-1或4-县1"
    )

    class Meta:
        model = Exemption
        fields = ("organisation", "code", "reason", "document_no")
        widgets = {"reason": _area()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Organisation.objects.active().filter(kind__in=["school", "institution"])
        self.fields["organisation"].queryset = units.order_by("pinyin_key", "pk")  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        """The code that stands for what was written."""
        code = code_of(str(self.cleaned_data["code"]))
        if not code:
            raise forms.ValidationError("条号写数字，例如4；检查项写4-1或4-县1")
        return code
