"""A load balancer is `provisioning` for its time. Its end takes none: AWS, too, forgets it at once."""

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, elbv2_backends

from simulator.lab.laboratory import Laboratory
from simulator.patches import replacing
from simulator.pending import Change


def apply(laboratory: Laboratory) -> None:
    @replacing.wrap(ELBv2Backend, "create_load_balancer")
    def create_load_balancer(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> Any:
        balancer = original(self, *args, **kwargs)
        balancer.is_provisioned_later = laboratory.latency.later("load balancer", self, balancer.arn)
        return balancer

    @replacing.wrap(FakeLoadBalancer, "activate")
    def activate(original: replacing.Method, self: Any) -> None:
        # moto does it as soon as somebody looks.
        if not vars(self).get("is_provisioned_later"):
            original(self)

    laboratory.latency.pending.make_with("load balancer", _make_ready)


def _make_ready(change: Change) -> None:
    balancer = elbv2_backends[change.account_id][change.region].load_balancers.get(change.id)
    if balancer is not None:
        vars(balancer)["is_provisioned_later"] = False
        balancer.activate()
