"""Checks, hints and known mistakes of 04_llm_production/04_structured_outputs."""

import ast
import functools
import itertools
import json
import re
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from handrail.expect import agree, between, call, close, equivalent, for_all, hints, kind, raises, require
from handrail.kit.grounding import Attempted
from handrail.kit.invoices import Invoice, Item

WORDING = "the words around the error's text are free"
LAZY = "a lazy repetition finds the same places: what stands around the token decides"

# 1 ------------------------------------------------------------------------------------------------ first_json_value


def first_by_trying_all(text):
    """Try every piece of the text: the earliest beginning with an end at which it is JSON."""
    for begin, opening in enumerate(text):
        for end in range(begin + 2, len(text) + 1) if opening in "{[" else ():
            if text[end - 1] in "}]":
                with suppress(ValueError):
                    return json.loads(text[begin:end])
    raise ValueError("nothing complete in this text")


TEXTS = st.sampled_from(["", "a", "}", "see {note}", 'a "b"', "]", "[1", "\\", "x\n", "ü", "'", "```"])
SCALARS = st.sampled_from([0, 1, -2.5, True, False, None, "a"]) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab}"), inner, max_size=3),
    max_leaves=5,
)
CONTAINERS = VALUES.filter(lambda value: isinstance(value, dict | list))
PROSE = st.sampled_from(
    [
        "Here you are: ",
        "",
        "{name} is ",
        '"',
        'He said "{',
        "[",
        "]",
        "}",
        "```json\n",
        "\n```",
        "{'a': 1} ",
        "7 ",
        "{ ",
    ]
)


@st.composite
def replies(draw):
    parts = draw(st.lists(PROSE, max_size=2))
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        style = draw(st.sampled_from([{}, {"indent": 1}, {"ensure_ascii": False}]))
        parts += [json.dumps(draw(CONTAINERS), **style), *draw(st.lists(PROSE, max_size=2))]
    text = "".join(parts)
    return call(text)


LONG = "{" * 300 + ' ["' + "x" * 3000 + '"] ' + "}" * 300
NO_JSON = ["", "none at all", '{"a": 1', "[1, 2,]", "{a: 1}", "}{", "][", "true 12 null", '"[1"', '{"a": [1}']


@hints(
    "Where can a JSON object or array begin? Is every such place really one?",
    "Who can tell where a value that begins here ends? It must know which braces stand inside of a text.",
    "A decoder of the module `json` reads one value from a place and leaves the rest. Try it at each opening.",
)
def check_first_json_value(first_json_value):
    also = [
        call('{"name": "a } b", "n": 1}'),
        call('{"a": 1} and {"b": 2}'),
        call('Use {name} for {"name": "x"}.'),
        call('{"ok": true, "note": null}'),
        call("Take [1, 2], not {}"),
        call("[]"),
        call("{}"),
        call('Cut: {"a": [3], "b'),
        call('It said "{" first: [{"a": "\\"}"}]'),
        call('[{"a": 1}, {"b": [2]}] {"c": 3}'),
        call("{'a': 1} [2]"),
        call('{"a": 1,} {"b": 2}'),
        call('["\\\\"]'),
        call('["a  b"]'),
        call('["“a”"]'),
        call("[1] ```json\n[2]\n```"),
    ]
    agree(first_json_value, first_by_trying_all, on=replies(), also=also, examples=45)
    close(first_json_value(LONG), ["x" * 3000], given=call(LONG), why="There are 300 braces before the array.")
    broken = call('["a\nb"] [1]')
    close(first_json_value(*broken.args), [1], given=broken, why="JSON writes a line break inside of a text as \\n.")
    for text in NO_JSON:
        raises(first_json_value, ValueError, call(text), "No object or array is complete in it.")


def first_json_value__greedy_regex(text):
    """From the first opening brace to the last closing one: where there are two objects, or prose with a brace behind,
    you joined what doesn't belong together."""
    return json.loads(re.search(r"\{.*\}|\[.*\]", text, re.S)[0])


def first_json_value__counts_braces(text):
    """A brace inside of a text, as in "see {note", is only text, and counting it moves the end. Let a JSON decoder find
    the end: `json.JSONDecoder().raw_decode`."""
    for begin in (place for place, letter in enumerate(text) if letter in "{["):
        depth = 0
        for end in range(begin, len(text)):
            depth += (text[end] in "{[") - (text[end] in "}]")
            if depth == 0:
                with suppress(ValueError):
                    return json.loads(text[begin : end + 1])
                break
    raise ValueError("nothing complete")


def first_json_value__gives_up_early(text):
    """The first opening brace may belong to the prose, as in "use {name}". If it isn't JSON, look further."""
    return json.JSONDecoder().raw_decode(text, min(text.index(one) for one in "{[" if one in text))[0]


def first_json_value__evaluates(text):
    """That is Python's way of writing values, not JSON's: `true` and `null` are unknown to it, and {'a': 1} isn't JSON.
    Use the module `json`."""
    for begin in (place for place, letter in enumerate(text) if letter in "{["):
        for end in range(begin + 2, len(text) + 1):
            with suppress(ValueError, SyntaxError, MemoryError, TypeError):
                return ast.literal_eval(text[begin:end])
    raise ValueError("nothing complete")


def first_json_value__objects_first(text):
    """You looked for an object before you looked for an array, so an array that begins earlier was passed over, or only
    an object inside of it was returned."""
    for opening in "{[":
        for begin in (place for place, letter in enumerate(text) if letter == opening):
            with suppress(ValueError):
                return json.JSONDecoder().raw_decode(text, begin)[0]
    raise ValueError("nothing complete")


