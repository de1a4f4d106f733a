"""Who and what the day is about: people, machines, groups and keys by their names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from steward.demo.envelopes import Person
from steward.demo.estate import tags

DAY = datetime(2025, 11, 4, tzinfo=UTC)

ANA = Person("ana", "IAMUser", "198.51.100.21", "aws-cli/2.27 md/awscrt#0.26")
BEN = Person("ben", "IAMUser", "198.51.100.34", "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5)")
CLEO = Person("cleo", "AssumedRole", "198.51.100.40", "Boto3/1.40 md/Botocore#1.40")
DAN = Person("dan", "IAMUser", "203.0.113.77", "Mozilla/5.0 (X11; Linux x86_64)")
DEPLOY = Person("deploy", "AssumedRole", "192.0.2.10", "HashiCorp Terraform/1.12 aws-provider/6.2")
ROOT = Person("root", "Root", "203.0.113.77", "signin.amazonaws.com")
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

WEB, BASTION = "sg-0aa10000000000001", "sg-0aa10000000000002"
DATA, DEFAULT = "sg-0aa10000000000003", "sg-0aa10000000000004"
WEB_ONE, WEB_TWO = "i-0ee10000000000001", "i-0ee10000000000002"
REPORTS, BUILD = "i-0ee10000000000003", "i-0ee10000000000004"
ORDERS_KEY = "0c237476-4f3a-4f0e-9d5b-2f9f4a7e3c11"
OLD_KEY = "7d1e2b90-51aa-4c3b-8a57-0f6d3b9c2e44"

PROD_TAGS, STAGE_TAGS = tags("shop", "production"), tags("shop", "staging")
TOOLS_TAGS = tags("ops", "tools")


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the day."""
    return DAY + timedelta(hours=hour, minutes=minute, seconds=second)
