"""Which members of AWS configurations name another resource: plain data.

Sources: the APIs' output shapes and the resource schemas of AWS Config.
"""

from __future__ import annotations

from collections.abc import Mapping

from functions.inventory.model.graph.hosts import HOST
from functions.inventory.model.graph.kinds import (
    ALLOWS,
    ATTACHED,
    COPY,
    GUARD,
    IN,
    KEY,
    LOGS,
    MADE,
    PART,
    PEERS,
    REFERS,
    ROLE,
    ROUTES,
    SENDS,
    SERVES,
    USES,
    Rule,
)

_VPC, _SUBNET, _GROUP = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup"
_KEY, _ROLE, _BUCKET = "AWS::KMS::Key", "AWS::IAM::Role", "AWS::S3::Bucket"
_ENI, _INSTANCE, _VOLUME = "AWS::EC2::NetworkInterface", "AWS::EC2::Instance", "AWS::EC2::Volume"
_TOPIC, _QUEUE, _LAMBDA = "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Lambda::Function"
_TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_CERTIFICATE = "AWS::CertificateManager::Certificate"
_ORIGIN_CONTROL = "AWS::CloudFront::OriginAccessControl"
_VPC_ORIGIN = "AWS::CloudFront::VpcOrigin"

# Members of any AWS resource, by name: what they name is the same wherever they stand.
MEMBERS: Mapping[str, Rule] = {
    "vpcid": Rule(IN, _VPC),
    "subnetid": Rule(IN, _SUBNET),
    "subnetids": Rule(IN, _SUBNET),
    "subnetidentifier": Rule(IN, _SUBNET),
    "securitygroupid": Rule(GUARD, _GROUP),
    "securitygroupids": Rule(GUARD, _GROUP),
    "vpcsecuritygroupid": Rule(GUARD, _GROUP),
    "vpcsecuritygroupids": Rule(GUARD, _GROUP),
    "kmskeyid": Rule(KEY, _KEY),
    "kmskeyarn": Rule(KEY, _KEY),
    "kmskey": Rule(KEY, _KEY),
    "kmsmasterkeyid": Rule(KEY, _KEY),
    "masterkeyid": Rule(KEY, _KEY),
    "kmsmasterkeyarn": Rule(KEY, _KEY),
    "encryptionkey": Rule(KEY),
    "rolearn": Rule(ROLE, _ROLE),
    "iamrolearn": Rule(ROLE, _ROLE),
    "servicerole": Rule(ROLE),
    "servicerolearn": Rule(ROLE, _ROLE),
    "executionrolearn": Rule(ROLE, _ROLE),
    "taskrolearn": Rule(ROLE, _ROLE),
    "role": Rule(ROLE),
    "monitoringrolearn": Rule(ROLE, _ROLE),
    "snstopicarn": Rule(SENDS, _TOPIC),
    "topicarn": Rule(SENDS, _TOPIC),
    "queuearn": Rule(SENDS, _QUEUE),
    "deadlettertargetarn": Rule(SENDS),
    "loggroupname": Rule(LOGS, "AWS::Logs::LogGroup"),
    "cloudwatchlogsloggrouparn": Rule(LOGS),
    "s3bucketname": Rule(USES, _BUCKET),
    "bucketarn": Rule(USES, _BUCKET),
    "acmcertificatearn": Rule(USES, _CERTIFICATE),
    "certificatearn": Rule(USES),
    "webaclid": Rule(GUARD),
    "webaclarn": Rule(GUARD, "AWS::WAFv2::WebACL"),
    "secretarn": Rule(USES, "AWS::SecretsManager::Secret"),
    "targetgrouparn": Rule(ROUTES, _TARGETS),
    "lambdafunctionarn": Rule(USES, _LAMBDA),
}

