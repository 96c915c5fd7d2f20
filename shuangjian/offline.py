"""What is shown where the network is gone: two pages, and the service worker that keeps them on the device.

One says so; the other is the inspector's phone page (static/js/phone), whose own store holds his visits.
Neither knows who asks: each is the same for everybody and holds no data (docs/decisions/0033, 0065).
"""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.templatetags.static import static
from django.urls import reverse

from shuangjian.accounts.access import PUBLIC, access
from shuangjian.navigation import PORTAL_NAME

_SCRIPTS = settings.BASE_DIR / "static" / "js"
_WORKER = _SCRIPTS / "offline_worker.js"
_STYLES = ("css/tokens.css", "css/base.css", "css/field.css", "css/phone.css")
ICON_SIZES = (192, 512)


@access(roles=PUBLIC)
def offline_page(request: HttpRequest) -> HttpResponse:
    """The page that says so, drawn without a person and without the database."""
    return HttpResponse(_page())


@access(roles=PUBLIC)
def phone_page(request: HttpRequest) -> HttpResponse:
    """The inspector's phone page, drawn in the same way; who works on it, its scripts find out."""
    return HttpResponse(_shell())


@access(roles=PUBLIC)
def app_manifest(request: HttpRequest) -> JsonResponse:
    """Lets a phone put the page on its home screen."""
    icons = [
        {
            "src": static(f"img/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": use,
        }
        for size in ICON_SIZES
        for use in ("any", "maskable")
    ]
    told = {
        "name": f"{PORTAL_NAME}：现场督导",
        "short_name": "现场督导",
        "lang": "zh-CN",
        "start_url": reverse("phone"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#F4F6F8",
        "theme_color": "#0F2F57",
        "icons": icons,
    }
    return JsonResponse(told, content_type="application/manifest+json")


@access(roles=PUBLIC)
def offline_worker(request: HttpRequest) -> HttpResponse:
    """The worker's script, from the root: a worker serves no address above its own.

    Its first line changes with what it keeps, so that browsers, which look for a new script by themselves,
    fetch that anew.
    """
    parts = [*map(static, _STYLES), static("js/look.js"), static("img/icon.svg"), *_modules()]
    kept = {"PAGE": reverse("offline"), "SHELL": reverse("phone"), "PARTS": parts}
    whole = json.dumps([_page(), _shell(), kept])
    named = kept | {"VERSION": hashlib.sha256(whole.encode()).hexdigest()[:12]}
    line = "var " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in named.items()) + ";\n"
    script = line + _WORKER.read_text(encoding="utf-8")
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page() -> str:
    return loader.get_template("offline.html").render({"frame": {"is_demo": settings.DEMO_MODE}})


def _shell() -> str:
    about = {"modules": _modules(), "frame": {"is_demo": settings.DEMO_MODE}}
    return loader.get_template("phone.html").render(about)


def _modules() -> list[str]:
    """Addresses of the page's scripts; all of them, so that none is missing where there is no network."""
    return [static(f"js/phone/{path.name}") for path in sorted((_SCRIPTS / "phone").glob("*.js"))]
