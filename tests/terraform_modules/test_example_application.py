"""The example that people copy and its copy in the blueprint: one code, locked, tested, few rights."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terraform_modules import user_data
from tests.terraform_modules.application_packages import EXAMPLE
from tests.terraform_modules.program import Terraform

# What a developer runs and what an instance runs.
LOCKED = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^-]+)?( --hash=sha256:[0-9a-f]{64})+")


class TestOneSource:
    def test_the_first_application_of_an_environment_is_the_example(self, three_tier: Path) -> None:
        ours = {file.name: file.read_text() for file in (EXAMPLE / "app").glob("*.*")}
        theirs = {file.name: file.read_text() for file in (three_tier / "app").glob("*.*")}

        assert {"main.py", "database.py", "requirements.txt"} <= ours.keys()
        assert ours == theirs, "copy: cp examples/fastapi_app/app/*.* terraform_modules/three_tier/app/"

    def test_every_file_of_it_reaches_the_instance(self, three_tier: Path, scripts: dict[str, str]) -> None:
        laid_out = user_data.files(scripts["online"])

        for file in (three_tier / "app").glob("*.*"):
            assert laid_out[f"/opt/app/{file.name}"] == file.read_text()


class TestLock:
    @pytest.mark.parametrize("name", ["app/requirements.txt", "requirements-test.txt"])
    def test_names_versions_and_hashes_but_no_index(self, name: str) -> None:
        lines = (EXAMPLE / name).read_text().splitlines()

        assert len(lines) > 10
        assert [line for line in lines if not LOCKED.fullmatch(line)] == []

    def test_is_what_the_tests_of_the_example_run_with(self) -> None:
        application = set((EXAMPLE / "app/requirements.txt").read_text().splitlines())

        assert application <= set((EXAMPLE / "requirements-test.txt").read_text().splitlines())


class TestItsOwnTests:
    def test_pass_with_its_own_packages(self, application_python: Path) -> None:
        done = subprocess.run(
            [application_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
            cwd=EXAMPLE,
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONDONTWRITEBYTECODE": "1",
                "AWS_EC2_METADATA_DISABLED": "true",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"\d+ passed", done.stdout)


class TestDockerfile:
    @pytest.fixture(scope="class")
    def dockerfile(self) -> str:
        return (EXAMPLE / "Dockerfile").read_text()

    def test_starts_both_stages_from_one_base_by_digest(self, dockerfile: str) -> None:
        assert re.search(
            r"^ARG BASE=docker\.io/library/python:3\.11\.\d+-\S+@sha256:[0-9a-f]{64}$", dockerfile, re.M
        )
        assert re.findall(r"^FROM (.*)$", dockerfile, re.M) == ["${BASE} AS packages", "${BASE}"]

    def test_installs_what_is_locked_and_runs_as_nobody_with_a_check(self, dockerfile: str) -> None:
        last = dockerfile.rsplit("FROM ", 1)[1]

        assert "--require-hashes --only-binary :all:" in dockerfile
        assert "pip install" not in last
        assert re.search(r"^USER 10001$", last, re.M)
        assert re.search(r"^HEALTHCHECK .*\n  CMD \[.*/healthz", last, re.M)

    def test_brings_the_bundle_of_rds_to_where_the_application_looks_readable_by_anybody(
        self, dockerfile: str
    ) -> None:
        last = dockerfile.rsplit("FROM ", 1)[1]
        added = re.search(r"^ADD --chmod=0644 https://truststore\S+/global-bundle\.pem (\S+)$", last, re.M)

        assert added
        assert added[1] == "/opt/app/rds-ca.pem"
        assert 'Path(__file__).with_name("rds-ca.pem")' in (EXAMPLE / "app/settings.py").read_text()

    def test_sends_nothing_but_the_application_to_the_builder(self) -> None:
        assert (EXAMPLE / ".dockerignore").read_text().splitlines()[:2] == ["*", "!app/"]


class TestDeployRole:
    def test_is_formatted_and_passes_its_own_tests(
        self, terraform: Terraform, three_tier: Path, tmp_path: Path
    ) -> None:
        copy = tmp_path / "deploy_role"
        shutil.copytree(EXAMPLE / "deploy_role", copy)
        # The provider that the blueprint locks, which is there already.
        shutil.copy(three_tier / ".terraform.lock.hcl", copy)
        formatted = terraform("fmt", "-check", "-recursive", cwd=copy)
        initialised = terraform("init", "-input=false", "-no-color", cwd=copy)
        tested = terraform("test", "-no-color", cwd=copy)

        assert formatted.returncode == 0, formatted.stdout
        assert initialised.returncode == 0, initialised.stderr
        assert tested.returncode == 0, tested.stdout + tested.stderr
