"""The look's promises: contrast, browser floor, no inline code, nothing from elsewhere, weight, tags."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from shuangjian import clock
from shuangjian.navigation import Look

pytestmark = pytest.mark.look

ROOT = Path(__file__).resolve().parents[2]
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TODAY = date(2026, 10, 27)


@pytest.fixture(autouse=True)
def a_day_in_october(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def draw(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def code_of(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.S)


# --- Colours --------------------------------------------------------
def themes() -> dict[str, dict[str, str]]:
    """Tokens of each theme, the dark and high-contrast ones laid over the light ones."""
    css = code_of((ROOT / "static/css/tokens.css").read_text())

    def block(selector: str) -> dict[str, str]:
        body = re.search(re.escape(selector) + r"\s*\{(.*?)\}", css, flags=re.S)
        assert body, selector
        return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body.group(1)))

    light = block(":root")
    return {
        "light": light,
        "dark": light | block("\n  .dark"),
        "contrast": light | block("\n  .contrast"),
        "system dark": light | block(":root:not(.light):not(.dark):not(.contrast)"),
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_PAIRS = [
    ("text", "page"), ("text", "surface"), ("text-2", "page"), ("text-2", "surface"), ("text", "sel"),
    ("text-2", "sel"), ("text-2", "none-b"), ("primary", "surface"), ("primary", "page"), ("primary", "sel"),
    ("on-sel", "sel"), ("on-primary", "primary"), ("on-primary", "primary-hover"), ("on-header", "header"),
    ("on-header", "pill"), ("danger", "surface"), ("danger", "page"), ("warn", "surface"), ("ok", "surface"),
    ("ok", "page"), ("bad-t", "bad-b"), ("warn-t", "warn-b"), ("ok-t", "ok-b"), ("wait-t", "wait-b"),
    ("none-t", "none-b"), ("red-t", "red-b"), ("heat-ok-t", "heat-ok-b"), ("heat-part-t", "heat-part-b"),
    ("heat-bad-t", "heat-bad-b"), ("heat-none-t", "heat-none-b"),
]  # fmt: skip
EDGE_PAIRS = [("border", "surface"), ("border", "page"), ("focus", "surface"), ("focus-header", "header")]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast", "system dark"])
def test_every_text_colour_can_be_read_and_every_edge_seen(theme):
    tokens = themes()[theme]

    def colour(name: str) -> str:
        return tokens["surface"] if tokens[name] == "transparent" else tokens[name]

    weak = [
        (text, ground, round(ratio(colour(text), colour(ground)), 2))
        for pairs, floor in ((TEXT_PAIRS, 4.5), (EDGE_PAIRS, 3.0))
        for text, ground in pairs
        if ratio(colour(text), colour(ground)) < floor
    ]
    assert weak == []


def test_high_contrast_is_white_and_yellow_on_black():
    tokens = themes()["contrast"]
    assert ratio(tokens["text"], tokens["page"]) > 20
    assert ratio(tokens["primary"], tokens["page"]) > 19


def test_the_systems_dark_is_the_chosen_dark():
    assert themes()["dark"] == themes()["system dark"]


def test_colours_are_only_said_in_the_tokens():
    allowed = {"#000", "#fff"}
    # Ink on paper, by GB/T 9704: the same in every theme.
    papers = ("report.css", "letter.css", "record.css", "close_out.css", "printout.css")
    said = {
        (sheet.name, colour.lower())
        for sheet in STYLES
        if sheet.name not in ("tokens.css", *papers)
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", code_of(sheet.read_text()))
    }
    assert {(name, colour) for name, colour in said if colour not in allowed and colour != "#999"} == set()


# --- Browser floor, content security policy, weight -------------------
TOO_NEW = {
    r":has\(": ":has()",
    r":is\(": ":is()",
    r":where\(": ":where()",
    r"@container|container-type": "container queries",
    r"@layer": "cascade layers",
    r"\binert\b": "inert",
    r"(?<![-\w])inset\s*:": "inset",
    r"aspect-ratio\s*:": "aspect-ratio",
    r"accent-color\s*:": "accent-color",
    r"margin-inline\s*:|padding-inline\s*:": "logical shorthands",
    r"color-mix\(|oklch\(": "new colour functions",
    r"\d[sld]v[hwb]\b": "new viewport units",
    r":not\([^()]*,": "lists in :not()",
}


@pytest.mark.parametrize("sheet", STYLES, ids=lambda path: path.name)
def test_style_sheets_need_nothing_newer_than_chromium_86(sheet):
    css = code_of(sheet.read_text())
    assert [name for pattern, name in TOO_NEW.items() if re.search(pattern, css)] == []


@pytest.mark.parametrize("sheet", STYLES, ids=lambda path: path.name)
def test_style_sheets_nest_no_rules(sheet):
    css, depth, rules_open = code_of(sheet.read_text()), 0, []
    for piece in re.finditer(r"([^{};]*)([{}])", css):
        if piece.group(2) == "}":
            depth -= 1
            rules_open.pop()
            continue
        is_rule = not piece.group(1).strip().startswith("@")
        assert not (is_rule and any(rules_open)), piece.group(1).strip()
        rules_open.append(is_rule)
        depth += 1
    assert depth == 0


@pytest.mark.parametrize("file", [*STYLES, *SCRIPTS], ids=lambda path: path.name)
def test_static_files_ask_nothing_of_other_hosts(file):
    assert (
        re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import|url\((?!['\"]?\.\.?/)", file.read_text())
        == []
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_no_markup_and_evaluate_nothing(script):
    refused = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|randomUUID\(|\?\?="
    )
    assert re.findall(refused, re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text(), flags=re.S)) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_no_inline_code_and_nothing_from_other_hosts(template):
    if template.relative_to(ROOT / "templates").parts[0] in ("reports", "papers"):
        pytest.skip("papers are laid out by the PDF renderer, never served as pages")
    source = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.S)
    tags = re.findall(r"<[a-zA-Z][^<>]*>", source)
    assert [tag for tag in tags if re.search(r"\sstyle\s*=", tag)] == []
    assert [tag for tag in tags if re.search(r"\son[a-z]+\s*=", tag)] == []
    assert [tag for tag in tags if re.match(r"<style\b", tag)] == []
    assert [tag for tag in tags if re.match(r"<script\b", tag) and " src=" not in tag] == []
    assert [tag for tag in tags if re.search(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", tag)] == []
    assert "javascript:" not in source
    assert not re.search(r"\|\s*safe\b|autoescape off", source)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_the_first_load_of_a_page_stays_under_its_weight(template):
    import django_htmx

    def weight(kind: str, text: str) -> int:
        names = set(re.findall(rf"static '{kind}/(\w+\.{kind})'", text))
        return sum(len(gzip.compress((ROOT / "static" / kind / name).read_bytes(), 6)) for name in names)

    source = (ROOT / "templates/base.html").read_text() + template.read_text()
    htmx = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"
    assert weight("css", source) <= 20 * 1024
    assert weight("js", source) + len(gzip.compress(htmx.read_bytes(), 6)) <= 30 * 1024


def test_the_frame_asks_for_at_most_six_files():
    base = (ROOT / "templates/base.html").read_text()
    assert 1 + len(re.findall(r"<link rel=\"stylesheet\"|<script src=", base)) <= 6


# --- Copy -------------------------------------------------------------
def test_the_frames_words_follow_the_copy_rules():
    own = [path for path in TEMPLATES if path.parent.name in ("templates", "components", "accounts")]
    refused = re.compile(r"！|失败|非法|系统异常|登陆|赋能|闭环|抓手")
    assert [
        (path.name, refused.findall(path.read_text())) for path in own if refused.search(path.read_text())
    ] == []


# --- Tags -------------------------------------------------------------
def test_a_state_is_told_by_glyph_and_word():
    html = draw('{% tag "bad" "缺" %}')
    assert 'class="tag t-bad"' in html
    assert "<svg" in html
    assert "缺" in html


def test_a_state_of_unknown_kind_is_a_mistake():
    with pytest.raises(KeyError):
        draw('{% tag "pink" "缺" %}')


def test_words_of_people_are_escaped_in_every_tag():
    bad = "<script>alert(1)</script>"
    item = {"at": None, "text": bad, "note": bad}
    html = draw(
        '{% tag "ok" bad %}{% timeline items %}{% empty_state bad %}{% stepper steps %}{% bars rows %}',
        bad=bad,
        items=[item],
        steps=[(bad, bad, "cur")],
        rows=[{"label": bad, "value": 1}],
    )
    assert "<script" not in html
    assert "&lt;script" in html


@pytest.mark.parametrize(
    ("due_on", "kind", "words"),
    [
        (date(2026, 10, 22), "bad", "逾期5天"),
        (date(2026, 10, 27), "warn", "今天截止"),
        (date(2026, 11, 3), "warn", "还剩7天"),
        (date(2026, 11, 4), "none", "还剩8天"),
        (None, "none", "未定期限"),
    ],
)
def test_a_deadline_says_what_is_left(due_on, kind, words):
    html = draw("{% deadline due %}", due=due_on)
    assert f"t-{kind}" in html
    assert words in html


def test_a_deadline_of_something_closed_presses_no_more():
    html = draw("{% deadline due closed=True %}", due=date(2026, 10, 1))
    assert "逾期" not in html


def test_dates_and_times_are_written_the_chinese_way():
    china = timezone(timedelta(hours=8))
    at = datetime(2026, 9, 1, 14, 5, tzinfo=china)
    assert draw("{{ at|cn_date }} {{ at|cn_time }}", at=at) == "2026年9月1日 14:05"
    assert draw("{{ at|cn_datetime }}", at=at.astimezone(UTC)) == "2026年9月1日 14:05"
    assert draw("{{ at|cn_date }}|{{ at|cn_datetime }}|{{ at|cn_time }}", at=None) == "—|—|—"
    assert draw("{{ at|cn_day }} {{ old|cn_day }}", at=at, old=date(2025, 9, 1)) == "9月1日 2025年9月1日"
    assert draw("{{ due|due_words }}", due=date(2026, 10, 31)) == "10月31日截止，还剩4天"
    assert draw("{{ due|due_words }}", due=date(2026, 10, 22)) == "逾期5天（应于10月22日完成）"


def test_numbers_are_masked():
    assert draw('{{ "13812341234"|mask_phone }} {{ "6120012"|mask_phone }}') == "138****1234 ****"
    assert draw("{{ a|file_size }} {{ b|file_size }}", a=286 * 1024, b=1258291) == "286KB 1.2MB"


def test_progress_is_a_real_progress_element_with_words():
    html = draw('{% progress 7 12 "条" %}')
    assert "7/12条" in html
    assert '<progress class="bar" value="7" max="12" aria-label="已完成7条，共12条">' in html


def test_bars_are_drawn_without_style_attributes():
    html = draw("{% limit_bar 66 60 80 over=True %}{% bars rows %}", rows=[{"label": "第4条", "value": 23}])
    assert "style=" not in html
    assert 'width="82.5%"' in html
    assert 'x="75.0%"' in html
    assert 'class="over"' in html


def test_the_stepper_tells_a_phone_the_step_in_words():
    steps = [("待定计划", "9月15日", "done"), ("整改中", "", "cur"), ("待核查", "", "todo")]
    html = draw("{% stepper steps %}", steps=steps)
    assert 'aria-current="step"' in html
    assert "第2步，共3步。下一步：待核查" in html


def test_the_pager_keeps_the_rest_of_the_address():
    request = RequestFactory().get("/problems/", {"q": "城关", "page": "7"})
    html = draw("{% pager page %}", page=Paginator(range(1000), 50).page(7), request=request)
    assert 'href="?q=%E5%9F%8E%E5%85%B3&amp;page=8"' in html
    assert 'aria-current="page">7<' in html
    assert "共1,000条" in html


def test_a_list_of_one_page_has_no_pager():
    request = RequestFactory().get("/")
    assert "<nav" not in draw("{% pager page %}", page=Paginator(range(3), 50).page(1), request=request)


class Answer(forms.Form):
    conclusion = forms.ChoiceField(
        label="自查结论", choices=[("yes", "符合"), ("bad", "有问题")], widget=forms.RadioSelect
    )
    text = forms.CharField(
        label="问题说明", max_length=200, widget=forms.Textarea, help_text="写明时间和地点"
    )
    due_on = forms.DateField(label="完成时限", required=False)
    minutes = forms.IntegerField(label="分钟", max_value=600)
    proof = forms.FileField(
        label="佐证", required=False, widget=forms.FileInput(attrs={"accept": "image/jpeg"})
    )
    person = forms.ChoiceField(label="责任人", choices=[("1", "李某")])
    agreed = forms.BooleanField(label="已核对")
    own = forms.CharField(label="单位", error_messages={"required": "请写单位全称"})


@pytest.fixture
def faulty() -> Answer:
    return Answer({"text": "字" * 236, "due_on": "11-13", "minutes": "601", "person": "9"})


def test_a_field_ties_label_hint_error_and_control_together(faulty):
    html = draw("{% field form.text %}", form=faulty)
    assert '<label class="lab" for="id_text">问题说明<small>必填，200字以内</small></label>' in html
    assert 'aria-describedby="id_text-hint id_text-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_text-hint"' in html
    assert 'id="id_text-error"' in html
    assert 'data-limit="200"' in html
    assert "maxlength" not in html


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("conclusion", "请选择自查结论"),
        ("text", "问题说明最多200字，现在是236字，请删去36字"),
        ("due_on", "完成时限要写成日期，例如2026年10月15日写作2026-10-15"),
        ("minutes", "分钟不能大于600"),
        ("person", "责任人不在可选范围内，请从列表中选择"),
        ("agreed", "请勾选已核对"),
        ("own", "请写单位全称"),
    ],
)
def test_errors_say_what_is_wrong_and_how_to_mend_it(faulty, field, sentence):
    assert sentence in draw("{% field bound %}", bound=faulty[field])
    assert sentence in draw("{% error_summary form %}", form=faulty)


def test_the_summary_counts_and_links_to_the_controls(faulty):
    html = draw("{% error_summary form %}", form=faulty)
    assert "有7处需要修改" in html
    assert 'href="#id_conclusion_0"' in html
    assert 'href="#id_text"' in html
    assert 'tabindex="-1"' in html


def test_there_is_no_summary_when_all_is_well():
    assert draw("{% error_summary form %}{% error_summary none %}", form=Answer(), none=None).strip() == ""


def test_a_summary_takes_formsets_and_lists(faulty):
    formset = forms.formset_factory(Answer)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-text": "字" * 236}
    )
    assert 'href="#id_form-0-text"' in draw("{% error_summary formset %}", formset=formset)
    assert 'href="#id_text"' in draw("{% error_summary both %}", both=[faulty, formset])


def test_radios_are_real_controls_with_their_words():
    html = draw('{% field form.conclusion bad="bad" %}', form=Answer(initial={"conclusion": "bad"}))
    assert "<fieldset" in html
    assert "<legend" in html
    assert len(re.findall(r'<input type="radio"', html)) == 2
    assert html.count("checked") == 1
    assert 'class="opt bad"' in html


def test_dates_use_the_browsers_control_in_iso():
    html = draw("{% field form.due_on %}", form=Answer(initial={"due_on": date(2026, 11, 13)}))
    assert 'type="date"' in html
    assert 'value="2026-11-13"' in html
    assert "选填" in html


def test_photos_can_be_taken_or_chosen():
    html = draw("{% field form.proof %}", form=Answer())
    assert html.count('type="file"') == 2
    assert html.count('capture="environment"') == 1
    assert "拍照" in html
    assert "相册/文件" in html


def test_a_file_row_links_and_says_its_size():
    stored = SimpleNamespace(pk=5, original_name="作业公示.jpg", size=286 * 1024, taken_at=None)
    html = draw("{% file_row stored %}", stored=stored)
    assert "作业公示.jpg" in html
    assert "286KB" in html


# --- The person's choice of look ----------------------------------------
@pytest.mark.parametrize(
    ("cookie", "classes", "keys"),
    [
        ("", "", "on"),
        ("dark.elder.keys", "dark elder", "on"),
        ("contrast.normal.nokeys", "contrast", "off"),
        ("auto.elder", "elder", "on"),
        ('"><script>.x.y', "", "on"),
    ],
)
def test_the_look_is_read_from_words_of_a_short_list(cookie, classes, keys):
    look = Look.read(cookie)
    assert look.classes == classes
    assert look.keys == keys
    assert Look.read(look.write()) == look
