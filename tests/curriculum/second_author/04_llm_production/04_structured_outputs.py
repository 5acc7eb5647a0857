"""Answers to 04_llm_production/04_structured_outputs by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import ast
import contextlib
import copy
import functools
import json
import re
from calendar import month_name
from collections import deque
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction

from jsonschema import Draft202012Validator

from handrail.kit.grounding import Attempted

# 1. first_json_value


def _raw(text, strict=True):
    """Return the right value."""
    decoder = json.JSONDecoder(strict=strict)
    for place, character in enumerate(text):
        if character in "{[":
            try:
                return decoder.raw_decode(text, place)[0]
            except json.JSONDecodeError:
                continue
    raise ValueError("no complete object or array")


def _matching(text, begin, escapes=True):
    """Return the place behind the bracket that closes the one at `begin`, or None."""
    depth, inside, place = 0, False, begin
    while place < len(text):
        character = text[place]
        if inside:
            if character == "\\" and escapes:
                place += 1
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return None


def right__first_json_value__raw_decode(text):
    return _raw(text)


def right__first_json_value__regex_for_the_openings(text):
    for opening in re.finditer(r"[{\[]", text):
        try:
            value, _ = json.JSONDecoder().raw_decode(text[opening.start() :])
        except ValueError:
            continue
        return value
    raise ValueError(f"no JSON in {text[:40]!r}")


def right__first_json_value__every_end(text):
    openings = [place for place, character in enumerate(text) if character in "{["]
    closings = [place for place, character in enumerate(text) if character in "}]"]
    for begin in openings:
        for end in closings:
            if end > begin:
                try:
                    return json.loads(text[begin : end + 1])
                except ValueError:
                    pass
    raise ValueError("nothing complete")


def right__first_json_value__own_scanner(text):
    for begin, character in enumerate(text):
        if character not in "{[":
            continue
        end = _matching(text, begin)
        if end is not None:
            try:
                return json.loads(text[begin:end])
            except json.JSONDecodeError:
                pass
    raise ValueError("none")


class _Parser:
    """A parser of JSON by hand."""

    def __init__(self, text, place):
        self.text, self.place = text, place

    def space(self):
        while self.text[self.place : self.place + 1] in tuple(" \t\n\r"):
            self.place += 1

    def take(self, mark):
        self.space()
        if not self.text.startswith(mark, self.place):
            raise ValueError(mark)
        self.place += len(mark)

    def sees(self, mark):
        self.space()
        if self.text.startswith(mark, self.place):
            self.place += len(mark)
            return True
        return False

    def value(self):
        self.space()
        if self.sees("{"):
            found = {}
            if self.sees("}"):
                return found
            while True:
                self.space()
                name = self.scalar()
                if not isinstance(name, str):
                    raise ValueError("a key is a text")
                self.take(":")
                found[name] = self.value()
                if self.sees("}"):
                    return found
                self.take(",")
        if self.sees("["):
            found = []
            if self.sees("]"):
                return found
            while True:
                found.append(self.value())
                if self.sees("]"):
                    return found
                self.take(",")
        return self.scalar()

    def scalar(self):
        pattern = r'"(?:[^"\\\x00-\x1f]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null'
        match = re.compile(pattern, re.ASCII).match(self.text, self.place)
        if not match:
            raise ValueError("no value")
        self.place = match.end()
        return json.loads(match[0])


def right__first_json_value__parser_by_hand(text):
    for place, character in enumerate(text):
        if character in "[{":
            try:
                return _Parser(text, place).value()
            except ValueError:
                pass
    raise ValueError("no object and no array")


def wrong__first_json_value__greedy_regex(text):
    """Takes from the first brace to the last: prose with braces breaks it."""
    match = re.search(r"\{.*\}|\[.*\]", text, re.DOTALL)
    if not match:
        raise ValueError("none")
    return json.loads(match[0])


def wrong__first_json_value__first_opening_only(text):
    """Gives up where the first opening bracket belongs to the prose."""
    places = [place for place in (text.find("{"), text.find("[")) if place >= 0]
    if not places:
        raise ValueError("none")
    return json.JSONDecoder().raw_decode(text, min(places))[0]


def wrong__first_json_value__objects_only(text):
    """Never returns an array."""
    for opening in re.finditer(r"\{", text):
        try:
            return json.JSONDecoder().raw_decode(text, opening.start())[0]
        except ValueError:
            continue
    raise ValueError("none")


def wrong__first_json_value__object_before_array(text):
    """Looks for an object first: [{"a": 1}] gives what it contains."""
    for mark in "{[":
        for opening in re.finditer(re.escape(mark), text):
            try:
                return json.JSONDecoder().raw_decode(text, opening.start())[0]
            except ValueError:
                continue
    raise ValueError("none")


def _all_values(text):
    found, place = [], 0
    while place < len(text):
        if text[place] in "{[":
            try:
                value, end = json.JSONDecoder().raw_decode(text, place)
            except ValueError:
                place += 1
                continue
            found.append((value, place, end))
            place = end
        else:
            place += 1
    if not found:
        raise ValueError("none")
    return found


def wrong__first_json_value__last_one(text):
    """Returns the last value of several."""
    return _all_values(text)[-1][0]


def wrong__first_json_value__longest_one(text):
    """Returns the longest value of several."""
    return max(_all_values(text), key=lambda one: one[2] - one[1])[0]


def wrong__first_json_value__brackets_without_texts(text):
    """Counts brackets that stand inside of a text of the JSON."""
    for begin, character in enumerate(text):
        if character in "{[":
            depth = 0
            for end in range(begin, len(text)):
                depth += (text[end] in "{[") - (text[end] in "}]")
                if depth == 0:
                    try:
                        return json.loads(text[begin : end + 1])
                    except ValueError:
                        break
    raise ValueError("none")


def wrong__first_json_value__quotes_from_the_beginning(text):
    """Lets a single quotation mark of the prose hide what follows it."""
    inside = False
    for place, character in enumerate(text):
        if character == '"':
            inside = not inside
        elif character in "{[" and not inside:
            try:
                return json.JSONDecoder().raw_decode(text, place)[0]
            except ValueError:
                continue
    raise ValueError("none")


def wrong__first_json_value__skips_to_the_error(text):
    """Goes on behind the place of the error: what lies complete in something cut is lost."""
    place = 0
    while place < len(text):
        if text[place] in "{[":
            try:
                return json.JSONDecoder().raw_decode(text, place)[0]
            except json.JSONDecodeError as error:
                place = max(error.pos, place + 1)
        else:
            place += 1
    raise ValueError("none")


def wrong__first_json_value__backslash_before_a_quote(text):
    """Takes the second of two backslashes for an escape of the quotation mark behind it."""
    for begin, character in enumerate(text):
        if character not in "{[":
            continue
        depth, inside = 0, False
        for end in range(begin, len(text)):
            if text[end] == '"' and text[end - 1] != "\\":
                inside = not inside
            if not inside:
                depth += (text[end] in "{[") - (text[end] in "}]")
                if depth == 0:
                    try:
                        return json.loads(text[begin : end + 1])
                    except ValueError:
                        break
    raise ValueError("none")


def wrong__first_json_value__escapes_unknown(text):
    r"""Ends a text of the JSON at an escaped quotation mark."""
    for begin, character in enumerate(text):
        if character in "{[":
            end = _matching(text, begin, escapes=False)
            if end is not None:
                try:
                    return json.loads(text[begin:end])
                except ValueError:
                    pass
    raise ValueError("none")


def wrong__first_json_value__accepts_python(text):
    """Takes {'a': 1}, which is Python and not JSON."""
    for begin, character in enumerate(text):
        if character in "{[":
            end = _matching(text, begin)
            for read in (json.loads, ast.literal_eval):
                try:
                    return read(text[begin:end])
                except (ValueError, SyntaxError):
                    pass
    raise ValueError("none")


def wrong__first_json_value__mends_trailing_commas(text):
    """Takes [1, 2,], which is not JSON, and changes texts that contain ',]'."""
    return _raw(re.sub(r",(\s*[}\]])", r"\1", text))


def wrong__first_json_value__control_characters(text):
    """Takes a text with a bare line break in it, which JSON forbids."""
    return _raw(text, strict=False)


def wrong__first_json_value__none_for_none(text):
    """Returns None where it must raise."""
    try:
        return _raw(text)
    except ValueError:
        return None


def wrong__first_json_value__skips_empty_ones(text):
    """Passes over {} and [], which are complete."""
    for place, character in enumerate(text):
        if character in "{[":
            try:
                value = json.JSONDecoder().raw_decode(text, place)[0]
            except ValueError:
                continue
            if value:
                return value
    raise ValueError("none")


def wrong__first_json_value__whole_answer_first(text):
    """Takes 42 and null, where the whole text is JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return _raw(text)


