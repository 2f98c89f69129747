"""Resources of a network cannot be deleted while something uses them, in whatever order a destroy runs."""

from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend

from simulator.patches import network_usage, patching


def apply() -> None:
    @patching.wrap(EC2Backend, "delete_security_group")
    def delete_security_group(
        original: patching.Method, self: Any, name: str | None = None, group_id: str | None = None
    ) -> None:
        found = self.get_security_group_by_name_or_id(group_id or name)
        if found is not None and _is_in_use(self, found):
            raise DependencyViolationError(f"resource {found.id} has a dependent object")
        original(self, name, group_id)

    @patching.wrap(EC2Backend, "delete_subnet")
    def delete_subnet(original: patching.Method, self: EC2Backend, subnet_id: str) -> object:
        if any(subnet_id in each.subnets for each in network_usage.all_in(self)):
            raise DependencyViolationError(
                f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            )
        return original(self, subnet_id)

    @patching.wrap(EC2Backend, "detach_internet_gateway")
    def detach_internet_gateway(
        original: patching.Method, self: EC2Backend, internet_gateway_id: str, vpc_id: str
    ) -> None:
        if any(each.public_vpc == vpc_id for each in network_usage.all_in(self)):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
        original(self, internet_gateway_id, vpc_id)

    @patching.wrap(EC2Backend, "delete_vpc")
    def delete_vpc(original: patching.Method, self: EC2Backend, vpc_id: str) -> object:
        # moto checks only subnets, route tables and VPN gateways.
        if _has_dependencies(self, vpc_id):
            raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return original(self, vpc_id)


def _is_in_use(ec2: EC2Backend, group: Any) -> bool:
    """Whether a resource uses the security group, or a rule of another group in the VPC names it."""
    others = [each for each in list(ec2.groups.get(group.vpc_id, {}).values()) if each is not group]
    rules = [rule for each in others for rule in (*each.ingress_rules, *each.egress_rules)]
    return any((rule.source_group or {}).get("GroupId") == group.id for rule in rules) or any(
        group.id in each.security_groups for each in network_usage.all_in(ec2)
    )


def _has_dependencies(ec2: EC2Backend, vpc_id: str) -> bool:
    gateways = any(each.vpc and each.vpc.id == vpc_id for each in list(ec2.internet_gateways.values()))
    groups = any(not each.is_default for each in list(ec2.groups.get(vpc_id, {}).values()))
    endpoints = any(
        each.vpc_id == vpc_id and each.state not in network_usage.ENDED
        for each in list(ec2.vpc_end_points.values())
    )
    return gateways or groups or endpoints
