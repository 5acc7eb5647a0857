"""Which of several candidates is said: the best one, or, at a temperature, one that is drawn."""

from math import exp

from handrail.standin.request import Request

CANDIDATES = 5
"""At a temperature above 0 one of this many best candidates is drawn."""
SHARPNESS = 0.3
"""The probability of a candidate is proportional to exp(score / (0.3 * temperature))."""


def chosen(request: Request, scores: list[float]) -> int:
    """Return the place of the candidate that is said. The scores are in descending order."""
    if request.temperature <= 0 or len(scores) < 2:
        return 0
    best = scores[:CANDIDATES]
    weights = [exp((score - best[0]) / (SHARPNESS * request.temperature)) for score in best]
    return request.generator("choice").choices(range(len(best)), weights)[0]
