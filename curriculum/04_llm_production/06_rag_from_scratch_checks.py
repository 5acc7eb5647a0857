"""Checks, hints and known mistakes of 04_llm_production/06_rag_from_scratch."""

import math
import re
from fractions import Fraction
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from handrail.expect import agree, between, call, calls, close, equivalent, hints

# 1 ------------------------------------------------------------------------------------------------- split_sections

LINES = (
    *(
        "# A",
        "## B",
        "## C",
        "### D",
        "#### E",
        "##### E",
        "###### F",
        "#   G",
        "# H   ",
        "## 1. Two words",
        "## B ##",
        "# #",
    ),
    *("text", "  text", "more ", "", "", " ", "#tag", "####### seven", " # indented", "#", "## ", "a # b"),
    *("```", "```", "```python", "# comment", "\tt", "ü # é", "- # item", "``", " ```"),
)


@st.composite
def markdown(draw):
    lines = draw(st.lists(st.sampled_from(LINES), max_size=9))
    return "\n".join(lines) + draw(st.sampled_from(["\n", ""])) * bool(lines)


def sections_by_scan(page):
    """Look at every line, then for each heading back to the headings above it."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", page)
    ends = np.cumsum([0, *(len(line) for line in lines)]).tolist()
    fences = np.cumsum([line[:3] == "```" for line in lines]).tolist()
    heads = [(-1, 0, "")]
    for place, line in enumerate(lines):
        marks, _, name = line.partition(" ")
        if set(marks) == {"#"} and len(marks) <= 6 and name.strip() and fences[place] % 2 == 0:
            heads.append((place, len(marks), name.strip()))
    sections = []
    for number, (place, level, name) in enumerate(heads):
        start = ends[place + 1]
        end = ends[heads[number + 1][0]] if number + 1 < len(heads) else len(page)
        path, deepest = [name] if level else [], level
        for _, other, above in reversed(heads[1:number]):
            if other < deepest:
                path, deepest = [above, *path], other
        if page[start:end].strip():
            sections.append((tuple(path), page[start:end], start, end))
    return sections


PAGES = [
    call("# A\ntext\n"),
    call("text\n# A\n"),
    call("# A\n## B\ntext\n"),
    call("# A\n### C\nx\n## B\ntext\n"),
    call("## B\nx\n# A\ny\n## C\nz\n"),
    call("# A\n\ntext\n\n## B\n\nmore\n"),
    call("# A\n```\n# comment\n```\ntext\n"),
    call("# A\n```\n## B\nx"),
    call("#tag\n####### seven\n #x\n"),
    call("# A\nx\n# A\ny\n"),
    call("  \n# A\n \n## B\nx"),
    call(""),
    call(" # indented\n"),
    call("#   G\nx\n# H   \ny"),
    call("# A\nx\u2028# B\ny\x0c# C\nz\n"),
    call("##### E\nx\n###### F\ny\n"),
    call("# A\n## A\nx\n"),
    call("```python\n# A\n```\nx\n# B\ny\n"),
    call("# A\n ```\n# B\nx\n"),
    call("``\n# A\nx\n"),
    call("ü é\n# B ##\nx"),
    call("# A\n### C\nx\n### D\ny\n"),
    call("### C\nx\n## B\ny\n"),
    call("# A\nx\n# B\nx\n"),
]


@hints(
    "Read line by line, and count the characters that you have passed. Which three things must you remember?",
    "Keep the open headings with their levels in a list. A new heading throws out all that aren't above it.",
    "A line of three backticks switches a flag. While it is on, a line is text, whatever it begins with.",
)
def check_split_sections(split_sections):
    agree(split_sections, sections_by_scan, on=calls(markdown()), also=PAGES, examples=50)
    long = call("".join(f"{'#' * (1 + n % 4)} {n}\ntext {n}\n\n" for n in range(300)))
    close(split_sections(*long.args), sections_by_scan(*long.args), "what you return for a page of 300 sections")


def sectioned(page, *, fenced=True, path_of=None, tidy=None, empty=False, before=True, pattern=r"(#{1,6}) +(\S.*)"):
    sections, stack, start, position, code = [], [], 0, 0, False

    def finish(end):
        text = page[start:end]
        if (text.strip() or empty) and (stack or before):
            found = (tuple(name for _, name in stack), text, start, end)
            sections.append(tidy(found) if tidy else found)

    for line in re.findall(r"[^\n]*\n|[^\n]+", page):
        heading = re.match(pattern, line)
        if line.startswith("```") and fenced:
            code = not code
        elif heading and not code:
            finish(position)
            new = (len(heading[1]), heading[2].strip())
            stack = (path_of or above)(stack, new)
            start = position + len(line)
        position += len(line)
    finish(position)
    return sections


def above(stack, new):
    return [*(one for one in stack if one[0] < new[0]), new]


def split_sections__code_comments(page):
    """A line in a code block became a heading. Between two lines of three backticks nothing is a heading: `# install
    first` is a comment there."""
    return sectioned(page, fenced=False)


def split_sections__forgets_the_parent(page):
    """Your path holds only the section's own heading. 'Hotels' under 'Travel' has the path ('Travel', 'Hotels')."""
    return sectioned(page, path_of=lambda stack, new: [new])


