"""How ARM spells its resource types: Resource Graph answers in lower case, and ids come in any.

Source: Azure Resource Manager template reference, https://learn.microsoft.com/azure/templates/.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

# Namespace -> its types below it, each as ARM templates spell it.
KNOWN = MappingProxyType(
    {
        "Microsoft.AAD": "domainServices",
        "Microsoft.AVS": "privateClouds privateClouds/clusters",
        "Microsoft.Advisor": "recommendations suppressions",
        "Microsoft.AlertsManagement": "actionRules smartDetectorAlertRules prometheusRuleGroups",
        "Microsoft.AnalysisServices": "servers",
        "Microsoft.ApiManagement": (
            "service service/apis service/backends service/certificates service/namedValues "
            "service/products service/subscriptions"
        ),
        "Microsoft.App": (
            "containerApps jobs managedEnvironments managedEnvironments/certificates sessionPools"
        ),
        "Microsoft.AppConfiguration": "configurationStores configurationStores/replicas",
        "Microsoft.AppPlatform": "Spring Spring/apps Spring/apps/deployments",
        "Microsoft.Attestation": "attestationProviders",
        "Microsoft.Authorization": (
            "locks policyAssignments policyDefinitions policyExemptions policySetDefinitions "
            "roleAssignments roleDefinitions"
        ),
        "Microsoft.Automation": (
            "automationAccounts automationAccounts/configurations automationAccounts/credentials "
            "automationAccounts/runbooks automationAccounts/schedules automationAccounts/variables"
        ),
        "Microsoft.AzureStackHCI": "clusters virtualMachineInstances",
        "Microsoft.Batch": "batchAccounts batchAccounts/pools",
        "Microsoft.BotService": "botServices",
        "Microsoft.Cache": "Redis Redis/firewallRules redisEnterprise redisEnterprise/databases",
        "Microsoft.Cdn": (
            "cdnWebApplicationFirewallPolicies profiles profiles/afdEndpoints "
            "profiles/afdEndpoints/routes profiles/customDomains profiles/endpoints "
            "profiles/endpoints/customDomains profiles/originGroups profiles/originGroups/origins "
            "profiles/ruleSets profiles/securityPolicies"
        ),
        "Microsoft.Chaos": "experiments targets",
        "Microsoft.CognitiveServices": (
            "accounts accounts/commitmentPlans accounts/deployments accounts/projects "
            "accounts/projects/applications accounts/projects/connections accounts/raiPolicies"
        ),
        "Microsoft.Communication": "communicationServices emailServices emailServices/domains",
        "Microsoft.Compute": (
            "availabilitySets capacityReservationGroups cloudServices diskAccesses "
            "diskEncryptionSets disks galleries galleries/applications galleries/images "
            "galleries/images/versions hostGroups hostGroups/hosts images proximityPlacementGroups "
            "restorePointCollections snapshots sshPublicKeys virtualMachines "
            "virtualMachines/extensions virtualMachines/runCommands virtualMachineScaleSets "
            "virtualMachineScaleSets/extensions virtualMachineScaleSets/virtualMachines"
        ),
        "Microsoft.ConfidentialLedger": "ledgers",
        "Microsoft.Consumption": "budgets",
        "Microsoft.ContainerInstance": "containerGroups",
        "Microsoft.ContainerRegistry": (
            "registries registries/replications registries/tasks registries/webhooks"
        ),
        "Microsoft.ContainerService": (
            "fleets managedClusters managedClusters/agentPools snapshots"
        ),
        "Microsoft.CostManagement": "budgets exports scheduledActions views",
        "Microsoft.DBforMariaDB": "servers servers/databases servers/firewallRules",
        "Microsoft.DBforMySQL": (
            "flexibleServers flexibleServers/configurations flexibleServers/databases "
            "flexibleServers/firewallRules servers servers/firewallRules"
        ),
        "Microsoft.DBforPostgreSQL": (
            "flexibleServers flexibleServers/configurations flexibleServers/databases "
            "flexibleServers/firewallRules serverGroupsv2 servers servers/configurations "
            "servers/databases servers/firewallRules servers/securityAlertPolicies"
        ),
        "Microsoft.Dashboard": "grafana",
        "Microsoft.DataBox": "jobs",
        "Microsoft.DataFactory": (
            "factories factories/datasets factories/integrationRuntimes factories/linkedservices "
            "factories/pipelines factories/triggers"
        ),
        "Microsoft.DataLakeAnalytics": "accounts",
        "Microsoft.DataLakeStore": "accounts",
        "Microsoft.DataMigration": "services sqlMigrationServices",
        "Microsoft.DataProtection": "backupVaults backupVaults/backupPolicies resourceGuards",
        "Microsoft.Databricks": "accessConnectors workspaces",
        "Microsoft.DesktopVirtualization": (
            "applicationGroups hostPools hostPools/sessionHosts scalingPlans workspaces"
        ),
        "Microsoft.DevCenter": "devcenters networkConnections projects",
        "Microsoft.DevTestLab": "labs labs/virtualMachines schedules",
        "Microsoft.Devices": "IotHubs provisioningServices",
        "Microsoft.DigitalTwins": "digitalTwinsInstances",
        "Microsoft.DocumentDB": (
            "cassandraClusters databaseAccounts databaseAccounts/mongodbDatabases "
            "databaseAccounts/sqlDatabases databaseAccounts/sqlDatabases/containers mongoClusters"
        ),
        "Microsoft.ElasticSan": "elasticSans elasticSans/volumegroups",
        "Microsoft.EventGrid": (
            "domains domains/topics eventSubscriptions namespaces partnerTopics systemTopics "
            "systemTopics/eventSubscriptions topics"
        ),
        "Microsoft.EventHub": (
            "clusters namespaces namespaces/authorizationRules namespaces/eventhubs "
            "namespaces/eventhubs/consumergroups namespaces/networkRuleSets"
        ),
        "Microsoft.Fabric": "capacities",
        "Microsoft.HDInsight": "clusters",
        "Microsoft.HealthBot": "healthBots",
        "Microsoft.HealthcareApis": "services workspaces workspaces/fhirservices",
        "Microsoft.HybridCompute": "licenses machines machines/extensions privateLinkScopes",
        "Microsoft.Insights": (
            "actionGroups activityLogAlerts autoscaleSettings components "
            "dataCollectionEndpoints dataCollectionRules diagnosticSettings logprofiles "
            "metricAlerts privateLinkScopes scheduledQueryRules webtests workbooks"
        ),
        "Microsoft.IoTCentral": "iotApps",
        "Microsoft.KeyVault": (
            "managedHSMs vaults vaults/accessPolicies vaults/keys vaults/secrets"
        ),
        "Microsoft.Kubernetes": "connectedClusters",
        "Microsoft.KubernetesConfiguration": "extensions fluxConfigurations",
        "Microsoft.Kusto": "clusters clusters/databases",
        "Microsoft.LabServices": "labPlans labs",
        "Microsoft.LoadTestService": "loadTests",
        "Microsoft.Logic": "integrationAccounts workflows",
        "Microsoft.MachineLearningServices": (
            "registries workspaces workspaces/batchEndpoints workspaces/computes "
            "workspaces/datastores workspaces/onlineEndpoints workspaces/onlineEndpoints/deployments"
        ),
        "Microsoft.Maintenance": "configurationAssignments maintenanceConfigurations",
        "Microsoft.ManagedIdentity": (
            "userAssignedIdentities userAssignedIdentities/federatedIdentityCredentials"
        ),
        "Microsoft.ManagedServices": "registrationAssignments registrationDefinitions",
        "Microsoft.Management": "managementGroups managementGroups/subscriptions",
        "Microsoft.Maps": "accounts",
        "Microsoft.Migrate": "assessmentProjects migrateProjects moveCollections",
        "Microsoft.MobileNetwork": "mobileNetworks packetCoreControlPlanes sims",
        "Microsoft.Monitor": "accounts",
        "Microsoft.NetApp": (
            "netAppAccounts netAppAccounts/backupVaults netAppAccounts/capacityPools "
            "netAppAccounts/capacityPools/volumes netAppAccounts/snapshotPolicies"
        ),
        "Microsoft.Network": (
            "applicationGateways applicationGatewayWebApplicationFirewallPolicies "
            "applicationSecurityGroups azureFirewalls bastionHosts connections "
            "customIpPrefixes ddosCustomPolicies ddosProtectionPlans dnsForwardingRulesets "
            "dnsResolvers dnsResolvers/inboundEndpoints dnsResolvers/outboundEndpoints dnsZones "
            "dnsZones/A dnsZones/AAAA dnsZones/CAA dnsZones/CNAME dnsZones/MX dnsZones/NS "
            "dnsZones/PTR dnsZones/SOA dnsZones/SRV dnsZones/TXT expressRouteCircuits "
            "expressRouteCircuits/peerings expressRouteGateways expressRoutePorts firewallPolicies "
            "firewallPolicies/ruleCollectionGroups frontDoors "
            "frontDoorWebApplicationFirewallPolicies ipAllocations ipGroups loadBalancers "
            "loadBalancers/backendAddressPools loadBalancers/inboundNatRules "
            "localNetworkGateways natGateways networkInterfaces networkManagers networkProfiles "
            "networkSecurityGroups networkSecurityGroups/securityRules networkSecurityPerimeters "
            "networkVirtualAppliances networkWatchers networkWatchers/connectionMonitors "
            "networkWatchers/flowLogs networkWatchers/packetCaptures p2svpnGateways "
            "privateDnsZones privateDnsZones/A privateDnsZones/virtualNetworkLinks "
            "privateEndpoints privateEndpoints/privateDnsZoneGroups privateLinkServices "
            "publicIPAddresses publicIPPrefixes routeFilters routeTables routeTables/routes "
            "securityPartnerProviders serviceEndpointPolicies trafficManagerProfiles "
            "virtualHubs virtualNetworkGateways virtualNetworks "
            "virtualNetworks/subnets virtualNetworks/virtualNetworkPeerings virtualNetworkTaps "
            "virtualRouters virtualWans vpnGateways vpnServerConfigurations vpnSites"
        ),
        "Microsoft.NetworkCloud": "bareMetalMachines clusters virtualMachines",
        "Microsoft.NotificationHubs": "namespaces namespaces/notificationHubs",
        "Microsoft.OperationalInsights": (
            "clusters queryPacks workspaces workspaces/linkedServices workspaces/savedSearches "
            "workspaces/tables"
        ),
        "Microsoft.OperationsManagement": "solutions",
        "Microsoft.PolicyInsights": "attestations policyStates remediations",
        "Microsoft.Portal": "dashboards",
        "Microsoft.PowerBIDedicated": "capacities",
        "Microsoft.Purview": "accounts",
        "Microsoft.Quantum": "workspaces",
        "Microsoft.RecoveryServices": (
            "vaults vaults/backupFabrics/protectionContainers/protectedItems vaults/backupPolicies "
            "vaults/replicationFabrics"
        ),
        "Microsoft.RedHatOpenShift": "openShiftClusters",
        "Microsoft.Relay": "namespaces namespaces/hybridConnections namespaces/wcfRelays",
        "Microsoft.ResourceGraph": "queries",
        "Microsoft.Resources": (
            "deploymentScripts deploymentStacks deployments resourceGroups subscriptions "
            "templateSpecs templateSpecs/versions"
        ),
        "Microsoft.SaaS": "applications resources",
        "Microsoft.Search": "searchServices",
        "Microsoft.Security": (
            "assessments assessments/subAssessments automations autoProvisioningSettings "
            "iotSecuritySolutions locations/jitNetworkAccessPolicies pricings securityConnectors "
            "securityContacts settings workspaceSettings"
        ),
        "Microsoft.SecurityInsights": "alertRules automationRules watchlists",
        "Microsoft.ServiceBus": (
            "namespaces namespaces/authorizationRules namespaces/networkRuleSets namespaces/queues "
            "namespaces/topics namespaces/topics/subscriptions"
        ),
        "Microsoft.ServiceFabric": "clusters clusters/applications managedClusters",
        "Microsoft.SignalRService": "SignalR webPubSub",
        "Microsoft.Sql": (
            "instancePools managedInstances managedInstances/databases servers "
            "servers/administrators servers/auditingSettings servers/databases "
            "servers/databases/auditingSettings servers/databases/transparentDataEncryption "
            "servers/elasticPools servers/encryptionProtector servers/failoverGroups "
            "servers/firewallRules servers/jobAgents servers/securityAlertPolicies "
            "servers/virtualNetworkRules servers/vulnerabilityAssessments virtualClusters"
        ),
        "Microsoft.SqlVirtualMachine": "sqlVirtualMachineGroups sqlVirtualMachines",
        "Microsoft.Storage": (
            "storageAccounts storageAccounts/blobServices storageAccounts/blobServices/containers "
            "storageAccounts/fileServices storageAccounts/fileServices/shares "
            "storageAccounts/managementPolicies storageAccounts/objectReplicationPolicies "
            "storageAccounts/queueServices storageAccounts/queueServices/queues "
            "storageAccounts/tableServices storageAccounts/tableServices/tables"
        ),
        "Microsoft.StorageCache": "amlFilesystems caches",
        "Microsoft.StorageMover": "storageMovers",
        "Microsoft.StorageSync": "storageSyncServices storageSyncServices/syncGroups",
        "Microsoft.StreamAnalytics": "clusters streamingjobs",
        "Microsoft.Subscription": "aliases",
        "Microsoft.Synapse": (
            "privateLinkHubs workspaces workspaces/bigDataPools workspaces/firewallRules "
            "workspaces/integrationRuntimes workspaces/sqlPools"
        ),
        "Microsoft.TimeSeriesInsights": "environments",
        "Microsoft.VideoIndexer": "accounts",
        "Microsoft.VirtualMachineImages": "imageTemplates",
        "Microsoft.VisualStudio": "account",
        "Microsoft.Web": (
            "certificates connectionGateways connections customApis hostingEnvironments "
            "serverfarms sites sites/config sites/functions sites/hostNameBindings sites/slots "
            "staticSites"
        ),
        "Microsoft.Workloads": "monitors sapVirtualInstances",
    }
)
# What ARM's own services call by a second name.
_ALIASES = {
    "microsoft.resources/subscriptions/resourcegroups": "Microsoft.Resources/resourceGroups"
}


@cache
def _spellings() -> dict[str, str]:
    whole = (f"{space}/{type_}" for space, types in KNOWN.items() for type_ in types.split())
    return {**{name.lower(): name for name in whole}, **_ALIASES}


def spelt(reported: str, *others: str) -> str:
    """The type as ARM templates spell it; of an unknown one, the spelling with the most capitals."""
    known = _spellings().get(reported.lower())
    if known is not None:
        return known
    same = [reported, *(one for one in others if one.lower() == reported.lower())]
    return max(same, key=lambda one: sum(map(str.isupper, one)))
