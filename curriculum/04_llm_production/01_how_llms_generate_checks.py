"""Checks, hints and known mistakes of 04_llm_production/01_how_llms_generate."""

import heapq
import itertools
import math
from fractions import Fraction
from functools import lru_cache, partial

import numpy as np
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import chisquare

from handrail.answers import Answer
from handrail.expect import agree, attempt, between, call, close, equivalent, for_all, hints, kind, raises, require
from handrail.kit.decoding import Turn

# 1 --------------------------------------------------------------------------------------- sequence_log_probability


def scored_in_a_loop(logits, tokens):
    return math.fsum(float(log_softmax(row)[token]) for row, token in zip(logits, tokens[1:].tolist(), strict=False))


@st.composite
def drafts(draw):
    n, vocabulary = draw(between(1, 4)), draw(between(1, 4))
    count = n * vocabulary
    drawn = list(draw(st.binary(min_size=count, max_size=count)))
    values = np.array([0.0, 1.0, -1.0, 2.0, 0.5, -3.0, 1e4, -1e4])
    tokens = list(draw(st.binary(min_size=n, max_size=n)))
    return call(values[np.array(drawn) % 8].reshape(n, vocabulary), np.array(tokens) % vocabulary)


@hints(
    "Which row of the scores was written down just before token 1 was chosen?",
    "ln softmax(z)[i] is z[i] minus the logarithm of the sum of all exp(z). What can you take from all z first?",
    "Drop the last row and the first token, take each row's maximum away, and add up one number per row.",
)
def check_sequence_log_probability(sequence_log_probability):
    step = np.array([[0.0, 1.0], [2.0, 0.0], [0.5, 0.0]])
    also = [call(step, np.array([0, 1, 0])), call(step, np.array([1, 1, 1])), call(step[:1], np.array([1]))]
    also += [call(np.array([[1e4, -1e4], [0.0, 0.0]]), np.array([0, 0]))]
    also += [call(np.array([[1e4, -1e4], [0.0, 0.0]]), np.array([0, 1]))]
    also += [call(np.array([[10_000.3, 10_000.0], [0.0, 0.0]]), np.array([0, 1]))]
    agree(sequence_log_probability, scored_in_a_loop, on=drafts(), also=also, examples=40)
    impossible = np.array([[0.0, -np.inf, 1.0], [0.0, 0.0, -np.inf], [0.0, 0.0, 0.0]])
    random = np.random.default_rng(0)
    last = [call(impossible, np.array([0, 2, 1])), call(impossible, np.array([0, 1, 1]))]
    last += [call(random.normal(size=(300, 50)), random.integers(0, 50, 300).astype(np.uint8))]
    for given in last:
        close(sequence_log_probability(*given.copy().args), scored_in_a_loop(*given.args), given=given)


def sequence_log_probability__no_shift(logits, tokens):
    """You asked row t for token t, which it had just read. Row 0 has read token 0 and predicts token 1."""
    return float(sum(log_softmax(row)[token] for row, token in zip(logits[1:], tokens[1:], strict=True)))


def sequence_log_probability__overflow(logits, tokens):
    """`np.exp` of a score of 10,000 is inf, and the result nan. Subtract each row's maximum first; that changes
    nothing but the size of the numbers."""
    with np.errstate(all="ignore"):
        powers = np.exp(logits[:-1])
        return float(np.log(powers[np.arange(len(tokens) - 1), tokens[1:]] / powers.sum(axis=1)).sum())


def sequence_log_probability__underflow(logits, tokens):
    """You took the softmax first and its logarithm afterwards. A probability such as exp(−20,000) becomes 0 on the
    way, and its logarithm −inf. Stay with logarithms."""
    shifted = np.exp(logits[:-1] - logits[:-1].max(axis=1, keepdims=True))
    chances = shifted / shifted.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return float(np.log(chances[np.arange(len(tokens) - 1), tokens[1:]]).sum())


def sequence_log_probability__averages(logits, tokens):
    """The probability of a sequence is a product: add the logarithms, don't average them."""
    return scored_in_a_loop(logits, tokens) / max(len(tokens) - 1, 1)


