"""A load balancer is `provisioning` for some time. Its deletion takes no time, as in AWS."""

from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, elbv2_backends

from simulator.lab.lab import Lab
from simulator.patches import patching
from simulator.scheduled_changes import ScheduledChange


def apply(lab: Lab) -> None:
    @patching.wrap(ELBv2Backend, "create_load_balancer")
    def create_load_balancer(
        original: patching.Method, self: ELBv2Backend, *args: object, **kwargs: object
    ) -> object:
        balancer = original(self, *args, **kwargs)
        balancer.is_provisioned_later = lab.latency.schedule("load balancer", self, balancer.arn)
        return balancer

    @patching.wrap(FakeLoadBalancer, "activate")
    def activate(original: patching.Method, self: FakeLoadBalancer) -> None:
        # moto activates a load balancer at its first description.
        if not vars(self).get("is_provisioned_later"):
            original(self)

    lab.latency.changes.on_due("load balancer", _activate)


def _activate(change: ScheduledChange) -> None:
    balancer = elbv2_backends[change.account_id][change.region].load_balancers.get(change.id)
    if balancer is not None:
        vars(balancer)["is_provisioned_later"] = False
        balancer.activate()
