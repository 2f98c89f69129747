import fcntl
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from provisioner.terraform import workspace


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    folder = tmp_path / "blueprint"
    (folder / "parts").mkdir(parents=True)
    (folder / "main.tf").write_text("# main")
    (folder / "parts/net.tf").write_text("# net")
    (folder / ".terraform.lock.hcl").write_text("# lock")
    (folder / "boot.sh").write_text("#!/bin/sh")
    (folder / "boot.sh").chmod(0o755)
    return folder


def contents(blueprint: Path, **more: Any) -> workspace.Contents:
    given: dict[str, Any] = {
        "variables": {"size": 2},
        "backend": {"bucket": "b", "key": "k"},
        "provider_override": {"provider": {}},
    }
    return workspace.Contents(blueprint=blueprint, **{**given, **more})


def files(path: Path) -> set[str]:
    return {str(entry.relative_to(path)) for entry in path.rglob("*") if not entry.is_dir()}


class TestPrepare:
    def test_copies_the_blueprint_and_adds_the_values_of_the_order(
        self, tmp_path: Path, blueprint: Path
    ) -> None:
        workspace.prepare(tmp_path / "run", contents=contents(blueprint))

        module = tmp_path / "run/module"
        added = {"portal.auto.tfvars.json", "backend_override.tf.json", "provider_override.tf.json"}
        assert files(module) == {"main.tf", "parts/net.tf", ".terraform.lock.hcl", "boot.sh"} | added
        assert json.loads((module / "portal.auto.tfvars.json").read_text()) == {"size": 2}
        backend = json.loads((module / "backend_override.tf.json").read_text())
        assert backend == {"terraform": {"backend": {"s3": {"bucket": "b", "key": "k"}}}}

    def test_denies_access_to_others_with_any_umask(self, tmp_path: Path, blueprint: Path) -> None:
        before = os.umask(0)
        try:
            workspace.prepare(tmp_path / "run", contents=contents(blueprint))
        finally:
            os.umask(before)

        for entry in [tmp_path / "run", *(tmp_path / "run").rglob("*")]:
            executable = entry.is_dir() or entry.name == "boot.sh"
            assert stat.S_IMODE(entry.stat().st_mode) == (0o700 if executable else 0o600), entry

    @pytest.mark.parametrize(
        "name",
        [
            *("terraform.tfstate", "terraform.tfstate.backup", "errored.tfstate", "old.tfplan"),
            *(
                "terraform.tfvars",
                "z.auto.tfvars",
                "z.auto.tfvars.json",
                ".terraform/providers/x",
                "tests/a.tftest.hcl",
            ),
        ],
    )
    def test_leaves_out_files_of_other_runs_and_other_values(
        self, tmp_path: Path, blueprint: Path, name: str
    ) -> None:
        (blueprint / name).parent.mkdir(parents=True, exist_ok=True)
        (blueprint / name).write_text("x")

        workspace.prepare(tmp_path / "run", contents=contents(blueprint))

        assert name not in files(tmp_path / "run/module")

    def test_without_a_backend_keeps_the_state_in_the_workspace(
        self, tmp_path: Path, blueprint: Path
    ) -> None:
        workspace.prepare(
            tmp_path / "run", contents=contents(blueprint, backend=None, provider_override=None)
        )

        assert not [name for name in files(tmp_path / "run/module") if "override" in name]

    def test_keeps_a_link_inside_the_blueprint(self, tmp_path: Path, blueprint: Path) -> None:
        (blueprint / "parts/again.tf").symlink_to("../main.tf")

        workspace.prepare(tmp_path / "run", contents=contents(blueprint))

        assert (tmp_path / "run/module/parts/again.tf").read_text() == "# main"
        assert (tmp_path / "run/module/parts/again.tf").resolve().is_relative_to(tmp_path / "run")

    @pytest.mark.parametrize(
        "target", ["/etc/passwd", "../secret", "parts/../../secret", "{blueprint}/main.tf"]
    )
    def test_rejects_a_link_that_leads_out(self, tmp_path: Path, blueprint: Path, target: str) -> None:
        (tmp_path / "secret").write_text("canary")
        (blueprint / "evil.tf").symlink_to(target.format(blueprint=blueprint))

        with pytest.raises(workspace.BlueprintUnsafe, match=r"evil\.tf"):
            workspace.prepare(tmp_path / "run", contents=contents(blueprint))

    def test_rejects_a_pipe_instead_of_waiting_for_it(self, tmp_path: Path, blueprint: Path) -> None:
        os.mkfifo(blueprint / "evil.tf")

        with pytest.raises(workspace.BlueprintUnsafe):
            workspace.prepare(tmp_path / "run", contents=contents(blueprint))

    def test_recreates_an_incomplete_workspace(self, tmp_path: Path, blueprint: Path) -> None:
        os.mkfifo(blueprint / "evil.tf")
        with pytest.raises(workspace.BlueprintUnsafe):
            workspace.prepare(tmp_path / "run", contents=contents(blueprint))
        (blueprint / "evil.tf").unlink()
        (tmp_path / "run/module/stale.tf").write_text("half")

        workspace.prepare(tmp_path / "run", contents=contents(blueprint))

        assert "stale.tf" not in files(tmp_path / "run/module")
        assert "portal.auto.tfvars.json" in files(tmp_path / "run/module")

    def test_keeps_a_complete_workspace(self, tmp_path: Path, blueprint: Path) -> None:
        workspace.prepare(tmp_path / "run", contents=contents(blueprint))
        (tmp_path / "run/module/tfplan").write_text("the plan that was approved")

        workspace.prepare(tmp_path / "run", contents=contents(blueprint, variables={"size": 3}))

        assert (tmp_path / "run/module/tfplan").exists()
        assert json.loads((tmp_path / "run/module/portal.auto.tfvars.json").read_text()) == {"size": 2}

    def test_fails_if_less_is_free_than_a_run_needs(self, tmp_path: Path, blueprint: Path) -> None:
        too_much = workspace.free_bytes(tmp_path) + (1 << 40)

        with pytest.raises(workspace.NotEnoughSpace, match=f"MiB are free .* needs {too_much >> 20} MiB"):
            workspace.prepare(tmp_path / "run", contents=contents(blueprint), required_free_bytes=too_much)

        assert not (tmp_path / "run").exists()

    def test_rejects_a_value_that_json_does_not_have(self, tmp_path: Path, blueprint: Path) -> None:
        with pytest.raises(ValueError, match="JSON"):
            workspace.prepare(
                tmp_path / "run", contents=contents(blueprint, variables={"size": float("nan")})
            )


