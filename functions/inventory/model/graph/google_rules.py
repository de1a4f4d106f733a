"""Which members of Google's assets name another resource: plain data."""

from __future__ import annotations

from collections.abc import Mapping

from functions.inventory.model.graph.kinds import (
    ATTACHED,
    COPY,
    GUARD,
    IN,
    KEY,
    MADE,
    ROUTES,
    RUNS,
    SERVES,
    USES,
    Rule,
)

MEMBERS: Mapping[str, Rule] = {
    "kmskeyname": Rule(KEY),
    "serviceaccount": Rule(RUNS),
    "serviceaccountemail": Rule(RUNS),
    "network": Rule(IN),
    "subnetwork": Rule(IN),
}

TYPES: Mapping[str, Mapping[str, Rule]] = {
    # Google: links tell their own type. Source: the Compute Engine API reference.
    "compute.googleapis.com/instance": {
        "networkInterfaces.network": Rule(IN),
        "networkInterfaces.subnetwork": Rule(IN),
        "disks.source": Rule(USES),
        "serviceAccounts.email": Rule(RUNS),
    },
    "compute.googleapis.com/disk": {
        "users": Rule(ATTACHED),
        "sourceSnapshot": Rule(MADE),
        "sourceImage": Rule(MADE),
        "diskEncryptionKey.kmsKeyName": Rule(KEY),
    },
    "compute.googleapis.com/snapshot": {"sourceDisk": Rule(COPY)},
    "compute.googleapis.com/subnetwork": {"network": Rule(IN)},
    "compute.googleapis.com/firewall": {"network": Rule(GUARD)},
    "compute.googleapis.com/route": {"network": Rule(SERVES), "nextHopInstance": Rule(ROUTES)},
    "compute.googleapis.com/address": {"users": Rule(ATTACHED), "subnetwork": Rule(IN)},
    "compute.googleapis.com/forwardingrule": {
        "target": Rule(ROUTES),
        "backendService": Rule(ROUTES),
        "network": Rule(IN),
        "subnetwork": Rule(IN),
    },
    "compute.googleapis.com/backendservice": {
        "backends.group": Rule(ROUTES),
        "healthChecks": Rule(USES),
        "securityPolicy": Rule(GUARD),
    },
    "compute.googleapis.com/urlmap": {"defaultService": Rule(ROUTES)},
    "storage.googleapis.com/bucket": {"encryption.defaultKmsKeyName": Rule(KEY)},
    "pubsub.googleapis.com/subscription": {"topic": Rule("reads from")},
}
