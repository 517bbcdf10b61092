"""Images as parts of a page."""

from __future__ import annotations

import base64


def data_uri(data: bytes, media_type: str) -> str:
    """Bytes as a URI that a page can show without fetching anything."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