def first_json_value__last_one(text):
    """You returned the last complete value. Asked for is the first, whatever follows."""
    found = []
    begin = 0
    while begin < len(text):
        if text[begin] in "{[":
            with suppress(ValueError):
                value, begin = json.JSONDecoder().raw_decode(text, begin)
                found.append(value)
                continue
        begin += 1
    if not found:
        raise ValueError("nothing complete")
    return found[-1]


# 2 ---------------------------------------------------------------------------------------------------- shape_errors


def faults_by_library(value, schema):
    """Ask the library `jsonschema`, and write its findings as paths."""
    paths = set()
    for error in Draft202012Validator(schema).iter_errors(value):
        steps = list(error.absolute_path)
        if error.validator == "required":
            paths |= {written([*steps, name]) for name in error.validator_value if name not in error.instance}
        elif error.validator == "additionalProperties":
            paths |= {
                written([*steps, name]) for name in error.instance if name not in error.schema.get("properties", {})
            }
        else:
            paths.add(written(steps))
    return sorted(paths)


def written(steps):
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


KINDS = ["object", "array", "string", "number", "integer", "boolean", "null"]
LEAVES = st.sampled_from([True, 1, 1.0, 0, False, 2.5, "a", "", None, "b", 10])
NAMES = st.sampled_from(["a", "b", "price"])


@st.composite
def schemas(draw, depth=2):
    schema = {}
    if draw(st.sampled_from([True, True, False])):
        schema["type"] = draw(st.sampled_from(KINDS if depth < 2 else ["object", "array", "object", "integer"]))
    if depth < 2 and draw(st.sampled_from([False, False, True])):
        schema["enum"] = draw(st.lists(LEAVES, min_size=1, max_size=3))
    if depth and schema.get("type", "object") == "object":
        schema["properties"] = draw(st.dictionaries(NAMES, schemas(depth - 1), max_size=3))
        schema["required"] = draw(st.lists(NAMES, unique=True, max_size=2))
        more = draw(st.sampled_from([None, False, True]))
        schema |= {} if more is None else {"additionalProperties": more}
    if depth and schema.get("type", "array") == "array":
        schema["items"] = draw(schemas(depth - 1))
    return schema


PARTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=5
)


@st.composite
def fitting(draw, schema):
    """Draw a value that mostly fits the schema, so that faults come deep inside."""
    kind = schema.get("type", "object" if "properties" in schema else "array" if "items" in schema else None)
    if draw(st.sampled_from([False] * 5 + [True])):
        return draw(PARTS)
    if kind == "object":
        names = draw(st.lists(NAMES, unique=True, max_size=3))
        return {name: draw(fitting(schema.get("properties", {}).get(name, {}))) for name in names}
    if kind == "array":
        return [draw(fitting(schema.get("items", {}))) for _ in range(draw(between(0, 3)))]
    return draw(LEAVES)


@st.composite
def judged(draw):
    schema = draw(schemas())
    return call(draw(fitting(schema)), schema)


BILL = {
    "type": "object",
    "required": ["items", "total", "currency"],
    "additionalProperties": False,
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["price"],
                "properties": {"price": {"type": "number"}, "count": {"type": "integer"}},
            },
        },
        "total": {"type": "number"},
        "currency": {"type": "string", "enum": ["EUR", "GBP"]},
    },
}


@hints(
    "Write down what each rule asks of which kind of value. Which values does a rule not speak of?",
    "Let the function call itself for every entry and key that has rules, and put the step before what comes back.",
    "In Python a truth value is an integer, and equal to 1. In JSON Schema it is neither, and 1.0 is an integer.",
)
def check_shape_errors(shape_errors):
    also = [
        call(True, {"type": "integer"}),
        call(False, {"type": "number"}),
        call(1.0, {"type": "integer"}),
        call(1.5, {"type": "integer"}),
        call(True, {"enum": [1]}),
        call(0, {"enum": [False]}),
        call(1.0, {"enum": [1, "a"]}),
        call({"a": 1, "b": 2}, {"type": "object", "additionalProperties": False, "properties": {"a": {}}}),
        call({"b": 2}, {"additionalProperties": False}),
        call({}, {"type": "object", "required": ["b", "a"]}),
        call({"a": None}, {"required": ["a"], "properties": {"a": {"type": "string"}}}),
        call([[1, "x"], "y"], {"items": {"type": "array", "items": {"type": "integer"}}}),
        call("text", {"required": ["a"], "items": {"type": "null"}, "additionalProperties": False}),
        call("x", {"type": "integer", "enum": [1]}),
        call([], {"type": "object"}),
        call({"a": 1}, {"type": "array", "required": ["b"]}),
        call({"a": 1, "b": "x"}, {"type": "string", "properties": {"a": {"type": "string"}}}),
        call([1, "x"], {"type": "object", "items": {"type": "integer"}}),
        call(3, {}),
        call({"items": [{"price": 2}, {"count": 1.5}, {"price": "3"}], "currency": "USD", "x": 1}, BILL),
        call({"items": [{}] * 12, "total": 1, "currency": "EUR"}, BILL),
        call({"price": [True, {"a": 1}]}, {"properties": {"price": {"items": {"type": "integer"}}}}),
        call(None, {"type": "null"}),
        call({"a": None}, {"required": ["a"]}),
        call({}, {"required": ["a"], "properties": {"a": {"required": ["b"]}}}),
    ]
    agree(shape_errors, faults_by_library, on=judged(), also=also, examples=20)
    value, schema = 1, {"type": "string"}
    for name in "abcdef":
        value, schema = {name: [value]}, {"properties": {name: {"items": schema}}}
    deep = call(value, schema)
    close(shape_errors(*deep.args), ["f[0].e[0].d[0].c[0].b[0].a[0]"], given=deep, why="It lies twelve steps deep.")