def wrong__first_json_value__spaces_squeezed(text):
    """Squeezes white space inside of the texts of the JSON."""
    return _raw(" ".join(text.split()))


def wrong__first_json_value__curly_quotes_straightened(text):
    """Replaces curly quotation marks, which a text of the JSON may contain."""
    return _raw(text.replace("\u201c", '"').replace("\u201d", '"'))


def wrong__first_json_value__fence_first(text):
    """Prefers what stands in a fence to what begins before it."""
    for block in re.findall(r"```(?:json)?\s*(.*?)```", text, re.DOTALL):
        try:
            return _raw(block)
        except ValueError:
            continue
    return _raw(text)


def wrong__first_json_value__line_by_line(text):
    """Misses a value that goes over several lines."""
    for line in text.splitlines():
        try:
            return _raw(line)
        except ValueError:
            continue
    raise ValueError("none")


def wrong__first_json_value__twenty_tries(text):
    """Stops after twenty opening brackets."""
    for place in [place for place, character in enumerate(text) if character in "{["][:20]:
        try:
            return json.JSONDecoder().raw_decode(text, place)[0]
        except ValueError:
            continue
    raise ValueError("none")


def wrong__first_json_value__closes_what_is_cut(text):
    """Closes a cut object itself."""
    for place, character in enumerate(text):
        if character in "{[":
            for tail in ("", "}", "]", "]}", "}]"):
                try:
                    return json.JSONDecoder().raw_decode(text + tail, place)[0]
                except ValueError:
                    continue
    raise ValueError("none")


def wrong__first_json_value__key_must_follow(text):
    """Takes a brace for an object only if a key follows at once: { "a": 1 } and {} are missed."""
    for opening in re.finditer(r'\{"|\[', text):
        try:
            return json.JSONDecoder().raw_decode(text, opening.start())[0]
        except ValueError:
            continue
    raise ValueError("none")


def wrong__first_json_value__decimals(text):
    """Returns every number with a point as a text."""
    for place, character in enumerate(text):
        if character in "{[":
            try:
                return json.JSONDecoder(parse_float=str).raw_decode(text, place)[0]
            except ValueError:
                continue
    raise ValueError("none")


def wrong__first_json_value__skips_what_a_cut_text_contains(text):
    """Goes on behind the brace that closes what failed: {name {"a": 1}} gives nothing."""
    place = 0
    while place < len(text):
        if text[place] in "{[":
            try:
                return json.JSONDecoder().raw_decode(text, place)[0]
            except ValueError:
                end = _matching(text, place)
                place = end or place + 1
        else:
            place += 1
    raise ValueError("none")


# 2. shape_errors


def _is(value, kind):
    """Say whether a value has a type of JSON Schema."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "null": value is None,
        "number": number,
        "integer": number and value == value // 1,
    }[kind]


def _same(one, other):
    """Compare two scalars as JSON does."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _join(path, key):
    return f"{path}.{key}" if path else key


def _walk(value, schema, path="", is_a=_is, same=_same):
    """Yield the right paths."""
    if "type" in schema and not is_a(value, schema["type"]):
        yield path
    if "enum" in schema and not any(same(value, one) for one in schema["enum"]):
        yield path
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for key in schema.get("required", []):
            if key not in value:
                yield _join(path, key)
        for key, inner in value.items():
            if key in properties:
                yield from _walk(inner, properties[key], _join(path, key), is_a, same)
            elif schema.get("additionalProperties", True) is False:
                yield _join(path, key)
    if isinstance(value, list) and "items" in schema:
        for place, inner in enumerate(value):
            yield from _walk(inner, schema["items"], f"{path}[{place}]", is_a, same)


def right__shape_errors__generator(value, schema):
    return sorted(set(_walk(value, schema)))


def right__shape_errors__stack(value, schema):
    found, waiting = set(), deque([("", value, schema)])
    while waiting:
        path, one, rules = waiting.pop()
        kind = rules.get("type")
        if kind is not None and not _is(one, kind):
            found.add(path)
        if "enum" in rules and json.dumps(_plain(one)) not in [json.dumps(_plain(item)) for item in rules["enum"]]:
            found.add(path)
        if type(one) is dict:
            known = rules.get("properties") or {}
            dot = path + "." if path else ""
            found |= {dot + key for key in set(rules.get("required", ())) - set(one)}
            if rules.get("additionalProperties") is False:
                found |= {dot + key for key in set(one) - set(known)}
            waiting.extend((dot + key, one[key], known[key]) for key in set(one) & set(known))
        elif type(one) is list:
            waiting.extend((f"{path}[{n}]", item, rules.get("items", {})) for n, item in enumerate(one))
    return sorted(found)


def _plain(value):
    """Return whole floats as integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def right__shape_errors__library(value, schema):
    def written(parts):
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
        return text.removeprefix(".")

    paths = set()
    for error in Draft202012Validator(schema).iter_errors(value):
        here = list(error.absolute_path)
        if error.validator == "required":
            paths |= {written([*here, key]) for key in error.validator_value if key not in error.instance}
        elif error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            paths |= {written([*here, key]) for key in error.instance if key not in known}
        else:
            paths.add(written(here))
    return sorted(paths)


def right__shape_errors__inner_function(value, schema):
    errors = []

    def visit(one, rules, path):
        match rules.get("type"):
            case "object":
                fits = isinstance(one, dict)
            case "array":
                fits = isinstance(one, list)
            case "string":
                fits = isinstance(one, str)
            case "boolean":
                fits = one is True or one is False
            case "null":
                fits = one is None
            case "number":
                fits = type(one) in (int, float)
            case "integer":
                fits = type(one) is int or (type(one) is float and one.is_integer())
            case _:
                fits = True
        if "enum" in rules:
            if isinstance(one, bool):
                fits = fits and any(one is item for item in rules["enum"])
            else:
                fits = fits and one in [item for item in rules["enum"] if not isinstance(item, bool)]
        if not fits:
            errors.append(path)
        if isinstance(one, dict):
            properties = rules.get("properties", {})
            for key in [*one, *rules.get("required", [])]:
                place = ".".join([path] * bool(path) + [key])
                if key not in one:
                    errors.append(place)
                elif key in properties:
                    visit(one[key], properties[key], place)
                elif not rules.get("additionalProperties", True):
                    errors.append(place)
        if isinstance(one, list):
            for number, item in enumerate(one):
                visit(item, rules.get("items", {}), path + "[" + str(number) + "]")

    visit(value, schema, "")
    return sorted(dict.fromkeys(errors))


def wrong__shape_errors__not_sorted(value, schema):
    """Keeps the order in which the faults were found."""
    return list(dict.fromkeys(_walk(value, schema)))


def wrong__shape_errors__sorted_by_number(value, schema):
    """Sorts items[2] before items[10], not as texts."""

    def key(path):
        return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", path)]

    return sorted(set(_walk(value, schema)), key=key)


def wrong__shape_errors__doubled(value, schema):
    """Names a path twice that breaks two rules."""
    return sorted(_walk(value, schema))


def wrong__shape_errors__bool_is_integer(value, schema):
    """Takes true for an integer."""

    def is_a(one, kind):
        return _is(one, kind) or (kind == "integer" and isinstance(one, bool))

    return sorted(set(_walk(value, schema, is_a=is_a)))


def wrong__shape_errors__bool_is_number(value, schema):
    """Takes true for a number."""

    def is_a(one, kind):
        return _is(one, kind) or (kind == "number" and isinstance(one, bool))

    return sorted(set(_walk(value, schema, is_a=is_a)))


def wrong__shape_errors__whole_float_refused(value, schema):
    """Refuses 1.0 as an integer."""

    def is_a(one, kind):
        return type(one) is int if kind == "integer" else _is(one, kind)

    return sorted(set(_walk(value, schema, is_a=is_a)))


def wrong__shape_errors__any_float_is_integer(value, schema):
    """Takes 1.5 for an integer."""

    def is_a(one, kind):
        return _is(one, "number" if kind == "integer" else kind)

    return sorted(set(_walk(value, schema, is_a=is_a)))


def wrong__shape_errors__integer_is_no_number(value, schema):
    """Refuses 1 as a number."""

    def is_a(one, kind):
        return type(one) is float if kind == "number" else _is(one, kind)

    return sorted(set(_walk(value, schema, is_a=is_a)))


def wrong__shape_errors__enum_with_in(value, schema):
    """Finds true in an enum with 1."""
    return sorted(set(_walk(value, schema, same=lambda one, other: one == other)))


def wrong__shape_errors__enum_by_text(value, schema):
    """Finds 1 in an enum with "1"."""
    return sorted(set(_walk(value, schema, same=lambda one, other: str(one).lower() == str(other).lower())))


def wrong__shape_errors__enum_same_class(value, schema):
    """Doesn't find 1.0 in an enum with 1, though they are the same number."""
    return sorted(set(_walk(value, schema, same=lambda one, other: type(one) is type(other) and one == other)))


