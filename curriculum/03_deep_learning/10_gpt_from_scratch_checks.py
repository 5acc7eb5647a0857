"""Checks, hints and known mistakes of 03_deep_learning/10_gpt_from_scratch."""

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
from hypothesis import assume
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from handrail.expect import (
    AnswerRaised,
    agree,
    between,
    call,
    close,
    for_all,
    hints,
    kind,
    numbers,
    raises,
    require,
    shape,
    told_by_message,
)

# 1. bits_per_character


def bits_of_probability(nats, text):
    """Turn each loss into a probability and add up the information of each, one after the other."""
    return math.fsum(-math.log2(math.exp(-loss)) for loss in nats) / sum(1 for _ in text)


@hints(
    "What do the losses of all tokens add up to, and which number about the text is the same for both teams?",
    "A nat is 1 / ln 2 = 1.4427 bits. Add up first, then convert, then share the total among the characters.",
    "The denominator counts letters, not tokens and not bytes. What does it do when there are none?",
)
def check_bits_per_character(bits_per_character):
    texts = st.text("ab é\n", min_size=1, max_size=12)
    also = [call([0.5, 0.25], "abcde"), call([3.0], "éé"), call([1.0, 2.0, 4.0], "a b"), call([0.0], "a")]
    also += [call([2.0], "a\N{GRINNING FACE}"), call([2.0], "\N{LATIN SMALL LIGATURE FI}n")]
    also += [call([700.0, 1.0], "ab c"), call([2.0] * 400, "text " * 30), call([], "a"), call([1.5], "\n")]
    agree(
        bits_per_character,
        bits_of_probability,
        on=(st.lists(numbers(0, 12), max_size=8), texts),
        also=also,
        examples=40,
        rtol=1e-5,
        atol=1e-7,
    )
    for nats in ([], [1.0]):
        raises(bits_per_character, ValueError, call(nats, ""), why="An empty text has no characters.")


def _nonempty(text):
    if not text:
        raise ValueError("empty text")


def bits_per_character__per_token(nats, text):
    """You divided by the number of tokens. Then a tokenizer with longer tokens looks worse for free: it has fewer of
    them to share the same bits."""
    _nonempty(text)
    return sum(nats) / math.log(2) / max(1, len(nats))


def bits_per_character__nats(nats, text):
    """That is nats for each character. A bit is a factor of two: divide by the natural logarithm of 2."""
    _nonempty(text)
    return sum(nats) / len(text)


def bits_per_character__bytes(nats, text):
    """You counted bytes. `é` is one character, though UTF-8 stores it in two bytes."""
    _nonempty(text)
    return sum(nats) / math.log(2) / len(text.encode())


def bits_per_character__multiplied(nats, text):
    """You multiplied by ln 2 where you should divide. A bit is smaller than a nat, so the number must grow."""
    _nonempty(text)
    return sum(nats) * math.log(2) / len(text)


def bits_per_character__words(nats, text):
    """You divided by the number of words. The unit is the character, blanks and line ends included."""
    _nonempty(text)
    return sum(nats) / math.log(2) / max(1, len(text.split()))


def bits_per_character__stripped(nats, text):
    """You left white space out of the count. The model had to predict it too, so it counts as characters."""
    _nonempty(text)
    return sum(nats) / math.log(2) / max(1, len("".join(text.split())))


def bits_per_character__mean_first(nats, text):
    """You took the mean over the tokens and divided by the characters as well. The *total* is what characters share."""
    _nonempty(text)
    return sum(nats) / max(1, len(nats)) / math.log(2) / len(text)


def bits_per_character__log_of_loss(nats, text):
    """You took the logarithm of the losses. They are logarithms already; changing the base is one division."""
    _nonempty(text)
    return sum(math.log2(loss) for loss in nats if loss > 0) / len(text)


def bits_per_character__no_refusal(nats, text):
    """An empty text got an answer. Nothing can be shared among no characters: raise ValueError."""
    return sum(nats) / math.log(2) / max(1, len(text))


# 2. merge_by_rank


def library_encodes(word, merges):
    """Encode with the BPE model of the library `tokenizers`."""
    tokens = dict.fromkeys([*sorted(set(word) | {c for pair in merges for part in pair for c in part})])
    tokens |= dict.fromkeys(part for pair in merges for part in (*pair, "".join(pair)))
    model = models.BPE({token: i for i, token in enumerate(tokens)}, [tuple(pair) for pair in merges])
    return Tokenizer(model).encode(word).tokens


