"""Answer a question with a sentence of the passages that were given."""

import re

from handrail.standin import grammar, meaning
from handrail.standin.prompt import Passage, Prompt, read, statements
from handrail.standin.request import Answer, Knobs, Request
from handrail.standin.skills.choice import chosen

THRESHOLD = 0.35
"""Below this similarity the sentence for the unknown is said, if the prompt has one."""
SECOND = 0.05
"""The large model adds the second-best sentence if it is this near, and from another passage."""
EXISTING = re.compile(r"existing answer:\s*(.+)", re.IGNORECASE)


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if passages and a question are given."""
    prompt = read(request)
    if not prompt.passages or not prompt.question:
        return None
    return from_passages(request, prompt)


def from_passages(request: Request, prompt: Prompt) -> Answer:
    """Return the sentence that is most similar to the question."""
    wanted = grammar.style(prompt.instructions)
    found = ranked(prompt)
    if not found:
        return Answer(wanted.unknown or "The passages are empty.", "reader")
    best = chosen(request, [score for score, _, _ in found])
    score, passage, sentence = found[best]
    if score < THRESHOLD and wanted.unknown is not None:
        return Answer(wanted.unknown, "reader", confidence=max(score, 0.0))
    picked = [(passage, sentence)]
    if request.large and best == 0:
        second = next((one for one in found[1:] if one[1].name != passage.name), None)
        if second is not None and score - second[0] <= SECOND:
            picked.append(second[1:])
    text = " ".join(f"{said} [{source.name}]" if wanted.cite and source.name else said for source, said in picked)
    return Answer(text, "reader", confidence=max(min(score, 1.0), 0.0))


def ranked(prompt: Prompt) -> list[tuple[float, Passage, str]]:
    """Return similarity, passage and sentence of all sentences, the most similar first."""
    given = [(passage, sentence) for passage in prompt.passages for sentence in statements(passage)]
    if existing := EXISTING.search(prompt.instructions):
        given.insert(0, (Passage("", existing[1].strip()), existing[1].strip()))
    scores = meaning.nearness(prompt.question, [sentence for _, sentence in given])
    order = sorted(range(len(given)), key=lambda place: (-scores[place], place))
    return [(scores[place], *given[place]) for place in order]
