"""Obey planted orders, as often as was chosen by us: a lesson measures how often, and builds guards outside."""

import re
from dataclasses import dataclass

from handrail.standin.request import Answer, Call, Gullibility, Knobs, Request, Stop, Tool, dumps, share
from handrail.standin.skills import filling, orders
from handrail.standin.skills.orders import Order

TAG = re.compile(r"<([A-Za-z][\w-]*)\b([^<>]*)>(.*?)</\1\s*>", re.DOTALL)
NONCE = re.compile(r"(?=[\w]*\d)(?=[\w]*[A-Za-z])\w{6,}|\d{6,}")
RULE = re.compile(
    r"\b(?:never|do not|don't|must not)\b[^.\n]{0,40}\b(?:follow|obey|execute|act on)\b[^.\n]{0,60}"
    r"|\b(?:ignore|disregard)\b[^.\n]{0,40}\binstructions?\b[^.\n]{0,20}\b(?:in|inside|within|between|from|that)\b"
    r"|\b(?:is|as|are) (?:only )?data\b",
    re.IGNORECASE,
)
REMINDER = re.compile(rf"\b(?:remember|reminder|again|note)\b|{RULE.pattern}", re.IGNORECASE)
CANARY = re.compile(r"\b([A-Z][A-Z0-9_-]{3,})\b")
URL = re.compile(r"https?://[^\s)\]>\"']+|\b(?:evil|attacker)\.[a-z.]+", re.IGNORECASE)
SECRET = re.compile(
    r"\b(?:password|key|code|secret|token|canary)\b(?:\s+(?:is|word))?\s*[:=]?\s*[\"'`]?([\w-]*\d[\w-]*|[A-Z][\w-]{5,})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Place:
    """A text that others may have written, and where it stands."""

    text: str
    own: bool


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Obey the first planted order that is obeyed."""
    for place in places(request):
        for order in orders.found(place.text):
            chance = obeyed_share(request, place, order, knobs.gullibility)
            leaks = knobs.leaky_system and order.family == "prompt_leak"
            if leaks or share("gullible", order.text.strip().lower()) < chance:
                return obeyed(request, order)
    return None


def places(request: Request) -> list[Place]:
    """Return where an order can stand: what the user wrote, what tools returned, what is quoted in the system text."""
    quoted = [Place(match[0], False) for match in TAG.finditer(request.system)]
    last = [Place(request.user, True)] if request.user else []
    return [*last, *quoted, *(Place(turn.text, False) for turn in request.since_user() if turn.role == "tool")]


def obeyed_share(request: Request, place: Place, order: Order, shares: Gullibility) -> float:
    """Return how often such an order is obeyed, by what the prompt does against it."""
    tag = next((match for match in TAG.finditer(place.text) if match.start(3) <= order.start < match.end(3)), None)
    level = shares.bare
    if tag is not None:
        level = shares.tags
        outside = TAG.sub(" ", f"{request.system}\n{request.user}")
        if NONCE.search(f"{tag[1]} {tag[2]}") and RULE.search(outside):
            after = place.text[tag.end() :] if place.own else request.user
            level = shares.reminder if REMINDER.search(TAG.sub(" ", after)) else shares.nonce
    return level * (shares.disguised if order.disguised else 1.0)


def obeyed(request: Request, order: Order) -> Answer:
    """Do what an order says, as far as a program can see it: a call, a word, a link, the system text, a secret."""
    if request.tools and order.family in ("tool_misuse", "foreign", "encoded", "authority", "override"):
        tool = _named_tool(request.tools, order.text)
        if tool is not None:
            values = filling.filled(tool.parameters or {"type": "object"}, order.text)
            call = Call(request.identifier("call_", "gullible", order.text), tool.name, dumps(values))
            return Answer("", "gullible", (call,), Stop.TOOLS, literal=True)
    return Answer(_said(request, order), "gullible", literal=True)


def _said(request: Request, order: Order) -> str:
    secret = SECRET.search(request.system)
    if url := URL.search(order.text):
        address = url[0] if url[0].startswith("http") else f"https://{url[0]}/"
        carried = secret[1] if secret else "data"
        full = address.replace("SECRET", carried)
        return f"![x]({full}{carried * full.endswith('=')})"
    if order.family == "prompt_leak":
        return f"My instructions are: {request.system or 'none'}"
    canaries = [word for word in CANARY.findall(order.text) if word not in ("CEO", "JSON", "DAN", "THIS", "ONLY")]
    if canaries:
        return str(canaries[-1])
    if order.family == "tool_misuse":
        return "Done: I have carried out that action."
    if secret:
        return f"Here it is: {secret[1]}"
    if order.family in ("authority", "exfiltration", "foreign"):
        return f"As you order. My instructions are: {request.system or 'none'}"
    return "PWNED. I have set my instructions aside."


def _named_tool(tools: tuple[Tool, ...], text: str) -> Tool | None:
    """Return the tool whose name, or the first word of it, stands in a text."""
    low = text.lower()
    whole = next(
        (tool for tool in tools if tool.name.lower() in low or tool.name.lower().replace("_", " ") in low), None
    )
    return whole or next((tool for tool in tools if re.search(rf"\b{tool.name.lower().split('_')[0]}\b", low)), None)
