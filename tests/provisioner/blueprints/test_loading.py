from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprints
from provisioner.blueprints import configuration
from tests.provisioner.blueprints.small import MAIN, VARIABLES, Write


class TestOneBlueprint:
    def test_says_what_the_page_shows(self, small: blueprints.Blueprint) -> None:
        assert (small.slug, small.path.name) == ("small", "small")
        assert (small.title, small.target_seconds, small.regions) == (
            "A small environment",
            80,
            ("ap-northeast-2",),
        )
        assert small.outputs == (
            blueprints.Output("url", "Url", kind="url", primary=True, help="Where it answers."),
        )
        assert [(size.slug, size.approval) for size in small.sizes] == [
            ("dev", "automatic"),
            ("production", "person"),
        ]
        assert small.default_size == "dev"

    def test_asks_each_variable_once_in_the_written_order(self, small: blueprints.Blueprint) -> None:
        asked = [name for section in small.sections for name in section.inputs]

        assert [section.title for section in small.sections] == ["Network", "More settings"]
        assert asked[:2] == ["vpc_cidr", "zones"]
        assert sorted(asked) == sorted(small.inputs)

    def test_never_asks_what_the_portal_fills_in(self, small: blueprints.Blueprint) -> None:
        assert "environment_name" not in small.inputs
        assert "environment_name" in small.terraform_variables

    def test_takes_type_default_text_and_rules_from_the_variable(self, small: blueprints.Blueprint) -> None:
        zones = small.inputs["zones"]

        assert (zones.kind, zones.default, zones.unit, zones.help) == (
            "integer",
            2,
            "zones",
            "How many zones.",
        )
        assert (zones.minimum, zones.maximum) == (2, 3)
        assert zones.rules == ("zones must be 2 or 3.",)
        assert small.inputs["word"].sensitive
        assert small.inputs["contact"].required
        assert not small.inputs["ratio"].required

    def test_knows_the_providers(self, write: Write, folder: Path) -> None:
        resources = ('"aws_vpc" "v"', '"random_id" "r"', '"terraform_data" "d"')
        body = 'provider "aws" {}\n' + "".join(f"resource {each} {{}}\n" for each in resources)
        write("cloud", {"main.tf": body})

        blueprint = blueprints.load([folder]).blueprints["cloud"]

        assert blueprint.providers == {"hashicorp/aws", "hashicorp/random", "terraform.io/builtin/terraform"}
        assert blueprint.has_provider_block == {"aws"}


class TestAFolderWithOnlyATitle:
    def test_gets_a_form_from_its_variables(self, write: Write, folder: Path) -> None:
        write("plain", {"variables.tf": VARIABLES, "main.tf": MAIN})

        blueprint = blueprints.load([folder]).blueprints["plain"]

        assert {name: question.kind for name, question in blueprint.inputs.items()} == {
            "vpc_cidr": "text",
            "zones": "number",
            "nat": "text",
            "note": "text",
            "contact": "text",
            "deletion_protection": "boolean",
            "ports": "list",
            "features": "list",
            "tags": "json",
            "ratio": "number",
            "word": "text",
        }
        assert [section.title for section in blueprint.sections] == ["Settings"]

    def test_shows_every_output_that_is_not_sensitive(self, write: Write, folder: Path) -> None:
        write("plain", {"variables.tf": VARIABLES, "main.tf": MAIN})

        blueprint = blueprints.load([folder]).blueprints["plain"]

        assert [output.name for output in blueprint.outputs] == ["url"]

    def test_reads_choices_and_ranges_off_plain_validations(self, write: Write, folder: Path) -> None:
        rule = 'condition = contains(["a", "b"], var.kind)\nerror_message = "x"'
        body = f'variable "kind" {{\n  type = string\n  validation {{\n    {rule}\n  }}\n}}'
        write("plain", {"main.tf": body})

        kind = blueprints.load([folder]).blueprints["plain"].inputs["kind"]

        assert (kind.kind, [choice.value for choice in kind.choices]) == ("choice", ["a", "b"])

    def test_derives_the_kind_of_an_untyped_variable_from_its_default(
        self, write: Write, folder: Path
    ) -> None:
        write(
            "plain",
            {"main.tf": 'variable "a" {}\nvariable "b" { default = true }\nvariable "c" { default = 1 }\n'},
        )

        inputs = blueprints.load([folder]).blueprints["plain"].inputs

        assert [inputs[name].kind for name in "abc"] == ["text", "boolean", "number"]


class TestTheLanguage:
    def test_is_read_with_comments_line_ends_of_windows_and_a_byte_order_mark(
        self, write: Write, folder: Path
    ) -> None:
        path = write("plain")
        body = (
            'variable "x" {\n  type = list( # of what\n    string\n  )\n  description = <<EOT\none\nEOT\n}\n'
        )
        (path / "main.tf").write_bytes(b"\xef\xbb\xbf" + body.replace("\n", "\r\n").encode())
        (path / "blueprint.toml").write_bytes(b'\xef\xbb\xbftitle = "T"\r\n')

        x = blueprints.load([folder]).blueprints["plain"].inputs["x"]

        assert (x.kind, x.terraform_type, x.help) == ("list", "list(string)", "one")

    def test_is_read_as_far_as_terraform_goes(self, write: Write, folder: Path) -> None:
        write("plain", {"main.tf": EVERYTHING})

        catalogue = blueprints.load([folder])

        assert [str(mistake) for mistake in catalogue.mistakes] == []
        assert catalogue.blueprints["plain"].inputs["m"].kind == "json"


