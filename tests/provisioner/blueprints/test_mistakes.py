from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import blueprints
from tests.provisioner.blueprints.small import BLUEPRINT, MAIN, VARIABLES, Write


def mistakes_of(folder: Path) -> list[str]:
    return [str(mistake) for mistake in blueprints.load([folder]).mistakes]


# What is written wrongly into the good blueprint, and the sentence that must come of it.
WRONG = [
    ('title = "A', 'titel = "A', "line 2: unknown key 'titel'. Did you mean 'title'?"),
    ('title = "A small environment"\n', "", "blueprint.toml: 'title' is missing"),
    ('title = "A small environment"', 'title = " "', "line 2: 'title' is empty"),
    ('icon = "layers"', "icon = 3", "line 4: 'icon' must be text"),
    ("target_seconds = 80", 'target_seconds = "80"', "line 5: 'target_seconds' must be a whole number"),
    ("target_seconds = 80", "target_seconds = 0", "line 5: 'target_seconds' must be at least 1"),
    ('"ap-northeast-2"', "3", "line 6: 'regions' must be a list of text"),
    ('  "zones",', '  "zonse",', "line 10: there is no input 'zonse'. Did you mean 'zones'?"),
    ('  "zones",', '  "vpc_cidr",', "line 10: input 'vpc_cidr' is in two places"),
    ('  "zones",', '  "environment_name",', "line 10: 'environment_name' is set by the portal"),
    ("[inputs.zones]", "[inputs.zonse]", "there is no Terraform variable 'zonse'. Did you mean 'zones'?"),
    ("[inputs.zones]", "[inputs.owner]", "'owner' is set by the portal and is not an input"),
    ('label = "Address range"', 'labl = "x"', "line 16: unknown key 'labl'. Did you mean 'label'?"),
    ('kind = "cidr"', 'kind = "cird"', "line 17: unknown kind 'cird'. Did you mean 'cidr'?"),
    ('kind = "integer"', 'kind = "boolean"', "line 23: kind 'boolean' does not fit the variable's type"),
    ('kind = "integer"', 'kind = "choice"', "line 23: kind 'choice' needs [[inputs.zones.choices]]"),
    ('unit = "zones"', "exclusive = true", "line 24: 'exclusive' is only for kind cidr, this is integer"),
    ('unit = "zones"', "minimum = 3", "line 22: the default of variable 'zones' is not an allowed answer"),
    ('unit = "zones"', "minimum = 9", "line 24: the minimum is above the maximum"),
    ('label = "One NAT gateway"', 'lable = "x"', "line 28: unknown key 'lable'. Did you mean 'label'?"),
    ('value = "single"\n', "", "line 26: 'value' is missing"),
    ('value = "single"', 'value = "double"', "the default of variable 'nat' is not an allowed answer"),
    ('pattern = "^[a-z]+@[a-z.]+$"', 'pattern = "("', "this pattern is not a regular expression"),
    ("zones = 2 }", "zones = 4 }", "'zones' is not an allowed answer: Enter a whole number between 2 and 3"),
    ("zones = 2 }", "zonse = 2 }", "there is no input 'zonse'. Did you mean 'zones'?"),
    ('approval = "person"', 'approval = "persn"', "'automatic' or 'person'. Did you mean 'person'?"),
    ('slug = "production"', 'slug = "dev"', "there are two sizes 'dev'"),
    ('slug = "production"', 'slug = "A B"', "size 'A B': use lower-case letters, digits and hyphens"),
    ('name = "url"', 'name = "ulr"', "there is no Terraform output 'ulr'. Did you mean 'url'?"),
    ('name = "url"', 'name = "secret"', "output 'secret' is sensitive and cannot be shown"),
    ('kind = "url"', 'kind = "link"', "unknown kind 'link'. Kinds are url, text, command, arn, list"),
    ("primary = true", 'primary = "yes"', "'primary' must be true or false"),
    ("[[sizes]]\nslug", "[sizes]\nslug", "not valid TOML"),
]  # fmt: skip


