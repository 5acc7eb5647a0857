"""Fill a JSON schema from a text. Each value of the text is used for one field of an object at most."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from handrail.standin import meaning
from handrail.standin.request import named
from handrail.standin.skills import evidence, shape
from handrail.standin.skills.evidence import Span
from handrail.standin.skills.shape import Field

MISSING: Any = object()
"""Nothing in the text speaks of a field."""
DEEPEST = 5
"""Objects inside objects are filled this deep."""
SURE = 0.2
"""A free text needs this similarity to the field that it is to fill."""
PEOPLE = named("address cc from recipient sender to")
NAMES = named(
    "author book city company country customer employee from manager merchant movie name payee person place product "
    "recipient seller sender shop supplier title to town vendor"
)
MONEY = named("amount balance cost discount fee net gross price subtotal sum tax total vat")
COUNTS = named("amount count days number pieces qty quantity units")
WHOLE = named("body description message note notes question query reason summary text topic")
SYNONYMS = {
    "due": ("payable", "until", "deadline"),
    "issue": ("issued", "invoice", "dated"),
    "issued": ("issue", "dated"),
    "vendor": ("from", "supplier", "seller", "invoice"),
    "customer": ("to", "for", "bill"),
    "price": ("at", "each", "per", "à"),
    "quantity": ("x", "×", "pieces", "units"),
    "total": ("sum", "amount", "pay"),
    "email": ("mail",),
    "days": ("day",),
    "limit": ("top", "largest", "smallest", "biggest", "first", "last", "latest", "most"),
    "city": ("in", "at", "to"),
}
CURRENCIES = {
    "EUR": ("€", "euro", "euros"),
    "USD": ("$", "dollar", "dollars"),
    "GBP": ("£", "pound", "pounds"),
    "CHF": ("francs", "franken"),
}
TRUE = re.compile(r"\b(?:yes|true|y|1|required|confirmed)\b", re.IGNORECASE)
NEGATED = re.compile(r"\b(?:no|not|without|never|isn't|aren't|don't|doesn't)\b", re.IGNORECASE)
STOPWORDS = named(
    "a about after all am an and any are as at be been before but by can could did do does for from get give had has "
    "have how i if in into is it its let like many me money more most much my need no not of on or our out please "
    "request say see send shall should show so some spend spent tell than that the their them then there these they "
    "this to up us use want was we were what when where which while who why will with would you your euro euros per "
    "find search look check make nothing something anything"
)


def filled(schema: Mapping[str, Any], text: str, root: Mapping[str, Any] | None = None, depth: int = 0) -> Any:
    """Return a value for a schema, as much of it as the text offers; required fields are always there."""
    root = schema if root is None else root
    inner, _ = shape.resolved(schema, root)
    if shape.one_type(inner) != "object":
        field = Field("value", inner, True, False)
        value = _one(field, text, root, depth=depth)
        return shape.empty(field) if value is MISSING else value
    values, missing = partly(inner, text, root, depth)
    for field in missing:
        if field.nullable:
            values[field.name] = None
        elif field.required:
            values[field.name] = _empty(field, root, depth)
    order = [field.name for field in shape.fields(inner, root)]
    return {name: values[name] for name in order if name in values}


def partly(
    schema: Mapping[str, Any], text: str, root: Mapping[str, Any], depth: int = 0
) -> tuple[dict[str, Any], list[Field]]:
    """Return the fields of an object that the text speaks of, with their values, and those that it doesn't."""
    fields = shape.fields(schema, root)
    values: dict[str, Any] = {}
    rest = text
    for field in fields:
        if field.kind == "array":
            values[field.name], rest = _array(field, rest, root, depth)
        elif field.kind == "object":
            spoken = _speaks_of(field, text, root, depth)
            values[field.name] = filled(field.schema, text, root, depth + 1) if spoken else MISSING
    scalars = [field for field in fields if field.name not in values]
    labeled = {field.name: _labeled(field, rest) for field in scalars if field.kind in ("string", "code")}
    values |= {name: value for name, value in labeled.items() if value is not MISSING}
    left = rest
    for value in values.values():
        left = left.replace(value, " " * len(value)) if isinstance(value, str) else left
    values |= _assigned([field for field in scalars if field.name not in values], left)
    for field in scalars:
        if values.get(field.name, MISSING) is MISSING:
            values[field.name] = _one(field, rest, root, used=list(values.values()), depth=depth)
    found = {name: value for name, value in values.items() if value is not MISSING}
    return found, [field for field in fields if field.name not in found]