class TestRemove:
    def test_leaves_nothing(self, tmp_path: Path, blueprint: Path) -> None:
        workspace.prepare(tmp_path / "run", contents=contents(blueprint))

        workspace.remove(tmp_path / "run")
        workspace.remove(tmp_path / "run")

        assert not (tmp_path / "run").exists()

    def test_fails_while_a_process_of_the_run_is_alive(self, tmp_path: Path, blueprint: Path) -> None:
        workspace.prepare(tmp_path / "run", contents=contents(blueprint))
        with (tmp_path / "run/run.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)

            with pytest.raises(workspace.WorkspaceInUse):
                workspace.remove(tmp_path / "run")

        assert (tmp_path / "run/module/main.tf").exists()

    def test_waits_for_a_shepherd_that_is_about_to_exit(self, tmp_path: Path, blueprint: Path) -> None:
        workspace.prepare(tmp_path / "run", contents=contents(blueprint))
        held = os.open(tmp_path / "run/run.lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(held, fcntl.LOCK_EX)
        leaving = threading.Timer(0.05, os.close, [held])
        leaving.start()

        workspace.remove(tmp_path / "run")

        leaving.join()
        assert not (tmp_path / "run").exists()

    def test_does_not_follow_links(self, tmp_path: Path, blueprint: Path) -> None:
        workspace.prepare(tmp_path / "run", contents=contents(blueprint))
        (tmp_path / "run/home/link").symlink_to(blueprint)

        workspace.remove(tmp_path / "run")

        assert (blueprint / "main.tf").exists()


class TestFreeBytes:
    def test_are_known_for_a_folder_that_does_not_exist_yet(self, tmp_path: Path) -> None:
        assert workspace.free_bytes(tmp_path / "not/yet") > 0