class TestBlueprintToml:
    @pytest.mark.parametrize(("good", "bad", "message"), WRONG)
    def test_names_the_line_and_the_fix(
        self, write: Write, folder: Path, good: str, bad: str, message: str
    ) -> None:
        assert good in BLUEPRINT
        toml = BLUEPRINT.replace(good, bad, 1)
        write("small", {"blueprint.toml": toml, "variables.tf": VARIABLES, "main.tf": MAIN})

        catalogue = blueprints.load([folder])

        assert catalogue.blueprints == {}
        assert any(message in str(mistake) for mistake in catalogue.mistakes), list(
            map(str, catalogue.mistakes)
        )

    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            ('title = "x"\nicon = \n', "blueprint.toml, line 2: this is not valid TOML: Invalid value"),
            ('title = "x"\nregions = [\n', "blueprint.toml, line 2: this is not valid TOML: Invalid value"),
            (
                'title = "x"\ntitle = "y"\n',
                "blueprint.toml, line 2: this is not valid TOML: Cannot overwrite a value",
            ),
            ("", "blueprint.toml: 'title' is missing"),
            ('title = "x"\ninputs = 3\n', "blueprint.toml, line 2: 'inputs' must be a table"),
            ('title = "x"\n[inputs]\na = 3\n', "blueprint.toml, line 3: there is no Terraform variable 'a'."),
            ('title = "x"\nsizes = [3]\n', "blueprint.toml, line 2: 'sizes' must be a list of tables"),
            ('title = "x"\n[[outputs]]\nlabel = "x"\n', "blueprint.toml, line 2: 'name' is missing"),
        ],
    )
    def test_finds_the_line_of_broken_toml(self, write: Write, folder: Path, toml: str, message: str) -> None:
        write("small", {"blueprint.toml": toml})

        assert [mistake[: len(message)] for mistake in mistakes_of(folder)] == [message]

    def test_is_asked_for_where_there_is_terraform_without_it(self, folder: Path) -> None:
        (folder / "bare").mkdir(parents=True)
        (folder / "bare" / "main.tf").write_text("")

        (mistake,) = mistakes_of(folder)

        assert mistake.startswith("blueprint.toml: this file is missing")

    def test_that_is_no_text_is_a_mistake(self, write: Write, folder: Path) -> None:
        (write("small") / "blueprint.toml").write_bytes(b"\xff\xfe\x00")

        assert mistakes_of(folder)[0].startswith("blueprint.toml: this file cannot be read")

    def test_without_terraform_is_a_mistake(self, write: Write, folder: Path) -> None:
        (write("small") / "main.tf").unlink()

        assert mistakes_of(folder) == ["main.tf: there is no Terraform beside blueprint.toml"]

    def test_that_is_a_link_to_nowhere_is_a_mistake(self, write: Write, folder: Path) -> None:
        (write("small") / "gone.tf").symlink_to("/nowhere")

        assert mistakes_of(folder) == ["gone.tf: this file cannot be read: No such file or directory"]

    def test_in_a_folder_with_an_odd_name_is_a_mistake(self, write: Write, folder: Path) -> None:
        write("Odd Name")

        assert mistakes_of(folder)[0].startswith("Odd Name: 'Odd Name' is not a valid name of a blueprint")


class TestTerraform:
    @pytest.mark.parametrize(
        ("text", "where"),
        [
            ('variable "x" {\n  type = \n}\n', "main.tf, line 2: "),
            ('variable "x" {\n  type = string\n', "main.tf, line 2: the file ends in the middle"),
            ('variable "x" {\n  default = "abc\n}\n', "main.tf, line "),
            ("a b c d", "main.tf, line 1: "),
            ("\0", "main.tf, line 1: "),
        ],
    )
    def test_syntax_names_file_and_line(self, write: Write, folder: Path, text: str, where: str) -> None:
        write("small", {"main.tf": text})

        assert mistakes_of(folder)[0].startswith(where)

    def test_that_is_no_text_is_a_mistake(self, write: Write, folder: Path) -> None:
        (write("small") / "main.tf").write_bytes(b"\xff\xfe")

        assert mistakes_of(folder)[0].startswith("main.tf: this file cannot be read")

    @pytest.mark.parametrize(
        "name", ["x.tf.json", "x.tofu", "override.tf", "x_override.tf", "terraform.tfvars", "x.auto.tfvars"]
    )
    def test_that_would_change_what_the_form_says_is_a_mistake(
        self, write: Write, folder: Path, name: str
    ) -> None:
        write("small", {name: ""})

        assert mistakes_of(folder)[0].startswith(f"{name}: ")

    def test_of_a_module_outside_the_folder_is_a_mistake(self, write: Write, folder: Path) -> None:
        write("small", {"main.tf": 'module "m" {\n  source = "./m/../../other"\n}\n'})

        assert mistakes_of(folder) == [
            "main.tf, line 1: module source './m/../../other' lies outside the blueprint's folder"
        ]


