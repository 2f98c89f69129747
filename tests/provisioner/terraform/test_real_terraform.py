"""All of provisioner.terraform with real Terraform. `terraform_data` needs no provider."""

import json
import os
import signal
from pathlib import Path

from provisioner.terraform import lock, phase
from tests.provisioner.terraform.runs import OrderRun, Steps, eventually

TWO = """
    variable "word" { type = string }
    variable "password" {
      type      = string
      sensitive = true
    }
    resource "terraform_data" "one" { input = var.word }
    resource "terraform_data" "two" { input = terraform_data.one.id }
    output "word" { value = terraform_data.one.output }
    output "password" {
      value     = var.password
      sensitive = true
    }
"""
SLOW = """
    variable "effects" { type = string }
    resource "terraform_data" "slow" {
      provisioner "local-exec" {
        command = "echo effect >> ${var.effects}; for n in 1 2 3 4 5 6 7 8; do echo tick $n; sleep 0.1; done"
      }
    }
"""
HANGING = """
    resource "terraform_data" "quick" {}
    resource "terraform_data" "hanging" {
      depends_on = [terraform_data.quick]
      provisioner "local-exec" { command = "echo up; exec sleep 600" }
    }
"""


class TestApply:
    def test_builds_exactly_the_plan_and_reports_progress(
        self, order_run: OrderRun, apply_steps: Steps
    ) -> None:
        run = order_run(TWO, {"word": "x", "password": "canary-password"})

        run.start(*apply_steps)

        assert run.exit().exit_code == 0
        types = [message.type for message in run.messages()]
        assert types.count("apply_complete") == 2
        assert types[:2] == ["step_start", "version"]
        summaries = [m.data for m in run.messages() if m.type == "change_summary"]
        assert summaries[-1] == {"add": 2, "change": 0, "remove": 0, "import": 0, "operation": "apply"}
        assert {m.resource for m in run.messages() if m.type == "apply_complete"} == {
            *("terraform_data.one", "terraform_data.two"),
        }

    def test_writes_a_sensitive_output_to_the_private_file_only(
        self, order_run: OrderRun, apply_steps: Steps
    ) -> None:
        run = order_run(TWO, {"word": "x", "password": "canary-password"})

        run.start(*apply_steps)

        run.exit()
        outputs = json.loads((run.directory / "outputs.json").read_text())
        assert outputs["password"]["value"] == "canary-password"  # proves that the test can see at all
        assert b"canary" not in b"".join(run.lines("plan") + run.lines("apply"))

    def test_passes_every_value_as_text_never_as_an_expression_or_a_flag(
        self, order_run: OrderRun, apply_steps: Steps
    ) -> None:
        word = '${file("/etc/passwd")} %{if true} -var=x "\\ \n ../'
        run = order_run(TWO, {"word": word, "password": "x"})

        run.start(*apply_steps)

        run.exit()
        assert json.loads((run.directory / "outputs.json").read_text())["word"]["value"] == word

    def test_of_a_plan_that_was_applied_before_fails_as_stale(
        self, order_run: OrderRun, apply_steps: Steps
    ) -> None:
        run = order_run(TWO, {"word": "x", "password": "x"})
        run.start(*apply_steps)
        run.exit()

        run.start(*apply_steps, name="again")

        assert run.exit("again").exit_code == 1
        assert [m.data["summary"] for m in run.messages("again") if m.type == "diagnostic"] == [
            "Saved plan is stale"
        ]


class TestDeath:
    def test_of_the_shepherd_lets_real_terraform_finish_and_save_its_state(
        self, order_run: OrderRun, apply_steps: Steps, tmp_path: Path
    ) -> None:
        run = order_run(SLOW, {"effects": str(tmp_path / "effects")})
        run.start(*apply_steps)
        run.waits_for(b"tick 2")

        os.kill(run.shepherd(), signal.SIGKILL)

        eventually(lambda: not lock.is_held(run.directory))
        assert "Apply complete!" in run.messages()[-2].message
        assert (tmp_path / "effects").read_text() == "effect\n"
        assert len(json.loads((run.directory / "module/terraform.tfstate").read_text())["resources"]) == 1

    def test_of_terraform_alone_leaves_the_lock_with_its_provisioner(
        self, order_run: OrderRun, apply_steps: Steps
    ) -> None:
        run = order_run(HANGING)
        run.start(*apply_steps)
        run.waits_for(b": up")
        terraform = json.loads((run.directory / "apply/pid.json").read_text())["terraform_pid"]

        os.kill(terraform, signal.SIGKILL)

        assert (run.exit().exit_code, run.exit().reason) == (-9, "killed")
        eventually(lambda: phase.observe(run.directory, phase="apply").pid is None)
        assert phase.observe(run.directory, phase="apply").is_held


class TestCancel:
    def test_of_a_real_apply_saves_the_state_with_incomplete_resources(
        self, order_run: OrderRun, apply_steps: Steps
    ) -> None:
        run = order_run(HANGING)
        run.start(*apply_steps)
        run.waits_for(b": up")

        for _ in range(10):
            phase.request_stop(run.directory, phase="apply")

        assert (run.exit().exit_code, run.exit().reason) == (1, "cancelled")
        state = json.loads((run.directory / "module/terraform.tfstate").read_text())
        instances = {r["name"]: r["instances"][0].get("status") for r in state["resources"]}
        assert instances == {"quick": None, "hanging": "tainted"}
        assert not any("Two interrupts" in m.message for m in run.messages())

    def test_by_the_deadline_does_the_same(self, order_run: OrderRun, apply_steps: Steps) -> None:
        run = order_run(HANGING)

        run.start(*apply_steps, deadline=2)

        assert (run.exit().exit_code, run.exit().reason) == (1, "deadline")


class TestStream:
    def test_of_many_lines_comes_complete_and_in_order(self, order_run: OrderRun, apply_steps: Steps) -> None:
        run = order_run("""
            resource "terraform_data" "chatty" {
              provisioner "local-exec" { command = "seq 1 5000; printf 'last \\\\000 one'" }
            }
        """)

        run.start(*apply_steps)

        assert run.exit().exit_code == 0
        printed = [m.message.rpartition(": ")[2] for m in run.messages() if m.type == "provision_progress"]
        assert printed[1:5001] == [str(number) for number in range(1, 5001)]
        assert printed[5001] == "last \ufffd one"
