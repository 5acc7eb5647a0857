"""Answers to 04_llm_production/06_rag_from_scratch by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import bisect
import itertools
import math
import re
from collections import defaultdict, namedtuple
from fractions import Fraction
from typing import NamedTuple

import numpy as np


class Section(NamedTuple):
    """As in the exercise."""

    path: tuple[str, ...]
    text: str
    start: int
    end: int


class Passage(NamedTuple):
    """As in the exercise."""

    page: str
    text: str
    start: int
    end: int
    score: float


Plain = namedtuple("Plain", "path text start end")

# 1. split_sections


def _cut(markdown, pattern=r"(#{1,6}) +(\S.*)", fence="```", fenced=True, keep_empty=False):
    """Return the sections; the parameters make wrong ones."""
    sections, stack, code = [], [], False
    start = place = 0

    def close(end):
        text = markdown[start:end]
        if text.strip() or keep_empty:
            sections.append(Section(tuple(name for _, name in stack), text, start, end))

    for line in markdown.split("\n"):
        if line.startswith(fence):
            code = fenced and not code
        elif not code and (found := re.fullmatch(pattern, line, re.DOTALL)):
            close(place)
            level = len(found[1])
            while stack and stack[-1][0] >= level:
                stack.pop()
            stack.append((level, found[2].strip()))
            start = min(place + len(line) + 1, len(markdown))
        place += len(line) + 1
    close(len(markdown))
    return sections


def right__split_sections__lines(markdown):
    return _cut(markdown)


def right__split_sections__regex_tokens(markdown):
    heads, code = [], False
    for found in re.finditer(r"^(?:(```)|(#{1,6}) +([^\s\n][^\n]*)(?:\n|\Z))", markdown, re.MULTILINE):
        if found[1]:
            code = not code
        elif not code:
            heads.append((len(found[2]), found[3].strip(), found.start(), found.end()))
    ends = [head[2] for head in heads] + [len(markdown)]
    result = [Section((), markdown[: ends[0]], 0, ends[0])]
    levels = {}
    for (level, name, _, start), end in zip(heads, ends[1:], strict=True):
        levels = {deep: title for deep, title in levels.items() if deep < level} | {level: name}
        result.append(Section(tuple(levels.values()), markdown[start:end], start, end))
    return [section for section in result if section.text.strip()]


def right__split_sections__slots(markdown):
    sections, names, code = [], [None] * 7, False
    path, begin, position = (), 0, 0
    lines = [*re.findall(r"[^\n]*\n|[^\n]+", markdown), None]
    for line in lines:
        marks = 0
        if line is not None:
            if line[:3] == "```":
                code = not code
            rest = line.lstrip("#")
            marks = len(line) - len(rest)
            if code or not 1 <= marks <= 6 or rest[:1] != " " or not rest.strip():
                position += len(line)
                continue
        text = markdown[begin:position]
        if text and not text.isspace():
            sections.append(Plain(path, text, begin, position))
        if line is not None:
            names[marks:] = [rest.strip()] + [None] * (6 - marks)
            path = tuple(name for name in names if name is not None)
            position += len(line)
            begin = position
    return sections


def right__split_sections__index_of_line_breaks(markdown):
    starts = [0] + [i + 1 for i, letter in enumerate(markdown) if letter == "\n"]
    fences = [i for i in starts if markdown.startswith("```", i)]
    borders = [(0, 0, 0, None)]
    for i in starts:
        if bisect.bisect_right(fences, i) % 2:
            continue
        stop = markdown.find("\n", i)
        line = markdown[i:] if stop < 0 else markdown[i:stop]
        marks = line.partition(" ")[0]
        if marks and len(marks) < 7 and set(marks) == {"#"} and line[len(marks) :].strip():
            borders.append((i, len(markdown) if stop < 0 else stop + 1, len(marks), line[len(marks) :].strip()))
    result, path = [], []
    for here, there in itertools.pairwise([*borders, (len(markdown), 0, 0, None)]):
        _, start, level, name = here
        if name is not None:
            path = [pair for pair in path if pair[0] < level] + [(level, name)]
        if markdown[start : there[0]].strip():
            result.append(Section(tuple(pair[1] for pair in path), markdown[start : there[0]], start, there[0]))
    return result


def wrong__split_sections__example_only(markdown):
    """Knows the docstring's example only."""
    return [Section(("Travel", "Hotels"), "140 euro.\n", 19, 29)]


def wrong__split_sections__path_cut_by_level(markdown):
    """Cuts the path to `level - 1` names: wrong where a page skips a level."""
    sections, path, start, place, code = [], [], 0, 0, False
    for line in markdown.split("\n"):
        code ^= line.startswith("```")
        if not code and (found := re.match(r"(#{1,6}) +(\S.*)", line)):
            if markdown[start:place].strip():
                sections.append(Section(tuple(path), markdown[start:place], start, place))
            path = [*path[: len(found[1]) - 1], found[2].strip()]
            start = place + len(line) + 1
        place += len(line) + 1
    if markdown[start:].strip():
        sections.append(Section(tuple(path), markdown[start:], start, len(markdown)))
    return sections


def wrong__split_sections__seven_marks(markdown):
    """Takes seven marks for a heading."""
    return _cut(markdown, r"(#+) +(\S.*)")


def wrong__split_sections__five_levels(markdown):
    """Doesn't know headings of the sixth level."""
    return _cut(markdown, r"(#{1,5}) +(\S.*)")


def wrong__split_sections__no_space_needed(markdown):
    """Takes `#hashtag` for a heading."""
    return _cut(markdown, r"(#{1,6})(?!#) *(\S.*)")


def wrong__split_sections__one_space_only(markdown):
    """Doesn't take `#  Two spaces` for a heading."""
    return _cut(markdown, r"(#{1,6}) (\S.*)")


def wrong__split_sections__indented_headings(markdown):
    """Takes an indented line for a heading, though a heading's line begins with its marks."""
    return _cut(markdown, r" *(#{1,6}) +(\S.*)")


def wrong__split_sections__no_fences(markdown):
    """Finds headings in code."""
    return _cut(markdown, fenced=False)