def _join_all(tokens, pair):
    """Join every occurrence of a pair, from the left."""
    result, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            result.append(tokens[i] + tokens[i + 1])
            i += 2
        else:
            result.append(tokens[i])
            i += 1
    return result


def _in_rounds(word, merges):
    """Join all occurrences of the earliest pair at once: the other common way, which differs in rare cases."""
    rank, tokens = {tuple(pair): i for i, pair in enumerate(merges)}, list(word)
    while known := [pair for pair in pairwise(tokens) if pair in rank]:
        tokens = _join_all(tokens, min(known, key=rank.get))
    return tokens


@st.composite
def vocabularies(draw):
    """Merges as training learns them: both parts of a pair are letters or were made by an earlier merge."""
    made, merges = list("abc"), []
    for _ in range(draw(between(0, 7))):
        pair = draw(st.tuples(st.sampled_from(made), st.sampled_from(made)))
        if pair not in merges:
            merges.append(pair)
            made += [pair[0] + pair[1]] * (pair[0] + pair[1] not in made)
    parts = draw(st.lists(st.sampled_from([*made, "x"]), max_size=5))
    word = "".join(parts)[:16]
    assume(library_encodes(word, merges) == _in_rounds(word, merges))
    return call(word, merges)


LATE_ENABLES_EARLY = [("b", "c"), ("a", "b"), ("ab", "c"), ("abc", "d"), ("a", "bc")]
RANKS = [
    call("abc", [("b", "c"), ("a", "b")]),
    call("abcab", [("b", "c"), ("a", "b"), ("a", "bc")]),
    call("ababab", [("a", "b")]),
    call("aaaaa", [("a", "a")]),
    call("aaaaaaa", [("a", "a"), ("aa", "aa")]),
    call("abcd", LATE_ENABLES_EARLY),
    call("xabcdabcx", LATE_ENABLES_EARLY),
    call("abcdab", [("a", "b"), ("c", "d"), ("b", "c"), ("ab", "cd")]),
    call("bcde", [("d", "e"), ("b", "c"), ("c", "de"), ("b", "cde")]),
    call("", [("a", "b")]),
    call("a", [("a", "b")]),
    call("abc", []),
    call("Zoë zoë", [("o", "ë"), ("z", "oë")]),
    call("abcabd" * 4, [("a", "b"), ("b", "d"), ("ab", "c"), ("ab", "d"), ("abc", "abd")]),
]


@hints(
    "Which of the pairs that stand in the word now was learned first? Longer tokens have no priority of their own.",
    "Give each pair its place in `merges` (a dictionary). In every round find the smallest place among the "
    "neighbors, join there, and look at *all* neighbors again.",
    "A pair that isn't in the list has rank infinity; you are done when all have. Two neighboring tokens become one: "
    "assign a list of one to a slice of two.",
)
def check_merge_by_rank(merge_by_rank):
    def encode(word, merges):
        returned = merge_by_rank(word, merges)
        kind(returned, (list, tuple))
        close(list(returned), library_encodes(word, merges))

    for_all(encode, vocabularies(), also=RANKS, examples=60)
    for_all(encode, [call("ab" * 60, [("a", "b")]), call("abc" * 60, [("b", "c"), ("a", "bc")])], examples=2)


def merge_by_rank__longest_match(word, merges):
    """You took the longest token that fits, from the left. BPE applies the *earliest learned* merge first, wherever it
    stands; "abc" may become a + bc although "ab" is a token too."""
    known, tokens, i = {"".join(pair) for pair in merges}, [], 0
    while i < len(word):
        end = max((j for j in range(i + 1, len(word) + 1) if word[i:j] in known), default=i + 1)
        tokens.append(word[i:end])
        i = end
    return tokens


def merge_by_rank__one_pass(word, merges):
    """You went through the list of merges once. A merge can make a token that an *earlier* one was waiting for ("abc"
    from a + bc, after abc + d was passed), so look again after each join."""
    tokens = list(word)
    for pair in merges:
        tokens = _join_all(tokens, pair)
    return tokens


def merge_by_rank__first_occurrence(word, merges):
    """You applied each merge to its first occurrence only. A pair that stands in the word twice is joined twice."""
    tokens = list(word)
    for pair in merges:
        for i, found in enumerate(pairwise(tokens)):
            if found == tuple(pair):
                tokens[i : i + 2] = ["".join(pair)]
                break
    return tokens


