"""The assistant of the course: it answers from documents, names its sources, or says that it can't.

    assistant = Assistant(llm, Index(chunked(handbook_pages())), threshold=0.3)
    reply = assistant.ask("What may a hotel night cost?", office="DE", on=date(2026, 3, 2))
    reply.text, reply.sources, reply.refused

Each step is a function of its own, so a lesson can exchange one and keep the rest.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from handrail.kit.calls import Ledger, complete
from handrail.kit.corpora import Vectors, embed
from handrail.kit.handbook import slug
from handrail.kit.llm import LLM
from handrail.standin.tokens import count

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UNKNOWN", "Assistant", "Chunk", "Hit", "Index", "Reply", "chunked", "cited", "packed", "prompt"]

UNKNOWN = "The handbook does not say."
RULES = f"""Answer the question only from the numbered passages.
Cite the passage that you used, for example [1].
If the passages do not answer the question, say "{UNKNOWN}"
Use at most two sentences."""
FENCE = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*$", re.MULTILINE)
BRACKETS = re.compile(r"\[([^\]]+)\](?!\()")
NUMBER = re.compile(r"\s*(\d+)(?:\s*[-–]\s*(\d+))?\s*")


@dataclass(frozen=True)
class Chunk:
    """A section of a page, and what has to be known of it to find, filter and cite it.

    `text` is `markdown[start:end]` of the page. The rules of the page hold from `since` to the day before `until`, both
    unknown for pages without a date. `digest` changes with the text.
    """

    id: str
    page: str
    path: tuple[str, ...]
    text: str
    start: int
    end: int
    office: str = "all"
    since: date | None = None
    until: date | None = None

    @property
    def passage(self) -> str:
        """The text behind its heading path, as it is embedded and sent: `Business travel > Hotels: The limit ...`."""
        return f"{' > '.join(self.path)}: {self.text}"

    @property
    def digest(self) -> str:
        """The first twelve digits of the passage's SHA-256."""
        return hashlib.sha256(self.passage.encode()).hexdigest()[:12]

    def holds(self, office: str | None, on: date | None) -> bool:
        """Say whether this section is a rule of an office (any for None) on a day (any for None)."""
        here = office is None or self.office in ("all", office)
        begun = on is None or self.since is None or self.since <= on
        return here and begun and (on is None or self.until is None or on < self.until)


@dataclass(frozen=True)
class Hit:
    """A chunk that was found, and the cosine of its passage with the question."""

    chunk: Chunk
    score: float


@dataclass(frozen=True)
class Reply:
    """An answer with all that is needed to find out later how it came about.

    `hits` are the passages that were sent, in the order of their numbers; `sources` the ids of those that the answer
    cites, `invented` the marks that name none of them. `best` is the highest score before the budget.
    """

    question: str
    text: str
    refused: bool
    best: float
    hits: tuple[Hit, ...] = ()
    sources: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()


class Index:
    """Vectors of chunks, and exact search among them."""

    def __init__(self, chunks: Sequence[Chunk], encode: Callable[[list[str]], Vectors] = embed) -> None:
        """Encode the passages; those of the handbook are stored, and cost nothing."""
        self.chunks, self.encode = list(chunks), encode
        self.vectors = encode([chunk.passage for chunk in self.chunks])

    def search(self, question: str, allowed: Callable[[Chunk], bool] = lambda chunk: True, k: int = 20) -> list[Hit]:
        """Return the `k` nearest of the allowed chunks, best first; equal ones in the order of the index."""
        rows = [row for row, chunk in enumerate(self.chunks) if allowed(chunk)]
        scores = self.vectors[rows] @ self.encode([question])[0]
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(self.chunks[rows[place]], float(scores[place])) for place in best]