def wrong__split_sections__bare_fences_only(markdown):
    """A line such as three backticks and `python` begins with three backticks, too."""
    sections, masked, code = [], [], False
    for line in markdown.split("\n"):
        code ^= line.rstrip() == "```"
        masked.append("x" * len(line) if code else line)
    for section in _cut("\n".join(masked), fenced=False):
        sections.append(section._replace(text=markdown[section.start : section.end]))
    return sections


def wrong__split_sections__fence_must_be_closed(markdown):
    """A code block that isn't closed goes on to the end."""
    masked = re.sub(
        r"^```.*?^```", lambda found: re.sub(r"[^\n]", "x", found[0]), markdown, flags=re.DOTALL | re.MULTILINE
    )
    return [section._replace(text=markdown[section.start : section.end]) for section in _cut(masked, fenced=False)]


def wrong__split_sections__fence_indented(markdown):
    """Takes an indented fence for a fence, though the line doesn't begin with backticks."""
    masked, code = [], False
    for line in markdown.split("\n"):
        code ^= line.lstrip().startswith("```")
        masked.append("x" * len(line) if code else line)
    return [
        section._replace(text=markdown[section.start : section.end])
        for section in _cut("\n".join(masked), fenced=False)
    ]


def wrong__split_sections__fence_of_two(markdown):
    """Takes two backticks at the beginning of a line for a fence."""
    return _cut(markdown, fence="``")


def wrong__split_sections__strips_text(markdown):
    """Strips the text, and moves the span along."""
    return [
        Section(s.path, s.text.strip(), s.start + len(s.text) - len(s.text.lstrip()), s.start + len(s.text.rstrip()))
        for s in _cut(markdown)
    ]


def wrong__split_sections__strips_trailing_marks(markdown):
    """Drops marks at the end of a name, which belong to it."""
    return [s._replace(path=tuple(name.rstrip("# ") for name in s.path)) for s in _cut(markdown)]


def wrong__split_sections__keeps_empty(markdown):
    """Keeps sections of white space only."""
    return _cut(markdown, keep_empty=True)


def wrong__split_sections__drops_preamble(markdown):
    """Leaves out the text before the first heading."""
    return [section for section in _cut(markdown) if section.path]


def wrong__split_sections__empty_string_only(markdown):
    """Leaves out empty texts, but keeps those of line breaks and spaces."""
    return [section for section in _cut(markdown, keep_empty=True) if section.text]


def wrong__split_sections__splitlines(markdown):
    """Cuts lines at form feeds and other breaks that `str.splitlines` knows: lines end in a line feed."""
    sections, stack, start, place, code = [], [], 0, 0, False
    for line in markdown.splitlines(keepends=True):
        code ^= line.startswith("```")
        if not code and (found := re.match(r"(#{1,6}) +(\S.*)", line)):
            if markdown[start:place].strip():
                sections.append(Section(tuple(n for _, n in stack), markdown[start:place], start, place))
            stack = [(lv, n) for lv, n in stack if lv < len(found[1])] + [(len(found[1]), found[2].strip())]
            start = place + len(line)
        place += len(line)
    if markdown[start:].strip():
        sections.append(Section(tuple(n for _, n in stack), markdown[start:], start, len(markdown)))
    return sections


def wrong__split_sections__bytes(markdown):
    """Counts bytes, not characters."""
    return [
        s._replace(start=len(markdown[: s.start].encode()), end=len(markdown[: s.end].encode())) for s in _cut(markdown)
    ]


def wrong__split_sections__find_text(markdown):
    """Looks for each text with `find`: the same text twice gets the first one's span."""
    return [Section(s.path, s.text, markdown.find(s.text), markdown.find(s.text) + len(s.text)) for s in _cut(markdown)]


def wrong__split_sections__path_by_name(markdown):
    """Drops a heading that has the name of one above it."""
    return [s._replace(path=tuple(dict.fromkeys(s.path))) for s in _cut(markdown)]


def wrong__split_sections__last_line_lost(markdown):
    """Loses a last line that has no line break."""
    return _cut(markdown[: markdown.rfind("\n") + 1])


def wrong__split_sections__same_level_nested(markdown):
    """A heading ends deeper ones only, not those of its own level."""
    sections, stack, start, place, code = [], [], 0, 0, False
    for line in [*markdown.split("\n"), "# end"]:
        code ^= line.startswith("```")
        last = place > len(markdown)
        if last or (not code and (found := re.match(r"(#{1,6}) +(\S.*)", line))):
            end = min(place, len(markdown))
            if markdown[start:end].strip():
                sections.append(Section(tuple(n for _, n in stack), markdown[start:end], start, end))
            if not last:
                stack = [(lv, n) for lv, n in stack if lv <= len(found[1])] + [(len(found[1]), found[2].strip())]
                start = place + len(line) + 1
        place += len(line) + 1
    return sections


def wrong__split_sections__code_left_out(markdown):
    """Leaves out a section that holds nothing but code."""
    return [s for s in _cut(markdown) if re.sub(r"^```.*?(^```|\Z)", "", s.text, flags=re.S | re.M).strip()]


# 2. passages_for_prompt


def _fill(hits, budget, fits, join="\n"):
    lines, ids = [], []
    for hit in hits:
        line = f"[{len(ids) + 1}] {hit.path}: {hit.text}"
        if fits(lines, line):
            lines.append(line)
            ids.append(hit.id)
    return join.join(lines), ids


def right__passages_for_prompt__lists(hits, budget, count):
    return _fill(hits, budget, lambda lines, line: count("\n".join([*lines, line])) <= budget)


def right__passages_for_prompt__growing_string(hits, budget, count):
    block, ids = "", []
    for hit in hits:
        longer = block + ("\n" if ids else "") + f"[{len(ids) + 1}] {hit.path}: {hit.text}"
        if count(longer) <= budget:
            block = longer
            ids.append(hit.id)
    return block, ids


def right__passages_for_prompt__render_chosen(hits, budget, count):
    def render(chosen):
        return "\n".join(f"[{place}] {hit.path}: {hit.text}" for place, hit in enumerate(chosen, 1))

    chosen = []
    for hit in hits:
        chosen.append(hit)
        if count(render(chosen)) > budget:
            chosen.pop()
    return render(chosen), [hit.id for hit in chosen]