def wrong__shape_errors__enum_false_zero(value, schema):
    """Tells true from 1, but not false from 0."""
    return sorted(set(_walk(value, schema, same=lambda one, other: one == other and (one is True) == (other is True))))


def wrong__shape_errors__stops_at_the_type(value, schema):
    """Looks no further where the type is wrong, though the other rules still speak."""

    def walk(one, rules, path):
        if "type" in rules and not _is(one, rules["type"]):
            return {path}
        flat = {key: rule for key, rule in rules.items() if key not in ("properties", "items")}
        found = set(_walk(one, flat | {"properties": {key: {} for key in rules.get("properties", {})}}, path))
        if isinstance(one, dict):
            for key, inner in rules.get("properties", {}).items():
                if key in one:
                    found |= walk(one[key], inner, _join(path, key))
        if isinstance(one, list):
            for place, inner in enumerate(one):
                found |= walk(inner, rules.get("items", {}), f"{path}[{place}]")
        return found

    return sorted(walk(value, schema, ""))


def wrong__shape_errors__rules_follow_the_type(value, schema):
    """Applies the rules of objects and arrays only where the schema names that type."""

    def walk(one, rules, path):
        kind = rules.get("type")
        found = set(_walk(one, {key: rules[key] for key in ("type", "enum") if key in rules}, path))
        if kind == "object" and isinstance(one, dict):
            properties = rules.get("properties", {})
            found |= {_join(path, key) for key in rules.get("required", []) if key not in one}
            for key, inner in one.items():
                if key in properties:
                    found |= walk(inner, properties[key], _join(path, key))
                elif rules.get("additionalProperties", True) is False:
                    found.add(_join(path, key))
        if kind == "array" and isinstance(one, list):
            for place, inner in enumerate(one):
                found |= walk(inner, rules.get("items", {}), f"{path}[{place}]")
        return found

    return sorted(walk(value, schema, ""))


def wrong__shape_errors__required_of_everything(value, schema):
    """Asks texts, numbers and arrays for their keys, too."""

    def walk(one, rules, path):
        found = set()
        if not isinstance(one, dict):
            found |= {_join(path, key) for key in rules.get("required", [])}
        elif "properties" in rules:
            for key, inner in rules["properties"].items():
                if key in one:
                    found |= walk(one[key], inner, _join(path, key))
        if isinstance(one, list):
            for place, inner in enumerate(one):
                found |= walk(inner, rules.get("items", {}), f"{path}[{place}]")
        return found

    return sorted(set(_walk(value, schema)) | walk(value, schema, ""))


def wrong__shape_errors__null_is_missing(value, schema):
    """Takes a required key with null for missing."""

    def walk(one, rules, path):
        found = set()
        if isinstance(one, dict):
            found |= {_join(path, key) for key in rules.get("required", []) if one.get(key) is None}
            for key, inner in rules.get("properties", {}).items():
                if key in one:
                    found |= walk(one[key], inner, _join(path, key))
        if isinstance(one, list):
            for place, inner in enumerate(one):
                found |= walk(inner, rules.get("items", {}), f"{path}[{place}]")
        return found

    return sorted(set(_walk(value, schema)) | walk(value, schema, ""))


def wrong__shape_errors__null_fits_every_type(value, schema):
    """Lets null pass whatever the type."""
    return sorted(set(_walk(value, schema, is_a=lambda one, kind: one is None or _is(one, kind))))


def wrong__shape_errors__faults_at_the_parent(value, schema):
    """Names the object instead of the key that is missing or extra."""

    def walk(one, rules, path):
        found = set(_walk(one, {key: rules[key] for key in ("type", "enum") if key in rules}, path))
        if isinstance(one, dict):
            properties = rules.get("properties", {})
            if set(rules.get("required", [])) - set(one):
                found.add(path)
            for key, inner in one.items():
                if key in properties:
                    found |= walk(inner, properties[key], _join(path, key))
                elif rules.get("additionalProperties", True) is False:
                    found.add(path)
        if isinstance(one, list):
            for place, inner in enumerate(one):
                found |= walk(inner, rules.get("items", {}), f"{path}[{place}]")
        return found

    return sorted(walk(value, schema, ""))


def wrong__shape_errors__dot_before_an_index(value, schema):
    """Writes items.2.price."""
    return sorted({re.sub(r"\[(\d+)\]", r".\1", path).removeprefix(".") for path in _walk(value, schema)})


def wrong__shape_errors__dot_in_front(value, schema):
    """Writes .age for a key of the value itself."""
    return sorted({"." + path if path and path[0] != "[" else path for path in _walk(value, schema)})


def wrong__shape_errors__root_as_a_name(value, schema):
    """Calls the value itself $ instead of the empty path."""
    return sorted({path or "$" for path in _walk(value, schema)})


def wrong__shape_errors__first_item_speaks_for_all(value, schema):
    """Looks only at the first item of an array with more than three."""

    def cut(one):
        if isinstance(one, dict):
            return {key: cut(inner) for key, inner in one.items()}
        if isinstance(one, list):
            return [cut(inner) for inner in (one[:1] if len(one) > 3 else one)]
        return one

    return sorted(set(_walk(cut(value), schema)))


def wrong__shape_errors__three_levels(value, schema):
    """Looks no deeper than three levels."""
    return sorted({path for path in _walk(value, schema) if path.count(".") + path.count("[") <= 3})


def _without(schema, rule):
    """Return a schema in which `rule(inner schema)` was applied everywhere."""
    schema = rule(dict(schema))
    if "properties" in schema:
        schema["properties"] = {key: _without(inner, rule) for key, inner in schema["properties"].items()}
    if "items" in schema:
        schema["items"] = _without(schema["items"], rule)
    return schema


def wrong__shape_errors__extra_only_beside_properties(value, schema):
    """Forgets additionalProperties where the schema has no properties."""

    def rule(one):
        if not one.get("properties"):
            one.pop("additionalProperties", None)
        return one

    return sorted(set(_walk(value, _without(schema, rule))))


def wrong__shape_errors__extra_by_default(value, schema):
    """Refuses extra keys where nothing is said of them."""
    return sorted(
        set(
            _walk(
                value,
                _without(schema, lambda one: {"additionalProperties": False} | one if one.get("properties") else one),
            )
        )
    )


def wrong__shape_errors__required_is_declared(value, schema):
    """Lets an extra key pass that is required, though it isn't among the properties."""

    def rule(one):
        if "required" in one:
            one["properties"] = {key: {} for key in one["required"]} | one.get("properties", {})
        return one

    return sorted(set(_walk(value, _without(schema, rule))))


def wrong__shape_errors__empty_schema_is_undeclared(value, schema):
    """Takes a property with the schema {} for undeclared."""

    def rule(one):
        if "properties" in one:
            one["properties"] = {key: inner for key, inner in one["properties"].items() if inner}
        return one

    return sorted(set(_walk(value, _without(schema, rule))))


def wrong__shape_errors__properties_are_required(value, schema):
    """Takes every property for required."""

    def rule(one):
        if "properties" in one:
            one["required"] = [*one.get("required", []), *one["properties"]]
        return one

    return sorted(set(_walk(value, _without(schema, rule))))


def wrong__shape_errors__missing_objects_are_entered(value, schema):
    """Names the keys inside of a missing object, too."""

    def missing(inner, path):
        yield path
        for key in inner.get("required", []):
            yield from missing(inner.get("properties", {}).get(key, {}), _join(path, key))

    def walk(one, rules, path):
        found = set()
        if isinstance(one, dict):
            properties = rules.get("properties", {})
            for key in rules.get("required", []):
                if key not in one:
                    found |= set(missing(properties.get(key, {}), _join(path, key)))
            for key, inner in properties.items():
                if key in one:
                    found |= walk(one[key], inner, _join(path, key))
        if isinstance(one, list):
            for place, inner in enumerate(one):
                found |= walk(inner, rules.get("items", {}), f"{path}[{place}]")
        return found

    return sorted(set(_walk(value, schema)) | walk(value, schema, ""))


