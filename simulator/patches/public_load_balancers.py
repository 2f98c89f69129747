"""A load balancer that faces the internet needs a way there, and one that is protected stays."""

from typing import Any

from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend

from simulator.patches import occupants, replacing


def apply() -> None:
    @replacing.wrap(ELBv2Backend, "create_load_balancer")
    def create_load_balancer(
        original: replacing.Method,
        self: Any,
        name: str,
        security_groups: list[str],
        subnet_ids: list[str],
        subnet_mappings: list[dict[str, str]] | None = None,
        scheme: str | None = None,
        **more: Any,
    ) -> Any:
        if occupants.is_public(scheme):
            for subnet_id in [*subnet_ids, *(each["SubnetId"] for each in subnet_mappings or [])]:
                _demand_gateway(self.ec2_backend, subnet_id)
        return original(self, name, security_groups, subnet_ids, subnet_mappings, scheme, **more)

    @replacing.wrap(ELBv2Backend, "delete_load_balancer")
    def delete_load_balancer(original: replacing.Method, self: Any, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        original(self, arn)


def _demand_gateway(ec2: Any, subnet_id: str) -> None:
    vpc = ec2.get_vpc(ec2.get_subnet(subnet_id).vpc_id)
    gateways = list(ec2.internet_gateways.values())
    # The network that every region has from the beginning has a gateway in AWS; moto's has none.
    if not vpc.is_default and not any(each.vpc is vpc for each in gateways):
        raise ELBClientError("InvalidSubnet", f"VPC {vpc.id} has no internet gateway")
