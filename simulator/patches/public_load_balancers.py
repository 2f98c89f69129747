"""An internet-facing load balancer needs an internet gateway. A protected one cannot be deleted."""

from moto.ec2.models import EC2Backend
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend

from simulator.patches import network_usage, patching


def apply() -> None:
    @patching.wrap(ELBv2Backend, "create_load_balancer")
    def create_load_balancer(
        original: patching.Method,
        self: ELBv2Backend,
        name: str,
        security_groups: list[str],
        subnet_ids: list[str],
        subnet_mappings: list[dict[str, str]] | None = None,
        scheme: str | None = None,
        **more: object,
    ) -> object:
        if network_usage.is_public(scheme):
            for subnet_id in [*subnet_ids, *(each["SubnetId"] for each in subnet_mappings or [])]:
                _require_gateway(self.ec2_backend, subnet_id)
        return original(self, name, security_groups, subnet_ids, subnet_mappings, scheme, **more)

    @patching.wrap(ELBv2Backend, "delete_load_balancer")
    def delete_load_balancer(original: patching.Method, self: ELBv2Backend, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        original(self, arn)


def _require_gateway(ec2: EC2Backend, subnet_id: str) -> None:
    vpc = ec2.get_vpc(ec2.get_subnet(subnet_id).vpc_id)
    gateways = list(ec2.internet_gateways.values())
    # AWS's default VPC has an internet gateway, moto's has none.
    if not vpc.is_default and not any(each.vpc is vpc for each in gateways):
        raise ELBClientError("InvalidSubnet", f"VPC {vpc.id} has no internet gateway")
