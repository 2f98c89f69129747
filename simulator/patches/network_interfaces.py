"""Network interfaces go with the instance or the NAT gateway that brought them."""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(Instance, "prep_nics")
    def prep_nics(original: replacing.Method, self: Any, specs: list[dict[str, Any]], **rest: Any) -> None:
        # moto keeps them for ever, unless the order says "delete on termination"; AWS takes that for granted.
        brought = [{"DeleteOnTermination": True, **spec} for spec in specs]
        original(self, brought, **rest)
        if not specs:
            for interface in self.nics.values():
                interface.delete_on_termination = True

    @replacing.wrap(Instance, "terminate")
    def terminate(original: replacing.Method, self: Any) -> Any:
        # Whoever terminates an instance twice is not to stumble over an interface that is gone.
        for interface in self.nics.values():
            interface.delete_on_termination &= interface.id in self.ec2_backend.enis
        return original(self)

    @replacing.wrap(EC2Backend, "delete_nat_gateway")
    def delete_nat_gateway(original: replacing.Method, self: Any, nat_gateway_id: str) -> Any:
        gateway = original(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        return gateway