def right__passages_for_prompt__recursive(hits, budget, count):
    block, ids = "", []
    rest = list(hits)[::-1]
    while rest:
        hit = rest.pop()
        trial = "\n".join(filter(None, [block, f"[{len(ids) + 1}] {hit.path}: {hit.text}"]))
        if not count(trial) > budget:
            block, ids = trial, [*ids, hit.id]
    return block, ids


def wrong__passages_for_prompt__stops(hits, budget, count):
    """Stops at the first hit that doesn't fit: later ones may."""
    kept = list(hits)
    while kept:
        block, ids = _fill(kept, budget, lambda lines, line: True)
        if count(block) <= budget:
            return block, ids
        kept.pop()
    return "", []


def wrong__passages_for_prompt__strictly_below(hits, budget, count):
    """A block may have exactly `budget` tokens."""
    return _fill(hits, budget, lambda lines, line: count("\n".join([*lines, line])) < budget)


def wrong__passages_for_prompt__sum_of_lines(hits, budget, count):
    """Adds up the counts of lines: line breaks cost nothing, and counts needn't add up."""
    return _fill(hits, budget, lambda lines, line: sum(map(count, [*lines, line])) <= budget)


def wrong__passages_for_prompt__sum_of_lines_and_breaks(hits, budget, count):
    """Adds up the counts of lines and of line breaks: counts needn't add up."""
    return _fill(hits, budget, lambda lines, line: sum(map(count, [*lines, line])) + len(lines) * count("\n") <= budget)


def wrong__passages_for_prompt__remaining(hits, budget, count):
    """Counts each line with its line break and takes it off the budget: counts needn't add up."""
    return _fill(
        hits,
        budget,
        lambda lines, line: (count("\n".join(lines)) if lines else 0) + count("\n" + line if lines else line) <= budget,
    )


def wrong__passages_for_prompt__texts_only(hits, budget, count):
    """Counts the texts without number and path."""
    return _fill(
        hits,
        budget,
        lambda lines, line: count("\n".join(part.partition(": ")[2] for part in [*lines, line])) <= budget,
    )


def wrong__passages_for_prompt__without_number(hits, budget, count):
    """Counts the block without the numbers in front."""
    return _fill(
        hits,
        budget,
        lambda lines, line: count("\n".join(part.partition("] ")[2] for part in [*lines, line])) <= budget,
    )


def wrong__passages_for_prompt__counts_spaces(hits, budget, count):
    """Counts lines joined by spaces, and sends them joined by line breaks."""
    return _fill(hits, budget, lambda lines, line: count(" ".join([*lines, line])) <= budget)


def wrong__passages_for_prompt__counts_final_break(hits, budget, count):
    """Counts a line break at the end that isn't sent."""
    return _fill(hits, budget, lambda lines, line: count("\n".join([*lines, line, ""])) <= budget)


def wrong__passages_for_prompt__own_count(hits, budget, count):
    """Counts words instead of calling `count`."""
    return _fill(hits, budget, lambda lines, line: len(" ".join([*lines, line]).split()) <= budget)


def wrong__passages_for_prompt__rank_as_number(hits, budget, count):
    """Numbers by the place among the hits: gaps where one was skipped."""
    lines, ids = [], []
    for place, hit in enumerate(hits, 1):
        line = f"[{place}] {hit.path}: {hit.text}"
        if count("\n".join([*lines, line])) <= budget:
            lines.append(line)
            ids.append(hit.id)
    return "\n".join(lines), ids


def wrong__passages_for_prompt__counted_with_rank(hits, budget, count):
    """Counts the numbers of the places among the hits, and renumbers afterwards: not the block as it is sent."""
    lines, chosen = [], []
    for place, hit in enumerate(hits, 1):
        line = f"[{place}] {hit.path}: {hit.text}"
        if count("\n".join([*lines, line])) <= budget:
            lines.append(line)
            chosen.append(hit)
    return _fill(chosen, budget, lambda lines, line: True)


def wrong__passages_for_prompt__one_digit(hits, budget, count):
    """Counts each number as if it had one digit."""
    return _fill(
        hits,
        budget,
        lambda lines, line: count(re.sub(r"^\[\d+\]", "[1]", "\n".join([*lines, line]), flags=re.M)) <= budget,
    )


def wrong__passages_for_prompt__sorts_by_score(hits, budget, count):
    """Sorts by score and id, though hits are taken as they come: equal scores change places."""
    return right__passages_for_prompt__lists(sorted(hits, key=lambda h: (-h.score, h.id)), budget, count)


def wrong__passages_for_prompt__smallest_first(hits, budget, count):
    """Takes short hits first, so that more of them fit."""
    return right__passages_for_prompt__lists(sorted(hits, key=lambda h: len(h.text)), budget, count)


def wrong__passages_for_prompt__drops_duplicates(hits, budget, count):
    """Drops a hit whose text was sent already; nobody asked for that."""
    return right__passages_for_prompt__lists(list({h.text: h for h in hits[::-1]}.values())[::-1], budget, count)


def wrong__passages_for_prompt__strips(hits, budget, count):
    """Strips the texts."""
    return right__passages_for_prompt__lists([h._replace(text=h.text.strip()) for h in hits], budget, count)


def wrong__passages_for_prompt__one_line_texts(hits, budget, count):
    """Replaces line breaks in the texts by spaces."""
    return right__passages_for_prompt__lists([h._replace(text=" ".join(h.text.split())) for h in hits], budget, count)


def wrong__passages_for_prompt__first_always(hits, budget, count):
    """Sends the best hit even if it is beyond the budget."""
    return _fill(hits, budget, lambda lines, line: not lines or count("\n".join([*lines, line])) <= budget)


def wrong__passages_for_prompt__gives_up(hits, budget, count):
    """Gives up once two hits in a row were skipped: a later one may fit."""
    skipped, kept = 0, []
    for hit in hits:
        block, _ = _fill([*kept, hit], budget, lambda lines, line: True)
        skipped = 0 if count(block) <= budget else skipped + 1
        if not skipped:
            kept.append(hit)
        if skipped >= 2:
            break
    return _fill(kept, budget, lambda lines, line: True)


