"""Forms of papers (公文): what to draft, each kind's own, how it was served. Workflows keep the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from inspections.forms.fields import day_field, time_field, words_field
from inspections.forms.sanctions import last_addresses
from inspections.models import Paper, RectificationTask
from inspections.papers.registry import KINDS
from inspections.workflows.papers import Service
from inspections.workflows.sanction_papers import NOTICE_DAYS
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.unit_forms import line_field, name_and_code

LONGEST_TERM = 180  # calendar days: a mistyped year is caught


class BeginForm(forms.Form):
    """Which kind, to which unit; the next page has what belongs to the kind."""

    kind = forms.ChoiceField(
        label="文种", widget=forms.RadioSelect, error_messages={"required": "请选择文种"}
    )
    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列表中选择单位"},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_units = [kind for kind in KINDS.values() if kind.from_unit]
        self.fields["kind"].choices = [(kind.key.value, kind.key.label) for kind in of_units]  # type: ignore[attr-defined]
        units: Any = self.fields["unit"]
        units.queryset = Organisation.objects.visible_to(user).units().active().order_by("pinyin_key", "pk")
        units.label_from_instance = name_and_code


def _case_label(task: RectificationTask) -> str:
    problem = task.problem
    return f"{problem.no}　第{problem.rule.number}条 {problem.rule.title}：{problem.fact}"


class PaperForm(forms.Form):
    """What only a person knows of a paper, whatever it is about. A kind adds its fields."""

    def __init__(self, *args: Any, cases: Sequence[RectificationTask], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(cases)

    def prepare(self, cases: Sequence[RectificationTask]) -> None:
        """Offer what there is to choose from."""

    def chosen(self, case: RectificationTask | None) -> list[RectificationTask]:
        """The cases that the paper speaks of; ``case`` is that of the page from which it is begun."""
        return list(self.cleaned_data.get("tasks", []))

    def how(self) -> str:
        """How it is served: on paper where nothing else was offered."""
        return str(self.cleaned_data.get("delivery", Paper.Delivery.ON_PAPER))

    def department(self) -> Organisation | None:
        """To which department it goes; None for a unit's paper."""
        return None

    def given(self) -> dict[str, Any]:
        """What was typed in beside the records, as plain JSON."""
        return {}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The same back into the form's fields."""
        return {}


def _delivery_field(who: str = "单位") -> forms.ChoiceField:
    return forms.ChoiceField(
        label="送达方式",
        choices=Paper.Delivery.choices,
        widget=forms.RadioSelect,
        initial=Paper.Delivery.ONLINE,
        help_text=f"系统签收：{who}在平台上签收；书面送达：打印盖章后送达，回证收回后登记",
    )


class DraftForm(PaperForm):
    """The problems that a paper speaks of, and how it is served."""

    tasks = forms.ModelMultipleChoiceField(
        label="写入的问题",
        queryset=RectificationTask.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一个问题", "invalid_choice": "请从列表中选择问题"},
    )
    delivery = _delivery_field()

    def prepare(self, cases: Sequence[RectificationTask]) -> None:
        field: Any = self.fields["tasks"]
        field.queryset = RectificationTask.objects.filter(pk__in=[task.pk for task in cases]).select_related(
            "problem__rule"
        )
        field.label_from_instance = _case_label


class OrderForm(DraftForm):
    """责令整改通知书: the two officers of law enforcement (P6)."""

    officer_1 = line_field("执法人员一", max_length=30, required=True)
    card_1 = line_field("执法证号一", max_length=40, required=True, help_text="行政执法证编号")
    officer_2 = line_field("执法人员二", max_length=30, required=True)
    card_2 = line_field("执法证号二", max_length=40, required=True, help_text="行政执法证编号")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        cards = [data.get("card_1"), data.get("card_2")]
        if cards[0] and cards[0] == cards[1]:
            self.add_error("card_2", "执法人员要两名，两个证号不能相同")
        return data

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"officers": [{"name": data[f"officer_{n}"], "card": data[f"card_{n}"]} for n in (1, 2)]}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for place, one in enumerate(given.get("officers", []), 1):
            found |= {f"officer_{place}": one["name"], f"card_{place}": one["card"]}
        return found


class OpinionForm(DraftForm):
    """督导意见书: the day by which the unit reports what it has put right."""

    report_by = day_field("整改报告期限", "单位书面报送整改报告的最后一天")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"].required = False  # a supervision that found nothing ends with an opinion too

    def clean_report_by(self) -> date:
        return _term(self.cleaned_data["report_by"], "整改报告期限")

    def given(self) -> dict[str, Any]:
        return {"report_by": self.cleaned_data["report_by"].isoformat()}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {"report_by": date.fromisoformat(given["report_by"])} if "report_by" in given else {}


# --- Accountability -----------------------------------------------------------------------------------------
class _AppealForm(PaperForm):
    """Where the unit may appeal: printed on every decision (P12)."""

    review_address = line_field("受理复核的地址", max_length=120, required=True)
    complaint_address = line_field("受理申诉的地址", max_length=120, required=True)
    delivery = _delivery_field()

    def prepare(self, cases: Sequence[RectificationTask]) -> None:
        for name, address in last_addresses().items():
            self.initial.setdefault(name, address)