def split_sections__deeper_level_stays(page):
    """Your path only grows. A heading ends all sections of its own level and of deeper ones: after '### Tips' comes
    '## Hotels', and the path must shrink again."""
    return sectioned(page, path_of=lambda stack, new: [*stack, new])


def split_sections__pops_one(page):
    """You closed one open heading at a time. A '#' may end a '###' and a '##' at once: drop every open heading that
    isn't of a higher level."""
    return sectioned(
        page, path_of=lambda stack, new: [*(stack[:-1] if stack and stack[-1][0] >= new[0] else stack), new]
    )


def split_sections__by_level(page):
    """You cut the path by its *length*. Where a level is missing (a page that begins with '##', a '###' directly under
    '#'), length and level differ: remember the level of each open heading."""
    return sectioned(page, path_of=lambda stack, new: [*stack[: new[0] - 1], new])


def split_sections__offsets_drift(page):
    """You stripped the text but not its span, so the two no longer agree, and a citation would point elsewhere. Keep
    the text as it stands: `markdown[start:end] == text`."""
    return sectioned(page, tidy=lambda one: (one[0], one[1].strip(), one[2], one[3]))


def split_sections__strips_both(page):
    """Text and span agree, but you stripped the white space around them. The task keeps the text as it stands, up to
    the next heading."""

    def tidy(one):
        start = one[2] + len(one[1]) - len(one[1].lstrip())
        return one[0], one[1].strip(), start, start + len(one[1].strip())

    return sectioned(page, tidy=tidy)


def split_sections__keeps_the_empty(page):
    """You returned sections without any text. A heading that is followed only by white space is left out."""
    return sectioned(page, empty=True)


def split_sections__drops_the_beginning(page):
    """The text before the first heading is missing. It is a section too, with the path ()."""
    return sectioned(page, before=False)


def split_sections__tags(page):
    """A '#' that is directly followed by a letter is a tag, not a heading: after the marks comes a space."""
    return sectioned(page, pattern=r"(#{1,6}) *([^\s#].*)")


# 2 -------------------------------------------------------------------------------------------- passages_for_prompt


class Hit(NamedTuple):
    """As in the exercise."""

    id: str
    page: str
    path: str
    text: str
    start: int
    end: int
    score: float


def words(text):
    return len(text.split())


def characters(text):
    return len(text)


def quarters_of_characters(text):
    return math.ceil(len(text) / 4)


def words_and_three(text):
    return len(text.split()) + 3


def words_and_line_breaks(text):
    return len(re.findall(r"\n|\S+", text))


COUNTS = (words, characters, quarters_of_characters, words_and_three, words_and_line_breaks)
ROOM = {words: 20, characters: 90, quarters_of_characters: 25, words_and_three: 24, words_and_line_breaks: 24}


@st.composite
def searches(draw):
    sizes = draw(st.lists(between(1, 7), max_size=5))
    count = draw(st.sampled_from(COUNTS))
    hits = [
        Hit(f"h{n}", "p", draw(st.sampled_from(["A", "A > B c"])), " ".join(["w"] * size), 0, 2 * size - 1, 1 - n / 8)
        for n, size in enumerate(sizes)
    ]
    return call(hits, draw(between(0, ROOM[count])), count)


def block_by_rendering(hits, budget, count):
    def rendered(chosen):
        return "\n".join(f"[{number}] {hit.path}: {hit.text}" for number, hit in enumerate(chosen, 1))

    chosen = []
    for hit in hits:
        if count(rendered([*chosen, hit])) <= budget:
            chosen = [*chosen, hit]
    return rendered(chosen), [hit.id for hit in chosen]


def found(*texts):
    return [Hit(f"h{n}", "p", "A", text, 0, len(text), 0.9 - n / 10) for n, text in enumerate(texts)]


