"""How gunicorn serves the portal; read by script/server and by the systemd unit alike."""

import ipaddress
import os
from typing import Any

bind = os.environ.get("PORTAL_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
certfile = os.environ.get("PORTAL_TLS_CERT") or None
keyfile = os.environ.get("PORTAL_TLS_KEY") or None
timeout = 60
graceful_timeout = 4  # below the 5 seconds that the supervisor gives before it kills
max_requests = 5000  # so that a slow leak never becomes an outage
max_requests_jitter = 500
accesslog = None  # addresses of persons belong into the audit trail, and only where the law asks for them


def on_starting(server: Any) -> None:
    """Refuse to show a demo portal, whose passwords are printed, to more than an inner network."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuangjian.settings")
    from django.conf import settings

    from script.lib.address import is_private

    for where in server.cfg.address:
        # A socket of the file system is a path, one of the network a host and a port.
        if settings.DEMO_MODE and not isinstance(where, str) and not is_private(_ip(where[0])):
            server.log.error("Error: DEMO_MODE listens on private addresses only, not on %s", where[0])
            raise SystemExit(1)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address("127.0.0.1" if host == "localhost" else host or "0.0.0.0")  # noqa: S104
