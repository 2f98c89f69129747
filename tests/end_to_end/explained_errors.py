"""How each explained error is brought about: by what the account answers or is, or by an accident."""

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner import explanations
from tests.end_to_end import accidents
from tests.end_to_end.programs import Portal

# An answer of AWS as the provider reports it: status, code, message.
_ANSWER = re.compile(
    r"StatusCode: (?P<status>\d{3}), RequestID: [^,]*, (?:HostID: [^,]*, )?(?:api error )?"
    r"(?P<code>[A-Z][A-Za-z.]+): (?P<message>.+)$"
)


@dataclass(frozen=True, kw_only=True)
class Injection:
    """What is ordered, and how the account is before: faults by name or a rule, times, health.

    `scale` is of AWS's times, `finding` the reason why no target is healthy.
    """

    blueprint: str = "parts"
    inputs: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    scale: float = 0
    finding: str = ""
    # For what is refused when it is taken down: built first, then destroyed under the fault.
    is_at_destroy: bool = False

    @contextmanager
    def __call__(self, portal: Portal, name: str, folder: Path) -> accidents.Happened:
        """Bring it about; what is set in the laboratory stays, for the caller to take back."""
        if not self.is_at_destroy:
            self._prepare(portal)
        environment, run_id = portal.order(self.blueprint, name, self.inputs)
        if self.is_at_destroy:
            portal.wait_until(run_id, "applied")
            self._prepare(portal)
            run_id = portal.destroy(environment)
        yield portal, run_id

    def _prepare(self, portal: Portal) -> None:
        if self.fault:
            portal.tell_lab("faults", self.fault)
        if self.scale:
            portal.tell_lab("latency", {"scale": self.scale}, method="PUT")
        if self.finding:
            portal.tell_lab("targets", {"reason": self.finding})


def part(make: str, fault: str = "", *, scale: float = 0, finding: str = "") -> Injection:
    """This part, under a fault that the simulated account knows by name, until that is switched off."""
    known = {"name": fault, "times": None} if fault else None
    return Injection(inputs={"make": make}, fault=known, scale=scale, finding=finding)


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


def store(action: str, code: str, message: str, *, status: int) -> Injection:
    """The bucket refuses this to everybody who works on a state."""
    rule = {"service": "s3", "action": action, "code": code, "message": message, "status": status}
    return Injection(blueprint="says", fault=rule)


def _example(entry_id: str) -> str:
    entry = explanations.entry(entry_id)
    assert entry
    return entry.example


INJECTIONS: dict[str, accidents.Accident] = {
    "lock-held": Injection(blueprint="says", fault={"name": "state-lock-held"}),
    "state-does-not-fit": accidents.another_state_took_its_place,
    "plan-stale": accidents.another_wrote_the_state,
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
    "range-overlap": part("peering"),
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
    "final-snapshot-unnamed": Injection(inputs={"make": "database_with_snapshot"}, is_at_destroy=True),
    "name-taken": part("role", "role-name-taken"),
    "access-denied": part("vpc", "access-denied"),
    "credentials-expired": part("vpc", "credentials-expired"),
    "role-refused": accidents.role_closed,
    "credentials-missing": part("vpc", "credentials-unknown"),
    "throttled": part("vpc", "throttling"),
    "aws-trouble": part("vpc", "internal-error"),
    "account-away": part("vpc", "no-answer"),
    # The account takes its time, and Terraform is given less.
    "database-slow": part("database", scale=1),
    "nat-gateway-slow": part("gateway_with_network", scale=1),
    "timed-out": part("balancer_with_network", scale=1),
    "servers-not-healthy": part("served_group", finding="Target.ResponseCodeMismatch"),
    "run-too-long": accidents.deadline_reached,
    # No fault: an account of which nobody has made an image.
    "image-not-found": Injection(inputs={"make": "image_lookup"}),
    "provider-not-installed": Injection(blueprint="lacking"),
    "provider-changed": Injection(blueprint="tampered"),
    "provider-crashed": accidents.provider_killed,
    "terraform-ended": accidents.plan_killed_twice,
    "disk-full": accidents.disk_full,
    "blueprint-gone": accidents.blueprint_deleted,
    "refused-by-the-blueprint": Injection(
        blueprint="says", inputs={"rule": "t4g.micro is not sold here. Choose another instance type."}
    ),
    **{
        each: refused(each)
        for each in (
            "architecture-mismatch", "invalid-range", "final-snapshot-exists", "deletion-protected",
            "certificate-elsewhere", "certificate-not-issued", "still-in-use", "organization-forbids",
            "service-linked-role", "role-not-yet-known", "account-not-activated", "another-limit",
            "gone-outside", "bucket-missing", "refresh-under-way", "database-in-the-zone",
            "database-disk-busy", "database-disk-figures", "database-busy", "certificate-for-another-name",
            "domain-taken", "permissions-boundary", "public-policy-blocked", "logs-refused",
        )
    },
}  # fmt: skip