SEARCHES = [
    call(found("one two", "a b c d e f", "three"), 9, words),
    call(found("one two", "three"), 8, words),
    call(found("one two", "three"), 7, words),
    call(found("one", "two"), 21, characters),
    call(found("one", "two"), 20, characters),
    call(found("a b c d e f"), 4, words),
    call([], 10, words),
    call(found("same", "same"), 30, characters),
    call(found("x"), 0, words),
    call(found("one", "two"), 9, words_and_three),
    call([*found("one")[:1], Hit("z", "q", "B", "[1] see\nbelow", 0, 13, 0.1)], 99, characters),
    call(found(*"abcdefghijklm"), 200, characters),
    call(found("low", "high")[::-1], 40, words),
    call(found(" spaces stay\n"), 40, words),
    call(found("one", "two"), 7, words_and_line_breaks),
    call(found("one", "two"), 6, words_and_line_breaks),
    call([Hit("h0", "p", "", "no heading", 0, 10, 0.9)], 40, words),
    call(found(*["too long"] * 9, "a"), 8, characters),  # the tenth hit is the first passage
    call(found(*"abcdefghij"), 89, characters),  # the tenth passage has a number of two digits
]


@hints(
    "What exactly will be sent if this hit comes in? Build that text, and count it.",
    "A hit that doesn't fit is no reason to stop. And its number goes to the next one that does.",
    "The number in front is one more than the passages taken so far; the line break belongs to the block, too.",
)
def check_passages_for_prompt(passages_for_prompt):
    agree(passages_for_prompt, block_by_rendering, on=searches(), also=SEARCHES, examples=60)


def filled(hits, budget, count, *, stop=False, cost=None, place=False, strict=False):
    lines, ids, used = [], [], 0
    for number, hit in enumerate(hits, 1):
        line = f"[{number if place else len(lines) + 1}] {hit.path}: {hit.text}"
        total = used + cost(hit, line, count) if cost else count("\n".join([*lines, line]))
        if total > budget or (strict and total == budget):
            if stop:
                break
            continue
        lines, ids, used = [*lines, line], [*ids, hit.id], total
    return "\n".join(lines), ids


def passages_for_prompt__cuts_a_passage(hits, budget, count):
    """A passage was cut in the middle. 'May be accepted, except' is worse than nothing: send whole passages only."""
    block, ids = "", []
    for hit in hits:
        line = f"[{len(ids) + 1}] {hit.path}: {hit.text}"
        longer = f"{block}\n{line}" if block else line
        ids.append(hit.id)
        if count(longer) > budget:
            while longer and count(longer) > budget:
                longer = longer[:-1]
            return longer, ids
        block = longer
    return block, ids


def passages_for_prompt__stops_at_the_first_long_one(hits, budget, count):
    """You stopped at the first passage that was too long. Later ones are shorter and may fit: skip it and go on."""
    return filled(hits, budget, count, stop=True)


def passages_for_prompt__budget_without_numbers(hits, budget, count):
    """You counted the texts only. Numbers, paths and line breaks are sent and paid for as well: count the block."""
    return filled(hits, budget, count, cost=lambda hit, line, count: count(hit.text))


def passages_for_prompt__sums_of_lines(hits, budget, count):
    """You added up the counts of the lines. The line breaks are missing, and counts of parts needn't add up to that of
    the whole: count the block as it will be sent."""
    return filled(hits, budget, count, cost=lambda hit, line, count: count(line))


def passages_for_prompt__place_as_number(hits, budget, count):
    """Your numbers have gaps: you numbered the hits, not the passages that came in. A model that reads [1] and [3] will
    cite [2]."""
    return filled(hits, budget, count, place=True)


def passages_for_prompt__below_the_budget(hits, budget, count):
    """A block of exactly `budget` tokens fits. Compare with <=."""
    return filled(hits, budget, count, strict=True)


# 3 ------------------------------------------------------------------------------------------------------ citations

VALID = ("[1]", "[2]", "[3]", "[1, 3]", "[1,2]", "[2-3]", "[ 2 ]", "[1 , 2]", "[1 - 3]", "[3, 1-2]", "[02]", "[3, 3]")
OTHERS = ("[0]", "[4]", "[2026]", "[1, 9]", "[3-1]", "[2-5]", "[a]", "[]", "[1.5]", "[-1]", "[1,]", "[1; 2]", "[ ]")
OTHERS += ("[1 2]", "[see 1]", "[1-]", "[1-2-3]", "[²]", "[٣]", "[0-2]", "[1^]")
IGNORED = ("[1](#top)", "[portal](https://x.example)", "[^1]", "[^note]", "[9](x)", "[^1](x)")
PROSE = ("", " ", "Up to 5 nights", ". ", ", (1) ", "]", "x", " 2-3 ", "! ", "\n", " (see) ")


