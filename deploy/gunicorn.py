"""How gunicorn serves the portal; read by script/server and by the systemd unit alike."""

import os

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
