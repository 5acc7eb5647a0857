"""What is said when no other skill applies: what this is, and what it can do."""

from handrail.standin.request import Answer, Knobs, Request

SENTENCE = (
    "I am a stand-in, not a language model: I can answer from passages you give me, call your tools, fill a JSON "
    "schema, classify, compare, rewrite and summarize by fixed rules, and nothing in this request asked for "
    "one of these."
)


def answer(request: Request, knobs: Knobs) -> Answer:
    """Say so, in one sentence."""
    return Answer(SENTENCE, "fallback")