@dataclass
class Assistant:
    """Retrieve, pack, ask, check: the whole assistant. `log` keeps every reply."""

    llm: LLM
    index: Index
    threshold: float = 0.0
    budget: int = 400
    model: str | None = None
    ledger: Ledger | None = None
    log: list[Reply] = field(default_factory=list)

    def ask(self, question: str, office: str | None = None, on: date | None = None) -> Reply:
        """Answer from the chunks that hold for an office on a day (any office, any day if none is given), or refuse.

        Below the threshold the model isn't asked at all. An answer that is the sentence for the unknown is a refusal.
        """
        hits = self.index.search(question, lambda chunk: chunk.holds(office, on))
        best = hits[0].score if hits else -1.0
        block, sent = packed(hits, self.budget)
        if best < self.threshold or not sent:
            reply = Reply(question, UNKNOWN, True, best)
        else:
            text = complete(
                self.llm, prompt(question, block), model=self.model, ledger=self.ledger, feature="assistant"
            ).text
            numbers, invented = cited(text, len(sent))
            sources = tuple(sent[number - 1].chunk.id for number in numbers)
            reply = Reply(question, text, text.strip() == UNKNOWN, best, tuple(sent), sources, tuple(invented))
        self.log.append(reply)
        return reply


def chunked(pages: "pd.DataFrame") -> list[Chunk]:
    """Split pages at their headings, one chunk a section that has text.

    `pages` has the columns `id` and `markdown`, and may have `office`, `effective` and `supersedes`.
    """
    rows = pages.to_dict("records")
    until = {row["supersedes"]: row["effective"].date() for row in rows if row.get("supersedes")}
    chunks = []
    for row in rows:
        since = row["effective"].date() if "effective" in row else None
        for path, start, end in _sections(row["markdown"]):
            name = "/".join([row["id"], *map(slug, path[1:])])
            dates = {"office": row.get("office", "all"), "since": since, "until": until.get(row["id"])}
            chunks.append(Chunk(name, row["id"], path, row["markdown"][start:end], start, end, **dates))
    return chunks


def packed(hits: Sequence[Hit], budget: int) -> tuple[str, list[Hit]]:
    """Return a numbered block of whole passages within a budget of tokens, best first, and the hits in that order.

    A passage that doesn't fit is left out; smaller ones behind it may still come in.
    """
    sent: list[Hit] = []
    block = ""
    for hit in hits:
        longer = f"{block}[{len(sent) + 1}] {hit.chunk.passage}\n"
        if count(longer) <= budget:
            sent, block = [*sent, hit], longer
    return block.rstrip("\n"), sent


def prompt(question: str, block: str) -> list[dict[str, str]]:
    """Return the messages of a grounded question: the rules, then the passages and the question."""
    return [
        {"role": "system", "content": RULES},
        {"role": "user", "content": f"{block}\n\nQuestion: {question}"},
    ]


def cited(answer: str, passages: int) -> tuple[list[int], list[str]]:
    """Return the passage numbers that an answer cites, each once and in order, and the marks that name no passage.

    Understands [2], [1, 3] and [2-4]; a link `[text](address)` and a footnote `[^1]` are no citations.
    """
    numbers: list[int] = []
    invented: list[str] = []
    for mark in BRACKETS.finditer(answer):
        if mark[1].startswith("^"):
            continue
        parts = [NUMBER.fullmatch(part) for part in mark[1].split(",")]
        ends = [(int(part[1]), int(part[2] or part[1])) for part in parts if part]
        if all(parts) and all(0 < first <= last <= passages for first, last in ends):
            numbers += chain.from_iterable(range(first, last + 1) for first, last in ends)
        else:
            invented.append(mark[0])
    return list(dict.fromkeys(numbers)), invented


def _sections(markdown: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield heading path, start and end of every section with text; the span has no white space around it."""
    visible = FENCE.sub(lambda code: " " * len(code[0]), markdown)
    marks = list(HEADING.finditer(visible))
    path: list[tuple[int, str]] = []
    for mark, following in zip(marks, [*(mark.start() for mark in marks[1:]), len(markdown)], strict=True):
        level = len(mark[1])
        path = [*(above for above in path if above[0] < level), (level, mark[2])]
        text = markdown[mark.end() : following]
        start = mark.end() + len(text) - len(text.lstrip())
        if text.strip():
            yield tuple(name for _, name in path), start, start + len(text.strip())
