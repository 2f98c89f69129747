"""AWS managed policies can be attached; only the partition `aws` carries them."""

from typing import Any

from moto.iam.models import IAMBackend

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(IAMBackend, "_init_aws_policies")
    def init_aws_policies(original: replacing.Method, self: Any) -> Any:
        # moto loads the 1,500 policies once for each of seven partitions, China among them:
        # 28 MB in every snapshot and half a second at the first request. Nobody orders there.
        return original(self) if self.region_name == "aws" else []
