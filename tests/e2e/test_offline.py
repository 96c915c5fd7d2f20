"""The network goes: a page says so; it comes back: so does the page that was asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Office

pytestmark = [pytest.mark.journeys, pytest.mark.browser]

_KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys())
      kept.push(new URL(request.url).pathname);
  return kept;
}"""


def ready(page: Page) -> None:
    """The worker has begun; from the next page on it is there."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")


def test_without_network_a_page_says_so_and_the_one_asked_for_comes_back(office: Office) -> None:
    page = office.enter("zhuanban")
    ready(page)
    page.goto("/problems/")
    expect(page.get_by_role("heading", level=1)).to_have_text("问题整改")

    office.expected.append("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.goto("/units/")
    expect(page.get_by_role("heading", name="现在连不上网络")).to_be_visible()
    expect(page.get_by_text("何敏")).to_have_count(0)  # the page knows nobody
    page.get_by_role("link", name="重试").click()
    expect(page.get_by_role("heading", name="现在连不上网络")).to_be_visible()

    page.context.set_offline(False)
    page.get_by_role("link", name="重试").click()
    expect(page).to_have_url(f"{office.stack.url}/units/")
    expect(page.get_by_role("heading", level=1)).to_have_text("单位")

    kept = page.evaluate(_KEPT)
    assert {path for path in kept if not path.startswith("/static/")} == {"/offline/", "/field/phone/"}
    page.goto("/me/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    expect(page).not_to_have_url(f"{office.stack.url}/me/")
    assert page.evaluate(_KEPT) == kept, "pages that know nobody, with their scripts and styles"
    assert page.evaluate("async () => (await indexedDB.databases()).length") == 0  # asking made no store
