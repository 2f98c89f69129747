import subprocess
from pathlib import Path

import pytest

from provisioner.terraform import environment, mirror

HERE = mirror._platform()


def provider(root: Path, name: str = "hashicorp/aws", version: str = "5.100.0", platform: str = HERE) -> None:
    (root / "registry.terraform.io" / name / version / platform).mkdir(parents=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home with data folders, so that the machine's own are not used."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return tmp_path / "home"


class TestFind:
    def test_prefers_the_setting(self, tmp_path: Path, home: Path) -> None:
        provider(tmp_path / "set")
        provider(home / ".terraform.d/plugins")

        assert mirror.find(configured=str(tmp_path / "set")) == tmp_path / "set"

    def test_rejects_a_setting_without_providers_instead_of_ignoring_it(
        self, tmp_path: Path, home: Path
    ) -> None:
        provider(home / ".terraform.d/plugins")

        with pytest.raises(mirror.MirrorEmpty, match=r"registry\.terraform\.io"):
            mirror.find(configured=str(tmp_path))

    @pytest.mark.parametrize(
        "place",
        ["home/.terraform.d/plugins", "home/.local/share/terraform/plugins", "share/terraform/plugins"],
    )
    def test_searches_the_folders_that_terraform_does(self, tmp_path: Path, home: Path, place: str) -> None:
        provider(tmp_path / place)

        assert mirror.find(configured=None) == tmp_path / place


class TestProviderVersions:
    def test_lists_unpacked_and_packed_ones_for_this_machine_only_in_order(self, tmp_path: Path) -> None:
        provider(tmp_path, version="5.9.0")
        provider(tmp_path, version="5.100.0")
        provider(tmp_path, version="6.0.0", platform="plan9_mips")
        packed = tmp_path / "registry.terraform.io/hashicorp/random"
        packed.mkdir()
        (packed / f"terraform-provider-random_3.7.2_{HERE}.zip").touch()
        (packed / "index.json").touch()

        found = mirror.provider_versions(tmp_path)

        assert found == {"hashicorp/aws": ["5.9.0", "5.100.0"], "hashicorp/random": ["3.7.2"]}


class TestMissingVersions:
    LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version     = "5.100.0"\n}\n'

    @pytest.mark.parametrize(
        ("has", "lacks"),
        [("5.100.0", {}), ("5.99.1", {"hashicorp/aws": "5.100.0"})],
    )
    def test_lists_a_locked_version_that_the_mirror_does_not_have(
        self, tmp_path: Path, has: str, lacks: dict[str, str]
    ) -> None:
        provider(tmp_path / "mirror", version=has)
        (tmp_path / "lock.hcl").write_text(self.LOCK)

        assert mirror.missing_versions(tmp_path / "mirror", lock_file=tmp_path / "lock.hcl") == lacks

    def test_leaves_out_providers_that_come_from_the_network(self, tmp_path: Path) -> None:
        provider(tmp_path / "mirror", "hashicorp/random", version="3.7.2")
        (tmp_path / "lock.hcl").write_text(self.LOCK)

        assert mirror.missing_versions(tmp_path / "mirror", lock_file=tmp_path / "lock.hcl") == {}
        assert mirror.missing_versions(tmp_path / "mirror", lock_file=tmp_path / "none.hcl") == {}


class TestWriteCliConfig:
    def test_uses_the_mirror_for_its_providers_and_the_network_for_others(self, tmp_path: Path) -> None:
        provider(tmp_path / "mirror")
        provider(tmp_path / "mirror", "hashicorp/other", platform="plan9_mips")

        mirror.write_cli_config(tmp_path / "new/cli.tfrc", mirror=tmp_path / "mirror")

        written = (tmp_path / "new/cli.tfrc").read_text()
        assert f'path    = "{tmp_path / "mirror"}"' in written
        assert written.count('["registry.terraform.io/hashicorp/aws"]') == 2
        assert "hashicorp/other" not in written

    def test_without_a_mirror_only_disables_the_version_check(self, tmp_path: Path) -> None:
        mirror.write_cli_config(tmp_path / "cli.tfrc", mirror=None)

        assert (tmp_path / "cli.tfrc").read_text() == "disable_checkpoint = true\n"

    @pytest.mark.parametrize("folder", ["mirror", "mirror with 'quotes\" and ünïcode"])
    def test_is_accepted_by_terraform(self, tmp_path: Path, terraform: Path, folder: str) -> None:
        provider(tmp_path / folder)
        mirror.write_cli_config(tmp_path / "cli.tfrc", mirror=tmp_path / folder)
        built = environment.build(workspace=tmp_path, cli_config=tmp_path / "cli.tfrc", cloud={})
        (tmp_path / "module").mkdir()

        answer = subprocess.run(
            [terraform, "init"],
            cwd=tmp_path / "module",
            env=built,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (answer.returncode, answer.stderr) == (0, "")