def faulty(value, schema, *, first=False, real=None, enum=None, dotted=False):
    """Do it right, but for what a mistake asks for."""
    real = real or (lambda x: isinstance(x, int | float) and not isinstance(x, bool))
    whole = (lambda x: real(x) and x == int(x)) if first is not None else (lambda x: type(x) is int)
    enum = enum or (lambda x, listed: any(x == y and isinstance(x, bool) == isinstance(y, bool) for y in listed))
    fits = {
        "object": lambda x: isinstance(x, dict),
        "array": lambda x: isinstance(x, list),
        "string": lambda x: isinstance(x, str),
        "number": real,
        "integer": whole,
        "boolean": lambda x: isinstance(x, bool),
        "null": lambda x: x is None,
    }
    found = []

    def look(x, rules, path):
        if "type" in rules and not fits[rules["type"]](x):
            found.append(path)
        if "enum" in rules and not enum(x, rules["enum"]):
            found.append(path)
        if isinstance(x, dict):
            step = f"{path}." if path else ""
            fields = rules.get("properties", {})
            found.extend(step + name for name in rules.get("required", []) if name not in x)
            if rules.get("additionalProperties") is False:
                found.extend(step + name for name in x if name not in fields)
            for name in x:
                look(x[name], fields.get(name, {}), step + name)
        if isinstance(x, list) and "items" in rules:
            for place, part in enumerate(x):
                look(part, rules["items"], f"{path}.{place}".lstrip(".") if dotted else f"{path}[{place}]")

    look(value, schema, "")
    return found


def shape_errors__first_error_only(value, schema):
    """You stop at the first fault. A repair should hear of all of them at once, or it takes one call for each."""
    return sorted(set(faulty(value, schema)))[:1]


def shape_errors__bool_is_int(value, schema):
    """`isinstance(True, int)` holds in Python, but in JSON Schema true is neither an integer nor a number."""
    return sorted(set(faulty(value, schema, real=lambda x: isinstance(x, int | float))))


def shape_errors__one_is_not_integer(value, schema):
    """1.0 is an integer in JSON Schema: what counts is the value, not how Python stores it."""
    return sorted(set(faulty(value, schema, first=None)))


def shape_errors__true_equals_one(value, schema):
    """`True == 1` in Python, so `in` finds true in a list of numbers, and 0 in [False]. In JSON they differ."""
    return sorted(set(faulty(value, schema, enum=lambda x, listed: x in listed)))


def shape_errors__named_twice(value, schema):
    """A place that breaks two rules stands in your list twice. Name each path once."""
    return sorted(faulty(value, schema))


def shape_errors__dots_for_places(value, schema):
    """The place in a list belongs in brackets, without a dot before: `items[2].price`."""
    return sorted(set(faulty(value, schema, dotted=True)))


def shape_errors__wrong_type_ends_it(value, schema):
    """You look no further where the type is wrong. The other rules still speak of the value that is there."""
    found = []

    def look(x, rules, path):
        here = set(faulty(x, {key: rules[key] for key in ("type",) if key in rules}))
        if here:
            found.append(path)
            return
        found.extend(path + one for one in faulty(x, {key: rules[key] for key in ("enum",) if key in rules}))
        if isinstance(x, dict):
            step = f"{path}." if path else ""
            flat = {key: rules[key] for key in ("required", "additionalProperties") if key in rules}
            flat["properties"] = {key: {} for key in rules.get("properties", {})}
            found.extend(step + one for one in faulty(x, flat))
            for name in x.keys() & rules.get("properties", {}).keys():
                look(x[name], rules["properties"][name], step + name)
        if isinstance(x, list) and "items" in rules:
            for place, part in enumerate(x):
                look(part, rules["items"], f"{path}[{place}]")

    look(value, schema, "")
    return sorted(set(found))


# 3 -------------------------------------------------------------------------------------------------- contradictions

DAY = date(2026, 3, 9)
CENT = Decimal("0.01")


def exact(value):
    """Return a decimal as a fraction, which never rounds."""
    return Fraction(value)


def broken_rules(invoice):
    """Compute in fractions; compare dates as counts of days."""
    due_in = invoice.due.toordinal() - invoice.issued.toordinal()
    sums = sum(Fraction(item.quantity) * exact(item.price) for item in invoice.items)
    to_pay = sums - sums * exact(invoice.discount) / 100
    found = set()
    if not -Fraction(1, 100) <= to_pay - exact(invoice.total) <= Fraction(1, 100):
        found.add("total")
    if due_in < 0:
        found.add("dates")
    if {item.currency for item in invoice.items} - {invoice.currency}:
        found.add("currency")
    if exact(invoice.discount) < 0 or exact(invoice.discount) > 100:
        found.add("discount")
    return found


def consistent(items, discount=Decimal(0), days=14, currency="EUR", off=Decimal(0)):
    gross = sum((item.quantity * item.price for item in items), Decimal(0))
    total = gross - gross * discount / 100 + off
    return Invoice(DAY, DAY + timedelta(days=days), tuple(items), total, currency, discount)


@st.composite
def bills(draw):
    prices = st.sampled_from(["12.10", "42.10", "0.07", "1480.00", "19.99", "0.10", "33.33"]).map(Decimal)
    currency = draw(st.sampled_from(["EUR", "GBP"]))
    mostly = st.sampled_from([currency] * 5 + ["EUR", "USD"])
    items = [Item(draw(between(1, 9)), draw(prices), draw(mostly)) for _ in range(draw(between(0, 3)))]
    discount = Decimal(draw(st.sampled_from(["0", "0", "10", "2.5", "100", "-5", "100.5", "0", "33.3"])))
    off = Decimal(draw(st.sampled_from(["0", "0", "0.01", "-0.01", "0.011", "-0.02", "0.02", "900", "-3"])))
    return call(consistent(items, discount, draw(st.sampled_from([0, 14, 1, -1, -40, 30, 400])), currency, off))


