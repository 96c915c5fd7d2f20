"""What the tests of faults break: a broker of their own."""

from __future__ import annotations

from tests.broker import redis as redis
