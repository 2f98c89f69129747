"""Terraform's environment, built from nothing: a secret of the portal is absent, not removed."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from provisioner.terraform import temporary

# How this host reaches the internet. Without them Terraform could not download a provider.
_FROM_HOST = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
_CLOUD = re.compile(
    r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|REGION|DEFAULT_REGION|ROLE_ARN|ROLE_SESSION_NAME"
    r"|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_(FULL|RELATIVE)_URI|CONTAINER_AUTHORIZATION_TOKEN(_FILE)?"
    r"|ENDPOINT_URL(_[A-Z0-9_]+)?|CA_BUNDLE|MAX_ATTEMPTS|RETRY_MODE|USE_FIPS_ENDPOINT|USE_DUALSTACK_ENDPOINT"
    r"|STS_REGIONAL_ENDPOINTS)"
)


class VariableNotAllowed(Exception):
    """A variable that Terraform must not get."""


def build(*, workspace: Path, cli_config: Path, cloud: Mapping[str, str]) -> dict[str, str]:
    """Everything that Terraform sees. `workspace` is the run's directory.

    `cloud` may contain AWS credentials, region and endpoints. Raises VariableNotAllowed for any other name.
    """
    if strangers := sorted(name for name in cloud if not _CLOUD.fullmatch(name)):
        raise VariableNotAllowed(f"not on the list of variables for Terraform: {', '.join(strangers)}")
    place = workspace.absolute()
    return {
        **{name: os.environ[name] for name in _FROM_HOST if name in os.environ},
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(place / "home"),
        "TMPDIR": str(temporary.ensure_folder(place)),
        "LANG": "C.UTF-8",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "TF_CLI_CONFIG_FILE": str(cli_config.absolute()),
        "TF_DATA_DIR": str(place / "module/.terraform"),
        "CHECKPOINT_DISABLE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **cloud,
    }
