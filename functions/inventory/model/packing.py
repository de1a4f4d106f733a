"""Large JSON as a short string: deflated, in base 85."""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode

from functions.inventory.model.patch import Json

FROM = 32 * 1024
"""Below this a text stays as it is."""


def packed(plain: Json) -> str | None:
    """The value as a string when its JSON is large; None when it may stay plain."""
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False)
    if len(text) < FROM:
        return None
    return b85encode(zlib.compress(text.encode("utf-8", "surrogatepass"), 6)).decode()


def unpacked(text: str) -> Json:
    """The value that `packed` made the string of."""
    return json.loads(zlib.decompress(b85decode(text)))
