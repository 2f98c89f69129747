"""The faults that can be switched on by name, read from `known_faults.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.json_types import JsonObject
from simulator.lab.fault import Rule, public_fields

# Names for operations inside AWS that no request names, but that can fail.
LAUNCH_INSTANCE = "LaunchInstance"
START_NAT_GATEWAY = "StartNatGateway"


@dataclass(frozen=True, kw_only=True)
class KnownFault:
    """`effect` describes the result. `times` is the default count; None: until it is switched off."""

    name: str
    group: str
    title: str
    effect: str
    rules: tuple[Rule, ...]
    times: int | None = None

    def as_json(self) -> JsonObject:
        """The fault in `/_lab/faults`. Of several rules only the first is shown."""
        about = {name: getattr(self, name) for name in ("name", "group", "title", "effect", "times")}
        return about | public_fields(self.rules[0])


def _read() -> dict[str, KnownFault]:
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    faults = [_known_fault(**described) for described in content["fault"]]
    return {fault.name: fault for fault in faults}


def _known_fault(*, rule: list[JsonObject], **about: Any) -> KnownFault:
    rules = [
        Rule(service=service, **{name: value for name, value in each.items() if name != "services"})
        for each in rule
        for service in each["services"]
    ]
    return KnownFault(rules=tuple(rules), **about)


ALL: dict[str, KnownFault] = _read()