def merge_by_rank__leftmost(word, merges):
    """You joined the leftmost pair that is known. Rank decides first; the place only among occurrences of one pair."""
    known, tokens, i = {tuple(pair) for pair in merges}, list(word), 0
    while i < len(tokens) - 1:
        if (tokens[i], tokens[i + 1]) in known:
            tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
            i = 0
        else:
            i += 1
    return tokens


def merge_by_rank__latest_first(word, merges):
    """You applied the pair that was learned *latest*. The list begins with the earliest, and that one goes first."""
    return _in_rounds(word, list(merges)[::-1])


def merge_by_rank__rightmost(word, merges):
    """Where a pair overlaps with itself, as in "aaa", you began at the right. Begin at the left."""
    rank, tokens = {tuple(pair): i for i, pair in enumerate(merges)}, list(word)
    while known := [pair for pair in pairwise(tokens) if pair in rank]:
        best = min(known, key=rank.get)
        at = max(i for i in range(len(tokens) - 1) if (tokens[i], tokens[i + 1]) == best)
        tokens[at : at + 2] = ["".join(best)]
    return tokens


def merge_by_rank__only_letters(word, merges):
    """You stopped after one round: tokens that were made in it may be part of further pairs."""
    rank = {tuple(pair): i for i, pair in enumerate(merges)}
    known = [pair for pair in pairwise(word) if pair in rank]
    return _join_all(list(word), min(known, key=rank.get)) if known else list(word)


def merge_by_rank__by_string(word, merges):
    """You replaced by the text of the token, not by the pair. "abc" from ab + c is joined only where `ab` *is* a token
    now; a + bc is another pair."""
    tokens = list(word)
    texts = ["".join(pair) for pair in merges]
    for text in texts:
        i = 0
        while i < len(tokens) - 1:
            if tokens[i] + tokens[i + 1] == text:
                tokens[i : i + 2] = [text]
            i += 1
    return tokens


def merge_by_rank__drops_unknown(word, merges):
    """Characters that no merge knows are gone. The tokens of a word, joined, must be the word again."""
    known = {c for pair in merges for part in pair for c in part}
    return [token for token in _in_rounds(word, merges) if token[0] in known]


# 3. keep_nucleus


LOGITS = st.one_of(numbers(-4, 4), numbers(-4, 4), st.just(-math.inf))


@st.composite
def distributions(draw):
    vocabulary = draw(between(1, 7))
    rows = draw(st.sampled_from([(), (), (1,), (3,), (2, 2)]))
    count = vocabulary * math.prod(rows)
    values = draw(st.lists(LOGITS, min_size=count, max_size=count))
    logits = torch.tensor(values, dtype=draw(st.sampled_from([torch.float32, torch.float32, torch.float64])))
    logits = logits.reshape(*rows, vocabulary)
    assume(bool(logits.isfinite().any(-1).all()))
    share = draw(st.sampled_from([0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97]))
    assume(_clear(logits, share))
    return call(logits, share)


def _chances(row):
    """Return the probabilities of one row of logits, in NumPy and float64."""
    values = row.detach().cpu().numpy().astype(np.float64)
    odds = np.exp(values - values.max())
    return odds / odds.sum()


def _clear(logits, share):
    """Whether no sum of the largest probabilities lies so close to the share that rounding would decide."""
    sums = logits.double().softmax(dim=-1).sort(descending=True).values.cumsum(dim=-1)
    return bool((sums - share).abs().min() >= 1e-4)


NUCLEI = [
    call(torch.tensor([0.1, 0.6, 0.3]).log(), 0.7),
    call(torch.tensor([0.1, 0.6, 0.3]).log(), 0.1),
    call(torch.tensor([[0.5, 0.2, 0.3], [0.05, 0.05, 0.9]]).log(), 0.6),
    call(torch.tensor([2.0, 2.0, 2.0, 2.0]), 0.6),
    call(torch.tensor([1.0, -math.inf, 3.0, -math.inf]), 0.97),
    call(torch.tensor([0.5]), 0.5),
    call(torch.tensor([300.0, 299.0, -300.0, 298.5]), 0.8),
    call(torch.tensor([0.25, 0.1, 0.15, 0.2, 0.3]).log(), 0.4),
    call(torch.tensor([[[1.0, 3.0, 2.0], [3.0, 2.0, 1.0]], [[2.0, 1.0, 3.0], [1.0, 2.0, 3.0]]]), 0.8),
    call(torch.tensor([0.05, 0.15, 0.35, 0.05, 0.4], dtype=torch.float64).log(), 0.85),
    call(torch.arange(300.0).sin(), 0.9),
]
EXACT = [call(torch.tensor([0.0, 0.0]), 0.5), call(torch.tensor([[2.0, 2.0, 2.0, 2.0], [0.5, 0.5, 0.5, 0.5]]), 0.75)]


