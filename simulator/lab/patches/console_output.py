"""An instance's console shows the text it was given."""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.responses.general import General

from simulator.lab.laboratory import Laboratory
from simulator.patches import replacing


def apply(laboratory: Laboratory) -> None:
    @replacing.wrap(General, "get_console_output")
    def get_console_output(original: replacing.Method, self: Any) -> ActionResult:
        # moto shows the boot of a Linux of 2006, of every instance.
        answer: dict[str, Any] = original(self).result
        text = laboratory.consoles.text_of(answer["InstanceId"])
        return ActionResult({**answer, "Output": Base64EncodedString.from_raw_string(text)})