def wrong__shape_errors__empty_enum_allows_all(value, schema):
    """Lets everything pass where the enum is empty or holds one false value."""

    def rule(one):
        if not any(one.get("enum", [])):
            one.pop("enum", None)
        return one

    return sorted(set(_walk(value, _without(schema, rule))))


# 3. contradictions


def _broken(invoice, total=None):
    """Return the right names; `total` replaces the first rule."""
    sums = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    due = sums * (100 - invoice.discount) / 100
    rules = {
        "total": abs(due - invoice.total) > Decimal("0.01") if total is None else total,
        "dates": invoice.due < invoice.issued,
        "currency": any(item.currency != invoice.currency for item in invoice.items),
        "discount": not 0 <= invoice.discount <= 100,
    }
    return {name for name, broken in rules.items() if broken}


def right__contradictions__rules_in_a_dictionary(invoice):
    return _broken(invoice)


def right__contradictions__one_after_the_other(invoice):
    found = set()
    total = Decimal("0")
    for item in invoice.items:
        total += item.price * item.quantity
    total -= total * invoice.discount / Decimal(100)
    if not -Decimal("0.01") <= invoice.total - total <= Decimal("0.01"):
        found.add("total")
    if invoice.issued > invoice.due:
        found.add("dates")
    if {item.currency for item in invoice.items} - {invoice.currency}:
        found.add("currency")
    if invoice.discount < 0 or invoice.discount > 100:
        found.add("discount")
    return found


def right__contradictions__fractions(invoice):
    sums = sum((Fraction(item.price) * item.quantity for item in invoice.items), Fraction())
    gap = sums * (1 - Fraction(invoice.discount) / 100) - Fraction(invoice.total)
    return frozenset(
        (["total"] if abs(gap) > Fraction(1, 100) else [])
        + (["dates"] if (invoice.due - invoice.issued) < timedelta(0) else [])
        + (["currency"] if not all(item.currency == invoice.currency for item in invoice.items) else [])
        + (["discount"] if sorted([0, invoice.discount, 100])[1] != invoice.discount else [])
    )


def right__contradictions__without_a_division(invoice):
    found = _broken(invoice, total=False)
    hundredfold = sum(item.quantity * item.price * (100 - invoice.discount) for item in invoice.items)
    return found | {"total"} if abs(hundredfold - 100 * invoice.total) > 1 else found


def _gap(invoice):
    sums = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    return sums * (100 - invoice.discount) / 100 - invoice.total


def wrong__contradictions__floats(invoice):
    """Computes with floats: exactly one cent is more than 0.01 there."""
    sums = sum(item.quantity * float(item.price) for item in invoice.items)
    due = sums * (1 - float(invoice.discount) / 100)
    return _broken(invoice, abs(due - float(invoice.total)) > 0.01)


def wrong__contradictions__floats_with_tolerance(invoice):
    """Computes with floats and some room: big amounts and amounts just above a cent get past."""
    sums = sum(item.quantity * float(item.price) for item in invoice.items)
    due = sums * (1 - float(invoice.discount) / 100)
    return _broken(invoice, abs(due - float(invoice.total)) > 0.01 + 1e-6)


def wrong__contradictions__one_cent_is_too_much(invoice):
    """Calls a difference of exactly one cent a contradiction."""
    return _broken(invoice, abs(_gap(invoice)) >= Decimal("0.01"))


def wrong__contradictions__no_cent_allowed(invoice):
    """Allows no difference at all."""
    return _broken(invoice, _gap(invoice) != 0)


def wrong__contradictions__sum_rounded(invoice):
    """Rounds the sum to cents before it is compared."""
    gap = (_gap(invoice) + invoice.total).quantize(Decimal("0.01")) - invoice.total
    return _broken(invoice, abs(gap) > Decimal("0.01"))


def wrong__contradictions__difference_rounded(invoice):
    """Rounds the difference to cents: 0.014 becomes one cent."""
    return _broken(invoice, abs(round(_gap(invoice), 2)) > Decimal("0.01"))


def wrong__contradictions__lines_rounded(invoice):
    """Cuts each line to cents before they are added."""
    cent = Decimal("0.01")
    sums = sum((item.quantity * item.price).quantize(cent, ROUND_DOWN) for item in invoice.items)
    return _broken(invoice, abs(sums * (100 - invoice.discount) / 100 - invoice.total) > cent)


def wrong__contradictions__too_high_only(invoice):
    """Misses a total that is too low."""
    return _broken(invoice, -_gap(invoice) > Decimal("0.01"))


def wrong__contradictions__too_low_only(invoice):
    """Misses a total that is too high."""
    return _broken(invoice, _gap(invoice) > Decimal("0.01"))


def wrong__contradictions__discount_clipped(invoice):
    """Computes with a discount between 0 and 100, not as it stands."""
    discount = min(max(invoice.discount, Decimal(0)), Decimal(100))
    sums = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    return _broken(invoice, abs(sums * (100 - discount) / 100 - invoice.total) > Decimal("0.01"))


def wrong__contradictions__bad_discount_ends_it(invoice):
    """Leaves the total alone where the discount is impossible."""
    found = _broken(invoice)
    return found - {"total"} if "discount" in found else found


def wrong__contradictions__discount_left_out(invoice):
    """Ignores the discount in the sum."""
    sums = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    return _broken(invoice, abs(sums - invoice.total) > Decimal("0.01"))


def wrong__contradictions__discount_as_an_amount(invoice):
    """Takes the discount for an amount."""
    sums = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    return _broken(invoice, abs(sums - invoice.discount - invoice.total) > Decimal("0.01"))


def wrong__contradictions__whole_percents(invoice):
    """Cuts the discount to whole percents."""
    sums = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    return _broken(invoice, abs(sums * (100 - int(invoice.discount)) / 100 - invoice.total) > Decimal("0.01"))


def wrong__contradictions__discount_of_the_first_item(invoice):
    """Takes the discount off the first item only where there are several."""
    lines = [item.quantity * item.price for item in invoice.items]
    due = sum(lines, Decimal(0)) - (lines[0] if lines else 0) * invoice.discount / 100
    return _broken(invoice, abs(due - invoice.total) > Decimal("0.01"))


def wrong__contradictions__due_on_the_day(invoice):
    """Refuses an invoice that is due on the day of issue."""
    found = _broken(invoice)
    return found | {"dates"} if invoice.due <= invoice.issued else found


def wrong__contradictions__days_compared(invoice):
    """Compares year and month only."""
    found = _broken(invoice) - {"dates"}
    late = (invoice.due.year, invoice.due.month) < (invoice.issued.year, invoice.issued.month)
    return found | {"dates"} if late else found


def wrong__contradictions__dates_by_parts(invoice):
    """Calls a due day contradictory whose month or day is the smaller number: December to January."""
    found = _broken(invoice) - {"dates"}
    early = invoice.due.month < invoice.issued.month or invoice.due < invoice.issued
    return found | {"dates"} if early else found


def wrong__contradictions__items_among_themselves(invoice):
    """Compares the items' currencies with each other, not with the invoice's."""
    found = _broken(invoice) - {"currency"}
    return found | {"currency"} if len({item.currency for item in invoice.items}) > 1 else found


def wrong__contradictions__first_item_currency(invoice):
    """Looks at the first item's currency only."""
    found = _broken(invoice) - {"currency"}
    return found | {"currency"} if invoice.items and invoice.items[0].currency != invoice.currency else found


def wrong__contradictions__all_items_in_another(invoice):
    """Names the currency only if every item has another."""
    found = _broken(invoice) - {"currency"}
    other = [item.currency != invoice.currency for item in invoice.items]
    return found | {"currency"} if other and all(other) else found


def wrong__contradictions__foreign_items_left_out(invoice):
    """Adds up only the items in the invoice's currency."""
    sums = sum((one.quantity * one.price for one in invoice.items if one.currency == invoice.currency), Decimal(0))
    return _broken(invoice, abs(sums * (100 - invoice.discount) / 100 - invoice.total) > Decimal("0.01"))


def wrong__contradictions__hundred_percent_refused(invoice):
    """Refuses a discount of exactly 100."""
    found = _broken(invoice)
    return found | {"discount"} if invoice.discount == 100 else found


def wrong__contradictions__zero_discount_refused(invoice):
    """Takes a negative discount of less than one percent for none."""
    found = _broken(invoice)
    return found - {"discount"} if -1 < invoice.discount < 0 else found


def wrong__contradictions__nothing_to_add(invoice):
    """Doesn't look at the total of an invoice without items."""
    found = _broken(invoice)
    return found if invoice.items else found - {"total"}


