"""How long a sign-in lasts: so long without a request, so long in all; shorter for the three administrators.

The instant of signing in stands in the session: its cookie and row are renewed whenever the session is
written, so their age alone is no limit.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from shuangjian.accounts.models import Membership
from shuangjian.accounts.roles import ADMIN_ROLES

ADMIN_IDLE_SECONDS = 15 * 60
ADMIN_LONGEST_SECONDS = 8 * 3600
_SIGNED_IN_AT, _LAST_SEEN, _POST = "signed_in_at", "last_seen", "post"
_WRITE_LAST_SEEN_EVERY = 60  # seconds: so that not every page writes the session


@dataclass(frozen=True)
class Remaining:
    """Seconds that a sign-in lasts if nothing is done, and at most, whatever is done."""

    idle: int
    in_all: int

    @property
    def is_over(self) -> bool:
        return min(self.idle, self.in_all) < 0


def begin(request: HttpRequest) -> None:
    """Start both clocks; called when somebody has just signed in."""
    request.session[_SIGNED_IN_AT] = request.session[_LAST_SEEN] = int(time.time())


def remaining(request: HttpRequest) -> Remaining:
    """How long the sign-in of this request still lasts."""
    now = int(time.time())
    is_admin = request.user.has_role(*ADMIN_ROLES)  # type: ignore[union-attr]
    idle = (
        min(settings.SESSION_IDLE_SECONDS, ADMIN_IDLE_SECONDS) if is_admin else settings.SESSION_IDLE_SECONDS
    )
    longest = ADMIN_LONGEST_SECONDS if is_admin else settings.SESSION_COOKIE_AGE
    return Remaining(
        idle=request.session.get(_LAST_SEEN, now) + idle - now,
        in_all=request.session.get(_SIGNED_IN_AT, now) + longest - now,
    )


def end_if_due(request: HttpRequest) -> None:
    """Sign the person out if either limit has passed."""
    if not request.user.is_authenticated:
        return
    if _SIGNED_IN_AT not in request.session or _LAST_SEEN not in request.session:
        begin(request)
    elif remaining(request).is_over:
        auth.logout(request)


def act_in(request: HttpRequest, post: Membership | None) -> None:
    """From now on the person acts in this post of his alone; None: in all of them."""
    request.session[_POST] = post.pk if post is not None else None
    take_post(request)


def take_post(request: HttpRequest) -> None:
    """Let the person of this request act in the post that he chose; a post that is over counts no more."""
    if request.user.is_authenticated:
        request.user.acting_post_id = request.session.get(_POST)


def note_use(request: HttpRequest) -> None:
    """The person was here: the idle limit counts from now on."""
    now = int(time.time())
    if request.user.is_authenticated and now - request.session[_LAST_SEEN] >= _WRITE_LAST_SEEN_EVERY:
        request.session[_LAST_SEEN] = now


def renew(request: HttpRequest) -> None:
    """The person says that he goes on; the limit in all stays."""
    request.session[_LAST_SEEN] = int(time.time())


def forget_ended() -> None:
    """Delete the rows of sessions that nobody can continue: those whose cookie has run out."""
    SessionStore.clear_expired()
