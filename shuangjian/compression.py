"""Pages leave the portal compressed: a checklist of 180 KB is 12 KB on a phone's line.

Only what the portal writes itself: pictures and PDFs are compressed already, and files are streamed. Why this
does not give secrets away (BREACH) is said in docs/decisions/0025.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WRITTEN_HERE = frozenset({"text/html", "application/json", "text/plain", "text/csv"})


class PageCompressionMiddleware(GZipMiddleware):
    """Django's own, with its random padding against measuring lengths, for the kinds above."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if response.streaming or kind not in WRITTEN_HERE:
            return response
        return super().process_response(request, response)