def wrong__passages_for_prompt__no_path_no_colon(hits, budget, count):
    """Leaves out the colon where the path is empty: the line of each is `[1] path: text`."""
    lines, ids = [], []
    for hit in hits:
        line = f"[{len(ids) + 1}] {hit.path}: {hit.text}" if hit.path else f"[{len(ids) + 1}] {hit.text}"
        if count("\n".join([*lines, line])) <= budget:
            lines.append(line)
            ids.append(hit.id)
    return "\n".join(lines), ids


# 3. citations

_MARK = re.compile(r"\[([^\[\]]*)\](?!\()")
_PART = re.compile(r" *([0-9]+) *(?:- *([0-9]+) *)?")


def _numbers(inside, passages):
    """Return the numbers of a mark, or None if it is invalid."""
    numbers = []
    for part in inside.split(","):
        found = _PART.fullmatch(part)
        if not found:
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= passages:
            return None
        numbers += range(first, last + 1)
    return numbers


def _cited(answer, numbers, mark=_MARK, skip="^"):
    cited, invalid = {}, []
    for found in mark.finditer(answer):
        if skip and found[1].startswith(skip):
            continue
        named = numbers(found[1])
        if named is None:
            invalid.append(found[0])
        else:
            cited.update(dict.fromkeys(named))
    return list(cited), invalid


def right__citations__regex(answer, passages):
    return _cited(answer, lambda inside: _numbers(inside, passages))


def right__citations__scanner(answer, passages):
    cited, invalid, opened = [], [], None
    for i, letter in enumerate(answer):
        if letter == "[":
            opened = i
        elif letter == "]" and opened is not None:
            mark, opened = answer[opened : i + 1], None
            if mark.startswith("[^") or answer[i + 1 : i + 2] == "(":
                continue
            numbers = []
            for part in mark[1:-1].split(","):
                ends = [end.strip(" ") for end in part.split("-")]
                good = len(ends) <= 2 and all(end and set(end) <= set("0123456789") for end in ends)
                if not good or not 1 <= int(ends[0]) <= int(ends[-1]) <= passages:
                    invalid.append(mark)
                    break
                numbers.extend(range(int(ends[0]), int(ends[-1]) + 1))
            else:
                cited.extend(number for number in dict.fromkeys(numbers) if number not in cited)
    return cited, invalid


def right__citations__one_grammar(answer, passages):
    one = r" *[0-9]+ *(?:- *[0-9]+ *)?"
    cited, invalid = [], []
    for mark in re.findall(r"\[(?!\^)[^][]*\](?!\()", answer):
        pairs = []
        if re.fullmatch(rf"\[{one}(?:,{one})*\]", mark):
            pairs = [[int(end) for end in part.strip("[] ").split("-")] for part in mark.split(",")]
        if pairs and all(1 <= pair[0] <= pair[-1] <= passages for pair in pairs):
            for pair in pairs:
                for number in range(pair[0], pair[-1] + 1):
                    if number not in cited:
                        cited.append(number)
        else:
            invalid.append(mark)
    return cited, invalid


def wrong__citations__example_only(answer, passages):
    """Knows the docstring's example only."""
    return [2, 3, 1], ["[2026]"]


def wrong__citations__sorted(answer, passages):
    """Sorts the numbers: the order is that in which they are first named."""
    cited, invalid = right__citations__regex(answer, passages)
    return sorted(cited), invalid


def wrong__citations__repeats(answer, passages):
    """Returns a number each time it is named."""
    cited, invalid = [], []
    for found in _MARK.finditer(answer):
        if not found[1].startswith("^"):
            numbers = _numbers(found[1], passages)
            if numbers is None:
                invalid.append(found[0])
            else:
                cited += numbers
    return cited, invalid


def wrong__citations__invalid_once(answer, passages):
    """Returns an invalid mark once, though it is returned each time it occurs."""
    cited, invalid = right__citations__regex(answer, passages)
    return cited, list(dict.fromkeys(invalid))


def wrong__citations__valid_part_counts(answer, passages):
    """Cites the valid numbers of an invalid mark."""
    cited, invalid = {}, []
    for found in _MARK.finditer(answer):
        if found[1].startswith("^"):
            continue
        for part in found[1].split(","):
            numbers = _numbers(part, passages)
            cited.update(dict.fromkeys(numbers or ()))
        if _numbers(found[1], passages) is None:
            invalid.append(found[0])
    return list(cited), invalid


def wrong__citations__backward_range(answer, passages):
    """Takes a backward range for an empty one."""

    def numbers(inside):
        found = []
        for part in inside.split(","):
            match = _PART.fullmatch(part)
            if not match or not all(1 <= int(end) <= passages for end in match.groups() if end):
                return None
            found += range(int(match[1]), int(match[2] or match[1]) + 1)
        return found

    return _cited(answer, numbers)


def wrong__citations__backward_range_turned(answer, passages):
    """Turns a backward range round."""

    def turned(inside):
        parts = []
        for part in inside.split(","):
            found = _PART.fullmatch(part)
            ends = sorted(int(end) for end in found.groups() if end) if found else []
            parts.append("-".join(map(str, ends)))
        return _numbers(",".join(parts), passages)

    return _cited(answer, turned)


def wrong__citations__equal_range_refused(answer, passages):
    """Refuses `[2-2]`, which doesn't run backward."""
    return _cited(answer, lambda s: None if re.search(r"\b(\d+) *- *\1\b", s) else _numbers(s, passages))


def wrong__citations__zero_is_valid(answer, passages):
    """Cites passage 0."""

    def numbers(inside):
        if re.fullmatch(r" *0+ *", inside):
            return [0]
        return _numbers(inside, passages)

    return _cited(answer, numbers)


def wrong__citations__zero_in_range(answer, passages):
    """Takes `[0-2]` for 1 and 2."""
    return _cited(answer, lambda s: _numbers(re.sub(r"\b0+(?= *- *[1-9])", "1", s), passages))


def wrong__citations__range_end_clipped(answer, passages):
    """Clips a range at the number of passages."""

    def clip(inside):
        cut = re.sub(
            r"\b([0-9]+)( *- *)([0-9]+)",
            lambda m: f"{m[1]}{m[2]}{min(int(m[3]), passages)}" if int(m[1]) <= passages else m[0],
            inside,
        )
        return _numbers(cut, passages)

    return _cited(answer, clip)


