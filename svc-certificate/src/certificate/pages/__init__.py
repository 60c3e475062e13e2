"""Pages for people, each whole in itself: no asset from outside, readable at the width of a phone."""

import base64
import hashlib
import re
from pathlib import Path

VERIFY_HTML = Path(__file__).with_name("verify.html").read_text(encoding="utf-8")


def _source(tag: str) -> str:
    """The hash of the page's one inline script or style, so that nothing else may run."""
    match = re.search(rf"<{tag}>(.*?)</{tag}>", VERIFY_HTML, re.DOTALL)
    assert match is not None
    digest = hashlib.sha256(match[1].encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


VERIFY_POLICY = (
    f"default-src 'none'; script-src {_source('script')}; style-src {_source('style')}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