@hints(
    "Write each of the four rules as one condition that is True when the rule is broken.",
    "Stay with decimals: a cent that a float can't hold exactly decides the first rule.",
    "Collect all names, whatever the other rules say; the net sum is gross · (100 − discount) / 100.",
)
def check_contradictions(contradictions):
    def bill(*items, **more):
        return call(consistent(items, **more))

    pens, lamp = Item(3, Decimal("12.10")), Item(3, Decimal("42.10"))
    also = [
        bill(pens),
        bill(lamp),
        bill(lamp, off=CENT),
        bill(lamp, off=-CENT),
        bill(pens, lamp, off=Decimal("0.011")),
        bill(pens, off=Decimal("-0.011")),
        bill(),
        bill(pens, days=0),
        bill(pens, days=-1),
        call(Invoice(date(2026, 2, 10), date(2026, 3, 9), (pens,), Decimal("36.30"))),
        call(Invoice(date(2026, 12, 30), date(2027, 1, 2), (pens,), Decimal("36.30"))),
        call(Invoice(date(2026, 3, 9), date(2026, 2, 20), (pens,), Decimal("36.30"))),
        bill(Item(1, Decimal(5), "GBP")),
        bill(pens, Item(1, Decimal(5), "GBP")),
        bill(Item(1, Decimal(5), "GBP"), currency="GBP"),
        bill(pens, discount=Decimal(100)),
        bill(pens, discount=Decimal("100.01")),
        bill(pens, discount=Decimal("-0.01")),
        bill(Item(1, Decimal("33.33")), discount=Decimal(15), off=Decimal("-0.0005")),
        bill(pens, discount=Decimal(10), off=Decimal("3.63")),
        bill(pens, Item(2, Decimal(7), "USD"), discount=Decimal(120), days=-3, off=Decimal(50)),
        bill(pens, off=Decimal("-72.60")),
        bill(pens, off=Decimal("0.010000001")),
        bill(*[Item(1, Decimal("0.005"))] * 3),
        bill(Item(1, Decimal("12345678901234567.89"))),
        bill(Item(1, Decimal("12345678901234567.89")), off=Decimal("0.02")),
    ]
    agree(contradictions, broken_rules, on=bills(), also=also, examples=50)


def contradictions__float_equality(invoice):
    """In floats 3 × 42.10 is 126.30000000000001, and that isn't 126.30. Compute with decimals, and allow one cent."""
    net = sum(float(item.price) * item.quantity for item in invoice.items) * (100 - float(invoice.discount)) / 100
    return (broken_rules(invoice) - {"total"}) | ({"total"} if net != float(invoice.total) else set())


def contradictions__float_cent(invoice):
    """A difference of exactly one cent is allowed, and floats can't tell: 126.31 − 126.30 is a little more than 0.01
    there. Stay with decimals."""
    net = sum(float(item.price) * item.quantity for item in invoice.items) * (100 - float(invoice.discount)) / 100
    return (broken_rules(invoice) - {"total"}) | ({"total"} if abs(net - float(invoice.total)) > 0.01 else set())


def contradictions__text_dates(invoice):
    """You compared the dates as texts: "10.2.2026" comes before "9.3.2026" on the calendar, but not in the alphabet.
    Dates can be compared themselves."""
    issued, due = (f"{day.day}.{day.month}.{day.year}" for day in (invoice.issued, invoice.due))
    return (broken_rules(invoice) - {"dates"}) | ({"dates"} if due < issued else set())


def contradictions__stops_at_first(invoice):
    """Several rules can be broken at once, and you reported one. Go on after the first."""
    found = broken_rules(invoice)
    return set([rule for rule in ("total", "dates", "currency", "discount") if rule in found][:1])


def contradictions__same_day(invoice):
    """Due on the day of issue is fine: only an earlier day contradicts."""
    return broken_rules(invoice) | ({"dates"} if invoice.due <= invoice.issued else set())


def contradictions__forgets_discount(invoice):
    """The total is what remains after the discount."""
    gross = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    return (broken_rules(invoice) - {"total"}) | ({"total"} if abs(gross - invoice.total) > CENT else set())


def contradictions__rounds_first(invoice):
    """You rounded the sum to cents before comparing. With a cent of tolerance on top, one and a half cents pass."""
    gross = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    net = round(gross * (100 - invoice.discount) / 100, 2)
    return (broken_rules(invoice) - {"total"}) | ({"total"} if abs(net - invoice.total) > CENT else set())


def contradictions__only_too_high(invoice):
    """A total that is too low contradicts the items as well. Compare the size of the difference."""
    gross = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    net = gross * (100 - invoice.discount) / 100
    return (broken_rules(invoice) - {"total"}) | ({"total"} if invoice.total - net > CENT else set())


# 4 ------------------------------------------------------------------------------------------------- ask_until_valid


class ScriptedModel:
    """A fake model: it gives its replies in order, as long as it hears what was wrong with each one before.

    Asked the same again it says the same again. Told of an error without its own answer, it asks what is meant; shown
    its answer without the error, it asks why.
    """

    def __init__(self, *replies, problem=None, after=0):
        self.replies, self.problem, self.after = replies, problem, after
        self.lists, self.requests = [], []

    def __call__(self, messages):
        if self.problem is not None and len(self.requests) == self.after:
            raise self.problem
        self.lists.append(messages)
        self.requests.append([dict(turn) for turn in messages])
        done = 0
        for turn, following in itertools.pairwise(messages):
            if turn["role"] == "assistant" and turn["content"] == self.replies[done]:
                if f"<{self.replies[done]}>" not in following["content"]:
                    return "why?"
                done = min(done + 1, len(self.replies) - 1)
        if not done and "is not a number" in messages[-1]["content"]:
            return "what?"
        return self.replies[done]

    def __repr__(self):
        problem = f", problem={self.problem!r}, after={self.after}" if self.problem else ""
        return f"ScriptedModel({', '.join(map(repr, self.replies))}{problem})"


