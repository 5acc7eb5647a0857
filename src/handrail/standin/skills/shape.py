"""JSON schemas, as far as they have to be understood to fill them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Root = Mapping[str, Any]
DEEPEST = 12
"""References are followed this deep; a schema that contains itself ends there."""


@dataclass(frozen=True)
class Field:
    """One property of an object."""

    name: str
    schema: Mapping[str, Any]
    required: bool
    nullable: bool

    @property
    def words(self) -> list[str]:
        """The words of its name, in lower case."""
        split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", self.name)
        return [word.lower() for word in re.findall(r"[A-Za-z]+", split)]

    @property
    def text(self) -> str:
        """Its name and description, to compare with."""
        described = str(self.schema.get("description") or "")
        return f"{' '.join(self.words)}: {described}" if described else " ".join(self.words)

    @property
    def kind(self) -> str:
        """What can fill it: a type of JSON Schema, or a narrower one like `date`, `email`, `enum`."""
        schema = self.schema
        if "const" in schema or schema.get("enum"):
            return "enum"
        kind = one_type(schema)
        return _string_kind(self) if kind == "string" else kind


def fields(schema: Mapping[str, Any], root: Root) -> list[Field]:
    """Return the properties of an object's schema."""
    required = set(schema.get("required") or [])
    found = []
    for name, raw in (schema.get("properties") or {}).items():
        inner, nullable = resolved(raw, root)
        found.append(Field(name, inner, name in required, nullable))
    return found


def resolved(schema: Any, root: Root, depth: int = 0) -> tuple[Mapping[str, Any], bool]:
    """Return a schema behind its references and alternatives, and whether null is one of them."""
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return {}, False
    if "$ref" in schema:
        found, nullable = resolved(_referenced(str(schema["$ref"]), root), root, depth + 1)
        return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}, nullable
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _alternative(schema, key, root, depth)
    if "allOf" in schema:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            merged = {**resolved(part, root, depth + 1)[0], **merged}
        return merged, False
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        return {**schema, "type": kinds[0] if kinds else "null"}, "null" in schema["type"]
    return schema, schema.get("type") == "null"


def _alternative(schema: Mapping[str, Any], key: str, root: Root, depth: int) -> tuple[Mapping[str, Any], bool]:
    found = [resolved(part, root, depth + 1) for part in schema[key]]
    real = [part for part, _ in found if part.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != key}
    order = {"number": 0, "integer": 0, "object": 1, "array": 2}
    best = min(real, key=lambda part: order.get(str(part.get("type")), 3)) if real else {"type": "null"}
    return {**best, **rest}, any(nullable or part.get("type") == "null" for part, nullable in found)


def _referenced(reference: str, root: Root) -> Any:
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
    return found


def one_type(schema: Mapping[str, Any]) -> str:
    """Return the type of a schema, guessed where it isn't said."""
    if isinstance(schema.get("type"), str):
        return str(schema["type"])
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _string_kind(field: Field) -> str:
    form = str(field.schema.get("format") or "")
    words = set(field.words)
    if form in ("date", "date-time"):
        return form
    if form == "email" or words & {"email", "mail"}:
        return "email"
    if form in ("uri", "url") or words & {"url", "link", "website"}:
        return "url"
    if "iban" in words:
        return "iban"
    if "month" in words:
        return "month"
    described = str(field.schema.get("description") or "").lower()
    if words & {"date", "deadline", "birthday"} or re.search(r"\b(iso )?date\b|yyyy-mm-dd", described):
        return "date"
    if words & {"expression", "formula", "calculation", "equation"}:
        return "expression"
    if words & {"code", "form", "identifier", "id", "sku", "number", "reference"}:
        return "code"
    return "string"


def empty(field: Field) -> Any:
    """Return what a required field holds that nothing in the text speaks of."""
    if "default" in field.schema:
        return field.schema["default"]
    if field.schema.get("enum"):
        return field.schema["enum"][0]
    empties: dict[str, Any] = {
        "integer": 0,
        "number": 0,
        "boolean": False,
        "array": [],
        "null": None,
        "date": "1970-01-01",
        "date-time": "1970-01-01T00:00:00Z",
    }
    return empties.get(field.kind, "unknown")
