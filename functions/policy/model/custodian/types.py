"""What Cloud Custodian's resource types are called in the inventory."""

from __future__ import annotations

from collections.abc import Mapping

_AWS = """
acm-certificate CertificateManager::Certificate; airflow MWAA::Environment; ami EC2::Image
apigwv2 ApiGatewayV2::Api; app-elb ElasticLoadBalancingV2::LoadBalancer
app-elb-target-group ElasticLoadBalancingV2::TargetGroup; appflow AppFlow::Flow
appmesh-mesh AppMesh::Mesh; appsync AppSync::GraphQLApi; asg AutoScaling::AutoScalingGroup
athena-work-group Athena::WorkGroup; backup-plan Backup::BackupPlan; backup-vault Backup::BackupVault
batch-compute Batch::ComputeEnvironment; batch-definition Batch::JobDefinition
batch-queue Batch::JobQueue; cache-cluster ElastiCache::CacheCluster
cache-subnet-group ElastiCache::SubnetGroup; cfn CloudFormation::Stack; cloudtrail CloudTrail::Trail
cloudwatch-dashboard CloudWatch::Dashboard; alarm CloudWatch::Alarm; codebuild CodeBuild::Project
codecommit CodeCommit::Repository; codepipeline CodePipeline::Pipeline
config-recorder Config::ConfigurationRecorder; config-rule Config::ConfigRule
customer-gateway EC2::CustomerGateway; dax DAX::Cluster; directory DirectoryService::MicrosoftAD
distribution CloudFront::Distribution; dms-endpoint DMS::Endpoint
dms-instance DMS::ReplicationInstance; dynamodb-table DynamoDB::Table; ebs EC2::Volume
ebs-snapshot EC2::Snapshot; ec2 EC2::Instance; ecr ECR::Repository; ecs ECS::Cluster
ecs-service ECS::Service; ecs-task-definition ECS::TaskDefinition; efs EFS::FileSystem
eks EKS::Cluster; eks-nodegroup EKS::Nodegroup; elastic-ip EC2::EIP; network-addr EC2::EIP
elasticache-group ElastiCache::ReplicationGroup
elasticbeanstalk-environment ElasticBeanstalk::Environment; elasticsearch Elasticsearch::Domain
elb ElasticLoadBalancing::LoadBalancer; emr EMR::Cluster; eni EC2::NetworkInterface
event-bus Events::EventBus; event-rule Events::Rule; firehose KinesisFirehose::DeliveryStream
flow-log EC2::FlowLog; fsx FSx::FileSystem; glue-connection Glue::Connection
glue-crawler Glue::Crawler; glue-database Glue::Database; glue-job Glue::Job; glue-table Glue::Table
graphql-api AppSync::GraphQLApi; guardduty GuardDuty::Detector; healthcheck Route53::HealthCheck
hostedzone Route53::HostedZone; iam-group IAM::Group; iam-policy IAM::ManagedPolicy
iam-profile IAM::InstanceProfile; iam-role IAM::Role; iam-user IAM::User
iam-saml-provider IAM::SAMLProvider; internet-gateway EC2::InternetGateway
kafka MSK::Cluster; key-pair EC2::KeyPair; kinesis Kinesis::Stream; kms KMS::Alias; kms-key KMS::Key
lambda Lambda::Function; lambda-layer Lambda::LayerVersion
launch-config AutoScaling::LaunchConfiguration; launch-template-version EC2::LaunchTemplate
lightsail-instance Lightsail::Instance; log-group Logs::LogGroup; message-broker AmazonMQ::Broker
nat-gateway EC2::NatGateway; neptune Neptune::DBInstance; neptune-cluster Neptune::DBCluster
network-acl EC2::NetworkAcl; opensearch OpenSearchService::Domain
peering-connection EC2::VPCPeeringConnection
prefix-list EC2::PrefixList; rds RDS::DBInstance; rds-cluster RDS::DBCluster
rds-cluster-snapshot RDS::DBClusterSnapshot; rds-param-group RDS::DBParameterGroup
rds-snapshot RDS::DBSnapshot; rds-subnet-group RDS::DBSubnetGroup
rds-subscription RDS::EventSubscription
redshift Redshift::Cluster; redshift-snapshot Redshift::ClusterSnapshot
rest-api ApiGateway::RestApi; rest-stage ApiGateway::Stage; route-table EC2::RouteTable; s3 S3::Bucket
s3-access-point S3::AccessPoint; sagemaker-endpoint SageMaker::Endpoint
sagemaker-endpoint-config SageMaker::EndpointConfig; sagemaker-model SageMaker::Model
sagemaker-notebook SageMaker::NotebookInstance; secrets-manager SecretsManager::Secret
security-group EC2::SecurityGroup; sns SNS::Topic; sns-subscription SNS::Subscription; sqs SQS::Queue
ssm-document SSM::Document; ssm-parameter SSM::Parameter; step-machine StepFunctions::StateMachine
subnet EC2::Subnet; transfer-server Transfer::Server; transit-gateway EC2::TransitGateway
transit-attachment EC2::TransitGatewayAttachment; vpc EC2::VPC; vpc-endpoint EC2::VPCEndpoint
vpn-connection EC2::VPNConnection; vpn-gateway EC2::VPNGateway; waf WAF::WebACL
waf-regional WAFRegional::WebACL; wafv2 WAFv2::WebACL; workspaces WorkSpaces::Workspace
"""
_AZURE = """
aks ContainerService/managedClusters; api-management ApiManagement/service
app-insights Insights/components; appserviceplan Web/serverfarms; webapp Web/sites
application-gateway Network/applicationGateways; automation-account Automation/automationAccounts
batch Batch/batchAccounts; cdnprofile Cdn/profiles; cognitiveservice CognitiveServices/accounts
container-group ContainerInstance/containerGroups; containerregistry ContainerRegistry/registries
cosmosdb DocumentDB/databaseAccounts; databricks Databricks/workspaces; datafactory DataFactory/factories
datalake DataLakeStore/accounts; disk Compute/disks; dnszone Network/dnsZones
eventhub EventHub/namespaces; eventsubscription EventGrid/eventSubscriptions
front-door Network/frontDoors; hdinsight HDInsight/clusters; image Compute/images
iothub Devices/IotHubs; keyvault KeyVault/vaults; loadbalancer Network/loadBalancers
logic-app-workflow Logic/workflows; mysql DBforMySQL/servers
mysql-flexibleserver DBforMySQL/flexibleServers; networkinterface Network/networkInterfaces
networksecuritygroup Network/networkSecurityGroups; networkwatcher Network/networkWatchers
postgresql-server DBforPostgreSQL/servers; postgresql-flexibleserver DBforPostgreSQL/flexibleServers
publicip Network/publicIPAddresses; recovery-services RecoveryServices/vaults; redis Cache/redis
resourcegroup Resources/resourceGroups; routetable Network/routeTables; search Search/searchServices
service-fabric-cluster ServiceFabric/clusters; servicebus-namespace ServiceBus/namespaces
snapshot Compute/snapshots; sql-database Sql/servers/databases; sql-server Sql/servers
sql-managed-instance Sql/managedInstances; storage Storage/storageAccounts
traffic-manager-profile Network/trafficManagerProfiles; vm Compute/virtualMachines
vmss Compute/virtualMachineScaleSets; vnet Network/virtualNetworks
"""
_GCP = """
api-key apikeys.googleapis.com/Key; app-engine appengine.googleapis.com/Application
armor-policy compute.googleapis.com/SecurityPolicy
artifact-repository artifactregistry.googleapis.com/Repository
autoscaler compute.googleapis.com/Autoscaler; bigtable-instance bigtableadmin.googleapis.com/Instance
bq-dataset bigquery.googleapis.com/Dataset; bq-table bigquery.googleapis.com/Table
bucket storage.googleapis.com/Bucket; cloud-run-service run.googleapis.com/Service
cloudbuild cloudbuild.googleapis.com/Build; dataflow-job dataflow.googleapis.com/Job
dataproc-clusters dataproc.googleapis.com/Cluster; disk compute.googleapis.com/Disk
dns-managed-zone dns.googleapis.com/ManagedZone; firewall compute.googleapis.com/Firewall
folder cloudresourcemanager.googleapis.com/Folder; function cloudfunctions.googleapis.com/CloudFunction
gke-cluster container.googleapis.com/Cluster; gke-nodepool container.googleapis.com/NodePool
iam-role iam.googleapis.com/Role; image compute.googleapis.com/Image
instance compute.googleapis.com/Instance
instance-template compute.googleapis.com/InstanceTemplate; interconnect compute.googleapis.com/Interconnect
kms-cryptokey cloudkms.googleapis.com/CryptoKey; kms-keyring cloudkms.googleapis.com/KeyRing
loadbalancer-backend-service compute.googleapis.com/BackendService
loadbalancer-forwarding-rule compute.googleapis.com/ForwardingRule
log-project-sink logging.googleapis.com/LogSink; log-project-metric logging.googleapis.com/LogMetric
organization cloudresourcemanager.googleapis.com/Organization
project cloudresourcemanager.googleapis.com/Project; pubsub-subscription pubsub.googleapis.com/Subscription
pubsub-topic pubsub.googleapis.com/Topic; redis redis.googleapis.com/Instance
route compute.googleapis.com/Route; router compute.googleapis.com/Router
secret secretmanager.googleapis.com/Secret
service-account iam.googleapis.com/ServiceAccount; service serviceusage.googleapis.com/Service
snapshot compute.googleapis.com/Snapshot; spanner-instance spanner.googleapis.com/Instance
sql-instance sqladmin.googleapis.com/Instance; subnet compute.googleapis.com/Subnetwork
vpc compute.googleapis.com/Network; zone compute.googleapis.com/Zone
"""


def _table(text: str, before: str) -> dict[str, str]:
    pairs = (pair.split() for line in text.strip().splitlines() for pair in line.split("; "))
    return {name: f"{before}{kind}" for name, kind in pairs}


PROVIDERS: Mapping[str, Mapping[str, str]] = {
    "aws": _table(_AWS, "AWS::"),
    "azure": _table(_AZURE, "Microsoft."),
    "gcp": _table(_GCP, ""),
}


def provider_and_type(resource: str) -> tuple[str, str | None]:
    """The cloud of a Cloud Custodian resource, and the inventory's type; None of one not known."""
    provider, dot, name = resource.partition(".")
    if not dot:
        provider, name = "aws", resource
    return provider, PROVIDERS.get(provider, {}).get(name)
