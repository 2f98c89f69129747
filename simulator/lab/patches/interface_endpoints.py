"""An interface endpoint is `pending` or `deleting` for some time. A gateway endpoint takes no time."""

from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.vpcs import VPCEndPoint

from simulator.lab.lab import Lab
from simulator.patches import patching
from simulator.scheduled_changes import ScheduledChange


def apply(lab: Lab) -> None:
    latency = lab.latency
    delete_now: patching.Method = EC2Backend.delete_vpc_endpoints

    @patching.wrap(EC2Backend, "create_vpc_endpoint")
    def create_vpc_endpoint(
        original: patching.Method, self: EC2Backend, *args: object, **kwargs: object
    ) -> object:
        endpoint = original(self, *args, **kwargs)
        if _is_interface(endpoint) and latency.schedule("interface endpoint", self, endpoint.id):
            endpoint.state = "pending"
        return endpoint

    @patching.wrap(EC2Backend, "delete_vpc_endpoints")
    def delete_vpc_endpoints(original: patching.Method, self: Any, vpce_ids: list[str] | None = None) -> None:
        immediate = []
        for endpoint_id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(endpoint_id)
            if _is_interface(endpoint) and latency.schedule("interface endpoint deletion", self, endpoint_id):
                endpoint.state = "deleting"
            else:
                immediate.append(endpoint_id)
        original(self, immediate)

    def delete(change: ScheduledChange) -> None:
        delete_now(ec2_backends[change.account_id][change.region], [change.id])

    latency.changes.on_due("interface endpoint", _make_available)
    latency.changes.on_due("interface endpoint deletion", delete)


def _is_interface(endpoint: VPCEndPoint) -> bool:
    return endpoint is not None and (endpoint.vpc_endpoint_type or "").lower() == "interface"


def _make_available(change: ScheduledChange) -> None:
    endpoint = ec2_backends[change.account_id][change.region].vpc_end_points[change.id]
    if endpoint.state == "pending":
        endpoint.state = "available"
