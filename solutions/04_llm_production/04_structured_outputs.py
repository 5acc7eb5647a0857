# %% [markdown]
# # Exercises: Get data you can trust out of text
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(shape_errors)` gives the next of three hints, `solution(shape_errors)` the answer. Any order; `progress()` says where you are. No model is needed here: where one is asked, a scripted one answers.

# %%
import json
import re
from calendar import month_name
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from handrail import check, hint, progress, solution
from handrail.kit.grounding import Attempted, Message
from handrail.kit.invoices import Invoice, Item

T = TypeVar("T")

# %% [markdown]
# ## 1. Find the JSON  ★☆☆ · 15 min
# A model answers with a greeting, a fence, the JSON, and good wishes. Find the first place in the text where a complete JSON object or array begins, and return its value. Prose may contain braces, brackets and quotation marks of its own, and so may the texts inside the JSON. If no object or array is complete, raise `ValueError`.


# %%
def first_json_value(text: str) -> object:
    """Return the value of the first complete JSON object or array in a text.

    The first is the one that begins first; what it contains belongs to it. A number, text, true, false or null outside
    of an object or array doesn't count. Raises ValueError if there is none.

    >>> first_json_value('Use {name} like this: {"name": "a } b", "ok": true}. And {"name": 2}.')
    {'name': 'a } b', 'ok': True}
    >>> first_json_value('A cut answer: {"items": [1, 2], "tot')
    [1, 2]
    """
    # BEGIN SOLUTION
    decoder = json.JSONDecoder()
    for begin in re.finditer(r"[{\[]", text):
        try:
            return decoder.raw_decode(text, begin.start())[0]
        except json.JSONDecodeError:
            continue
    raise ValueError("no complete JSON object or array in this text")
    # END SOLUTION


# %%
check(first_json_value)

# %% [markdown] tags=["solution"]
# `raw_decode` reads one value from a position and ignores what follows, so the question "where does it end?" goes to a parser that knows about texts and escapes. Counting braces or a regular expression would have to learn that. What is left is "where does it begin?": try each opening brace and bracket in turn. In an answer that was cut, an inner list may be complete although the object isn't; that is why you still check the shape.

# %% [markdown]
# ## 2. Name every fault of the shape  ★☆☆ · 20 min
# A repair works best when it names all faults at once. Compare a value with a JSON schema and return where they disagree, such as `items[2].price`. Schemas use `type` (one name), `required`, `properties`, `additionalProperties` (true or false), `items` and `enum` (of texts, numbers, true, false, null). A missing key is at fault where it should stand, an extra one where it stands. The value itself is the empty path.


# %%
def shape_errors(value: object, schema: dict) -> list[str]:
    """Return the paths of all violations, sorted as texts, each once.

    As in JSON Schema, each rule but `type` and `enum` speaks of one kind of value and lets the others pass:
    `required`, `properties`, `additionalProperties` of objects (dict), `items` of arrays (list). 1.0 is an integer, and
    true is neither an integer nor equal to 1. A schema without a rule allows everything.

    >>> person = {"type": "object", "required": ["name"], "properties": {"age": {"type": "integer"}}}
    >>> shape_errors({"age": "old"}, person)
    ['age', 'name']
    >>> shape_errors([{"price": 1}, 7], {"type": "array", "items": {"type": "object", "required": ["price"]}})
    ['[1]']
    """
    # BEGIN SOLUTION
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    kinds = {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "number": numeric,
        "integer": numeric and value == value // 1,
        "boolean": isinstance(value, bool),
        "null": value is None,
    }

    def same(one: object) -> bool:
        return one == value and isinstance(one, bool) == isinstance(value, bool)

    def inside(step: str, part: object, rules: dict) -> list[str]:
        paths = shape_errors(part, rules)
        return [step + ("" if path == "" or path[0] == "[" else ".") + path for path in paths]

    found = [""] if "type" in schema and not kinds[schema["type"]] else []
    if "enum" in schema and not any(same(one) for one in schema["enum"]):
        found.append("")
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        found += [name for name in schema.get("required", []) if name not in value]
        if schema.get("additionalProperties") is False:
            found += [name for name in value if name not in fields]
        for name in fields.keys() & value.keys():
            found += inside(name, value[name], fields[name])
    if isinstance(value, list) and "items" in schema:
        for place, part in enumerate(value):
            found += inside(f"[{place}]", part, schema["items"])
    return sorted(set(found))
    # END SOLUTION


# %%
check(shape_errors)

# %% [markdown] tags=["solution"]
# The function calls itself for every part, and puts its own step in front of what comes back: a dot before a key, none before a bracket. Two traps are Python's: `isinstance(True, int)` holds, and `True == 1`, so truth values must be told apart by hand. A set removes paths that two rules complain about. Validators such as `jsonschema` do all of this, and `iter_errors` gives all faults, not only the first.

# %% [markdown]
# ## 3. Let an invoice contradict itself  ★★☆ · 12 min
# An invoice was read, and it has the right shape. Name the rules that it breaks: `total` (the items' quantity times price, less the discount in percent, differs from the total by more than one cent), `dates` (due before it was issued), `currency` (an item in another currency than the invoice), `discount` (below 0 or above 100). The first rule uses the discount as it stands, whatever it is.


# %%
def contradictions(invoice: Invoice) -> set[str]:
    """Return the names of the broken rules: `total`, `dates`, `currency`, `discount`; none for a consistent invoice.

    `total`, `discount` and prices are decimals; the sum isn't rounded before it is compared. An invoice without items
    has the sum 0. Due on the day of issue is fine.

    >>> pens = Item(quantity=3, price=Decimal("12.10"))
    >>> day = date(2026, 3, 9)
    >>> contradictions(Invoice(issued=day, due=day, items=(pens,), total=Decimal("36.30")))
    set()
    >>> contradictions(Invoice(issued=day, due=day, items=(pens,), total=Decimal("363.00")))
    {'total'}
    """
    # BEGIN SOLUTION
    gross = sum((item.quantity * item.price for item in invoice.items), Decimal(0))
    net = gross * (100 - invoice.discount) / 100
    broken = {
        "total": abs(net - invoice.total) > Decimal("0.01"),
        "dates": invoice.due < invoice.issued,
        "currency": any(item.currency != invoice.currency for item in invoice.items),
        "discount": not 0 <= invoice.discount <= 100,
    }
    return {rule for rule, is_broken in broken.items() if is_broken}
    # END SOLUTION


# %%
check(contradictions)

# %% [markdown] tags=["solution"]
# Each rule is computed on its own, so that one broken rule never hides another. `Decimal` makes "one cent" mean one cent: 36.31 − 36.30 is 0.01 exactly, while in floats it is 0.01000000000000512 and the invoice would be stopped. The tolerance is for papers that round each line. A set of names is better than True or False: it tells the reviewer where to look.

# %% [markdown]
# ## 4. Ask until it is valid  ★★☆ · 20 min
# Call `ask(messages)` for an answer and `validate(answer)` for its value. If `validate` raises `ValueError`, ask again: the conversation so far, then the invalid answer as an assistant turn, then a user turn that contains the error's text. At most `limit` calls in all. Every other exception is a bug that the caller must see, and so is whatever `ask` raises.


# %%
def ask_until_valid(
    ask: Callable[[list[Message]], str], messages: list[Message], validate: Callable[[str], T], limit: int
) -> Attempted[T]:
    """Return the first valid value (None if there was none), the number of calls, and all errors' texts in order.

    A message is a dictionary with `role` and `content`. `messages` stays as it is, and each call gets a list of its
    own. `limit` is at least 1. A value may well be 0, an empty text or None: what validates is valid.

    >>> replies = ["seven", "7"]
    >>> ask_until_valid(lambda messages: replies.pop(0), [{"role": "user", "content": "How many?"}], int, 2)
    Attempted(value=7, calls=2, errors=("invalid literal for int() with base 10: 'seven'",))
    """
    # BEGIN SOLUTION
    turns, errors = list(messages), []
    for call in range(1, limit + 1):
        answer = ask(list(turns))
        try:
            return Attempted(validate(answer), call, tuple(errors))
        except ValueError as error:
            errors.append(str(error))
        turns.append({"role": "assistant", "content": answer})
        turns.append({"role": "user", "content": f"That answer is invalid: {errors[-1]}. Please correct it."})
    return Attempted(None, limit, tuple(errors))
    # END SOLUTION


# %%
check(ask_until_valid)

# %% [markdown] tags=["solution"]
# The loop has an end by construction, and the `try` holds `validate` alone: an error of `ask` (a time-out, a wrong key) is not the model's mistake and isn't repaired by asking. Pydantic's `ValidationError` and `json.JSONDecodeError` are both kinds of `ValueError`, so they are caught; a `KeyError` in your own validator passes through, and you learn of your bug. `return` inside `try` keeps 0 and None apart from "no value".

# %% [markdown]
# ## 5. Is it in the source?  ★★★ · 30 min
# An assistant fills a form from a letter. Say for each value whether the letter states it, as a **whole token**: directly before it stands no letter, digit or `. , - /`; directly after it no letter or digit, and none of these four marks with a letter or digit behind it. Spellings are in the docstring. 15 isn't in `150`, in `15.50` or in `EX-15`, but it is in `15.`


# %%
def supported_fields(values: dict[str, str | Decimal | date], source: str) -> dict[str, bool]:
    """Return for each name whether the source states its value as a whole token.

    - text: in upper or lower case, any white space where the value has white space; an empty text is never stated.
    - Decimal, at least 0, at most two decimals: `.` or `,` before the decimals (none, one or two; a missing one is 0),
      thousands without a mark, or all marked by the other one: 1234.5, 1,234.50 and 1.234,50 are equal. No zeros in
      front: 015 states nothing.
    - date: 2026-03-01, 01.03.2026 or 1 March 2026 (English months in any case, any white space between; in the last
      two, day and month with or without a leading zero). Other spellings, such as 1/3/2026, state nothing.

    >>> letter = "ACME  Tools charged 1.234,50 EUR on 1 March 2026 (order 150)."
    >>> supported_fields({"vendor": "Acme Tools", "total": Decimal("1234.50"), "due": date(2026, 3, 1)}, letter)
    {'vendor': True, 'total': True, 'due': True}
    >>> supported_fields({"quantity": Decimal("15"), "due": date(2026, 1, 3)}, letter)
    {'quantity': False, 'due': False}
    """

    # BEGIN SOLUTION
    def amounts(value: Decimal, mark: str, point: str) -> str:
        whole, decimals = f"{value:.2f}".split(".")
        groups = f"{int(whole):,}".split(",")
        shortest = decimals.rstrip("0")
        zeros = 2 - len(shortest)
        tail = f"{point}{shortest}0{{0,{zeros}}}" if shortest else f"(?:{point}00?)?"
        return f"(?:{''.join(groups)}|{mark.join(groups)}){tail}"

    def spellings(value: str | Decimal | date) -> str:
        if isinstance(value, str):
            return r"\s+".join(re.escape(word) for word in value.split())
        if isinstance(value, date):
            day, month = (f"(?:{part}|{part:02d})" for part in (value.day, value.month))
            dotted = rf"{day}\.{month}\.{value.year}"
            return rf"{value.isoformat()}|{dotted}|{day}\s+{month_name[value.month]}\s+{value.year}"
        return f"{amounts(value, ',', '[.]')}|{amounts(value, '[.]', ',')}"

    def stated(value: str | Decimal | date) -> bool:
        wanted = spellings(value)
        token = rf"(?<![\w.,/-])(?:{wanted})(?!\w)(?![.,/-]\w)"
        return bool(wanted) and re.search(token, source, re.IGNORECASE) is not None

    return {name: stated(value) for name, value in values.items()}
    # END SOLUTION


# %%
check(supported_fields)

# %% [markdown] tags=["solution"]
# A value becomes a pattern of all its spellings, and the four look-arounds `(?<!...)` and `(?!...)` make it a whole token: they look at the neighbors without using them up. Grouping separates into two cases, all marks or none, so that `12,34.50` states nothing. For dates with slashes no rule is right, since 3/1/2026 is a day in March here and in January there: what two readers read differently supports neither. The next step would be to keep *where* the value stands, and show it to the reviewer.
