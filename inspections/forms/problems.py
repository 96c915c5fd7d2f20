"""Forms of a problem: registering it, and one for each move. They clean shapes; rules live in workflows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from inspections import extension_limits
from inspections.forms.fields import WRONG_DATE, DateInput, day_field, words_field
from inspections.models import Decision, Extension, Problem, RectificationTask
from inspections.models.problem import AT_ONCE_MOST_DAYS
from inspections.pause_limits import PlanLimits
from inspections.proofs import missing_proof, needed_proof
from inspections.workflows.problems import PlannedMeasure, lately_closed
from inspections.workflows.rectification import MOST_MEASURES
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.permissions import holds_on
from shuangjian.accounts.roles import SIGNING_ROLES
from shuangjian.accounts.unit_forms import line_field
from shuangjian.dates import cn_date
from shuangjian.files import services as files
from shuangjian.files.forms import FilesField
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import CheckItem, ProofRequirement
from shuangjian.policy.scope import concerns, facts_of


class ProblemForm(forms.Form):
    """Registering a problem that did not come from a self-check or a visit's checklist."""

    organisation = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列表中选择单位"},
    )
    item = forms.ModelChoiceField(
        label="检查项",
        queryset=CheckItem.objects.none(),
        empty_label="请选择检查项",
        error_messages={"required": "请选择检查项", "invalid_choice": "请从列表中选择检查项"},
    )
    fact = words_field(
        "发现情况", "写明时间、地点和事实，不写学生姓名", missing="请写明发现情况，例如“三年级数学日均75分钟”"
    )
    breaks_prohibition = forms.BooleanField(
        label="触碰该检查项的严禁或不得", required=False, help_text="勾选后按禁止事项办理；红线由分管领导销号"
    )
    found_on = day_field("发现日期")
    origin = forms.ChoiceField(label="来源")
    superior_no = forms.CharField(
        label="交办文号",
        max_length=60,
        required=False,
        help_text="来源是上级交办的必填；经上级同意才能销号",
    )
    rectifying = forms.ChoiceField(
        label="整改类别", choices=Problem.Rectifying.choices, initial=Problem.Rectifying.BY_DATE
    )
    due_on = day_field("整改期限")
    # Asked only where a problem of the same unit and check item stands open.
    another = forms.BooleanField(label="这是另一件事，另立一个问题", required=False)
    # Asked only where such a problem was closed within a year: found again, it relapsed.
    again = forms.ChoiceField(
        label="与已销号问题的关系",
        choices=[("relapse", "同一问题反弹，按原编号重新整改"), ("another", "另一件事，另立一个问题")],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, user: User, origins: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.relapsed: Problem | None = None  # the closed problem that it may be again
        if Problem.Origin.SUPERIOR not in origins:
            del self.fields["superior_no"]
        organisations = Organisation.objects.visible_to(user).units().active()
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        items = CheckItem.objects.askable().select_related("rule")
        self.fields["item"].queryset = items  # type: ignore[attr-defined]
        self.fields["item"].label_from_instance = lambda item: f"{item.short_code} {item.text}"  # type: ignore[attr-defined]
        labels = dict(Problem.Origin.choices)
        self.fields["origin"].choices = [(value, labels[value]) for value in origins]  # type: ignore[attr-defined]
        self.initial.setdefault("found_on", clock.today())
        if not self.is_bound:
            del self.fields["another"], self.fields["again"]

    def clean_found_on(self) -> Any:
        found_on = self.cleaned_data["found_on"]
        if found_on > clock.today():
            raise forms.ValidationError("发现日期不能晚于今天")
        return found_on

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on <= clock.today():
            raise forms.ValidationError("整改期限要晚于今天")
        return due_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        item, unit, due_on = data.get("item"), data.get("organisation"), data.get("due_on")
        if item and unit and not concerns(item, facts_of(unit)):
            self.add_error("item", f"这个检查项不适用于{unit.name}，请改选检查项")
        at_once = data.get("rectifying") == Problem.Rectifying.AT_ONCE
        if due_on and at_once and due_on > clock.today() + timedelta(days=AT_ONCE_MOST_DAYS):
            self.add_error("due_on", f"立行立改的整改期限最长{AT_ONCE_MOST_DAYS}天，请提前日期或改选整改类别")
        if item and data.get("breaks_prohibition") and item.gravest_prohibition() is None:
            self.add_error("breaks_prohibition", "这个检查项没有对应的严禁或不得，请取消勾选或改选检查项")
        if data.get("origin") == Problem.Origin.SUPERIOR and not data.get("superior_no", "").strip():
            self.add_error("superior_no", "上级交办的问题请填写交办文号")
        if item is None or unit is None or self._stands_alone(unit, item):
            del self.fields["another"]
        if item is None or unit is None or "another" in self.fields or not self._was_closed(unit, item):
            del self.fields["again"]
        return data

    @property
    def relapses(self) -> bool:
        """Did whoever registers say that a closed problem is back? Ask when valid."""
        return self.cleaned_data.get("again") == "relapse"

    def _was_closed(self, unit: Organisation, item: CheckItem) -> bool:
        """Was such a problem closed at the unit within a year? Then whoever registers says which it is."""
        self.relapsed = lately_closed(unit, item)
        if self.relapsed is None:
            return False
        if not self.cleaned_data.get("again"):
            self.add_error(
                "again",
                f"{unit.name}这个检查项一年内有已销号的问题{self.relapsed.no}（{self.relapsed.fact}），请选择是反弹还是另一件事",
            )
        return True

    def _stands_alone(self, unit: Organisation, item: CheckItem) -> bool:
        """Is no problem of this item open at the unit? Else whoever registers says that his is another."""
        tasks = RectificationTask.objects.open().filter(
            problem__organisation=unit, problem__item__code=item.code
        )
        standing = tasks.select_related("problem").first()
        if standing is None:
            return True
        if not self.cleaned_data.get("another"):
            known = standing.problem
            self.add_error(
                "another",
                f"{unit.name}这个检查项还有未销号的问题{known.no}（{known.fact}），是同一件事请在该问题中办理，是另一件事请勾选",
            )
        return False


class MeasureForm(forms.Form):
    """One measure of a plan; an entirely empty row is left out. ``needs_pupils`` where it may pause."""

    text = forms.CharField(
        label="措施", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    person = forms.CharField(label="责任人", max_length=30, required=False)
    due_on = forms.DateField(
        label="完成时限",
        required=False,
        widget=DateInput(),
        error_messages={"invalid": WRONG_DATE},
    )
    needs_pupils = forms.BooleanField(label="要有学生在校才能落实", required=False)

    def __init__(self, *args: Any, limits: PlanLimits, **kwargs: Any) -> None:
        self.limits = limits
        super().__init__(*args, **kwargs)
        if limits.paused is None:
            del self.fields["needs_pupils"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text, person, due_on = data.get("text"), data.get("person"), data.get("due_on")
        needs_pupils = bool(data.get("needs_pupils"))
        if any((text, person, due_on, needs_pupils)) and "due_on" not in self.errors:
            if not text:
                self.add_error("text", "请写明措施")
            if not person:
                self.add_error("person", "请写明责任人")
            if not due_on:
                self.add_error("due_on", "请填写完成时限")
            elif fault := self.limits.fault(due_on, needs_pupils=needs_pupils):
                self.add_error("due_on", fault)
        return data


class BasePlanFormSet(BaseFormSet):  # type: ignore[type-arg] # Django's own class takes no argument
    """The plan as a whole: one to five measures."""

    def clean(self) -> None:
        if not any(self.errors) and not self.measures():
            raise forms.ValidationError("请至少写明1条整改措施，以及它的责任人和完成时限")

    def measures(self) -> list[PlannedMeasure]:
        """The filled rows, in order; call only when the rows are valid."""
        rows = [form.cleaned_data for form in self.forms]
        return [
            PlannedMeasure(
                text=row["text"],
                person=row["person"],
                due_on=row["due_on"],
                needs_pupils=row.get("needs_pupils", False),
            )
            for row in rows
            if row.get("text")
        ]


PlanFormSet: type[BasePlanFormSet] = formset_factory(  # type: ignore[assignment]
    MeasureForm,
    formset=BasePlanFormSet,
    extra=0,
    min_num=MOST_MEASURES,
    max_num=MOST_MEASURES,
    validate_max=True,
)


class TaskForm(MoveForm):
    """Base of the forms of a task's moves: files are taken in where they are asked for."""

    def arguments(self) -> dict[str, Any]:
        data = super().arguments()
        if "files" in data:
            data["files"] = [files.receive(upload=one, uploader=self.user) for one in data["files"]]
        return data

    def refuse(self, refused: Refused) -> None:
        self.add_error("files" if isinstance(refused, files.Rejected) else None, str(refused))


class WordsForm(TaskForm):
    """An optional opinion."""

    words = words_field("意见", required=False)


class RequiredWordsForm(TaskForm):
    """An opinion that must be given."""

    words = words_field("退回意见", "写明要改什么", missing="请写明退回的意见")


class CloseLightForm(TaskForm):
    """The head's one sentence on the light track; not needed where a proof is filed."""

    words = words_field("整改情况", "已上传佐证的可不写", required=False)


class EvidenceForm(TaskForm):
    """Proof: files or one sentence, for a requirement or besides."""

    requirement = forms.ModelChoiceField(
        label="对应的佐证要求",
        queryset=ProofRequirement.objects.none(),
        required=False,
        empty_label="其他佐证",
        error_messages={"invalid_choice": "请从列表中选择佐证要求"},
    )
    files = FilesField(label="文件", required=False)  # type: ignore[assignment]
    note = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="没有文件时，用一句话写明整改情况",
    )
    about_on = forms.DateField(
        label="反映哪一天的情况",
        required=False,
        widget=DateInput(),
        help_text="不填按照片的拍摄日期或今天；早于发现问题那天的不算",
        error_messages={"invalid": WRONG_DATE},
    )

    def prepare(self) -> None:
        needs = needed_proof(self.row)
        field = self.fields["requirement"]
        field.queryset = ProofRequirement.objects.filter(pk__in=[need.pk for need in needs])  # type: ignore[attr-defined]
        gap = missing_proof(self.row)
        if gap and not self.is_bound:
            self.initial.setdefault("requirement", gap[0].pk)
        if not needs:
            del self.fields["requirement"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("files") and not data.get("note", "").strip() and not self.errors:
            self.add_error("note", "请选择文件，或用一句话写明整改情况")
        return data


class ApplyForm(TaskForm):
    """申请销号."""

    statement = forms.CharField(
        label="整改完成情况",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明做了什么、现在怎样",
        error_messages={"required": "请写明整改完成情况"},
    )


class VerifyForm(TaskForm):
    """核查: the way and the opinion."""

    method = forms.ChoiceField(
        label="核查方式",
        choices=Decision.Method.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择现场核查或材料核查"},
    )
    words = words_field("核查意见", "看到了什么、依据什么")

    def prepare(self) -> None:
        if self.row.problem.is_red_line:
            self.fields["method"].choices = [("on_site", "现场核查")]  # type: ignore[attr-defined]
            self.fields["method"].help_text = "红线问题必须现场核查"
            self.fields["method"].error_messages["invalid_choice"] = "红线问题必须现场核查"


class SendBackForm(TaskForm):
    """退回整改: what is missing and by when, both required."""

    missing = words_field("还缺什么")
    missing_by = day_field("何时补齐", missing="请写明何时补齐")

    def clean_missing_by(self) -> Any:
        missing_by = self.cleaned_data["missing_by"]
        if missing_by <= clock.today():
            raise forms.ValidationError("补齐的日期要晚于今天")
        return missing_by


class ExtensionFields(forms.Form):
    """延期: until when and why, for one problem or for many."""

    to_on = day_field("延至", missing="请填写新的期限")
    ground = forms.ChoiceField(
        label="延期原因",
        choices=Extension.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择延期原因", "invalid_choice": "请从列表中选择延期原因"},
    )
    words = words_field(
        "具体理由", "写明卡在哪里、已做到哪一步、为什么要到这一天", missing="请写明延期的具体理由"
    )


class ExtensionForm(ExtensionFields, TaskForm):
    """延期 of one problem: no later than its limits allow."""

    def prepare(self) -> None:
        self.fields["to_on"].help_text = f"最晚{cn_date(extension_limits.latest_date(self.row))}"

    def clean_to_on(self) -> date:
        to_on: date = self.cleaned_data["to_on"]
        fault = extension_limits.fault_of_date(self.row, to_on)
        if fault:
            raise forms.ValidationError(fault)
        return to_on


class AskExtensionForm(ExtensionForm):
    """申请延期, with the sealed page where not the head himself asks."""

    files = FilesField(label="签字盖章的延期申请", required=False, most=1)  # type: ignore[assignment]

    def prepare(self) -> None:
        super().prepare()
        page: Any = self.fields["files"]
        page.required = not holds_on(self.user, self.row.organisation, *SIGNING_ROLES)
        page.help_text = (
            "图片或PDF，不超过10MB。由负责人登录申请的，不用上传"
            if page.required
            else "图片或PDF，不超过10MB"
        )


class RefuseExtensionForm(RequiredWordsForm):
    """不同意延期: the reason must be given."""

    def prepare(self) -> None:
        words = self.fields["words"]
        words.label, words.help_text = "不同意的理由", "写明为什么仍应按原期限完成"
        words.error_messages["required"] = "请写明不同意的理由"


class MeasureDoneForm(TaskForm):
    """Which measure is done, and what proves it: a file or one sentence."""

    measure_id = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": "请选择措施", "invalid": "请选择措施"}
    )
    note = forms.CharField(
        label="完成情况",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="用一句话写明，或上传1项材料",
    )
    files = FilesField(label="文件", required=False)  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("files") and not data.get("note", "").strip() and not self.errors:
            self.add_error("note", "请选择文件，或用一句话写明完成情况")
        return data


class CallForm(forms.Form):
    """A call that was made: to whom, when, what was said."""

    called = line_field(
        "致电对象", max_length=40, required=True, help_text="单位、姓名和职务，例如“城关小学校长黄某”"
    )
    called_at = forms.DateTimeField(
        label="通话时间",
        widget=forms.DateTimeInput(),
        error_messages={"required": "请填写通话时间", "invalid": "请填写正确的时间，例如2026年10月15日14:05"},
    )
    words = words_field("通话内容", "要求了什么、对方怎么答复；不写学生姓名")
