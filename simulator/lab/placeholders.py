"""Placeholders `{Name}` in the messages of faults, and their values for a call."""

import base64
import re
import secrets
from collections.abc import Mapping
from wsgiref.types import WSGIEnvironment

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from simulator import aws_request
from simulator.lab.calls import Call

CALLER = f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/portal/terraform"
_PLACEHOLDER = re.compile(r"\{([A-Za-z][\w.]*)\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `{Name}` in `values` replaced. Unknown placeholders stay."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def values_for(call: Call, environ: WSGIEnvironment) -> dict[str, str]:
    """The value of every placeholder that the message of a known fault may contain, for this call."""
    region = aws_request.region_of(environ)
    defaults = {"InstanceType": "the requested", "StorageType": "gp3", "AllocatedStorage": "20"}
    return {
        **defaults,
        **call.parameters,
        "account": DEFAULT_ACCOUNT_ID,
        "region": region,
        "caller": CALLER,
        "service": call.service,
        "action": call.action,
        "resource": _resource(call, region),
        **zones(call.parameters.get("Placement.AvailabilityZone") or f"{region}a"),
        "encoded": base64.urlsafe_b64encode(secrets.token_bytes(96)).decode(),
        "profile_problem": _profile_problem(call.parameters),
        "path": environ.get("PATH_INFO", "").strip("/").removesuffix(".tflock"),
    }


def zones(zone: str) -> dict[str, str]:
    """The zone without capacity, and the zones that the message recommends instead."""
    others = [f"{zone[:-1]}{letter}" for letter in "abc" if letter != zone[-1:]]
    return {"zone": zone, "other_zones": ", ".join(others)}


def _resource(call: Call, region: str) -> str:
    if "RoleName" in call.parameters:
        return f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/{call.parameters['RoleName']}"
    return f"arn:aws:{call.service}:{region}:{DEFAULT_ACCOUNT_ID}:*"


def _profile_problem(parameters: Mapping[str, str]) -> str:
    profile = _profile_in(parameters) or _profile_of_template(parameters)
    kind, label = ("arn", "ARN") if profile.startswith("arn:") else ("name", "name")
    return (
        f"Value ({profile}) for parameter iamInstanceProfile.{kind} is invalid. "
        f"Invalid IAM Instance Profile {label}"
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
