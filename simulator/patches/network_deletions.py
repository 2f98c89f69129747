"""What is in use in a network is not deleted from under its users, in whatever order a destroy comes."""

from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend

from simulator.patches import occupants, replacing


def apply() -> None:
    @replacing.wrap(EC2Backend, "delete_security_group")
    def delete_security_group(
        original: replacing.Method, self: Any, name: str | None = None, group_id: str | None = None
    ) -> None:
        found = self.get_security_group_by_name_or_id(group_id or name)
        if found is not None and _guards_something(self, found):
            raise DependencyViolationError(f"resource {found.id} has a dependent object")
        original(self, name, group_id)

    @replacing.wrap(EC2Backend, "delete_subnet")
    def delete_subnet(original: replacing.Method, self: Any, subnet_id: str) -> Any:
        if any(subnet_id in each.subnets for each in occupants.all_of(self)):
            raise DependencyViolationError(
                f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            )
        return original(self, subnet_id)

    @replacing.wrap(EC2Backend, "detach_internet_gateway")
    def detach_internet_gateway(
        original: replacing.Method, self: Any, internet_gateway_id: str, vpc_id: str
    ) -> None:
        if any(each.public_in == vpc_id for each in occupants.all_of(self)):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
        original(self, internet_gateway_id, vpc_id)

    @replacing.wrap(EC2Backend, "delete_vpc")
    def delete_vpc(original: replacing.Method, self: Any, vpc_id: str) -> Any:
        # moto itself looks at subnets, route tables and VPN gateways only.
        if _has_parts(self, vpc_id):
            raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return original(self, vpc_id)


def _guards_something(ec2: Any, group: Any) -> bool:
    """Whether anything has the group, or another group of the network names it in a rule."""
    others = [each for each in list(ec2.groups.get(group.vpc_id, {}).values()) if each is not group]
    rules = [rule for each in others for rule in (*each.ingress_rules, *each.egress_rules)]
    return any((rule.source_group or {}).get("GroupId") == group.id for rule in rules) or any(
        group.id in each.groups for each in occupants.all_of(ec2)
    )


def _has_parts(ec2: Any, vpc_id: str) -> bool:
    gateways = any(each.vpc and each.vpc.id == vpc_id for each in list(ec2.internet_gateways.values()))
    groups = any(not each.is_default for each in list(ec2.groups.get(vpc_id, {}).values()))
    endpoints = any(
        each.vpc_id == vpc_id and each.state not in occupants.GONE
        for each in list(ec2.vpc_end_points.values())
    )
    return gateways or groups or endpoints
