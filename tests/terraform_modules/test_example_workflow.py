"""The workflow that deploys the example: no stored key, few rights, nothing that moves, images by digest."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform_modules.application_packages import EXAMPLE

WORKFLOW = EXAMPLE / ".github/workflows/deploy.yml"
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())
    return found


@pytest.fixture(scope="module")
def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow["jobs"]["deploy"]["steps"]
    return found


def step(steps: list[dict[str, Any]], action: str) -> dict[str, Any]:
    return next(one for one in steps if one.get("uses", "").startswith(f"{action}@"))


class TestDeployWorkflow:
    def test_may_do_nothing_but_what_a_job_says(self, workflow: dict[str, Any]) -> None:
        assert workflow["permissions"] == {}
        assert workflow["jobs"]["test"]["permissions"] == {"contents": "read"}
        assert workflow["jobs"]["deploy"]["permissions"] == {
            "contents": "read",
            "deployments": "write",
            "id-token": "write",
        }

    def test_knows_no_secret(self, steps: list[dict[str, Any]]) -> None:
        text = WORKFLOW.read_text()
        login = step(steps, "aws-actions/configure-aws-credentials")["with"]

        assert not re.search(r"secrets\.|access.key|AKIA|password", text, re.IGNORECASE)
        assert set(login) == {"role-to-assume", "aws-region"}

    def test_pins_every_action_by_its_commit(self) -> None:
        used = re.findall(r"uses: (.*)", WORKFLOW.read_text())

        assert len(used) >= 5
        assert [action for action in used if not PINNED.fullmatch(action)] == []

    def test_leaves_no_token_in_the_checkout(self, workflow: dict[str, Any]) -> None:
        checkouts = [step(job["steps"], "actions/checkout") for job in workflow["jobs"].values()]

        assert [one["with"]["persist-credentials"] for one in checkouts] == [False, False]

    def test_deploys_one_at_a_time_and_only_what_is_tested(self, workflow: dict[str, Any]) -> None:
        assert workflow["concurrency"]["cancel-in-progress"] is False
        assert "vars.ENVIRONMENT" in workflow["concurrency"]["group"]
        assert workflow["jobs"]["deploy"]["needs"] == "test"
        assert all("timeout-minutes" in job for job in workflow["jobs"].values())

    def test_builds_with_a_cache_and_pushes_tags_that_never_move(self, steps: list[dict[str, Any]]) -> None:
        build = step(steps, "docker/build-push-action")["with"]

        assert build["push"] is True
        assert build["cache-from"] == "type=gha"
        assert build["cache-to"] == "type=gha,mode=max"
        assert "git-${{ github.sha }}" in build["tags"]
        assert "latest" not in build["tags"]

    def test_asks_the_address_before_it_changes_anything(self, steps: list[dict[str, Any]]) -> None:
        commands = [one.get("run", "") for one in steps]
        asks = commands.index("./roll-out.sh reachable")

        assert not any("put-parameter" in command for command in commands[:asks])
        assert any("put-parameter" in command for command in commands[asks:])

    def test_rolls_out_by_digest_verifies_it_and_goes_back(self, steps: list[dict[str, Any]]) -> None:
        wanted = next(one for one in steps if one.get("id") == "wanted")
        verify = next(one for one in steps if "verify" in one.get("run", ""))

        assert wanted["env"]["IMAGE"].endswith("@${{ steps.build.outputs.digest }}")
        assert verify["env"]["DIGEST"] == "${{ steps.build.outputs.digest }}"
        assert steps[-1]["if"].startswith("failure()")
        assert steps[-1]["env"]["BEFORE"] == "${{ steps.wanted.outputs.before }}"

    def test_never_puts_an_expression_into_a_shell(self, workflow: dict[str, Any]) -> None:
        commands = [one["run"] for job in workflow["jobs"].values() for one in job["steps"] if "run" in one]

        assert len(commands) >= 5
        assert [command for command in commands if "${{" in command] == []


# What AWS would answer; each call is noted. The first health has a target that is still starting; a
# command or a refresh is not listed yet at the first UNKNOWN questions.
AWS = """#!/bin/bash
echo "$*" >>"$CALLS"
case "$1 $2" in
  "ssm send-command" | "autoscaling start-instance-refresh") echo some-id ;;
  "ssm list-commands" | "autoscaling describe-instance-refreshes")
    asked=$(grep -c -e list-commands -e describe-instance-refreshes "$CALLS")
    ((asked > UNKNOWN)) && echo "$STATUS" || echo None
    ;;
  "elbv2 describe-target-health")
    (($(grep -c describe-target-health "$CALLS") > 1)) && second=draining || second=initial
    printf 'healthy\\t%s\\n' $second
    ;;
esac
"""
CURL = """#!/bin/bash
echo '{"version":"1","digest":"sha256:new"}'
exit "$CURL_CODE"
"""
# What curl says of a certificate for another name.
NOT_ITS_NAME = 60


class TestRollOut:
    @pytest.fixture
    def roll_out(self, tmp_path: Path) -> Any:
        for name, text in {"aws": AWS, "curl": CURL, "sleep": "#!/bin/bash\n"}.items():
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)

        def run(*words: str, status: str = "Success", curl: int = 0, unknown: int = 0) -> tuple[int, str]:
            (tmp_path / "calls").write_text("")
            names = {"GROUP": "app-shop", "DOCUMENT": "roll-out-shop", "TARGETS": "arn", "URL": "http://shop"}
            done = subprocess.run(
                [EXAMPLE / "roll-out.sh", *words],
                env={
                    "PATH": f"{tmp_path}:/usr/bin:/bin",
                    "CALLS": str(tmp_path / "calls"),
                    "STATUS": status,
                    "CURL_CODE": str(curl),
                    "UNKNOWN": str(unknown),
                    **names,
                },
                timeout=30,
            )
            return done.returncode, (tmp_path / "calls").read_text()

        return run

    def test_is_a_script_that_shellcheck_accepts(self) -> None:
        read = subprocess.run([Path(sys.executable).with_name("shellcheck"), EXAMPLE / "roll-out.sh"])

        assert read.returncode == 0

    def test_asks_the_address_and_changes_nothing_where_its_name_is_wrong(self, roll_out: Any) -> None:
        assert roll_out("reachable") == (0, "")
        assert roll_out("reachable", curl=NOT_ITS_NAME) == (1, "")

    def test_runs_the_environments_document_on_half_of_its_group_at_a_time(self, roll_out: Any) -> None:
        code, calls = roll_out("command")

        assert code == 0
        assert "--document-name roll-out-shop --max-concurrency 50% --max-errors 0" in calls
        assert "Key=tag:aws:autoscaling:groupName,Values=app-shop" in calls

    def test_fails_with_the_command(self, roll_out: Any) -> None:
        code, calls = roll_out("command", status="Failed")

        assert code == 1
        assert "list-command-invocations" in calls

    def test_fails_with_the_refresh(self, roll_out: Any) -> None:
        assert roll_out("refresh", status="Successful")[0] == 0
        assert roll_out("refresh", status="RollbackSuccessful")[0] == 1

    @pytest.mark.parametrize(("way", "status"), [("command", "Success"), ("refresh", "Successful")])
    def test_waits_for_what_is_not_listed_yet(self, roll_out: Any, way: str, status: str) -> None:
        assert roll_out(way, status=status, unknown=2)[0] == 0

    def test_waits_until_every_target_is_healthy_and_answers_with_the_digest(self, roll_out: Any) -> None:
        code, calls = roll_out("verify", "sha256:new")

        assert code == 0
        assert calls.count("describe-target-health") == 2
