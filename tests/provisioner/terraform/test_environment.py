import json
from pathlib import Path

import pytest

from provisioner.terraform import environment, phase
from tests.provisioner.terraform.runs import Program, Run

CANARIES = {
    "DJANGO_SECRET_KEY": "canary-django",
    "DATABASE_URL": "canary-database",
    "REDIS_URL": "canary-redis",
    "AWS_SECRET_ACCESS_KEY": "canary-of-the-worker-itself",
    "AWS_PROFILE": "canary-profile",
    "TF_CLI_ARGS_plan": "-var=canary",
    "TF_LOG": "trace",
    "TF_VAR_size": "canary-variable",
    "TF_REATTACH_PROVIDERS": "canary-reattach",
    "LD_PRELOAD": "",
    "DEMO_PASSWORD": "canary-password",
}


class TestBuild:
    def test_gives_terraform_what_it_needs_and_no_secret_of_the_portal(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, program: Program
    ) -> None:
        for name, value in CANARIES.items():
            monkeypatch.setenv(name, value)
        cloud = {
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SESSION_TOKEN": "allowed-token",
            "AWS_REGION": "eu-west-1",
        }
        run.environment = environment.build(
            workspace=run.directory, cli_config=tmp_path / "cli.tfrc", cloud=cloud
        )
        body = "import json; print(json.dumps(dict(os.environ)), flush=True)"

        run.start(phase.Step("init", program(body)))

        run.exit()
        seen = json.loads(run.lines()[1])
        assert seen["AWS_SESSION_TOKEN"] == "allowed-token"  # proves that the test can see at all
        assert seen["AWS_REGION"] == "eu-west-1"
        assert not [value for value in seen.values() if "canary" in value]
        assert not CANARIES.keys() & seen.keys()

    def test_keeps_the_portals_environment_out_of_the_shepherds_proc_entry(
        self, monkeypatch: pytest.MonkeyPatch, run: Run, program: Program
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "canary-database")
        body = "print(open(f'/proc/{os.getppid()}/environ').read().encode(), flush=True)"

        run.start(phase.Step("init", program(body)))

        run.exit()
        assert b"canary" not in run.lines()[1]

    def test_keeps_every_written_file_in_the_workspace_or_behind_its_link(self, tmp_path: Path) -> None:
        (tmp_path / "run").mkdir()

        built = environment.build(workspace=tmp_path / "run", cli_config=tmp_path / "cli.tfrc", cloud={})

        assert built["HOME"] == str(tmp_path / "run/home")
        assert built["TMPDIR"] == str((tmp_path / "run/tmp").readlink())
        assert built["TF_DATA_DIR"] == str(tmp_path / "run/module/.terraform")
        assert built["TF_CLI_CONFIG_FILE"] == str(tmp_path / "cli.tfrc")

    def test_disables_questions_version_checks_and_the_hosts_own_role(self, tmp_path: Path) -> None:
        built = environment.build(workspace=tmp_path, cli_config=tmp_path / "cli.tfrc", cloud={})

        assert (built["TF_INPUT"], built["TF_IN_AUTOMATION"], built["CHECKPOINT_DISABLE"]) == ("0", "1", "1")
        assert built["AWS_EC2_METADATA_DISABLED"] == "true"

    @pytest.mark.parametrize(
        "name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    )
    def test_passes_on_what_an_account_may_need(self, tmp_path: Path, name: str) -> None:
        built = environment.build(workspace=tmp_path, cli_config=tmp_path, cloud={name: "http://127.0.0.1:1"})

        assert built[name] == "http://127.0.0.1:1"

    @pytest.mark.parametrize(
        "name",
        ["TF_CLI_ARGS", "PATH", "AWS_PROFILE", "AWS_CONFIG_FILE", "LD_PRELOAD", "aws_region", "AWS_REGION\n"],
    )
    def test_rejects_any_other_name(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(environment.VariableNotAllowed):
            environment.build(workspace=tmp_path, cli_config=tmp_path, cloud={name: "x"})

    def test_needs_only_the_path_from_this_host(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_DIR", "PATH"):
            monkeypatch.delenv(name, raising=False)

        built = environment.build(workspace=tmp_path, cli_config=tmp_path, cloud={})

        assert built["PATH"]
        assert not [name for name in built if "SSL" in name]
