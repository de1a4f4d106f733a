"""Cloud Custodian's side: runs a named policy over the instances, once a line on standard input.

Arguments: how many instances, the filters as JSON.
"""

import gc
import hashlib
import json
import logging
import sys
import time
from typing import Any

from c7n.config import Config
from c7n.policy import Policy
from c7n.resources import load_resources
from instances import instances

logging.disable(logging.CRITICAL)


def made(name: str, filters: list[Any]) -> Any:
    data = {"name": name, "resource": "aws.ec2", "filters": filters}
    config = Config.empty(region="eu-west-1", account_id="111122223333")
    policy = Policy(data, config)
    policy.validate()
    return policy.resource_manager


def main() -> None:
    load_resources(("aws.ec2",))
    named = json.loads(sys.argv[2])
    managers = {name: made(f"p{at}", each) for at, (name, each) in enumerate(named.items())}
    resources = instances(int(sys.argv[1]))
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        for resource in resources:
            for key in [key for key in resource if key.startswith("c7n")]:
                del resource[key]
        started = time.process_time()
        matched = managers[line.strip()].filter_resources(resources)
        taken = time.process_time() - started
        ids = "".join(sorted(each["InstanceId"] for each in matched))
        digest = hashlib.blake2b(ids.encode(), digest_size=8).hexdigest()
        print(json.dumps({"seconds": taken, "count": len(matched), "digest": digest}), flush=True)


main()