def numbers_of(mark, passages):
    """Return the numbers of a mark, or None if it cites no passage."""
    numbers = []
    for part in mark[1:-1].split(","):
        ends = [end.strip(" ") for end in part.split("-")]
        if len(ends) > 2 or not all(end and set(end) <= set("0123456789") for end in ends):
            return None
        if not 1 <= int(ends[0]) <= int(ends[-1]) <= passages:
            return None
        numbers += range(int(ends[0]), int(ends[-1]) + 1)
    return numbers


def read_by_scanning(answer, passages):
    """Look at one character after the other; an opening bracket forgets the one before it."""
    cited, invalid, opened = [], [], None
    for place, character in enumerate(answer):
        if character == "[":
            opened = place
        elif character == "]" and opened is not None:
            mark, opened = answer[opened : place + 1], None
            if answer[place + 1 : place + 2] == "(" or mark[1] == "^":
                continue
            numbers = numbers_of(mark, passages)
            if numbers is None:
                invalid.append(mark)
            else:
                cited += [number for number in dict.fromkeys(numbers) if number not in cited]
    return cited, invalid


@st.composite
def answers(draw):
    marks = st.sampled_from(VALID + OTHERS + IGNORED + VALID)
    pieces = [draw(st.sampled_from(PROSE)) + mark for mark in draw(st.lists(marks, max_size=4))]
    return call("".join(pieces) + draw(st.sampled_from(PROSE)), draw(st.sampled_from([3, 3, 2, 12])))


KNOWN = [
    call("Yes [1].", 3),
    call("Yes [12] and [11-12].", 12),
    call("Yes [7].", 3),
    call("See [portal](https://x.example).", 3),
    call("See [2](x) and [^1].", 3),
    call("[2][1][2]", 3),
    call("[2-3]", 3),
    call("[3, 1-2]", 3),
    call("[1, 9][9, 1][9][9]", 3),
    call("[3-1][][²]", 3),
    call("since [2026] [0]", 3),
    call("nothing", 3),
    call("", 3),
    call("[1]", 0),
    call("[1] (see)", 1),
    call("[1", 3),
    call("1] [2]", 3),
    call("[[1]] [x [2]", 3),
    call("[1\n] [1\t] [ 1 ]", 3),
    call("[99999999-1] [1-999999999999]", 3),
    call("[2-2]", 3),
    call("[1](", 3),
    call("text[^note]", 3),
    call("[1\N{EN DASH}3]", 3),
    call("[100] and [99-101]", 120),
    call("[3] and [1, 2] and [2-3]", 3),
    call(" ".join(OTHERS), 3),
    call(" ".join(VALID[::-1]), 3),
]


@hints(
    "First find every pair of brackets, then decide what it is. A pattern for good marks never sees the bad ones.",
    "A mark falls apart at its commas, a part at its hyphen. If one part is wrong, the whole mark is invalid.",
    r"`\[([^\[\]]*)\](?!\()` finds the pairs that no round bracket follows.",
)
@equivalent(
    "re.fullmatch(' *([0-9]+)(?: *- *([0-9]+))? *', part)",
    "re.fullmatch(' *([0-9]+)(?: *- *([0-9]+))? *?', part)",
    because="a full match takes all spaces either way",
)
@equivalent(
    "(int(span[1]), int(span[2] or span[1])) if span else (0, 0)",
    "(int(span[1]), int(span[2] or span[1])) if span else (1, 0)",
    because="1 to 0 runs backward and is as invalid as 0",
)
@equivalent(
    "(int(span[1]), int(span[2] or span[1])) if span else (0, 0)",
    "(int(span[1]), int(span[2] or span[1])) if span else (0, 1)",
    because="a range from 0 is as invalid as 0",
)
@equivalent("span[1]", "span[0]", because="without a range the whole part is the number with spaces, which int ignores")
def check_citations(citations):
    agree(citations, read_by_scanning, on=answers(), also=KNOWN, examples=50)


