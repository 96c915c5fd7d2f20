"""The menus: whatever a role has to find stands in one of them, and help is a tap away from every page."""

from __future__ import annotations

import pytest

from shuangjian.navigation import menu_for
from tests.cast import Cast, assemble
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.pages
COUNTY = {"/sanctions/", "/bulletins/", "/plan/", "/rules/"}


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.mark.parametrize(
    "who,urls",
    [
        ("task_force", COUNTY | {"/rounds/", "/visits/"}),
        ("supervision", COUNTY | {"/checks/", "/visits/"}),
        ("leader", COUNTY | {"/rounds/", "/visits/"}),
        ("inspector_a", {"/plan/", "/rules/", "/leads/"}),
        ("clerk_a1", {"/plan/", "/rules/", "/bulletins/"}),
        ("partner", {"/plan/", "/leads/", "/problems/"}),
    ],
)
def test_every_page_to_begin_from_is_in_the_menu(cast: Cast, who: str, urls: set[str]) -> None:
    assert urls <= {item.url for item in menu_for(cast.people[who], "/")}


@pytest.mark.parametrize(
    "who", ["task_force", "leader", "inspector_a", "clerk_a1", "system_admin", "auditor"]
)
def test_help_is_in_the_corner_and_behind_the_phones_more(cast: Cast, who: str) -> None:
    page = signed_in(cast.people[who]).get("/me/").content.decode()
    corner, _, rest = page.partition("</header>")
    assert 'class="no-m" href="/help/"' in corner
    assert 'href="/help/"' in rest.partition('class="bbar"')[2]


def test_the_leaders_first_page_bears_the_name_of_its_menu_item(cast: Cast) -> None:
    assert "<h1>待签</h1>" in signed_in(cast.leader).get("/desk/").content.decode()
    assert "待办" in text_of(signed_in(cast.inspector_a).get("/desk/"))


def test_the_office_finds_its_standing_texts_from_the_reports(cast: Cast) -> None:
    assert 'href="/settings/texts/"' in signed_in(cast.supervision).get("/reports/").content.decode()
