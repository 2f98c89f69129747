"""What waits for what, held against Terraform's own graph of the same configuration."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from provisioner import blueprints
from provisioner.blueprints import configuration, dependencies
from provisioner.terraform import binary

MAIN = """
variable "names" {
  type    = list(string)
  default = ["x"]
}

locals {
  first = terraform_data.a.output
  both  = "${local.first}-${module.net.id}"
}

resource "terraform_data" "a" {
  input = var.names
}

resource "terraform_data" "b" {
  for_each = toset(var.names)
  input    = local.both
}

module "net" {
  source = "./net"
  given  = terraform_data.a.id
}

module "late" {
  source     = "./net"
  given      = "terraform_data.c and ${terraform_data.a.id} are in a text"
  depends_on = [terraform_data.b]
}

resource "terraform_data" "c" {
  input      = "b, a"
  depends_on = [module.net]

  lifecycle {
    replace_triggered_by = [terraform_data.b]
  }
}

resource "terraform_data" "d" {
  input = module.late.deep
}

resource "terraform_data" "e" {
  input = <<-EOT
    "terraform_data.d" is mentioned here, and ${join(",", [for each in [terraform_data.b["x"].id] : each])}
  EOT
}
"""
NET = """
variable "given" {
  type = string
}

resource "terraform_data" "inner" {
  input = var.given
}

module "deep" {
  source = "./deep"
  given  = terraform_data.inner.id
}

output "id" {
  value = terraform_data.inner.id
}

output "deep" {
  value = module.deep.id
}
"""
DEEP = """
variable "given" {
  type = string
}

resource "terraform_data" "last" {
  input = var.given
}

output "id" {
  value = terraform_data.last.id
}
"""
FILES = {"main.tf": MAIN, "net/main.tf": NET, "net/deep/main.tf": DEEP}
Edges = Mapping[str, frozenset[str]]


def everything_before(edges: Edges) -> dict[str, frozenset[str]]:
    """By address, all that has to be done before: the same, however many detours are drawn."""

    def before(address: str) -> frozenset[str]:
        direct = edges.get(address, frozenset())
        return direct.union(*(before(each) for each in direct))

    return {address: found for address in edges if (found := before(address))}


def terraforms_own(folder: Path) -> Edges:
    terraform = str(binary.find(configured=None))
    for command in (["init", "-backend=false"], ["graph"]):
        done = subprocess.run([terraform, *command], cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, frozenset[str]] = {}
    for one, other in re.findall(r'"([^"]+)" -> "([^"]+)";', done.stdout):
        found[one] = found.get(one, frozenset()) | {other}
    return found


def test_are_those_of_terraforms_graph(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    read, mistakes = configuration.read(slug="any", folder=tmp_path, files=list(FILES))
    assert mistakes == []

    found = everything_before(dependencies.dependencies_of(read))

    assert found == everything_before(terraforms_own(tmp_path))
    assert found["terraform_data.d"] >= {"module.late.module.deep.terraform_data.last", "terraform_data.b"}


def test_are_seen_through_what_lies_in_between(small: blueprints.Blueprint) -> None:
    assert small.dependencies == {"terraform_data.one": frozenset()}


def test_in_a_circle_end(tmp_path: Path) -> None:
    circle = 'resource "t" "a" {\n  x = local.b\n}\nlocals {\n  b = local.c\n  c = "${local.b}${t.a.id}"\n}\n'
    (tmp_path / "main.tf").write_text(circle)
    read, _ = configuration.read(slug="any", folder=tmp_path, files=["main.tf"])

    assert dependencies.dependencies_of(read) == {"t.a": frozenset()}
