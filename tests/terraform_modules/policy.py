"""`python -m tests.terraform_modules.policy CHECKOV`: checkov on each production plan.

Every failed check is in the blueprint's README under "Policy", with its reason and its price; and every
check in that list fails. The plan is made against the simulated account: nothing is built.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from provisioner import blueprints
from provisioner.blueprints import Blueprint
from tests.simulator import server
from tests.terraform_modules.matrix import life, values
from tests.terraform_modules.matrix.terraform import Module

FOLDER = Path(__file__).parents[2] / "terraform_modules"
SIZE = "production"
ROW = re.compile(r"^\| `(?P<check>CKV2?_\w+)` \|", re.MULTILINE)
# No size can know them, and production without TLS is no policy.
DOMAIN_NAME = "shop.example.com"


def main(checkov: str) -> int:
    """Print what fails and how it is accounted for; 1 if anything is not, or needs no account."""
    wrong = 0
    for blueprint in blueprints.load([FOLDER]).blueprints.values():
        with tempfile.TemporaryDirectory(prefix="blueprint-policy-") as name:
            plan = Path(name) / "plan.json"
            plan.write_text(_plan_of(blueprint, Path(name)))
            failed, passed = _scanned(checkov, plan)
        listed = _listed(blueprint)
        print(f"\n{blueprint.slug}, size {SIZE}: {passed} passed, {len(failed)} kinds failed")  # noqa: T201
        for check, reported in sorted(failed.items()):
            verdict = "accepted in the README" if check in listed else "NOT ACCOUNTED FOR"
            print(f"  {check} {verdict}: {reported}")  # noqa: T201
        for check in sorted(listed - failed.keys()):
            print(f"  {check} IS LISTED, BUT DOES NOT FAIL")  # noqa: T201
        wrong += len(failed.keys() ^ listed)
    return 1 if wrong else 0


def _plan_of(blueprint: Blueprint, folder: Path) -> str:
    chosen = values.of_size(blueprint, SIZE, number=1)
    with server.running(folder / "account", "--snapshot-seconds", "3600") as account:
        region = life.CERTIFICATE_REGIONS.get(blueprint.slug, server.REGION)
        acm = account.client("acm", region_name=region)
        chosen["certificate_arn"] = acm.request_certificate(DomainName=DOMAIN_NAME)["CertificateArn"]
        if "domain_name" in chosen:
            chosen["domain_name"] = DOMAIN_NAME
        return Module(blueprint.path, folder, url=account.url).plan_document(chosen)


def _scanned(checkov: str, plan: Path) -> tuple[dict[str, str], int]:
    """The failed checks with their names and resources, and how many passed."""
    # Offline: what it would fetch are guidelines and severities, what it would send is the result.
    command = [
        checkov, "-f", str(plan), "--framework", "terraform_plan", "-o", "json",
        "--compact", "--quiet", "--skip-download", "--skip-results-upload",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if not done.stdout.strip():
        raise SystemExit(f"checkov printed nothing: {done.stderr}")
    report = json.loads(done.stdout)
    failed: dict[str, list[str]] = {}
    for each in report["results"]["failed_checks"]:
        failed.setdefault(f"{each['check_id']}|{each['check_name']}", []).append(each["resource"])
    reported = {}
    for key, resources in failed.items():
        check, _, name = key.partition("|")
        reported[check] = f"{name} ({', '.join(sorted(resources))})"
    return reported, int(report["summary"]["passed"])


def _listed(blueprint: Blueprint) -> set[str]:
    _, _, after = (blueprint.path / "README.md").read_text().partition("\n## Policy\n")
    return {row["check"] for row in ROW.finditer(after.partition("\n## ")[0])}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
