"""System checks of files: a use that nobody could see, and a store that cannot be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db.models import ForeignKey

from shuangjian.files.access import links
from shuangjian.files.stores import BUCKET, FOLDER


@register()
def every_link_is_registered(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """files.E001: a field points to files and is no registered link; E002: a link without ``visible_to``."""
    from shuangjian.files.models import StoredFile

    registered = {(link.model, link.field_name) for link in links()}
    unregistered = [
        Error(
            f"{model._meta.label}.{field.name} points to files, but nobody could see them",
            hint="files.access.register_link(model, field_name) in AppConfig.ready",
            id="files.E001",
        )
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
        and field.related_model is StoredFile
        and (model, field.name) not in registered
    ]
    unscoped = [
        Error(
            f"{link.model._meta.label} links files but its objects have no visible_to(user)", id="files.E002"
        )
        for link in links()
        if not hasattr(getattr(link.model, "objects", None), "visible_to")
    ]
    return [*unregistered, *unscoped]


@register()
def the_store_is_writable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """files.E003: EVIDENCE_ROOT, or the folder in which it would be made, cannot be written."""
    place = Path(settings.EVIDENCE_ROOT)
    while not place.exists() and place != place.parent:
        place = place.parent
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return []
    return [Error(f"EVIDENCE_ROOT cannot be written: {place}", id="files.E003")]


@register()
def the_store_is_known(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """files.E004: EVIDENCE_STORE is neither of the two, or names a bucket that is not set up."""
    if settings.EVIDENCE_STORE not in (FOLDER, BUCKET):
        return [Error(f"EVIDENCE_STORE is {settings.EVIDENCE_STORE!r}: folder or bucket", id="files.E004")]
    if settings.EVIDENCE_STORE == BUCKET and "evidence" not in settings.STORAGES:
        return [Error("EVIDENCE_STORE is bucket, but EVIDENCE_BUCKET is not set", id="files.E004")]
    return []
