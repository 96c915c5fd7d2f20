"""What the documents say of the code: the table of roles, the glossary's names, the accounts in README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from inspections import drawn_docs
from shuangjian.accounts.access import declaration_of
from shuangjian.accounts.roles import Role
from shuangjian.navigation import MENUS, page_url

ROOT = Path(__file__).resolve().parents[2]
# Column of docs/roles.md -> first segments of the addresses that it stands for.
AREAS = {
    "待办": ("desk",),
    "审核": ("reviews",),
    "工作看板": ("board",),
    "自查批次": ("rounds",),
    "自查": ("checks",),
    "问题整改": ("problems",),
    "约谈通报": ("sanctions",),
    "台账": ("ledger",),
    "督导": ("field", "visits"),
    "单位": ("units",),
    "登记档案": ("registers",),
    "数据疑点": ("doubts",),
    "研判提示": ("patterns",),
    "达标情况": ("attainment", "goals"),
    "减负台账": ("burden",),
    "家长问卷": ("parents",),
    "报告": ("reports",),
    "公文": ("papers",),
    "上报": ("returns",),
    "打印件": ("printouts",),
    "通知公告": ("bulletins",),
    "线索点": ("leads",),
    "方案": ("plan",),
    "后台任务": ("jobs",),
    "用户与设置": ("settings",),
    "审计日志": ("audit",),
}


def views(resolver: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """(first segment of the address, declaration) of every view."""
    for one in (resolver or get_resolver()).url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from views(one, path)
        elif isinstance(one, URLPattern) and (declared := declaration_of(one.callback)):
            yield path.partition("/")[0], declared


def cell(role: str, segments: tuple[str, ...]) -> str:
    """办 where the role has a form or a move there, 读 where it only reads, — where it gets no page."""
    mine = [declared for segment, declared in views() if segment in segments and role in declared.roles]
    if any("POST" in declared.methods for declared in mine):
        return "办"
    return "读" if mine else "—"


class _Holder:
    is_authenticated = True

    def __init__(self, role: str) -> None:
        self.roles = frozenset({role})

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)


def first_page(role: str) -> str:
    """The first page of the role's menu that exists."""
    holder = _Holder(role)
    return next(
        url for entry in MENUS[role] if not entry.of_unit and (url := page_url(entry.url_name, holder))
    )


def table_of(path: str) -> list[list[str]]:
    """The first table of a document, its head first, without the line below the head."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    found: list[list[str]] = []
    for line in lines:
        if line.startswith("|"):
            found.append([part.strip() for part in line.strip("|").split("|")])
        elif found:
            break
    return [found[0], *found[2:]]


def test_the_table_of_roles_is_what_the_views_declare() -> None:
    head, *lines = table_of("docs/roles.md")
    assert head == ["Role", "Identifier", "Lands on", *AREAS]
    expected = [
        [role.label, f"`{role.name}`", f"`{first_page(role)}`", *(cell(role, own) for own in AREAS.values())]
        for role in Role
    ]
    assert lines == expected


def test_every_identifier_in_the_glossary_exists() -> None:
    """A row's identifier column names models, fields, functions or addresses that are in the code."""
    models = {model.__name__ for model in apps.get_models()}
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for top in ("shuangjian", "schools", "tutoring", "inspections")
        for path in (ROOT / top).rglob("*.py")
    )
    for row in table_of("docs/glossary.md")[1:]:
        for name in re.findall(r"`([^`]+)`", row[2]):
            if name.startswith("/"):
                continue
            known = name in models or re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", code)
            assert known, f"{row[0]}: {name}"


def test_every_model_of_the_work_has_its_row_in_the_glossary() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for label in (
        "inspections",
        "registers",
        "policy",
        "accounts",
        "schools",
        "tutoring",
        "files",
        "journal",
    ):
        for model in apps.get_app_config(label).get_models():
            assert f"`{model.__name__}`" in text, model


ACCOUNT = re.compile(r"`([a-z]+\d?)(?:-xiaozhang|-fuzeren)?`")


def accounts_in(document: str) -> set[str]:
    if document == "README.md":
        return {name for row in table_of(document)[1:] for name in ACCOUNT.findall(row[0])}
    return set(ACCOUNT.findall((ROOT / document).read_text(encoding="utf-8")))


@pytest.mark.parametrize("document", ["README.md", "docs/walkthrough.md"])
def test_accounts_named_in_a_document_are_in_the_demo_county(document: str) -> None:
    people = (ROOT / "inspections" / "demo" / "people.py").read_text(encoding="utf-8")
    named = accounts_in(document)
    assert {"chengguan", "duxue1", "zhuanban", "dudao", "lingdao"} <= named
    for name in named:
        assert f'"{name}"' in people, name


def test_links_between_documents_lead_somewhere() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_addresses_named_in_the_walkthrough_exist() -> None:
    text = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
    first_segments = {segment for segment, _ in views()} | {reverse("login").strip("/")}
    for address in re.findall(r"`/([a-z]+)/", text):
        assert address in first_segments, address


@pytest.mark.closeout
@pytest.mark.calendar
@pytest.mark.parametrize("name", ["machines", "plan"])
def test_what_is_drawn_from_the_tables_is_up_to_date(name: str) -> None:
    """After a change of a machine or of the plan's data: manage.py draw_docs."""
    drawn = getattr(drawn_docs, name)()
    assert (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") == drawn
    assert "待销号" in drawn or "县级检查" in drawn
