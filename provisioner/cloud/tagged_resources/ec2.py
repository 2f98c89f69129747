"""EC2: tagged resources, with the states of those that cost money."""

from __future__ import annotations

from provisioner.cloud import prices
from provisioner.cloud.account import Account
from provisioner.cloud.tagged_resources.resource import (
    GONE_STATES,
    Client,
    Filters,
    Resource,
    Tag,
    client,
    state_note,
)
from provisioner.sentences import sentence


def _filters(tag: Tag) -> Filters:
    return [{"Name": f"tag:{tag.key}", "Values": [tag.value]}]


def instances_and_networks(account: Account, tag: Tag) -> list[Resource]:
    """All tagged resources of EC2, with the states of those that cost money."""
    ec2 = client("ec2", account)
    named = [{"Name": "key", "Values": [tag.key]}, {"Name": "value", "Values": [tag.value]}]
    pages = ec2.get_paginator("describe_tags").paginate(Filters=named)
    tagged = {each["ResourceId"]: each["ResourceType"] for page in pages for each in page["Tags"]}
    if not tagged:
        return []
    # Check the ids again: not every account applies the tag filter in each of these calls.
    detailed = [each for ask in _IN_DETAIL for each in ask(ec2, _filters(tag)) if each.id in tagged]
    others = {id_: kind for id_, kind in tagged.items() if kind not in _PRICED}
    # A tag may outlive its resource: trust it only if the list of that kind has the resource, too.
    alive = {id_ for kind in set(others.values()) & _FREE.keys() for id_ in _ids(ec2, kind, _filters(tag))}
    free = [_free(id_, kind) for id_, kind in others.items() if id_ in alive or kind not in _FREE]
    return detailed + free


def _ids(ec2: Client, kind: str, filters: Filters) -> list[str]:
    operation, key, name = _FREE[kind]
    pages = ec2.get_paginator(operation).paginate(Filters=filters)
    return [each[name] for page in pages for each in page[key]]


def _free(id_: str, kind: str) -> Resource:
    return Resource(kind=kind.replace("-", " "), id=id_)


def _gateways(ec2: Client, filters: Filters) -> list[Resource]:
    found = ec2.describe_nat_gateways(Filter=filters)["NatGateways"]
    return [
        Resource("NAT gateway", each["NatGatewayId"], state_note(each["State"]), usd_a_day=prices.NAT_GATEWAY)
        for each in found
        if each["State"] not in GONE_STATES | {"failed"}
    ]


def _instances(ec2: Client, filters: Filters) -> list[Resource]:
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
    found = [each for page in pages for group in page["Reservations"] for each in group["Instances"]]
    return [
        Resource(
            f"server {each['InstanceType']}",
            each["InstanceId"],
            state_note(each["State"]["Name"]),
            usd_a_day=prices.instance(each["InstanceType"]) if each["State"]["Name"] == "running" else 0.0,
        )
        for each in found
        if each["State"]["Name"] not in GONE_STATES
    ]


def _addresses(ec2: Client, filters: Filters) -> list[Resource]:
    found = ec2.describe_addresses(Filters=filters)["Addresses"]
    note = sentence("AWS charges for an address, whether it is used or not.")
    return [
        Resource("public address", each["AllocationId"], note, usd_a_day=prices.PUBLIC_ADDRESS)
        for each in found
    ]


def _volumes(ec2: Client, filters: Filters) -> list[Resource]:
    found = ec2.describe_volumes(Filters=filters)["Volumes"]
    return [
        Resource(
            f"disk of {each['Size']} GiB",
            each["VolumeId"],
            state_note(each["State"]),
            usd_a_day=prices.volume(each["Size"]),
        )
        for each in found
        if each["State"] not in GONE_STATES
    ]


def _disk_snapshots(ec2: Client, filters: Filters) -> list[Resource]:
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=filters)["Snapshots"]
    return [Resource("disk snapshot", each["SnapshotId"], usd_a_day=None) for each in found]


def _interfaces(ec2: Client, filters: Filters) -> list[Resource]:
    found = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return [
        Resource("network interface", each["NetworkInterfaceId"], each.get("Description", "")[:200])
        for each in found
    ]


def _endpoints(ec2: Client, filters: Filters) -> list[Resource]:
    found = ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    return [
        Resource(
            "endpoint",
            each["VpcEndpointId"],
            each["ServiceName"],
            usd_a_day=prices.ENDPOINT_PER_ZONE * len(each.get("SubnetIds") or []),
        )
        for each in found
        if each.get("State", "").lower() not in GONE_STATES
    ]


_IN_DETAIL = (_gateways, _instances, _addresses, _volumes, _disk_snapshots, _interfaces, _endpoints)
_PRICED = frozenset(
    {"natgateway", "nat-gateway", "instance", "elastic-ip", "vpc-elastic-ip", "volume", "snapshot",
     "network-interface", "vpc-endpoint"}
)  # fmt: skip
# Free kinds: the API call, its list, and the id's name in each entry.
_FREE = {
    "internet-gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "launch-template": ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
    "route-table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "security-group": ("describe_security_groups", "SecurityGroups", "GroupId"),
    "security-group-rule": ("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleId"),
    "subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
}