def marks_read(
    answer, passages, *, pattern=r"\[([^\[\]]*)\](?!\()", footnotes=False, ranges=True, valid=None, whole=True
):
    cited, invalid = [], []
    for mark in re.finditer(pattern, answer):
        if mark[1].startswith("^") and not footnotes:
            continue
        spans = [re.fullmatch(r" *([0-9]+)(?: *- *([0-9]+))? *", part) for part in mark[1].split(",")]
        if not ranges:
            spans = [re.fullmatch(r" *([0-9]+) *", part) for part in mark[1].split(",")]
        good = [
            span
            and (valid or (lambda low, high: 1 <= low <= high <= passages))(
                int(span[1]), int(span[2] or span[1]) if ranges else int(span[1])
            )
            for span in spans
        ]
        if not all(good):
            invalid.append(mark[0])
        if all(good) or not whole:
            for span in (span for span, fine in zip(spans, good, strict=True) if fine):
                high = int(span[2] or span[1]) if ranges else int(span[1])
                cited += list(range(int(span[1]), min(high, 10_000) + 1))
    return list(dict.fromkeys(cited)), invalid


def citations__one_digit(answer, passages):
    """You read single digits, so that passage 12 became passages 1 and 2. A number is as long as its digits go on."""
    cited, invalid = [], []
    for mark in re.finditer(r"\[([^\[\]]*)\](?!\()", answer):
        digits = [int(digit) for digit in re.findall(r"[0-9]", mark[1])]
        if mark[1].startswith("^"):
            continue
        if digits and max(digits) <= passages and min(digits) > 0:
            cited += digits
        else:
            invalid.append(mark[0])
    return list(dict.fromkeys(cited)), invalid


def citations__accepts_all(answer, passages):
    """You cited a passage that was never given. A number above `passages` is how invented sources look: its mark is
    invalid."""
    return marks_read(answer, passages, valid=lambda low, high: 1 <= low <= high)


def citations__from_zero(answer, passages):
    """[0] cites nothing: the passages are numbered from 1."""
    return marks_read(answer, passages, valid=lambda low, high: 0 <= low <= high <= passages)


def citations__links_too(answer, passages):
    """A pair of brackets directly followed by '(' is a link, as in '[portal](https://...)', and no citation: ignore
    it."""
    return marks_read(answer, passages, pattern=r"\[([^\[\]]*)\]")


def citations__footnotes_too(answer, passages):
    """[^1] is a footnote. It is neither a citation nor an invalid mark: ignore it."""
    return marks_read(answer, passages, footnotes=True)


def citations__no_ranges(answer, passages):
    """[2-4] cites passages 2, 3 and 4. You took a range for an invalid mark."""
    return marks_read(answer, passages, ranges=False)


def citations__good_part(answer, passages):
    """You cited the good numbers of an invalid mark. If one of its numbers doesn't exist, don't trust the others."""
    return marks_read(answer, passages, whole=False)


def citations__sorted(answer, passages):
    """You sorted the numbers. They come in the order in which the answer names them."""
    cited, invalid = marks_read(answer, passages)
    return sorted(cited), invalid


def citations__repeats(answer, passages):
    """A passage that is cited twice is listed once."""
    cited, _ = marks_read(answer, passages)
    again = [
        number
        for mark in re.findall(r"\[[^\[\]]*\](?!\()", answer)
        for number in marks_read(mark, passages)[0]
        if number in cited
    ]
    return again, marks_read(answer, passages)[1]


# 4 ------------------------------------------------------------------------------------------------ join_neighbours

TEXTS = {"leave": "Up to five days may be moved. Not in the first year.", "travel": "Trains before flights, always."}
TEXTS["expenses"] = "A receipt is needed above fifteen euro."


def hit(page, start, end, score=0.5):
    return Hit(f"{page}{start}-{end}", page, page.title(), TEXTS[page][start:end], start, end, score)


@st.composite
def windows(draw):
    hits = []
    for _ in range(draw(between(0, 5))):
        page, start, size = draw(st.sampled_from(sorted(TEXTS)[:2])), draw(between(0, 24)), draw(between(1, 9))
        hits.append(hit(page, start, start + size, draw(between(0, 4)) / 4))
    return call(hits, dict(TEXTS), draw(st.sampled_from([0, 0, 1, 3])))


def joined_by_pairs(hits, pages, gap):
    """Compare each hit with each other, and merge their groups where they are near enough."""
    passages = []
    for page in {one.page for one in hits}:
        own = [one for one in hits if one.page == page]
        groups = [{number} for number in range(len(own))]
        for a, b in combinations(range(len(own)), 2):
            if max(own[a].start, own[b].start) - min(own[a].end, own[b].end) <= gap:
                first, second = (next(group for group in groups if number in group) for number in (a, b))
                if first is not second:
                    groups.remove(second)
                    first |= second
        for group in groups:
            start, end = min(own[n].start for n in group), max(own[n].end for n in group)
            passages.append((page, pages[page][start:end], start, end, max(own[n].score for n in group)))
    return sorted(passages, key=lambda one: (-one[4], one[0], one[2]))