def test_one_bad_folder_never_hides_the_others(write: Write, folder: Path) -> None:
    write("bad", {"blueprint.toml": "title = "})
    write("good")

    catalogue = blueprints.load([folder])

    assert list(catalogue.blueprints) == ["good"]
    assert [mistake.slug for mistake in catalogue.mistakes] == ["bad"]


FORBIDDEN = {
    'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n  }\n}': (2, "provisioner"),
    'resource "terraform_data" "x" {\n  connection {\n    host = "x"\n  }\n}': (2, "connection"),
    'data "external" "x" {\n  program = ["id"]\n}': (1, "external"),
    'data "http" "x" {\n  url = "http://x"\n}': (1, "http"),
    'check "c" {\n  data "http" "x" {\n    url = "http://x"\n  }\n}': (2, "http"),
    'data "terraform_remote_state" "x" {\n  backend = "s3"\n}': (1, "terraform_remote_state"),
    'module "m" {\n  source = "git::https://example.com/x"\n}': (1, "remote"),
    'module "m" {\n  source = "terraform-aws-modules/vpc/aws"\n}': (1, "remote"),
    'terraform {\n  backend "local" {}\n}': (2, "backend"),
    'terraform {\n  cloud {}\n}': (2, "cloud"),
    'resource "local_file" "x" {\n  filename = "x"\n}': (1, "hashicorp/local"),
    'terraform {\n  required_providers {\n    a = { source = "evil/aws" }\n  }\n}': (3, "evil/aws"),
    'resource "aws_vpc" "x" {\n  provider = evil.x\n}': (1, "hashicorp/evil"),
    'locals {\n  a = file("/etc/passwd")\n}': (2, "file()"),
    'locals {\n  a = "${file("${path.module}/../../secret")}"\n}': (2, "file()"),
    'locals {\n  a = filebase64("${path.module}/${var.x}")\n}': (2, "filebase64()"),
    'locals {\n  a = templatefile(var.x, {})\n}': (2, "templatefile()"),
    'locals {\n  a = <<E\nE\n}\ndata "http" "x" {}\nlocals {\n  b = <<E\nE\n}': (5, "http"),
    'locals {\n  a = "/*"\n}\ndata "http" "x" {}\nlocals {\n  b = "*/"\n}': (4, "http"),
    'locals {\n  a = <<-END\n    ${file("/etc/passwd")}\n  END\n}': (2, "heredoc"),
}  # fmt: skip


class TestWhatOnlyATrustedFolderMayContain:
    @pytest.mark.parametrize(("text", "line", "word"), [(text, *found) for text, found in FORBIDDEN.items()])
    @pytest.mark.parametrize("file", ["main.tf", "modules/m/main.tf"])
    def test_is_refused_with_file_and_line(
        self, write: Write, folder: Path, text: str, line: int, word: str, file: str
    ) -> None:
        write("small", {"main.tf": "", file: text})

        refused = blueprints.load([folder])
        trusted = blueprints.load([folder], trusted_folders=[folder])

        assert refused.blueprints == {}
        assert any(
            (mistake.file, mistake.line) == (file, line) and word in mistake.message
            for mistake in refused.mistakes
        ), list(map(str, refused.mistakes))
        assert [str(mistake) for mistake in trusted.mistakes] == []
        assert trusted.blueprints["small"].trusted

    def test_a_symbolic_link_is_refused(self, write: Write, folder: Path) -> None:
        (write("small") / "app.py").symlink_to("/etc/passwd")

        assert mistakes_of(folder) == ["app.py: symbolic links are not allowed"]

    def test_ordinary_terraform_is_not_refused(self, write: Write, folder: Path) -> None:
        body = """
        terraform {
          required_providers {
            aws = { source = "registry.terraform.io/hashicorp/aws" }
          }
        }
        locals {
          a = templatefile("${path.module}/user_data.tftpl", { x = file("./app.py") })
        }
        resource "aws_vpc" "x" {}
        resource "terraform_data" "x" {}
        module "m" { source = "./m" }
        """
        write("small", {"main.tf": body, "m/main.tf": 'resource "random_id" "r" {}\n'})

        catalogue = blueprints.load([folder])

        assert [str(mistake) for mistake in catalogue.mistakes] == []
