"""What the stand-in can do: small rules, one module each. The first that applies to a request answers it."""

from typing import Protocol

from handrail.standin.request import Answer, Knobs, Request
from handrail.standin.skills import (
    classifier,
    coder,
    extractor,
    fallback,
    gullible,
    judge,
    planner,
    reader,
    rewriter,
    summarizer,
)


class Skill(Protocol):
    """A module that answers some requests."""

    def answer(self, request: Request, knobs: Knobs) -> Answer | None:
        """Return the answer, or None if the skill doesn't apply."""


SKILLS: tuple[Skill, ...] = (
    gullible,
    planner,
    extractor,
    judge,
    classifier,
    rewriter,
    summarizer,
    reader,
    coder,
    fallback,
)
"""In this order."""


def answer(request: Request, knobs: Knobs) -> Answer:
    """Return the answer of the first skill that applies."""
    return next(found for skill in SKILLS if (found := skill.answer(request, knobs)) is not None)
