"""Rule rows for VPC, load balancers, CloudFront, SNS, SQS and App Mesh.

Sources: EC2, ELB (2012-06-01 and 2015-12-01), CloudFront, SNS, SQS and App Mesh API references.
"""

from __future__ import annotations

from collections.abc import Mapping

from functions.inventory.model.resource import Effect
from functions.inventory.model.trail.table import (
    Rule,
    Take,
    include,
    merge,
    put,
    tagged,
    untagged,
)

CREATED, EDITED, DELETED = Effect.CREATED, Effect.EDITED, Effect.DELETED

CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
DISTRIBUTION = "AWS::CloudFront::Distribution"
TOPIC = "AWS::SNS::Topic"
QUEUE = "AWS::SQS::Queue"
MESH = "AWS::AppMesh::Mesh"
NODE = "AWS::AppMesh::VirtualNode"

_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_ITEM_ARNS = "request.resourceArns"


def _vpc_part(
    noun: str, type_name: str, created: str, deleted: str, *takes: Take
) -> tuple[Rule, Rule]:
    """Creation and deletion of a part of a network, which EC2 words alike for all."""
    word, arn = type_name.rpartition("::")[2].replace("VPC", "Vpc"), f"{_EC2}{noun}/{{id}}"
    state = f"{created.rpartition('.')[0]}.state"
    whole = merge(created.rpartition(".")[0])
    return (
        Rule(
            f"Create{word}",
            type_name,
            CREATED,
            created,
            arn=arn,
            state=state,
            takes=(whole, *takes),
        ),
        Rule(f"Delete{word}", type_name, DELETED, deleted, arn=arn),
    )


def _classic(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        CLASSIC,
        effect,
        "request.loadBalancerName",
        name="request.loadBalancerName",
        arn="arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}",
        takes=takes,
    )


