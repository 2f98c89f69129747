"""A NAT gateway is `pending` or `deleting` for its time, and may come up `failed`."""

from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends

from simulator.lab import known_faults
from simulator.lab.calls import Call
from simulator.lab.fault import fill
from simulator.lab.laboratory import Laboratory
from simulator.patches import replacing
from simulator.pending import Change


def apply(laboratory: Laboratory) -> None:
    latency = laboratory.latency
    really_delete: replacing.Method = EC2Backend.delete_nat_gateway

    @replacing.wrap(EC2Backend, "create_nat_gateway")
    def create_nat_gateway(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> Any:
        gateway = original(self, *args, **kwargs)
        failure = _failure(laboratory, gateway)
        if latency.later("NAT gateway", self, gateway.id, failure=failure):
            gateway.state = "pending"
        elif failure:
            _fail(gateway, failure)
        return gateway

    @replacing.wrap(EC2Backend, "delete_nat_gateway")
    def delete_nat_gateway(original: replacing.Method, self: Any, nat_gateway_id: str) -> Any:
        gateway = self.nat_gateways.get(nat_gateway_id)
        if gateway is None or not latency.later("NAT gateway deletion", self, nat_gateway_id):
            return original(self, nat_gateway_id)
        gateway.state = "deleting"
        return gateway

    def make_deleted(change: Change) -> None:
        really_delete(ec2_backends[change.account_id][change.region], change.id)

    latency.pending.make_with("NAT gateway", _make_ready)
    latency.pending.make_with("NAT gateway deletion", make_deleted)


def _failure(laboratory: Laboratory, gateway: Any) -> list[str]:
    """Code and sentence of the fault that strikes this gateway; empty for none."""
    call = Call(service="ec2", action=known_faults.START_NAT_GATEWAY, key="", parameters={})
    taken = laboratory.faults.take(call)
    return [taken[1].code, fill(taken[1].message, {"VpcId": gateway.vpc_id})] if taken else []


def _make_ready(change: Change) -> None:
    gateway = ec2_backends[change.account_id][change.region].nat_gateways[change.id]
    if gateway.state != "pending":  # somebody deletes it already
        return
    if change.details["failure"]:
        _fail(gateway, change.details["failure"])
    else:
        gateway.state = "available"


def _fail(gateway: Any, failure: list[str]) -> None:
    gateway.state = "failed"
    gateway.failure_code, gateway.failure_message = failure