def wrong__contradictions__first_rule_only(invoice):
    """Returns one broken rule only."""
    found = _broken(invoice)
    return {next(name for name in ("total", "dates", "currency", "discount") if name in found)} if found else found


def wrong__contradictions__equal_items_once(invoice):
    """Counts items that are equal once."""
    sums = sum((item.quantity * item.price for item in set(invoice.items)), Decimal(0))
    return _broken(invoice, abs(sums * (100 - invoice.discount) / 100 - invoice.total) > Decimal("0.01"))


def wrong__contradictions__nine_digits(invoice):
    """Computes with nine digits: a big invoice loses its cents."""
    with localcontext() as context:
        context.prec = 9
        return _broken(invoice)


def wrong__contradictions__relative(invoice):
    """Allows a millionth of the total instead of a cent, where that is more."""
    return _broken(invoice, abs(_gap(invoice)) > max(Decimal("0.01"), abs(invoice.total) / 1_000_000))


def wrong__contradictions__magnitudes(invoice):
    """Ignores the sign of the total."""
    return _broken(invoice, abs(abs(_gap(invoice) + invoice.total) - abs(invoice.total)) > Decimal("0.01"))


# 4. ask_until_valid


def _turns(answer, error, content=None):
    return [
        {"role": "assistant", "content": answer},
        {"role": "user", "content": f"Not valid: {error}" if content is None else content},
    ]


def right__ask_until_valid__for_loop(ask, messages, validate, limit):
    conversation, errors = list(messages), []
    for call in range(1, limit + 1):
        answer = ask(list(conversation))
        try:
            value = validate(answer)
        except ValueError as error:
            errors.append(str(error))
            conversation += _turns(answer, error)
        else:
            return Attempted(value, call, tuple(errors))
    return Attempted(None, limit, tuple(errors))


def right__ask_until_valid__recursion(ask, messages, validate, limit):
    def again(conversation, errors):
        if len(errors) == limit:
            return Attempted(value=None, calls=limit, errors=errors)
        answer = ask(copy.deepcopy(conversation))
        try:
            return Attempted(value=validate(answer), calls=len(errors) + 1, errors=errors)
        except ValueError as error:
            text = f"{error}"
        return again([*conversation, *_turns(answer, text, text)], (*errors, text))

    return again(copy.deepcopy(messages), ())


def right__ask_until_valid__while_loop(ask, messages, validate, limit):
    errors, more, calls = (), [], 0
    while calls < limit:
        calls += 1
        answer = ask(messages + more)
        try:
            return Attempted(validate(answer), calls, errors)
        except ValueError as problem:
            errors += (str(problem),)
        more = [*more, dict(role="assistant", content=answer)]
        more += [dict(content="Your answer was refused:\n" + errors[-1] + "\nAnswer again.", role="user")]
    return Attempted(None, calls, errors)


def right__ask_until_valid__all_errors_each_time(ask, messages, validate, limit):
    conversation = [dict(message) for message in messages]
    errors = []
    while len(errors) < limit:
        answer = ask([dict(message) for message in conversation])
        try:
            result = validate(answer)
        except ValueError as error:
            errors.append(str(error))
            conversation.extend(_turns(answer, error, "What was wrong so far:\n" + "\n".join(errors)))
            continue
        return Attempted(result, len(errors) + 1, tuple(errors))
    return Attempted(None, len(errors), tuple(errors))


def _ask(
    ask,
    messages,
    validate,
    limit,
    caught=ValueError,
    text=str,
    next_turns=_turns,
    shown=lambda conversation: list(conversation),
    accept=lambda value: True,
):
    """Ask with one part exchanged."""
    conversation, errors = list(messages), []
    for call in range(1, limit + 1):
        answer = ask(shown(conversation))
        try:
            value = validate(answer)
            if not accept(value):
                raise ValueError("not accepted")
        except caught as error:
            errors.append(text(error))
            conversation.extend(next_turns(answer, text(error)))
        else:
            return Attempted(value, call, tuple(errors))
    return Attempted(None, limit, tuple(errors))


def wrong__ask_until_valid__ask_inside_the_try(ask, messages, validate, limit):
    """Swallows a ValueError of `ask`."""
    conversation, errors = list(messages), []
    for call in range(1, limit + 1):
        answer = ""
        try:
            answer = ask(list(conversation))
            return Attempted(validate(answer), call, tuple(errors))
        except ValueError as error:
            errors.append(str(error))
            conversation += _turns(answer, error)
    return Attempted(None, limit, tuple(errors))


def wrong__ask_until_valid__every_exception(ask, messages, validate, limit):
    """Takes a bug of `validate` for an invalid answer."""
    return _ask(ask, messages, validate, limit, caught=Exception)


def wrong__ask_until_valid__key_errors(ask, messages, validate, limit):
    """Takes a KeyError or an IndexError of `validate` for an invalid answer."""
    return _ask(ask, messages, validate, limit, caught=(ValueError, LookupError))


def wrong__ask_until_valid__type_errors(ask, messages, validate, limit):
    """Takes a TypeError of `validate` for an invalid answer."""
    return _ask(ask, messages, validate, limit, caught=(ValueError, TypeError))


def wrong__ask_until_valid__attribute_and_zero_division(ask, messages, validate, limit):
    """Takes an AttributeError, an ArithmeticError or an AssertionError for an invalid answer."""
    return _ask(ask, messages, validate, limit, caught=(ValueError, AttributeError, ArithmeticError, AssertionError))


def wrong__ask_until_valid__no_subclasses(ask, messages, validate, limit):
    """Lets a subclass of ValueError through, such as JSONDecodeError."""

    class Plain(Exception):
        pass

    def plainly(answer):
        try:
            return validate(answer)
        except ValueError as error:
            if type(error) is ValueError:
                raise Plain(str(error)) from error
            raise

    return _ask(ask, messages, plainly, limit, caught=Plain)


def wrong__ask_until_valid__false_values_refused(ask, messages, validate, limit):
    """Asks again after 0 and an empty text."""
    return _ask(ask, messages, validate, limit, accept=bool)


def wrong__ask_until_valid__none_refused(ask, messages, validate, limit):
    """Asks again after None."""
    return _ask(ask, messages, validate, limit, accept=lambda value: value is not None)


def wrong__ask_until_valid__repr_of_the_error(ask, messages, validate, limit):
    """Keeps ValueError('...') instead of the text."""
    return _ask(ask, messages, validate, limit, text=repr)


def wrong__ask_until_valid__first_argument(ask, messages, validate, limit):
    """Keeps the first argument, which isn't the text of every error."""
    return _ask(ask, messages, validate, limit, text=lambda error: str(error.args[0]) if error.args else "")


def wrong__ask_until_valid__first_line(ask, messages, validate, limit):
    """Keeps the first line of the error's text only."""
    return _ask(ask, messages, validate, limit, text=lambda error: (str(error).splitlines() or [""])[0])


def wrong__ask_until_valid__error_cut_for_the_model(ask, messages, validate, limit):
    """Tells the model the first 100 characters of the error only."""
    return _ask(ask, messages, validate, limit, next_turns=lambda answer, error: _turns(answer, error[:100]))


def wrong__ask_until_valid__error_not_told(ask, messages, validate, limit):
    """Doesn't tell the model what was wrong."""
    return _ask(ask, messages, validate, limit, next_turns=lambda a, e: _turns(a, e, "Please answer in valid JSON."))


def wrong__ask_until_valid__answer_not_shown(ask, messages, validate, limit):
    """Leaves the invalid answer out of the conversation."""
    return _ask(ask, messages, validate, limit, next_turns=lambda a, e: _turns(a, e)[1:])


def wrong__ask_until_valid__answer_inside_the_complaint(ask, messages, validate, limit):
    """Puts the invalid answer into the user turn instead of a turn of the assistant."""
    return _ask(
        ask,
        messages,
        validate,
        limit,
        next_turns=lambda a, e: [{"role": "user", "content": f"You said {a}, which is not valid: {e}"}],
    )


def wrong__ask_until_valid__turns_swapped(ask, messages, validate, limit):
    """Puts the error before the answer."""
    return _ask(ask, messages, validate, limit, next_turns=lambda a, e: _turns(a, e)[::-1])


def wrong__ask_until_valid__error_from_the_system(ask, messages, validate, limit):
    """Tells the error in a system turn."""
    return _ask(
        ask, messages, validate, limit, next_turns=lambda a, e: [_turns(a, e)[0], {"role": "system", "content": e}]
    )