EVERYTHING = r"""
/* block
comment */
locals { // one line
  a = { for k, v in var.m : k => v... if v != null }
  c = var.m == null ? (
    "a"
  ) : "b"
  d = "%{~ for x in ["a"] ~}${x}%{ endfor ~}"
  e = <<-EOT
    %{ if true }yes%{ else }no%{ endif }
    $${literal} "quotes" \n
  EOT
  f = { (var.m) = 1, "k" : 2, z = 3 }
  g = local.b[*].id
  k = join(",", concat(["a"], [for i in range(3) : tostring(i)]...))
  m = provider::terraform::encode_tfvars({ a = 1 })
  o = var.m["a"].b[0].c
  s = "a ${"nested ${"deep"}"}"
}
variable "m" {
  type = map(object({
    a = optional(string, "x") # comment
    b = optional(list(object({ c = number })), [])
  }))
  default = {}
}
resource "terraform_data" "y" {
  lifecycle {
    precondition {
      condition     = length(var.m) >= 0
      error_message = "m is ${jsonencode(var.m)}"
    }
  }
}
moved {
  from = terraform_data.a
  to   = terraform_data.b
}
removed {
  from = terraform_data.c
  lifecycle { destroy = false }
}
"""


class TestReadingAgain:
    def test_opens_no_file_when_none_has_changed(self, write: Write, folder: Path) -> None:
        path = write("one") / "blueprint.toml"
        first = blueprints.load([folder])
        stat = path.stat()
        # By its size and time the same: only who reads it sees the difference.
        path.write_text(path.read_text().replace('"T"', '"U"'))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

        again = blueprints.load([folder])

        assert again is first
        assert again.blueprints["one"].title == "T"

    def test_notices_a_changed_file_a_new_folder_and_a_removed_one(self, write: Write, folder: Path) -> None:
        path = write("one")
        before = blueprints.load([folder]).blueprints["one"]

        write("one", {"blueprint.toml": 'title = "Other"\n'})
        write("two")
        after = blueprints.load([folder])
        for file in path.iterdir():
            file.unlink()
        path.rmdir()

        assert (before.title, after.blueprints["one"].title) == ("T", "Other")
        assert sorted(after.blueprints) == ["one", "two"]
        assert sorted(blueprints.load([folder]).blueprints) == ["two"]

    def test_changes_the_digest_with_any_file_but_not_with_its_time(self, write: Write, folder: Path) -> None:
        path = write("one", {"app/main.py": "a"})
        first = blueprints.load([folder]).blueprints["one"].digest

        os.utime(path / "main.tf", (1, 1))
        touched = blueprints.load([folder]).blueprints["one"].digest
        write("one", {"app/main.py": "b"})
        changed = blueprints.load([folder]).blueprints["one"].digest

        assert touched == first
        assert changed != first


class TestOneByName:
    def test_is_what_the_whole_catalogue_offers_under_it(self, write: Write, folder: Path) -> None:
        write("one/box", {"main.tf": MAIN, "blueprint.toml": 'title = "First"\n'})
        write("two/box", {"main.tf": MAIN, "blueprint.toml": 'title = "Second"\n'})
        write("two/lid", {"main.tf": MAIN, "blueprint.toml": 'title = "Lid"\n'})
        write("two/broken", {"main.tf": "resource {", "blueprint.toml": 'title = "Broken"\n'})
        folders = [folder / "one", folder / "two"]

        found = {name: blueprints.load_one(name, folders) for name in ("box", "lid", "broken", "missing")}

        offered = blueprints.load(folders).blueprints
        assert found == {name: offered.get(name) for name in found}
        assert found["box"]
        assert found["box"].title == "First"

    def test_reads_no_other_folder(self, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write("box", {"main.tf": MAIN, "blueprint.toml": 'title = "Box"\n'})
        write("lid", {"main.tf": MAIN, "blueprint.toml": 'title = "Lid"\n'})
        read: list[str] = []
        reading = configuration.read

        def noted(*, slug: str, **more: Any) -> Any:
            read.append(slug)
            return reading(slug=slug, **more)

        monkeypatch.setattr(configuration, "read", noted)

        blueprints.load_one("box", [folder])

        assert read == ["box"]


class TestManyFolders:
    def test_offers_the_first_of_two_with_one_name_and_names_both(self, write: Write, folder: Path) -> None:
        write("a/same", {"blueprint.toml": 'title = "First"\n'})
        write("b/same", {"blueprint.toml": 'title = "Second"\n'})

        catalogue = blueprints.load([folder / "a", folder / "b"])

        (mistake,) = catalogue.mistakes
        assert str(folder / "a" / "same") in mistake.message
        assert str(folder / "b" / "same") in mistake.message
        assert catalogue.blueprints["same"].title == "First"

    def test_says_that_a_folder_does_not_exist(self, folder: Path) -> None:
        (mistake,) = blueprints.load([folder / "nowhere"]).mistakes

        assert str(mistake) == f"{folder / 'nowhere'}: this folder of blueprints does not exist"

    def test_takes_a_folder_that_is_a_blueprint_itself(self, write: Write, folder: Path) -> None:
        path = write("one")

        assert list(blueprints.load([path]).blueprints) == ["one"]

    def test_passes_over_folders_without_terraform(self, write: Write, folder: Path) -> None:
        write("one")
        for name in (".git", "__pycache__", "docs"):
            (folder / name).mkdir()
            (folder / name / "README.md").write_text("text")

        catalogue = blueprints.load([folder])

        assert (list(catalogue.blueprints), catalogue.mistakes) == (["one"], ())
