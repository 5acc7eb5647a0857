"""Answers to 03_deep_learning/10_gpt_from_scratch by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import heapq
import math
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import torch

# --- 1. bits_per_character --------------------------------------------------------------------------------------------


def right__bits_per_character__sum_over_log_two(nats, text):
    if not text:
        raise ValueError("no text")
    return sum(nats) / math.log(2) / len(text)


def right__bits_per_character__fsum_of_bits(nats, text):
    if len(text) == 0:
        raise ValueError("an empty text has no bits per character")
    return math.fsum(loss * math.log2(math.e) for loss in nats) / len(text)


def right__bits_per_character__numpy_scalar(nats, text):
    if text == "":
        raise ValueError("empty")
    return np.sum(np.asarray(nats, dtype=float)) / (np.log(2) * len(text))


def right__bits_per_character__torch_total(nats, text):
    characters = sum(1 for _ in text)
    if characters == 0:
        raise ValueError("empty")
    return float(torch.tensor(list(nats), dtype=torch.float64).sum() / math.log(2)) / characters


def right__bits_per_character__plain_loop(nats, text):
    bits = 0.0
    for loss in nats:
        bits += loss / math.log(2)
    try:
        return bits / len(text)
    except ZeroDivisionError:
        raise ValueError("empty") from None


def wrong__bits_per_character__per_byte(nats, text):
    """Divides by the UTF-8 bytes: é counts twice."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / len(text.encode())


def wrong__bits_per_character__per_utf16_unit(nats, text):
    """Divides by UTF-16 units: right for é, but an emoji counts twice."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / (len(text.encode("utf-16-le")) // 2)


def wrong__bits_per_character__per_token(nats, text):
    """Divides by the number of tokens, not of characters."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / max(len(nats), 1)


def wrong__bits_per_character__mean_of_tokens(nats, text):
    """Takes the mean of the tokens' losses for their total."""
    if not text:
        raise ValueError
    return sum(nats) / max(len(nats), 1) / math.log(2) / len(text)


def wrong__bits_per_character__multiplies(nats, text):
    """Multiplies by ln 2 where it should divide."""
    if not text:
        raise ValueError
    return sum(nats) * math.log(2) / len(text)


def wrong__bits_per_character__stays_in_nats(nats, text):
    """Does not convert."""
    if not text:
        raise ValueError
    return sum(nats) / len(text)


def wrong__bits_per_character__zero_for_empty(nats, text):
    """Returns 0.0 for an empty text instead of raising."""
    return sum(nats) / math.log(2) / len(text) if text else 0.0


def wrong__bits_per_character__divides_by_zero(nats, text):
    """Raises ZeroDivisionError for an empty text, not ValueError."""
    return sum(nats) / math.log(2) / len(text)


def wrong__bits_per_character__blank_is_empty(nats, text):
    """Refuses a text of white space, which has characters."""
    if not text.strip():
        raise ValueError
    return sum(nats) / math.log(2) / len(text)


def wrong__bits_per_character__stripped(nats, text):
    """Does not count a space or a newline at the ends."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / (len(text.strip()) or 1)


def wrong__bits_per_character__no_line_ends(nats, text):
    """Does not count newlines."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / (sum(map(len, text.splitlines())) or 1)


def wrong__bits_per_character__distinct(nats, text):
    """Counts each character once."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / len(set(text))


def wrong__bits_per_character__ascii_only(nats, text):
    """Does not count é at all."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / (len(text.encode("ascii", "ignore")) or 1)


def wrong__bits_per_character__compatibility_form(nats, text):
    """Counts a ligature such as \ufb01 as two characters."""
    if not text:
        raise ValueError
    return sum(nats) / math.log(2) / len(unicodedata.normalize("NFKC", text))


def wrong__bits_per_character__whole_bits(nats, text):
    """Rounds each token up to whole bits."""
    if not text:
        raise ValueError
    return sum(math.ceil(loss / math.log(2) - 1e-3) for loss in nats) / len(text)


def wrong__bits_per_character__rounded(nats, text):
    """Rounds to three decimals as the example does."""
    if not text:
        raise ValueError
    return round(sum(nats) / math.log(2) / len(text), 3)


def wrong__bits_per_character__first_token_free(nats, text):
    """Forgets the loss of the first token of a long text."""
    if not text:
        raise ValueError
    return sum(nats[1:] if len(nats) > 2 else nats) / math.log(2) / len(text)