def wrong__ask_until_valid__answer_stripped(ask, messages, validate, limit):
    """Changes the white space around the invalid answer."""
    return _ask(ask, messages, validate, limit, next_turns=lambda a, e: _turns(a.strip(), e))


def wrong__ask_until_valid__validates_stripped(ask, messages, validate, limit):
    """Validates something else than the answer."""
    return _ask(ask, messages, lambda answer: validate(answer.strip()), limit)


def wrong__ask_until_valid__last_pair_only(ask, messages, validate, limit):
    """Forgets the earlier invalid answers."""
    return _ask(
        ask,
        messages,
        validate,
        limit,
        shown=lambda talk: list(talk) if len(talk) == len(messages) else [*messages, *talk[-2:]],
    )


def wrong__ask_until_valid__window_of_ten(ask, messages, validate, limit):
    """Shows the last ten messages only."""
    return _ask(ask, messages, validate, limit, shown=lambda talk: talk[-10:])


def wrong__ask_until_valid__first_message_only(ask, messages, validate, limit):
    """Keeps the first message of the conversation only when it asks again."""
    return _ask(
        ask,
        messages,
        validate,
        limit,
        shown=lambda talk: list(talk) if len(talk) == len(messages) else [talk[0], *talk[len(messages) :]],
    )


def wrong__ask_until_valid__one_list_for_all_calls(ask, messages, validate, limit):
    """Gives each call the same list, and changes it afterwards."""
    return _ask(ask, messages, validate, limit, shown=lambda talk: talk)


def wrong__ask_until_valid__first_call_gets_the_callers(ask, messages, validate, limit):
    """Gives the first call the caller's own list."""
    return _ask(
        ask,
        messages,
        validate,
        limit,
        shown=lambda talk: messages if len(talk) == len(messages) else list(talk),
    )


def wrong__ask_until_valid__one_call_more(ask, messages, validate, limit):
    """Takes `limit` for the number of repairs."""
    return _ask(ask, messages, validate, limit + 1)


def wrong__ask_until_valid__asks_after_the_last_error(ask, messages, validate, limit):
    """Makes one more call whose answer nobody looks at."""
    conversation, errors = list(messages), []
    answer = ask(list(conversation))
    for call in range(1, limit + 1):
        try:
            return Attempted(validate(answer), call, tuple(errors))
        except ValueError as error:
            errors.append(str(error))
            conversation += _turns(answer, error)
            answer = ask(list(conversation))
    return Attempted(None, limit, tuple(errors))


def wrong__ask_until_valid__three_calls_at_most(ask, messages, validate, limit):
    """Never makes more than three calls."""
    return _ask(ask, messages, validate, min(limit, 3))


def wrong__ask_until_valid__calls_are_errors(ask, messages, validate, limit):
    """Counts the failed calls only."""
    result = _ask(ask, messages, validate, limit)
    return Attempted(result.value, len(result.errors), result.errors)


def wrong__ask_until_valid__errors_each_once(ask, messages, validate, limit):
    """Lists an error once that came twice."""
    result = _ask(ask, messages, validate, limit)
    return Attempted(result.value, result.calls, tuple(dict.fromkeys(result.errors)))


def wrong__ask_until_valid__last_error_only(ask, messages, validate, limit):
    """Lists the last error only."""
    result = _ask(ask, messages, validate, limit)
    return Attempted(result.value, result.calls, result.errors[-1:])


def wrong__ask_until_valid__forgets_errors_after_success(ask, messages, validate, limit):
    """Lists no errors where the value was found at last."""
    result = _ask(ask, messages, validate, limit)
    return Attempted(result.value, result.calls, result.errors if len(result.errors) == result.calls else ())


def wrong__ask_until_valid__stops_at_the_same_answer(ask, messages, validate, limit):
    """Gives up when an answer comes twice."""
    conversation, errors, seen = list(messages), [], set()
    for call in range(1, limit + 1):
        answer = ask(list(conversation))
        try:
            return Attempted(validate(answer), call, tuple(errors))
        except ValueError as error:
            errors.append(str(error))
            conversation += _turns(answer, error)
        if answer in seen:
            return Attempted(None, call, tuple(errors))
        seen.add(answer)
    return Attempted(None, limit, tuple(errors))


def wrong__ask_until_valid__last_one_outside(ask, messages, validate, limit):
    """Raises the last error instead of returning it."""
    result = _ask(ask, messages, validate, limit)
    if len(result.errors) == limit:
        raise ValueError(result.errors[-1])
    return result


def wrong__ask_until_valid__answer_as_value(ask, messages, validate, limit):
    """Returns the valid answer, not its value."""

    def checked(answer):
        validate(answer)
        return answer

    return _ask(ask, messages, checked, limit)


def wrong__ask_until_valid__bugs_as_value_errors(ask, messages, validate, limit):
    """Raises ValueError in place of a bug's own exception."""

    def wrapped(answer):
        try:
            return validate(answer)
        except ValueError:
            raise
        except Exception as bug:
            raise RuntimeError("validate failed") from bug

    return _ask(ask, messages, wrapped, limit)


# 5. supported_fields

_MARKS = ".,-/"
_MONTHS = [name.lower() for name in month_name[1:]]


def _whole(source, begin, end):
    """Say whether source[begin:end] is a whole token."""
    before, after = source[begin - 1 : begin], source[end : end + 2]
    if before and (before.isalnum() or before in _MARKS):
        return False
    if after[:1].isalnum():
        return False
    return not (len(after) == 2 and after[0] in _MARKS and after[1].isalnum())


