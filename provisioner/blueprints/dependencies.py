"""What waits for what: which resources the expressions of each resource refer to, as in Terraform's graph.

Read from the configuration, for a plan does not tell, and `terraform graph` takes as long as a plan does.
Dependencies are between resources as they are written, not between their instances: Terraform's are, too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from provisioner.blueprints import configuration, hcl

# `aws_vpc.this`, `data.aws_ami.linux`, `local.names`, `module.net.id`: of these only what is declared counts.
_REFERENCE = re.compile(r"(data\.)?([a-z][a-z0-9_-]*)\.([a-zA-Z_][\w-]*)(?:\.([a-zA-Z_][\w-]*))?")

# Where something is declared: the module's address ("" for the root, "module.net."), and its own name.
_Name = tuple[str, str]


@dataclass
class _Graph:
    """`refers`: everything declared, with what it refers to. `managed`: those that are resources."""

    refers: dict[_Name, set[_Name]] = field(default_factory=dict)
    managed: set[_Name] = field(default_factory=set)


def dependencies_of(found: configuration.Configuration) -> Mapping[str, frozenset[str]]:
    """By the address of each managed resource, without index, those that it has to wait for.

    What lies in between (locals, data sources, variables and outputs of local modules) is seen through.
    """
    graph = _Graph()
    _declare(graph, found.documents, folder="", module="")
    return {
        "".join(name): frozenset("".join(each) for each in _waits_for(graph, name))
        for name in sorted(graph.managed)
    }


def _declare(graph: _Graph, documents: Mapping[str, hcl.Document], *, folder: str, module: str) -> None:
    for path, document in documents.items():
        if posixpath.dirname(path) != folder:
            continue
        for block in document.blocks:
            for name, references in _declared(block):
                own = (module, name)
                graph.refers.setdefault(own, set()).update(_named(references, module))
                if block.kind == "resource":
                    graph.managed.add(own)
            if block.kind == "module" and block.labels:
                _enter(graph, documents, block, folder=folder, module=module)


def _declared(block: hcl.Block) -> Iterator[tuple[str, frozenset[str]]]:
    """The names that a block declares, each with what all its expressions refer to."""
    if block.kind == "locals":
        yield from ((f"local.{name}", attribute.references) for name, attribute in block.attributes.items())
    elif block.kind in ("resource", "data") and len(block.labels) == 2:
        prefix = "data." if block.kind == "data" else ""
        yield f"{prefix}{block.labels[0]}.{block.labels[1]}", _of_whole(block)
    elif block.kind == "output" and block.labels:
        yield f"output.{block.labels[0]}", _of_whole(block)


def _of_whole(block: hcl.Block) -> frozenset[str]:
    inside = (attribute.references for each in block.walk() for attribute in each.attributes.values())
    return frozenset().union(*inside)


def _enter(
    graph: _Graph, documents: Mapping[str, hcl.Document], call: hcl.Block, *, folder: str, module: str
) -> None:
    """A local module: its variables are what the call gives, its outputs what it declares."""
    source = str(call.attributes["source"].value) if "source" in call.attributes else ""
    inside = posixpath.normpath(posixpath.join(folder, source))
    if not source.startswith("./") or inside.startswith(".."):
        return
    own = f"{module}module.{call.labels[0]}."
    for name, attribute in call.attributes.items():
        graph.refers[own, f"var.{name}"] = set(_named(attribute.references, module))
    _declare(graph, documents, folder=inside, module=own)
    within = {name for name in graph.managed if name[0].startswith(own)}
    # A reference to the module waits for all of its resources, and these wait for what the call depends on.
    graph.refers[module, f"module.{call.labels[0]}"] = within
    for each in within:
        graph.refers[each] |= graph.refers.get((own, "var.depends_on"), set())


def _named(references: Iterable[str], module: str) -> Iterator[_Name]:
    for reference in references:
        found = _REFERENCE.match(reference)
        if found is None:
            continue
        data, first, second, third = found.groups()
        if first == "module":
            yield (f"{module}module.{second}.", f"output.{third}") if third else (module, f"module.{second}")
        else:
            yield module, f"{data or ''}{first}.{second}"


def _waits_for(graph: _Graph, name: _Name) -> set[_Name]:
    reached: set[_Name] = set()
    found: set[_Name] = set()
    ahead = [*graph.refers[name]]
    while ahead:
        other = ahead.pop()
        if other in reached or other not in graph.refers:
            continue
        reached.add(other)
        if other in graph.managed:
            found.add(other)
        else:
            ahead.extend(graph.refers[other])
    return found - {name}