@hints(
    "Sort one row by probability and add up from the top. For which token is the share reached for the first time, "
    "and does it stay?",
    "Look at the mass *before* each token in the sorted row: it stays while that is smaller than the share. For the "
    "first token that mass is 0.",
    "Your flags are in sorted order. The second result of `sort` says where each one came from: `scatter` (or sorting "
    "those places) brings the flags home.",
)
def check_keep_nucleus(keep_nucleus):
    def nucleus(logits, share):
        original = logits.clone()
        returned = keep_nucleus(logits, share)
        kind(returned, torch.Tensor)
        shape(returned, tuple(original.shape))
        kept = returned > -math.inf
        require(not returned.isnan().any(), "There is a nan in the result.")
        tiny = kept & (returned < -1000)
        require(not tiny.any(), "A removed logit is very negative, but finite. Set it to −∞: no probability at all.")
        close(torch.where(kept, returned, 0.0), torch.where(kept, original, 0.0), "the logits that you kept", rtol=1e-6)
        for row, stays in zip(original.reshape(-1, original.shape[-1]), kept.reshape(-1, kept.shape[-1]), strict=True):
            _one_row(_chances(row), stays.numpy(), share)

    for_all(nucleus, distributions(), also=NUCLEI, examples=50)
    for_all(nucleus, EXACT, examples=2)  # sums that rounding doesn't touch: the share is reached exactly


def _one_row(chances, stays, share):
    mass = chances[stays].sum()
    require(stays.any(), "Nothing is left of a row. At least one token stays.")
    require(mass >= share - 1e-6, f"What you kept has a probability of {mass:.4f}, less than the share {share}.")
    wanted = int(np.searchsorted(np.cumsum(np.sort(chances)[::-1]), share) + 1)
    require(
        stays.sum() == wanted, f"You kept {stays.sum()} tokens; the smallest set that reaches {share} has {wanted}."
    )
    least = chances[stays].min()
    require(
        (chances[~stays] <= least * (1 + 1e-6)).all(), "A token that you removed is more probable than one that stays."
    )


def _nucleus(logits, share, beyond, home=True):
    ordered, places = logits.sort(dim=-1, descending=True)
    flags = beyond(ordered.softmax(dim=-1))
    if home:
        flags = torch.zeros_like(flags).scatter(-1, places, flags)
    return logits.masked_fill(flags, -math.inf)


def keep_nucleus__drops_the_crossing(logits, share):
    """You dropped the token that crosses the limit. What is left has less than `share`; with a share of 0.1 nothing may
    be left at all."""
    return _nucleus(logits, share, lambda chances: chances.cumsum(-1) > share)


def keep_nucleus__first_at_least(logits, share):
    """You dropped the token that crosses the limit, except where it is the first. What is left must have *at least*
    `share`."""

    def beyond(chances):
        flags = chances.cumsum(-1) > share
        flags[..., 0] = False
        return flags

    return _nucleus(logits, share, beyond)


def keep_nucleus__not_unsorted(logits, share):
    """You removed the wrong tokens: the flags are in sorted order and were applied to the original one."""
    return _nucleus(logits, share, lambda chances: chances.cumsum(-1) - chances >= share, home=False)


def keep_nucleus__returns_sorted(logits, share):
    """The right logits, but in sorted order. Each token must keep its place: the place *is* the token."""
    ordered = logits.sort(dim=-1, descending=True).values
    chances = ordered.softmax(dim=-1)
    return ordered.masked_fill(chances.cumsum(-1) - chances >= share, -math.inf)


def keep_nucleus__threshold(logits, share):
    """You compared each probability with the share. The share is a limit for their *sum*, from the most probable
    down."""
    chances = logits.softmax(dim=-1)
    return logits.masked_fill((chances < share) & (chances < chances.max(-1, keepdim=True).values), -math.inf)


