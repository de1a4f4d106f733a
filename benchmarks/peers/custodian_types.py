"""Which of Cloud Custodian's resources each CloudFormation type is, as JSON."""

import json

from c7n.provider import clouds
from c7n.resources import load_resources


def main() -> None:
    load_resources(("aws.*",))
    known: dict[str, str] = {}
    for name, resource in sorted(clouds["aws"].resources.items()):
        kind = getattr(resource, "resource_type", None)
        for type_name in (getattr(kind, "cfn_type", None), getattr(kind, "config_type", None)):
            if type_name:
                known.setdefault(type_name, name)
    print(json.dumps(known))


main()
