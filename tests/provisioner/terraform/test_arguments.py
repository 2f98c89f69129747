import inspect
from pathlib import Path

import pytest

from provisioner.terraform import arguments

TERRAFORM = Path("/usr/bin/terraform")


class TestArguments:
    def test_of_init_disable_questions_and_request_json(self) -> None:
        assert arguments.init(TERRAFORM) == (
            "/usr/bin/terraform",
            "init",
            "-input=false",
            "-json",
            "-no-color",
        )

    def test_of_init_make_the_blueprints_lock_file_binding(self) -> None:
        assert "-lockfile=readonly" in arguments.init(TERRAFORM, lock_file=True)

    def test_of_plan_save_it_and_report_changes_by_the_exit_code(self) -> None:
        built = arguments.plan(TERRAFORM, plan_file="tfplan")

        assert built[:2] == ("/usr/bin/terraform", "plan")
        assert set(built[2:]) == {
            *("-input=false", "-json", "-detailed-exitcode", "-lock-timeout=60s", "-out=tfplan"),
        }

    def test_of_a_plan_to_destroy_differ_by_one_flag(self) -> None:
        built = arguments.plan(TERRAFORM, plan_file="tfplan", destroy=True)

        assert set(built) - set(arguments.plan(TERRAFORM, plan_file="tfplan")) == {"-destroy"}

    def test_of_apply_end_with_the_saved_plan_and_approve_nothing_else(self) -> None:
        built = arguments.apply(TERRAFORM, plan_file="tfplan")

        assert built[-1] == "tfplan"
        assert "-auto-approve" not in built
        assert "-lock-timeout=30s" in built

    def test_of_output_request_json(self) -> None:
        assert arguments.output(TERRAFORM)[1:] == ("output", "-json", "-no-color")

    def test_have_no_place_for_a_value_that_a_person_typed(self) -> None:
        accepted = {
            name
            for function in (
                arguments.init,
                arguments.plan,
                arguments.apply,
                arguments.output,
            )
            for name in inspect.signature(function).parameters
        }

        assert accepted == {"binary", "lock_file", "plan_file", "destroy", "lock_timeout_seconds"}

    def test_leave_no_temporary_file_and_read_no_state(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "terraform.tfstate").write_text("not JSON at all")
        monkeypatch.chdir(tmp_path)

        arguments.plan(TERRAFORM, plan_file="tfplan")

        assert [path.name for path in tmp_path.iterdir()] == ["terraform.tfstate"]
