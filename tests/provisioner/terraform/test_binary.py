from pathlib import Path

import pytest

from provisioner.terraform import binary
from tests.provisioner.terraform.runs import Program


def fake(program: Program, version: str, name: str = "terraform") -> tuple[str, ...]:
    return program(f"""print('{{"terraform_version": "{version}"}}')""", name)


class TestFind:
    def test_prefers_terraform_to_tofu(
        self, tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake(program, "1.11.4", "tofu")
        fake(program, "1.11.4", "terraform")
        monkeypatch.setenv("PATH", str(tmp_path))

        assert binary.find(configured=None) == tmp_path / "terraform"

    def test_uses_tofu_if_there_is_no_terraform(
        self, tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake(program, "1.10.0", "tofu")
        monkeypatch.setenv("PATH", str(tmp_path))

        assert binary.find(configured=None) == tmp_path / "tofu"

    def test_says_what_is_missing_and_how_to_install_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(
            binary.TerraformMissing, match=r"Neither terraform nor tofu .* Install Terraform 1\.10"
        ):
            binary.find(configured=None)

    def test_does_not_search_the_path_if_the_setting_is_wrong(self, terraform: Path) -> None:
        with pytest.raises(binary.TerraformMissing, match="from the settings is not an executable program"):
            binary.find(configured="/nowhere/terraform")


class TestVersion:
    def test_is_read_from_the_program_itself(self, terraform: Path) -> None:
        major, minor, *_ = binary.version(terraform).split(".")

        assert (int(major), int(minor)) >= (1, 10)

    def test_is_cached_until_the_program_changes(self, tmp_path: Path, program: Program) -> None:
        path = Path(fake(program, "1.10.0")[0])
        first = binary.version(path)
        path.write_text(path.read_text().replace("1.10.0", "1.12.0"))

        assert (first, binary.version(path)) == ("1.10.0", "1.12.0")

    @pytest.mark.parametrize("old", ["1.9.8", "0.15.0", "nonsense"])
    def test_below_1_10_is_rejected(self, program: Program, tmp_path: Path, old: str) -> None:
        with pytest.raises(binary.TerraformMissing, match="too old"):
            binary.version(Path(fake(program, old)[0]))

    @pytest.mark.parametrize("body", ["sys.exit(1)", "print('no JSON')", "print('[]')", "print('{}')"])
    def test_of_another_program_is_rejected(self, program: Program, body: str) -> None:
        with pytest.raises(binary.TerraformMissing, match="cannot be read"):
            binary.version(Path(program(body)[0]))

    def test_of_a_missing_program_is_rejected(self, tmp_path: Path) -> None:
        with pytest.raises(binary.TerraformMissing, match="cannot be run"):
            binary.version(tmp_path / "terraform")
