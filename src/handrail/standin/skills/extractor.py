"""Fill the JSON schema of a request from its text."""

import re
from typing import Any

from handrail.standin.request import Answer, Knobs, Request, dumps
from handrail.standin.skills import classifier, filling, judge, shape

MARKED = re.compile(
    r"^[ \t]*(?:text|message|invoice|document|ticket|e-?mail|input|receipt|source|data)[ \t]*:[ \t]*\n?(.+)\Z",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
TAGGED = re.compile(
    r"<(text|message|invoice|document|ticket|email|input|receipt|source|data)\b[^>]*>(.*?)</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
REPAIR = re.compile(
    r"\b(?:invalid|not valid|validation|does(?:n't| not) (?:match|validate|parse)|error|schema|could not be parsed|"
    r"try again|correct (?:it|your|the)|fix)\b",
    re.IGNORECASE,
)


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if a schema is given."""
    if request.schema is None:
        return None
    value = filling.filled(request.schema, source(request))
    if isinstance(value, dict):
        value |= _decided(request, knobs, value)
    return Answer(dumps(value), "extractor", literal=True)


def _decided(request: Request, knobs: Knobs, value: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that are a judgement or a label: the skills for those decide them."""
    found: dict[str, Any] = {}
    prompt = f"{request.system}\n{request.user}"
    labels = list(classifier.given(prompt))
    for field in shape.fields(*(shape.resolved(request.schema, request.schema or {})[0], request.schema or {})):
        options = {str(option).lower() for option in field.schema.get("enum") or []}
        if field.name not in value:
            continue
        if options and options <= {"a", "b", "tie"} and (verdict := judge.compared(request, knobs.judge)):
            found[field.name] = next(one for one in field.schema["enum"] if str(one).lower() == verdict.lower())
        elif field.kind == "integer" and set(field.words) & {"grade", "score", "rating"}:
            grade = judge.graded(request, knobs.judge)
            found |= {field.name: grade} if grade is not None else {}
        elif options and labels and options >= {label.lower() for label in labels}:
            best = classifier.best(request)
            found |= {one: best[0] for one in [field.name] if best}
        elif field.name == "confidence" and labels and (best := classifier.best(request)):
            found[field.name] = best[1]
    return found


def source(request: Request) -> str:
    """Return the text that the values stand in: of the user, without complaints about an earlier answer."""
    texts: list[str] = []
    answered = False
    for turn in request.turns:
        if turn.role == "assistant":
            answered = True
        elif turn.role == "tool" or not (answered and REPAIR.search(turn.text)):
            texts.append(bare(turn.text))
    return "\n".join(texts) or bare(request.system)


def bare(text: str) -> str:
    """Return the text that is meant, without the instructions before it."""
    if tagged := TAGGED.findall(text):
        return "\n".join(inner.strip() for _, inner in tagged)
    marked = MARKED.search(text)
    return marked[1].strip() if marked else text
