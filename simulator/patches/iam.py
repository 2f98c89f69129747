"""AWS managed policies can be attached. Only the partition `aws` has them."""

from moto.iam.models import IAMBackend

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(IAMBackend, "_init_aws_policies")
    def init_aws_policies(original: patching.Method, self: IAMBackend) -> object:
        # moto loads the 1,500 policies for each of seven partitions, such as China. That takes 28 MB in every
        # snapshot and half a second at the first request. No environment uses the other partitions.
        return original(self) if self.region_name == "aws" else []
