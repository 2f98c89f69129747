"""Network interfaces are deleted with the instance or NAT gateway that created them."""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(Instance, "prep_nics")
    def prep_nics(
        original: patching.Method, self: Instance, specs: list[dict[str, Any]], **rest: object
    ) -> None:
        # moto keeps them unless the request has DeleteOnTermination. In AWS that is the default.
        with_default = [{"DeleteOnTermination": True, **spec} for spec in specs]
        original(self, with_default, **rest)
        if not specs:
            for interface in self.nics.values():
                interface.delete_on_termination = True

    @patching.wrap(Instance, "terminate")
    def terminate(original: patching.Method, self: Any) -> object:
        # Terminating an instance twice must not fail because its interface is already deleted.
        for interface in self.nics.values():
            interface.delete_on_termination &= interface.id in self.ec2_backend.enis
        return original(self)

    @patching.wrap(EC2Backend, "delete_nat_gateway")
    def delete_nat_gateway(original: patching.Method, self: EC2Backend, nat_gateway_id: str) -> object:
        gateway = original(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        return gateway
