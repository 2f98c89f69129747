"""What is in an account, by name: to be compared before and after."""

from typing import Any

import jmespath
from botocore.exceptions import ClientError

from tests.simulator.server import Account

# Service, action, and where the answer has the names. What AWS shows for a while after its end is left out.
_LISTS = (
    ("ec2", "describe_vpcs", "Vpcs[].VpcId"),
    ("ec2", "describe_subnets", "Subnets[].SubnetId"),
    ("ec2", "describe_route_tables", "RouteTables[].RouteTableId"),
    ("ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId"),
    ("ec2", "describe_nat_gateways", "NatGateways[?State!='deleted'].NatGatewayId"),
    ("ec2", "describe_addresses", "Addresses[].AllocationId"),
    ("ec2", "describe_security_groups", "SecurityGroups[].GroupId"),
    ("ec2", "describe_security_group_rules", "SecurityGroupRules[].SecurityGroupRuleId"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted'].VpcEndpointId"),
    ("ec2", "describe_flow_logs", "FlowLogs[].FlowLogId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateName"),
    ("ec2", "describe_instances", "Reservations[].Instances[?State.Name!='terminated'][].InstanceId"),
    ("ec2", "describe_volumes", "Volumes[].VolumeId"),
    ("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupName"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupName"),
    ("rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier"),
    ("rds", "describe_db_snapshots", "DBSnapshots[].DBSnapshotIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups[].DBParameterGroupName"),
    ("ecr", "describe_repositories", "repositories[].repositoryName"),
    ("ssm", "describe_parameters", "Parameters[].Name"),
    ("secretsmanager", "list_secrets", "SecretList[].Name"),
    ("iam", "list_roles", "Roles[].RoleName"),
    ("iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName"),
    ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    ("s3", "list_buckets", "Buckets[].Name"),
    ("acm", "list_certificates", "CertificateSummaryList[].CertificateArn"),
    ("cloudfront", "list_distributions", "DistributionList.Items[].Id"),
    ("cloudfront", "list_origin_access_controls", "OriginAccessControlList.Items[].Id"),
    ("cloudfront", "list_response_headers_policies", "ResponseHeadersPolicyList.Items[].*[].Id[]"),
    ("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList[].ResourceARN"),
)  # fmt: skip


def everything(account: Account) -> frozenset[str]:
    """Every resource of the account as `service action: name`, and what the tagging API tells of."""
    return frozenset(
        f"{service} {action.partition('_')[2]}: {name}" for service, action, name in _names(account)
    )


def _names(account: Account) -> list[tuple[str, str, str]]:
    return [
        (service, action, str(name))
        for service, action, path in _LISTS
        for name in jmespath.search(path, _answer(account, service, action)) or []
        if not str(name).startswith("arn:aws:ec2:")  # listed by EC2 itself
    ]


def _answer(account: Account, service: str, action: str) -> Any:
    client = account.client(service)
    try:
        if client.can_paginate(action):
            return client.get_paginator(action).paginate().build_full_result()
        return getattr(client, action)()
    except ClientError as refusal:
        # What cannot be made there cannot be left there.
        if refusal.response["Error"]["Code"] in ("InvalidAction", "404"):
            return {}
        raise