def sequence_log_probability__first_too(logits, tokens):
    """The first token is given: nothing was read before it, so no row predicts it. You added a term for it."""
    return scored_in_a_loop(logits, tokens) + float(log_softmax(logits[0])[tokens[0]])


def sequence_log_probability__scores_only(logits, tokens):
    """You added up scores. A score becomes the logarithm of a probability only when the logarithm of the row's sum of
    exponentials is taken away."""
    return float(logits[np.arange(len(tokens) - 1), tokens[1:]].sum())


def sequence_log_probability__bits(logits, tokens):
    """That is in bits, with logarithms to base 2. Asked for is the natural logarithm."""
    return scored_in_a_loop(logits, tokens) / math.log(2)


def sequence_log_probability__negative(logits, tokens):
    """That is the loss, −ln p. A log-probability is never above 0."""
    return -scored_in_a_loop(logits, tokens)


# 2 ------------------------------------------------------------------------------------------------- nucleus_tokens


def nucleus_of_prefixes(probabilities, p):
    """Try one prefix after the other, with fractions."""
    ranked = sorted((-Fraction(float(x)), token) for token, x in enumerate(probabilities))
    kept, total = [], Fraction(0)
    for x, token in ranked:
        kept.append(token)
        total -= x
        if total >= Fraction(float(p)):
            break
    return np.array(kept)


