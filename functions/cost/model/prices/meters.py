"""What is metered, by one name wherever it is: a bill and a price file word the same meter differently."""

from __future__ import annotations

import re
from typing import Final

# EUC1-, USW2-, APN1-, CAN1-, EU-, UGW1-; Virginia has none. Source: AWS, "Understanding usage types".
_AWS_REGION: Final = re.compile(r"[A-Z]{2,4}[0-9]{0,2}-(?=[A-Z])")
# "N2 Instance Core running in Frankfurt", "SSD backed PD Capacity in Frankfurt"
_GCP_PLACE: Final = re.compile(r" (running )?in [A-Z][\w ()-]*$")
_LICENSED: Final = re.compile(r"RunInstances:\w+|CreateDBInstance:\w+")


def meter_of(provider: str, text: str, operation: str | None = None) -> str:
    """The meter, without its place; with the operation where that makes the price (a licence, an engine)."""
    plain = " ".join(text.split())
    if provider == "aws":
        plain = _AWS_REGION.sub("", plain, count=1)
        if operation is not None and _LICENSED.fullmatch(operation):
            plain = f"{plain}/{operation}"
    elif provider == "gcp":
        plain = _GCP_PLACE.sub("", plain)
    return plain


PROVIDERS: Final = {
    "aws": "aws",
    "amazon web services": "aws",
    "amazon web services, inc.": "aws",
    "microsoft": "azure",
    "microsoft azure": "azure",
    "azure": "azure",
    "google cloud": "gcp",
    "google cloud platform": "gcp",
    "google": "gcp",
    "gcp": "gcp",
}
"""How bills call the clouds, in lower case."""