BUGS = {
    error.__name__: error
    for error in (KeyError, TypeError, AttributeError, AssertionError, ZeroDivisionError, RuntimeError)
}


class Refusal(ValueError):
    """A ValueError of another kind, as pydantic's is: its text isn't its argument."""

    def __str__(self):
        return refusal(*self.args)


def refusal(answer):
    """Return the text of an error: two lines where the answer begins with x, a hundred more where it begins with y."""
    more = {"x": 1, "y": 100}.get(answer[:1], 0)
    return f"<{answer}> is not a number" + "\nOnly digits count." * more


def number(answer):
    """Validate a whole number: anything else is refused, and the error names the answer."""
    if answer in BUGS:
        raise BUGS[answer]("a bug of the validator")
    if answer == "none":
        return None
    if not answer.lstrip("-").isdigit():
        raise Refusal(answer) if answer.startswith("x") else ValueError(refusal(answer))
    return int(answer)


def start(*more):
    return [{"role": "user", "content": "How many pallets?"}, *more]


def attempted(ask, limit):
    """What should come of it, from the script alone."""
    errors = []
    for number_of_call, reply in enumerate([*ask.replies, *[ask.replies[-1]] * limit][:limit], start=1):
        if reply.lstrip("-").isdigit() or reply == "none":
            return Attempted(None if reply == "none" else int(reply), number_of_call, tuple(errors))
        errors.append(refusal(reply))
    return Attempted(None, limit, tuple(errors))


@st.composite
def scripts(draw):
    wrong = draw(st.lists(st.sampled_from(["seven", "x7", "7.5", "", "1 or 2", "{}"]), unique=True, max_size=4))
    right = draw(st.sampled_from(["7", "0", "none", "-3"]))
    system = [{"role": "system", "content": "Answer with a number."}] if draw(st.booleans()) else []
    return call(ScriptedModel(*wrong, right), [*system, *start()], number, draw(between(1, 5)))


def follows(answer):
    """Return a test of what came back, and of what was sent, request by request."""

    def test(ask, messages, validate, limit):
        before = [dict(turn) for turn in messages]
        given = call(ScriptedModel(*ask.replies), before, validate, limit)
        result = answer(ask, messages, validate, limit)
        kind(result, Attempted)
        close(result, attempted(ask, limit), given=given)
        require(len(ask.requests) == result.calls, "`calls` isn't the number of calls that were made.", given)
        turns = before
        for place, request in enumerate(ask.requests):
            if place:
                heard = len(request) > len(turns) and request[-1].get("role") == "user"
                error = result.errors[place - 1]
                heard = heard and error in str(request[-1].get("content"))
                size = f" with its {len(error)} characters" if len(error) > 50 else ""
                sentence = (
                    f"The last turn of call {place + 1} should be the user's, and contain the error's text{size}."
                )
                require(heard, sentence, given)
                turns = [*turns, {"role": "assistant", "content": ask.replies[place - 1]}, request[-1]]
            size = f"{len(turns)} turns" if len(turns) > 1 else "one turn"
            whole = (
                f"Call {place + 1} should hear the whole conversation so far, word for word: {size}, in their order."
            )
            require(request == turns, whole, given)
        for place, (kept, sent) in enumerate(zip(ask.lists, ask.requests, strict=True), start=1):
            changed = f"The list of call {place} was changed after the call. A log that kept it would be wrong."
            require(list(kept) == sent, changed, given)
        own = "A call got the caller's own list. If `ask` notes something in it, the caller's `messages` change."
        require(all(kept is not messages for kept in ask.lists), own, given)

    return test


@hints(
    "What does the model have to see in order to do better the second time? Two things.",
    "Keep a list of turns of your own that grows by two with each refused answer, and give each call a copy of it.",
    "Only the validation belongs into `try`, and only `ValueError` into `except`. Return from within the `try`.",
)
@equivalent(
    "f'That answer is invalid: {errors[-1]}. Please correct it.'",
    "f'That answer is invalid: ?{errors[-1]}. Please correct it.'",
    because=WORDING,
)
@equivalent(
    "f'That answer is invalid: {errors[-1]}. Please correct it.'",
    "f'That answer is invalid: {errors[-1]}. Please correct it.?'",
    because=WORDING,
)
def check_ask_until_valid(ask_until_valid):
    history = start({"role": "assistant", "content": "Which hall?"}, {"role": "user", "content": "Hall 2."})
    also = [
        call(ScriptedModel("7"), start(), number, 1),
        call(ScriptedModel("seven", "7"), start(), number, 2),
        call(ScriptedModel("seven", "7"), start(), number, 1),
        call(ScriptedModel("seven", "x7", "{}", "7"), start(), number, 3),
        call(ScriptedModel("seven", "x7", "{}", "7"), start(), number, 4),
        call(ScriptedModel("seven", "x7", "7"), history, number, 3),
        call(ScriptedModel("0", "7"), start(), number, 3),
        call(ScriptedModel("none", "7"), start(), number, 3),
        call(ScriptedModel("seven", "none"), start(), number, 3),
        call(ScriptedModel("seven", "", "a", "b", "c", "d", "e", "f", "g", "7"), start(), number, 9),
        call(ScriptedModel("seven", "seven", "seven", "7"), start(), number, 4),
        call(ScriptedModel(" 7\n", "7"), start(), number, 2),
        call(ScriptedModel("y7", "7"), start(), number, 2),
    ]
    for_all(follows(ask_until_valid), on=scripts(), also=also, examples=40)
    for error in (ValueError("the address is no URL"), TimeoutError("too slow")):
        for after in (0, 1):
            asked = call(ScriptedModel("seven", "7", problem=error, after=after), start(), number, 3)
            why = "`ask` itself raised it: that isn't an invalid answer, and it must reach the caller."
            raises(ask_until_valid, type(error), asked, why, says=str(error))
    for replies in (("KeyError", "7"), ("seven", "KeyError"), *((name, "7") for name in BUGS)):
        bug = next(one for one in replies if one in BUGS)
        why = f"The {bug} is a bug in `validate`, not the model's mistake: it must reach the caller."
        raises(ask_until_valid, BUGS[bug], call(ScriptedModel(*replies), start(), number, 3), why)