@st.composite
def distributions(draw):
    count, grid = draw(between(1, 7)), draw(st.sampled_from([128, 256, 64, 1]))
    cuts = sorted(code * 4 // grid * grid for code in draw(st.binary(min_size=count - 1, max_size=count - 1)))
    parts = np.diff([0, *cuts, 1024]) / 1024
    order = draw(st.permutations(range(count)))
    reached = [0.0, *np.cumsum(-np.sort(-parts)).tolist()]
    just_above = [share + 1 / 1024 for share in reached if share < 1]
    p = draw(st.sampled_from([*reached, *just_above, 0.5, 0.875, 1.0]))
    return call(parts[np.array(order)], p)


@hints(
    "Put the tokens in order first. Then walk down, adding up: which token is the last that you need?",
    "A stable `argsort` of the negative probabilities gives ids; their cumulated sums say where p is reached.",
    "Count how many cumulated sums are still below p. You need one token more than that, and never less than one.",
)
@equivalent(
    "np.argsort(-probabilities, kind='stable')",
    "np.argsort(-probabilities, kind='stable?')",
    because="NumPy looks at the first letter of `kind` only",
)
def check_nucleus_tokens(nucleus_tokens):
    doc = np.array([0.25, 0.125, 0.5, 0.125])
    also = [call(doc, 0.625), call(doc, 0.75), call(doc, 0.125), call(doc, 0.0), call(doc, 1.0)]
    also += [call(np.array([0.0, 0.5, 0.0, 0.5]), 1.0), call(np.array([0.0, 1.0, 0.0]), 1.0)]
    also += [call(doc, 0.5 + 1 / 1024)]
    agree(nucleus_tokens, nucleus_of_prefixes, on=distributions(), also=also, examples=50)
    ties = np.tile([4.0, 8.0, 0.0, 4.0], 64) / 1024
    for p in (0.125, 0.75, 1.0):
        given = call(ties, p)
        why = "These 256 tokens have three different probabilities between them."
        close(nucleus_tokens(*given.copy().args), nucleus_of_prefixes(ties, p), given=given, why=why)
    single = call(doc.astype(np.float32), 0.75)
    returned = nucleus_tokens(*single.copy().args)
    close(returned, nucleus_of_prefixes(*single.args), given=single)
    require(np.asarray(returned).dtype.kind in "iu", "Token ids are integers; these are floats.", single)


def nucleus_tokens__stops_short(probabilities, p):
    """You stopped before the token that crosses the line. [0.5, 0.25, 0.25] and p = 0.7: the 0.5 alone isn't 70 %, so
    the token that takes the sum over p belongs in."""
    order = np.argsort(-probabilities, kind="stable")
    kept = order[np.cumsum(probabilities[order]) <= p]
    return kept if len(kept) else order[:1]


def nucleus_tokens__positions_not_ids(probabilities, p):
    """You returned positions in the sorted list. The caller needs the tokens' ids."""
    return np.arange(len(nucleus_of_prefixes(probabilities, p)))


def nucleus_tokens__may_be_empty(probabilities, p):
    """With p = 0 nothing was left to offer. The most probable token always stays."""
    order = np.argsort(-probabilities, kind="stable")
    return order[np.cumsum(probabilities[order]) - probabilities[order] < p]


def nucleus_tokens__one_too_many(probabilities, p):
    """Where a sum reaches p exactly you took one more token. *At least* p is enough: the set has to be the
    smallest."""
    order = np.argsort(-probabilities, kind="stable")
    cumulated = np.cumsum(probabilities[order])
    return order[: min(int((cumulated <= p).sum()) + 1, len(order))]


def nucleus_tokens__ascending(probabilities, p):
    """You began with the least probable tokens. `argsort` is ascending: sort the negative probabilities."""
    order = np.argsort(probabilities, kind="stable")
    return order[: int(np.argmax(np.cumsum(probabilities[order]) >= p)) + 1]


def nucleus_tokens__reversed_ties(probabilities, p):
    """Of equally probable tokens you took the highest id first, as an ascending order read backward does. The lower
    id comes first."""
    order = np.argsort(probabilities, kind="stable")[::-1]
    return order[: int(np.argmax(np.cumsum(probabilities[order]) >= p)) + 1]


def nucleus_tokens__in_order_of_ids(probabilities, p):
    """These are the right tokens in the order of their ids. The most probable one comes first."""
    return np.sort(nucleus_of_prefixes(probabilities, p))


def nucleus_tokens__threshold(probabilities, p):
    """You compared each single probability with a threshold. p is a share of the whole: it belongs to the sum."""
    order = np.argsort(-probabilities, kind="stable")
    return order[: max(1, int((probabilities >= p * probabilities.max()).sum()))]


# 3 ---------------------------------------------------------------------------------------------- trim_conversation


def words_in(text):
    return len(text.split())


def characters_in(text):
    return len(text)


def system_of(turns):
    return [turn for turn in turns if turn.role == "system"]


def longest_of_all_runs(turns, count, window, reserve):
    """Try every run of latest turns, the longest first."""
    others = [place for place, turn in enumerate(turns) if turn.role != "system"]
    for skipped in range(len(others) + 1):
        run = others[skipped:]
        if run and turns[run[0]].role != "user":
            continue
        first = run[0] if run else len(turns)
        kept = [turn for place, turn in enumerate(turns) if turn.role == "system" or place >= first]
        if sum(count(turn.text) for turn in kept) + reserve <= window:
            return kept
    raise ValueError("the system turns alone don't fit")


@st.composite
def conversations(draw):
    parts = st.sampled_from(["user", "user assistant", "assistant", "user assistant tool assistant", "system"])
    roles = " ".join(draw(st.lists(parts, max_size=4))).split()
    sizes = list(draw(st.binary(min_size=len(roles), max_size=len(roles))))
    turns = [Turn(role, "a b c d e "[: size % 8]) for role, size in zip(roles, sizes, strict=True)]
    count = draw(st.sampled_from([characters_in, words_in]))
    reserve = draw(between(0, 4))
    return call(turns, count, draw(between(0, 24)) + reserve, reserve)


def fits(turns, count, window, reserve):
    return sum(count(turn.text) for turn in system_of(turns)) <= window - reserve


TALK = [
    Turn("system", "sss"),
    Turn("user", "uu"),
    Turn("assistant", "aa"),
    Turn("tool", "tttt"),
    Turn("assistant", "a"),
    Turn("user", "uuu"),
    Turn("assistant", "aa"),
    Turn("user", "u"),
]


@hints(
    "Which turns stay whatever happens? Pay for them first, and look at what is left.",
    "Walk from the last turn backward and stop for good at the first that doesn't fit. Where may the run begin?",
    "Remember the place of the last *user* turn you passed on this walk. The run begins there, and system turns are "
    "put back at their own places.",
)
def check_trim_conversation(trim_conversation):
    def trims(turns, count, window, reserve):
        given = call(turns, count, window, reserve)
        if not fits(turns, count, window, reserve):
            raises(trim_conversation, ValueError, given, "The system turns alone don't fit.")
            return
        close(trim_conversation(*given.args), longest_of_all_runs(*given.copy().args), given=given)

    middle = [TALK[1], Turn("system", "s"), *TALK[2:]]
    long_last = [*TALK, Turn("user", "u" * 30)]
    hole = [Turn("user", "u"), Turn("assistant", "a" * 20), Turn("user", "u"), Turn("assistant", "a"), Turn("user", "")]
    known = [call(TALK, characters_in, room + 2, 2) for room in (18, 17, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)]
    known += [call(middle, characters_in, room + 5, 5) for room in (16, 12, 8, 3, 1, 0)]
    known += [call(long_last, characters_in, 30, 0), call(hole, characters_in, 12, 1), call([], characters_in, 3, 1)]
    known += [call(TALK[1:], words_in, 9, 5), call([TALK[1]], characters_in, 3, 4), call([], characters_in, 1, 2)]
    for_all(trims, known)
    for_all(trims, conversations(), examples=40)
    long = [Turn("system", "s"), *(Turn(("user", "assistant")[i % 2], "x" * (i % 5)) for i in range(400))]
    trims(long, characters_in, 301, 100)


def trim_conversation__drops_system(turns, count, window, reserve):
    """The oldest turn was the system's, and it went with the rest: the assistant has no instructions any more. System
    turns stay in any case."""
    if not fits(turns, count, window, reserve):
        raise ValueError
    for first in range(len(turns) + 1):
        begins_well = first == len(turns) or turns[first].role == "user"
        if begins_well and sum(count(turn.text) for turn in turns[first:]) <= window - reserve:
            return turns[first:]
    return []


def trim_conversation__forgets_the_reserve(turns, count, window, reserve):
    """The prompt fills the window, and nothing is left for the answer. Only `window - reserve` tokens are yours."""
    return longest_of_all_runs(turns, count, window, 0)


def _walked(turns, count, window, reserve, begins=("user",), skips=False, free=False, strict=False):
    room = window - reserve - (0 if free else sum(count(turn.text) for turn in system_of(turns)))
    if not fits(turns, count, window, reserve):
        raise ValueError
    chosen, used = [], 0
    for place in reversed([place for place, turn in enumerate(turns) if turn.role != "system"]):
        size = count(turns[place].text)
        if used + size > room - strict:
            if skips:
                continue
            break
        used += size
        chosen.insert(0, place)
    while chosen and turns[chosen[0]].role not in begins:
        chosen.pop(0)
    return [turn for place, turn in enumerate(turns) if turn.role == "system" or place in chosen]


def trim_conversation__orphan_result(turns, count, window, reserve):
    """The run begins with a tool's result whose call was cut off. Services answer that with error 400; begin with a
    user's turn."""
    return _walked(turns, count, window, reserve, begins=("user", "tool"))


def trim_conversation__starts_with_an_answer(turns, count, window, reserve):
    """The run begins with whatever fits, an assistant's answer for example, and its question is gone. Begin with a
    user's turn."""
    return _walked(turns, count, window, reserve, begins=("user", "assistant", "tool"))


def trim_conversation__skips_the_middle(turns, count, window, reserve):
    """One turn was too long, so you left it out and went on with older ones. That leaves a hole: the reader sees an
    answer without its question. Stop at the first turn that doesn't fit."""
    return _walked(turns, count, window, reserve, skips=True)


def trim_conversation__system_for_free(turns, count, window, reserve):
    """You kept the system turns but didn't count their tokens. They take their place in the window like all others."""
    return _walked(turns, count, window, reserve, free=True)


def trim_conversation__never_full(turns, count, window, reserve):
    """A run that fits exactly was cut by one more turn. Exactly `window - reserve` tokens are allowed."""
    return _walked(turns, count, window, reserve, strict=True)


def trim_conversation__system_first(turns, count, window, reserve):
    """You moved the system turns to the front. One that stood in the middle belongs where it stood."""
    kept = longest_of_all_runs(turns, count, window, reserve)
    return system_of(kept) + [turn for turn in kept if turn.role != "system"]


def trim_conversation__no_error(turns, count, window, reserve):
    """The system turns alone were too long, and you returned them all the same. The service would refuse them: raise
    ValueError."""
    if not fits(turns, count, window, reserve):
        return system_of(turns)
    return longest_of_all_runs(turns, count, window, reserve)


# 4 ----------------------------------------------------------------------------------------- most_probable_sequence


@lru_cache(maxsize=4000)
def logarithms(seed, vocabulary, sharp, tokens):
    random = np.random.default_rng([seed, *tokens])
    weights = random.exponential(size=vocabulary) ** sharp
    if seed % 3 == 0 and vocabulary > 2:
        weights[random.integers(vocabulary)] = 0
    with np.errstate(divide="ignore"):
        return np.log(weights / weights.sum())


class Model:
    """Chances of the next token, drawn for each text from a seed, and a list of the texts that were asked about."""

    def __init__(self, seed, vocabulary, end, sharp=1.0):
        self.seed, self.vocabulary, self.end, self.sharp = seed, vocabulary, end, sharp
        self.asked = []

    def __repr__(self):
        return f"Model(seed={self.seed}, vocabulary={self.vocabulary}, end={self.end}, sharp={self.sharp})"

    def __call__(self, tokens):
        tokens = tuple(int(token) for token in tokens)
        self.asked.append(tokens)
        return self.table(tokens).copy()

    def table(self, tokens):
        return logarithms(self.seed, self.vocabulary, self.sharp, tokens)

    def score(self, tokens):
        return math.fsum(float(self.table(tokens[:i])[token]) for i, token in enumerate(tokens))


class Scripted(Model):
    """Chances from a table by hand; a text that it doesn't name has those of `None`."""

    def __init__(self, end, chances):
        super().__init__(0, len(chances[None]), end)
        self.chances = chances

    def __repr__(self):
        return f"Scripted(end={self.end}, chances={self.chances})"

    def table(self, tokens):
        return np.log(np.array(self.chances.get(tokens, self.chances[None])))


class Steady(Model):
    """Chances that depend on the length of the text alone; the end can't come. The best text is the best of each."""

    def __repr__(self):
        return f"Steady(seed={self.seed}, vocabulary={self.vocabulary}, end={self.end})"

    def table(self, tokens):
        weights = np.random.default_rng([self.seed, len(tokens)]).uniform(1, 2, self.vocabulary)
        weights[self.end] = 0
        with np.errstate(divide="ignore"):
            return np.log(weights / weights.sum())


def best_of_all(model, steps):
    """Score every text there is."""
    texts = itertools.chain.from_iterable(
        itertools.product(range(model.vocabulary), repeat=n) for n in range(1, steps + 1)
    )
    whole = [t for t in texts if model.end not in t[:-1] and (len(t) == steps or t[-1] == model.end)]
    return max(whole, key=model.score)


def best_of_the_beam(model, width, steps):
    """Keep a set of texts; score each from its beginning."""
    kept = {()}
    for _ in range(steps):
        done = {text for text in kept if model.end in text}
        grown = {(*text, token) for text in kept - done for token in range(model.vocabulary)}
        kept = set(heapq.nlargest(width, done | grown, key=model.score))
    return max(kept, key=model.score)


@st.composite
def beams(draw):
    vocabulary = draw(between(2, 4))
    model = Model(draw(between(0, 60)), vocabulary, draw(between(0, vocabulary - 1)), draw(st.sampled_from([1.0, 3.0])))
    return call(model, draw(between(1, 4)), draw(between(1, 4)))


SHARED = {
    None: [0.3, 0.36, 0.34],
    (): [0.6, 0.35, 0.05],
    (0,): [0.45, 0.5, 0.05],
    (0, 0): [0.9, 0.05, 0.05],
    (0, 1): [0.5, 0.4, 0.1],
    (1,): [0.7, 0.2, 0.1],
}
TRAP = {None: [0.3, 0.36, 0.34], (): [0.6, 0.38, 0.02], (0,): [0.4, 0.32, 0.28], (1,): [0.04, 0.06, 0.9]}
SHORT = {None: [0.5, 0.3, 0.2], (): [0.3, 0.55, 0.15], (0,): [0.9, 0.05, 0.05], (1,): [0.85, 0.1, 0.05]}
LATE = {None: [0.6, 0.3, 0.1], (): [0.45, 0.15, 0.4]}


@hints(
    "What is the beam after one step with width 2? Write down all candidates of the second step, and cross out.",
    "Keep pairs of a sum of logarithms and a tuple. A finished text is a candidate of the next step, unchanged.",
    "Put the candidates of *all* texts of the beam into one list, sort it by the sums, and cut it once in each step.",
)
@equivalent("[(0.0, ())]", "[(1.0, ())]", because="the same number is added to the sum of every text")
def check_most_probable_sequence(most_probable_sequence):
    def searches(model, width, steps):
        model.asked.clear()
        given = call(model, width, steps, model.end)
        returned = most_probable_sequence(*given.args)
        late = [tokens for tokens in model.asked if model.end in tokens]
        require(not late, f"You asked what follows {late[0] if late else ''}, which has ended already.", given)
        close(returned, best_of_the_beam(model, width, steps), given=given)
        if width >= model.vocabulary**steps:
            close(returned, best_of_all(model, steps), given=given)
        twice = len(model.asked) - len(set(model.asked))
        require(not twice, "The text is right, but you asked the model about the same text more than once.", given)
        most = width * (steps - 1) + 1
        many = f"The text is right, but you asked about {len(model.asked)} texts; a beam of {width} needs {most}."
        require(len(model.asked) <= most, many, given)

    known = [call(Scripted(2, TRAP), width, 2) for width in (1, 2)]
    known += [call(Scripted(2, SHARED), width, steps) for width in (2, 1, 3) for steps in (3, 2, 1)]
    known += [call(Scripted(1, SHORT), width, steps) for width in (1, 2, 3) for steps in (1, 2, 3)]
    known += [call(Scripted(2, LATE), width, steps) for width in (2, 3) for steps in (2, 3, 5)]
    for_all(searches, known)
    for_all(searches, beams(), examples=40)
    for seed in range(6):
        searches(Model(seed, 2 + seed % 2, seed % 2), 27, 3)
    searches(Model(1, 40, 7), 5, 6)
    steady = Steady(0, 12, 0)
    best = tuple(int(np.argmax(steady.table((0,) * step))) for step in range(400))
    why = "This text of 400 tokens has a probability of about exp(−800): too small for a float."
    given = call(steady, 1, 400, 0)
    close(most_probable_sequence(*given.args), best, given=given, why=why)


def _beam(model, width, steps, end, cut=True, extends=False, forgets=False, mean=False, last=False):
    beam = [(0.0, ())]
    for _ in range(steps):
        groups = []
        for total, tokens in beam:
            if tokens and tokens[-1] == end and not extends:
                groups.append([(total, tokens)])
                continue
            table = model.table(tokens) if hasattr(model, "table") else model(tokens)
            groups.append([(total + float(score), (*tokens, token)) for token, score in enumerate(table)])
        if cut:
            everything = sorted(itertools.chain.from_iterable(groups), reverse=True)
            if mean:
                everything.sort(key=lambda pair: pair[0] / len(pair[1]), reverse=True)
            beam = everything[:width]
        else:
            beam = sorted((max(group) for group in groups), reverse=True)[:width]
            if not beam[0][1][1:]:
                beam = sorted(groups[0], reverse=True)[:width]
        if forgets:
            beam = [pair for pair in beam if pair[1][-1] != end] or beam
    return (beam[-1] if last else beam[0])[1]


def most_probable_sequence__prunes_each_parent(next_log_probs, width, steps, end):
    """You kept the best continuation of each text in the beam. Both survivors may come from the same parent: choose
    among all candidates together."""
    return _beam(next_log_probs, width, steps, end, cut=False)


def most_probable_sequence__extends_finished(next_log_probs, width, steps, end):
    """`end` was written, and you kept writing after it. A text that has ended stays as it is."""
    return _beam(next_log_probs, width, steps, end, extends=True)


def most_probable_sequence__forgets_finished(next_log_probs, width, steps, end):
    """You threw finished texts away and went on with less probable unfinished ones. A finished text stays in the beam
    as long as it is among the best."""
    return _beam(next_log_probs, width, steps, end, forgets=True)


def most_probable_sequence__greedy(next_log_probs, width, steps, end):
    """You took the best token in each step. That is a beam of width 1, whatever `width` says."""
    return _beam(next_log_probs, 1, steps, end)


def most_probable_sequence__by_length(next_log_probs, width, steps, end):
    """You ranked by the mean per token. That is a common repair, but the most probable text was asked for: rank by the
    sum."""
    return _beam(next_log_probs, width, steps, end, mean=True)


def most_probable_sequence__worst_of_the_beam(next_log_probs, width, steps, end):
    """You returned the least probable text of the last beam. The best one was asked for."""
    return _beam(next_log_probs, width, steps, end, last=True)


def most_probable_sequence__last_step_only(next_log_probs, width, steps, end):
    """You ranked by the probability of the last token alone. A text's probability is the product of all its tokens':
    add up the logarithms."""
    beam = [(0.0, ())]
    for _ in range(steps):
        candidates = [pair for pair in beam if pair[1][-1:] == (end,)]
        for _, tokens in beam:
            if tokens[-1:] != (end,):
                candidates += [(float(x), (*tokens, token)) for token, x in enumerate(next_log_probs(tokens))]
        beam = sorted(candidates, reverse=True)[:width]
    return beam[0][1]


def most_probable_sequence__without_the_end(next_log_probs, width, steps, end):
    """You removed `end` from the text. It is a token that was written and paid for: return it too."""
    return tuple(token for token in _beam(next_log_probs, width, steps, end) if token != end)


# 5 ---------------------------------------------------------------------------------------------- speculative_token

PAIRS = [
    ([0.5, 0.5, 0.0], [0.125, 0.375, 0.5]),
    ([0.25, 0.25, 0.5], [0.5, 0.25, 0.25]),
    ([0.7, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4]),
    ([0.5, 0.5, 0.0], [0.0, 0.625, 0.375]),
    ([0.05, 0.15, 0.35, 0.45], [0.4, 0.3, 0.2, 0.1]),
    ([1.0, 0.0], [0.25, 0.75]),
    ([0.1, 0.2, 0.3, 0.2, 0.2], [0.3, 0.0, 0.3, 0.0, 0.4]),
    ([0.125, 0.5, 0.375], [0.125, 0.5, 0.375]),
    ([0.5, 0.0, 0.5, 0.0], [0.0, 0.25, 0.0, 0.75]),
]
DRAWS = 280
CERTAIN = 1e-6
"""A right answer fails once in a million comparisons."""


@hints(
    "How often would a token come out if you kept every proposal? And for which tokens is that too often?",
    "Keep token t with probability target[t] / draft[t], where that is below 1. Which tokens come out too rarely now, "
    "and how much is missing for each?",
    "What is missing is the positive part of target − draft. After a rejection, draw from it, scaled to sum 1.",
)
@equivalent(
    "rng.random() * draft[proposed] < target[proposed]",
    "rng.random() * draft[proposed] <= target[proposed]",
    because="two real numbers are equal with probability 0",
)
def check_speculative_token(speculative_token):
    def draws(proposed, draft, target, seed):
        given = call(proposed, np.array(draft), np.array(target), np.random.default_rng(seed))
        returned = speculative_token(*given.copy().args)
        kind(returned, (int, np.integer))
        require(0 <= returned < len(draft), f"{returned} isn't one of the {len(draft)} tokens.", given)
        require(target[returned] > 0, f"Token {returned} came out, and its probability in `target` is 0.", given)
        if returned != proposed:
            needless = f"`draft` gives token {proposed} no more than `target` does: keep it each time."
            require(target[proposed] < draft[proposed], needless, given)
            enough = f"Token {returned} came in its place, and `draft` proposes that often enough already."
            require(target[returned] > draft[returned], enough, given)
        again = speculative_token(*given.copy().args)
        same = "Two generators in the same state gave two tokens. Draw from `rng` only, and remember nothing."
        require(returned == again, same, given)

    for_all(draws, [call(seed % 2, *PAIRS[0], seed) for seed in range(20)])
    cases = [(*pair, token) for pair in PAIRS for token, chance in enumerate(pair[0]) if chance > 0]
    for_all(draws, [call(token, draft, target, seed) for draft, target, token in cases for seed in range(3)])
    plain = speculative_token.function if isinstance(speculative_token, Answer) else speculative_token
    for seed, (draft, target) in enumerate(PAIRS):
        follows(plain, np.array(draft), np.array(target), seed)


def follows(function, draft, target, seed):
    """Propose each token as often as the draft would, and look at what comes out."""
    rng, total = np.random.default_rng(seed), np.zeros(len(draft))
    for token in np.flatnonzero(draft).tolist():
        times, given = round(DRAWS * draft[token]), call(token, draft, target, np.random.default_rng(seed))
        returned = attempt(partial(drawn, function, token, draft, target, rng, times), "judging a proposal", given)
        kept, right = returned.count(token) / times, min(1, target[token] / draft[token])
        margin = 5 * math.sqrt(right * (1 - right) / times)
        sentence = f"You kept token {token} in {kept:.0%} of {times} proposals; {right:.0%} would be right."
        require(abs(kept - right) <= margin, sentence, given)
        total += np.bincount(returned, minlength=len(draft))
    possible, given = target > 0, call(int(np.argmax(draft - target)), draft, target, np.random.default_rng(seed))
    likely = chisquare(total[possible], total.sum() * target[possible]).pvalue if possible.sum() > 1 else 1
    shares = (total / total.sum()).round(2).tolist()
    sentence = f"With {total.sum():.0f} proposals of this draft, the results had shares of {shares}, not target's."
    require(not total[~possible].any() and likely > CERTAIN, sentence, given)


def drawn(function, token, draft, target, rng, times):
    return [int(function(token, draft, target, rng)) for _ in range(times)]


def _kept(proposed, draft, target, rng):
    return rng.random() * draft[proposed] < target[proposed]


def speculative_token__redraws_from_target(proposed, draft, target, rng):
    """After a rejection you drew from `target`, so the tokens that the draft likes get a second chance and come out
    too often. Draw from the positive part of target − draft, scaled to sum 1."""
    return proposed if _kept(proposed, draft, target, rng) else int(rng.choice(len(draft), p=target))


def speculative_token__inverted_ratio(proposed, draft, target, rng):
    """You kept a token with probability draft / target. Tokens that the draft overrates must be kept *less* often."""
    if rng.random() * target[proposed] < draft[proposed]:
        return proposed
    rest = np.maximum(target - draft, 0)
    return int(rng.choice(len(draft), p=rest / rest.sum()))


def speculative_token__always_accepts(proposed, draft, target, rng):
    """You returned the draft's own distribution: no proposal is ever refused."""
    return proposed


def speculative_token__ignores_the_draft(proposed, draft, target, rng):
    """You drew from `target` itself. The distribution is right, but the cheap model's proposals play no part, and
    nothing is saved."""
    return int(rng.choice(len(target), p=target))


def speculative_token__wrong_residual(proposed, draft, target, rng):
    """After a rejection you drew from |target − draft|, so a token that was refused for being overrated can come back.
    Take the positive part only."""
    if _kept(proposed, draft, target, rng):
        return proposed
    rest = np.abs(target - draft)
    return int(rng.choice(len(draft), p=rest / rest.sum()))


def speculative_token__most_neglected(proposed, draft, target, rng):
    """After a rejection you took the token that the draft neglects most. Draw one: others are neglected, too."""
    return proposed if _kept(proposed, draft, target, rng) else int(np.argmax(target - draft))


def speculative_token__tries_again(proposed, draft, target, rng):
    """After a rejection you proposed again from the draft, until something was kept. A token that the draft never
    proposes can't come out."""
    for _ in range(100):
        if _kept(proposed, draft, target, rng):
            break
        proposed = int(rng.choice(len(draft), p=draft))
    return proposed