def _empty(field: Field, root: Mapping[str, Any], depth: int) -> Any:
    if field.kind != "object":
        return shape.empty(field)
    return filled(field.schema, "", root, depth + 1) if depth < DEEPEST else {}


def _speaks_of(field: Field, text: str, root: Mapping[str, Any], depth: int) -> bool:
    if depth >= DEEPEST:
        return False
    if field.required and not field.nullable:
        return True
    found, _ = partly(field.schema, text, root, DEEPEST)
    return bool(found)


def _assigned(fields: Sequence[Field], text: str) -> dict[str, Any]:
    """Give numbers, dates, addresses, codes and names to the fields they fit best, each to one."""
    from scipy.optimize import linear_sum_assignment

    spans = evidence.spans(text)
    wanted = [field for field in fields if any(_fits(field, span) for span in spans)]
    if not wanted:
        return {}
    scores = _scores(wanted, spans, text)
    rows, columns = linear_sum_assignment([[-score for score in row] for row in scores])
    return {
        wanted[row].name: _as_value(wanted[row], spans[column])
        for row, column in zip(rows, columns, strict=True)
        if scores[row][column] > 0
    }


def _scores(fields: Sequence[Field], spans: Sequence[Span], text: str) -> list[list[float]]:
    """Return how well each value fits each field; 0 where it doesn't."""
    contexts = [span.context(text) for span in spans]
    table: list[list[float]] = []
    for field in fields:
        fitting = [place for place, span in enumerate(spans) if _fits(field, span)]
        lexical = {place: _lexical(field, spans[place], text) for place in fitting}
        best = sorted(lexical.values(), reverse=True)
        clear = len(best) == 1 or best[0] - best[1] >= 0.5
        near = [0.0] * len(fitting) if clear else meaning.nearness(field.text, [contexts[place] for place in fitting])
        by_place = dict(zip(fitting, near, strict=True))
        row = []
        for place in range(len(spans)):
            if place not in by_place:
                row.append(0.0)
                continue
            score = 0.1 + lexical[place] + by_place[place] - 0.001 * place
            row.append(score if _enough(field, spans[place], lexical[place], by_place[place]) else 0.0)
        table.append(row)
    return table


def _enough(field: Field, span: Span, lexical: float, near: float) -> bool:
    """Say whether there is evidence enough: an optional field isn't filled with just any number."""
    if field.required and not field.nullable:
        return True
    if span.kind in ("name", "quoted"):
        return lexical > 0
    return lexical > 0 or near >= SURE or span.kind in ("email", "url", "iban", "month")


def _fits(field: Field, span: Span) -> bool:
    kind = field.kind
    if kind in ("number", "integer"):
        if span.kind == "month":
            return "month" in field.words and kind == "integer"
        whole = (
            kind == "number" or isinstance(span.value, int) or float(span.value).is_integer()
            if span.kind == "number"
            else False
        )
        return span.kind == "number" and whole and _in_range(field, span.value)
    if kind == "code":
        return span.kind == "code" or (span.kind == "number" and isinstance(span.value, int))
    if kind == "string":
        words = set(field.words)
        return span.kind == "quoted" or bool(words & {"name": NAMES, "email": PEOPLE}.get(span.kind, frozenset()))
    return span.kind == {"date-time": "date"}.get(kind, kind)


def _in_range(field: Field, value: float) -> bool:
    low, high = field.schema.get("minimum"), field.schema.get("maximum")
    year = "year" not in field.words or 1900 <= value <= 2100
    return (low is None or value >= low) and (high is None or value <= high) and year


def _lexical(field: Field, span: Span, text: str) -> float:
    """Return how much the words around a value speak for a field: the nearer, the more."""
    before, after = span.words(text)
    score = 0.0
    for word in field.words:
        for form in (word, *SYNONYMS.get(word, ())):
            weight = 1.0 if form == word else 0.6
            places = [place for place, near in enumerate(before) if _same(near, form)]
            score += weight / (1 + 0.4 * places[0]) if places else 0.0
            later = [place for place, near in enumerate(after) if _same(near, form)]
            score += 0.6 * weight / (1 + later[0]) if later else 0.0
    words = set(field.words)
    money = span.has_currency(text) or (span.kind == "number" and isinstance(span.value, float))
    if span.kind == "number" and money:
        score += 0.8 * bool(words & MONEY) - 0.4 * bool(words & (COUNTS - MONEY)) - 0.4 * ("id" in words)
    elif span.kind == "number" and words & (COUNTS - MONEY):
        score += 0.4
    if (span.kind == "code" and field.kind == "code") or (span.kind == "email" and field.kind == "string"):
        score += 0.5
    return max(score, 0.0)