WINDOWS = [
    call([hit("leave", 0, 10, 0.5), hit("leave", 6, 16, 0.7)], TEXTS, 0),
    call([hit("leave", 6, 16, 0.7), hit("leave", 0, 10, 0.5)], TEXTS, 0),
    call([hit("leave", 10, 20), hit("travel", 15, 25)], TEXTS, 0),
    call([hit("leave", 0, 10), hit("leave", 8, 18), hit("leave", 16, 26)], TEXTS, 0),
    call([hit("leave", 0, 20), hit("leave", 4, 8), hit("leave", 12, 24)], TEXTS, 0),
    call([hit("leave", 0, 30, 0.2), hit("leave", 4, 8, 0.9)], TEXTS, 0),
    call([hit("leave", 0, 5), hit("leave", 5, 9)], TEXTS, 0),
    call([hit("leave", 0, 5), hit("leave", 6, 9)], TEXTS, 0),
    call([hit("leave", 0, 5), hit("leave", 8, 12)], TEXTS, 3),
    call([hit("leave", 0, 5), hit("leave", 8, 12)], TEXTS, 2),
    call([hit("travel", 0, 5), hit("leave", 20, 25), hit("leave", 0, 5)], TEXTS, 0),
    call([hit("leave", 0, 5, 0.2), hit("leave", 20, 25, 0.9), hit("leave", 40, 45, 0.5)], TEXTS, 0),
    call([hit("leave", 0, 5), hit("leave", 0, 5)], TEXTS, 0),
    call([hit("leave", 0, 5, 0.1), hit("travel", 0, 5, 0.2), hit("leave", 4, 9, 0.3)], TEXTS, 0),
    call([], TEXTS, 0),
    call([hit("leave", 0, 5, -0.5), hit("leave", 4, 9, -0.25)], TEXTS, 0),
    call([hit("leave", 0, 5, 0.3), hit("leave", 3, 8, 0.5), hit("leave", 7, 12, 0.1)], TEXTS, 0),
    call([hit("leave", 0, 5), hit("leave", 9, 14), hit("leave", 4, 10)], TEXTS, 0),  # the bridge comes last
    call([hit("leave", start, start + 4) for start in range(0, 24, 4)], TEXTS, 0),
    call([hit("leave", 0, 5), hit("expenses", 0, 5)], TEXTS, 0),
    call([hit("leave", 0, 5, 0.501), hit("travel", 0, 5, 0.504)], TEXTS, 0),
    call([hit("leave", 0, 5), hit("leave", 4, 9)._replace(page="old")], TEXTS | {"old": TEXTS["leave"]}, 0),
]


@hints(
    "In which order do hits have to be visited, so that each can only touch the passage before it?",
    "Compare a hit's start with the end of the passage so far. That end grows, and a hit within doesn't shrink it.",
    "Cut the text from the page at the end, when start and end are known. Then sort by score.",
)
def check_join_neighbours(join_neighbours):
    agree(join_neighbours, joined_by_pairs, on=windows(), also=WINDOWS, examples=50)


def joined(hits, pages, gap, *, order=None, same_page=True, end=max, text=None, score=max, sort=True, reach=None):
    passages = []
    for one in sorted(hits, key=order or (lambda one: (one.page, one.start))):
        last = passages[-1] if passages else None
        near = last and (last["page"] == one.page or not same_page)
        if near and one.start - (reach(last) if reach else last["end"]) <= gap:
            last["end"], last["score"] = end(last["end"], one.end), score(last["score"], one.score)
            last["parts"].append(one.text)
        else:
            new = {"page": one.page, "start": one.start, "end": one.end, "score": one.score, "parts": [one.text]}
            passages.append(new | {"first": one.end})
    rows = [
        (p["page"], text(p) if text else pages[p["page"]][p["start"] : p["end"]], p["start"], p["end"], p["score"])
        for p in passages
    ]
    return sorted(rows, key=lambda one: (-one[4], one[0], one[2])) if sort else rows


def join_neighbours__joins_pages(hits, pages, gap):
    """You compared only starts and ends. Characters 10 to 20 of 'leave' and 15 to 25 of 'travel' do not touch: the page
    must be the same."""
    return joined(hits, pages, gap, order=lambda one: one.start, same_page=False)


