"""Actions that moto lacks are refused like AWS refuses them, and the ones it has are found faster."""

from functools import cache
from typing import Any

from moto.core import responses
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from provisioner.simulator.patches import replacing


def apply() -> None:
    # moto lists all methods of the class for every request: 800 of them for EC2.
    vars(responses)["method_names_from_class"] = cache(responses.method_names_from_class)

    @replacing.wrap(BaseResponse, "call_action")
    def call_action(original: replacing.Method, self: Any) -> Any:
        try:
            return original(self)
        except NotImplementedError as reason:
            status, headers, body = self.serialized(ActionResult(ServiceException("InvalidAction", str(reason))))
            return status, headers, body
