"""All settings of the portal, read from the environment (see deploy/.env.example for every key).

One file for every installation: settings_test.py only overrides speed and isolation.
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")), overwrite=False)

# --- Mode -------------------------------------------------------------------
DEMO_MODE = env.bool("DEMO_MODE", default=False)  # invented county, printed passwords, loopback only
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
AUDIT_SALT = env.str(
    "AUDIT_SALT", default=SECRET_KEY
)  # salts the digests of names and free text in the audit chain
DEVICE_SECRET = env.str(
    "DEVICE_SECRET", default=SECRET_KEY
)  # what lies unsent on an inspector's phone is encrypted with keys made from it
CONTACT_KEYS = env.list(
    "CONTACT_KEYS", default=[SECRET_KEY]
)  # seal the contacts of complainants: the first seals, all of them open
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)  # True exactly when browsers reach the portal by https
INSECURE_LAN = env.bool(
    "INSECURE_LAN", default=False
)  # demo on a plain LAN address: pages say what that costs
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
OWN_FACES = {  # the bureau's licensed faces, by the open ones before which they stand (own_faces.py)
    "FandolSong": env.str("FACE_TITLE", default=""),
    "FandolFang": env.str("FACE_FANG", default=""),
    "FandolKai": env.str("FACE_KAI", default=""),
    "Noto Sans CJK SC": env.str("FACE_HEI", default=""),
}

# --- Applications -----------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "django_filters",
    "rules.apps.AutodiscoverRulesConfig",
    "axes",
    "csp",
    "shuangjian",
    "shuangjian.journal",
    "shuangjian.accounts",
    "shuangjian.files",
    "shuangjian.policy",
    "shuangjian.registers",
    "schools",
    "tutoring",
    "inspections",
]

MIDDLEWARE = [
    "shuangjian.headers.HeadersMiddleware",
    "shuangjian.compression.PageCompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "shuangjian.accounts.access.AccessMiddleware",
    "shuangjian.journal.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "shuangjian.urls"
WSGI_APPLICATION = "shuangjian.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shuangjian.navigation.page_frame",
            ],
            "builtins": ["shuangjian.templatetags.ui", "shuangjian.journal.templatetags.form_guard"],
        },
    },
]

FORM_RENDERER = "shuangjian.controls.ControlRenderer"

# --- Database, cache, jobs --------------------------------------------------
# Web and workers use the restricted role; migrations run as that of DATABASE_OWNER_URL, which owns the
# tables (script/server does so).
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"]["options"] = (
    "-c statement_timeout=10000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"
)
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Every list of choices would open, read and close a cursor of its own; what is too long for memory is read
# in batches by its key instead (journal.audit).
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True

REDIS_URL = env.str("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # Redis is for jobs alone

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True  # the job row is the result
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_DEFAULT_QUEUE = "fast"
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "visibility_timeout": 3600,
}
CELERY_TASK_PUBLISH_RETRY = False  # a lost doorbell is found by the sweep, the request must not wait
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=60)
JOB_SWEEP_SECONDS = env.int("JOB_SWEEP_SECONDS", default=30)
DATE_SWEEP_SECONDS = env.int("DATE_SWEEP_SECONDS", default=15 * 60)

# --- What leaves the portal ---------------------------------------------------
# Nothing does until the system administrator has set up a channel in /settings/channels/.
_MAIL = env.str("EMAIL_URL", default="")
MAIL_IS_SET = bool(_MAIL)
vars().update(env.email_url("EMAIL_URL") if MAIL_IS_SET else {})
EMAIL_TIMEOUT = 10  # seconds: a job has others behind it
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="") or vars().get("EMAIL_HOST_USER") or "portal@localhost"
PORTAL_URL = env.str("PORTAL_URL", default="")  # where messages that leave the portal lead back to
SMS_SENDER = env.str("SMS_SENDER", default="")  # dotted name of a callable send(phone, text)

# --- People -----------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = (
    5  # failures per name and address; successes never count (decisions: all limits count failures only)
)
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "shuangjian.accounts.sign_in_limits.FailureHandler"  # adds the limit of an address
SIGN_IN_FAILURES_PER_ADDRESS = env.int("SIGN_IN_FAILURES_PER_ADDRESS", default=20)  # in an hour, of all names
AXES_ENABLE_ACCESS_FAILURE_LOG = True  # what that limit counts
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who tries again while shut out waits no longer for it
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "shuangjian.accounts.views.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "shuangjian.accounts.access.client_address"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies in front append to X-Forwarded-For

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600  # absolute limit; the idle limit is kept by AccessMiddleware
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # ends with the browser: nothing that the public side sets tells a phone again
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_FAILURE_VIEW = "shuangjian.views.csrf_failure"

# --- Headers ----------------------------------------------------------------
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# Preloading is for the owner of the domain to decide, not for one portal below it: it is hard to take back.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "img-src": [SELF, "blob:"],
    }
}

# --- Language and time ------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# --- Files ------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "shuangjian.static_files.HashedFilesStorage"},
}
EVIDENCE_ROOT = Path(
    env.str("EVIDENCE_ROOT", default=str(VAR_DIR / "files"))
)  # blobs by SHA-256, never served raw
# Objects instead of files of this machine: kept by whoever runs a storage that speaks S3. Half-done uploads
# stay in EVIDENCE_ROOT either way.
EVIDENCE_STORE = env.str("EVIDENCE_STORE", default="folder")  # or "bucket"
EVIDENCE_BUCKET = env.str("EVIDENCE_BUCKET", default="")


def evidence_options(
    *, bucket: str, endpoint: str, region: str, access_key: str, secret_key: str
) -> dict[str, Any]:
    """How the bucket is spoken to (django-storages)."""
    from botocore.config import Config  # only where there is a bucket: it takes its time to load

    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"max_attempts": 3, "mode": "standard"},
        # The digest of the bytes is part of the signature, which every such server checks; the newer
        # checksums in trailers many of them do not know.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path", "payload_signing_enabled": True},
    )
    return {
        "bucket_name": bucket,
        "endpoint_url": endpoint or None,
        "region_name": region or None,
        "access_key": access_key,
        "secret_key": secret_key,
        "default_acl": None,  # as private as the bucket
        "max_memory_size": 1024 * 1024,
        "client_config": config,
    }


if EVIDENCE_BUCKET:
    STORAGES["evidence"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": evidence_options(
            bucket=EVIDENCE_BUCKET,
            endpoint=env.str("EVIDENCE_ENDPOINT", default=""),
            region=env.str("EVIDENCE_REGION", default=""),
            access_key=env.str("EVIDENCE_ACCESS_KEY", default=""),
            secret_key=env.str("EVIDENCE_SECRET_KEY", default=""),
        ),
    }
UPLOAD_LIMIT_BYTES = 10 * 1024 * 1024
UPLOAD_QUOTA_FILES = env.int("UPLOAD_QUOTA_FILES", default=300)  # per person in 24 hours
UPLOAD_QUOTA_BYTES = env.int("UPLOAD_QUOTA_BYTES", default=500 * 1024 * 1024)
UPLOAD_UNIT_BYTES = env.int("UPLOAD_UNIT_BYTES", default=5 * 1024**3)  # per school or institution in a year
UPLOAD_TOTAL_BYTES = env.int("UPLOAD_TOTAL_BYTES", default=200 * 1024**3)  # of the whole installation
UPLOAD_PART_HOURS = env.int("UPLOAD_PART_HOURS", default=72)  # how long a half-done upload waits for its rest
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_HANDLERS = ["shuangjian.files.uploads.CappedUploadHandler"]

# --- Logs -------------------------------------------------------------------
# Ids only: no names, phones or free text of persons (docs/decisions).
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "fontTools": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        # These write the addresses of group robots, whoever asks for them at whatever level.
        "apprise": {"handlers": [], "propagate": False, "level": "CRITICAL"},
        "urllib3": {"handlers": [], "propagate": False, "level": "CRITICAL"},
    },
}
