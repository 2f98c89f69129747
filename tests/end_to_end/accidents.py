"""What befalls a run from outside: its processes, its state, its blueprint, its host."""

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

# The portal, the name of the environment, a folder of one's own; gives the run, and the portal that has it.
Accident = Callable[[Portal, str, Path], AbstractContextManager[tuple[Portal, str]]]
Happened = Iterator[tuple[Portal, str]]
_ROLE = "arn:aws:iam::123456789012:role/portal"


@contextmanager
def another_wrote_the_state(portal: Portal, name: str, folder: Path) -> Happened:
    """Between a plan and its approval somebody applies something else."""

    def advanced(state: dict[str, Any]) -> dict[str, Any]:
        return state | {"serial": state["serial"] + 1}

    yield portal, _approved_with_another_state(portal, name, advanced)


@contextmanager
def another_state_took_its_place(portal: Portal, name: str, folder: Path) -> Happened:
    """Between a plan and its approval the state of something else is copied over it."""

    def replaced(state: dict[str, Any]) -> dict[str, Any]:
        return state | {"lineage": "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"}

    yield portal, _approved_with_another_state(portal, name, replaced)


@contextmanager
def provider_killed(portal: Portal, name: str, folder: Path) -> Happened:
    """In mid-apply, while a NAT gateway comes up."""
    portal.tell_lab("latency", {"scale": 1}, method="PUT")
    environment, run_id = portal.order("parts", name, {"make": "gateway_with_network"})
    its_own = [{"Name": "tag:EnvironmentId", "Values": [environment["id"]]}]
    _wait_for(lambda: portal.client("ec2").describe_nat_gateways(Filters=its_own)["NatGateways"])
    directory = portal.workspace(run_id)
    for pid in _wait_for(lambda: _running(lock.holder_pids(directory), "terraform-provider-aws")):
        os.kill(pid, signal.SIGKILL)
    yield portal, run_id


@contextmanager
def plan_killed_twice(portal: Portal, name: str, folder: Path) -> Happened:
    """With everything that looks after it, and the portal's second attempt too."""
    _, run_id = portal.order("parts", name, {"make": "vpc"})
    directory = portal.workspace(run_id)
    for _ in range(2):
        _wait_for(lambda: lock.is_held(directory))
        _wait_for(lambda: _is_dead(directory))
    yield portal, run_id


@contextmanager
def deadline_reached(portal: Portal, name: str, folder: Path) -> Happened:
    with _portal_with(portal, folder, APPLY_DEADLINE_SECONDS="10") as strict:
        yield strict, strict.order("says", name, {"seconds": 50})[1]


@contextmanager
def disk_full(portal: Portal, name: str, folder: Path) -> Happened:
    """No disk has so much free as this host's runs need."""
    with _portal_with(portal, folder, RUN_FREE_MIB=str(1 << 40)) as cramped:
        yield cramped, cramped.order("says", name, {})[1]


@contextmanager
def role_closed(portal: Portal, name: str, folder: Path) -> Happened:
    """The account is entered by a role whose trust policy does not name the portal."""
    account = {"slug": "closed", "title": "Closed", "kind": "simulated", "region": "ap-northeast-2"}
    accounts = json.dumps([account | {"role_arn": _ROLE}])
    with _portal_with(portal, folder, CLOUD_ACCOUNTS=accounts) as outside:
        outside.tell_lab("faults", {"name": "role-not-assumable", "times": None})
        yield outside, outside.order("says", name, {})[1]


@contextmanager
def blueprint_deleted(portal: Portal, name: str, folder: Path) -> Happened:
    """While the run waits for a worker."""
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


def _is_dead(directory: Path) -> bool:
    """Whether nothing of the run lives any more. All of it is killed; what forked meanwhile, next time."""
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
    """A second portal with these settings beside those of the first."""
    kept = {name: portal.demo.environment[name] for name in ("BLUEPRINT_DIRS", "BLUEPRINTS_TRUSTED")}
    var_dir = folder / "portal" / "var"
    var_dir.parent.mkdir()
    with demo_process.running(var_dir, **kept | settings) as demo:
        yield Portal(demo)
