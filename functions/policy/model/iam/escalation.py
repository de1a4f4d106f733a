"""Which ways a principal's policies leave open to get more rights than they give.

The ways are those that Rhino Security Labs and Bishop Fox describe, and the services since then
that run code under a role they are handed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from functions.policy.model.iam.documents import Condition, Statement, statements
from functions.policy.model.iam.patterns import any_covers, covers, matches

HAND_OVER = "iam:passrole"
EVERYTHING = "*"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_ARN_PARTS = 6
_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_POSITIVE = _EXACT | {"stringlike", "arnequals", "arnlike"}
_LIMITS = ("iam:permissionsboundary", "aws:resourcetag/", "iam:resourcetag/", "ssm:resourcetag/")


@dataclass(frozen=True, slots=True)
class Way:
    """A way up: all of its actions are needed; ``service`` runs code under a passed role."""

    name: str
    actions: tuple[str, ...]
    service: str | None = None


def _own(name: str, *actions: str) -> Way:
    return Way(name, actions)


def _passed(name: str, service: str, *actions: str) -> Way:
    return Way(name, (HAND_OVER, *actions), f"{service}.amazonaws.com")


WAYS = (
    _own("writes a new version of a policy", "iam:createpolicyversion"),
    _own("goes back to an older version of a policy", "iam:setdefaultpolicyversion"),
    _own("makes access keys for others", "iam:createaccesskey"),
    _own("gives others a password", "iam:createloginprofile"),
    _own("changes the passwords of others", "iam:updateloginprofile"),
    _own("makes service credentials for others", "iam:createservicespecificcredential"),
    _own("attaches policies to users", "iam:attachuserpolicy"),
    _own("attaches policies to groups", "iam:attachgrouppolicy"),
    _own("attaches policies to roles", "iam:attachrolepolicy", "sts:assumerole"),
    _own("writes policies into users", "iam:putuserpolicy"),
    _own("writes policies into groups", "iam:putgrouppolicy"),
    _own("writes policies into roles", "iam:putrolepolicy", "sts:assumerole"),
    _own("joins groups", "iam:addusertogroup"),
    _own("changes who may assume roles", "iam:updateassumerolepolicy", "sts:assumerole"),
    _own("takes the boundary off roles", "iam:deleterolepermissionsboundary"),
    _own("takes the boundary off users", "iam:deleteuserpermissionsboundary"),
    _own("assumes any role", "sts:assumerole"),
    _own("replaces the code of functions", "lambda:updatefunctioncode"),
    _own("adds layers to functions", "lambda:updatefunctionconfiguration"),
    _own("runs commands on instances", "ssm:sendcommand"),
    _own("opens sessions on instances", "ssm:startsession"),
    _own("signs in to instances by SSH", "ec2-instance-connect:sendsshpublickey"),
    _own("changes the key of development endpoints", "glue:updatedevendpoint"),
    _own("updates stacks under their roles", "cloudformation:updatestack"),
    _own("signs in to notebooks", "sagemaker:createpresignednotebookinstanceurl"),
    _own("starts builds with commands of its own", "codebuild:startbuild"),
    _passed("starts instances with a role", "ec2", "ec2:runinstances"),
    _passed("puts a role on instances", "ec2", "ec2:associateiaminstanceprofile"),
    _passed(
        "invokes functions of its own with a role",
        "lambda",
        "lambda:createfunction",
        "lambda:invokefunction",
    ),
    _passed(
        "triggers functions of its own with a role",
        "lambda",
        "lambda:createfunction",
        "lambda:createeventsourcemapping",
    ),
    _passed("makes stacks with a role", "cloudformation", "cloudformation:createstack"),
    _passed("makes development endpoints with a role", "glue", "glue:createdevendpoint"),
    _passed("runs jobs of its own with a role", "glue", "glue:createjob", "glue:startjobrun"),
    _passed("runs changed jobs with a role", "glue", "glue:updatejob", "glue:startjobrun"),
    _passed(
        "runs pipelines with a role",
        "datapipeline",
        "datapipeline:createpipeline",
        "datapipeline:putpipelinedefinition",
        "datapipeline:activatepipeline",
    ),
    _passed(
        "runs builds with a role", "codebuild", "codebuild:createproject", "codebuild:startbuild"
    ),
    _passed("runs tasks with a role", "ecs-tasks", "ecs:registertaskdefinition", "ecs:runtask"),
    _passed(
        "runs state machines with a role",
        "states",
        "states:createstatemachine",
        "states:startexecution",
    ),
    _passed(
        "opens notebooks with a role",
        "sagemaker",
        "sagemaker:createnotebookinstance",
        "sagemaker:createpresignednotebookinstanceurl",
    ),
    _passed("trains models with a role", "sagemaker", "sagemaker:createtrainingjob"),
    _passed("processes data with a role", "sagemaker", "sagemaker:createprocessingjob"),
    _passed("runs services with a role", "tasks.apprunner", "apprunner:createservice"),
    _passed("runs clusters with a role", "elasticmapreduce", "elasticmapreduce:runjobflow"),
)


def escalations(documents: Any) -> list[str] | None:
    """The names of the ways up that a policy, or a list of policies together, leaves open."""
    found = statements(documents)
    if found is None:
        return None
    return [way.name for way in WAYS if _is_open(way, found)]


def administrator(documents: Any) -> bool | None:
    """Whether policies allow every action on every resource."""
    found = statements(documents)
    if found is None:
        return None
    return any(
        statement.allows
        and any_covers(statement.actions, "*:*")
        and EVERYTHING in statement.resources
        and not any(map(_limits, statement.conditions))
        and not _refused(EVERYTHING, EVERYTHING, found)
        for statement in found
    )


def allows(documents: Any, action: Any) -> bool | None:
    """Whether policies allow an action on resources that they do not name."""
    found = statements(documents)
    if found is None or not isinstance(action, str):
        return None
    return any(True for _ in _grants(action.lower(), found, everywhere=True))


def _is_open(way: Way, found: tuple[Statement, ...]) -> bool:
    return all(
        any(
            way.service is None or action != HAND_OVER or _passes_to(statement, way.service)
            for statement in _grants(
                action, found, everywhere=way.service is None or action == HAND_OVER
            )
        )
        for action in way.actions
    )


def _grants(action: str, found: tuple[Statement, ...], *, everywhere: bool) -> Iterator[Statement]:
    """The statements that allow an action, on resources they do not name if that is asked for."""
    for statement in found:
        if not statement.allows or not _names(statement, action):
            continue
        if any(map(_limits, statement.conditions)):
            continue
        wide = [each for each in _resources(statement) if not everywhere or _is_wide(each)]
        if any(not _refused(action, each, found) for each in wide):
            yield statement


def _names(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(matches(pattern, action) for pattern in statement.not_actions)
    return any(matches(pattern, action) for pattern in statement.actions)


def _resources(statement: Statement) -> tuple[str, ...]:
    return (EVERYTHING,) if statement.not_resources else statement.resources


def _refused(action: str, resource: str, found: tuple[Statement, ...]) -> bool:
    return any(
        not one.allows
        and not one.conditions
        and any_covers(one.actions, action)
        and any_covers(one.resources, resource)
        for one in found
    )


def _is_wide(resource: str) -> bool:
    """Whether a pattern leaves the resource's name open; one's own user name counts as open."""
    parts = resource.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return resource.endswith("*")
    kind, slash, name = parts[-1].partition("/")
    return (name if slash else kind).startswith(("*", "${aws:username}"))


def _passes_to(statement: Statement, service: str) -> bool:
    services = [one for one in statement.conditions if one.key == "iam:passedtoservice"]
    return all(
        one.operator not in _POSITIVE or any(_equal(one, value, service) for value in one.values)
        for one in services
    )


def _equal(condition: Condition, value: str, text: str) -> bool:
    return value == text if condition.operator in _EXACT else matches(value, text)


def _limits(condition: Condition) -> bool:
    """Whether a condition keeps what is given below an administrator's rights."""
    if condition.operator not in _POSITIVE or condition.if_exists:
        return False
    if condition.quantifier == "forallvalues":
        return False
    if condition.key == "iam:policyarn":
        return not any(covers(value, ADMINISTRATOR) for value in condition.values)
    return condition.key.startswith(_LIMITS)
