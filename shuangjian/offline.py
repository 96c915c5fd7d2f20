"""What is shown where the network is gone: one page, and the service worker that keeps it on the device.

Neither knows who asks: the page is the same for everybody and holds no data (docs/decisions/0033).
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

from shuangjian.accounts.access import PUBLIC, access

_WORKER = settings.BASE_DIR / "static" / "js" / "offline_worker.js"


@access(roles=PUBLIC)
def offline_page(request: HttpRequest) -> HttpResponse:
    """The page itself, drawn without a person and without the database."""
    return HttpResponse(_page())


@access(roles=PUBLIC)
def offline_worker(request: HttpRequest) -> HttpResponse:
    """The worker's script, from the root: a worker serves no address above its own.

    Its first line changes with the page, so that browsers, which look for a new script by themselves, fetch
    the page anew.
    """
    version = hashlib.sha256(_page().encode()).hexdigest()[:12]
    script = f'var VERSION = "{version}";\n' + _WORKER.read_text(encoding="utf-8")
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page() -> str:
    return loader.get_template("offline.html").render({"frame": {"is_demo": settings.DEMO_MODE}})
