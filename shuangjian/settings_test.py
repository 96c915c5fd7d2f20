"""Settings for tests: the product's own, with only speed and isolation changed."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["ENV_FILE"] = os.devnull  # the .env of whoever runs the tests is no part of them
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("DATABASE_URL", "postgres://localhost/shuangjian")
os.environ.setdefault("REDIS_URL", "redis://localhost:6379/0")

from shuangjian.settings import *  # noqa: F403

DEMO_MODE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EVIDENCE_ROOT = Path(tempfile.gettempdir()) / f"shuangjian-files-{os.getpid()}"  # made when a file is stored
atexit.register(shutil.rmtree, EVIDENCE_ROOT, ignore_errors=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
