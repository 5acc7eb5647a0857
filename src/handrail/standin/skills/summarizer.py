"""Summarize a text by its most central sentences, in their order."""

import re

from handrail.standin import grammar, meaning
from handrail.standin.prompt import read, sentences
from handrail.standin.request import Answer, Knobs, Request
from handrail.standin.skills.choice import chosen

ASKED = re.compile(r"\b(?:summari[sz]e|summari[sz]ing|summary|tl;?dr|context extraction assistant)\b", re.IGNORECASE)
SENTENCES = 3
"""So many are kept, if nothing else is asked for."""


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if a summary is asked for, and there is a text."""
    prompt = read(request)
    if not ASKED.search(prompt.instructions):
        return None
    text = "\n".join(passage.text for passage in prompt.passages) or body(request.user)
    given = [sentence for sentence in sentences(text) if len(sentence.split()) >= 3]
    if not given:
        return None
    wanted = grammar.style(prompt.instructions).sentences or SENTENCES
    return Answer(" ".join(central(request, given, wanted)), "summarizer")


def body(text: str) -> str:
    """Return the text that is meant: in a tag, behind a colon at the end of a line, else what isn't the order."""
    if tagged := re.findall(r"<(text|messages|document|conversation|article)\b[^>]*>(.*?)</\1\s*>", text, re.I | re.S):
        return str(tagged[-1][1])
    parts = re.split(r"(?<=:)[ \t]*\n|(?:^|\n)(?:text|article|conversation)[ \t]*:[ \t]*", text, maxsplit=1, flags=re.I)
    if len(parts) == 2:
        return parts[1]
    head, colon, rest = text.partition(":")
    if colon and ASKED.search(head) and len(head.split()) <= 15:
        return rest
    return "\n".join(line for line in text.splitlines() if not ASKED.search(line)) or text


def central(request: Request, given: list[str], wanted: int) -> list[str]:
    """Return the sentences that are nearest to the mean of all."""
    import numpy as np

    vectors = meaning.vectors(given)
    middle = vectors.mean(axis=0)
    scores = [round(float(score), 6) for score in vectors @ (middle / max(float(np.linalg.norm(middle)), 1e-6))]
    order = sorted(range(len(given)), key=lambda place: (-scores[place], place))
    kept: list[int] = []
    while order and len(kept) < wanted:
        kept.append(order.pop(chosen(request, [scores[place] for place in order])))
    return [given[place] for place in sorted(kept)]
