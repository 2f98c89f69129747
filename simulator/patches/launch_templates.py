"""Tags of a launch template do not appear in its data, and later versions can launch instances."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(LaunchTemplates, "create_launch_template")
    def create_launch_template(original: patching.Method, self: LaunchTemplates) -> object:
        response = original(self)
        # moto also copies them into the template's data, where Terraform finds a change in every plan.
        template = self.ec2_backend.get_launch_template(response.result["LaunchTemplate"]["LaunchTemplateId"])
        for version in template.versions:
            _remove_own_tags(version.data)
        return response

    @patching.wrap(LaunchTemplateVersion, "__init__")
    def init(
        original: patching.Method,
        self: LaunchTemplateVersion,
        template: Any,
        number: int,
        data: Any,
        *rest: object,
    ) -> None:
        # moto decodes only the first version's user data. A group that launches the second version fails.
        if isinstance(data.get("UserData"), str):
            data = {**data, "UserData": parse_user_data(data["UserData"])}
        original(self, template, number, data, *rest)


def _remove_own_tags(data: dict[str, Any]) -> None:
    others = [
        entry for entry in data.get("TagSpecifications", []) if entry["ResourceType"] != "launch-template"
    ]
    if others:
        data["TagSpecifications"] = others
    else:
        data.pop("TagSpecifications", None)
