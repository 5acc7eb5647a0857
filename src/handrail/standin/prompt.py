"""What a prompt holds: passages that were given, the question, and the instructions around them."""

import re
from dataclasses import dataclass

from handrail.standin.request import Request

QUESTION = re.compile(
    r"^[ \t#*-]*(?:the original query is as follows|(?:user |new |my |current )?(?:question|query))\**[ \t]*:"
    r"[ \t]*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
QUESTION_TAG = re.compile(r"<(?:question|query)>(.*?)</(?:question|query)>", re.IGNORECASE | re.DOTALL)
NUMBERED = re.compile(r"^\[(\d{1,3})\][ \t]*", re.MULTILINE)
DOCUMENT = re.compile(r"<(doc(?:ument)?|passage|section|source)\b([^>]*)>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
CONTEXT = re.compile(r"^-{5,}\s*$(.*?)^-{5,}\s*$", re.MULTILINE | re.DOTALL)
CONTEXT_LABEL = re.compile(
    r"^(?:context|passages?|documents?|sources?)[ \t]*:[ \t]*\n?(.+?)"
    r"(?=^\s*(?:[\w ]{0,20}question|query|answer)[ \t]*:|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
CONTEXT_TAG = re.compile(r"<(context|passages|documents|sources)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
ATTRIBUTE = re.compile(r"\b(?:id|index|source|n)\s*=\s*[\"']?([\w./-]+)", re.IGNORECASE)
HEADING = re.compile(r"^[^.!?\n:]{1,80}[>/][^.!?\n:]{1,80}:\s+")
METADATA = re.compile(r"^[\w -]{1,30}: ?\S*$")
SENTENCE = re.compile(r"(?<=[.!?])[\"”)]?\s+(?=[\"“(]?[A-Z0-9ÄÖÜ])")
ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|etc|approx|no|Dr|Mr|Mrs|Ms|vs|St|Nr|Inc|Ltd|Co)|\b[A-Z])\.$")


@dataclass(frozen=True)
class Passage:
    """One passage that was given, under the name that a citation would use."""

    name: str
    text: str


@dataclass(frozen=True)
class Prompt:
    """The parts of a prompt. `instructions` is all that isn't a passage."""

    passages: tuple[Passage, ...]
    question: str
    instructions: str
    user: str


def read(request: Request) -> Prompt:
    """Find the parts of a prompt: passages in the last text of the user, in the system text, or in an earlier turn."""
    own, rest = passages(request.user)
    system_own, system = passages(request.system)
    found = own or system_own
    for earlier in reversed(request.users[:-1]):
        if found:
            break
        found, _ = passages(earlier)
    return Prompt(tuple(found), question(rest), f"{system}\n{rest}".strip(), rest.strip())


def passages(text: str) -> tuple[list[Passage], str]:
    """Take the passages out of a text: `[n] …`, `<doc id=…>`, a block between two lines of dashes, `Context: …`."""
    for find in (_documents, _numbered, _context):
        found, rest = find(text)
        if found:
            return found, rest
    return [], text


def question(text: str) -> str:
    """Return the question in a text: after `Question:`, in a tag, else the last line with a question mark, else all."""
    if tagged := QUESTION_TAG.findall(text):
        return str(tagged[-1]).strip()
    if marked := QUESTION.findall(text):
        return str(marked[-1]).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    asked = [line for line in lines if line.endswith("?")]
    if asked and len(lines) > 1:
        return asked[-1]
    return lines[-1] if len(lines) > 1 else text.strip()


def sentences(text: str) -> list[str]:
    """Split a text into sentences and lines, without markup of headings and lists."""
    found: list[str] = []
    for line in text.splitlines():
        line = re.sub(r"^\s*(?:[-*•]\s+|#{1,6}\s+|>\s+|\d+[.)]\s+)", "", line).strip()
        parts: list[str] = []
        for part in SENTENCE.split(line):
            if parts and ABBREVIATED.search(parts[-1]):
                parts[-1] = f"{parts[-1]} {part}"
            elif part.strip():
                parts.append(part.strip())
        found += parts
    return found


def statements(passage: Passage) -> list[str]:
    """Return the sentences of a passage that can be an answer: no headings, no metadata, at least three words."""
    text = HEADING.sub("", passage.text.strip(), count=1)
    kept = [one for one in sentences(text) if len(one.split()) >= 3 and not METADATA.match(one)]
    return kept or [text.strip()] * bool(text.strip())


def _documents(text: str) -> tuple[list[Passage], str]:
    found: list[Passage] = []
    for match in DOCUMENT.finditer(text):
        named = ATTRIBUTE.search(match[2])
        found.append(Passage(named[1] if named else str(len(found) + 1), match[3].strip()))
    return found, DOCUMENT.sub("", text)


def _numbered(text: str) -> tuple[list[Passage], str]:
    marks = list(NUMBERED.finditer(text))
    if not marks:
        return [], text
    found: list[Passage] = []
    end = 0
    for place, mark in enumerate(marks):
        last = place + 1 == len(marks)
        end = _end_of_last(text, mark.end()) if last else marks[place + 1].start()
        found.append(Passage(mark[1], text[mark.end() : end].strip()))
    return found, f"{text[: marks[0].start()]}\n{text[end:]}"


def _end_of_last(text: str, begin: int) -> int:
    """Return where the last passage ends: before an empty line, a closing tag or the question."""
    ends = [len(text)]
    for pattern in (r"\n\s*\n", r"\n\s*</", r"\n(?=[ \t]*(?:[\w ]{0,20}question|query|answer)[ \t]*:)"):
        if match := re.compile(pattern, re.IGNORECASE).search(text, begin):
            ends.append(match.start())
    return min(ends)


def _context(text: str) -> tuple[list[Passage], str]:
    for pattern in (CONTEXT, CONTEXT_TAG, CONTEXT_LABEL):
        match = pattern.search(text)
        if match and match[match.lastindex or 0].strip():
            blocks = [block.strip() for block in re.split(r"\n\s*\n", match[match.lastindex or 0]) if block.strip()]
            found = [Passage(str(place), block) for place, block in enumerate(blocks, 1)]
            return found, f"{text[: match.start()]}\n{text[match.end() :]}"
    return [], text
