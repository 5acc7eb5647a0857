"""Compare two answers, or grade one, with the habits that were chosen by us: a lesson measures them."""

import re

from handrail.standin import meaning
from handrail.standin.prompt import question
from handrail.standin.request import Answer, JudgeConstants, Knobs, Request, digest, dumps
from handrail.standin.skills.evidence import spans

NEARNESS = 0.7
NUMBERS = 0.3
"""A score is so much of the similarity to the reference, and so much of the share of numbers that agree."""
TIE = 0.02
"""Closer than this is a tie, if ties are allowed."""
PART = (
    r"(?:<(?P<tag{0}>{1})\b[^>]*>(?P<inner{0}>.*?)</(?P=tag{0})\s*>"
    r"|^[ \t#*\[]*{2}\]?\**[ \t]*:\**[ \t]*(?P<line{0}>.*?)"
    r"(?=^[ \t#*\[]*(?:(?:answer|response|assistant)[ _][AB12]|reference(?: answer)?|question|answer|verdict|which)\b"
    r"|\Z))"
)
ASKED = re.compile(r"\b(?:compare|judge|better|evaluate|prefer\w*|which (?:answer|response)|grade|score|rate)\b", re.I)
SCALE = re.compile(r"\b(?:grade|score|rate|rating)\b.{0,80}?\b(?:1|one)\s*(?:-|–|to|and)\s*(?:5|five)\b", re.I | re.S)
OPENING = "certainly"


def _part(name: str, tag: str, label: str) -> re.Pattern[str]:
    return re.compile(PART.format(name, tag, label), re.IGNORECASE | re.MULTILINE | re.DOTALL)


FIRST = _part("a", r"(?:answer|response)_?(?:a|1)", r"(?:answer|response|assistant)[ _](?:A|1)")
SECOND = _part("b", r"(?:answer|response)_?(?:b|2)", r"(?:answer|response|assistant)[ _](?:B|2)")
REFERENCE = _part("r", r"(?:reference|reference_answer)", r"reference(?: answer)?")
SINGLE = _part("s", r"(?:answer|response)", r"(?:the )?(?:answer|response)(?: to grade)?")


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if two answers are to be compared, or one is to be graded from 1 to 5."""
    prompt = f"{request.system}\n\n{request.user}"
    if not ASKED.search(prompt):
        return None
    verdict = compared(request, knobs.judge)
    if verdict is not None:
        return Answer(_written(prompt, "winner", verdict, f"Answer {verdict} is better."), "judge", literal=True)
    grade = graded(request, knobs.judge)
    if grade is None:
        return None
    return Answer(_written(prompt, "grade", grade, f"Grade: {grade}"), "judge", literal=True)


def compared(request: Request, constants: JudgeConstants) -> str | None:
    """Return `A`, `B` or `tie`; None if there aren't two answers."""
    first, second = _found(FIRST, request.user), _found(SECOND, request.user)
    if first is None or second is None:
        return None
    reference = _reference(request)
    scores = [_score(one, reference, constants) for one in (first, second)]
    order = request.user.find(first) <= request.user.find(second)
    scores[0 if order else 1] += constants.position
    noise = _noise(digest(reference, first, second))
    difference = scores[0] - scores[1] + constants.noise * noise
    if abs(difference) < TIE and re.search(r"\btie\b", f"{request.system} {request.user}", re.IGNORECASE):
        return "tie"
    return "A" if difference >= 0 else "B"


def graded(request: Request, constants: JudgeConstants) -> int | None:
    """Return a grade from 1 to 5; None if none is asked for."""
    single = _found(SINGLE, request.user)
    if single is None or not SCALE.search(f"{request.system}\n{request.user}"):
        return None
    reference = _reference(request)
    score = _score(single, reference, constants) + constants.noise * _noise(digest(reference, single))
    return 1 + round(4 * min(max(score, 0.0), 1.0))


def _reference(request: Request) -> str:
    return _found(REFERENCE, request.user) or question(request.user)


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    if match is None:
        return None
    return next(
        (value.strip() for name, value in match.groupdict().items() if value and name[:3] in ("inn", "lin")), ""
    )


def _score(said: str, reference: str, constants: JudgeConstants) -> float:
    near = meaning.nearness(reference, [said or " "])[0]
    wanted = {span.value for span in spans(reference) if span.kind == "number"}
    given = {span.value for span in spans(said) if span.kind == "number"}
    agree = len(wanted & given) / len(wanted | given) if wanted | given else 1.0
    words = len(said.split())
    habits = constants.length * words / 10 + constants.opening * said.lower().startswith(OPENING)
    return NEARNESS * near + NUMBERS * agree + habits


def _noise(seed: str) -> float:
    """Return a number from a standard normal distribution that depends on the seed only."""
    import random

    return random.Random(seed).gauss(0.0, 1.0)


def _written(prompt: str, key: str, value: str | int, sentence: str) -> str:
    if re.search(r"\bjson\b", prompt, re.IGNORECASE):
        return dumps({key: value})
    if value == "tie":
        return "tie"
    bare = re.search(r"\b(?:only|just|nothing but)\b|single (?:letter|word|number)|one (?:letter|word)", prompt, re.I)
    return str(value) if bare else sentence