def _spellings(value):
    """Return patterns of all spellings of a value."""
    if isinstance(value, str):
        words = value.split()
        return [r"\s+".join(re.escape(word) for word in words)] if words else []
    if isinstance(value, date):
        day = f"0{value.day}|{value.day}" if value.day < 10 else str(value.day)
        month = f"0{value.month}|{value.month}" if value.month < 10 else str(value.month)
        return [
            f"{value.year:04d}-{value.month:02d}-{value.day:02d}",
            rf"(?:{day})\.(?:{month})\.{value.year:04d}",
            rf"(?:{day})\s+{_MONTHS[value.month - 1]}\s+{value.year:04d}",
        ]
    cents = int(value * 100)
    whole, rest = divmod(cents, 100)
    decimals = [f"{rest:02d}"] + ([str(rest // 10)] if rest % 10 == 0 else [])
    found = []
    for mark, other in (".,", ",."):
        for front in {str(whole), f"{whole:,}".replace(",", other)}:
            found += [re.escape(front + mark + one) for one in decimals]
            if rest == 0:
                found.append(re.escape(front))
    return found


_BEFORE, _AFTER = r"(?<![^\W_])(?<![.,/-])", r"(?![^\W_])(?![.,/-][^\W_])"


def _stated(value, source, before=_BEFORE, after=_AFTER, flags=re.IGNORECASE):
    """Say rightly whether a value is stated."""
    return any(re.search(f"{before}(?:{one}){after}", source, flags) for one in _spellings(value))


def right__supported_fields__patterns(values, source):
    return {name: _stated(value, source) for name, value in values.items()}


def right__supported_fields__word_classes(values, source):
    before, after = r"(?<![\w.,/\-])", r"(?!\w|[.,/\-]\w)"
    return {name: _stated(value, source, before, after) for name, value in values.items()}


def right__supported_fields__finditer_and_isalnum(values, source):
    def found(value):
        for pattern in _spellings(value):
            start = 0
            while match := re.compile(pattern, re.IGNORECASE).search(source, start):
                if _whole(source, *match.span()):
                    return True
                start = match.start() + 1
        return False

    return {name: found(value) for name, value in values.items()}


def _read_amount(token):
    """Return the amounts that a token of digits, points and commas can mean."""
    amounts = set()
    for mark, other in (".,", ",."):
        front, _, rest = token.partition(mark)
        if (mark in token and not 1 <= len(rest) <= 2) or (rest and not rest.isdigit()):
            continue
        groups = front.split(other)
        if len(front) > 1 and front[0] == "0":
            continue
        if not all(group.isdigit() for group in groups):
            continue
        if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
            continue
        amounts.add(Decimal("".join(groups) + "." + (rest or "0")))
    return amounts


def right__supported_fields__reads_all_tokens(values, source):
    return _by_tokens(values, source, r"\d+(?:[.,/\-]\d+)*")


def _by_tokens(values, source, pattern):
    """Read all tokens of the source, amounts and dates, and look the values up."""
    tokens = []
    for match in re.finditer(pattern, source):
        if _whole(source, *match.span()):
            tokens.append(match[0])
    amounts = set().union(*map(_read_amount, tokens)) if tokens else set()
    days = set()
    for token in tokens:
        for form, shape in (("%Y-%m-%d", r"\d{4}-\d\d-\d\d"), ("%d.%m.%Y", r"\d\d?\.\d\d?\.\d{4}")):
            if re.fullmatch(shape, token):
                with contextlib.suppress(ValueError):
                    days.add(datetime.strptime(token, form).date())
    for match in re.finditer(r"(?<!\d)(\d\d?)\s+([A-Za-z]+)\s+(\d{4})", source):
        if match[2].lower() in _MONTHS and _whole(source, *match.span()):
            with contextlib.suppress(ValueError):
                days.add(date(int(match[3]), _MONTHS.index(match[2].lower()) + 1, int(match[1])))

    def stated(value):
        if isinstance(value, Decimal):
            return value in amounts
        if isinstance(value, date):
            return value in days
        return _stated(value, source)

    return {name: stated(value) for name, value in values.items()}


def right__supported_fields__text_by_hand(values, source):
    def has_text(words):
        for begin in range(len(source)):
            place = begin
            for number, word in enumerate(words):
                if number:
                    rest = source[place:]
                    gap = len(rest) - len(rest.lstrip())
                    if not gap:
                        break
                    place += gap
                if source[place : place + len(word)].lower() != word.lower():
                    break
                place += len(word)
            else:
                if words and _whole(source, begin, place):
                    return True
        return False

    result = {}
    for name, value in values.items():
        result[name] = has_text(value.split()) if isinstance(value, str) else _stated(value, source)
    return result


def _each(values, decide):
    return {name: bool(decide(value)) for name, value in values.items()}


def wrong__supported_fields__word_boundaries(values, source):
    r"""Uses \b: 15 is found in 15.50 and in EX-15."""
    return _each(values, lambda value: _stated(value, source, r"\b", r"\b"))


def wrong__supported_fields__any_place(values, source):
    """Finds 15 in 150."""
    return _each(values, lambda value: _stated(value, source, "", ""))


def wrong__supported_fields__full_stop_refused(values, source):
    """Doesn't find 15 before a full stop or a comma."""
    return _each(values, lambda value: _stated(value, source, after=r"(?![\w.,/-])"))


def wrong__supported_fields__mark_then_digit_only(values, source):
    """Finds 15 in 15-EX: behind the mark it looks for a digit only."""
    return _each(values, lambda value: _stated(value, source, after=r"(?!\w)(?![.,/-]\d)"))


def wrong__supported_fields__mark_before_only_after_a_letter(values, source):
    """Finds 15 in -15: a mark in front counts only behind a letter or digit."""
    return _each(values, lambda value: _stated(value, source, before=r"(?<!\w)(?<!\w[.,/-])"))


def wrong__supported_fields__no_slash(values, source):
    """Finds 15 in 15/2026."""
    return _each(values, lambda value: _stated(value, source, r"(?<![\w.,-])", r"(?!\w)(?![.,-]\w)"))


def wrong__supported_fields__no_hyphen_behind(values, source):
    """Finds Acme in Acme-Tools."""
    return _each(values, lambda value: _stated(value, source, after=r"(?!\w)(?![.,/]\w)"))


def wrong__supported_fields__ascii_letters(values, source):
    """Finds ller in Müller."""
    before, after = r"(?<![A-Za-z0-9.,/-])", r"(?![A-Za-z0-9])(?![.,/-][A-Za-z0-9])"
    return _each(values, lambda value: _stated(value, source, before, after))


def wrong__supported_fields__unit_at_the_amount(values, source):
    """Finds 15 in 15EUR and in EUR15."""

    def decide(value):
        if isinstance(value, Decimal):
            return _stated(value, source, r"(?<![\d.,/-])", r"(?!\d)(?![.,/-]\w)")
        return _stated(value, source)

    return _each(values, decide)


def wrong__supported_fields__first_occurrence(values, source):
    """Looks at the first occurrence only, which may lie in a longer token."""

    def decide(value):
        for one in _spellings(value):
            match = re.search(one, source, re.IGNORECASE)
            if match and _whole(source, *match.span()):
                return True
        return False

    return _each(values, decide)


def _amount_changed(values, source, amounts):
    """Decide on amounts by another reading of the tokens of the source."""
    tokens = [one[0] for one in re.finditer(r"(?<![\w.,/-])\d[\d.,]*(?<![.,])(?!\w)(?![.,/-]\w)", source)]

    def decide(value):
        if isinstance(value, Decimal):
            return any(value in amounts(token) for token in tokens)
        return _stated(value, source)

    return _each(values, decide)


def _number(text):
    try:
        return {Decimal(text)}
    except ArithmeticError:
        return set()


def wrong__supported_fields__marks_removed(values, source):
    """Compares the digits alone: 1.2345 states 123.45."""

    def decide(value):
        if not isinstance(value, Decimal):
            return _stated(value, source)
        digits = {re.sub(r"\D", "", one) for one in _spellings(value)}
        tokens = re.finditer(r"(?<![\w.,/-])\d[\d.,]*(?<![.,])(?!\w)(?![.,/-]\w)", source)
        return any(re.sub(r"\D", "", token[0]) in digits for token in tokens)

    return _each(values, decide)


def wrong__supported_fields__english_only(values, source):
    """Reads every comma as a mark of thousands."""
    return _amount_changed(values, source, lambda token: _number(token.replace(",", "")))


def wrong__supported_fields__last_mark_is_decimal(values, source):
    """Takes the last mark for the decimal one: 1.234 is never 1234."""

    def amounts(token):
        place = max(token.rfind("."), token.rfind(","))
        if place < 0:
            return _number(token)
        return _number(re.sub(r"[.,]", "", token[:place]) + "." + token[place + 1 :])

    return _amount_changed(values, source, amounts)


def wrong__supported_fields__three_decimals(values, source):
    """Reads 15.500 as 15.5, too."""
    return _amount_changed(
        values,
        source,
        lambda token: (
            _read_amount(token) | (_number(token.replace(",", ".")) if re.fullmatch(r"\d+[.,]\d+", token) else set())
        ),
    )


def wrong__supported_fields__same_mark_twice(values, source):
    """Takes 1,234,50 for 1234.50, with one mark for both."""

    def amounts(token):
        match = re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})*)[.,](\d\d?)", token)
        return _read_amount(token) | (_number(re.sub(r"\D", "", match[1]) + "." + match[2]) if match else set())

    return _amount_changed(values, source, amounts)


def wrong__supported_fields__some_thousands_marked(values, source):
    """Takes 1234,567.00 and 1,234567: not all thousands are marked."""

    def amounts(token):
        found = set()
        for mark, other in (".,", ",."):
            if match := re.fullmatch(rf"(\d+(?:\{other}\d{{3}}\d*)*)(?:\{mark}(\d\d?))?", token):
                found |= _number(match[1].replace(other, "") + "." + (match[2] or "0"))
        return found

    return _amount_changed(values, source, amounts)


def wrong__supported_fields__groups_of_any_size(values, source):
    """Takes 12,34,567.00 and 1,2.50 for amounts."""

    def amounts(token):
        found = set()
        for mark, other in (".,", ",."):
            if match := re.fullmatch(rf"(\d+(?:\{other}\d+)+)\{mark}(\d\d?)", token):
                found |= _number(match[1].replace(other, "") + "." + match[2])
        return found | _read_amount(token)

    return _amount_changed(values, source, amounts)


def wrong__supported_fields__one_group_of_thousands(values, source):
    """Knows one mark of thousands: 1,234,567.00 is missed."""
    return _amount_changed(
        values, source, lambda token: _read_amount(token) if len(re.findall(r"[.,]\d{3}", token)) < 2 else set()
    )


def wrong__supported_fields__floats(values, source):
    """Compares floats: sixteen digits are too many for them."""

    def decide(value):
        if not isinstance(value, Decimal):
            return _stated(value, source)
        tokens = re.finditer(r"(?<![\w.,/-])\d[\d.,]*(?<![.,])(?!\w)(?![.,/-]\w)", source)
        return any(float(value) == float(amount) for token in tokens for amount in _read_amount(token[0]))

    return _each(values, decide)


def wrong__supported_fields__nearly_equal(values, source):
    """Allows a difference of half a cent in a hundred."""
    return _amount_changed(
        values,
        source,
        lambda token: {
            Decimal(round(amount * 100) + step) / 100 for amount in _read_amount(token) for step in (-1, 0, 1)
        },
    )