def keep_nucleus__number_of_tokens(logits, share):
    """You kept a share of the *number* of tokens. The share is one of probability."""
    most = max(1, math.ceil(share * logits.shape[-1]))
    least = logits.topk(most, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < least, -math.inf)


def keep_nucleus__one_too_many(logits, share):
    """You kept one token too many: the one that crosses the limit is the last that stays."""

    def beyond(chances):
        before = chances.cumsum(-1) - chances
        return torch.cat([torch.zeros_like(before[..., :1]), before[..., :-1]], dim=-1) >= share

    return _nucleus(logits, share, beyond)


def keep_nucleus__more_than_the_share(logits, share):
    """Where the sum is *exactly* the share, you kept one token more. "At least" is reached there."""
    return _nucleus(logits, share, lambda chances: chances.cumsum(-1) - chances > share)


def keep_nucleus__least_probable(logits, share):
    """You sorted upwards, so the nucleus was filled with the *least* probable tokens."""
    return -_nucleus_upwards(logits, share)


def _nucleus_upwards(logits, share):
    ordered, places = logits.sort(dim=-1)
    chances = ordered.softmax(dim=-1)
    flags = chances.cumsum(-1) - chances >= share
    return (-logits).masked_fill(torch.zeros_like(flags).scatter(-1, places, flags), math.inf)


def keep_nucleus__zeros(logits, share):
    """You set the removed logits to 0. That is a logit like any other, and e⁰ = 1 before normalizing: use −inf."""
    kept = _nucleus(logits, share, lambda chances: chances.cumsum(-1) - chances >= share)
    return torch.where(kept == -math.inf, torch.zeros_like(kept), kept)


def keep_nucleus__all_rows_at_once(logits, share):
    """You sorted all rows together. Each row is a distribution of its own, with a nucleus of its own."""
    flat = _nucleus(logits.flatten(), share, lambda chances: chances.cumsum(-1) - chances >= share)
    return flat.reshape(logits.shape)


def keep_nucleus__probabilities(logits, share):
    """You returned probabilities. What stays, stays as it was: logits."""
    return _nucleus(logits, share, lambda chances: chances.cumsum(-1) - chances >= share).softmax(dim=-1)


# 4. overlap_share


def run_by_run(training, test, words):
    """Look for each run of the test at every place of the training text."""
    seen, asked = training.split(), test.split()
    places = range(len(asked) - words + 1)
    found = [any(seen[j : j + words] == asked[i : i + words] for j in range(len(seen))) for i in places]
    return float(Fraction(sum(found), len(found))) if found else 0.0


def texts(most):
    """Generate texts of few different words, so that runs repeat; one word is part of another."""
    word = st.sampled_from(["a", "b", "ab", "A", "b."])
    space = st.sampled_from([" ", " ", " ", "  ", "\n"])
    return st.lists(st.tuples(word, space), max_size=most).map(lambda pairs: "".join(w + s for w, s in pairs))


OVERLAPS = [
    call("the mean of the array", "the mean of the mean of a list", 3),
    call("a b", "a b a b a b x", 2),
    call("a b c d e f g h", "a b", 1),
    call("lathe means tested", "the means test", 2),
    call("a b", "a b", 3),
    call("", "a b c", 2),
    call("a b c", "", 1),
    call("", "", 1),
    call("one\ntwo  three", " one two\nthree ", 3),
    call("The mean.", "the mean", 1),
    call("b a", "a b", 2),
    call("a b x b c", "a b c", 2),
    call("a b x b c", "a b c", 3),
    call("ab c", "a bc", 2),
    call("x y z " * 50, "x y z q " * 40, 4),
    call("a\tb c", "a b\tc", 3),
    call("a b c d e f g h", "a b c d e f g x b c d e f g h", 7),
    call("a b c d e f g h i j k l m n", "a b c d e f g h i j k l x n", 13),
]


@hints(
    "Make a list of all runs of the test, with repetitions. Which of them does the training text contain?",
    "Slide a window of `words` words over each split text. A set of tuples answers quickly whether a run was seen.",
    "Count with repetitions, above *and* below the fraction line. How many runs has a text of k words, and what if "
    "that is less than one?",
)
def check_overlap_share(overlap_share):
    agree(overlap_share, run_by_run, on=(texts(9), texts(7), between(1, 4)), also=OVERLAPS, examples=60)


