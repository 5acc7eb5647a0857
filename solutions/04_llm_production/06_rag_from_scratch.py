# %% [markdown]
# # Exercises: Answer from documents, with a source, or say that you cannot
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(split_sections)` gives the next of three hints, `solution(split_sections)` the answer. Any order; `progress()` says where you are. No model is needed here.

# %%
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from handrail import check, hint, progress, solution


class Section(NamedTuple):
    """A piece of a page under its headings: `page[start:end] == text`."""

    path: tuple[str, ...]
    text: str
    start: int
    end: int


class Hit(NamedTuple):
    """A chunk that a search has found: characters `start` to `end` of a page."""

    id: str
    page: str
    path: str
    text: str
    start: int
    end: int
    score: float


class Passage(NamedTuple):
    """A stretch of a page: characters `start` to `end`, the best score of the hits in it."""

    page: str
    text: str
    start: int
    end: int
    score: float


# %% [markdown]
# ## 1. Cut at the headings  ★☆☆ · 15 min
# A handbook is Markdown. A heading is a line of one to six `#`, then spaces, then its name. Return a section for each heading, and for the text before the first (path `()`), in order. Its path names the headings it stands under: a heading ends those of its own and deeper levels. Its text is what follows, up to the next heading, unstripped. Leave out sections of white space only. Between two lines that begin with three backticks stands code: no headings there.


# %%
def split_sections(markdown: str) -> list[Section]:
    r"""Return the sections of a page, each with its heading path, its text and its span in characters.

    The text begins after the heading's line break and ends where the next heading's line begins, so that
    `markdown[section.start:section.end] == section.text`. Lines end in a line feed; the last may lack it. The name is
    what follows the marks, without white space around it; marks without a name are text. A code block that isn't closed
    goes on to the end.

    >>> split_sections("# Travel\n## Hotels\n140 euro.\n")
    [Section(path=('Travel', 'Hotels'), text='140 euro.\n', start=19, end=29)]
    """
    # BEGIN SOLUTION
    sections, stack, start, position, code = [], [], 0, 0, False

    def close(end):
        text = markdown[start:end]
        if text.strip():
            sections.append(Section(tuple(name for _, name in stack), text, start, end))

    for line in re.findall(r"[^\n]*\n|[^\n]+", markdown):
        heading = re.match(r"(#{1,6}) +(\S.*)", line)
        if line.startswith("```"):
            code = not code
        elif heading and not code:
            close(position)
            level = len(heading[1])
            stack = [above for above in stack if above[0] < level] + [(level, heading[2].strip())]
            start = position + len(line)
        position += len(line)
    close(position)
    return sections
    # END SOLUTION


# %%
check(split_sections)

# %% [markdown] tags=["solution"]
# The stack holds the open headings with their levels; a new heading closes all that aren't above it, also when a level was skipped. `position` counts every character that was read, line breaks included, so spans can't drift. Nothing is stripped: whoever wants a tidy text strips it later, and moves the span along. The flag `code` is what keeps a comment of a shell script from becoming a chapter.

# %% [markdown]
# ## 2. Fill the prompt  ★☆☆ · 12 min
# Your prompt has room for `budget` tokens of passages. Take the hits as they come, best first; the line of each is `[1] path: text`, numbered without gaps, and lines are joined by line breaks. A hit that would push the block beyond the budget is skipped, and later ones may still fit. What counts is `count` of the whole block as it will be sent.


# %%
def passages_for_prompt(hits: list[Hit], budget: int, count: Callable[[str], int]) -> tuple[str, list[str]]:
    r"""Return the numbered block of passages, and the ids of the hits in it, in that order.

    `count(text)` returns the tokens of a text; counts of parts needn't add up to that of the whole. A block may have
    exactly `budget` tokens. Paths (also an empty one) and texts stand as they are. If no passage fits, return
    `("", [])`.

    >>> hits = [Hit("a", "p", "Travel", "By train.", 0, 9, 0.8), Hit("b", "p", "Meals", "Own cost.", 9, 18, 0.6)]
    >>> passages_for_prompt(hits, 8, lambda text: len(text.split()))
    ('[1] Travel: By train.\n[2] Meals: Own cost.', ['a', 'b'])
    """
    # BEGIN SOLUTION
    block, ids = "", []
    for hit in hits:
        line = f"[{len(ids) + 1}] {hit.path}: {hit.text}"
        candidate = f"{block}\n{line}" if ids else line
        if count(candidate) <= budget:
            block = candidate
            ids.append(hit.id)
    return block, ids
    # END SOLUTION


# %%
check(passages_for_prompt)

# %% [markdown] tags=["solution"]
# Counting the candidate block, and not its parts, needs no assumption about the tokenizer: numbers, paths and line breaks are in it. The number comes from the passages already taken, not from the place in the search, so that `[2]` is always the second line. A passage is never cut: its last words may be "except abroad".

# %% [markdown]
# ## 3. Read the citations  ★★☆ · 15 min
# Your service shows the passages that an answer cites. A mark is a pair of square brackets without brackets inside: `[2]`, `[1, 3]` and `[2-4]` cite. Return the cited numbers, in the order in which they are first named, and separately all other marks, as written: one is valid only if *all* its numbers are from 1 to `passages` (and a range doesn't run backward). Marks directly followed by `(`, and footnotes such as `[^1]`, are no citations: ignore them.


