"""What AWS's sentences say of a call beyond its parameters: who, where, which profile."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from simulator import aws_request
from simulator.lab.calls import Call

CALLER = f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/portal/terraform"


def values_for(call: Call, environ: Mapping[str, Any]) -> dict[str, str]:
    """Every `{Name}` that a known fault's sentence may hold, for this call."""
    environment = dict(environ)
    region = aws_request.region_of(environment)
    given = {"InstanceType": "the requested", "StorageType": "gp3", "AllocatedStorage": "20"} | dict(
        call.parameters
    )
    return given | {
        "account": DEFAULT_ACCOUNT_ID,
        "region": region,
        "caller": CALLER,
        "service": call.service,
        "action": call.action,
        "resource": _resource(call, region),
        **zones(call.parameters.get("Placement.AvailabilityZone") or f"{region}a"),
        "encoded": base64.urlsafe_b64encode(secrets.token_bytes(96)).decode(),
        "profile_problem": _profile_problem(call.parameters),
        "path": environment.get("PATH_INFO", "").strip("/").removesuffix(".tflock"),
    }


def zones(zone: str) -> dict[str, str]:
    """The zone that has no capacity, and those that are said to have some."""
    others = [f"{zone[:-1]}{letter}" for letter in "abc" if letter != zone[-1:]]
    return {"zone": zone, "other_zones": ", ".join(others)}


def _resource(call: Call, region: str) -> str:
    if "RoleName" in call.parameters:
        return f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/{call.parameters['RoleName']}"
    return f"arn:aws:{call.service}:{region}:{DEFAULT_ACCOUNT_ID}:*"


def _profile_problem(parameters: Mapping[str, str]) -> str:
    profile = _profile_in(parameters) or _profile_of_template(parameters)
    kind = "arn" if profile.startswith("arn:") else "name"
    said = "ARN" if kind == "arn" else "name"
    return (
        f"Value ({profile}) for parameter iamInstanceProfile.{kind} is invalid. "
        f"Invalid IAM Instance Profile {said}"
    )


def _profile_in(parameters: Mapping[str, str]) -> str:
    return parameters.get("IamInstanceProfile.Arn") or parameters.get("IamInstanceProfile.Name") or ""


def _profile_of_template(parameters: Mapping[str, str]) -> str:
    wanted = {
        parameters.get("LaunchTemplate.LaunchTemplateId"),
        parameters.get("LaunchTemplate.LaunchTemplateName"),
    }
    for regions in list(dict.values(ec2_backends)):
        for backend in list(dict.values(regions)):
            for template in list(backend.launch_templates.values()):
                if {template.id, template.name} & wanted:
                    profile = template.versions[-1].data.get("IamInstanceProfile") or {}
                    return str(profile.get("Arn") or profile.get("Name") or "unknown")
    return "unknown"