def wrong__bits_per_character__needs_tokens(nats, text):
    """Raises ValueError for a text without losses, whose total is 0."""
    if not text or not len(nats):
        raise ValueError
    return sum(nats) / math.log(2) / len(text)


# --- 2. merge_by_rank -------------------------------------------------------------------------------------------------


def _join_all(tokens, pair):
    joined, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == tuple(pair):
            joined.append(tokens[i] + tokens[i + 1])
            i += 2
        else:
            joined.append(tokens[i])
            i += 1
    return joined


def _by_rank(word, merges):
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    tokens = list(word)
    while known := [pair for pair in pairwise(tokens) if pair in ranks]:
        tokens = _join_all(tokens, min(known, key=ranks.get))
    return tokens


def right__merge_by_rank__every_occurrence_of_the_best(word, merges):
    return _by_rank(word, merges)


def right__merge_by_rank__one_join_at_a_time(word, merges):
    merges = [tuple(pair) for pair in merges]
    tokens = list(word)
    while True:
        found = [(merges.index(pair), i) for i, pair in enumerate(pairwise(tokens)) if pair in merges]
        if not found:
            return tokens
        _, i = min(found)
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def right__merge_by_rank__scan_from_the_first_merge_again(word, merges):
    tokens = list(word)
    again = True
    while again:
        again = False
        for pair in merges:
            joined = _join_all(tokens, pair)
            if len(joined) < len(tokens):
                tokens, again = joined, True
                break
    return tokens


def right__merge_by_rank__heap(word, merges):
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    tokens = list(word)
    following = [*range(1, len(tokens)), None]
    before = [None, *range(len(tokens) - 1)]
    heap = []

    def offer(i):
        if i is not None and following[i] is not None:
            pair = tokens[i], tokens[following[i]]
            if pair in ranks:
                heapq.heappush(heap, (ranks[pair], i, pair))

    for i in range(len(tokens)):
        offer(i)
    while heap:
        _, i, pair = heapq.heappop(heap)
        j = following[i] if tokens[i] is not None else None
        if j is None or (tokens[i], tokens[j]) != pair:
            continue
        tokens[i], tokens[j] = tokens[i] + tokens[j], None
        following[i] = following[j]
        if following[i] is not None:
            before[following[i]] = i
        following[j] = None
        offer(before[i])
        offer(i)
    return [token for token in tokens if token is not None]


def wrong__merge_by_rank__one_pass(word, merges):
    """Goes through the list once: a pair listed before the pair that makes its part is never joined."""
    tokens = list(word)
    for pair in merges:
        tokens = _join_all(tokens, pair)
    return tokens


def wrong__merge_by_rank__leftmost_pair(word, merges):
    """Joins the leftmost known pair, not the one learned earliest."""
    known = {tuple(pair) for pair in merges}
    tokens = list(word)
    while True:
        i = next((i for i, pair in enumerate(pairwise(tokens)) if pair in known), None)
        if i is None:
            return tokens
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def wrong__merge_by_rank__latest_first(word, merges):
    """Joins the pair that was learned last."""
    return _by_rank(word, list(merges)[::-1])


def wrong__merge_by_rank__longest_token(word, merges):
    """Takes the longest known token from the left: no merges at all."""
    tokens, i = [], 0
    known = {a + b for a, b in merges}
    while i < len(word):
        end = next((j for j in range(len(word), i + 1, -1) if word[i:j] in known), i + 1)
        tokens.append(word[i:end])
        i = end
    return tokens


