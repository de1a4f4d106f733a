"""The roles by which accounts let Steward in, as templates to deploy there.

Readers and actors are roles of their own, each with an external id of its own. What a reader may do is what
the catalogue's rows take; what an actor may do is for the account's owner to say, by the policies attached.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from functions.inventory.model.claims import ACTOR_ROLE, READER_ROLE
from functions.inventory.model.readers import AZURE_AUDIENCE, POOL

POLICY_CHARACTERS: Final = 6_000
"""A managed policy holds 6,144 characters, without white space. Source: IAM and STS quotas."""
_GCP_ROLES: Final = ("roles/cloudasset.viewer", "roles/browser", "roles/monitoring.viewer")
_AZURE_ROLE: Final = "Reader"


class Given(NamedTuple):
    """What a template is filled with; ``issuer`` signs the tokens that Azure and GCP take from us."""

    external_id: str
    principal: str = ""
    issuer: str = ""
    subject: str = ""
    scope: str = ""


def cloudformation(given: Given, actions: Iterable[str], *, actor: bool) -> dict[str, Any]:
    """One account's role, as a CloudFormation template."""
    name = ACTOR_ROLE if actor else READER_ROLE
    policies: dict[str, Any] = {} if actor else _policies(sorted(actions))
    attached: Any = {"Ref": "ActorPolicyArns"} if actor else [{"Ref": one} for one in policies]
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": _trust(),
            "ManagedPolicyArns": attached,
        },
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Lets Steward {'act' if actor else 'read'}, asked for by an external id",
        "Parameters": _parameters(given, actor=actor),
        "Resources": {**policies, "Role": role},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }


def stack_set(template: Mapping[str, Any], *, units: Sequence[str]) -> dict[str, Any]:
    """The same role in every account of an organisation: a stack set, deployed to new accounts too."""
    given = [
        {"ParameterKey": name, "ParameterValue": {"Ref": name}} for name in template["Parameters"]
    ]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets Steward into all accounts of the organisation",
        "Parameters": {
            **template["Parameters"],
            "OrganizationalUnits": {
                "Type": "CommaDelimitedList",
                **({"Default": ",".join(units)} if units else {}),
                "Description": "The root (r-...) or the units (ou-...) whose accounts get the role",
            },
        },
        "Resources": {
            "Roles": {
                "Type": "AWS::CloudFormation::StackSet",
                "Properties": {
                    "StackSetName": "Steward-roles",
                    "PermissionModel": "SERVICE_MANAGED",
                    "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
                    "Capabilities": ["CAPABILITY_NAMED_IAM"],
                    "Parameters": given,
                    "StackInstancesGroup": [
                        {
                            "DeploymentTargets": {
                                "OrganizationalUnitIds": {"Ref": "OrganizationalUnits"}
                            },
                            "Regions": [{"Ref": "AWS::Region"}],
                        }
                    ],
                    "TemplateBody": json.dumps(template, separators=(",", ":")),
                },
            }
        },
    }


def azure(given: Given, *, actor: bool) -> dict[str, Any]:
    """An application with a federated credential, and its role, as Terraform in JSON."""
    name = "steward-actor" if actor else "steward-reader"
    directory = "${data.azuread_client_config.steward.tenant_id}"
    granted = {
        "scope": given.scope,
        "principal_id": "${azuread_service_principal.steward.object_id}",
        "role_definition_name": "${var.role}" if actor else _AZURE_ROLE,
    }
    return {
        "variable": {"role": {"type": "string"}} if actor else {},
        "resource": {
            "azuread_application": {"steward": {"display_name": name}},
            "azuread_service_principal": {
                "steward": {"client_id": "${azuread_application.steward.client_id}"}
            },
            "azuread_application_federated_identity_credential": {
                "steward": {
                    "application_id": "${azuread_application.steward.id}",
                    "display_name": name,
                    "audiences": [AZURE_AUDIENCE],
                    "issuer": given.issuer,
                    "subject": given.subject,
                }
            },
            "azurerm_role_assignment": {"steward": granted},
        },
        "data": {"azuread_client_config": {"steward": {}}},
        "output": {"reader": {"value": f"{directory}/${{azuread_application.steward.client_id}}"}},
    }


def gcp(given: Given, *, organization: bool, actor: bool) -> dict[str, Any]:
    """A service account that our tokens stand for by workload identity, as Terraform in JSON."""
    name = "steward-actor" if actor else POOL
    kind = "google_organization_iam_member" if organization else "google_project_iam_member"
    where = {"org_id" if organization else "project": given.scope}
    member = "serviceAccount:${google_service_account.steward.email}"
    roles = ["${var.role}"] if actor else _GCP_ROLES
    members = {
        f"steward_{number}": {**where, "role": role, "member": member}
        for number, role in enumerate(roles)
    }
    pool = "${google_iam_workload_identity_pool.steward.name}"
    number = "${data.google_project.steward.number}"
    return {
        "variable": {
            "project": {"type": "string"},
            **({"role": {"type": "string"}} if actor else {}),
        },
        "resource": {
            "google_service_account": {
                "steward": {"account_id": name, "project": "${var.project}"}
            },
            "google_iam_workload_identity_pool": {
                "steward": {"workload_identity_pool_id": name, "project": "${var.project}"}
            },
            "google_iam_workload_identity_pool_provider": {
                "steward": {
                    "project": "${var.project}",
                    "workload_identity_pool_id": (
                        "${google_iam_workload_identity_pool.steward.workload_identity_pool_id}"
                    ),
                    "workload_identity_pool_provider_id": name,
                    "attribute_mapping": {"google.subject": "assertion.sub"},
                    "attribute_condition": f"assertion.sub == '{given.subject}'",
                    "oidc": {"issuer_uri": given.issuer},
                }
            },
            "google_service_account_iam_member": {
                "steward": {
                    "service_account_id": "${google_service_account.steward.name}",
                    "role": "roles/iam.workloadIdentityUser",
                    "member": f"principal://iam.googleapis.com/{pool}/subject/{given.subject}",
                }
            },
            kind: members,
        },
        "data": {"google_project": {"steward": {"project_id": "${var.project}"}}},
        "output": {"reader": {"value": f"{number}/${{google_service_account.steward.email}}"}},
    }


def _trust() -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Ref": "StewardPrincipal"}},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
            }
        ],
    }


def _parameters(given: Given, *, actor: bool) -> dict[str, Any]:
    principal = {"Default": given.principal} if given.principal else {}
    id_ = {"Default": given.external_id} if given.external_id else {}
    actors = {
        "ActorPolicyArns": {
            "Type": "CommaDelimitedList",
            "Description": "What Steward may do: the ARNs of managed policies",
        }
    }
    return {
        "StewardPrincipal": {
            "Type": "String",
            "Description": "The ARN that Steward comes as",
            **principal,
        },
        "ExternalId": {"Type": "String", "MinLength": 2, "NoEcho": True, **id_},
        **(actors if actor else {}),
    }


def _policies(actions: Sequence[str]) -> dict[str, Any]:
    """Managed policies that together allow the actions, each within what one holds."""
    batches: list[list[str]] = [[]]
    size = 0
    for action in actions:
        size += len(action) + 3
        if size > POLICY_CHARACTERS - 200:
            batches.append([])
            size = len(action) + 3
        batches[-1].append(action)
    return {
        f"Reading{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": batch, "Resource": "*"}],
                }
            },
        }
        for number, batch in enumerate(batches, start=1)
    }