def _runs(tokens, words):
    return [tuple(tokens[i : i + words]) for i in range(len(tokens) - words + 1)]


def _shared(asked, known):
    return sum(run in known for run in asked) / len(asked) if asked else 0.0


def overlap_share__jaccard(training, test, words):
    """You divided by the runs of both texts together (Jaccard). Divide by the test's alone: a larger training text must
    not make the test look cleaner."""
    seen, asked = set(_runs(training.split(), words)), set(_runs(test.split(), words))
    return len(seen & asked) / len(seen | asked) if seen | asked else 0.0


def overlap_share__characters(training, test, words):
    """You compared runs of characters. The unit here is the word."""
    return _shared(_runs(list(test), words), set(_runs(list(training), words)))


def overlap_share__unique(training, test, words):
    """You counted every different run once. A sentence that the test repeats counts each time, since the model is
    scored on it each time."""
    asked = set(_runs(test.split(), words))
    return _shared(list(asked), set(_runs(training.split(), words)))


def overlap_share__as_often(training, test, words):
    """You counted a repeated run at most as often as training has it. It counts each time, if training has it once."""
    known, asked = Counter(_runs(training.split(), words)), Counter(_runs(test.split(), words))
    return (known & asked).total() / asked.total() if asked else 0.0


def overlap_share__substring(training, test, words):
    """You searched the joined words in the training text as characters. So "the mean" is found in "lathe means".
    Compare whole words."""
    text = " ".join(training.split())
    return _shared([" ".join(run) for run in _runs(test.split(), words)], text)


def overlap_share__of_training(training, test, words):
    """You divided by the number of runs in the *training* text. The question is about the test."""
    seen, asked = _runs(training.split(), words), set(_runs(test.split(), words))
    return _shared(seen, asked)


def overlap_share__single_words(training, test, words):
    """You asked whether the words of a run occur anywhere in training. They must occur there next to each other, in
    this order."""
    known = set(training.split())
    asked = _runs(test.split(), words)
    return sum(known.issuperset(run) for run in asked) / len(asked) if asked else 0.0


def overlap_share__any_order(training, test, words):
    """You compared runs as bags of words. Their order counts."""
    known = {tuple(sorted(run)) for run in _runs(training.split(), words)}
    return _shared([tuple(sorted(run)) for run in _runs(test.split(), words)], known)


def overlap_share__ignores_case(training, test, words):
    """You changed capitals. They count as they stand."""
    return _shared(_runs(test.lower().split(), words), set(_runs(training.lower().split(), words)))


def overlap_share__separate_blocks(training, test, words):
    """You cut the texts into blocks that don't overlap. A run may begin at every word."""
    seen, asked = training.split(), test.split()
    blocks = [tuple(asked[i : i + words]) for i in range(0, len(asked) - words + 1, words)]
    return _shared(blocks, set(_runs(seen, words)))


def overlap_share__one_run_short(training, test, words):
    """The last run is missing. A text of k words has k − words + 1 runs."""
    return _shared(_runs(test.split(), words)[:-1], set(_runs(training.split(), words)))


def overlap_share__divides_by_words(training, test, words):
    """You divided by the number of words of the test. It has fewer runs than words: k − words + 1."""
    asked, known = _runs(test.split(), words), set(_runs(training.split(), words))
    return sum(run in known for run in asked) / max(1, len(test.split()))


def overlap_share__short_is_all(training, test, words):
    """A test without any run got 1.0. Nothing of it was found, so the share is 0.0."""
    return (
        _shared(_runs(test.split(), words), set(_runs(training.split(), words))) if _runs(test.split(), words) else 1.0
    )


# 5. continue_with_cache


