"""What a page looks like to a thumb and an eye: targets, sideways scroll, weight, axe."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

THUMB = 44  # px, ux.md §6.6
MOST_KB = 100  # of a page without its pictures (ux.md §5)

# A control is what can be tapped, with the label that carries it. Left out, as WCAG 2.5.8 does: what is not
# shown, and a link inside a sentence.
_SMALL = """least => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  .filter(one => one.type !== 'hidden' && one.checkVisibility({checkVisibilityCSS: true}))
  .filter(one => !one.matches('.skip') && !(one.matches('a') && getComputedStyle(one).display === 'inline'))
  .map(one => {
    const label = one.closest('label'), box = (label || one).getBoundingClientRect();
    return {width: Math.round(box.width), height: Math.round(box.height),
            words: (label || one).innerText.trim().slice(0, 30) || one.name || one.type};
  })
  .filter(one => one.width && one.height && (one.width < least || one.height < least))
  .map(one => `${one.words} (${one.width}×${one.height})`)"""


def small_targets(page: Page, least: int = THUMB) -> list[str]:
    """The controls that a thumb would miss, with their size."""
    found: list[str] = page.evaluate(_SMALL, least)
    return found


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window; wide tables scroll inside themselves."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


LOOKS = {"浅色": "light", "深色": "dark", "高对比": "contrast", "大字": "elder"}  # the class of <html>


def is_paper(page: Page) -> bool:
    """A sheet of A4 shown whole, however small the window: its own width is the point of it."""
    return page.locator("meta[name=viewport][content*=device-width]").count() == 0


_WEAR = """look => {
  document.documentElement.className = look;
  document.body.getBoundingClientRect();
  document.getAnimations().forEach(one => one.finish());
}"""


def wear(page: Page, look: str) -> None:
    """Dress the page as the server would for a person who chose this look, to the end of every transition."""
    page.evaluate(_WEAR, LOOKS[look])


_RUN_AXE = """async () => (await axe.run({resultTypes: ['violations']})).violations
  .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.target[0]).join(' | '))"""


def violations(page: Page) -> list[str]:
    """What axe finds, of whatever weight, at the page's width of now: the rule and the first places."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_RUN_AXE)
    return found


def weight(responses: Iterable[Response]) -> float:
    """KB over the wire of a page with its styles and scripts as they were sent, without its pictures."""
    total = 0
    for response in responses:
        if response.request.resource_type in ("document", "stylesheet", "script") and response.ok:
            total += response.request.sizes()["responseBodySize"]
    return total / 1024
