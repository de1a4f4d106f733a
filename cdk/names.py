"""Physical names, in one place.

Stacks meet by name rather than by export: CloudFormation refuses to change an export in use, and an
exact ARN can be written before the resource exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from steward.manifest import Function, Secret, Trail

# AWS's limits: a function's name has 64 characters, a queue's 80.
_LONGEST = 64


class NameTooLong(Exception):
    """A function whose physical name AWS would refuse; the message says by how much."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names and ARNs of one deployment; account, region and partition may be CDK tokens."""

    env: str
    partition: str
    region: str
    account: str

    @property
    def prefix(self) -> str:
        return f"steward-{self.env}"

    @property
    def bus(self) -> str:
        return self.prefix

    @property
    def timers(self) -> str:
        """The schedule group, and the role, of the one-shot schedules that the relay makes."""
        return f"{self.prefix}-timers"

    @property
    def alarms(self) -> str:
        return f"{self.prefix}-alarms"

    def table(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def bucket(self, name: str) -> str:
        """Bucket names are shared by all of AWS, hence the account and the region."""
        return f"{self.prefix}-{name}-{self.account}-{self.region}"

    def secret(self, name: str) -> str:
        return f"steward/{self.env}/{name}"

    def function(self, function: Function) -> str:
        name = f"{self.prefix}-{function.concern}-{function.name}"
        if len(name) > _LONGEST:
            raise NameTooLong(
                f"function {function.id!r} is deployed as {name!r}, {len(name)} characters; "
                f"AWS allows {_LONGEST}: shorten its name by {len(name) - _LONGEST}"
            )
        return name

    def data_role(self, function: Function) -> str:
        """The role that the function assumes for one tenant at a time."""
        name = f"{self.function(function)}-data"
        if len(name) > _LONGEST:
            raise NameTooLong(
                f"function {function.id!r}: its data role is {name!r}, {len(name)} characters; "
                f"AWS allows {_LONGEST}: shorten its name by {len(name) - _LONGEST}"
            )
        return name

    def queue(self, function: Function) -> str:
        """The queue that feeds the function; SQS knows a FIFO queue by its name's end."""
        return f"{self.function(function)}{_fifo(function)}"

    def dead_letters(self, function: Function) -> str:
        return f"{self.function(function)}-dlq{_fifo(function)}"

    def signer(self, name: str) -> str:
        """The alias of a signing key: the key's own id is known only once it is made."""
        return f"alias/{self.prefix}-signer-{name}"

    def log_group(self, function: Function) -> str:
        return f"/aws/lambda/{self.function(function)}"

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        region = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def bus_arn(self) -> str:
        return self.arn("events", f"event-bus/{self.bus}")

    def table_arn(self, name: str) -> str:
        return self.arn("dynamodb", f"table/{self.table(name)}")

    def bucket_arn(self, name: str) -> str:
        return f"arn:{self.partition}:s3:::{self.bucket(name)}"

    def secret_arn(self, secret: Secret) -> str:
        # Secrets Manager appends a hyphen and six characters of its own.
        below = "/*" if secret.family else "-??????"
        return self.arn("secretsmanager", f"secret:{self.secret(secret.name)}{below}")

    def queue_arn(self, name: str) -> str:
        return self.arn("sqs", name)

    def queue_url(self, name: str, *, suffix: str) -> str:
        return f"https://sqs.{self.region}.{suffix}/{self.account}/{name}"

    def function_arn(self, function: Function) -> str:
        return self.arn("lambda", f"function:{self.function(function)}")

    def role_arn(self, name: str) -> str:
        return self.arn("iam", f"role/{name}", region="")


def _fifo(function: Function) -> str:
    return ".fifo" if isinstance(function.trigger, Trail) else ""