def join_neighbours__doubles_the_overlap(hits, pages, gap):
    """You put the texts of the hits one behind the other. What they share stands twice in the prompt, and what lies
    between them is missing: cut the page from the first character to the last."""
    return joined(hits, pages, gap, text=lambda passage: "".join(passage["parts"]))


def join_neighbours__chain_broken(hits, pages, gap):
    """You compared each hit with the *first* of its passage. A touches B and B touches C: all three are one. Compare
    with the end of the passage so far."""
    return joined(hits, pages, gap, reach=lambda passage: passage["first"])


def join_neighbours__end_of_the_last(hits, pages, gap):
    """A hit that lies within an earlier one made your passage shorter. Keep the larger of the two ends."""
    return joined(hits, pages, gap, end=lambda old, new: new)


def join_neighbours__as_they_come(hits, pages, gap):
    """You visited the hits in the order in which they came, which is by score or none at all. Sort them by page and
    start first."""
    return joined(hits, pages, gap, order=lambda one: 0)


def join_neighbours__first_score(hits, pages, gap):
    """The passage got the score of its first hit. The best of its hits counts."""
    return joined(hits, pages, gap, score=lambda old, new: old)


def join_neighbours__order_of_the_page(hits, pages, gap):
    """Your passages are in the order of the pages. The best score comes first."""
    return joined(hits, pages, gap, sort=False)


def join_neighbours__only_overlaps(hits, pages, gap):
    """You joined only hits that overlap. Hits that lie at most `gap` characters apart belong together as well, and with
    gap 0 those that touch."""
    return joined(hits, pages, -1)


# 5 ---------------------------------------------------------------------------------------------- refusal_threshold

SCORES = tuple(n / 8 for n in range(-2, 9))
COSTS = (0.0, 1.0, 2.0, 5.0, 20.0)
SHARES = (0.5, 0.25, 0.125, 0.0, 1.0, 0.75, 0.03125)


@st.composite
def samples(draw):
    sizes = draw(between(1, 8)), draw(between(1, 8))
    known, unknown = (np.array(draw(st.lists(st.sampled_from(SCORES), min_size=n, max_size=n))) for n in sizes)
    return call(known, unknown, *(draw(st.sampled_from(COSTS)) for _ in range(2)), draw(st.sampled_from(SHARES)))


