"""An interface endpoint is `pending` or `deleting` for its time; a gateway endpoint is only a route."""

from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends

from simulator.lab.laboratory import Laboratory
from simulator.patches import replacing
from simulator.pending import Change


def apply(laboratory: Laboratory) -> None:
    latency = laboratory.latency
    really_delete: replacing.Method = EC2Backend.delete_vpc_endpoints

    @replacing.wrap(EC2Backend, "create_vpc_endpoint")
    def create_vpc_endpoint(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> Any:
        endpoint = original(self, *args, **kwargs)
        if _is_interface(endpoint) and latency.later("interface endpoint", self, endpoint.id):
            endpoint.state = "pending"
        return endpoint

    @replacing.wrap(EC2Backend, "delete_vpc_endpoints")
    def delete_vpc_endpoints(
        original: replacing.Method, self: Any, vpce_ids: list[str] | None = None
    ) -> None:
        at_once = []
        for endpoint_id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(endpoint_id)
            if _is_interface(endpoint) and latency.later("interface endpoint deletion", self, endpoint_id):
                endpoint.state = "deleting"
            else:
                at_once.append(endpoint_id)
        original(self, at_once)

    def make_deleted(change: Change) -> None:
        really_delete(ec2_backends[change.account_id][change.region], [change.id])

    latency.pending.make_with("interface endpoint", _make_ready)
    latency.pending.make_with("interface endpoint deletion", make_deleted)


def _is_interface(endpoint: Any) -> bool:
    return endpoint is not None and (endpoint.vpc_endpoint_type or "").lower() == "interface"


def _make_ready(change: Change) -> None:
    endpoint = ec2_backends[change.account_id][change.region].vpc_end_points[change.id]
    if endpoint.state == "pending":
        endpoint.state = "available"
