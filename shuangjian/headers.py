"""Headers that neither Django nor django-csp set: on every answer, errors and static files included."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# A photo is taken through the file control, which asks for no right of the page. Only names that browsers
# know: they warn of any other on every page.
_REFUSED = (
    "accelerometer camera display-capture geolocation gyroscope magnetometer microphone midi"
    " payment publickey-credentials-get serial usb"
)
PERMISSIONS_POLICY = ", ".join(f"{power}=()" for power in _REFUSED.split())


class HeadersMiddleware:
    """Stands first, so that what the others answer by themselves carries the headers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response