def repairing(ask, messages, validate, limit, more, caught=ValueError, within=(), settled=lambda value: True):
    """Do it right, but for what a mistake asks for: which turns are added, what is caught, what counts as a value."""
    turns, errors = [*messages], []
    for number_of_call in range(1, limit + 1):
        try:
            answer = ask([*turns])
        except within as error:
            errors.append(str(error))
            continue
        try:
            value = validate(answer)
            if settled(value):
                return Attempted(value, number_of_call, tuple(errors))
        except caught as error:
            errors.append(str(error))
        turns = more(turns, answer, errors)
    return Attempted(None, limit, tuple(errors))


def said(answer):
    return {"role": "assistant", "content": answer}


def told(errors):
    return {"role": "user", "content": f"Invalid: {errors[-1] if errors else 'no value'}"}


def both(turns, answer, errors):
    return [*turns, said(answer), told(errors)]


def ask_until_valid__no_feedback(ask, messages, validate, limit):
    """The model got the same prompt again, so it gave the same answer again. Send the answer back with its error."""
    return repairing(ask, messages, validate, limit, lambda turns, answer, errors: turns)


def ask_until_valid__feedback_without_answer(ask, messages, validate, limit):
    """The model hears of an error, but it doesn't see what it wrote. Send its answer too, as an assistant turn."""
    return repairing(ask, messages, validate, limit, lambda turns, answer, errors: [*turns, told(errors)])


def ask_until_valid__answer_without_error(ask, messages, validate, limit):
    """The model sees its answer again, and no word of what is wrong with it. The error's text belongs into the user's
    turn."""
    again = {"role": "user", "content": "Please correct your answer."}
    return repairing(ask, messages, validate, limit, lambda turns, answer, errors: [*turns, said(answer), again])


def ask_until_valid__only_the_last(ask, messages, validate, limit):
    """Each repair starts from the first question again, so the model forgets its earlier attempts and can repeat them.
    The conversation grows."""
    return repairing(
        ask, messages, validate, limit, lambda turns, answer, errors: [*messages, said(answer), told(errors)]
    )


def ask_until_valid__hides_bugs(ask, messages, validate, limit):
    """You caught more than `ValueError`, so a KeyError of your own validator was sent to the model for repair and
    never reported. Only `ValueError` means an invalid answer."""
    return repairing(ask, messages, validate, limit, both, caught=Exception)


def ask_until_valid__repairs_the_call(ask, messages, validate, limit):
    """A ValueError of `ask` was taken for an invalid answer. Keep the call outside of `try`."""
    return repairing(ask, messages, validate, limit, both, within=ValueError)


def ask_until_valid__one_too_many(ask, messages, validate, limit):
    """`limit` counts calls, the first one too: a limit of 2 allows one repair."""
    return repairing(ask, messages, validate, limit + 1, both)


def ask_until_valid__zero_is_nothing(ask, messages, validate, limit):
    """0 and None were taken for "no value", and the model was asked again. What validates is valid."""
    return repairing(ask, messages, validate, limit, both, settled=bool)


def ask_until_valid__grows_the_callers_list(ask, messages, validate, limit):
    """You appended to the caller's list of messages, which holds your repairs from now on. Work on a copy."""
    errors = []
    for number_of_call in range(1, limit + 1):
        answer = ask([*messages])
        try:
            return Attempted(validate(answer), number_of_call, tuple(errors))
        except ValueError as error:
            errors.append(str(error))
        messages += [said(answer), told(errors)]
    return Attempted(None, limit, tuple(errors))


# 5 ------------------------------------------------------------------------------------------------ supported_fields