def wrong__merge_by_rank__from_the_right(word, merges):
    """Begins at the right where a pair occurs several times: "aaa" gives a, aa."""
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    tokens = list(word)
    while True:
        found = [(ranks[pair], -i) for i, pair in enumerate(pairwise(tokens)) if pair in ranks]
        if not found:
            return tokens
        i = -min(found)[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def wrong__merge_by_rank__by_joined_text(word, merges):
    """Joins neighbors whose text is a known token, though they are no pair of the list."""
    ranks = {}
    for rank, (a, b) in enumerate(merges):
        ranks.setdefault(a + b, rank)
    tokens = list(word)
    while True:
        found = [(ranks[a + b], i) for i, (a, b) in enumerate(pairwise(tokens)) if a + b in ranks]
        if not found:
            return tokens
        i = min(found)[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def wrong__merge_by_rank__replace_in_text(word, merges):
    """Replaces in a text with spaces between tokens: also joins the end of a longer token."""
    text = " ".join(word)
    again = True
    while again:
        again = False
        for a, b in merges:
            if f"{a} {b}" in text:
                text, again = text.replace(f"{a} {b}", a + b), True
                break
    return text.split()


def wrong__merge_by_rank__separator_in_text(word, merges):
    """Replaces whole tokens, but in a text with bars: overlapping neighbors and a bar in the word go wrong."""
    text = "|" + "|".join(word) + "|"
    again = True
    while again:
        again = False
        for a, b in merges:
            if f"|{a}|{b}|" in text:
                text, again = text.replace(f"|{a}|{b}|", f"|{a}{b}|"), True
                break
    return [token for token in text.split("|") if token]


def wrong__merge_by_rank__once_each(word, merges):
    """Joins only the first occurrence of each pair."""
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    tokens = list(word)
    while True:
        found = [(ranks[pair], i) for i, pair in enumerate(pairwise(tokens)) if pair in ranks]
        if not found:
            return tokens
        _, i = min(found)
        del ranks[tokens[i], tokens[i + 1]]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def wrong__merge_by_rank__either_order(word, merges):
    """Also joins a pair the other way round."""
    merges = [tuple(pair) for pair in merges]
    return _by_rank(word, merges + [(b, a) for a, b in merges if (b, a) not in merges])


def wrong__merge_by_rank__drops_unknown(word, merges):
    """Drops characters that no merge knows."""
    known = set("".join(a + b for a, b in merges))
    return [token for token in _by_rank(word, merges) if set(token) <= known]


def wrong__merge_by_rank__unknown_together(word, merges):
    """Leaves a run of unknown characters as one token."""
    known = set("".join(a + b for a, b in merges))
    tokens = []
    for token in _by_rank(word, merges):
        if tokens and not set(token) & known and not set(tokens[-1]) & known:
            tokens[-1] += token
        else:
            tokens.append(token)
    return tokens


def wrong__merge_by_rank__empty_token(word, merges):
    """Gives one empty token for an empty word."""
    return _by_rank(word, merges) or [""]


def wrong__merge_by_rank__words_apart(word, merges):
    """Loses white space and does not join across it."""
    return [token for part in word.split() for token in _by_rank(part, merges)]


def wrong__merge_by_rank__lower(word, merges):
    """Does not tell capitals from small letters."""
    return _by_rank(word.lower(), merges)


def wrong__merge_by_rank__fifty_joins(word, merges):
    """Stops after fifty joins."""
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    tokens = list(word)
    for _ in range(50):
        found = [(ranks[pair], i) for i, pair in enumerate(pairwise(tokens)) if pair in ranks]
        if not found:
            break
        i = min(found)[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens


_WORDS = {}


def wrong__merge_by_rank__remembers_words(word, merges):
    """Remembers a word's tokens and ignores that the merges changed."""
    if word not in _WORDS:
        _WORDS[word] = _by_rank(word, merges)
    return list(_WORDS[word])


def wrong__merge_by_rank__most_frequent(word, merges):
    """Joins the most frequent known pair of the word, as in learning; the rank breaks ties."""
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    tokens = list(word)
    while counts := {pair: n for pair, n in Counter(pairwise(tokens)).items() if pair in ranks}:
        tokens = _join_all(tokens, min(counts, key=lambda pair: (-counts[pair], ranks[pair])))
    return tokens


# --- 3. keep_nucleus --------------------------------------------------------------------------------------------------


def _sorted(logits):
    ordered, order = logits.sort(dim=-1, descending=True)
    probabilities = ordered.softmax(-1)
    return ordered, order, probabilities, probabilities.cumsum(-1)


def _put_back(logits, order, dropped):
    return logits.masked_fill(torch.zeros_like(dropped).scatter(-1, order, dropped), -math.inf)


def right__keep_nucleus__sort_and_scatter(logits, share):
    _, order, probabilities, total = _sorted(logits)
    return _put_back(logits, order, total - probabilities >= share)


def right__keep_nucleus__shifted_total(logits, share):
    ordered, order, _, total = _sorted(logits)
    enough = torch.cat([torch.zeros_like(total[..., :1], dtype=torch.bool), total[..., :-1] >= share], dim=-1)
    return torch.full_like(logits, -math.inf).scatter(-1, order, ordered.masked_fill(enough, -math.inf))


def right__keep_nucleus__loop_over_rows(logits, share):
    rows = logits.reshape(-1, logits.shape[-1])
    kept = torch.full_like(rows, -math.inf)
    for row, out in zip(rows, kept, strict=True):
        probabilities = row.softmax(0)
        total = 0.0
        for i in probabilities.argsort(descending=True):
            out[i] = row[i]
            total += probabilities[i]
            if total >= share:
                break
    return kept.reshape(logits.shape)


def right__keep_nucleus__count_and_rank(logits, share):
    order = logits.argsort(dim=-1, descending=True)
    total = logits.softmax(-1).gather(-1, order).cumsum(-1)
    size = (total < share).sum(-1, keepdim=True) + 1
    rank = order.argsort(dim=-1)
    return torch.where(rank < size, logits, torch.tensor(-math.inf, dtype=logits.dtype))


def right__keep_nucleus__numpy_rows(logits, share):
    def one(row):
        weights = np.exp(row - row.max())
        order = np.argsort(-row, kind="stable")
        total = np.cumsum((weights / weights.sum())[order])
        out = np.full_like(row, -np.inf)
        chosen = order[: np.searchsorted(total, share) + 1]
        out[chosen] = row[chosen]
        return out

    return torch.from_numpy(np.apply_along_axis(one, -1, logits.numpy()))


def wrong__keep_nucleus__without_the_crossing_token(logits, share):
    """Drops the token that reaches the share, except the first: the set has too little probability."""
    _, order, _, total = _sorted(logits)
    dropped = total > share
    dropped[..., 0] = False
    return _put_back(logits, order, dropped)


def wrong__keep_nucleus__one_more_on_equality(logits, share):
    """Keeps one token too many where the share is reached exactly: 0.5 of (0.5, 0.5)."""
    _, order, probabilities, total = _sorted(logits)
    return _put_back(logits, order, total - probabilities > share)


def wrong__keep_nucleus__may_be_empty(logits, share):
    """Drops everything where the first token alone exceeds the share."""
    _, order, _, total = _sorted(logits)
    return _put_back(logits, order, total > share)


def wrong__keep_nucleus__threshold_keeps_ties(logits, share):
    """Keeps all tokens as probable as the last: not the smallest set."""
    ordered, _, probabilities, total = _sorted(logits)
    size = (total - probabilities < share).sum(-1, keepdim=True)
    return logits.masked_fill(logits < ordered.gather(-1, size - 1), -math.inf)


def wrong__keep_nucleus__stays_sorted(logits, share):
    """Leaves the logits in sorted order."""
    ordered, _, probabilities, total = _sorted(logits)
    return ordered.masked_fill(total - probabilities >= share, -math.inf)


def wrong__keep_nucleus__gathers_back(logits, share):
    """Puts the mask back with gather(order), not its inverse: wrong from three tokens on."""
    _, order, probabilities, total = _sorted(logits)
    return logits.masked_fill((total - probabilities >= share).gather(-1, order), -math.inf)


def wrong__keep_nucleus__normalizes(logits, share):
    """Returns logarithms of probabilities, not the logits as they were."""
    _, order, probabilities, total = _sorted(logits)
    return _put_back(logits.log_softmax(-1), order, total - probabilities >= share)


def wrong__keep_nucleus__very_small_number(logits, share):
    """Sets the others to the smallest number, not to minus infinity."""
    _, order, probabilities, total = _sorted(logits)
    kept = _put_back(logits, order, total - probabilities >= share)
    return kept.clamp(min=torch.finfo(logits.dtype).min)


def wrong__keep_nucleus__unstable(logits, share):
    """Overflows on large logits."""
    weights = logits.exp()
    order = logits.argsort(dim=-1, descending=True)
    probabilities = (weights / weights.sum(-1, keepdim=True)).gather(-1, order)
    return _put_back(logits, order, probabilities.cumsum(-1) - probabilities >= share)


def wrong__keep_nucleus__size_of_the_first_row(logits, share):
    """Keeps in all rows as many tokens as in the first."""
    rows = logits.reshape(-1, logits.shape[-1])
    _, order, probabilities, total = _sorted(rows)
    dropped = (total - probabilities >= share)[:1].expand_as(rows)
    return _put_back(rows, order, dropped).reshape(logits.shape)


def wrong__keep_nucleus__widest_row(logits, share):
    """Keeps in all rows as many tokens as the widest row needs."""
    rows = logits.reshape(-1, logits.shape[-1])
    _, order, probabilities, total = _sorted(rows)
    dropped = (total - probabilities >= share).all(0, keepdim=True).expand_as(rows)
    return _put_back(rows, order, dropped).reshape(logits.shape)


def wrong__keep_nucleus__probabilities_over_dim_one(logits, share):
    """Uses dimension 1 for the last one: wrong for three dimensions, right for one and two."""
    dim = min(1, logits.dim() - 1)
    ordered, order = logits.sort(dim=dim, descending=True)
    probabilities = ordered.softmax(dim)
    dropped = probabilities.cumsum(dim) - probabilities >= share
    return logits.masked_fill(torch.zeros_like(dropped).scatter(dim, order, dropped), -math.inf)


def wrong__keep_nucleus__relative_to_best(logits, share):
    """Keeps tokens with at least 1 - share of the best one's probability (min-p)."""
    probabilities = logits.softmax(-1)
    return logits.masked_fill(probabilities < (1 - share) * probabilities.amax(-1, keepdim=True), -math.inf)


def wrong__keep_nucleus__tail_of_each(logits, share):
    """Drops every token with less than 1 - share of its own, not of the tail together."""
    probabilities = logits.softmax(-1)
    small = (probabilities < 1 - share) & (probabilities < probabilities.amax(-1, keepdim=True))
    return logits.masked_fill(small, -math.inf)


def wrong__keep_nucleus__at_least_two(logits, share):
    """Always keeps two tokens."""
    _, order, probabilities, total = _sorted(logits)
    dropped = total - probabilities >= share
    dropped[..., :2] = False
    return _put_back(logits, order, dropped)


def wrong__keep_nucleus__least_probable_first(logits, share):
    """Collects the share from the least probable tokens."""
    order = logits.argsort(dim=-1)
    probabilities = logits.softmax(-1).gather(-1, order)
    return _put_back(logits, order, probabilities.cumsum(-1) - probabilities >= share)


def wrong__keep_nucleus__fifty_candidates(logits, share):
    """Looks at the 50 most probable tokens only: a flat row of a large vocabulary needs more."""
    k = min(50, logits.shape[-1])
    ordered, order = logits.topk(k, dim=-1)
    total = ordered.softmax(-1).cumsum(-1)
    dropped = total - ordered.softmax(-1) >= share
    return torch.full_like(logits, -math.inf).scatter(-1, order, ordered.masked_fill(dropped, -math.inf))


def wrong__keep_nucleus__in_reading_order(logits, share):
    """Adds up in the order of the vocabulary, without sorting."""
    probabilities = logits.softmax(-1)
    return logits.masked_fill(probabilities.cumsum(-1) - probabilities >= share, -math.inf)


def wrong__keep_nucleus__squeezes(logits, share):
    """Loses dimensions of length one."""
    _, order, probabilities, total = _sorted(logits)
    kept = _put_back(logits, order, total - probabilities >= share)
    return kept.squeeze(0) if kept.dim() > 1 else kept


# --- 4. overlap_share -------------------------------------------------------------------------------------------------


def _runs(text, words):
    parts = text.split()
    return [tuple(parts[i : i + words]) for i in range(len(parts) - words + 1)]


def _share(known, runs):
    return sum(run in known for run in runs) / len(runs) if runs else 0.0


def right__overlap_share__set_of_tuples(training, test, words):
    return _share(set(_runs(training, words)), _runs(test, words))


def right__overlap_share__counters(training, test, words):
    seen, asked = Counter(_runs(training, words)), Counter(_runs(test, words))
    if not asked:
        return 0.0
    return sum(n for run, n in asked.items() if run in seen) / asked.total()


def right__overlap_share__text_with_spaces(training, test, words):
    text = " " + " ".join(training.split()) + " "
    runs = _runs(test, words)
    return float(np.mean([" " + " ".join(run) + " " in text for run in runs])) if runs else 0.0


def right__overlap_share__zip_of_shifts(training, test, words):
    def runs(text):
        parts = text.split()
        return list(zip(*(parts[i:] for i in range(words)), strict=False))

    return _share(set(runs(training)), runs(test))


def right__overlap_share__loops(training, test, words):
    a, b = training.split(), test.split()
    found = count = 0
    for i in range(len(b) - words + 1):
        count += 1
        for j in range(len(a) - words + 1):
            if a[j : j + words] == b[i : i + words]:
                found += 1
                break
    return found / count if count else 0.0


def wrong__overlap_share__distinct_runs(training, test, words):
    """Counts a run that the test repeats once."""
    return _share(set(_runs(training, words)), set(_runs(test, words)))


def wrong__overlap_share__as_often_as_in_training(training, test, words):
    """Counts a repeated run at most as often as the training text has it."""
    asked = Counter(_runs(test, words))
    return (Counter(_runs(training, words)) & asked).total() / asked.total() if asked else 0.0


def wrong__overlap_share__part_of_a_word(training, test, words):
    """Searches the text: "he cat" is found in "the cat"."""
    text = " ".join(training.split())
    runs = _runs(test, words)
    return sum(" ".join(run) in text for run in runs) / len(runs) if runs else 0.0


def wrong__overlap_share__end_of_the_last_word(training, test, words):
    """Guards the beginning of the run but not its end: "the cat" is found in "the cats"."""
    text = " " + " ".join(training.split())
    runs = _runs(test, words)
    return sum(" " + " ".join(run) in text for run in runs) / len(runs) if runs else 0.0


def wrong__overlap_share__raw_training_text(training, test, words):
    """Leaves the training text's white space as it is: a run across a line's end is not found."""
    text = f" {training} "
    runs = _runs(test, words)
    return sum(" " + " ".join(run) + " " in text for run in runs) / len(runs) if runs else 0.0


def wrong__overlap_share__without_separator(training, test, words):
    """Glues the words of a run together: "a bc" is taken for "ab c"."""
    return _share({"".join(run) for run in _runs(training, words)}, ["".join(run) for run in _runs(test, words)])


def wrong__overlap_share__split_at_spaces(training, test, words):
    """Splits at single spaces: two spaces make an empty word, a newline none."""

    def runs(text):
        parts = text.split(" ")
        return [tuple(parts[i : i + words]) for i in range(len(parts) - words + 1)]

    return _share(set(runs(training)), runs(test))


def wrong__overlap_share__regex_split(training, test, words):
    """Splits with a regular expression: white space at an end makes an empty word."""

    def runs(text):
        parts = re.split(r"\s+", text)
        return [tuple(parts[i : i + words]) for i in range(len(parts) - words + 1)]

    return _share(set(runs(training)), runs(test))


def wrong__overlap_share__line_by_line(training, test, words):
    """Forms no runs across the end of a line."""
    known = {run for line in training.splitlines() for run in _runs(line, words)}
    return _share(known, [run for line in test.splitlines() for run in _runs(line, words)])


def wrong__overlap_share__lower(training, test, words):
    """Ignores capitals."""
    return _share(set(_runs(training.lower(), words)), _runs(test.lower(), words))


def wrong__overlap_share__no_punctuation(training, test, words):
    """Ignores punctuation at the ends of words."""

    def runs(text):
        parts = [part.strip(".,;:!?\"'()") for part in text.split()]
        return [tuple(parts[i : i + words]) for i in range(len(parts) - words + 1)]

    return _share(set(runs(training)), runs(test))


def wrong__overlap_share__word_characters(training, test, words):
    """Takes runs of letters for words: splits "don't" in two."""

    def runs(text):
        parts = re.findall(r"\w+|[^\w\s]+", text)
        return [tuple(parts[i : i + words]) for i in range(len(parts) - words + 1)]

    return _share(set(runs(training)), runs(test))


def wrong__overlap_share__last_run_missing(training, test, words):
    """Leaves out the last run of both texts."""
    return _share(set(_runs(training, words)[:-1]), _runs(test, words)[:-1])


def wrong__overlap_share__last_training_run_missing(training, test, words):
    """Leaves out the last run of the training text."""
    return _share(set(_runs(training, words)[:-1]), _runs(test, words))


def wrong__overlap_share__side_by_side(training, test, words):
    """Cuts the test into runs that do not overlap."""
    return _share(set(_runs(training, words)), _runs(test, words)[::words])


def wrong__overlap_share__any_order(training, test, words):
    """Ignores the order of the words in a run."""
    return _share({tuple(sorted(r)) for r in _runs(training, words)}, [tuple(sorted(r)) for r in _runs(test, words)])


def wrong__overlap_share__words_anywhere(training, test, words):
    """Asks only that each word of the run occurs somewhere."""
    known = set(training.split())
    runs = _runs(test, words)
    return sum(set(run) <= known for run in runs) / len(runs) if runs else 0.0


def wrong__overlap_share__chained_pairs(training, test, words):
    """Asks only that each two neighbors of the run occur as neighbors: wrong from three words on."""
    known = set(_runs(training, min(words, 2)))
    runs = _runs(test, words)
    if not runs:
        return 0.0
    return sum(all(pair in known for pair in _runs(" ".join(run), min(words, 2))) for run in runs) / len(runs)


def wrong__overlap_share__at_most_three_words(training, test, words):
    """Compares only the first four words of a run."""
    return _share({run[:4] for run in _runs(training, words)}, [run[:4] for run in _runs(test, words)])


def wrong__overlap_share__of_the_training(training, test, words):
    """Swaps the texts: the share of the training text's runs."""
    return _share(set(_runs(test, words)), _runs(training, words))


def wrong__overlap_share__characters(training, test, words):
    """Takes runs of characters, not of words."""
    known = {training[i : i + words] for i in range(len(training) - words + 1)}
    return _share(known, [test[i : i + words] for i in range(len(test) - words + 1)])


def wrong__overlap_share__divides_by_words(training, test, words):
    """Divides by the number of words of the test, not of its runs."""
    known, runs = set(_runs(training, words)), _runs(test, words)
    return sum(run in known for run in runs) / len(test.split()) if runs else 0.0


def wrong__overlap_share__short_test_is_one_run(training, test, words):
    """Takes a test that is shorter than a run for a run of its own."""
    parts = test.split()
    if parts and len(parts) < words:
        return float(" " + " ".join(parts) + " " in " " + " ".join(training.split()) + " ")
    return _share(set(_runs(training, words)), _runs(test, words))


def wrong__overlap_share__covered_words(training, test, words):
    """Returns the share of words that lie in a known run."""
    known, runs = set(_runs(training, words)), _runs(test, words)
    covered = {i + k for i, run in enumerate(runs) if run in known for k in range(words)}
    return len(covered) / len(test.split()) if runs else 0.0


def wrong__overlap_share__no_run_is_one(training, test, words):
    """Returns 1.0 where the test has no run."""
    runs = _runs(test, words)
    return _share(set(_runs(training, words)), runs) if runs else 1.0


# --- 5. continue_with_cache -------------------------------------------------------------------------------------------


def right__continue_with_cache__loop(model, ids, count):
    logits, cache = model(ids, None, 0)
    for _ in range(count - 1):
        following = logits[:, -1].argmax(-1, keepdim=True)
        logits, cache = model(following, cache, ids.shape[1])
        ids = torch.cat([ids, following], dim=1)
    return torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)


def right__continue_with_cache__count_what_was_seen(model, ids, count):
    seen, cache = 0, None
    for _ in range(count):
        logits, cache = model(ids[:, seen:], cache, seen)
        seen = ids.shape[1]
        ids = torch.hstack([ids, logits[:, -1, :].topk(1, dim=-1).indices])
    return ids


def right__continue_with_cache__token_by_token(model, ids, count):
    columns = list(ids.unbind(1))
    cache = None
    for position in range(ids.shape[1] + count - 1):
        logits, cache = model(columns[position][:, None], cache, position)
        if position + 1 == len(columns):
            columns.append(logits[:, 0].argmax(-1))
    return torch.stack(columns, dim=1)


def right__continue_with_cache__filled_table(model, ids, count):
    n = ids.shape[1]
    out = torch.zeros(ids.shape[0], n + count, dtype=ids.dtype)
    out[:, :n] = ids
    fed, cache = 0, None
    for end in range(n, n + count):
        logits, cache = model(out[:, fed:end].clone(), cache, fed)
        out[:, end] = logits.log_softmax(-1)[:, -1].max(-1).indices
        fed = end
    return out


def _generate(model, ids, count, pick=lambda logits: logits[:, -1].argmax(-1, keepdim=True), shift=0):
    seen, cache = 0, None
    for step in range(count):
        logits, cache = model(ids[:, seen:], cache, seen + (shift if step else 0))
        seen = ids.shape[1]
        ids = torch.cat([ids, pick(logits)], dim=1)
    return ids


def wrong__continue_with_cache__recomputes(model, ids, count):
    """Feeds the whole text at each step."""
    for _ in range(count):
        logits, _ = model(ids, None, 0)
        ids = torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    return ids


def wrong__continue_with_cache__no_cache_means_start(model, ids, count):
    """Takes a cache that is None for a model that has seen nothing: feeds the prompt again."""
    cache = None
    for _ in range(count):
        if cache is None:
            logits, cache = model(ids, None, 0)
        else:
            logits, cache = model(ids[:, -1:], cache, ids.shape[1] - 1)
        ids = torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    return ids


def wrong__continue_with_cache__feeds_the_last_too(model, ids, count):
    """Feeds the last new token as well: n + count tokens."""
    logits, cache = model(ids, None, 0)
    for _ in range(count):
        following = logits[:, -1].argmax(-1, keepdim=True)
        logits, cache = model(following, cache, ids.shape[1])
        ids = torch.cat([ids, following], dim=1)
    return ids


def wrong__continue_with_cache__last_prompt_token_twice(model, ids, count):
    """Fills the cache with the prompt, then feeds its last token again."""
    _, cache = model(ids, None, 0)
    for _ in range(count):
        logits, cache = model(ids[:, -1:], cache, ids.shape[1] - 1)
        ids = torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    return ids


def wrong__continue_with_cache__always_position_zero(model, ids, count):
    """Feeds each token at position 0."""
    logits, cache = model(ids, None, 0)
    for step in range(count):
        if step:
            logits, cache = model(ids[:, -1:], cache, 0)
        ids = torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    return ids


def wrong__continue_with_cache__position_after(model, ids, count):
    """Feeds each new token one position too far."""
    return _generate(model, ids, count, shift=1)


def wrong__continue_with_cache__position_of_new_only(model, ids, count):
    """Counts the positions of the new tokens from 1: right for a prompt of one token."""
    return _generate(model, ids, count, shift=1 - ids.shape[1])


def wrong__continue_with_cache__forgets_the_cache(model, ids, count):
    """Passes None for the cache at each step."""
    seen = 0
    for _ in range(count):
        logits, _ = model(ids[:, seen:], None, seen)
        seen = ids.shape[1]
        ids = torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    return ids


def wrong__continue_with_cache__first_cache_forever(model, ids, count):
    """Passes the first cache at each step: right up to two new tokens, or if the model changes it in place."""
    logits, cache = model(ids, None, 0)
    for step in range(count):
        if step:
            logits, _ = model(ids[:, -1:], cache, ids.shape[1] - 1)
        ids = torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    return ids


def wrong__continue_with_cache__first_position(model, ids, count):
    """Reads the prediction after the first token of the prompt."""
    return _generate(model, ids, count, lambda logits: logits[:, 0].argmax(-1, keepdim=True))


def wrong__continue_with_cache__first_row_for_all(model, ids, count):
    """Continues every row with the first row's token."""
    return _generate(model, ids, count, lambda logits: logits[:1, -1].argmax(-1, keepdim=True).expand(len(logits), 1))


def wrong__continue_with_cache__row_by_row_one_cache(model, ids, count):
    """Feeds the rows one after the other, at the positions of one long text."""
    return torch.cat([_generate(model, row[None], count, shift=i) for i, row in enumerate(ids)])


def wrong__continue_with_cache__samples(model, ids, count):
    """Draws the next token at random."""
    return _generate(model, ids, count, lambda logits: torch.multinomial(logits[:, -1].softmax(-1), 1))


def wrong__continue_with_cache__largest_magnitude(model, ids, count):
    """Takes the largest absolute logit: wrong where logits are negative."""
    return _generate(model, ids, count, lambda logits: logits[:, -1].abs().argmax(-1, keepdim=True))


def wrong__continue_with_cache__stops_at_zero(model, ids, count):
    """Repeats 0 once a row has produced it, as if it ended the text."""
    out = _generate(model, ids, count)
    n = ids.shape[1]
    ended = (out[:, n:] == 0).cumsum(1) > 0
    return torch.cat([ids, out[:, n:].masked_fill(ended, 0)], dim=1)


def wrong__continue_with_cache__only_new(model, ids, count):
    """Returns the new tokens only."""
    return _generate(model, ids, count)[:, ids.shape[1] :]


def wrong__continue_with_cache__one_too_few(model, ids, count):
    """Adds one token too few where count exceeds one."""
    return _generate(model, ids, max(count - 1, 1))


def wrong__continue_with_cache__prompt_token_by_token_from_one(model, ids, count):
    """Feeds the prompt's first token together with the second, both from position 0, then skips one position."""
    columns = list(ids.unbind(1))
    cache = None
    for position in range(ids.shape[1] + count - 1):
        logits, cache = model(columns[position][:, None], cache, position + (position > 1))
        if position + 1 == len(columns):
            columns.append(logits[:, 0].argmax(-1))
    return torch.stack(columns, dim=1)


def wrong__continue_with_cache__window_of_sixteen(model, ids, count):
    """Feeds only the last sixteen tokens of a longer prompt."""
    cut = max(ids.shape[1] - 16, 0)
    return torch.cat([ids[:, :cut], _generate(model, ids[:, cut:], count)], dim=1)


def wrong__continue_with_cache__one_call_for_all(model, ids, count):
    """Asks the model once and appends the same token count times."""
    logits, _ = model(ids, None, 0)
    return torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True).expand(-1, count)], dim=1)