class SmallModel:
    """A causal attention layer with random weights, which insists on the right position of what it is fed.

    With `inside` it keeps its cache to itself and returns None.
    """

    def __init__(self, seed, vocabulary=11, width=6, inside=False):
        generator = torch.Generator().manual_seed(seed)

        def random(*dimensions):
            return torch.randn(*dimensions, generator=generator)

        self.tokens, self.places = random(vocabulary, width), random(64, width)
        self.weights, self.out = random(3, width, width), random(width, vocabulary)
        self.fed, self.calls, self.inside, self.own, self.complaint = 0, 0, inside, None, ""

    def __call__(self, ids, cache, start):
        cache, held = self._checked(ids, cache, start)
        x = self.tokens[ids] + self.places[held : held + ids.shape[1]]
        q, k, v = (x @ weight for weight in self.weights)
        if cache is not None:
            k, v = torch.cat([cache[0], k], dim=1), torch.cat([cache[1], v], dim=1)
        self.own = (k, v) if self.inside else None
        allowed = torch.ones(q.shape[1], k.shape[1], dtype=torch.bool).tril(held)
        logits = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed) @ self.out
        return logits, None if self.inside else (k, v)

    def _checked(self, ids, cache, start):
        """Return the cache and how many tokens it holds, or complain of a wrong call."""
        self._demand(isinstance(ids, torch.Tensor), "The model's first argument must be a tensor of ids.")
        self._demand(ids.ndim == 2, f"The model's ids must have the shape (batch, n); they have {tuple(ids.shape)}.")
        self._demand(ids.shape[1] > 0, "You fed the model no token at all.")
        self.fed, self.calls, cache = self.fed + ids.shape[1], self.calls + 1, self.own if self.inside else cache
        known = cache is None or (isinstance(cache, tuple) and len(cache) == 2)
        self._demand(known, "The model's second argument must be None or the cache that came back.")
        held = 0 if cache is None else cache[0].shape[1]
        self._demand(not held or len(cache[0]) == len(ids), "The cache comes from a batch of another size.")
        complaint = f"Call {self.calls} fed {ids[0].tolist()} with start = {start}, but its cache held {held} tokens."
        self._demand(start == held, complaint + " (This model keeps its cache inside and returns None.)" * self.inside)
        self._demand(held + ids.shape[1] <= len(self.places), "You fed many more tokens than needed.")
        return cache, held

    def _demand(self, condition, complaint):
        if not condition:
            self.complaint = complaint
            raise ValueError(complaint)


def recomputed(seed, ids, count):
    """Continue without a cache: all tokens again for each new one, row by row."""
    rows = []
    for row in ids:
        tokens = row.tolist()
        for _ in range(count):
            logits, _ = SmallModel(seed)(torch.tensor([tokens]), None, 0)
            tokens.append(int(logits[0, -1].argmax()))
        rows.append(tokens)
    return torch.tensor(rows)


@st.composite
def prompts(draw):
    batch, n = draw(between(1, 3)), draw(between(1, 5))
    tokens = st.lists(between(0, 10), min_size=n, max_size=n)
    ids = draw(st.lists(tokens, min_size=batch, max_size=batch))
    return call(draw(between(0, 999)), torch.tensor(ids), draw(between(1, 6)))


@hints(
    "What does the model need to see in the first call, and what in the second, if its cache holds everything before?",
    "Three things move from call to call: the cache that came back, the ids that are new, and the position of the "
    "first of them, which is the number of tokens fed so far.",
    "The next token comes from the last column of the logits, as a (batch, 1) tensor. After the last one is chosen, "
    "nothing needs to be fed any more.",
)
@told_by_message
def check_continue_with_cache(continue_with_cache):
    def continues(seed, ids, count, inside=False):
        model = SmallModel(seed, inside=inside)
        try:
            returned = continue_with_cache(model, ids.clone(), count)
        except AnswerRaised:
            require(not model.complaint, model.complaint)
            raise
        require(not model.complaint, model.complaint)
        kind(returned, torch.Tensor)
        shape(returned, (len(ids), ids.shape[1] + count))
        close(returned, recomputed(seed, ids, count), "the continuation")
        wanted = ids.shape[1] + count - 1
        require(
            model.fed == wanted,
            f"The text is right, but the model was fed {model.fed} tokens of each row; {wanted} are enough.",
        )

    two_rows = torch.tensor([[1, 2, 3, 4], [4, 3, 2, 1]])
    known = [call(12, two_rows, 6), call(1, torch.tensor([[3, 1, 4]]), 5), call(2, torch.tensor([[7]]), 1)]
    known += [call(3, torch.tensor([[5]]), 8), call(4, two_rows, 2), call(5, two_rows.T, 3)]
    for_all(continues, known, examples=12)
    for_all(continues, prompts(), examples=20)
    long = torch.arange(30)[None] * 7 % 11
    for_all(continues, [call(7, two_rows, 4, inside=True), call(6, long, 3)], examples=2)