WORDED = r"f'{value.isoformat()}|{dotted}|{day}\\s+{month_name[value.month]}\\s+{value.year}'"
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def ways(value):
    """List every way to write a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, date):
        days, months = ({str(part), f"{part:02d}"} for part in (value.day, value.month))
        dotted = [f"{day}.{month}.{value.year}" for day in days for month in months]
        return [str(value), *dotted, *(f"{day} {MONTH_NAMES[value.month - 1]} {value.year}" for day in days)]
    cents = int(value * 100)
    whole, rest = divmod(cents, 100)
    tails = {f"{rest:02d}"} | ({str(rest // 10)} if rest % 10 == 0 else set())
    found = [str(whole), f"{whole:,}", f"{whole:,}".replace(",", ".")] if rest == 0 else []
    found += [f"{body}.{tail}" for body in (str(whole), f"{whole:,}") for tail in tails]
    return found + [f"{body},{tail}" for body in (str(whole), f"{whole:,}".replace(",", ".")) for tail in tails]


def letter_or_digit(text):
    return text[:1].isalnum() or text[:1] == "_"


def whole_token(before, after):
    """Say whether what stands between two texts is a whole token."""
    if letter_or_digit(before[::-1]) or before[-1:] in tuple(".,-/"):
        return False
    return not letter_or_digit(after) and not (after[:1] in tuple(".,-/") and letter_or_digit(after[1:]))


def found_by_looking(values, source):
    """Write every value in every way, and look at each place where one of them stands."""
    plain = " ".join(source.split()) if source.strip() else ""
    found = {}
    for name, value in values.items():
        found[name] = False
        for way in {" ".join(one.lower().split()) for one in ways(value)} - {""}:
            text, begin = plain.lower(), plain.lower().find(way)
            while begin >= 0:
                if whole_token(text[:begin], text[begin + len(way) :]):
                    found[name] = True
                begin = text.find(way, begin + 1)
    return found


AMOUNTS = [
    *map(Decimal, ["15", "0", "1234.50", "1234567.89", "37.5", "12.10", "0.5", "150", "1500", "100", "1000", "0.05"]),
    Decimal("999.99"),
]
DATES = [date(2026, 3, 1), date(2026, 1, 3), date(2026, 12, 31), date(2025, 5, 20), date(2026, 11, 11)]
WORDS = ["Acme Tools", "EX-14", "a.b (c)", "RE-2600", "May", "Ü Haus", "C++", "Acme", "15", "marlow & finch"]
GLUE = [" ", "\n", ", ", ". ", " EUR ", "€", "(", ")", "-", "x", "1", "0", "/", ".", ",", ": ", ""]


def near_misses(value):
    """Write other values that look like this one, and this one in ways that don't count."""
    if isinstance(value, str):
        return [value + "s", "x" + value, value.replace(" ", ""), value[:-1], value + "-B", value.replace(".", "!")]
    if isinstance(value, date):
        other = f"{value.month:02d}/{value.day:02d}/{value.year}"
        swapped = f"{value.month:02d}.{value.day:02d}.{value.year}"
        short = f"{value.day}.{value.month}.{value.year % 100}"
        return [other, other[3:5] + "/" + other[:2] + other[5:], swapped, short, f"2{value}", f"{value}1"]
    text = f"{value:.2f}"
    return [
        *(ways(value * 10) + ways(value * 1000)),
        *[f"{text}0", f"1{text}", text[::-1], f"EX-{int(value)}", f"{int(value)}.000", f"{int(value)},000"],
        *[f"{int(value)}'000", text.replace(".", "-"), f"0{text}", f"{value:,.2f}".replace(".", ",")],
    ]


@functools.cache
def pieces():
    """List values with what stands for them on paper: rightly as often as not, in several cases and spacings."""
    listed = []
    for value in [*AMOUNTS, *DATES, *DATES, *WORDS]:
        for written_down in (ways(value), near_misses(value)):
            texts = {f(text): None for text in written_down for f in (str, str.upper, str.lower, spaced)}
            listed += [(value, text) for text in itertools.islice(itertools.cycle(texts), 36)]
    return st.sampled_from(listed)


def spaced(text):
    return text.replace(" ", "  ")


GLUES = st.tuples(*[st.sampled_from(GLUE)] * 2)


@st.composite
def letters(draw):
    """Draw a value and what stands for it at once: generating costs by the draw."""
    values, source = {}, ""
    for name in "abc"[: draw(between(1, 3))]:
        values[name], text = draw(pieces())
        before, after = draw(GLUES)
        source += before + text + after
    return call(values, source)


def one(value, source):
    return call({"value": value}, source)


@hints(
    "In how many ways can one value stand on paper? Make the list, for each of the three kinds.",
    "Finding one of them isn't enough. Look at the character before it, and at the one or two behind it.",
    "Build one pattern of all spellings for a value, escape what is special in it, and put `(?<!...)` and `(?!...)` "
    "around it.",
)
@equivalent("decimals.rstrip('0')", "decimals.rstrip('0?')", because="decimals are digits")
@equivalent("f'{point}{shortest}0{{0,{zeros}}}'", "f'{point}{shortest}0{{0,{zeros}}}?'", because=LAZY)
@equivalent("f'(?:{point}00?)?'", "f'(?:{point}00?)??'", because=LAZY)
@equivalent(WORDED, WORDED.replace("s+", "s+?", 1), because=LAZY)
@equivalent(WORDED, "s+?".join(WORDED.rsplit("s+", 1)), because=LAZY)
@equivalent(r"'\\s+'.join", r"'\\s+?'.join", because=LAZY)
def check_supported_fields(supported_fields):
    d = Decimal
    first_of_march, third_of_january = date(2026, 3, 1), date(2026, 1, 3)
    also = [
        *[
            one(d("15"), text)
            for text in ("15", "150", "15.50", "EX-15", "15.", "15,", "(15)", "1,15", "15x", "€15", "0")
        ],
        *[one(d("1234.50"), text) for text in ("1234.5", "1,234.50", "1.234,50", "1234,50", "12,34.50", "1,234,50")],
        *[
            one(d("15"), text)
            for text in ("15.0", "15,00", "15.000", "15,000", "015", "-15", "15 000", "15/16", "1.15")
        ],
        *[one(d("15000"), text) for text in ("15.000", "15,000", "15000", "15,000.0", "15.000,00", "15.000.00")],
        *[one(d("0.50"), text) for text in ("0.5", "0,50", "50", "10.50")],
        *[
            one(d("1234567.8"), text)
            for text in ("1,234,567.80", "1.234.567,8", "1234567.8", "1,234567.8", "1.234567,8")
        ],
        *[
            one(first_of_march, text)
            for text in ("2026-03-01", "1 March 2026", "01.03.2026", "1.3.2026", "01 march 2026")
        ],
        *[one(first_of_march, text) for text in ("03/01/2026", "01/03/2026", "1/3/2026", "3/1/2026", "2026/03/01")],
        *[
            one(third_of_january, text)
            for text in ("03/01/2026", "01.03.2026", "3 JANUARY 2026", "13.1.2026", "3.1.20261")
        ],
        *[
            one(first_of_march, text)
            for text in ("21 March 2026", "1 May 2026", "2026-03-010", "on 1\nMarch\t2026.", "01.032026", "0103.2026")
        ],
        *[
            one("Acme Tools", text)
            for text in ("ACME  tools", "Acme\nTools.", "AcmeTools", "Acme Toolshed", "Acme Tools-B")
        ],
        *[one("a.b (c)", text) for text in ("a.b (c)", "axb (c)", "A.B (C), ok", "a.b c")],
        *[one("15", text) for text in ("15", "15.00", "150", "15.")],
        *[one(text, "Nothing, or 12") for text in ("", "Nothing", "None")],
        *[one(date(2026, 12, 31), text) for text in ("031.12.2026", "31.012.2026", "031 December 2026", "31.12.2026")],
        *[one(first_of_march, text) for text in ("in .03.2026", "1..2026", "in  March 2026", "1 March")],
        call({}, "Nothing to do"),
        call({"a": d("15"), "b": d("15.5"), "c": "EX-14", "d": first_of_march}, "15.50 for ex-14 on 2026-03-01"),
        one(d("100"), "1E2 or 1e+2 or 100"),
        one(d("1E+2"), "It is 100."),
        one(d("15"), "150 and 1.15, then 15"),
        one(d("15"), "15-/16"),
        one(d("15"), ""),
        *[one(d("0"), text) for text in ("0", "0,00 EUR")],
        *[one(d("15"), text) for text in ("15.01", "14.99")],
        one(d("12345678901234567.89"), "12345678901234567.88"),
        *[one(d("15"), text) for text in ("15é", "ö15")],
        *[one("Haus", text) for text in ("Hausöl", "éHaus", "Haus-Öl")],
        one("Acme Tools", "Tools by Acme"),
        *[
            one(first_of_march, text)
            for text in ("1.03.2026", "01.3.2026", "2026-3-1", "1st March 2026", "March 1, 2026", "1 Mar 2026")
        ],
    ]
    agree(supported_fields, found_by_looking, on=letters(), also=also, examples=60)
    long = one(d("15"), "no " * 700 + "15")
    close(supported_fields(*long.args), {"value": True}, given=long, why="The source is long: the 15 is its last word.")


