"""One size of a blueprint, from its creation to the empty account."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from provisioner.blueprints import Blueprint, Effect, effects
from tests.simulator import server
from tests.terraform_modules.matrix import sweep, values
from tests.terraform_modules.matrix.terraform import Done, Module

SEVERITY: Sequence[Effect] = get_args(Effect)
HOLD_DATA = (
    "aws_db_instance.",
    "aws_ecr_repository.",
    "aws_s3_bucket.",
    "aws_s3_object.",
    "aws_cloudwatch_log_group.",
)
# CloudFront takes certificates of one region only.
CERTIFICATE_REGIONS = {"static_site": "us-east-1"}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One step of one size. `trouble` is empty where everything is as it should be."""

    size: str
    step: str
    what: str
    seconds: float
    after: str = ""
    effect: str = ""
    trouble: str = ""


@dataclass(kw_only=True)
class Life:
    """An environment of its own in an account of its own; every step is one cell for `tell`."""

    blueprint: Blueprint
    size: str
    knobs: Sequence[str]
    tell: Callable[[Cell], None]

    def live(self) -> None:
        with _account() as (account, folder):
            self._account = account
            self._module = Module(self.blueprint.path, folder, url=account.url)
            number = [size.slug for size in self.blueprint.sizes].index(self.size) + 1
            self._values = values.of_size(self.blueprint, self.size, number=number)
            self._samples = _samples(account, self.blueprint)
            before = sweep.everything(account)
            if self._create():
                for name in values.order(self.blueprint, self._values):
                    if not self.knobs or name in self.knobs:
                        self._update(name)
            self._destroy()
            self._sweep(before)

    def _create(self) -> bool:
        made = self._module.apply(self._values)
        if made.code:
            self._tell("create", "", made, trouble="; ".join(made.errors))
            return False
        self._settled("create", f"{made.count('create')} resources", made)
        return True

    def _update(self, name: str) -> None:
        question, now = self.blueprint.inputs[name], self._values[name]
        new = values.other(self.blueprint, name, now, samples=self._samples)
        needed = values.needs(name, new)
        if lacking := [each for each, value in needed.items() if self._values[each] != value]:
            self._values |= needed
            self._settled(f"for {name}", ", ".join(lacking), self._module.apply(self._values))
        declared = effects.of_change(question, before=now, after=new)
        before = self._refreshes()
        wanted = self._values | values.together(name, new, samples=self._samples)
        made = self._module.apply_to_what_was_just_read(wanted)
        what = f"{values.shown(now)} > {values.shown(new)}"
        if declared == "refused":
            is_refused = made.code != 0 and any(name in error for error in made.errors)
            trouble = "" if is_refused else f"not refused: {made.errors}"
            self._settled(name, f"{what}: refused", made, effect="refused", trouble=trouble)
            return
        if made.code:
            # Some of it may have been made: the next step undoes it, and its counts tell of that too.
            self._tell(name, what, made, trouble="; ".join(made.errors))
            return
        self._values = wanted
        did = seen(made, refreshed=self._refreshes() > before)
        trouble = beyond(did, declared)
        self._settled(name, what, made, effect=str(declared or "none declared"), trouble=trouble)

    def _destroy(self) -> None:
        farewell = {name: value for name, value in values.FAREWELL.items() if name in self._values}
        if any(self._values[name] != value for name, value in farewell.items()):
            self._values |= farewell
            self._settled("release", "protection and snapshot off", self._module.apply(self._values))
        gone = self._module.destroy(self._values)
        self._tell("destroy", f"{gone.count('delete')} resources", gone, trouble="; ".join(gone.errors))

    def _sweep(self, before: frozenset[str]) -> None:
        left = sorted(sweep.everything(self._account) - before)
        what = f"{len(left)} left" if left else "nothing left"
        self._tell("sweep", what, Done(0, 0.0), trouble=", ".join(left))

    def _settled(self, step: str, what: str, made: Done, *, effect: str = "", trouble: str = "") -> None:
        """Tell of an apply together with the plan after it, which must be empty."""
        again = self._module.plan(self._values)
        after = "empty" if again.code == 0 else ", ".join(again.planned) or "refused"
        faults = [trouble, *made.errors * (effect != "refused"), *again.errors]
        if again.code == 2:
            faults.append(
                f"the plan after it is not empty: {', '.join(self._module.differences(self._values))}"
            )
        cell_trouble = "; ".join(filter(None, faults))
        counts = f"+{made.count('create')} ~{made.count('update')} -{made.count('delete')}"
        replaced = f" !{made.count('replace')}" if made.count("replace") else ""
        shown = what if step == "create" or effect == "refused" else f"{what} ({counts}{replaced})"
        self._tell(step, shown, made, after=after, effect=effect, trouble=cell_trouble)

    def _tell(
        self, step: str, what: str, made: Done, *, after: str = "", effect: str = "", trouble: str = ""
    ) -> None:
        self.tell(
            Cell(
                size=self.size, step=step, what=what, seconds=made.seconds,
                after=after, effect=effect, trouble=trouble,
            )
        )  # fmt: skip

    def _refreshes(self) -> int:
        client = self._account.client("autoscaling")
        groups = client.describe_auto_scaling_groups()["AutoScalingGroups"]
        names = [group["AutoScalingGroupName"] for group in groups]
        return sum(
            len(client.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"])
            for name in names
        )


def seen(made: Done, *, refreshed: bool) -> Effect:
    """What an apply did to what stood there, at worst, as far as plan and account show it."""
    lost = [address for address, action in made.planned.items() if action in ("delete", "replace")]
    if any(address.startswith(HOLD_DATA) for address in lost):
        return "loses_data"
    if made.count("replace"):
        return "replaces"
    return "rolling" if refreshed else "in_place"


def beyond(did: Effect, declared: Effect | None) -> str:
    """Why the declared effect is too harmless for what was done; empty where it is not."""
    if declared is not None and SEVERITY.index(did) <= SEVERITY.index(declared):
        return ""
    return f"it is declared as {declared}, and does more: {did}"


def _samples(account: server.Account, blueprint: Blueprint) -> Mapping[str, Sequence[Any]]:
    """Values that must exist in the account before they can be given."""
    region = CERTIFICATE_REGIONS.get(blueprint.slug, server.REGION)
    acm = account.client("acm", region_name=region)
    names = ("shop.example.com", "www.example.com")
    return {"certificate_arn": [acm.request_certificate(DomainName=name)["CertificateArn"] for name in names]}


@contextlib.contextmanager
def _account() -> Iterator[tuple[server.Account, Path]]:
    with tempfile.TemporaryDirectory(prefix="blueprint-matrix-") as name:
        folder = Path(name)
        # One snapshot for each of some thousand requests would be much of the time.
        with server.running(folder / "account", "--snapshot-seconds", "3600") as account:
            yield account, folder
