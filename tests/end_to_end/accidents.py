"""What can happen to a run from outside: to its processes, state, blueprint or host."""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from provisioner.terraform import lock
from tests.end_to_end.programs import PATIENCE_SECONDS, Portal
from tests.simulator import server
from tests.support import demo_process

# Arguments: portal, name of the environment, an empty folder. Yields the portal with the run, and its id.
Accident = Callable[[Portal, str, Path], AbstractContextManager[tuple[Portal, str]]]
Yielded = Iterator[tuple[Portal, str]]
_ROLE = "arn:aws:iam::123456789012:role/portal"


@contextmanager
def state_written_by_another(portal: Portal, name: str, folder: Path) -> Yielded:
    """Somebody else applies a change between a plan and its approval."""

    def advanced(state: dict[str, Any]) -> dict[str, Any]:
        return state | {"serial": state["serial"] + 1}

    yield portal, _approved_with_another_state(portal, name, advanced)


@contextmanager
def state_replaced_by_another(portal: Portal, name: str, folder: Path) -> Yielded:
    """The state is overwritten with another one between a plan and its approval."""

    def replaced(state: dict[str, Any]) -> dict[str, Any]:
        return state | {"lineage": "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"}

    yield portal, _approved_with_another_state(portal, name, replaced)


@contextmanager
def provider_killed(portal: Portal, name: str, folder: Path) -> Yielded:
    """Kill the provider during an apply, while a NAT gateway is pending."""
    portal.change_lab("latency", {"scale": 1}, method="PUT")
    environment, run_id = portal.order("parts", name, {"make": "gateway_with_network"})
    its_own = [{"Name": "tag:EnvironmentId", "Values": [environment["id"]]}]
    _wait_for(lambda: portal.client("ec2").describe_nat_gateways(Filters=its_own)["NatGateways"])
    directory = portal.workspace(run_id)
    for pid in _wait_for(lambda: _running(lock.holder_pids(directory), "terraform-provider-aws")):
        os.kill(pid, signal.SIGKILL)
    yield portal, run_id


@contextmanager
def plan_killed_twice(portal: Portal, name: str, folder: Path) -> Yielded:
    """Kill all processes of a plan, and those of the portal's second attempt."""
    _, run_id = portal.order("parts", name, {"make": "vpc"})
    directory = portal.workspace(run_id)
    for _ in range(2):
        _wait_for(lambda: lock.is_held(directory))
        _wait_for(lambda: _kill_all(directory))
    yield portal, run_id


@contextmanager
def deadline_reached(portal: Portal, name: str, folder: Path) -> Yielded:
    with _portal_with(portal, folder, APPLY_DEADLINE_SECONDS="10") as strict:
        yield strict, strict.order("says", name, {"seconds": 50})[1]


@contextmanager
def disk_full(portal: Portal, name: str, folder: Path) -> Yielded:
    """Require more free disk space than any host has."""
    with _portal_with(portal, folder, RUN_FREE_MIB=str(1 << 40)) as cramped:
        yield cramped, cramped.order("says", name, {})[1]


@contextmanager
def role_not_assumable(portal: Portal, name: str, folder: Path) -> Yielded:
    """Use a role whose trust policy does not allow the portal to assume it."""
    account = {"slug": "closed", "title": "Closed", "kind": "simulated", "region": "ap-northeast-2"}
    accounts = json.dumps([account | {"role_arn": _ROLE}])
    with _portal_with(portal, folder, CLOUD_ACCOUNTS=accounts) as outside:
        outside.change_lab("faults", {"name": "role-not-assumable", "times": None})
        yield outside, outside.order("says", name, {})[1]


@contextmanager
def blueprint_deleted(portal: Portal, name: str, folder: Path) -> Yielded:
    """Delete the blueprint while the run waits for a worker."""
    blueprint = folder / "blueprints" / "gone"
    blueprint.mkdir(parents=True)
    (blueprint / "blueprint.toml").write_text('title = "Gone"\nsummary = "Soon."\nicon = "zap"\n')
    (blueprint / "main.tf").write_text('terraform {\n  required_version = ">= 1.10"\n}\n')
    with _portal_with(portal, folder, BLUEPRINT_DIRS=str(blueprint.parent)) as bare:
        worker = bare.demo.described()["processes"]["worker-runs"]
        os.kill(worker, signal.SIGSTOP)
        try:
            _, run_id = bare.order("gone", name, {})
            shutil.rmtree(blueprint)
        finally:
            os.kill(worker, signal.SIGCONT)
        yield bare, run_id


def _approved_with_another_state(
    portal: Portal, name: str, other: Callable[[dict[str, Any]], dict[str, Any]]
) -> str:
    environment, first = portal.order("says", name, {})
    portal.wait_until(first, "applied")
    run_id = portal.change(environment, {"seconds": 61})
    portal.wait_until(run_id, "planned")
    _rewrite_state(portal, environment["id"], other)
    portal.approve(run_id)
    return run_id


def _rewrite_state(
    portal: Portal, environment_id: str, other: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    s3 = portal.client("s3")
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        for key in (each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])):
            if environment_id in key:
                state = json.load(s3.get_object(Bucket=bucket, Key=key)["Body"])
                s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(other(state)).encode())
                return
    raise AssertionError(f"{environment_id} has no state")


def _wait_for(condition: Callable[[], Any]) -> Any:
    return server.wait_for(condition, seconds=PATIENCE_SECONDS)


def _kill_all(directory: Path) -> bool:
    """Kill all processes of the run. Returns whether none is left; new forks are killed by the next call."""
    for pid in lock.holder_pids(directory):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return not lock.is_held(directory)


def _running(pids: list[int], program: str) -> list[int]:
    return [pid for pid in pids if program in _command(pid)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@contextmanager
def _portal_with(portal: Portal, folder: Path, **settings: str) -> Iterator[Portal]:
    """A second portal with the settings of the first one and these."""
    kept = {name: portal.demo.environment[name] for name in ("BLUEPRINT_DIRS", "BLUEPRINTS_TRUSTED")}
    var_dir = folder / "portal" / "var"
    var_dir.parent.mkdir()
    with demo_process.running(var_dir, **kept | settings) as demo:
        yield Portal(demo)
