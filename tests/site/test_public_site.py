"""The frame of the public side: what a government site owes, and nothing that is empty."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from django.test import Client

from shuangjian import clock
from shuangjian.accounts.models import County
from tests.cast import NOVEMBER, Cast, assemble
from tests.inspections.surveying import opened
from tests.pages.walking import links_of
from tests.poured import load_policy
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.public]

DUTIES = {
    "contact_address": "云溪县城关镇文教路1号",
    "site_code": "0000000001",
    "badge_url": "https://bszs.conac.cn/sitename?method=show",
    "error_report_url": "https://zfwzgl.www.gov.cn/exposure/jiucuo.html",
}


@pytest.fixture
def cast() -> Cast:
    return assemble()


def test_the_footer_shows_what_is_set_and_nothing_else(cast: Cast) -> None:
    words = ("网站标识码", "党政机关网站标识", "我为政府网站找错", "ICP")
    bare = Client().get("/").content.decode()
    assert not [word for word in words if word in bare]
    assert "无障碍声明" in bare and "网站地图" in bare
    county = County.objects.get()
    fields = {one.name: getattr(county, one.name) for one in County._meta.fields if one.name != "id"}
    system = signed_in(cast.people["system_admin"])
    wrong = submit(
        system, "/settings/", fields | {"badge_url": "javascript:alert(1)"}, version=county.version
    )
    assert "请填写完整的网址" in wrong.content.decode()
    assert submit(system, "/settings/", fields | DUTIES, version=county.version).status_code == 302
    page = Client().get("/").content.decode()
    for value in DUTIES.values():
        assert value in page
    assert not [word for word in words[:3] if word not in page]


def test_every_place_of_both_maps_is_there_for_a_stranger(cast: Cast) -> None:
    load_policy()
    stranger = Client()
    page = stranger.get("/sitemap/").content.decode()
    links = {link.url for link in links_of("/sitemap/", page)}
    answer = stranger.get("/sitemap.xml")
    assert answer.headers["Content-Type"].startswith("application/xml")
    places = ET.fromstring(answer.content).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    listed = {urlsplit(str(one.text)).path for one in places}
    assert {f"/rules/{number}/" for number in range(1, 31)} | {"/", "/help/", "/accessibility/"} <= listed
    for path in links | listed:
        assert stranger.get(path).status_code == 200, path


def test_the_home_page_tells_where_to_go_and_that_parents_are_asked(cast: Cast) -> None:
    with clock.at(NOVEMBER):
        load_policy()
        page = text_of(Client().get("/"))
        assert "看三十条" in page and "本学期督导结果将于公布后显示" in page and "家长问卷" not in page
        opened(cast)
        assert "家长问卷正在进行，到2026年11月30日截止" in text_of(Client().get("/"))


@pytest.mark.parametrize("path", ["/", "/rules/", "/sitemap/", "/accessibility/", "/help/"])
def test_a_public_page_is_light_and_sets_no_cookie_that_stays(cast: Cast, path: str) -> None:
    phone = Client()
    page = phone.get(path)
    assert len(page.content) < 60_000
    assert {name for name, one in phone.cookies.items() if one["max-age"]} == set()
    assert "bbar" in page.content.decode(), "the menu is there on a phone, too"
    phone.post("/look/", {"size": "elder", "next": path})
    assert 'class="elder"' in phone.get(path).content.decode()