def tokens(source):
    return re.findall(r"(?<![\w.,/-])\w+(?:[.,/-]\w+)*", source)


def right_but(values, source, *, amount=None, day=None):
    """Do it right, but for amounts or dates that a mistake sees in another way."""
    found = found_by_looking(values, source)
    for name, value in values.items():
        if isinstance(value, Decimal) and amount:
            found[name] = amount(value, found[name])
        if isinstance(value, date) and day:
            found[name] = day(value, found[name])
    return found


def supported_fields__substring(values, source):
    """A value counts only as a whole token: 15 isn't in 150. Look at what stands before and behind it."""
    plain = " ".join(source.lower().split())
    return {
        name: any(" ".join(way.lower().split()) in plain for way in ways(value)) and value != ""
        for name, value in values.items()
    }


def supported_fields__word_boundaries(values, source):
    r"""A full stop or a hyphen ends a word for `\b`, so it sees 15 in 15.50 and in EX-15. Look at the marks, too."""
    return {
        name: any(re.search(rf"\b{one}\b", source, re.IGNORECASE) for one in patterns(value))
        for name, value in values.items()
    }


def patterns(value):
    return [r"\s+".join(map(re.escape, way.split())) for way in ways(value) if way]


def supported_fields__one_format(values, source):
    """Numbers stand on paper as 1,234.50 and as 1.234,50, with and without the marks for thousands. You looked for one
    way to write them."""
    return right_but(values, source, amount=lambda value, _: f"{value:,.2f}" in tokens(source))


def supported_fields__always_true_for_dates(values, source):
    """A date was taken as supported in any case. It has to stand in the source, too."""
    return right_but(values, source, day=lambda value, _: True)


def supported_fields__slashes(values, source):
    """01/03/2026 is the first of March for one reader and the third of January for another: a spelling with slashes
    supports neither."""
    marks = {f"{value.day:02d}/{value.month:02d}/{value.year}" for value in values.values() if isinstance(value, date)}

    def day(value, found):
        ends = {f"{value.day:02d}/{value.month:02d}/{value.year}", f"{value.month:02d}/{value.day:02d}/{value.year}"}
        ends |= {f"{value.day}/{value.month}/{value.year}", f"{value.month}/{value.day}/{value.year}"}
        return found or bool(ends & set(tokens(source)))

    return right_but(values, source, day=day) if marks else found_by_looking(values, source)


def supported_fields__reads_both_marks(values, source):
    """You removed all dots and commas before comparing, so 1.50 and 150 became the same number."""

    def amount(value, found):
        bare = {token.replace(".", "").replace(",", "") for token in tokens(source)}
        return found or bool({one.replace(".", "").replace(",", "") for one in ways(value)} & bare)

    return right_but(values, source, amount=amount)


def supported_fields__case_and_spaces(values, source):
    """ACME  TOOLS on two lines is still Acme Tools: neither case nor white space matters."""
    found = found_by_looking(values, source)
    for name, value in values.items():
        if isinstance(value, str) and value:
            places = [match.span() for match in re.finditer(re.escape(value), source)]
            found[name] = any(whole_token(source[:begin], source[end:]) for begin, end in places)
    return found


def supported_fields__empty_text(values, source):
    """An empty text is found everywhere, so it says nothing: it is never stated."""
    return found_by_looking(values, source) | {name: True for name, value in values.items() if value == ""}
