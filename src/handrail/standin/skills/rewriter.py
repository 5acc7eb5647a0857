"""Rewrite a query for a search: with synonyms, with abbreviations spelled out, in parts, or as a likely answer."""

import re

from handrail.standin.prompt import question, read
from handrail.standin.request import Answer, Knobs, Request

ASKED = re.compile(
    r"\b(rewrite|rephrase|reformulate|paraphrase|expand|decompose|split|break down|spell out|abbreviations?|"
    r"hypothetical|translate)\b",
    re.IGNORECASE,
)
QUERY = re.compile(r"\b(?:query|queries|question|questions|search)\b", re.IGNORECASE)
SYNONYMS = {
    "vacation": "annual leave",
    "holiday": "annual leave",
    "holidays": "annual leave",
    "time off": "leave",
    "sick": "sickness",
    "ill": "sickness",
    "doctor": "medical certificate",
    "maternity": "parental leave",
    "paternity": "parental leave",
    "baby": "parental leave",
    "quit": "notice period",
    "resign": "notice period",
    "fired": "termination",
    "pay": "salary",
    "wage": "salary",
    "paycheck": "salary payment",
    "raise": "salary review",
    "extra hours": "overtime",
    "retirement": "pension",
    "money back": "reimbursement",
    "refund": "reimbursement",
    "costs": "expenses",
    "receipt": "expense claim",
    "bill": "invoice",
    "plane": "flight",
    "fly": "air travel",
    "cab": "taxi",
    "train": "rail travel",
    "hotel": "accommodation",
    "meal": "daily allowance",
    "food": "meals",
    "laptop": "notebook computer",
    "computer": "equipment",
    "screen": "monitor",
    "phone": "mobile device",
    "desk": "office furniture",
    "login": "password",
    "hacked": "security incident",
    "scam": "phishing",
    "stolen": "loss of equipment",
    "present": "gift",
    "presents": "gifts",
    "bully": "harassment",
    "first day": "onboarding",
    "trial period": "probation",
    "mentor": "buddy",
}
"""Words of employees, and what the handbook calls it."""
ABBREVIATIONS = {
    "AI": "artificial intelligence",
    "CEO": "chief executive officer",
    "FAQ": "frequently asked questions",
    "GDPR": "General Data Protection Regulation",
    "HR": "human resources",
    "IT": "information technology",
    "MFA": "multi-factor authentication",
    "NDA": "non-disclosure agreement",
    "OT": "overtime",
    "PTO": "paid time off",
    "VAT": "value added tax",
    "VPN": "virtual private network",
    "WFH": "working from home",
}


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if a query is to be rewritten, and no passages are given."""
    prompt = read(request)
    asked = {word.lower() for word in ASKED.findall(prompt.instructions)}
    if not asked or prompt.passages or not QUERY.search(prompt.instructions):
        return None
    query = _query(request)
    if asked & {"decompose", "split", "break down"}:
        return Answer("\n".join(parts(query)), "rewriter", literal=True)
    if "hypothetical" in asked:
        return Answer(hypothetical(query), "rewriter", literal=True)
    if asked & {"spell out", "abbreviation", "abbreviations", "translate"}:
        return Answer(spelled(query), "rewriter", literal=True)
    return Answer(expanded(spelled(query)), "rewriter", literal=True)


def _query(request: Request) -> str:
    found = question(request.user)
    inline = re.match(r"[^:\n]*\b(?:query|question)[^:\n]*:\s*(\S.*)$", found, re.IGNORECASE)
    return inline[1].strip() if inline and ASKED.search(found.split(":")[0]) else found


def parts(query: str) -> list[str]:
    """Split a question at `and`; a part without a question word gets the one of the first."""
    pieces = [
        piece.strip(" ,") for piece in re.split(r",?\s+\band\b\s+|;\s*", query.rstrip("?. ")) if piece.strip(" ,")
    ]
    return [f"{piece[0].upper()}{piece[1:]}?" for piece in pieces]


def spelled(query: str) -> str:
    """Write abbreviations out."""
    for short, long in ABBREVIATIONS.items():
        query = re.sub(rf"\b{short}\b(?! \()", f"{long} ({short})", query)
    return query


def expanded(query: str) -> str:
    """Add the handbook's words for those of the question."""
    low = query.lower()
    added = [formal for word, formal in SYNONYMS.items() if re.search(rf"\b{word}\b", low) and formal not in low]
    return f"{query} ({', '.join(dict.fromkeys(added))})" if added else query


def hypothetical(query: str) -> str:
    """Turn a question into the beginning of a statement that could answer it."""
    bare = re.sub(
        r"^(?:how (?:many|much|long|often|early|fast)|what(?: is| are)?|which|who|when|where|may i|can i|do i|does|is"
        r"|are)"
        r"\b\s*",
        "",
        expanded(query).strip().rstrip("?"),
        flags=re.IGNORECASE,
    )
    return f"The policy says about {bare}: employees have to follow the rule and its limits."
