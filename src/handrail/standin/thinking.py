"""From a request to its answer: skills, style, the fault that was ordered, the limits that were asked for."""

from dataclasses import replace

from handrail.standin import faults, grammar, prompt, skills, tokens
from handrail.standin.errors import WireError
from handrail.standin.faults import Fault
from handrail.standin.request import EMBED, WINDOWS, Answer, Knobs, Request


def check_model(name: str, *, embedding: bool = False) -> None:
    """Raise a 404 if there is no such model, or if it is of the other kind."""
    known = [model for model in WINDOWS if (model == EMBED) is embedding]
    if name not in known:
        raise WireError(
            404,
            f"The model '{name}' does not exist or you do not have access to it. The stand-in has: {', '.join(known)}.",
            param="model",
        )


def check_window(model: str, count: int) -> None:
    """Raise a 400 if a prompt is longer than what the model takes in."""
    if count > WINDOWS[model]:
        raise WireError(
            400,
            f"This model's maximum context length is {WINDOWS[model]} tokens. However, your messages resulted in "
            f"{count} tokens. Please reduce the length of the messages. (prompt is too long: {count} tokens > "
            f"{WINDOWS[model]} maximum)",
            param="messages",
            code="context_length_exceeded",
        )


def answer(request: Request, knobs: Knobs, fault: Fault | None) -> Answer:
    """Return the whole answer to a request."""
    bare, begun = _continued(request)
    found = skills.answer(bare, knobs)
    if not found.literal or request.as_json:
        wanted = grammar.style(prompt.read(bare).instructions)
        found = grammar.styled(found, wanted, as_json=request.as_json)
    if begun and found.text.startswith(begun):
        found = replace(found, text=found.text[len(begun) :])
    return faults.limited(request, faults.changed(fault, request, found), WINDOWS[request.model])


def completion_tokens(found: Answer) -> int:
    """Return how many tokens an answer has."""
    calls = sum(tokens.count(f"{call.name} {call.arguments}") for call in found.calls)
    return max(tokens.EMPTY, tokens.count(found.text) + calls)


def _continued(request: Request) -> tuple[Request, str]:
    """Return a request without a last turn of the assistant, and the beginning of the answer that it is."""
    last = request.turns[-1] if request.turns else None
    if last is None or last.role != "assistant" or last.calls:
        return request, ""
    return replace(request, turns=request.turns[:-1]), last.text
