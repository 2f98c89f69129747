"""Terraform's language, as far as the catalog needs it: blocks and attributes with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import hcl2
from hcl2.rules.base import AttributeRule, BlockRule
from hcl2.rules.functions import FunctionCallRule
from hcl2.rules.indexing import GetAttrExprTermRule
from hcl2.rules.strings import HeredocTemplateRule, HeredocTrimTemplateRule
from hcl2.walk import walk
from lark.exceptions import LarkError

_IN_TEMPLATE = re.compile(r"[$%]\{([^}]*)\}")
_NAMES = re.compile(r"[a-zA-Z_][\w-]*(?:\.[a-zA-Z_][\w-]*)+")
_AS_VALUES = hcl2.SerializationOptions(
    with_comments=False,
    explicit_blocks=False,
    preserve_heredocs=False,
    preserve_scientific_notation=False,
    strip_string_quotes=True,
)


class SyntaxMistake(Exception):
    """The text is not HCL. `line` counts from 1 and is None where the parser does not know it."""

    def __init__(self, message: str, *, line: int | None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Attribute:
    """`value` is the literal, or for an expression its text as "${...}"; `source` is the text as written.

    `references`: what the expression gets at by name, such as "aws_vpc.this.id" or "local.names".
    """

    line: int
    value: Any
    source: str
    references: frozenset[str] = frozenset()

    @property
    def is_literal(self) -> bool:
        return not _has_expression(self.value)


@dataclass(frozen=True)
class Block:
    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: Mapping[str, Attribute]
    blocks: tuple[Block, ...]

    def walk(self) -> Iterator[Block]:
        yield self
        for block in self.blocks:
            yield from block.walk()


@dataclass(frozen=True)
class Call:
    """A function call; `argument` is the first one, None if there is none."""

    name: str
    line: int
    argument: Any


@dataclass(frozen=True)
class Document:
    blocks: tuple[Block, ...]
    calls: tuple[Call, ...]
    heredocs: tuple[tuple[int, str], ...]

    def walk(self) -> Iterator[Block]:
        for block in self.blocks:
            yield from block.walk()


def read(text: str) -> Document:
    """Parse one file. Raises SyntaxMistake."""
    try:
        start = hcl2.parses(text)
    except (LarkError, RuntimeError, ValueError) as error:
        raise _mistake(error, text) from error
    calls, heredocs = [], []
    for node in walk(start):
        if isinstance(node, FunctionCallRule):
            calls.append(_call(node))
        elif isinstance(node, (HeredocTemplateRule, HeredocTrimTemplateRule)):
            heredocs.append((node._meta.line, str(node.serialize(_AS_VALUES))))
    blocks = tuple(_block(child, text) for child in start.body.children if isinstance(child, BlockRule))
    return Document(blocks, tuple(calls), tuple(heredocs))


def _block(rule: BlockRule, text: str) -> Block:
    kind, *labels = [str(label.serialize(_AS_VALUES)) for label in rule.labels]
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    for child in rule.body.children:
        if isinstance(child, AttributeRule):
            attributes[str(child.identifier.serialize(_AS_VALUES))] = _attribute(child, text)
        elif isinstance(child, BlockRule):
            blocks.append(_block(child, text))
    return Block(kind, tuple(labels), rule._meta.line, attributes, tuple(blocks))


def _attribute(rule: AttributeRule, text: str) -> Attribute:
    where = rule.expression._meta
    value = rule.expression.serialize(_AS_VALUES)
    source = "" if where.empty else text[where.start_pos : where.end_pos].strip()
    shown = value if _has_expression(value) else _unescaped(value)
    return Attribute(rule._meta.line, shown, source, _longest(frozenset(_references(rule))))


def _longest(references: frozenset[str]) -> frozenset[str]:
    """Without "aws_vpc.this" beside "aws_vpc.this.id": the parser tells of every step on the way."""
    return frozenset(each for each in references if not any(_leads_on(each, other) for other in references))


def _leads_on(one: str, other: str) -> bool:
    return other.startswith((f"{one}.", f"{one}["))


def _references(rule: AttributeRule) -> Iterator[str]:
    for node in walk(rule.expression):
        if isinstance(node, GetAttrExprTermRule):
            yield str(node.serialize(_AS_VALUES)).removeprefix("${").removesuffix("}")
        elif isinstance(node, (HeredocTemplateRule, HeredocTrimTemplateRule)):
            # The parser leaves these as text.
            for expression in _IN_TEMPLATE.findall(str(node.serialize(_AS_VALUES))):
                yield from _NAMES.findall(expression)


def _call(rule: FunctionCallRule) -> Call:
    name = "::".join(str(part.serialize(_AS_VALUES)) for part in rule.identifiers)
    arguments = rule.arguments.arguments if rule.arguments else []
    return Call(name, rule._meta.line, arguments[0].serialize(_AS_VALUES) if arguments else None)


def _has_expression(value: Any) -> bool:
    if isinstance(value, str):
        plain = value.replace("$${", "").replace("%%{", "")
        return "${" in plain or "%{" in plain
    if isinstance(value, dict):
        return any(_has_expression(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_has_expression, value))


def _unescaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, dict):
        return {_unescaped(key): _unescaped(part) for key, part in value.items()}
    return [_unescaped(part) for part in value] if isinstance(value, list) else value


def _mistake(error: Exception, text: str) -> SyntaxMistake:
    line = getattr(error, "line", None)
    if not isinstance(line, int) or line < 1:
        return SyntaxMistake("this is not valid Terraform", line=None)
    lines = text.splitlines()
    if line >= len(lines) and "$END" in str(error):
        return SyntaxMistake(
            "the file ends in the middle of something: a brace or a quote is open", line=len(lines)
        )
    shown = lines[line - 1].strip()[:80] if line <= len(lines) else ""
    return SyntaxMistake(f"this is not valid Terraform: {shown!r}", line=line)
