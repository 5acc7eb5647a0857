"""Sort a text under one of the labels that were given."""

import re
from collections.abc import Sequence
from functools import cache
from math import exp
from typing import Any

from handrail.standin import meaning
from handrail.standin.request import Answer, Knobs, Request, dumps
from handrail.standin.skills.choice import chosen

LISTED = re.compile(
    r"(?:^|[.!?][ \t])[ \t]*(?:the )?(?:labels|categories|classes|intents|options)[^:\n]{0,40}:[ \t]*([^\n.]*[^\s.])",
    re.IGNORECASE | re.MULTILINE,
)
DESCRIBED = re.compile(
    r"^[ \t]*[-*•][ \t]*[\"'`]?([\w /-]{1,40}?)[\"'`]?[ \t]*(?::|–|—|-)[ \t]+(\S[^\n]*)$", re.MULTILINE
)
PLAIN = re.compile(r"^[ \t]*[-*•][ \t]*[\"'`]?([\w/-]{1,40})[\"'`]?[ \t]*$", re.MULTILINE)
ASKED = re.compile(r"\b(?:label|classif|categor|intent|route|sort)\w*\b", re.IGNORECASE)
EXAMPLE = re.compile(
    r"^(?:text|message|ticket)[ \t]*:[ \t]*(.+?)\n+(?:label|category|intent|answer)[ \t]*:[ \t]*(\S[^\n]*)$",
    re.I | re.M,
)
MARKED = re.compile(
    r"^(?:text|message|ticket|input|question)[ \t]*:[ \t]*([^\n]*(?:\n(?!\w+[ \t]*:)[^\n]+)*)", re.I | re.M
)
TAGGED = re.compile(r"<(text|message|ticket|input|document|data)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
ONLY = re.compile(r"\b(?:only|just|nothing but|nothing else)\b", re.IGNORECASE)
EXAMPLES = 0.5
"""The nearest example of a label adds this much of its similarity."""
SHARPNESS = 0.1
"""A confidence is the softmax of similarities divided by this."""


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if labels are given."""
    found = best(request)
    if found is None:
        return None
    name, sure = found
    whole = f"{request.system}\n{request.user}"
    return Answer(_written(whole, name, sure, as_json=request.as_json), "classifier", confidence=sure, literal=True)


def best(request: Request) -> tuple[str, float] | None:
    """Return the label and how sure it is; None if there are no labels or no text."""
    whole = f"{request.system}\n{request.user}"
    labels = given(whole)
    if len(labels) < 2 or not ASKED.search(whole):
        return None
    text = subject(request)
    if not text:
        return None
    scores = scored(request, labels, text)
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    place = order[chosen(request, [scores[one] for one in order])]
    return list(labels)[place], confidences(scores)[place]


def given(text: str) -> dict[str, str]:
    """Return the labels of a prompt with their descriptions, in order."""
    if listed := LISTED.search(text):
        names = [name.strip(" \"'`.") for name in re.split(r",|;|\||\bor\b", listed[1])]
        names = [name for name in names if 0 < len(name.split()) <= 4]
        described = {name.lower(): words for name, words in DESCRIBED.findall(text)}
        if len(names) >= 2:
            return {name: described.get(name.lower(), "") for name in names}
    described = dict(DESCRIBED.findall(text))
    return described or dict.fromkeys(PLAIN.findall(text), "")


def subject(request: Request) -> str:
    """Return the text that is to be sorted: in a tag, behind the last `Text:`, else what the user wrote last."""
    if tagged := TAGGED.findall(request.user):
        return str(tagged[-1][1]).strip()
    if marked := MARKED.findall(request.user):
        return str(marked[-1]).strip()
    if given(request.user):
        parts = [part.strip() for part in re.split(r"\n\s*\n", request.user) if part.strip()]
        parts = [part for part in parts if not given(part) and not LISTED.search(part)]
        return parts[-1] if parts else ""
    return request.user.strip()


def scored(request: Request, labels: dict[str, str], text: str) -> list[float]:
    """Return a score for each label."""
    if request.large and (trained := _trained(tuple(labels))):
        found: list[float] = trained(text)
        return found
    scores = meaning.nearness(text, [f"{name}: {words}" if words else name for name, words in labels.items()])
    examples = [(example.strip(), label.strip().lower()) for example, label in EXAMPLE.findall(_all(request))]
    examples = [(example, label) for example, label in examples if example != text]
    if not examples:
        return scores
    near = meaning.nearness(text, [example for example, _ in examples])
    for place, name in enumerate(labels):
        own = [score for score, (_, label) in zip(near, examples, strict=True) if label == name.lower()]
        scores[place] += EXAMPLES * max(own, default=0.0)
    return scores


def confidences(scores: Sequence[float]) -> list[float]:
    """Return the softmax of the scores."""
    top = max(scores)
    weights = [exp((score - top) / SHARPNESS) for score in scores]
    return [round(weight / sum(weights), 4) for weight in weights]


def _all(request: Request) -> str:
    return "\n".join([request.system, *(turn.text for turn in request.turns)])


def _written(prompt: str, name: str, sure: float, *, as_json: bool) -> str:
    confidence = "confidence" in prompt.lower()
    if as_json or re.search(r"\bjson\b", prompt, re.IGNORECASE):
        return dumps({"label": name, "confidence": sure} if confidence else {"label": name})
    if confidence:
        return f"{name} {sure:.2f}"
    return name if ONLY.search(prompt) else f"Label: {name}."


@cache
def _trained(labels: tuple[str, ...]) -> Any:
    """Return what scores a text, trained on the dev half of `tickets`; None if these aren't its labels."""
    from handrail.kit.tickets import tickets

    table = tickets()
    dev = table[table["split"] == "dev"]
    if not set(labels) <= set(dev["intent"]):
        return None
    from sklearn.linear_model import LogisticRegression

    dev = dev[dev["intent"].isin(labels)]
    model = LogisticRegression(C=10.0, max_iter=1000, random_state=0)
    model.fit(meaning.vectors(list(dev["text"])), list(dev["intent"]))
    classes = list(model.classes_)

    def scores(text: str) -> list[float]:
        found = model.decision_function(meaning.vectors([text]))[0]
        by_label = dict(zip(classes, (SHARPNESS * float(score) for score in found), strict=True))
        return [by_label.get(name, -1.0) for name in labels]

    return scores