def wrong__citations__only_first_pair(answer, passages):
    """Checks the ends of the first range only."""

    def numbers(inside):
        parts = [_PART.fullmatch(part) for part in inside.split(",")]
        if not all(parts) or _numbers(inside.split(",")[0], passages) is None:
            return None
        return [n for m in parts for n in range(int(m[1]), int(m[2] or m[1]) + 1)]

    return _cited(answer, numbers)


def wrong__citations__links_count(answer, passages):
    """Doesn't look whether a mark is followed by a parenthesis."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[([^\[\]]*)\]"))


def wrong__citations__space_before_parenthesis(answer, passages):
    """Ignores `[1] (see there)`, too, though the parenthesis doesn't follow directly."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[([^\[\]]*)\](?!\s*\()"))


def wrong__citations__whole_link_only(answer, passages):
    """Ignores a mark with a complete link only; `[1](` is enough."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[([^\[\]]*)\](?!\([^()]*\))"))


def wrong__citations__footnotes_invalid(answer, passages):
    """Returns footnotes as invalid."""
    return _cited(answer, lambda s: _numbers(s, passages), skip="")


def wrong__citations__footnotes_count(answer, passages):
    """Takes a footnote for a citation."""
    return _cited(answer, lambda s: _numbers(s.removeprefix("^"), passages), skip="")


def wrong__citations__footnotes_with_digits(answer, passages):
    """Ignores footnotes with numbers only, and calls `[^note]` invalid: it is a footnote as well."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[(?!\^[0-9]+\])([^\[\]]*)\](?!\()"), "")


def wrong__citations__nested(answer, passages):
    """Lets a mark begin at an outer bracket: `[see [2]` holds the mark `[2]`."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[([^\]]*)\](?!\()"))


def wrong__citations__ignores_words(answer, passages):
    """Drops marks without digits: they are invalid marks."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[([^\[\]]*[0-9][^\[\]]*)\](?!\()"))


def wrong__citations__empty_mark(answer, passages):
    """Overlooks an empty mark."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[([^\[\]]+)\](?!\()"))


def wrong__citations__no_spaces(answer, passages):
    """Allows spaces after a comma only."""
    return _cited(answer, lambda s: None if re.search(r"^ | $| [,-]|- ", s) else _numbers(s, passages))


def wrong__citations__int(answer, passages):
    """Reads numbers with `int`, which takes `+2`, `1_0` and digits of other scripts."""

    def numbers(inside):
        try:
            ends = [[int(end) for end in part.split("-")] for part in inside.split(",")]
        except ValueError:
            return None
        if any(len(pair) > 2 or not 1 <= pair[0] <= pair[-1] <= passages for pair in ends):
            return None
        return [n for pair in ends for n in range(pair[0], pair[-1] + 1)]

    return _cited(answer, numbers)


def wrong__citations__unicode_digits(answer, passages):
    """Takes digits of other scripts for numbers."""

    def numbers(inside):
        return _numbers(re.sub(r"\d", lambda found: str(int(found[0])), inside), passages)

    return _cited(answer, numbers)


def wrong__citations__one_digit(answer, passages):
    """Knows numbers of one digit only."""
    return _cited(answer, lambda s: None if re.search("[0-9]{2}", s) else _numbers(s, passages))


def wrong__citations__two_digits(answer, passages):
    """Knows numbers of one or two digits only."""
    return _cited(answer, lambda s: None if re.search("[0-9]{3}", s) else _numbers(s, passages))


def wrong__citations__trailing_comma(answer, passages):
    """Overlooks an empty part, as in `[1,]`."""
    return _cited(answer, lambda s: _numbers(re.sub(r"^ *,|, *$|,(?= *,)", "", s), passages))


def wrong__citations__triple_range(answer, passages):
    """Takes `[1-2-3]` for a range."""
    return _cited(answer, lambda s: _numbers(re.sub(r"- *[0-9]+ *(?=-)", "", s), passages))


def wrong__citations__en_dash(answer, passages):
    """Takes an en dash for a hyphen."""
    return _cited(answer, lambda s: _numbers(s.replace("\N{EN DASH}", "-"), passages))


def wrong__citations__semicolon(answer, passages):
    """Takes a semicolon for a comma."""
    return _cited(answer, lambda s: _numbers(s.replace(";", ","), passages))


def wrong__citations__normalized_marks(answer, passages):
    """Returns invalid marks without their spaces, not as written."""
    cited, invalid = right__citations__regex(answer, passages)
    return cited, [mark.replace(" ", "") for mark in invalid]


def wrong__citations__inside_only(answer, passages):
    """Returns what stands in the brackets, not the mark as written."""
    cited, invalid = right__citations__regex(answer, passages)
    return cited, [mark[1:-1] for mark in invalid]


def wrong__citations__one_line_marks(answer, passages):
    """Overlooks marks in which a line break stands: they are brackets without brackets inside."""
    return _cited(answer, lambda s: _numbers(s, passages), re.compile(r"\[([^\[\]\n]*)\](?!\()"))


# 4. join_neighbours


def _merged(hits, pages, touches, score=max, order=lambda p: (-p.score, p.page, p.start)):
    spans = []
    for hit in sorted(hits, key=lambda h: (h.page, h.start, h.end)):
        if spans and spans[-1][0] == hit.page and touches(spans[-1], hit):
            last = spans[-1]
            spans[-1] = (hit.page, last[1], max(last[2], hit.end), [*last[3], hit.score])
        else:
            spans.append((hit.page, hit.start, hit.end, [hit.score]))
    found = [Passage(page, pages[page][start:end], start, end, score(scores)) for page, start, end, scores in spans]
    return sorted(found, key=order)


def right__join_neighbours__sorted_sweep(hits, pages, gap):
    return _merged(hits, pages, lambda last, hit: hit.start - last[2] <= gap)


def right__join_neighbours__until_nothing_changes(hits, pages, gap):
    spans = [[hit.page, hit.start, hit.end, hit.score] for hit in hits]
    changed = True
    while changed:
        changed = False
        for a, b in itertools.combinations(spans, 2):
            if a[0] == b[0] and a[1] <= b[2] + gap and b[1] <= a[2] + gap:
                a[1], a[2], a[3] = min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
                spans.remove(b)
                changed = True
                break
    found = [Passage(page, pages[page][start:end], start, end, score) for page, start, end, score in spans]
    return sorted(found, key=lambda p: (-p.score, p.page, p.start))


def right__join_neighbours__by_page(hits, pages, gap):
    by_page = defaultdict(list)
    for hit in hits:
        by_page[hit.page].append(hit)
    passages = []
    for page in sorted(by_page):
        group, reach = [], -math.inf
        for hit in [*sorted(by_page[page], key=lambda h: h.start), None]:
            if group and (hit is None or hit.start > reach + gap):
                start = group[0].start
                passages.append(
                    Passage(page, pages[page][start:reach], start, reach, max(member.score for member in group))
                )
                group = []
            if hit is not None:
                reach = max(reach, hit.end) if group else hit.end
                group.append(hit)
    passages.sort(key=lambda passage: -passage.score)
    return passages


def right__join_neighbours__components(hits, pages, gap):
    group = list(range(len(hits)))
    for i, a in enumerate(hits):
        for j, b in enumerate(hits[:i]):
            if a.page == b.page and max(a.start, b.start) - min(a.end, b.end) <= gap:
                old, new = group[i], group[j]
                group = [new if number == old else number for number in group]
    result = []
    for number in set(group):
        members = [hit for hit, own in zip(hits, group, strict=True) if own == number]
        page, start, end = members[0].page, min(h.start for h in members), max(h.end for h in members)
        result.append(Passage(page, pages[page][start:end], start, end, max(h.score for h in members)))
    return sorted(result, key=lambda p: (-p.score, p.page, p.start))


def wrong__join_neighbours__gap_excluded(hits, pages, gap):
    """Doesn't join windows that lie exactly `gap` characters apart."""
    return _merged(hits, pages, lambda last, hit: hit.start - last[2] < max(gap, 1) or hit.start < last[2])