def by_trying(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """Compute the cost of every candidate with fractions, which don't round."""
    known, unknown = [float(x) for x in answerable], [float(x) for x in unanswerable]
    scores = sorted({*known, *unknown})
    middles = [(low + high) / 2 for low, high in pairwise(scores)]
    share = Fraction(share_unanswerable)

    def cost(threshold):
        answered = Fraction(sum(not score < threshold for score in unknown), len(unknown))
        refused = Fraction(sum(score < threshold for score in known), len(known))
        return (
            share * Fraction(wrong_answer_cost) * answered + (1 - share) * Fraction(refusal_cost) * refused,
            threshold,
        )

    return min(map(cost, [-math.inf, *middles, math.inf]))[1]


def sample(known, unknown, wrong=1.0, refusal=1.0, share=0.5):
    return call(np.array(known), np.array(unknown), wrong, refusal, share)


SAMPLES = [
    sample([0.5, 0.75], [0.25, 0.625]),
    sample([0.5, 0.75, 0.875], [0.25]),
    sample([0.5, 0.75, 0.625, 0.25], [0.375, 0.125], 1.0, 1.0, 0.03125),
    sample([0.25, 0.5], [0.375, 0.75], 20.0, 1.0, 0.5),
    sample([0.25, 0.5, 0.75], [0.375, 0.625], 20.0, 1.0, 0.125),
    sample([0.5], [0.25], 0.0, 1.0, 0.5),
    sample([0.5], [0.25], 1.0, 0.0, 0.5),
    sample([0.5], [0.5], 1.0, 1.0, 0.5),
    sample([0.25], [0.75], 1.0, 1.0, 0.5),
    sample([0.25], [0.75], 2.0, 1.0, 0.5),
    sample([0.5, 0.5, 0.75], [0.5, 0.25, 0.25]),
    sample([0.5], [0.25], 1.0, 1.0, 0.0),
    sample([0.5], [0.25], 1.0, 1.0, 1.0),
    sample([0.25, 0.75], [0.375, 0.375, 0.375, 0.375, 0.375, 0.875], 1.0, 1.0, 0.125),
    sample([-0.5, 0.0], [-0.75, -0.25], 5.0, 1.0, 0.25),
    sample([3, 5], [1, 2]),
    sample([0.25, 0.375, 0.375], [0.625, 0.25, 0.75, 0.25, 0.5, 0.125], 5.0, 5.0, 0.5),  # ties but for rounding
    sample([0.375, 0.75], [0.25, 0.5, 0.625], 5.0, 2.0, 0.25),
    sample([0.5], [0.25], 1.0, 1.0, 1e-6),  # nearly ties, but 1e-6 is no rounding
    sample([0.25], [0.75], 1.000001, 1.0, 0.5),
    sample([0.5002], [0.5001]),
    sample([0.5], [0.25], 0.0, 0.0, 0.5),
]


def many(seed):
    random = np.random.default_rng(seed)
    known, unknown = random.normal(0.55, 0.15, 150).round(3), random.normal(0.25, 0.1, 37).round(3)
    return call(known, unknown, 20.0, 1.0, 0.0625)


@hints(
    "Write down the two rates for one threshold: answered among the unanswerable, refused among the answerable.",
    "The expected cost is a sum of two products of three factors: share of production, cost, rate.",
    "Compare all thresholds at once: a row for each score, a column for each candidate, the mean over the rows.",
)
@equivalent(
    "np.asarray(unanswerable)[:, None] >= thresholds",
    "np.asarray(unanswerable)[:, None] > thresholds",
    because="no score lies on a midpoint between two others",
)
@equivalent(
    "np.asarray(answerable)[:, None] < thresholds",
    "np.asarray(answerable)[:, None] <= thresholds",
    because="no score lies on a midpoint between two others",
)
@equivalent("cost < cost.min() + 1e-09", "cost <= cost.min() + 1e-09", because="no two costs differ by just that")
@equivalent("cost.min() + 1e-09", "cost.min() + 2e-09", because="rounding is far below, real differences far above")
def check_refusal_threshold(refusal_threshold):
    agree(refusal_threshold, by_trying, on=samples(), also=[*SAMPLES, many(0)], examples=40)


def cheapest(known, unknown, wrong, refusal, share, *, ends=True, weights=None, below=np.less, pick=0, grid=None):
    scores = np.unique(np.concatenate([known, unknown]).astype(float))
    middles = (scores[:-1] + scores[1:]) / 2
    candidates = np.concatenate([[-np.inf], middles, [np.inf]]) if ends else middles
    if grid is not None:
        candidates = np.concatenate([[-np.inf], grid(scores), [np.inf]])
    if not len(candidates):
        return math.nan
    answered = (~below(unknown[:, None], candidates)).mean(axis=0)
    refused = below(known[:, None], candidates).mean(axis=0)
    of_unknown, of_known = weights or (share, 1 - share)
    cost = of_unknown * wrong * answered + of_known * refusal * refused
    return float(candidates[np.flatnonzero(cost < cost.min() + 1e-9)[pick]])


def refusal_threshold__counts_the_sample(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """You weighed the errors by how many questions of each kind the sample holds. In production the share is
    `share_unanswerable`: a sample is often made of a fifth unanswerable questions where real life has one in fifty."""
    share = len(unanswerable) / (len(answerable) + len(unanswerable))
    return cheapest(answerable, unanswerable, wrong_answer_cost, refusal_cost, share)


def refusal_threshold__accuracy(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """You treated both errors alike. If a wrong answer costs 20 and a refusal 1, the costs must weigh them."""
    return cheapest(answerable, unanswerable, 1.0, 1.0, share_unanswerable)


def refusal_threshold__costs_swapped(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """You swapped the costs: answering an unanswerable question is the wrong answer, refusing an answerable one the
    needless refusal."""
    return cheapest(answerable, unanswerable, refusal_cost, wrong_answer_cost, share_unanswerable)


def refusal_threshold__no_infinite_candidates(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """You tried only the midpoints. Where it is cheapest to answer always, or never, none of them is right: −∞ and +∞
    are candidates too."""
    return cheapest(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, ends=False)


def refusal_threshold__ignores_the_share(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """You gave both rates the same weight. How often each kind of question comes in production is
    `share_unanswerable`."""
    return cheapest(answerable, unanswerable, wrong_answer_cost, refusal_cost, 0.5)


def refusal_threshold__highest_of_ties(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """Several thresholds cost the same. The lowest was asked for: it refuses least."""
    return cheapest(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, pick=-1)


def refusal_threshold__scores_as_candidates(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """You returned a score that occurs. Thresholds lie halfway between neighboring scores, where the next digit of a
    score can't change the decision."""
    return cheapest(
        answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, grid=lambda scores: scores
    )
