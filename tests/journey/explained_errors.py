"""How each explained error is brought about in a demo: by an answer of AWS, the store of states, or said."""

import json
import re
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from provisioner import explanations

# An answer of AWS as the provider reports it: status, code, message.
_ANSWER = re.compile(
    r"StatusCode: (?P<status>\d{3}), RequestID: [^,]*, (?:HostID: [^,]*, )?(?:api error )?"
    r"(?P<code>[A-Z][A-Za-z.]+): (?P<message>.+)$"
)


@dataclass(frozen=True)
class Injection:
    """What is ordered, and the faults that are switched on before: by name, or a rule of its own."""

    blueprint: str = "parts"
    inputs: dict[str, str] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    # For what AWS refuses when it is taken down: built first, then destroyed under the fault.
    is_at_destroy: bool = False


def part(make: str, fault: str) -> Injection:
    """This part, under a fault that the simulated account knows by name, until that is switched off."""
    return Injection(inputs={"make": make}, fault={"name": fault, "times": None})


def refused(
    entry_id: str, *, service: str = "ec2", action: str = "CreateVpc", make: str = "vpc"
) -> Injection:
    """The answer in the entry's example, given to this call."""
    found = _ANSWER.search(_example(entry_id))
    assert found, f"{entry_id}: its example is no answer of AWS"
    # What is no refusal is asked again and again; only the words matter here.
    rule = {
        "service": service,
        "action": action,
        "status": 400,
        "code": found["code"],
        "message": found["message"],
    }
    return Injection(inputs={"make": make}, fault=rule)


def said(entry_id: str) -> Injection:
    """The example's words, said by a provisioner."""
    return Injection(blueprint="says", inputs={"words": _example(entry_id)})


def store(action: str, code: str, message: str, *, status: int) -> Injection:
    """The bucket refuses this to whoever works on a state."""
    rule = {"service": "s3", "action": action, "code": code, "message": message, "status": status}
    return Injection(blueprint="says", fault=rule)


def _example(entry_id: str) -> str:
    entry = explanations.entry(entry_id)
    assert entry
    return entry.example


INJECTIONS: dict[str, Injection] = {
    "lock-held": Injection(blueprint="says", fault={"name": "state-lock-held"}),
    "lock-left": store("DeleteObject", "AccessDenied", "Access Denied", status=403),
    "state-not-saved": Injection(blueprint="says", fault={"name": "state-write-denied"}),
    "bucket-gone": store("*Object*", "NoSuchBucket", "The specified bucket does not exist", status=404),
    "elastic-ip-limit": part("eip", "elastic-ip-limit"),
    "vpc-limit": part("vpc", "vpc-limit"),
    "internet-gateway-limit": part("internet_gateway", "internet-gateway-limit"),
    "nat-gateway-limit": part("nat_gateway", "nat-gateway-limit"),
    "load-balancer-limit": part("load_balancer", "lb-limit"),
    "database-limit": part("database", "db-quota"),
    "vcpu-limit": part("server", "vcpu-limit"),
    "type-not-in-zone": refused("type-not-in-zone", action="RunInstances", make="server"),
    "no-instance-capacity": part("group", "no-capacity"),
    "no-database-capacity": part("database", "no-db-capacity"),
    "database-class-not-offered": refused(
        "database-class-not-offered", service="rds", action="CreateDBInstance", make="database"
    ),
    "subnet-overlap": part("subnet", "subnet-conflict"),
    "nat-gateway-failed": part("gateway_with_network", "nat-gateway-failed"),
    "addresses-used-up": refused(
        "addresses-used-up", service="elasticloadbalancing", action="CreateLoadBalancer", make="load_balancer"
    ),
    "no-internet-gateway": refused(
        "no-internet-gateway",
        service="elasticloadbalancing",
        action="CreateLoadBalancer",
        make="load_balancer",
    ),
    "endpoint-private-dns": refused("endpoint-private-dns", action="CreateVpcEndpoint", make="endpoint"),
    "endpoint-dns-off": part("endpoint", "endpoint-dns"),
    "endpoint-not-offered": refused("endpoint-not-offered", action="CreateVpcEndpoint", make="endpoint"),
    # Given to another call: the provider asks for a secret again for two minutes.
    "secret-in-recovery": refused("secret-in-recovery"),
    "not-empty": Injection(
        inputs={"make": "repository"}, fault={"name": "repository-not-empty"}, is_at_destroy=True
    ),
    "name-taken": part("role", "role-name-taken"),
    "access-denied": part("vpc", "access-denied"),
    # Given to one call: refused to all of them, the portal's own look at its bucket would fail first.
    "credentials-expired": refused("credentials-expired"),
    "throttled": part("vpc", "throttling"),
    "aws-trouble": part("vpc", "internal-error"),
    # No fault: an account of which nobody has made an image.
    "image-not-found": Injection(inputs={"make": "image_lookup"}),
    "provider-not-installed": Injection(blueprint="lacking"),
    "refused-by-the-blueprint": Injection(
        blueprint="says", inputs={"rule": "t4g.micro is not sold here. Choose another instance type."}
    ),
    **{
        each: refused(each)
        for each in (
            "architecture-mismatch", "invalid-range", "final-snapshot-exists", "deletion-protected",
            "certificate-elsewhere", "certificate-not-issued", "still-in-use", "organisation-forbids",
            "service-linked-role", "role-not-yet-known", "account-not-activated", "another-limit",
            "gone-outside", "bucket-missing", "refresh-under-way", "database-in-the-zone",
            "database-disk-busy", "database-disk-figures", "database-busy", "certificate-for-another-name",
            "domain-taken", "permissions-boundary", "public-policy-blocked", "logs-refused",
        )
    },
    **{
        each: said(each)
        for each in (
            "state-does-not-fit", "plan-stale", "range-overlap",
            "final-snapshot-unnamed", "role-refused", "credentials-missing",
            "servers-not-healthy", "database-slow", "nat-gateway-slow", "account-away", "run-too-long",
            "provider-changed", "disk-full", "provider-crashed", "terraform-ended", "blueprint-gone",
            "timed-out",
        )
    },
}  # fmt: skip


def switch_on(aws_endpoint: str, fault: dict[str, Any]) -> None:
    """Have the simulated account refuse so until it is switched off."""
    _lab(aws_endpoint, "POST", fault)


def switch_all_off(aws_endpoint: str) -> None:
    """The account is as it should be again."""
    _lab(aws_endpoint, "DELETE", None)


def _lab(aws_endpoint: str, method: str, body: dict[str, Any] | None) -> None:
    request = urllib.request.Request(  # noqa: S310 - the demo's own loopback server
        f"{aws_endpoint}/_lab/faults",
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        assert answer.status in (200, 201), answer.read()