def _balancer(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(event, BALANCER, effect, "request.loadBalancerArn", takes=takes)


def _listed(event: str, type_name: str, items: str, member: str, *takes: Take) -> Rule:
    return Rule(
        event,
        type_name,
        CREATED,
        f"item.{member}",
        each=f"response.{items}",
        name="request.name",
        state="item.state.code",
        takes=(merge("item"), *takes),
    )


def _distribution(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        DISTRIBUTION,
        effect,
        "response.distribution.id|request.id|request.resource",
        arn="arn:{partition}:cloudfront::{account}:distribution/{id}",
        state="response.distribution.status",
        takes=takes,
    )


def _topic(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        TOPIC,
        effect,
        "response.topicArn|request.topicArn|request.resourceArn",
        name="request.name",
        takes=takes,
    )


def _queue(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        QUEUE,
        effect,
        "response.queueUrl|request.queueUrl",
        name="request.queueName",
        arn="arn:{partition}:sqs:{region}:{account}:{id}",
        takes=takes,
    )


def _mesh(event: str, effect: Effect) -> Rule:
    return Rule(
        event,
        MESH,
        effect,
        "request.meshName",
        name="request.meshName",
        arn="arn:{partition}:appmesh:{region}:{account}:mesh/{id}",
        state="response.mesh.status.status",
        takes=(merge("response.mesh"),),
    )


def _node(event: str, effect: Effect) -> Rule:
    return Rule(
        event,
        NODE,
        effect,
        "{request.meshName}/{request.virtualNodeName}",
        name="request.virtualNodeName",
        arn=(
            "arn:{partition}:appmesh:{region}:{account}:mesh/{request.meshName}"
            "/virtualNode/{request.virtualNodeName}"
        ),
        state="response.virtualNode.status.status",
        takes=(merge("response.virtualNode"),),
    )


RULES: Mapping[str, tuple[Rule, ...]] = {
    "ec2": (
        *_vpc_part("vpc", "AWS::EC2::VPC", "response.vpc.vpcId", "request.vpcId"),
        *_vpc_part("subnet", "AWS::EC2::Subnet", "response.subnet.subnetId", "request.subnetId"),
        *_vpc_part(
            "internet-gateway",
            "AWS::EC2::InternetGateway",
            "response.internetGateway.internetGatewayId",
            "request.internetGatewayId",
        ),
        *_vpc_part(
            "route-table",
            "AWS::EC2::RouteTable",
            "response.routeTable.routeTableId",
            "request.routeTableId",
        ),
        *_vpc_part(
            "network-interface",
            "AWS::EC2::NetworkInterface",
            "response.networkInterface.networkInterfaceId",
            "request.networkInterfaceId",
        ),
        *_vpc_part(
            "natgateway",
            "AWS::EC2::NatGateway",
            "response.CreateNatGatewayResponse.natGateway.natGatewayId",
            "request.DeleteNatGatewayRequest.NatGatewayId",
        ),
        Rule(
            "ModifySubnetAttribute",
            "AWS::EC2::Subnet",
            EDITED,
            "request.subnetId",
            arn=_EC2 + "subnet/{id}",
            takes=(put("mapPublicIpOnLaunch", "request.mapPublicIpOnLaunch.value"),),
        ),
        Rule(
            "ModifyVpcAttribute",
            "AWS::EC2::VPC",
            EDITED,
            "request.vpcId",
            arn=_EC2 + "vpc/{id}",
            takes=(
                put("enableDnsHostnames", "request.enableDnsHostnames.value"),
                put("enableDnsSupport", "request.enableDnsSupport.value"),
            ),
        ),
        Rule(
            "AllocateAddress",
            "AWS::EC2::EIP",
            CREATED,
            "response.allocationId",
            arn=_EC2 + "elastic-ip/{id}",
            takes=(merge("response"),),
        ),
        Rule(
            "AssociateAddress",
            "AWS::EC2::EIP",
            EDITED,
            "request.allocationId",
            arn=_EC2 + "elastic-ip/{id}",
            takes=(
                put("associationId", "response.associationId"),
                put("instanceId", "request.instanceId"),
                put("networkInterfaceId", "request.networkInterfaceId"),
            ),
        ),
        Rule(
            "ReleaseAddress",
            "AWS::EC2::EIP",
            DELETED,
            "request.allocationId",
            arn=_EC2 + "elastic-ip/{id}",
        ),
    ),
    "elasticloadbalancing": (
        # One service name, two APIs: a row whose id is absent is the other API's call.
        _classic("CreateLoadBalancer", merge("request"), merge("response"), effect=CREATED),
        _classic("DeleteLoadBalancer", effect=DELETED),
        _classic("CreateLoadBalancerListeners", include("listeners", "request.listeners")),
        _classic(
            "CreateLoadBalancerPolicy",
            put("supplementary/policies/{request.policyName}", "request.policyAttributes"),
        ),
        _classic(
            "ApplySecurityGroupsToLoadBalancer", put("securityGroups", "request.securityGroups")
        ),
        _classic("RegisterInstancesWithLoadBalancer", put("instances", "response.instances")),
        _classic("DeregisterInstancesFromLoadBalancer", put("instances", "response.instances")),
        _listed(
            "CreateLoadBalancer",
            BALANCER,
            "loadBalancers",
            "loadBalancerArn",
            tagged("request.tags"),
        ),
        _balancer("DeleteLoadBalancer", effect=DELETED),
        _balancer(
            "ModifyLoadBalancerAttributes",
            put("supplementary/LoadBalancerAttributes", "response.attributes"),
        ),
        _balancer("SetSecurityGroups", put("securityGroups", "response.securityGroupIds")),
        _listed("CreateTargetGroup", TARGETS, "targetGroups", "targetGroupArn"),
        Rule("DeleteTargetGroup", TARGETS, DELETED, "request.targetGroupArn"),
        _listed("CreateListener", LISTENER, "listeners", "listenerArn"),
        Rule("DeleteListener", LISTENER, DELETED, "request.listenerArn"),
        Rule("AddTags", "", EDITED, "item", each=_ITEM_ARNS, takes=(tagged("request.tags"),)),
        Rule(
            "RemoveTags", "", EDITED, "item", each=_ITEM_ARNS, takes=(untagged("request.tagKeys"),)
        ),
    ),
    "cloudfront": (
        _distribution("CreateDistribution", merge("response.distribution"), effect=CREATED),
        _distribution("CreateDistributionWithTags", merge("response.distribution"), effect=CREATED),
        _distribution("UpdateDistribution", merge("response.distribution")),
        _distribution("DeleteDistribution", effect=DELETED),
        _distribution("TagResource", tagged("request.tags")),
        _distribution("UntagResource", untagged("request.tagKeys.items")),
    ),
    "sns": (
        _topic("CreateTopic", merge("request.attributes"), effect=CREATED),
        _topic("DeleteTopic", effect=DELETED),
        _topic(
            "SetTopicAttributes",
            put("{request.attributeName}", "request.attributeValue"),
        ),
        _topic("TagResource", tagged("request.tags")),
        _topic("UntagResource", untagged("request.tagKeys")),
    ),
    "sqs": (
        _queue("CreateQueue", merge("request.attributes|request.attribute"), effect=CREATED),
        _queue("DeleteQueue", effect=DELETED),
        _queue("SetQueueAttributes", merge("request.attributes")),
        _queue("TagQueue", tagged("request.tags")),
        _queue("UntagQueue", untagged("request.tagKeys")),
    ),
    "appmesh": (
        _mesh("CreateMesh", CREATED),
        _mesh("UpdateMesh", EDITED),
        _mesh("DeleteMesh", DELETED),
        _node("CreateVirtualNode", CREATED),
        _node("UpdateVirtualNode", EDITED),
        _node("DeleteVirtualNode", DELETED),
    ),
}
