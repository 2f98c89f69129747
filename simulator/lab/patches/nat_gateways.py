"""A NAT gateway is `pending` or `deleting` for some time, and may become `failed`."""

from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.nat_gateways import NatGateway

from simulator.lab import known_faults, placeholders
from simulator.lab.calls import Call
from simulator.lab.lab import Lab
from simulator.patches import patching
from simulator.scheduled_changes import ScheduledChange


def apply(lab: Lab) -> None:
    latency = lab.latency
    delete_now: patching.Method = EC2Backend.delete_nat_gateway

    @patching.wrap(EC2Backend, "create_nat_gateway")
    def create_nat_gateway(
        original: patching.Method, self: EC2Backend, *args: object, **kwargs: object
    ) -> object:
        gateway = original(self, *args, **kwargs)
        failure = _failure(lab, gateway)
        if latency.schedule("NAT gateway", self, gateway.id, failure=failure):
            gateway.state = "pending"
        elif failure:
            _fail(gateway, failure)
        return gateway

    @patching.wrap(EC2Backend, "delete_nat_gateway")
    def delete_nat_gateway(original: patching.Method, self: EC2Backend, nat_gateway_id: str) -> object:
        gateway = self.nat_gateways.get(nat_gateway_id)
        if gateway is None or not latency.schedule("NAT gateway deletion", self, nat_gateway_id):
            return original(self, nat_gateway_id)
        gateway.state = "deleting"
        return gateway

    def delete(change: ScheduledChange) -> None:
        delete_now(ec2_backends[change.account_id][change.region], change.id)

    latency.changes.on_due("NAT gateway", _finish_creation)
    latency.changes.on_due("NAT gateway deletion", delete)


def _failure(lab: Lab, gateway: NatGateway) -> list[str]:
    """Code and message of the fault that applies to this gateway; empty for none."""
    call = Call(service="ec2", action=known_faults.START_NAT_GATEWAY, key="", parameters={})
    match = lab.faults.hit(call)
    return [match[1].code, placeholders.fill(match[1].message, {"VpcId": gateway.vpc_id})] if match else []


def _finish_creation(change: ScheduledChange) -> None:
    gateway = ec2_backends[change.account_id][change.region].nat_gateways[change.id]
    if gateway.state != "pending":  # it is being deleted
        return
    if change.details["failure"]:
        _fail(gateway, change.details["failure"])
    else:
        gateway.state = "available"


def _fail(gateway: Any, failure: list[str]) -> None:
    gateway.state = "failed"
    gateway.failure_code, gateway.failure_message = failure
