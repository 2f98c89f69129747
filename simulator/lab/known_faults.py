"""The faults that can be switched on by name; `known_faults.toml` has them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.lab.fault import Rule, shown

# What happens inside the account, without a request of anybody, and yet can fail.
LAUNCH_INSTANCE = "LaunchInstance"
START_NAT_GATEWAY = "StartNatGateway"


@dataclass(frozen=True, kw_only=True)
class Known:
    """`times` is what the fault gets when nobody says how often: None is until it is switched off.

    `effect` says what comes of it.
    """

    name: str
    group: str
    title: str
    effect: str
    rules: tuple[Rule, ...]
    times: int | None = None

    def as_json(self) -> dict[str, Any]:
        """What `/_lab/faults` shows; the first rule stands for all."""
        about = {name: getattr(self, name) for name in ("name", "group", "title", "effect", "times")}
        return about | shown(self.rules[0])


def _read() -> dict[str, Known]:
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    found = [_known(**described) for described in content["fault"]]
    return {known.name: known for known in found}


def _known(*, rule: list[dict[str, Any]], **about: Any) -> Known:
    rules = [
        Rule(service=service, **{name: value for name, value in each.items() if name != "services"})
        for each in rule
        for service in each["services"]
    ]
    return Known(rules=tuple(rules), **about)


ALL: dict[str, Known] = _read()