# %%
def citations(answer: str, passages: int) -> tuple[list[int], list[str]]:
    """Return the passage numbers that are cited, without repetition, and the marks that cite no passage, as written.

    Inside a mark, spaces (not tabs or line breaks) may stand around numbers, commas and hyphens; `[1, 3-5]` mixes both
    forms. Numbers are written with the digits 0 to 9, and `[02]` cites 2. Invalid marks are returned each time they
    occur; none of their numbers is cited. A footnote's mark begins with `[^`.

    >>> citations("Up to 140 euro [2], abroad more [3, 1], since [2026]. See [portal](https://halden.example).", 3)
    ([2, 3, 1], ['[2026]'])
    """
    # BEGIN SOLUTION
    cited, invalid = {}, []
    for mark in re.finditer(r"\[([^\[\]]*)\](?!\()", answer):
        if mark[1].startswith("^"):
            continue
        spans = [re.fullmatch(r" *([0-9]+)(?: *- *([0-9]+))? *", part) for part in mark[1].split(",")]
        spans = [(int(span[1]), int(span[2] or span[1])) if span else (0, 0) for span in spans]
        if all(1 <= low <= high <= passages for low, high in spans):
            cited |= dict.fromkeys(number for low, high in spans for number in range(low, high + 1))
        else:
            invalid.append(mark[0])
    return list(cited), invalid
    # END SOLUTION


# %%
check(citations)

# %% [markdown] tags=["solution"]
# First find every mark, then ask what it is. A pattern that finds only good marks never sees the bad ones, and those are the news: `[7]` of three passages is what an invented source looks like. A dictionary keeps the order in which numbers were first named. What remains unchecked is whether the passage supports the sentence.

# %% [markdown]
# ## 4. Join what touches  ★★☆ · 20 min
# Search has found several windows of the same pages. Windows of one page that overlap, or lie at most `gap` characters apart, become one passage: the page's text from the first character to the last. Chains count: if A touches B and B touches C, all three are one. A passage's score is the best of its hits. Return the passages, best first; equal scores by page, then start.


# %%
def join_neighbours(hits: list[Hit], pages: dict[str, str], gap: int) -> list[Passage]:
    """Return the hits as passages without overlap, best score first, ties by page name and then start.

    `pages[hit.page][hit.start:hit.end] == hit.text`; `gap` is at least 0. The characters between two joined hits
    belong to the passage. One hit may lie within another, and hits come in any order.

    >>> pages = {"leave": "Up to five days. Not in the first year."}
    >>> hits = [Hit("b", "leave", "", "Not in", 17, 23, 0.5), Hit("a", "leave", "", "five days.", 6, 16, 0.7)]
    >>> join_neighbours(hits, pages, gap=1)
    [Passage(page='leave', text='five days. Not in', start=6, end=23, score=0.7)]
    """
    # BEGIN SOLUTION
    joined = []
    for hit in sorted(hits, key=lambda hit: (hit.page, hit.start)):
        page, start, end, score = hit.page, hit.start, hit.end, hit.score
        if joined and joined[-1][0] == page and start - joined[-1][2] <= gap:
            _, start, last, best = joined.pop()
            end, score = max(end, last), max(score, best)
        joined.append((page, start, end, score))
    passages = [Passage(page, pages[page][start:end], start, end, score) for page, start, end, score in joined]
    return sorted(passages, key=lambda passage: (-passage.score, passage.page, passage.start))
    # END SOLUTION


# %%
check(join_neighbours)

# %% [markdown] tags=["solution"]
# Sorted by page and start, a hit can touch only the passage that is being built, and it has to be compared with that passage's *end so far*: not with the last hit's end (which may lie inside an earlier, longer one) and not with the first's. The text is cut from the page once, so nothing stands twice. `max` of the ends is what a hit within another needs.

# %% [markdown]
# ## 5. Refuse where it pays  ★★★ · 25 min
# Your assistant refuses a question when its best score is *below* a threshold. An answer to an unanswerable question costs `wrong_answer_cost`, a refusal of an answerable one `refusal_cost`, anything else nothing. You have scores of both kinds; in production `share_unanswerable` of the questions are unanswerable, whatever the sample says. Return the threshold of least expected cost, among −∞, +∞ and the midpoints between neighboring distinct scores. Ties: the lowest.


# %%
def refusal_threshold(
    answerable: np.ndarray,
    unanswerable: np.ndarray,
    wrong_answer_cost: float,
    refusal_cost: float,
    share_unanswerable: float,
) -> float:
    """Return the threshold of least expected cost per question; `-inf` answers always, `inf` never.

    Both arrays hold at least one finite score; costs aren't negative, the share lies from 0 to 1. Neighbors are taken
    from the scores of both arrays together. Costs that differ by less than 1e-9 are ties.

    >>> refusal_threshold(np.array([0.5, 0.7]), np.array([0.2, 0.6]), 1.0, 1.0, 0.5)
    0.35
    """
    # BEGIN SOLUTION
    scores = np.unique(np.concatenate([answerable, unanswerable]).astype(float))
    thresholds = np.concatenate([[-np.inf], (scores[:-1] + scores[1:]) / 2, [np.inf]])
    answered = (np.asarray(unanswerable)[:, None] >= thresholds).mean(axis=0)
    refused = (np.asarray(answerable)[:, None] < thresholds).mean(axis=0)
    cost = share_unanswerable * wrong_answer_cost * answered + (1 - share_unanswerable) * refusal_cost * refused
    return float(thresholds[np.argmax(cost < cost.min() + 1e-9)])
    # END SOLUTION


# %%
check(refusal_threshold)

# %% [markdown] tags=["solution"]
# Each kind of error is a *rate within its group*; the shares of production weigh the groups, so the sizes of the sample don't matter. Only thresholds between scores can change anything, and the two infinities must be among them: if unanswerable questions are rare or wrong answers cheap, it pays to answer always. `argmax` of a condition finds the first place where it holds, which is the lowest threshold; the small margin makes equal costs equal although their sums were rounded differently.
