"""Which member of which configuration names another resource, and what that makes of the two.

Paths leave out list indices and are matched in lower case, for AWS Config and the APIs differ in the
spelling of capitals. What a provider's resources name is in the tables beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from functions.inventory.model.graph import aws_rules, azure_rules, google_rules
from functions.inventory.model.graph.kinds import Rule


def _lowered(tables: Iterable[tuple[str, Mapping[str, Rule]]]) -> dict[str, dict[str, Rule]]:
    return {
        type_name.lower(): {path.lower(): rule for path, rule in paths.items()}
        for type_name, paths in tables
    }


BY_TYPE: Mapping[str, Mapping[str, Rule]] = _lowered(
    entry for one in (aws_rules, azure_rules, google_rules) for entry in one.TYPES.items()
)
BY_PROVIDER: Mapping[str, Mapping[str, Rule]] = {
    "aws": aws_rules.MEMBERS,
    "azure": azure_rules.MEMBERS,
    "gcp": google_rules.MEMBERS,
}