def _same(word: str, form: str) -> bool:
    return word == form or (len(form) > 3 and word.rstrip("s") == form.rstrip("s"))


def _as_value(field: Field, span: Span) -> Any:
    if field.kind in ("number", "integer"):
        if span.kind == "month":
            return int(span.value[5:7])
        return int(span.value) if field.kind == "integer" else span.value
    if field.kind == "month":
        return _month(field, span)
    if field.kind == "date-time":
        return f"{span.value}T00:00:00Z"
    if span.kind == "number":
        return span.text
    return span.value


def _month(field: Field, span: Span) -> str:
    described = str(field.schema.get("description") or "").lower()
    numeric = re.search(r"yyyy-mm|\d{4}-\d{2}", described + str(field.schema.get("pattern") or ""))
    return str(span.value) if numeric or re.match(r"\d{4}-", span.text) else span.text


def _one(field: Field, text: str, root: Mapping[str, Any], used: Sequence[Any] = (), depth: int = 0) -> Any:
    """Return a value for a field that no typed value of the text was assigned to."""
    schema = field.schema
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return choice(field, text)
    kind = field.kind
    if kind == "boolean":
        return _boolean(field, text)
    if kind == "expression":
        return expression(text)
    if kind == "array":
        return _array(field, text, root, depth)[0]
    if kind == "string":
        return _free(field, text, used)
    if kind in ("code", "email", "url", "iban", "date"):
        return _labeled(field, text) if kind == "code" else MISSING
    if kind in ("number", "integer") and not field.words[1:] and field.name == "value":
        found = evidence.first_number(text)
        return MISSING if found is None else found
    return MISSING


def choice(field: Field, text: str) -> Any:
    """Return the value of a list that stands in the text, else the one that is nearest in meaning."""
    options = list(field.schema["enum"])
    for option in options:
        forms = (str(option), *CURRENCIES.get(str(option), ()))
        if any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE) for form in forms):
            return option
    if not text.strip() or not field.required:
        return MISSING
    scores = meaning.nearness(text, [f"{' '.join(field.words)}: {str(one).replace('_', ' ')}" for one in options])
    best = max(range(len(options)), key=lambda place: (scores[place], -place))
    return MISSING if field.nullable and scores[best] < SURE else options[best]


def _boolean(field: Field, text: str) -> Any:
    labeled = _labeled(field, text)
    if labeled is not MISSING:
        return bool(TRUE.search(str(labeled))) and not NEGATED.search(str(labeled))
    words = [word for word in field.words if word not in ("is", "has", "was")]
    for sentence in re.split(r"[.!?;\n]", text):
        low = sentence.lower()
        if words and all(re.search(rf"\b{re.escape(word[:5])}", low) for word in words):
            return not NEGATED.search(low)
    return MISSING


def _labeled(field: Field, text: str) -> Any:
    """Return what stands behind the field's name and a colon."""
    name = r"[\s_-]*".join(re.escape(word) for word in field.words)
    match = re.search(rf"(?im)(?:^|[\n,;.(-])\W*(?:{name})\s*[:=]\s*([^\n;]+)", text)
    return match[1].strip().rstrip(".,") if match else MISSING


def _free(field: Field, text: str, used: Sequence[Any]) -> Any:
    """Return a text for a field: what is labeled, quoted, the whole sentence, or the phrase nearest in meaning."""
    labeled = _labeled(field, text)
    if labeled is not MISSING:
        return labeled
    words = set(field.words)
    if words & WHOLE:
        return text.strip() or MISSING if field.required else MISSING
    spoken = {str(value).lower() for value in used}
    phrases = [phrase for phrase in _phrases(text) if phrase.lower() not in spoken]
    if not phrases or (words & NAMES and not field.required):
        return MISSING
    scores = meaning.nearness(field.text, phrases)
    best = max(range(len(phrases)), key=lambda place: (scores[place], -place))
    needed = SURE if field.nullable or not field.required else 0.0
    return phrases[best] if scores[best] >= needed else MISSING


def _phrases(text: str) -> list[str]:
    """Return the runs of words that carry meaning, without numbers and the small words between them."""
    found: list[str] = []
    run: list[str] = []
    for token in [*re.findall(r"[^\W\d_][\w'’&-]*|\S", text), "."]:
        if re.match(r"[^\W\d_]", token) and token.lower() not in STOPWORDS and token.lower() not in evidence.MONTHS:
            run.append(token)
        elif run:
            found.append(" ".join(run))
            run = []
    return list(dict.fromkeys(found))


