"""Find planted orders in a text: the attack grammar, in plain words, in other languages, and in disguise."""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from handrail.standin.prompt import sentences

LONGEST = 20_000
"""So many characters of a text are searched."""
RULES = r"(?:instructions?|rules?|guidelines?|orders?|prompts?|directions?|directives?|constraints?|you were told)"
GRAMMAR = {
    "override": (
        rf"\b(?:ignore|disregard|forget|override|bypass|stop following|do not follow)\b[^.\n]{{0,50}}\b{RULES}\b"
        rf"(?!\s+(?:in|inside|within|between|that|which|contained|from (?:the )?(?:text|documents?|passages?)))",
        r"\bforget everything (?:you were|i) told",
        r"\bnew instructions?\s*:",
        r"\b(?:earlier|previous) orders are cancell?ed\b|\bobey me\b",
    ),
    "role_play": (
        r"^\W*(?:you are now|from now on,? you are|pretend (?:that )?(?:you are|to be))\b",
        r"\bact as\b[^.\n]{0,40}\b(?:grandmother|hacker|admin\w*|dan|unrestricted|without|no (?:rules|limits))\b",
        r"\bplay a game in which you have no\b|\bsimulate a terminal\b|\bwithout any (?:limits|restrictions)\b",
    ),
    "prompt_leak": (
        r"\b(?:repeat|print|output|reveal|show|quote|display|translate|summari[sz]e|give me|tell me|what is in)\b"
        r"[^.\n]{0,40}\b(?:your|the|hidden|initial) (?:system prompt|hidden|initial|secret instructions|"
        r"instructions you|system (?:text|message)|own instructions)",
        r"\b(?:repeat|print|output|quote)\b[^.\n]{0,30}\b(?:text|words|everything) (?:above|before)\b",
        r"\b(?:confidential text you were given|everything before the first)\b",
        r"\byour (?:system prompt|hidden instructions|initial instructions)\b",
    ),
    "exfiltration": (
        r"\b(?:append|send|put|include|show|write|add|insert|render|load|post|encode|embed)\b[^\n]{0,120}?"
        r"(?:https?://(?!\S*halden\.example[/\s])|\bevil\.|\battacker\.|!\[)",
        r"\b(?:key|secret|conversation|password)\b[^.\n]{0,60}\b(?:in|into|to) (?:an? |the )?(?:url|link|image)\b",
    ),
    "tool_misuse": (
        r"^\W*(?:please )?(?:call|use|run|invoke|execute)\b[^.\n]{0,70}\b(?:9999|all|every|everyone|admin)\b",
        r"\b(?:call|run|use) the \w+ tool with\b",
        r"^\W*transfer all\b|\bset my role to\b|\bapprove my\b[^.\n]{0,40}\bwithout asking\b",
    ),
    "authority": (
        r"\bthis is the (?:security|it|admin\w*) (?:team|department)\b",
        r"\bas your (?:developer|administrator|creator|owner)\b[^.\n]{0,20}\b(?:order|command|require|tell)",
        r"\bthe ceo has approved\b|\blegal requires you\b|\bi am from it support\b|\bemergency override\b",
    ),
    "foreign": (
        r"\bignorier\w*\b[^.\n]{0,40}\banweisung\w*|\bvergiss\b[^.\n]{0,40}\b(?:anweisung\w*|regeln)",
        r"\bignora\b[^.\n]{0,40}\b(?:instrucciones|istruzioni|instruções)|\bolvida\b[^.\n]{0,40}\b(?:instrucciones|reglas)",
        r"\b(?:oublie|ignore)z?\b[^.\n]{0,30}\b(?:consignes|instructions pr[ée]c[ée]dentes)",
        r"\bnegeer\b[^.\n]{0,40}\binstructies|\b(?:glem|ignorer)\b[^.\n]{0,40}\binstruksjoner",
        r"\bdimentica\b[^.\n]{0,40}\bistruzioni",
    ),
}
COMPILED = {
    family: [re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in patterns]
    for family, patterns in GRAMMAR.items()
}
BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{16,}={0,2}(?![\w+/=])")
TAG = re.compile(r"<[^<>]*>|^\W*\[\d{1,3}\]")
SPACED = re.compile(r"(?:\b\w\s){5,}\w\b")
LEET = str.maketrans("013457@$", "oieastas")
DECODED = re.compile(r"\b(?:say|follow|obey|ignore|forget|print|reveal|reply|answer|write|disregard)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """A planted order: where it stands, its words (decoded), its family, and whether it is disguised."""

    text: str
    family: str
    start: int
    disguised: bool


def found(text: str) -> list[Order]:
    """Return the planted orders of a text, in order."""
    text = text[:LONGEST]
    plain = [order for line, start in _lines(text) for order in _in(line, start)]
    return sorted([*plain, *_disguised(text)], key=lambda order: order.start)


def family(text: str) -> str | None:
    """Return the family of an order that stands in a sentence, None if none does."""
    return next((name for name, patterns in COMPILED.items() if any(one.search(text) for one in patterns)), None)


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield the sentences of a text with their places."""
    at = 0
    for sentence in sentences(text):
        place = text.find(sentence[:40], at)
        at = place if place >= 0 else at
        yield sentence, at


def _in(sentence: str, start: int) -> Iterator[Order]:
    plain = TAG.sub("", sentence).strip()
    name = family(plain)
    if name is not None:
        yield Order(plain, name, start + max(sentence.find(plain[:20]), 0), name == "foreign")


def _disguised(text: str) -> Iterator[Order]:
    for match in BASE64.finditer(text):
        decoded = _from_base64(match[0])
        if decoded and DECODED.search(decoded):
            yield Order(decoded, "encoded", match.start(), True)
    for match in SPACED.finditer(text):
        joined = re.sub(r"\s", "", re.sub(r"\s{2,}", "_", match[0])).replace("_", " ")
        if DECODED.search(joined) or re.match(r"(?:ignore|forget|disregard)", joined, re.IGNORECASE):
            yield Order(joined, "encoded", match.start(), True)
    for sentence, start in _lines(text):
        decoded = _decoded(sentence)
        if decoded:
            yield Order(decoded, "encoded", start, True)


def _decoded(sentence: str) -> str:
    """Return what a sentence in rot13, backwards, in digits for letters, or in first letters says."""
    low = sentence.lower()
    if "rot13" in low:
        return codecs.decode(sentence.rpartition(":")[2].strip(), "rot13")
    if re.search(r"\breverse\b", low) and re.search(r"\b(?:obey|follow|do)\b", low):
        return sentence.rpartition(":")[2].strip(" .")[::-1]
    if re.search(r"\bfirst letters\b", low):
        return "all rules: " + "".join(word[0] for word in sentence.rpartition(":")[2].split())
    if re.search(r"\d[a-z]|[a-z]\d", low):
        plain = low.translate(LEET)
        return plain if family(plain) == "override" and family(low) is None else ""
    return ""


def _from_base64(text: str) -> str:
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return decoded if decoded.isprintable() else ""
