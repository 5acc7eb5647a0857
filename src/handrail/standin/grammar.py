"""The instructions that the stand-in understands. Everything else in a prompt has no effect."""

import re
from dataclasses import dataclass, replace

from handrail.standin.prompt import sentences
from handrail.standin.request import Answer, Stop, dumps

NUMBERS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
COUNT = r"(\d+|" + "|".join(NUMBERS) + r"|a|an)"
UNKNOWN = re.compile(
    r"(?:if|when|unless|otherwise)[^\n]{0,160}?\b(?:say|answer|reply|respond|write|return|output)\b[^\"“\n]{0,40}?"
    r"[\"“]([^\"”\n]{1,200})[\"”]",
    re.IGNORECASE,
)
ONLY = re.compile(
    r"\b(?:reply|answer|respond|output|return|say|write|give)\b[^.\n]{0,30}?\b(?:only|just|nothing but)\b(?: with)?"
    r" (?:the |a |an |one )?([\w-]+)",
    re.IGNORECASE,
)
LIMIT = re.compile(
    rf"\b(?:at most|no more than|maximum of|max\.?|up to|in|exactly)\s+{COUNT}\s+(words?|sentences?)\b", re.I
)
NUMBER = re.compile(r"[-−]?\d[\d.,]*\d|\d")


@dataclass(frozen=True)
class Style:
    """How an answer is wanted."""

    words: int | None = None
    sentences: int | None = None
    only: str = ""
    cite: bool = False
    unknown: str | None = None
    upper: bool = False
    bullets: bool = False
    json: bool = False
    reasoning: bool = False


def style(instructions: str) -> Style:
    """Read the instructions of a prompt."""
    words, lines = None, None
    for count, unit in LIMIT.findall(instructions):
        number = NUMBERS.get(count.lower(), 1) if not count.isdecimal() else int(count)
        if unit.lower().startswith("word"):
            words = number
        else:
            lines = number
    only = ONLY.search(instructions)
    unknown = UNKNOWN.search(instructions)
    low = instructions.lower()
    return Style(
        words,
        lines,
        only[1].lower() if only else "",
        bool(re.search(r"\bcit(?:e|es|ing|ation|ations)\b", low)),
        unknown[1] if unknown else None,
        bool(re.search(r"\b(?:in|use) (?:upper ?case|capitals|capital letters|all caps)\b", low)),
        bool(
            re.search(r"\bas (?:a )?(?:list of )?bullet(?: point)?s?\b|\bbullet points\b|\bas a bulleted list\b", low)
        ),
        bool(re.search(r"\b(?:as|in|with|valid) (?:a )?json\b", low)),
        "step by step" in low,
    )


def styled(answer: Answer, wanted: Style, *, as_json: bool) -> Answer:
    """Return an answer in the form that was asked for."""
    if answer.stop is Stop.REFUSAL or not answer.text or (answer.calls and not answer.text):
        return answer
    text = answer.text
    if not answer.literal and text != wanted.unknown:
        text = _only(text, wanted.only)
        text = _shortened(text, wanted)
        if wanted.upper:
            text = text.upper()
        if wanted.bullets:
            text = "\n".join(f"- {one}" for one in sentences(text))
        if wanted.reasoning and not wanted.only:
            text = f"{_reasoning(answer.skill)}\n{text}"
    if (as_json or wanted.json) and not answer.literal and not answer.calls:
        text = dumps({"answer": text})
    return replace(answer, text=text)


def _only(text: str, kind: str) -> str:
    if kind in ("number", "amount", "figure"):
        found = NUMBER.search(re.sub(r"\[\d+\]", "", text))
        return found[0] if found else text
    return text


def _shortened(text: str, wanted: Style) -> str:
    if wanted.sentences is not None:
        text = " ".join(_with_citations(text)[: wanted.sentences]) if wanted.sentences else ""
    if wanted.words is not None and len(text.split()) > wanted.words:
        text = " ".join(text.split()[: wanted.words]).rstrip(",;:")
    return text


def _with_citations(text: str) -> list[str]:
    """Split into sentences, each with the citation behind it."""
    found: list[str] = []
    for one in re.split(r"(?<=[.!?])\s+(?!\[)|(?<=\])\s+|\n", text):
        if one.strip():
            found.append(one.strip())
    return found


def _reasoning(skill: str) -> str:
    steps = {
        "reader": "Reasoning: I compare the question with each sentence of the passages and take the nearest one.",
        "classifier": "Reasoning: I compare the text with each label and take the nearest one.",
        "judge": "Reasoning: I compare both answers with the reference and count the numbers that agree.",
    }
    return steps.get(skill, "Reasoning: I follow my rules one after the other.")