def wrong__join_neighbours__below_gap(hits, pages, gap):
    """Doesn't join windows that touch when `gap` is 0."""
    return _merged(hits, pages, lambda last, hit: hit.start < last[2] + gap)


def wrong__join_neighbours__one_more(hits, pages, gap):
    """Joins windows that lie `gap + 1` characters apart."""
    return _merged(hits, pages, lambda last, hit: hit.start <= last[2] + gap + 1)


def wrong__join_neighbours__ignores_gap(hits, pages, gap):
    """Joins overlapping and touching windows only."""
    return _merged(hits, pages, lambda last, hit: hit.start <= last[2])


def wrong__join_neighbours__end_of_last(hits, pages, gap):
    """Takes the end of the last hit: one hit may lie within another."""
    spans = []
    for hit in sorted(hits, key=lambda h: (h.page, h.start, h.end)):
        if spans and spans[-1][0] == hit.page and hit.start - spans[-1][2] <= gap:
            spans[-1] = [hit.page, spans[-1][1], hit.end, max(spans[-1][3], hit.score)]
        else:
            spans.append([hit.page, hit.start, hit.end, hit.score])
    found = [Passage(page, pages[page][start:end], start, end, score) for page, start, end, score in spans]
    return sorted(found, key=lambda p: (-p.score, p.page, p.start))


def wrong__join_neighbours__reach_of_previous(hits, pages, gap):
    """Compares with the end of the previous hit, not with how far the passage reaches."""
    groups, previous = [], None
    for hit in sorted(hits, key=lambda h: (h.page, h.start, h.end)):
        if previous and previous.page == hit.page and hit.start - previous.end <= gap:
            groups[-1].append(hit)
        else:
            groups.append([hit])
        previous = hit
    found = []
    for group in groups:
        page, start, end = group[0].page, group[0].start, max(h.end for h in group)
        found.append(Passage(page, pages[page][start:end], start, end, max(h.score for h in group)))
    return sorted(found, key=lambda p: (-p.score, p.page, p.start))


def wrong__join_neighbours__order_of_hits(hits, pages, gap):
    """Joins each hit to the first passage it touches, in the order of the hits: a bridge that comes last joins one."""
    spans = []
    for hit in hits:
        for span in spans:
            if span[0] == hit.page and span[1] - gap <= hit.end and hit.start <= span[2] + gap:
                span[1:] = [min(span[1], hit.start), max(span[2], hit.end), max(span[3], hit.score)]
                break
        else:
            spans.append([hit.page, hit.start, hit.end, hit.score])
    found = [Passage(page, pages[page][start:end], start, end, score) for page, start, end, score in spans]
    return sorted(found, key=lambda p: (-p.score, p.page, p.start))


def wrong__join_neighbours__three_at_most(hits, pages, gap):
    """Joins three hits at most: chains count, however long."""
    spans = []
    for hit in sorted(hits, key=lambda h: (h.page, h.start, h.end)):
        last = spans[-1] if spans else None
        if last and last[4] < 3 and last[0] == hit.page and hit.start - last[2] <= gap:
            last[2:] = [max(last[2], hit.end), max(last[3], hit.score), last[4] + 1]
        else:
            spans.append([hit.page, hit.start, hit.end, hit.score, 1])
    found = [Passage(page, pages[page][start:end], start, end, score) for page, start, end, score, _ in spans]
    return sorted(found, key=lambda p: (-p.score, p.page, p.start))


def wrong__join_neighbours__pages_mixed(hits, pages, gap):
    """Sorts by start over all pages, so that windows of one page are no neighbors any more."""
    spans = []
    for hit in sorted(hits, key=lambda h: (h.start, h.end)):
        if spans and spans[-1][0] == hit.page and hit.start - spans[-1][2] <= gap:
            spans[-1][2:] = [max(spans[-1][2], hit.end), max(spans[-1][3], hit.score)]
        else:
            spans.append([hit.page, hit.start, hit.end, hit.score])
    found = [Passage(page, pages[page][start:end], start, end, score) for page, start, end, score in spans]
    return sorted(found, key=lambda p: (-p.score, p.page, p.start))


def wrong__join_neighbours__joins_pages(hits, pages, gap):
    """Joins windows of different pages that have the same text."""
    first = {}
    for name, text in pages.items():
        first.setdefault(text, name)
    return right__join_neighbours__sorted_sweep([h._replace(page=first[pages[h.page]]) for h in hits], pages, gap)


