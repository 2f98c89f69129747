"""Terraform's environment, built from an empty one, so that no secret of the portal can be in it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from provisioner.terraform import temporary

# How this host reaches the internet. Terraform needs them to download providers.
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
    """A variable that is not on the list of those that Terraform may get."""


def build(*, workspace: Path, cli_config: Path, cloud: Mapping[str, str]) -> dict[str, str]:
    """All environment variables of a Terraform process. `workspace` is the run's directory.

    `cloud` may hold AWS credentials, region and endpoints. Raises VariableNotAllowed for any other name.
    """
    if not_allowed := sorted(name for name in cloud if not _CLOUD.fullmatch(name)):
        raise VariableNotAllowed(f"not on the list of variables for Terraform: {', '.join(not_allowed)}")
    directory = workspace.absolute()
    return {
        **{name: os.environ[name] for name in _FROM_HOST if name in os.environ},
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory / "home"),
        "TMPDIR": str(temporary.ensure_folder(directory)),
        "LANG": "C.UTF-8",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "TF_CLI_CONFIG_FILE": str(cli_config.absolute()),
        "TF_DATA_DIR": str(directory / "module/.terraform"),
        "CHECKPOINT_DISABLE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **cloud,
    }