def _continue(model, ids, count, start=True, keep=True, last=-1):
    """Continue with one thing wrong."""
    cache, new, at = None, ids, 0
    for _ in range(count):
        logits, fresh = model(new, cache, at)
        cache = fresh if keep or cache is None else cache
        at = at + new.shape[1] if start else 0
        new = logits[:, last:].argmax(dim=-1)[:, :1]
        ids = torch.cat([ids, new], dim=1)
    return ids


def continue_with_cache__positions_restart(model, ids, count):
    """The positions restart at 0 in every call. From the second token on the model believes it is at the beginning:
    `start` is the number of tokens fed so far."""
    return _continue(model, ids, count, start=False)


def continue_with_cache__old_cache(model, ids, count):
    """You kept the first cache. The one that comes back holds everything so far, so it must go into the next call;
    otherwise the new tokens are forgotten."""
    return _continue(model, ids, count, keep=False)


def continue_with_cache__no_cache(model, ids, count):
    """The text is right, but you fed the whole text in each call, without a cache. Each token needs to be fed once."""
    for _ in range(count):
        logits, _ = model(ids, None, 0)
        ids = torch.cat([ids, logits[:, -1:].argmax(dim=-1)], dim=1)
    return ids


def continue_with_cache__prompt_again(model, ids, count):
    """You fed the whole text again *and* passed the cache. Every token then exists several times, at several
    positions. With a cache, feed only what is new."""
    cache = None
    for _ in range(count):
        logits, cache = model(ids, cache, 0)
        ids = torch.cat([ids, logits[:, -1:].argmax(dim=-1)], dim=1)
    return ids


def continue_with_cache__last_fed(model, ids, count):
    """The text is right, but the last token was fed too. Nobody asks what follows it."""
    logits, cache = model(ids, None, 0)
    for _ in range(count):
        new = logits[:, -1:].argmax(dim=-1)
        logits, cache = model(new, cache, ids.shape[1])
        ids = torch.cat([ids, new], dim=1)
    return ids


def continue_with_cache__prompt_end_again(model, ids, count):
    """You fed the prompt's last token twice. The first call, which reads the prompt, already predicts what follows."""
    _, cache = model(ids, None, 0)
    for _ in range(count):
        logits, cache = model(ids[:, -1:], cache, ids.shape[1] - 1)
        ids = torch.cat([ids, logits[:, -1:].argmax(dim=-1)], dim=1)
    return ids


def continue_with_cache__forgets_the_cache(model, ids, count):
    """You fed each new token without the cache. The model then sees a text of one token."""
    at, new = 0, ids
    for _ in range(count):
        logits, _ = model(new, None, at)
        at += new.shape[1]
        new = logits[:, -1:].argmax(dim=-1)
        ids = torch.cat([ids, new], dim=1)
    return ids


def continue_with_cache__one_position_late(model, ids, count):
    """Your positions are one too high from the second call on. The first new token stands right after the prompt, at
    position n."""
    cache, new, at = None, ids, 0
    for _ in range(count):
        logits, cache = model(new, cache, at)
        at = ids.shape[1] + 1
        new = logits[:, -1:].argmax(dim=-1)
        ids = torch.cat([ids, new], dim=1)
    return ids


def continue_with_cache__one_position_early(model, ids, count):
    """Your positions are one too low from the second call on: the first new token got the position of the prompt's
    last. That one was fed at n − 1, so the next is n."""
    cache, new, at = None, ids, 0
    for _ in range(count):
        logits, cache = model(new, cache, at)
        at = ids.shape[1] - 1
        new = logits[:, -1:].argmax(dim=-1)
        ids = torch.cat([ids, new], dim=1)
    return ids


def continue_with_cache__first_column(model, ids, count):
    """You read the prediction behind the *first* token of the call. The last column says what follows the text."""
    return _continue(model, ids, count, last=0)


def continue_with_cache__only_new(model, ids, count):
    """You returned the new tokens without the prompt. The result begins with `ids`."""
    return _continue(model, ids, count)[:, ids.shape[1] :]


def continue_with_cache__first_row(model, ids, count):
    """You gave the continuation of the first row to all. Each row of the batch has its own."""
    first = _continue(model, ids, count)[:1, ids.shape[1] :]
    return torch.cat([ids, first.expand(len(ids), -1)], dim=1)