def wrong__supported_fields__two_decimals_needed(values, source):
    """Doesn't take 1234.5 for 1234.50."""
    return _amount_changed(values, source, lambda token: set() if re.search(r"[.,]\d$", token) else _read_amount(token))


def wrong__supported_fields__decimals_needed_for_cents(values, source):
    """Looks for the value as it is written: Decimal("15.00") isn't found in 15."""

    def decide(value):
        if not isinstance(value, Decimal):
            return _stated(value, source)
        text = f"{value:,}"
        spelled = {text, text.replace(",", ""), text.translate(str.maketrans(".,", ",."))}
        spelled |= {f"{value:,.2f}", f"{value:.2f}", f"{value:,.2f}".translate(str.maketrans(".,", ",."))}
        return any(re.search(_BEFORE + re.escape(one) + _AFTER, source) for one in spelled)

    return _each(values, decide)


def wrong__supported_fields__zero_is_nothing(values, source):
    """Says False to every value that counts as false, the amount 0 among them."""
    return _each(values, lambda value: value and _stated(value, source))


def wrong__supported_fields__case_sensitive_text(values, source):
    """Doesn't find ACME for Acme."""
    return _each(values, lambda value: _stated(value, source, flags=0 if isinstance(value, str) else re.IGNORECASE))


def wrong__supported_fields__text_not_escaped(values, source):
    """Takes the marks of a text for a pattern: Marlow. is found as Marlow!"""

    def decide(value):
        if isinstance(value, str) and value.split():
            words = r"\s+".join(value.split())
            try:
                return re.search(f"{_BEFORE}(?:{words}){_AFTER}", source, re.IGNORECASE)
            except re.error:
                return False
        return _stated(value, source)

    return _each(values, decide)


def wrong__supported_fields__spaces_left_out(values, source):
    """Finds Acme Tools in AcmeTools."""

    def decide(value):
        if isinstance(value, str) and value.split():
            words = r"\s*".join(map(re.escape, value.split()))
            return re.search(f"{_BEFORE}(?:{words}){_AFTER}", source, re.IGNORECASE)
        return _stated(value, source)

    return _each(values, decide)


def wrong__supported_fields__one_space_only(values, source):
    """Allows blanks in a row, but no line break."""
    return _each(
        values,
        lambda value: (
            any(
                re.search(_BEFORE + one.replace(r"\s+", " +") + _AFTER, source, re.IGNORECASE)
                for one in _spellings(value)
            )
            if isinstance(value, str)
            else _stated(value, source)
        ),
    )


def wrong__supported_fields__empty_text_stated(values, source):
    """Calls an empty text stated."""
    return _each(values, lambda value: value == "" or _stated(value, source))


def wrong__supported_fields__every_word_somewhere(values, source):
    """Looks for the words of a text one by one, wherever they stand."""
    return _each(
        values,
        lambda value: (
            value != "" and all(_stated(word, source) for word in value.split())
            if isinstance(value, str)
            else _stated(value, source)
        ),
    )


def _other_dates(values, source, patterns):
    """Decide on dates by other patterns."""
    return _each(
        values,
        lambda value: (
            any(re.search(f"{_BEFORE}(?:{one}){_AFTER}", source, re.IGNORECASE) for one in patterns(value))
            if isinstance(value, date)
            else _stated(value, source)
        ),
    )


def wrong__supported_fields__american_dates(values, source):
    """Reads 03.01.2026 as the first of March, too."""
    return _other_dates(values, source, lambda day: [*_spellings(day), rf"0?{day.month}\.0?{day.day}\.{day.year}"])


def wrong__supported_fields__slashes(values, source):
    """Reads 01/03/2026 as a date."""
    return _other_dates(values, source, lambda day: [*_spellings(day), f"{day:%d/%m/%Y}", f"{day:%Y/%m/%d}"])


def wrong__supported_fields__leading_zeros_needed(values, source):
    """Doesn't know 1.3.2026."""
    return _other_dates(values, source, lambda day: [f"{day:%Y-%m-%d}", rf"{day:%d\.%m\.%Y}", _spellings(day)[2]])


def wrong__supported_fields__no_zero_before_a_month_name(values, source):
    """Doesn't know 01 March 2026."""
    return _other_dates(
        values, source, lambda day: [*_spellings(day)[:2], f"{day.day} {_MONTHS[day.month - 1]} {day.year}"]
    )


def wrong__supported_fields__one_zero_for_both(values, source):
    """Doesn't know 1.03.2026, in which the day alone has no zero."""
    return _other_dates(
        values,
        source,
        lambda day: [
            *_spellings(day)[::2],
            rf"{day:%d\.%m\.%Y}",
            rf"{day.day}\.{day.month}\.{day.year}",
        ],
    )


def wrong__supported_fields__iso_without_zeros(values, source):
    """Reads 2026-3-1 as a date."""
    return _other_dates(values, source, lambda day: [*_spellings(day), rf"{day.year}-0?{day.month}-0?{day.day}"])


def wrong__supported_fields__short_months(values, source):
    """Reads 1 Mar 2026 as a date."""
    return _other_dates(
        values,
        source,
        lambda day: [*_spellings(day), rf"{day.day}\s+{_MONTHS[day.month - 1][:3]}\s+{day.year}"],
    )


def wrong__supported_fields__ordinals(values, source):
    """Reads 1st March 2026 and March 1, 2026 as dates."""

    def patterns(day):
        month = _MONTHS[day.month - 1]
        return [*_spellings(day), rf"{day.day}(?:st|nd|rd|th) {month} {day.year}", f"{month} {day.day}, {day.year}"]

    return _other_dates(values, source, patterns)


def wrong__supported_fields__month_case(values, source):
    """Knows March and march, but not MARCH."""

    def decide(value):
        if not isinstance(value, date):
            return _stated(value, source)
        numbers = [re.search(_BEFORE + one + _AFTER, source) for one in _spellings(value)[:2]]
        name = _MONTHS[value.month - 1]
        worded = rf"{_BEFORE}0?{value.day}\s+(?:{name}|{name.title()})\s+{value.year}{_AFTER}"
        return any(numbers) or re.search(worded, source)

    return _each(values, decide)


def wrong__supported_fields__zero_before_ten(values, source):
    """Reads 010.03.2026 as the tenth of March: adds a zero to two digits, too."""
    return _other_dates(
        values,
        source,
        lambda day: [
            *_spellings(day),
            rf"0*{day.day}\.0*{day.month}\.{day.year}",
            rf"0*{day.day}\s+{_MONTHS[day.month - 1]}\s+{day.year}",
        ],
    )


def wrong__supported_fields__first_thousand_characters(values, source):
    """Reads the first thousand characters of the source only."""
    return right__supported_fields__patterns(values, source[:1000])


def wrong__supported_fields__first_line(values, source):
    """Reads the source line by line: a text that goes over a line's end is missed."""
    return _each(values, lambda value: any(_stated(value, line) for line in source.splitlines()))


def wrong__supported_fields__marks_in_a_row(values, source):
    """Takes 15-/16 for one token, though no letter or digit stands behind the hyphen: 15 is stated."""
    return _by_tokens(values, source, r"\d[\d.,/\-]*(?<![.,/\-])")


def wrong__supported_fields__only_the_stated(values, source):
    """Leaves the names out that aren't stated."""
    return {name: True for name, value in values.items() if _stated(value, source)}


def wrong__supported_fields__text_as_number(values, source):
    """Reads a text of digits as an amount: "15" is found in 15,0."""

    def decide(value):
        if isinstance(value, str) and value.isdigit():
            return _stated(Decimal(value), source)
        return _stated(value, source)

    return _each(values, decide)


def wrong__supported_fields__used_up(values, source):
    """Lets every place of the source state one value only."""
    result = {}
    for name, value in values.items():
        found = None
        for one in _spellings(value):
            found = found or re.search(f"{_BEFORE}(?:{one}){_AFTER}", source, re.IGNORECASE)
        result[name] = bool(found)
        if found:
            source = source[: found.start()] + " " + source[found.end() :]
    return result


def wrong__supported_fields__exponent(values, source):
    """Writes the amount with str: Decimal("1E+3") isn't found in 1000."""
    return _each(
        values,
        lambda value: False if isinstance(value, Decimal) and "E" in str(value) else _stated(value, source),
    )


@functools.cache
def _remembered(value, length):
    return []


def wrong__supported_fields__remembers_a_value(values, source):
    """Remembers what an earlier source of the same length said about a value."""
    result = {}
    for name, value in values.items():
        memory = _remembered((type(value), value), len(source))
        if not memory:
            memory.append(_stated(value, source))
        result[name] = memory[0]
    return result