def wrong__join_neighbours__text_of_hits(hits, pages, gap):
    """Puts the texts of the hits together: what lies between them is lost, and what overlaps stands twice."""
    found = right__join_neighbours__sorted_sweep(hits, pages, gap)
    result = []
    for p in found:
        own = sorted((h for h in hits if h.page == p.page and p.start <= h.start < p.end), key=lambda h: h.start)
        result.append(p._replace(text="".join(h.text for h in own)))
    return result


def wrong__join_neighbours__text_joined_by_space(hits, pages, gap):
    """Normalizes white space in the text, which is the page's from the first character to the last."""
    return [p._replace(text=" ".join(p.text.split())) for p in right__join_neighbours__sorted_sweep(hits, pages, gap)]


def wrong__join_neighbours__mean_score(hits, pages, gap):
    """Returns the mean score of the hits."""
    return _merged(hits, pages, lambda last, hit: hit.start - last[2] <= gap, lambda scores: sum(scores) / len(scores))


def wrong__join_neighbours__first_score(hits, pages, gap):
    """Returns the score of the first window."""
    return _merged(hits, pages, lambda last, hit: hit.start - last[2] <= gap, lambda scores: scores[0])


def wrong__join_neighbours__score_from_zero(hits, pages, gap):
    """Begins the maximum at 0: a cosine may be negative."""
    return _merged(hits, pages, lambda last, hit: hit.start - last[2] <= gap, lambda scores: max(0.0, *scores))


def wrong__join_neighbours__rounded_order(hits, pages, gap):
    """Orders by scores rounded to two digits."""
    return _merged(
        hits,
        pages,
        lambda last, hit: hit.start - last[2] <= gap,
        order=lambda p: (-round(p.score, 2), p.page, p.start),
    )


def wrong__join_neighbours__order_of_page(hits, pages, gap):
    """Orders by page and start, not by score."""
    return _merged(hits, pages, lambda last, hit: hit.start - last[2] <= gap, order=lambda p: (p.page, p.start))


def wrong__join_neighbours__reversed_ties(hits, pages, gap):
    """Sorts in reverse, which turns ties round as well."""
    return right__join_neighbours__sorted_sweep(hits, pages, gap)[::-1] and sorted(
        right__join_neighbours__sorted_sweep(hits, pages, gap), key=lambda p: (p.score, p.page, p.start), reverse=True
    )


def wrong__join_neighbours__ties_by_start(hits, pages, gap):
    """Orders ties by start, then page."""
    return _merged(
        hits, pages, lambda last, hit: hit.start - last[2] <= gap, order=lambda p: (-p.score, p.start, p.page)
    )


def wrong__join_neighbours__ties_as_pages_come(hits, pages, gap):
    """Orders ties by the order of `pages`, not by name."""
    places = {name: place for place, name in enumerate(pages)}
    return _merged(
        hits, pages, lambda last, hit: hit.start - last[2] <= gap, order=lambda p: (-p.score, places[p.page], p.start)
    )


def wrong__join_neighbours__ties_by_length(hits, pages, gap):
    """Orders ties by the length of the page's name first."""
    return _merged(
        hits,
        pages,
        lambda last, hit: hit.start - last[2] <= gap,
        order=lambda p: (-p.score, len(p.page), p.page, p.start),
    )


def wrong__join_neighbours__ties_by_page_only(hits, pages, gap):
    """Orders ties by page, and within a page as the best hits come."""
    place = {}
    for i, hit in enumerate(hits):
        place.setdefault((hit.page, hit.score), i)
    found = right__join_neighbours__sorted_sweep(hits, pages, gap)
    first = {
        p: min((i for i, h in enumerate(hits) if h.page == p.page and p.start <= h.start <= p.end), default=0)
        for p in found
    }
    return sorted(found, key=lambda p: (-p.score, p.page, first[p]))


def wrong__join_neighbours__one_page_per_passage(hits, pages, gap):
    """Returns one passage a page, from its first window to its last."""
    return _merged(hits, pages, lambda last, hit: True)


# 5. refusal_threshold


def _candidates(answerable, unanswerable):
    scores = np.unique(np.concatenate([np.asarray(answerable, float), np.asarray(unanswerable, float)]))
    return np.concatenate([[-np.inf], (scores[:-1] + scores[1:]) / 2, [np.inf]])


def _costs(thresholds, answerable, unanswerable, wrong, refusal, share):
    answered = (np.asarray(unanswerable)[:, None] >= thresholds).mean(axis=0)
    refused = (np.asarray(answerable)[:, None] < thresholds).mean(axis=0)
    return share * wrong * answered + (1 - share) * refusal * refused


def _first_best(thresholds, costs):
    return float(thresholds[np.flatnonzero(costs < costs.min() + 1e-9)[0]])