# The paths of one type; these go before the members by name.
TYPES: Mapping[str, Mapping[str, Rule]] = {
    _INSTANCE: {
        "imageId": Rule(MADE, "AWS::EC2::Image"),
        "keyName": Rule(USES, "AWS::EC2::KeyPair"),
        "iamInstanceProfile.arn": Rule(USES, "AWS::IAM::InstanceProfile"),
        "securityGroups.groupId": Rule(GUARD, _GROUP),
        "networkInterfaces.groups.groupId": Rule(GUARD, _GROUP),
        "networkInterfaces.networkInterfaceId": Rule(USES, _ENI),
        "blockDeviceMappings.ebs.volumeId": Rule(USES, _VOLUME),
    },
    _VOLUME: {
        "attachments.instanceId": Rule(ATTACHED, _INSTANCE),
        "snapshotId": Rule(MADE, "AWS::EC2::Snapshot"),
    },
    "AWS::EC2::Snapshot": {"volumeId": Rule(COPY, _VOLUME)},
    "AWS::EC2::Image": {"blockDeviceMappings.ebs.snapshotId": Rule(USES, "AWS::EC2::Snapshot")},
    _ENI: {
        "groups.groupId": Rule(GUARD, _GROUP),
        "attachment.instanceId": Rule(ATTACHED, _INSTANCE),
        "association.allocationId": Rule(USES, "AWS::EC2::EIP"),
    },
    "AWS::EC2::EIP": {
        "instanceId": Rule(ATTACHED, _INSTANCE),
        "networkInterfaceId": Rule(ATTACHED, _ENI),
    },
    "AWS::EC2::InternetGateway": {"attachments.vpcId": Rule(ATTACHED, _VPC)},
    "AWS::EC2::EgressOnlyInternetGateway": {"attachments.vpcId": Rule(ATTACHED, _VPC)},
    "AWS::EC2::NatGateway": {
        "natGatewayAddresses.allocationId": Rule(USES, "AWS::EC2::EIP"),
        "natGatewayAddresses.networkInterfaceId": Rule(USES, _ENI),
    },
    "AWS::EC2::RouteTable": {
        "associations.subnetId": Rule(SERVES, _SUBNET),
        "routes.gatewayId": Rule(ROUTES),
        "routes.natGatewayId": Rule(ROUTES, "AWS::EC2::NatGateway"),
        "routes.transitGatewayId": Rule(ROUTES, "AWS::EC2::TransitGateway"),
        "routes.vpcPeeringConnectionId": Rule(ROUTES, "AWS::EC2::VPCPeeringConnection"),
        "routes.networkInterfaceId": Rule(ROUTES, _ENI),
        "routes.instanceId": Rule(ROUTES, _INSTANCE),
        "routes.egressOnlyInternetGatewayId": Rule(ROUTES, "AWS::EC2::EgressOnlyInternetGateway"),
        "routes.destinationPrefixListId": Rule(USES, "AWS::EC2::PrefixList"),
    },
    "AWS::EC2::NetworkAcl": {"associations.subnetId": Rule(SERVES, _SUBNET)},
    _GROUP: {
        "ipPermissions.userIdGroupPairs.groupId": Rule(ALLOWS, _GROUP),
        "ipPermissions.prefixListIds.prefixListId": Rule(ALLOWS, "AWS::EC2::PrefixList"),
        "ipPermissionsEgress.userIdGroupPairs.groupId": Rule(REFERS, _GROUP),
    },
    "AWS::EC2::VPCPeeringConnection": {
        "requesterVpcInfo.vpcId": Rule(PEERS, _VPC),
        "accepterVpcInfo.vpcId": Rule(PEERS, _VPC),
    },
    "AWS::EC2::VPCEndpoint": {
        "groups.groupId": Rule(GUARD, _GROUP),
        "routeTableIds": Rule(USES, "AWS::EC2::RouteTable"),
        "networkInterfaceIds": Rule(USES, _ENI),
    },
    "AWS::EC2::TransitGatewayAttachment": {
        "transitGatewayId": Rule(ATTACHED, "AWS::EC2::TransitGateway"),
        "resourceId": Rule(ATTACHED, _VPC),
    },
    "AWS::EC2::FlowLog": {"resourceId": Rule(REFERS), "logDestination": Rule(LOGS)},
    "AWS::EC2::LaunchTemplate": {
        "launchTemplateData.imageId": Rule(USES, "AWS::EC2::Image"),
        "launchTemplateData.iamInstanceProfile.arn": Rule(USES, "AWS::IAM::InstanceProfile"),
    },
    "AWS::AutoScaling::AutoScalingGroup": {
        "instances.instanceId": Rule("contains", _INSTANCE),
        "targetGroupARNs": Rule("registers with", _TARGETS),
        "loadBalancerNames": Rule("registers with", "AWS::ElasticLoadBalancing::LoadBalancer"),
        "launchConfigurationName": Rule(USES, "AWS::AutoScaling::LaunchConfiguration"),
        "launchTemplate.launchTemplateId": Rule(USES, "AWS::EC2::LaunchTemplate"),
    },
    _BALANCER: {
        "availabilityZones.subnetId": Rule(IN, _SUBNET),
        "securityGroups": Rule(GUARD, _GROUP),
        "availabilityZones.loadBalancerAddresses.allocationId": Rule(USES, "AWS::EC2::EIP"),
    },
    "AWS::ElasticLoadBalancing::LoadBalancer": {
        "instances.instanceId": Rule(ROUTES, _INSTANCE),
        "subnets": Rule(IN, _SUBNET),
        "securityGroups": Rule(GUARD, _GROUP),
        "listenerDescriptions.listener.sSLCertificateId": Rule(USES),
    },
    _LISTENER: {
        "loadBalancerArn": Rule(PART, _BALANCER),
        "defaultActions.targetGroupArn": Rule(ROUTES, _TARGETS),
    },
    "AWS::ElasticLoadBalancingV2::ListenerRule": {
        "listenerArn": Rule(PART, _LISTENER),
        "actions.targetGroupArn": Rule(ROUTES, _TARGETS),
    },
    _TARGETS: {
        "loadBalancerArns": Rule("is used by", _BALANCER),
        "targets.id": Rule(ROUTES),
        "supplementary.targets.id": Rule(ROUTES),
        "supplementary.targetHealthDescriptions.target.id": Rule(ROUTES),
    },
    _LAMBDA: {
        "vpcConfig.vpcId": Rule(IN, _VPC),
        "layers.arn": Rule(USES, "AWS::Lambda::LayerVersion"),
        "deadLetterConfig.targetArn": Rule(SENDS),
    },
    "AWS::Lambda::Url": {
        "targetFunctionArn": Rule(ROUTES, _LAMBDA),
        "functionArn": Rule(ROUTES, _LAMBDA),
    },
    "AWS::Lambda::EventSourceMapping": {
        "functionArn": Rule(SENDS, _LAMBDA),
        "eventSourceArn": Rule("reads from"),
    },
    "AWS::ApiGatewayV2::Integration": {
        "apiId": Rule(PART, "AWS::ApiGatewayV2::Api"),
        "integrationUri": Rule(ROUTES),
        "connectionId": Rule(USES, "AWS::ApiGatewayV2::VpcLink"),
    },
    "AWS::ApiGatewayV2::Stage": {"apiId": Rule(PART, "AWS::ApiGatewayV2::Api")},
    "AWS::ApiGateway::Stage": {"restApiId": Rule(PART, "AWS::ApiGateway::RestApi")},
    "AWS::ApiGateway::Resource": {
        "restApiId": Rule(PART, "AWS::ApiGateway::RestApi"),
        "resourceMethods.methodIntegration.uri": Rule(ROUTES),
    },
    "AWS::ApiGatewayV2::ApiMapping": {
        "apiId": Rule(ROUTES, "AWS::ApiGatewayV2::Api"),
        "domainName": Rule(PART, "AWS::ApiGatewayV2::DomainName"),
    },
    "AWS::ApiGateway::BasePathMapping": {
        "restApiId": Rule(ROUTES, "AWS::ApiGateway::RestApi"),
        "domainName": Rule(PART, "AWS::ApiGateway::DomainName"),
    },
    "AWS::ApiGatewayV2::Route": {
        "apiId": Rule(PART, "AWS::ApiGatewayV2::Api"),
        "authorizerId": Rule(GUARD, "AWS::ApiGatewayV2::Authorizer"),
    },
    "AWS::ApiGateway::VpcLink": {"targetArns": Rule(ROUTES)},
    "AWS::RDS::DBInstance": {
        "dBSubnetGroup.dBSubnetGroupName": Rule(IN, "AWS::RDS::DBSubnetGroup"),
        "dBClusterIdentifier": Rule(PART, "AWS::RDS::DBCluster"),
        "readReplicaSourceDBInstanceIdentifier": Rule(COPY, "AWS::RDS::DBInstance"),
        "dBParameterGroups.dBParameterGroupName": Rule(USES, "AWS::RDS::DBParameterGroup"),
    },
    "AWS::RDS::DBCluster": {
        "dBSubnetGroup": Rule(IN, "AWS::RDS::DBSubnetGroup"),
        "dBClusterMembers.dBInstanceIdentifier": Rule("contains", "AWS::RDS::DBInstance"),
    },
    "AWS::RDS::DBSnapshot": {"dBInstanceIdentifier": Rule(COPY, "AWS::RDS::DBInstance")},
    "AWS::RDS::DBClusterSnapshot": {"dBClusterIdentifier": Rule(COPY, "AWS::RDS::DBCluster")},
    "AWS::Redshift::Cluster": {
        "clusterSubnetGroupName": Rule(IN, "AWS::Redshift::ClusterSubnetGroup"),
        "clusterParameterGroups.parameterGroupName": Rule(
            USES, "AWS::Redshift::ClusterParameterGroup"
        ),
    },
    "AWS::ElastiCache::CacheCluster": {
        "cacheSubnetGroupName": Rule(IN, "AWS::ElastiCache::SubnetGroup"),
        "replicationGroupId": Rule(PART, "AWS::ElastiCache::ReplicationGroup"),
    },
    "AWS::ElastiCache::ReplicationGroup": {
        "memberClusters": Rule("contains", "AWS::ElastiCache::CacheCluster")
    },
    "AWS::EKS::Cluster": {
        "resourcesVpcConfig.clusterSecurityGroupId": Rule(GUARD, _GROUP),
    },
    "AWS::EKS::Nodegroup": {
        "clusterName": Rule(PART, "AWS::EKS::Cluster"),
        "nodeRole": Rule(ROLE, _ROLE),
        "subnets": Rule(IN, _SUBNET),
        "resources.autoScalingGroups.name": Rule(USES, "AWS::AutoScaling::AutoScalingGroup"),
    },
    "AWS::ECS::Service": {
        "clusterArn": Rule(IN, "AWS::ECS::Cluster"),
        "taskDefinition": Rule(USES, "AWS::ECS::TaskDefinition"),
        "loadBalancers.targetGroupArn": Rule("registers with", _TARGETS),
        "networkConfiguration.awsvpcConfiguration.subnets": Rule(IN, _SUBNET),
        "networkConfiguration.awsvpcConfiguration.securityGroups": Rule(GUARD, _GROUP),
    },
    "AWS::Kinesis::Stream": {"keyId": Rule(KEY, _KEY), "streamEncryption.keyId": Rule(KEY, _KEY)},
    "AWS::EFS::MountTarget": {"fileSystemId": Rule("serves", "AWS::EFS::FileSystem")},
    "AWS::IAM::Role": {
        "attachedManagedPolicies.policyArn": Rule(USES, "AWS::IAM::Policy"),
        "instanceProfileList.arn": Rule("is used by", "AWS::IAM::InstanceProfile"),
        "permissionsBoundary.permissionsBoundaryArn": Rule(GUARD, "AWS::IAM::Policy"),
    },
    "AWS::IAM::User": {
        "attachedManagedPolicies.policyArn": Rule(USES, "AWS::IAM::Policy"),
        "groupList": Rule(IN, "AWS::IAM::Group"),
    },
    "AWS::IAM::Group": {"attachedManagedPolicies.policyArn": Rule(USES, "AWS::IAM::Policy")},
    "AWS::IAM::InstanceProfile": {
        "roles.roleName": Rule(ROLE, _ROLE),
        "roles.arn": Rule(ROLE, _ROLE),
    },
    "AWS::KMS::Alias": {"targetKeyId": Rule(KEY, _KEY)},
    _BUCKET: {
        "supplementary.BucketLoggingConfiguration.destinationBucketName": Rule(LOGS, _BUCKET),
        "supplementary.BucketReplicationConfiguration.rules.destinationConfig.bucketARN": Rule(
            "replicates to", _BUCKET
        ),
    },
    "AWS::CloudTrail::Trail": {
        "s3BucketName": Rule(LOGS, _BUCKET),
        "cloudWatchLogsLogGroupArn": Rule(LOGS, "AWS::Logs::LogGroup"),
    },
    "AWS::CloudFront::Distribution": {
        "origins.items.domainName": Rule(ROUTES, HOST),
        "distributionConfig.origins.items.domainName": Rule(ROUTES, HOST),
        "origins.items.originAccessControlId": Rule(USES, _ORIGIN_CONTROL),
        "origins.items.vpcOriginConfig.vpcOriginId": Rule(ROUTES, _VPC_ORIGIN),
        "distributionConfig.origins.items.vpcOriginConfig.vpcOriginId": Rule(ROUTES, _VPC_ORIGIN),
        "distributionConfig.viewerCertificate.aCMCertificateArn": Rule(USES, _CERTIFICATE),
        "distributionConfig.webACLId": Rule(GUARD),
    },
    "AWS::GlobalAccelerator::Listener": {
        "acceleratorArn": Rule(PART, "AWS::GlobalAccelerator::Accelerator"),
    },
    "AWS::GlobalAccelerator::EndpointGroup": {
        "listenerArn": Rule(PART, "AWS::GlobalAccelerator::Listener"),
        "endpointDescriptions.endpointId": Rule(ROUTES),
    },
    "AWS::SNS::Subscription": {"topicArn": Rule("reads from", _TOPIC), "endpoint": Rule(SENDS)},
    "AWS::Events::Rule": {
        "targets.arn": Rule(SENDS),
        "eventBusName": Rule(PART, "AWS::Events::EventBus"),
    },
    "AWS::StepFunctions::StateMachine": {"loggingConfiguration.destinations.arn": Rule(LOGS)},
    "AWS::CloudFormation::Stack": {"parentId": Rule(PART, "AWS::CloudFormation::Stack")},
    "AWS::Backup::BackupSelection": {
        "iamRoleArn": Rule(ROLE, _ROLE),
        "resources": Rule("backs up"),
    },
}
