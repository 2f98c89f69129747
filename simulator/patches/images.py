"""Machine images: the ones people start, without the 1,200 old ones for ECS."""

from typing import Any

from moto.ec2.models import amis


def apply() -> None:
    known = vars(amis)
    load_resource = known["load_resource"]

    def load(path: str) -> Any:
        # They are 94 % of every region's images: a second in each search, 80 ms in each snapshot.
        if "/ecs/optimized_amis/" in path:
            raise FileNotFoundError(path)
        return load_resource(path)

    known["load_resource"] = load
