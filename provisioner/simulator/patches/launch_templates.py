"""Tags of a launch template stay on the template."""

from typing import Any

from moto.ec2.responses.launch_templates import LaunchTemplates

from provisioner.simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(LaunchTemplates, "create_launch_template")
    def create_launch_template(original: replacing.Method, self: Any) -> Any:
        answer = original(self)
        # moto also puts them into the template's data, where Terraform sees a change in every plan.
        template = self.ec2_backend.get_launch_template(answer.result["LaunchTemplate"]["LaunchTemplateId"])
        for version in template.versions:
            _drop_own_tags(version.data)
        return answer


def _drop_own_tags(data: dict[str, Any]) -> None:
    kept = [
        entry for entry in data.get("TagSpecifications", []) if entry["ResourceType"] != "launch-template"
    ]
    if kept:
        data["TagSpecifications"] = kept
    else:
        data.pop("TagSpecifications", None)
