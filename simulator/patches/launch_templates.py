"""Tags of a launch template stay on the template, and its later versions can start instances."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(LaunchTemplates, "create_launch_template")
    def create_launch_template(original: replacing.Method, self: Any) -> Any:
        answer = original(self)
        # moto also puts them into the template's data, where Terraform sees a change in every plan.
        template = self.ec2_backend.get_launch_template(answer.result["LaunchTemplate"]["LaunchTemplateId"])
        for version in template.versions:
            _drop_own_tags(version.data)
        return answer

    @replacing.wrap(LaunchTemplateVersion, "__init__")
    def init(
        original: replacing.Method, self: Any, template: Any, number: int, data: Any, *rest: Any
    ) -> None:
        # moto checks the first version's user data only; a group that starts the second one fails on it.
        if isinstance(data.get("UserData"), str):
            data = {**data, "UserData": parse_user_data(data["UserData"])}
        original(self, template, number, data, *rest)


def _drop_own_tags(data: dict[str, Any]) -> None:
    kept = [
        entry for entry in data.get("TagSpecifications", []) if entry["ResourceType"] != "launch-template"
    ]
    if kept:
        data["TagSpecifications"] = kept
    else:
        data.pop("TagSpecifications", None)
