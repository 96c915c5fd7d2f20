"""Settings for tests: the product's own, with only speed and isolation changed."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("DATABASE_URL", "postgres://localhost/shuangjian")
os.environ.setdefault("REDIS_URL", "redis://localhost:6379/0")

from shuangjian.settings import *  # noqa: E402, F403

DEMO_MODE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EVIDENCE_ROOT = __import__("pathlib").Path(tempfile.mkdtemp(prefix="sj-files-"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
