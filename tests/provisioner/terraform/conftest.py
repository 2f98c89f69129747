"""A run's directory and phases of real processes: real Terraform, or a few lines of Python instead."""

import os
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from provisioner.terraform import arguments, binary, environment, mirror, phase, workspace
from tests.provisioner.terraform.runs import OrderRun, Program, Run, Steps, kill_all


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    directory = tmp_path / "run"
    for folder in ("module", "home"):
        (directory / folder).mkdir(mode=0o700, parents=True)
    yield Run(directory, {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
    kill_all(directory)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    def write(body: str, name: str = "fake") -> tuple[str, ...]:
        path = tmp_path / name
        imports = "import os, signal, subprocess, sys, time\n"
        path.write_text(f"#!{sys.executable} -IS\n{imports}{textwrap.dedent(body)}")
        path.chmod(0o700)
        return (str(path),)

    return write


@pytest.fixture(scope="session")
def terraform() -> Path:
    return binary.find(configured=None)


@pytest.fixture
def order_run(tmp_path: Path, terraform: Path) -> Iterator[OrderRun]:
    directory = tmp_path / "run"

    def make(source: str, variables: Mapping[str, object] | None = None) -> Run:
        blueprint = tmp_path / "blueprint"
        blueprint.mkdir()
        (blueprint / "main.tf").write_text(textwrap.dedent(source))
        workspace.prepare(
            directory, contents=workspace.Contents(blueprint=blueprint, variables=variables or {})
        )
        cli_config = tmp_path / "cli.tfrc"
        mirror.write_cli_config(cli_config, mirror=None)
        cloud = {"AWS_REGION": "eu-west-1"}
        ready = Run(directory, environment.build(workspace=directory, cli_config=cli_config, cloud=cloud))
        ready.start(
            phase.Step("init", arguments.init(terraform)),
            phase.Step("plan", arguments.plan(terraform, plan_file="tfplan"), success_codes=(0, 2)),
            name="plan",
        )
        assert ready.exit("plan").exit_code == 2, ready.lines("plan")
        return ready

    yield make
    kill_all(directory)


@pytest.fixture
def apply_steps(terraform: Path) -> Steps:
    return (
        phase.Step("apply", arguments.apply(terraform, plan_file="tfplan")),
        phase.Step("output", arguments.output(terraform), "outputs.json", despite_cancel=True),
    )
