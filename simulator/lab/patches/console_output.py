"""An instance's console output is the text set in the lab."""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.responses.general import General

from simulator.lab.lab import Lab
from simulator.patches import patching


def apply(lab: Lab) -> None:
    @patching.wrap(General, "get_console_output")
    def get_console_output(original: patching.Method, self: General) -> ActionResult:
        # moto returns the boot log of a Linux of 2006 for every instance.
        result: dict[str, Any] = original(self).result
        text = lab.consoles.text_for(result["InstanceId"])
        return ActionResult({**result, "Output": Base64EncodedString.from_raw_string(text)})
