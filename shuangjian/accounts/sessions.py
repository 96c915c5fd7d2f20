"""How long a sign-in lasts: so long without a request, so long in all; shorter for the three administrators.

The instant of signing in stands in the session: its cookie and row are renewed whenever the session is
written, so their age alone is no limit.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from shuangjian.accounts.roles import ADMIN_ROLES

ADMIN_IDLE_SECONDS = 15 * 60
ADMIN_LONGEST_SECONDS = 8 * 3600
_SIGNED_IN_AT, _LAST_SEEN = "signed_in_at", "last_seen"
_WRITE_LAST_SEEN_EVERY = 60  # seconds: so that not every page writes the session


def begin(request: HttpRequest) -> None:
    """Start both clocks; called when somebody has just signed in."""
    request.session[_SIGNED_IN_AT] = request.session[_LAST_SEEN] = int(time.time())


def end_if_due(request: HttpRequest) -> None:
    """Sign the person out if either limit has passed, else note that he was here."""
    if not request.user.is_authenticated:
        return
    now = int(time.time())
    since, last = request.session.get(_SIGNED_IN_AT), request.session.get(_LAST_SEEN)
    if since is None or last is None:
        begin(request)
        return
    is_admin = request.user.has_role(*ADMIN_ROLES)
    idle = (
        min(settings.SESSION_IDLE_SECONDS, ADMIN_IDLE_SECONDS) if is_admin else settings.SESSION_IDLE_SECONDS
    )
    longest = ADMIN_LONGEST_SECONDS if is_admin else settings.SESSION_COOKIE_AGE
    if now - last > idle or now - since > longest:
        auth.logout(request)
    elif now - last >= _WRITE_LAST_SEEN_EVERY:
        request.session[_LAST_SEEN] = now


def forget_ended() -> None:
    """Delete the rows of sessions that nobody can continue: those whose cookie has run out."""
    SessionStore.clear_expired()
