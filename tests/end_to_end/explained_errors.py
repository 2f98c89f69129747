"""How to cause each explained error: with settings of the simulated account, or an accident."""

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
    """An order, and settings of the account before it: faults by name or rule, times, health.

    `scale`: factor for the times of AWS. `finding`: the reason why no target is healthy.
    """

    blueprint: str = "parts"
    inputs: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    scale: float = 0
    finding: str = ""
    # For errors of a destroy: build first, then destroy with the fault.
    is_at_destroy: bool = False

    @contextmanager
    def __call__(self, portal: Portal, name: str, folder: Path) -> accidents.Yielded:
        """Cause the error. The settings of the lab stay: the caller must reset them."""
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
            portal.change_lab("faults", self.fault)
        if self.scale:
            portal.change_lab("latency", {"scale": self.scale}, method="PUT")
        if self.finding:
            portal.change_lab("targets", {"reason": self.finding})


def part(make: str, fault: str = "", *, scale: float = 0, finding: str = "") -> Injection:
    """This part, with a known fault of the simulated account, until that is switched off."""
    known = {"name": fault, "times": None} if fault else None
    return Injection(inputs={"make": make}, fault=known, scale=scale, finding=finding)


def refused(
    entry_id: str, *, service: str = "ec2", action: str = "CreateVpc", make: str = "vpc"
) -> Injection:
    """The error of the entry's example, as answer to this call."""
    found = _ANSWER.search(_example(entry_id))
    assert found, f"{entry_id}: its example is not an answer of AWS"
    # 400: other errors would be retried. Only the text matters here.
    rule = {
        "service": service,
        "action": action,
        "status": 400,
        "code": found["code"],
        "message": found["message"],
    }
    return Injection(inputs={"make": make}, fault=rule)


def store(action: str, code: str, message: str, *, status: int) -> Injection:
    """The bucket rejects this call for every state."""
    rule = {"service": "s3", "action": action, "code": code, "message": message, "status": status}
    return Injection(blueprint="says", fault=rule)


def _example(entry_id: str) -> str:
    entry = explanations.entry(entry_id)
    assert entry
    return entry.example


INJECTIONS: dict[str, accidents.Accident] = {
    "lock-held": Injection(blueprint="says", fault={"name": "state-lock-held"}),
    "state-does-not-fit": accidents.state_replaced_by_another,
    "plan-stale": accidents.state_written_by_another,
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
    # As answer to another call: the provider retries the creation of a secret for two minutes.
    "secret-in-recovery": refused("secret-in-recovery"),
    "not-empty": Injection(
        inputs={"make": "repository"}, fault={"name": "repository-not-empty"}, is_at_destroy=True
    ),
    "final-snapshot-unnamed": Injection(inputs={"make": "database_with_snapshot"}, is_at_destroy=True),
    "name-taken": part("role", "role-name-taken"),
    "access-denied": part("vpc", "access-denied"),
    "credentials-expired": part("vpc", "credentials-expired"),
    "role-refused": accidents.role_not_assumable,
    "credentials-missing": part("vpc", "credentials-unknown"),
    "throttled": part("vpc", "throttling"),
    "aws-trouble": part("vpc", "internal-error"),
    "account-away": part("vpc", "no-answer"),
    # Timeouts of Terraform that are shorter than the times of the account.
    "database-slow": part("database", scale=1),
    "nat-gateway-slow": part("gateway_with_network", scale=1),
    "timed-out": part("balancer_with_network", scale=1),
    "servers-not-healthy": part("served_group", finding="Target.ResponseCodeMismatch"),
    "run-too-long": accidents.deadline_reached,
    # Without a fault: the account has no image.
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