def _array(field: Field, text: str, root: Mapping[str, Any], depth: int) -> tuple[Any, str]:
    """Return the items of a list, and the text without the lines that they came from."""
    items, _ = shape.resolved(field.schema.get("items") or {}, root)
    if shape.one_type(items) == "object":
        return _objects(items, text, root, depth) if depth < DEEPEST else ([], text)
    inner = Field(field.name, items, True, False)
    if items.get("enum"):
        return [one for one in items["enum"] if re.search(rf"(?<!\w){re.escape(str(one))}(?!\w)", text, re.I)], text
    labeled = _labeled(field, text)
    if inner.kind == "string" and labeled is not MISSING:
        return [part for part in re.split(r"\s*(?:,|;|\band\b)\s*", str(labeled)) if part], text
    typed = [_as_value(inner, span) for span in evidence.spans(text) if _fits(inner, span)]
    if typed or inner.kind != "string":
        return list(dict.fromkeys(typed)), text
    listed = re.findall(r"(?m)^\s*(?:[-*•]|\d+[.)])\s+(.+)$", text)
    return listed, text


def _objects(items: Mapping[str, Any], text: str, root: Mapping[str, Any], depth: int) -> tuple[list[Any], str]:
    """Return an object for each line (else for each part of a list in a sentence) that has all it needs."""
    mark = "\n" if "\n" in text.strip() else r";|,(?!\d)|\band\b"
    found = [(part, _complete(items, part, root, depth)) for part in re.split(mark, text)]
    if mark == "\n":
        rest = "\n".join(part for part, value in found if value is None)
    else:
        rest = " ".join(part if value is None else _without_numbers(part) for part, value in found)
    return [value for _, value in found if value is not None], rest


def _without_numbers(text: str) -> str:
    """Return a text whose numbers are spaces; dates stay."""
    for span in reversed([one for one in evidence.spans(text) if one.kind == "number"]):
        text = text[: span.start] + " " * len(span.text) + text[span.end :]
    return text


def _complete(items: Mapping[str, Any], line: str, root: Mapping[str, Any], depth: int) -> Any:
    """Return an object made of one line, None if a number that it requires isn't there."""
    fields = shape.fields(items, root)
    typed = [field for field in fields if field.required and field.kind in ("number", "integer", "date", "email")]
    if not line.strip() or re.match(r"\W*(?:sub)?total\b|\W*(?:sum|vat|tax|amount due)\b", line, re.IGNORECASE):
        return None
    found = _assigned(typed, line)
    if len(found) < len(typed) or (not typed and not re.match(r"\s*(?:[-*•]|\d+[.)])\s", line)):
        return None
    value = filled(items, line, root, depth + 1)
    left = _leftover(line)
    for field in fields:
        if field.kind == "string" and not field.schema.get("enum") and left and _labeled(field, line) is MISSING:
            value[field.name] = left
            break
    return value


def _leftover(line: str) -> str:
    """Return what a line says besides numbers, currencies and signs."""
    counted = re.search(r"(?<![\w.,])\d+\s*[x×]?\s+([^\W\d][^\d,;:@]*?)\s+(?:at|à|for|@|each)\b", line)
    if counted:
        return counted[1]
    bare = evidence.CURRENCY.sub(" ", re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", line))
    bare = re.sub(r"[-−]?\d[\d.,]*\s*[x×]?(?!\w)|(?<!\w)[x×](?!\w)", " ", bare)
    bare = re.sub(r"(?:\s|[,:;@–=|-])+(?:at|each|à|per|for|of)?(?:\s|[,:;@–=|-])*$", "", " ".join(bare.split()))
    return re.sub(r"^(?:\W|at\b|of\b)+", "", re.sub(r"\s+(?:at|each|à|per|for)\b.*$", "", bare)).strip()


def expression(text: str) -> Any:
    """Return the arithmetic that a text asks for, as a formula."""
    low = text.lower().replace("×", "*").replace("÷", "/")
    for word, sign in (("divided by", "/"), ("plus", "+"), ("minus", "-"), ("times", "*"), ("multiplied by", "*")):
        low = re.sub(rf"\b{word}\b", sign, low)
    low = re.sub(r"(\d[\d.]*)\s*(?:%|percent|per cent) of\s*(\d[\d.]*)", r"\1 / 100 * \2", low)
    low = re.sub(r"(?<=\d)\s*x\s*(?=\d)", " * ", low)
    match = re.search(r"[(\d][\d.,\s()]*(?:[-+*/^%][\d.,\s()]*)+[\d)]", re.sub(r"(?<=\d),(?=\d{3})", "", low))
    return " ".join(match[0].split()) if match else MISSING