class TalkForm(_AppealForm):
    """约谈通知书: when, where, who comes, what to bring."""

    meeting_on = day_field("约谈日期", f"至少提前{NOTICE_DAYS}个工作日，签发时再核一次")
    meeting_time = time_field("约谈时刻")
    place = line_field("约谈地点", max_length=120, required=True)
    people = line_field("参加人员", max_length=120, required=True, initial="单位主要负责人和分管负责人")
    bring = words_field("需要准备的材料", most=300)
    field_order = ("meeting_on", "meeting_time", "place", "people", "bring")

    def prepare(self, cases: Sequence[RectificationTask]) -> None:
        super().prepare(cases)
        self.initial.setdefault("bring", "整改情况的书面说明，写明原因、措施、责任人和完成时限。")

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        at = timezone.make_aware(datetime.combine(data["meeting_on"], data["meeting_time"]))
        names = ("place", "people", "bring", "review_address", "complaint_address")
        return {"meeting_at": at.isoformat(), **{name: data[name] for name in names}}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        at = timezone.localtime(datetime.fromisoformat(given["meeting_at"]))
        return {**given, "meeting_on": at.date(), "meeting_time": at.time()}


class CircularForm(_AppealForm):
    """情况通报: to whom it is sent, and that the unit was heard before."""

    readers = line_field("主送", max_length=120, required=True, initial="各学校、校外培训机构")
    heard = words_field("听取单位陈述的情况", "作出决定前听取单位陈述：何时、谁、怎样说", most=500)
    field_order = ("readers", "heard")

    def given(self) -> dict[str, Any]:
        names = ("readers", "heard", "review_address", "complaint_address")
        return {name: self.cleaned_data[name] for name in names}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        return dict(given)


class ProposalForm(PaperForm):
    """问责建议书: to the body that may discipline, by when it answers. It goes out on paper."""

    body = line_field("主送机关", max_length=60, required=True, help_text="有管理权限的机关，写全称")
    heard = words_field("听取单位陈述的情况", "何时、谁、怎样说", most=500)
    answer_by = day_field("请于何日前反馈", missing="请填写反馈日期")

    def clean_answer_by(self) -> date:
        return _term(self.cleaned_data["answer_by"], "反馈日期")

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"body": data["body"], "heard": data["heard"], "answer_by": data["answer_by"].isoformat()}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, "answer_by": date.fromisoformat(given["answer_by"])}


class PraiseForm(PaperForm):
    """表扬通报: to whom it is sent, and how the office knows."""

    readers = line_field("主送", max_length=120, required=True, initial="各学校、校外培训机构")
    reason = words_field("核实情况", "写明何时、谁、怎样核实的，不写学生姓名")
    delivery = _delivery_field()

    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("readers", "reason")}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        return dict(given)


# --- Letters and records ------------------------------------------------------------------------------------
class LetterForm(PaperForm):
    """移交函, 商请函: to which department, why, and by when it answers."""

    to = forms.ModelChoiceField(
        label="主送部门",
        queryset=Organisation.objects.none(),
        empty_label="请选择部门",
        error_messages={"required": "请选择部门", "invalid_choice": "请从列表中选择部门"},
    )
    reason = words_field("理由", "写明由该部门办理或者协助的依据")
    report_by = day_field("请于何日前反馈", missing="请填写反馈日期")
    delivery = _delivery_field("部门联络员")

    def prepare(self, cases: Sequence[RectificationTask]) -> None:
        departments = Organisation.objects.active().filter(kind=Organisation.Kind.OFFICE)
        self.fields["to"].queryset = departments.order_by("pinyin_key", "pk")  # type: ignore[attr-defined]

    def clean_report_by(self) -> date:
        return _term(self.cleaned_data["report_by"], "反馈日期")

    def chosen(self, case: RectificationTask | None) -> list[RectificationTask]:
        return [case] if case is not None else []

    def department(self) -> Organisation | None:
        found: Organisation = self.cleaned_data["to"]
        return found

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"reason": data["reason"], "report_by": data["report_by"].isoformat()}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, "report_by": date.fromisoformat(given["report_by"])}


class RecordForm(PaperForm):
    """A record asks nothing: all of it is on record."""


def _term(day: date, what: str) -> date:
    if not clock.today() < day <= clock.today() + timedelta(days=LONGEST_TERM):
        raise forms.ValidationError(f"{what}要晚于今天，最长{LONGEST_TERM}天")
    return day


DRAFT_FORMS: dict[str, type[PaperForm]] = {
    Paper.Kind.NOTICE: DraftForm,
    Paper.Kind.ORDER: OrderForm,
    Paper.Kind.OPINION: OpinionForm,
    Paper.Kind.TALK: TalkForm,
    Paper.Kind.TALK_RECORD: RecordForm,
    Paper.Kind.CIRCULAR: CircularForm,
    Paper.Kind.PROPOSAL: ProposalForm,
    Paper.Kind.PRAISE: PraiseForm,
    Paper.Kind.TRANSFER: LetterForm,
    Paper.Kind.CONSULT: LetterForm,
}


class ServeForm(forms.Form):
    """The 送达回证 that was brought back."""

    means = forms.ChoiceField(
        label="送达方式",
        choices=[choice for choice in Paper.Means.choices if choice[0] != Paper.Means.ONLINE],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择送达方式"},
    )
    served_on = day_field("送达日期", "回证上的收到日期；邮寄的填签收日期")
    servers = line_field("送达人", max_length=60, required=True, help_text="两人，用顿号分开")
    receiver = line_field("收件人", max_length=30, help_text="直接送达必填")
    receiver_post = line_field("收件人职务", max_length=30)
    refusal = line_field("拒收事由", max_length=200, help_text="留置送达必填")
    witness = line_field("见证人", max_length=30, help_text="留置送达必填")

    def service(self) -> Service:
        return Service(**self.cleaned_data)
