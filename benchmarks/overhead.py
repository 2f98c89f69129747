"""What the portal costs: a create from click to ready, beside bare Terraform with the same module.

Both against the same simulated account, one after the other, in one run. Prints a table and the ratio.

    make benchmark            one round
    python benchmarks/overhead.py --rounds 3
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.1
sys.path.insert(0, str(ROOT))

from provisioner.terraform import mirror  # noqa: E402  the checkout is no installed package


def main() -> int:
    options = _arguments()
    terraform = options.terraform or shutil.which("terraform") or "terraform"
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder, _portal(Path(folder)) as portal:
        rounds = []
        for number in range(1, options.rounds + 1):
            order = portal.inputs(options.blueprint, name=f"bench-{number}")
            rounds.append(
                (_bare(terraform, portal, order, Path(folder) / f"bare-{number}"), portal.create(order))
            )
            print(f"round {number}: bare {rounds[-1][0]:6.1f} s   portal {rounds[-1][1]:6.1f} s")
    bare = statistics.median(first for first, _ in rounds)
    ours = statistics.median(second for _, second in rounds)
    print(f"\nbare terraform init + apply   {bare:6.1f} s\nportal, click to ready        {ours:6.1f} s")
    print(f"ratio                         {ours / bare:6.3f}   (goal: at most 1.08)")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--blueprint", default="three_tier")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--terraform", help="path of the terraform binary")
    return parser.parse_args()


class Portal:
    """A running demo and a token for its API."""

    def __init__(self, *, url: str, aws: str, token: str) -> None:
        self.url, self.aws, self._token = url, aws, token

    def inputs(self, blueprint: str, *, name: str) -> dict[str, Any]:
        """The order of the blueprint's first size, as the API takes it and with the values it stands for."""
        found = self._call("GET", f"/api/v1/blueprints/{blueprint}/")
        size: dict[str, Any] = found["sizes"][0] if found["sizes"] else {"slug": "", "inputs": {}}
        defaults = {one["name"]: one["default"] for one in found["inputs"] if one["default"] is not None}
        # The second network of a round must not overlap the first.
        values = {**defaults, **size["inputs"]}
        number = int(name.rsplit("-", 1)[1])
        for one in found["inputs"]:
            if one["kind"] == "cidr":
                values[one["name"]] = f"10.{100 + number}.0.0/16"
        return {"blueprint": blueprint, "name": name, "size": size["slug"], "inputs": values}

    def create(self, order: dict[str, Any]) -> float:
        """Seconds from the click (the request) until the environment says ready."""
        start = time.monotonic()
        environment = self._call("POST", "/api/v1/environments/", order)
        while environment["status"] == "creating":
            time.sleep(POLL_SECONDS)
            environment = self._call("GET", f"/api/v1/environments/{environment['id']}/")
        if environment["status"] != "ready":
            raise SystemExit(f"the portal's environment became {environment['status']}: {environment}")
        return time.monotonic() - start

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310  our own loopback address
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def _portal(folder: Path) -> Iterator[Portal]:
    environment = {**os.environ, "VAR_DIR": str(folder / "var"), "PORT": str(_free_port()), "FIRST": "0"}
    demo = subprocess.Popen(
        [sys.executable, "-m", "portal.demo"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        described = _wait_for(folder / "var/demo.json", demo)
        arguments = [sys.executable, "manage.py", "token", "alice"]
        token = subprocess.run(
            arguments, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        yield Portal(url=described["portal"], aws=described["aws_endpoint"], token=token.stdout.split()[-1])
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(90)


def _wait_for(path: Path, demo: subprocess.Popen[bytes]) -> dict[str, Any]:
    while demo.poll() is None:
        if path.exists() and len((found := json.loads(path.read_text()))["processes"]) == 6:
            return dict(found)
        time.sleep(POLL_SECONDS)
    raise SystemExit("the demo ended before it was up; its words are above")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bare(terraform: str, portal: Portal, order: dict[str, Any], folder: Path) -> float:
    """Seconds that `terraform init` and `terraform apply` take for the same order, without the portal."""
    shutil.copytree(ROOT / "terraform_modules" / order["blueprint"], folder)
    (folder / "bare.auto.tfvars.json").write_text(json.dumps(_variables(order)))
    (folder / "provider_override.tf.json").write_text(json.dumps({"provider": {"aws": SIMULATED_PROVIDER}}))
    (folder / "backend_override.tf.json").write_text(
        json.dumps({"terraform": {"backend": {"s3": _backend(order)}}})
    )
    mirror.write_cli_config(
        folder / "cli.tfrc", mirror=mirror.find(configured=os.environ.get("TERRAFORM_PLUGIN_MIRROR"))
    )
    environment = _bare_environment(portal.aws, folder)
    _make_bucket(portal.aws, _backend(order)["bucket"])
    start = time.monotonic()
    for arguments in (["init", "-input=false"], ["apply", "-auto-approve", "-input=false"]):
        done = subprocess.run(
            [terraform, *arguments], cwd=folder, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"bare terraform {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
    return time.monotonic() - start


SIMULATED_PROVIDER = {
    "skip_metadata_api_check": True,
    "skip_region_validation": True,
    "skip_credentials_validation": True,
    "s3_use_path_style": True,
    "max_retries": 2,
}


def _variables(order: dict[str, Any]) -> dict[str, Any]:
    supplied = {
        "environment_name": f"{order['name']}-bare",
        "environment_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        "team": "shop",
        "owner": "alice",
        "created_by_run": "6f9619ff-8b86-4d01-b42d-00cf4fc964fe",
    }
    return {**order["inputs"], **supplied}


def _backend(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "bucket": f"bare-state-of-{order['name']}",
        "key": f"{order['name']}.tfstate",
        "region": "ap-northeast-2",
        "use_lockfile": True,
        "use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "skip_requesting_account_id": True,
        "skip_s3_checksum": True,
    }


def _bare_environment(endpoint: str, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"),
        "CHECKPOINT_DISABLE": "1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "ap-northeast-2",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _make_bucket(endpoint: str, bucket: str) -> None:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="ap-northeast-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  the simulated account's
    )
    where: Any = {"LocationConstraint": "ap-northeast-2"}
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)


if __name__ == "__main__":
    sys.exit(main())