def right__refusal_threshold__broadcasting(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    thresholds = _candidates(answerable, unanswerable)
    costs = _costs(thresholds, answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable)
    return _first_best(thresholds, costs)


def right__refusal_threshold__plain_loop(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    scores = sorted({float(score) for score in [*answerable, *unanswerable]})
    best, least = None, math.inf
    for t in [-math.inf, *[(a + b) / 2 for a, b in itertools.pairwise(scores)], math.inf]:
        answered = sum(1 for score in unanswerable if score >= t) / len(unanswerable)
        refused = sum(1 for score in answerable if score < t) / len(answerable)
        cost = share_unanswerable * answered * wrong_answer_cost + (1 - share_unanswerable) * refused * refusal_cost
        if best is None or cost < least - 1e-9:
            best, least = t, cost
    return best


def right__refusal_threshold__searchsorted(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    good, bad = np.sort(answerable), np.sort(unanswerable)
    t = _candidates(good, bad)
    refused = np.searchsorted(good, t, side="left") / len(good)
    answered = 1 - np.searchsorted(bad, t, side="left") / len(bad)
    cost = wrong_answer_cost * share_unanswerable * answered + refusal_cost * (1 - share_unanswerable) * refused
    return t[np.argmax(cost - cost.min() < 1e-9)]


def right__refusal_threshold__fractions(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    share, wrong, refusal = (Fraction(float(v)) for v in (share_unanswerable, wrong_answer_cost, refusal_cost))
    costs = {}
    for t in _candidates(answerable, unanswerable).tolist():
        answered = Fraction(sum(bool(s >= t) for s in unanswerable), len(unanswerable))
        refused = Fraction(sum(bool(s < t) for s in answerable), len(answerable))
        costs[t] = share * wrong * answered + (1 - share) * refusal * refused
    least = min(costs.values())
    return min(t for t, cost in costs.items() if cost - least < Fraction(1, 10**9))


def _threshold(a, u, w, r, s, thresholds=None, pick=_first_best):
    thresholds = _candidates(a, u) if thresholds is None else np.asarray(thresholds)
    return pick(thresholds, _costs(thresholds, a, u, w, r, s))


def wrong__refusal_threshold__exact_ties(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """Compares costs exactly: rounding decides between costs that differ by less than 1e-9."""
    return _threshold(
        answerable,
        unanswerable,
        wrong_answer_cost,
        refusal_cost,
        share_unanswerable,
        pick=lambda t, c: float(t[c.argmin()]),
    )


def wrong__refusal_threshold__loose_ties(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """Takes costs for ties that differ by up to 1e-5."""
    return _threshold(
        answerable,
        unanswerable,
        wrong_answer_cost,
        refusal_cost,
        share_unanswerable,
        pick=lambda t, c: float(t[np.flatnonzero(c < c.min() + 1e-5)[0]]),
    )


def wrong__refusal_threshold__relative_ties(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Takes costs for ties that differ by a hundred-thousandth of their size (`isclose`)."""
    return _threshold(
        answerable,
        unanswerable,
        wrong_answer_cost,
        refusal_cost,
        share_unanswerable,
        pick=lambda t, c: float(t[np.isclose(c, c.min())][0]),
    )


def wrong__refusal_threshold__highest_tie(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Returns the highest of tied thresholds."""
    return _threshold(
        answerable,
        unanswerable,
        wrong_answer_cost,
        refusal_cost,
        share_unanswerable,
        pick=lambda t, c: float(t[np.flatnonzero(c < c.min() + 1e-9)[-1]]),
    )


def wrong__refusal_threshold__finite_first(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Prefers a finite threshold among ties: the lowest is -inf."""
    t = _candidates(answerable, unanswerable)
    c = _costs(t, answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable)
    ties = t[c < c.min() + 1e-9]
    finite = ties[np.isfinite(ties)]
    return float(finite[0] if len(finite) else ties[0])


def wrong__refusal_threshold__sample_share(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Uses the share of the sample."""
    share = len(unanswerable) / (len(answerable) + len(unanswerable))
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share)


def wrong__refusal_threshold__counts_weighted(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Weights counts instead of rates: wrong where the sample has more of one kind."""
    return _threshold(
        answerable,
        unanswerable,
        wrong_answer_cost * len(unanswerable),
        refusal_cost * len(answerable),
        share_unanswerable,
    )


def wrong__refusal_threshold__share_not_complemented(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Forgets that only `1 - share` of the questions are answerable."""
    share = share_unanswerable
    return _threshold(answerable, unanswerable, 2 * share * wrong_answer_cost, 2 * refusal_cost, 0.5)


def wrong__refusal_threshold__share_swapped(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Takes the share for that of answerable questions."""
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, 1 - share_unanswerable)


def wrong__refusal_threshold__costs_swapped(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Swaps the two costs."""
    return _threshold(answerable, unanswerable, refusal_cost, wrong_answer_cost, share_unanswerable)


def wrong__refusal_threshold__equal_costs(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Ignores the costs."""
    return _threshold(answerable, unanswerable, 1.0, 1.0, share_unanswerable)


def wrong__refusal_threshold__arrays_swapped(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Swaps the two kinds of scores."""
    return _threshold(unanswerable, answerable, wrong_answer_cost, refusal_cost, share_unanswerable)


def wrong__refusal_threshold__never_refuse_missing(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Doesn't consider -inf."""
    t = _candidates(answerable, unanswerable)[1:]
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, t)


def wrong__refusal_threshold__always_refuse_missing(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Doesn't consider +inf."""
    t = _candidates(answerable, unanswerable)[:-1]
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, t)


def wrong__refusal_threshold__scores_as_candidates(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Tries the scores themselves, not the midpoints."""
    t = np.unique(np.concatenate([[-np.inf, np.inf], answerable, unanswerable]))
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, t)


def right__refusal_threshold__equal_neighbors_too(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """A score that occurs costs as much as the midpoint below it, so the lowest of ties is never a score."""
    scores = np.sort(np.concatenate([answerable, unanswerable]))
    t = np.concatenate([[-np.inf], (scores[:-1] + scores[1:]) / 2, [np.inf]])
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, t)


def wrong__refusal_threshold__mids_of_answerable(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Takes neighbors from the answerable scores alone."""
    t = _candidates(answerable, answerable)
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, t)


def wrong__refusal_threshold__rounded_scores(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Rounds the scores to three digits before it looks for neighbors."""
    t = _candidates(np.round(answerable, 3), np.round(unanswerable, 3))
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, t)


def wrong__refusal_threshold__grid(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable):
    """Tries a grid of thresholds from 0 to 1."""
    t = np.concatenate([[-np.inf], np.linspace(0, 1, 1001), [np.inf]])
    return _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable, t)


def wrong__refusal_threshold__scores_are_cosines(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Returns -1 for always and 1 for never."""
    found = _threshold(answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable)
    return float(np.clip(found, -1, 1))


def wrong__refusal_threshold__first_local_minimum(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Stops where the cost rises for the first time: a later threshold may be cheaper."""
    t = _candidates(answerable, unanswerable)
    c = _costs(t, answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable)
    best = 0
    for i in range(1, len(t)):
        if c[i] > c[i - 1] + 1e-9:
            break
        if c[i] < c[best] - 1e-9:
            best = i
    return float(t[best])


def wrong__refusal_threshold__costs_normalized(
    answerable, unanswerable, wrong_answer_cost, refusal_cost, share_unanswerable
):
    """Divides by the sum of the costs, which fails or changes ties where both are 0."""
    total = wrong_answer_cost + refusal_cost
    if not total:
        return math.inf
    return _threshold(answerable, unanswerable, wrong_answer_cost / total, refusal_cost / total, share_unanswerable)
