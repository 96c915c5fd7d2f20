"""Static files by their hash, those that a module imports included: old and new never meet on one page."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django's own switch (support_js_module_import_aggregation) reads every script, and htmx's only mentions one.
_IMPORTS = r"""(?P<matched>import(?P<names>[\s{*][^;]*?)from\s*"(?P<url>\./[^"]+)";)"""


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """Names in ``import … from "./x.js";`` are rewritten as those in style sheets are."""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/phone/*.js", ((_IMPORTS, 'import%(names)sfrom "%(url)s";'),)),
    )
