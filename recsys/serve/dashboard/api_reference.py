"""The OpenAPI document as a page to read: operations by group, and schemas."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Schema = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete")
ORIGIN = "http://127.0.0.1:8750"
"""The service in the example requests."""
_LIMITS = {
    "minimum": "from {}",
    "maximum": "to {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "like {}",
}


@dataclass(frozen=True, slots=True)
class TypePart:
    """A part of the description of a type: a text, or the name of a schema to link to."""

    text: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a schema."""

    name: str
    type: tuple[TypePart, ...]
    is_required: bool
    description: str
    place: str = ""
    """`query`, `path` or `header`, for parameters."""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """An example body."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """A body of one content type."""

    content_type: str
    type: tuple[TypePart, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response by its status."""

    status: str
    description: str
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path."""

    id: str
    method: str
    path: str
    description: str
    needs_key: bool
    parameters: tuple[Field, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]
    example: str
    """A request with curl."""


@dataclass(frozen=True, slots=True)
class SchemaView:
    """A schema with its fields, or its type if it is no object."""

    name: str
    description: str
    fields: tuple[Field, ...]
    type: tuple[TypePart, ...]


@dataclass(frozen=True, slots=True)
class ApiReference:
    """The whole document."""

    title: str
    version: str
    summary: str
    groups: tuple[tuple[str, tuple[Operation, ...]], ...]
    schemas: tuple[SchemaView, ...]


def build_reference(document: Schema) -> ApiReference:
    """Return the reference of an OpenAPI document."""
    schemas = document.get("components", {}).get("schemas", {})
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                group = next(iter(operation.get("tags", ())), "other")
                groups.setdefault(group, []).append(_operation(method, path, operation, schemas))
    return ApiReference(
        document["info"]["title"],
        document["info"]["version"],
        document["info"].get("summary", ""),
        tuple((name, tuple(operations)) for name, operations in groups.items()),
        tuple(_schema(name, each) for name, each in sorted(schemas.items())),
    )


def _operation(method: str, path: str, operation: Schema, schemas: Schema) -> Operation:
    parameters = tuple(map(_parameter, operation.get("parameters", ())))
    bodies = tuple(_bodies(operation.get("requestBody", {}), schemas))
    needs_key = bool(operation.get("security"))
    answers = tuple(
        Answer(status, _text(answer), tuple(_bodies(answer, schemas)))
        for status, answer in sorted(operation["responses"].items())
    )
    query = [
        (each["name"], _example_value(each))
        for each in operation.get("parameters", ())
        if each.get("required") or each["name"] == "url"
    ]
    example = _curl(method, path, query, needs_key, bodies)
    name = f"{method}{path.replace('/', '-')}"
    return Operation(
        name, method.upper(), path, _text(operation), needs_key, parameters, bodies, answers, example
    )


def _example_value(parameter: Schema) -> str:
    schema = parameter.get("schema", {})
    options = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    found = next((each["examples"][0] for each in options if each.get("examples")), "…")
    return str(found)


def _curl(
    method: str, path: str, query: Sequence[tuple[str, str]], needs_key: bool, bodies: Sequence[Body]
) -> str:
    address = f"{ORIGIN}{path}" + (f"?{urlencode(query, safe=':/…')}" if query else "")
    lines = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}{shlex.quote(address)}"]
    if needs_key:
        lines.append('-H "Authorization: Bearer $KEY"')
    for body in bodies[:1]:
        lines.append(f"-H {shlex.quote(f'Content-Type: {body.content_type}')}")
        lines += [f"-d {shlex.quote(each.text)}" for each in body.examples[:1]]
    return " \\\n  ".join(lines)


def _parameter(parameter: Schema) -> Field:
    schema = parameter.get("schema", {})
    return Field(
        parameter["name"],
        tuple(_type(schema)),
        bool(parameter.get("required")),
        _text(parameter) or _text(schema),
        parameter["in"],
        _default(schema),
    )


def _bodies(holder: Schema, schemas: Schema) -> Iterator[Body]:
    for content_type, content in holder.get("content", {}).items():
        schema = content.get("schema", {})
        yield Body(content_type, tuple(_type(schema)), tuple(_examples(content, schema, schemas)))


def _examples(content: Schema, schema: Schema, schemas: Schema) -> Iterator[Example]:
    named = content.get("examples", {})
    for each in named.values():
        yield Example(str(each.get("summary", "")), _to_text(each["value"]))
    if "example" in content:
        yield Example("", _to_text(content["example"]))
    target = schemas.get(_name_of(schema), schema)
    if not named and "example" not in content:
        yield from (Example("", _to_text(each)) for each in target.get("examples", ()))


def _schema(name: str, schema: Schema) -> SchemaView:
    required = schema.get("required", ())
    fields = tuple(
        Field(key, tuple(_type(each)), key in required, _text(each), default=_default(each))
        for key, each in schema.get("properties", {}).items()
    )
    return SchemaView(name, _text(schema), fields, () if fields else tuple(_type(schema)))


def _type(schema: Schema) -> Iterator[TypePart]:
    """Yield the parts of the description of a type."""
    name, options = _name_of(schema), schema.get("anyOf") or schema.get("oneOf")
    if name:
        yield TypePart(name, name)
    elif options:
        for number, option in enumerate(options):
            if number:
                yield TypePart(" | ")
            yield from _type(option)
    elif "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield TypePart(" | ".join(json.dumps(each) for each in values))
    elif schema.get("type") == "array":
        yield TypePart("array of ")
        yield from _type(schema.get("items", {}))
    elif isinstance(schema.get("additionalProperties"), Mapping):
        yield TypePart("object of ")
        yield from _type(schema["additionalProperties"])
    else:
        yield TypePart(str(schema.get("format") or schema.get("type", "any")))
    limits = [text.format(schema[key]) for key, text in _LIMITS.items() if key in schema]
    if limits:
        yield TypePart(f" ({', '.join(limits)})")


def _name_of(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _text(holder: Schema) -> str:
    """Return the description, which an optional value has at one of its types."""
    options = (holder, *holder.get("anyOf", ()))
    found = (each.get("description") or each.get("summary") for each in options)
    return " ".join(str(next(filter(None, found), "")).split())


def _default(schema: Schema) -> str:
    value = schema.get("default")
    return "" if value is None else json.dumps(value)


def _to_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
