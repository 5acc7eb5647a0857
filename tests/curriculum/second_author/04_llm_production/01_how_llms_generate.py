"""Answers to 04_llm_production/01_how_llms_generate by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import heapq
import math
from fractions import Fraction
from itertools import accumulate

import numpy as np
import torch
from scipy.special import log_softmax, logsumexp

# 1. sequence_log_probability


def _log_softmax(logits):
    """Return the logarithms of the softmax of each row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def right__sequence_log_probability__scipy(logits, tokens):
    """scipy's log_softmax, indexed."""
    return float(log_softmax(logits, axis=1)[np.arange(len(tokens) - 1), tokens[1:]].sum())


def right__sequence_log_probability__loop(logits, tokens):
    """One token at a time, in plain floats."""
    total = 0.0
    for step in range(1, len(tokens)):
        row = [float(x) for x in logits[step - 1]]
        top = max(row)
        total += row[int(tokens[step])] - top - math.log(math.fsum(math.exp(x - top) for x in row))
    return total


def right__sequence_log_probability__torch(logits, tokens):
    """The negative cross entropy of torch, summed."""
    if len(tokens) == 1:
        return 0.0
    given, came = torch.as_tensor(logits[:-1]), torch.as_tensor(np.asarray(tokens[1:], dtype=np.int64))
    return -torch.nn.functional.cross_entropy(given, came, reduction="sum").item()


def right__sequence_log_probability__take(logits, tokens):
    """The score taken less the logsumexp; a NumPy scalar."""
    taken = np.take_along_axis(logits[:-1], np.asarray(tokens)[1:, None].astype(int), axis=1)[:, 0]
    return np.sum(taken - logsumexp(logits[:-1], axis=1))


def right__sequence_log_probability__pairwise(logits, tokens):
    """-log of the sum of exp of differences to the token that came; an impossible token handled apart."""
    total = np.float64(0)
    for row, token in zip(logits, tokens[1:], strict=False):
        if row[token] == -np.inf:
            return -math.inf
        total -= np.logaddexp.reduce(row - row[token])
    return float(total)


def right__sequence_log_probability__zip(logits, tokens):
    """A generator over rows and the tokens after them."""
    return sum((row[token] for row, token in zip(_log_softmax(logits), tokens[1:], strict=False)), start=0.0)


def wrong__sequence_log_probability__plain_exp(logits, tokens):
    """Overflows for scores above 709."""
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return float(np.log(chances[np.arange(len(tokens) - 1), tokens[1:]]).sum())


def wrong__sequence_log_probability__log_of_softmax(logits, tokens):
    """The softmax underflows: ln 0 for a token 2,000 below the best."""
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        return float(np.log(chances[np.arange(len(tokens) - 1), tokens[1:]]).sum())


def wrong__sequence_log_probability__floor(logits, tokens):
    """Puts a floor of 1e-300 under a probability."""
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return float(np.log(np.maximum(chances[np.arange(len(tokens) - 1), tokens[1:]], 1e-300)).sum())


def wrong__sequence_log_probability__same_row(logits, tokens):
    """Reads row t for token t: off by one."""
    return float(_log_softmax(logits)[np.arange(1, len(tokens)), tokens[1:]].sum())


def wrong__sequence_log_probability__first_too(logits, tokens):
    """Scores the first token as well."""
    return float(_log_softmax(logits)[np.arange(len(tokens)), tokens].sum())


def wrong__sequence_log_probability__mean(logits, tokens):
    """Divides by the number of tokens."""
    if len(tokens) == 1:
        return 0.0
    return float(_log_softmax(logits)[np.arange(len(tokens) - 1), tokens[1:]].mean())


def wrong__sequence_log_probability__bits(logits, tokens):
    """Bits in place of nats."""
    return float(_log_softmax(logits)[np.arange(len(tokens) - 1), tokens[1:]].sum() / math.log(2))


def wrong__sequence_log_probability__one_shift(logits, tokens):
    """Shifts all rows by one maximum: a row far below it has only zeros."""
    shifted = logits - logits.max()
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(logs[np.arange(len(tokens) - 1), tokens[1:]].sum())


def wrong__sequence_log_probability__half_precision(logits, tokens):
    """Computes in float32: at 10,000 its steps are 0.001."""
    logs = _log_softmax(logits.astype(np.float32))
    return float(logs[np.arange(len(tokens) - 1), tokens[1:]].sum())


def wrong__sequence_log_probability__clipped(logits, tokens):
    """Clips the scores to ±700 so that exp survives."""
    logs = _log_softmax(np.clip(logits, -700, 700))
    return float(logs[np.arange(len(tokens) - 1), tokens[1:]].sum())


def wrong__sequence_log_probability__nan_to_num(logits, tokens):
    """Replaces −inf by a very low score, so that an impossible token counts as −1e9 or so."""
    logs = _log_softmax(np.where(np.isneginf(logits), -1e9, logits))
    return float(logs[np.arange(len(tokens) - 1), tokens[1:]].sum())


def wrong__sequence_log_probability__skips_impossible(logits, tokens):
    """Leaves an impossible token out of the sum."""
    logs = _log_softmax(logits)[np.arange(len(tokens) - 1), tokens[1:]]
    return float(logs[np.isfinite(logs)].sum())


def wrong__sequence_log_probability__positive(logits, tokens):
    """The loss: the sign is turned."""
    return -float(_log_softmax(logits)[np.arange(len(tokens) - 1), tokens[1:]].sum())


def wrong__sequence_log_probability__unnormalized(logits, tokens):
    """Sums raw scores less the maximum: right only for one overwhelming token."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return float(shifted[np.arange(len(tokens) - 1), tokens[1:]].sum())


def wrong__sequence_log_probability__last_only(logits, tokens):
    """ln p of the last token only: right for two tokens."""
    return float(_log_softmax(logits)[len(tokens) - 2, tokens[-1]]) if len(tokens) > 1 else 0.0


# 2. nucleus_tokens


def _ranked(probabilities):
    """Return the ids, the most probable first, the lower id first of equals."""
    return np.argsort(-np.asarray(probabilities), kind="stable")


def right__nucleus_tokens__searchsorted(probabilities, p):
    """The first place where the running sum reaches p."""
    order = _ranked(probabilities)
    return order[: max(1, int(np.searchsorted(np.cumsum(probabilities[order]), p)) + 1)]


def right__nucleus_tokens__loop(probabilities, p):
    """A heap of pairs, until the share is held; a list."""
    heap = [(-float(chance), token) for token, chance in enumerate(probabilities)]
    heapq.heapify(heap)
    kept, mass = [], 0.0
    while not kept or (mass < p and heap):
        chance, token = heapq.heappop(heap)
        kept.append(token)
        mass -= chance
    return kept


def right__nucleus_tokens__lexsort(probabilities, p):
    """Sort by two keys; a token stays while those before it hold less."""
    order = np.lexsort((np.arange(len(probabilities)), -probabilities))
    sums = np.concatenate([[0.0], np.cumsum(probabilities[order])[:-1]])
    kept = sums < p
    kept[0] = True
    return order[kept].astype(np.int32)


def right__nucleus_tokens__torch(probabilities, p):
    """torch.sort, stable; counts the running sums that are too small."""
    values, order = torch.sort(torch.tensor(np.asarray(probabilities)), descending=True, stable=True)
    size = 1 + int((values.cumsum(0) < p).sum())
    return order[:size].numpy()


def right__nucleus_tokens__fractions(probabilities, p):
    """Exact fractions."""
    order = sorted(range(len(probabilities)), key=lambda token: (-probabilities[token], token))
    sums = list(accumulate(Fraction(float(probabilities[token])) for token in order))
    return np.array(order[: next(i for i, mass in enumerate(sums, 1) if mass >= Fraction(float(p)))])


def wrong__nucleus_tokens__strict(probabilities, p):
    """Needs more than p: one token too many when the sum hits p exactly."""
    order = _ranked(probabilities)
    return order[: int(np.searchsorted(np.cumsum(probabilities[order]), p, side="right")) + 1]


def wrong__nucleus_tokens__up_to(probabilities, p):
    """Keeps what stays at or below p: less than the share when it isn't hit."""
    order = _ranked(probabilities)
    return order[: max(1, int((np.cumsum(probabilities[order]) <= p).sum()))]


def wrong__nucleus_tokens__ties_reversed(probabilities, p):
    """An ascending sort reversed: of equal ones the higher id first."""
    order = np.argsort(probabilities, kind="stable")[::-1]
    return order[: int(np.searchsorted(np.cumsum(probabilities[order]), p)) + 1]


def wrong__nucleus_tokens__unstable(probabilities, p):
    """A sort that isn't stable: ties come in any order from 17 tokens on."""
    order = np.argsort(-probabilities, kind="quicksort")
    return order[: int(np.searchsorted(np.cumsum(probabilities[order]), p)) + 1]


def wrong__nucleus_tokens__by_id(probabilities, p):
    """Sorted by id in place of probability."""
    return np.sort(right__nucleus_tokens__searchsorted(probabilities, p))


def wrong__nucleus_tokens__ties_together(probabilities, p):
    """Keeps all that are as probable as the last one: not the smallest set."""
    order = _ranked(probabilities)
    size = int(np.searchsorted(np.cumsum(probabilities[order]), p)) + 1
    return order[probabilities[order] >= probabilities[order[size - 1]]]


def wrong__nucleus_tokens__empty_at_zero(probabilities, p):
    """No token for p = 0."""
    order = _ranked(probabilities)
    sums = np.cumsum(probabilities[order])
    return order[(sums - probabilities[order]) < p]


def wrong__nucleus_tokens__all_at_one(probabilities, p):
    """p = 1 returns the impossible tokens as well."""
    if p == 1:
        return _ranked(probabilities)
    return right__nucleus_tokens__searchsorted(probabilities, p)


def wrong__nucleus_tokens__no_zeros(probabilities, p):
    """Positions among the possible tokens in place of ids."""
    return right__nucleus_tokens__searchsorted(probabilities[probabilities > 0], p)


def wrong__nucleus_tokens__mask(probabilities, p):
    """A mask in place of ids."""
    return np.isin(np.arange(len(probabilities)), right__nucleus_tokens__searchsorted(probabilities, p))


def wrong__nucleus_tokens__probabilities(probabilities, p):
    """The probabilities in place of the ids."""
    return probabilities[right__nucleus_tokens__searchsorted(probabilities, p)]


def wrong__nucleus_tokens__floats(probabilities, p):
    """Ids as floats."""
    return right__nucleus_tokens__searchsorted(probabilities, p).astype(float)


def wrong__nucleus_tokens__tolerance(probabilities, p):
    """Is content with a share that misses p by 0.001, which is more than 1/1024."""
    order = _ranked(probabilities)
    return order[: int(np.searchsorted(np.cumsum(probabilities[order]), p - 0.001)) + 1]


def wrong__nucleus_tokens__first_hundred(probabilities, p):
    """Never more than 100 tokens."""
    return right__nucleus_tokens__searchsorted(probabilities, p)[:100]


def wrong__nucleus_tokens__threshold(probabilities, p):
    """Keeps what is at least 1 − p times as probable as the best (min-p)."""
    order = _ranked(probabilities)
    return order[probabilities[order] >= (1 - p) * probabilities.max()]


# 3. trim_conversation


def right__trim_conversation__from_the_end(turns, count, window, reserve):
    """Walk back over the turns, remember the last user's turn that fits."""
    room = window - reserve - sum(count(turn.text) for turn in turns if turn.role == "system")
    if room < 0:
        raise ValueError("The system turns don't fit.")
    begin = len(turns)
    for place in reversed(range(len(turns))):
        if turns[place].role == "system":
            continue
        room -= count(turns[place].text)
        if room < 0:
            break
        if turns[place].role == "user":
            begin = place
    return [turn for place, turn in enumerate(turns) if turn.role == "system" or place >= begin]


def right__trim_conversation__try_all(turns, count, window, reserve):
    """Try each user's turn from the first one on."""
    system = [place for place, turn in enumerate(turns) if turn.role == "system"]
    others = [place for place, turn in enumerate(turns) if turn.role != "system"]

    def size(places):
        return sum(count(turns[place].text) for place in places)

    if size(system) > window - reserve:
        raise ValueError
    for i, place in enumerate(others):
        if turns[place].role == "user" and size(system + others[i:]) <= window - reserve:
            return [turns[k] for k in sorted(system + others[i:])]
    return [turns[place] for place in system]


def right__trim_conversation__drop(turns, count, window, reserve):
    """Drop from the front, whole exchanges at a time."""
    kept = list(enumerate(turns))

    def total():
        return sum(count(turn.text) for _, turn in kept)

    def first():
        return next((i for i, (_, turn) in enumerate(kept) if turn.role != "system"), None)

    while (place := first()) is not None and (kept[place][1].role != "user" or total() > window - reserve):
        del kept[place]
    if total() > window - reserve:
        raise ValueError("Too long.")
    return [turn for _, turn in kept]


def right__trim_conversation__numpy(turns, count, window, reserve):
    """Running sums from the end."""
    sizes = np.array([count(turn.text) for turn in turns], dtype=int)
    system = np.array([turn.role == "system" for turn in turns], dtype=bool)
    room = window - reserve - sizes[system].sum()
    if room < 0:
        raise ValueError("no room")
    behind = np.cumsum(np.where(system, 0, sizes)[::-1])[::-1]
    starts = np.flatnonzero((behind <= room) & np.array([turn.role == "user" for turn in turns], dtype=bool))
    begin = starts[0] if len(starts) else len(turns)
    return tuple(turn for place, turn in enumerate(turns) if system[place] or place >= begin)


def _trim(turns, count, room, *, role="user", fits=lambda size, room: size <= room, skip=False, among=None):
    """Return system turns and the longest run that fits, with something turned for a wrong answer."""
    size = sum(count(turn.text) for turn in turns if turn.role == "system")
    if size > room:
        raise ValueError("no room")
    begin, taken = len(turns), set()
    for place in reversed(range(len(turns))):
        turn = turns[place]
        if turn.role == "system":
            continue
        if not fits(size + count(turn.text), room):
            if skip:
                continue
            break
        size += count(turn.text)
        taken.add(place)
        if role is None or turn.role == role:
            begin = place
    return [
        turn
        for place, turn in enumerate(turns)
        if turn.role == "system" or (place >= begin and (not skip or place in taken))
    ]


def wrong__trim_conversation__any_role_first(turns, count, window, reserve):
    """A run may begin with an answer or a tool's result."""
    return _trim(turns, count, window - reserve, role=None)


def wrong__trim_conversation__strictly_less(turns, count, window, reserve):
    """One token of room is left unused: a run that fits exactly is cut."""
    return _trim(turns, count, window - reserve, fits=lambda size, room: size < room)


def wrong__trim_conversation__no_reserve(turns, count, window, reserve):
    """Forgets the room for the answer."""
    return _trim(turns, count, window)


def wrong__trim_conversation__skips_long(turns, count, window, reserve):
    """Leaves a long turn out and goes on before it: the run is broken."""
    return _trim(turns, count, window - reserve, skip=True)


def wrong__trim_conversation__not_tool_first(turns, count, window, reserve):
    """Only a tool's result may not come first; an answer may."""
    kept = _trim(turns, count, window - reserve, role=None)
    while (i := next((i for i, t in enumerate(kept) if t.role != "system"), None)) is not None:
        if kept[i].role != "tool":
            break
        kept = kept[:i] + kept[i + 1 :]
    return kept


def wrong__trim_conversation__system_first(turns, count, window, reserve):
    """Moves the system turns to the front."""
    kept = _trim(turns, count, window - reserve)
    return sorted(kept, key=lambda turn: turn.role != "system")


def wrong__trim_conversation__first_system_only(turns, count, window, reserve):
    """Keeps a system turn only in front or within the run."""
    kept = _trim(turns, count, window - reserve)
    begin = len(turns) - len(kept)
    run = [turn for turn in turns[begin:] if turn.role != "system"]
    return kept if len(kept) == len(turns) else [turn for turn in turns[:1] if turn.role == "system"] + run


def wrong__trim_conversation__by_equality(turns, count, window, reserve):
    """Looks turns up by equality: an old turn that equals a kept one comes back."""
    kept = _trim(turns, count, window - reserve)
    return [turn for turn in turns if turn in kept]


def wrong__trim_conversation__system_break(turns, count, window, reserve):
    """A system turn ends the run."""
    room = window - reserve
    system = sum(count(turn.text) for turn in turns if turn.role == "system")
    if system > room:
        raise ValueError("no room")
    begin, size = len(turns), system
    for place in reversed(range(len(turns))):
        if turns[place].role == "system" and begin < len(turns):
            break
        size += count(turns[place].text) * (turns[place].role != "system")
        if size > room:
            break
        if turns[place].role == "user":
            begin = place
    return [turn for place, turn in enumerate(turns) if turn.role == "system" or place >= begin]


def wrong__trim_conversation__last_always(turns, count, window, reserve):
    """Keeps the last question even if it doesn't fit."""
    kept = _trim(turns, count, window - reserve)
    users = [turn for turn in turns if turn.role == "user"]
    if users and all(turn.role == "system" for turn in kept):
        kept.append(users[-1])
    return kept


def wrong__trim_conversation__no_error(turns, count, window, reserve):
    """Returns the system turns although they are too long."""
    try:
        return _trim(turns, count, window - reserve)
    except ValueError:
        return [turn for turn in turns if turn.role == "system"]


def wrong__trim_conversation__error_if_no_run(turns, count, window, reserve):
    """Raises when no run fits, where the system turns are left."""
    kept = _trim(turns, count, window - reserve)
    if any(turn.role != "system" for turn in turns) and all(turn.role == "system" for turn in kept):
        raise ValueError("no run fits")
    return kept


def wrong__trim_conversation__error_at_full(turns, count, window, reserve):
    """Raises when the system turns fill the room exactly."""
    system = sum(count(turn.text) for turn in turns if turn.role == "system")
    if system and system == window - reserve:
        raise ValueError("no room")
    return _trim(turns, count, window - reserve)


def wrong__trim_conversation__letters(turns, count, window, reserve):
    """Counts characters in place of asking `count`."""
    return _trim(turns, len, window - reserve)


def wrong__trim_conversation__stops_at_empty(turns, count, window, reserve):
    """Stops as soon as the room is used up: a turn of 0 tokens before that is lost."""
    room = window - reserve
    kept = _trim(turns, count, room)
    system = sum(count(turn.text) for turn in kept if turn.role == "system")
    size, places = system, []
    for place in reversed(range(len(kept))):
        if kept[place].role != "system":
            if size == room:
                break
            size += count(kept[place].text)
            places.append(place)
    while places and kept[places[-1]].role != "user":
        places.pop()
    return [turn for place, turn in enumerate(kept) if turn.role == "system" or place in places]


def wrong__trim_conversation__latest_exchange_too_long(turns, count, window, reserve):
    """If the latest exchange doesn't fit, an earlier one is taken: not the latest turns."""
    kept = _trim(turns, count, window - reserve)
    rest = list(turns)
    while rest and all(turn.role == "system" for turn in kept):
        rest.pop()
        kept = _trim(rest, count, window - reserve)
    return kept + [turn for turn in turns[len(rest) :] if turn.role == "system"]


def wrong__trim_conversation__ends_with_user(turns, count, window, reserve):
    """Drops an answer at the end, so that the conversation ends with a question."""
    kept = _trim(turns, count, window - reserve)
    while kept and kept[-1].role == "assistant":
        kept.pop()
    return kept


# 4. most_probable_sequence


def _beam(next_log_probs, width, steps, end, *, score=lambda total, tokens: total, best=None):
    """Return the best text of the last beam."""
    beam = [(0.0, ())]
    for _ in range(steps):
        grown = []
        for total, tokens in beam:
            if tokens and tokens[-1] == end:
                grown.append((total, tokens))
                continue
            logs = next_log_probs(tokens)
            grown += [(total + float(x), (*tokens, i)) for i, x in enumerate(logs) if x > -math.inf]
        beam = sorted(grown, key=lambda one: score(*one), reverse=True)[:width]
    return max(beam, key=lambda one: (best or score)(*one))[1]


def right__most_probable_sequence__plain(next_log_probs, width, steps, end):
    """The plain loop."""
    return _beam(next_log_probs, width, steps, end)


def right__most_probable_sequence__heap(next_log_probs, width, steps, end):
    """heapq.nlargest on pairs; stops when every text has ended."""
    beam = [(0.0, ())]
    for _ in range(steps):
        if all(tokens[-1:] == (end,) for _, tokens in beam):
            break
        grown = []
        for total, tokens in beam:
            if tokens[-1:] == (end,):
                grown.append((total, tokens))
            else:
                grown.extend((total + step, (*tokens, int(i))) for i, step in enumerate(next_log_probs(tokens)))
        beam = heapq.nlargest(width, grown)
    return max(beam)[1]


def right__most_probable_sequence__few_per_text(next_log_probs, width, steps, end):
    """Only the best `width` continuations of each text can matter; kept in a dictionary."""
    beam = {(): 0.0}
    for _ in range(steps):
        grown = {}
        for tokens, total in beam.items():
            if tokens and tokens[-1] == end:
                grown[tokens] = total
                continue
            logs = np.asarray(next_log_probs(tokens))
            for token in np.argsort(-logs, kind="stable")[:width]:
                grown[(*tokens, int(token))] = total + logs[token]
        beam = dict(sorted(grown.items(), key=lambda item: -item[1])[:width])
    return max(beam, key=beam.get)


def right__most_probable_sequence__matrix(next_log_probs, width, steps, end):
    """Texts as lists, sums in a matrix, one argsort a step; a list of NumPy integers."""
    texts, sums = [[]], np.zeros(1)
    for _ in range(steps):
        candidates, values = [], []
        for tokens, total in zip(texts, sums, strict=True):
            if tokens[-1:] == [end]:
                candidates.append(tokens)
                values.append(np.array([total]))
            else:
                logs = next_log_probs(tuple(int(t) for t in tokens))
                candidates += [[*tokens, t] for t in range(len(logs))]
                values.append(total + logs)
        values = np.concatenate(values)
        best = np.argsort(values)[::-1][:width]
        texts, sums = [candidates[i] for i in best], values[best]
    return tuple(texts[0])


def right__most_probable_sequence__recursive(next_log_probs, width, steps, end):
    """A recursion over the steps; an ended text competes with its own sum."""

    def step(beam, left):
        if left == 0:
            return beam[0][1]
        grown = []
        for total, tokens in beam:
            done = len(tokens) > 0 and tokens[-1] == end
            grown += (
                [(total, tokens)] if done else [(total + x, (*tokens, i)) for i, x in enumerate(next_log_probs(tokens))]
            )
        grown.sort(key=lambda one: one[0], reverse=True)
        return step(grown[:width], left - 1)

    return step([(0.0, ())], steps)


def wrong__most_probable_sequence__greedy(next_log_probs, width, steps, end):
    """Ignores the width."""
    return _beam(next_log_probs, 1, steps, end)


def wrong__most_probable_sequence__exhaustive(next_log_probs, width, steps, end):
    """Searches wider than asked, so that it finds what this beam can't."""
    return _beam(next_log_probs, 50 * width, steps, end)


def wrong__most_probable_sequence__by_length(next_log_probs, width, steps, end):
    """Divides by the length at the end."""
    return _beam(next_log_probs, width, steps, end, best=lambda total, tokens: total / max(1, len(tokens)))


def wrong__most_probable_sequence__ranked_by_length(next_log_probs, width, steps, end):
    """Divides by the length in each step."""
    return _beam(next_log_probs, width, steps, end, score=lambda total, tokens: total / max(1, len(tokens)))


def wrong__most_probable_sequence__writes_on(next_log_probs, width, steps, end):
    """Goes on writing after the end, and asks for ended texts."""
    return _beam(next_log_probs, width, steps, None)


def wrong__most_probable_sequence__end_stripped(next_log_probs, width, steps, end):
    """Leaves the end out of the answer."""
    return tuple(token for token in _beam(next_log_probs, width, steps, end) if token != end)


def wrong__most_probable_sequence__ended_aside(next_log_probs, width, steps, end):
    """Ended texts lie aside and take no place in the beam: it is wider than asked."""
    beam, done = [(0.0, ())], []
    for _ in range(steps):
        grown = [(s + float(x), (*t, i)) for s, t in beam for i, x in enumerate(next_log_probs(t)) if x > -math.inf]
        grown.sort(reverse=True)
        done += [one for one in grown if one[1][-1] == end]
        beam = [one for one in grown if one[1][-1] != end][:width]
    return max(beam + done)[1]


def wrong__most_probable_sequence__first_end(next_log_probs, width, steps, end):
    """Returns as soon as the best text of the beam has ended: here a later one can't win, but ties with steps can."""
    beam = [(0.0, ())]
    for _ in range(steps):
        grown = []
        for s, t in beam:
            grown += (
                [(s, t)] if t[-1:] == (end,) else [(s + float(x), (*t, i)) for i, x in enumerate(next_log_probs(t))]
            )
        beam = sorted(grown, reverse=True)[:width]
        ended = [one for one in beam if one[1][-1] == end]
        if ended:
            return ended[0][1]
    return beam[0][1]


def wrong__most_probable_sequence__asks_twice(next_log_probs, width, steps, end):
    """Asks for each text twice."""

    def twice(tokens):
        next_log_probs(tokens)
        return next_log_probs(tokens)

    return _beam(twice, width, steps, end)


def wrong__most_probable_sequence__asks_once_more(next_log_probs, width, steps, end):
    """Asks for ended texts too, and throws the answer away."""
    beam = [(0.0, ())]
    for _ in range(steps):
        grown = []
        for s, t in beam:
            logs = next_log_probs(t)
            grown += [(s, t)] if t[-1:] == (end,) else [(s + float(x), (*t, i)) for i, x in enumerate(logs)]
        beam = sorted(grown, reverse=True)[:width]
    return beam[0][1]


def wrong__most_probable_sequence__products(next_log_probs, width, steps, end):
    """Multiplies probabilities: all are 0 from 700 nats on."""
    beam = [(1.0, ())]
    for _ in range(steps):
        grown = []
        for s, t in beam:
            if t[-1:] == (end,):
                grown.append((s, t))
            else:
                grown += [(s * math.exp(x), (*t, i)) for i, x in enumerate(next_log_probs(t))]
        beam = sorted(grown, key=lambda one: -one[0])[:width]
    return beam[0][1]


def wrong__most_probable_sequence__one_child(next_log_probs, width, steps, end):
    """After the first step each text keeps only its best continuation."""
    beam = [(0.0, ())]
    for _ in range(steps):
        grown = []
        for s, t in beam:
            if t[-1:] == (end,):
                grown.append((s, t))
            else:
                logs = next_log_probs(t)
                most = width if t == () else 1
                grown += [(s + float(logs[i]), (*t, int(i))) for i in np.argsort(-logs)[:most]]
        beam = sorted(grown, reverse=True)[:width]
    return beam[0][1]


def wrong__most_probable_sequence__two_children(next_log_probs, width, steps, end):
    """Two continuations of a text at most."""
    beam = [(0.0, ())]
    for _ in range(steps):
        grown = []
        for s, t in beam:
            if t[-1:] == (end,):
                grown.append((s, t))
            else:
                logs = next_log_probs(t)
                grown += [(s + float(logs[i]), (*t, int(i))) for i in np.argsort(-logs)[:2]]
        beam = sorted(grown, reverse=True)[:width]
    return beam[0][1]


def wrong__most_probable_sequence__last_step_only(next_log_probs, width, steps, end):
    """Ranks by the last token's probability, not by the sum."""
    beam = [(0.0, ())]
    for _ in range(steps):
        grown = []
        for s, t in beam:
            grown += [(s, t)] if t[-1:] == (end,) else [(float(x), (*t, i)) for i, x in enumerate(next_log_probs(t))]
        beam = sorted(grown, reverse=True)[:width]
    return beam[0][1]


def wrong__most_probable_sequence__prefers_ended(next_log_probs, width, steps, end):
    """Of the last beam, an ended text goes before a more probable open one."""
    return _beam(next_log_probs, width, steps, end, best=lambda total, tokens: (tokens[-1] == end, total))


def wrong__most_probable_sequence__end_is_last_token(next_log_probs, width, steps, end):
    """Takes the last token of the vocabulary for the end."""
    return _beam(next_log_probs, width, steps, len(next_log_probs(())) - 1)


_asked = {}


def wrong__most_probable_sequence__remembers(next_log_probs, width, steps, end):
    """Remembers what another model said in an earlier call."""

    def known(tokens):
        if tokens not in _asked:
            _asked[tokens] = next_log_probs(tokens)
        return _asked[tokens]

    return _beam(known, width, steps, end)


def wrong__most_probable_sequence__zero_is_falsy(next_log_probs, width, steps, end):
    """An end of 0 isn't recognized."""
    return _beam(next_log_probs, width, steps, end or -1)


# 5. speculative_token (its first signature had no `proposed`: the answers drew it themselves)


def _drawn(weights, number):
    """Return a token drawn from weights, by a number from 0 to 1."""
    sums = np.cumsum(weights)
    return int(min(np.searchsorted(sums, number * sums[-1], side="right"), np.flatnonzero(weights)[-1]))


def _missing(draft, target, rng):
    """Return a token of what the draft lacks."""
    rest = np.maximum(target - draft, 0)
    return int(rng.choice(len(rest), p=rest / rest.sum()))


def right__speculative_token__choice(proposed, draft, target, rng):
    """As in the paper."""
    if rng.random() < min(1, target[proposed] / draft[proposed]):
        return proposed
    rest = np.maximum(target - draft, 0)
    return rng.choice(np.arange(len(rest)), p=rest / rest.sum())


def right__speculative_token__inverse(proposed, draft, target, rng):
    """Inverse sums, and both numbers drawn in advance, the one that replaces first."""
    replace, decide = rng.random(2)
    if target[proposed] >= draft[proposed] or decide < target[proposed] / draft[proposed]:
        return proposed
    return _drawn(np.clip(target - draft, 0, None), replace)


def right__speculative_token__multinomial(proposed, draft, target, rng):
    """A uniform number up to q against p, and a multinomial draw."""
    if rng.uniform(0, draft[proposed]) < target[proposed]:
        return proposed
    missing = np.where(target > draft, target - draft, 0)
    return int(np.argmax(rng.multinomial(1, missing / missing.sum())))


def right__speculative_token__one_number(proposed, draft, target, rng):
    """One number: what is left of it above the limit replaces."""
    number = rng.random() * draft[proposed]
    if number < target[proposed]:
        return proposed
    return _drawn(np.maximum(target - draft, 0), (number - target[proposed]) / (draft[proposed] - target[proposed]))


def right__speculative_token__plain(proposed, draft, target, rng):
    """Plain Python sums, from the last token to the first; a refusal on a small number, drawn only if needed."""
    surplus = float(draft[proposed] - target[proposed])
    if surplus <= 0 or rng.random() >= surplus / float(draft[proposed]):
        return proposed
    weights = [max(0.0, float(p) - float(q)) for p, q in zip(target, draft, strict=True)]
    left = (1 - rng.random()) * math.fsum(weights)
    possible = [token for token, weight in enumerate(weights) if weight > 0]
    for token in reversed(possible):
        left -= weights[token]
        if left <= 0:
            return token
    return possible[0]


def right__speculative_token__race(proposed, draft, target, rng):
    """An exponential race among the neglected tokens; the decision is a binomial draw."""
    if rng.binomial(1, min(1.0, float(target[proposed] / draft[proposed]))):
        return proposed
    rest = np.maximum(target - draft, 0)
    with np.errstate(divide="ignore"):
        return int(np.argmin(rng.exponential(size=len(rest)) / rest))


def right__speculative_token__until_neglected(proposed, draft, target, rng):
    """Draws from the target until a token passes that the draft neglects: more numbers, the same distribution."""
    if rng.random() * draft[proposed] < target[proposed]:
        return proposed
    while True:
        token = int(rng.choice(len(target), p=target))
        if rng.random() * target[token] < target[token] - draft[token]:
            return token


def right__speculative_token__in_order(proposed, draft, target, rng):
    """Moves each surplus to the lacks in the order of the ids: another best transport, with the same result."""
    surplus, lack = np.maximum(draft - target, 0), np.maximum(target - draft, 0)
    number = rng.random() * draft[proposed]
    if number >= surplus[proposed]:
        return proposed
    return _drawn(lack, (surplus[:proposed].sum() + number) / surplus.sum())


def wrong__speculative_token__target(proposed, draft, target, rng):
    """Ignores the proposal: it isn't kept as often as possible."""
    return int(rng.choice(len(target), p=target))


def wrong__speculative_token__draft(proposed, draft, target, rng):
    """Keeps every proposal that the target allows at all."""
    return proposed if target[proposed] > 0 else int(rng.choice(len(target), p=target))


def wrong__speculative_token__resample_target(proposed, draft, target, rng):
    """Replaces by a token of the target: too much of what the draft already gives."""
    if rng.random() * draft[proposed] < target[proposed]:
        return proposed
    return int(rng.choice(len(target), p=target))


def wrong__speculative_token__proposes_itself(proposed, draft, target, rng):
    """Draws a second proposal from the draft and judges that: right in the end, but the one at hand isn't kept."""
    token = int(rng.choice(len(draft), p=draft))
    return token if rng.random() * draft[token] < target[token] else _missing(draft, target, rng)


def wrong__speculative_token__swapped(proposed, draft, target, rng):
    """Keeps with q/p."""
    if target[proposed] > 0 and rng.random() < draft[proposed] / target[proposed]:
        return proposed
    return _missing(draft, target, rng) if (target > draft).any() else proposed


def wrong__speculative_token__never_sometimes(proposed, draft, target, rng):
    """Replaces whenever the draft gives more than the target."""
    return proposed if target[proposed] >= draft[proposed] else _missing(draft, target, rng)


def wrong__speculative_token__keeps_with_p(proposed, draft, target, rng):
    """Keeps with p in place of p/q."""
    if target[proposed] >= draft[proposed] or rng.random() < target[proposed]:
        return proposed
    return _missing(draft, target, rng)


def wrong__speculative_token__keeps_with_difference(proposed, draft, target, rng):
    """Keeps with 1 − (q − p) in place of p/q."""
    return proposed if rng.random() < 1 - (draft[proposed] - target[proposed]) else _missing(draft, target, rng)


def wrong__speculative_token__absolute(proposed, draft, target, rng):
    """The distance in place of the positive part."""
    if rng.random() * draft[proposed] < target[proposed]:
        return proposed
    rest = np.abs(target - draft)
    return int(rng.choice(len(rest), p=rest / rest.sum()))


def wrong__speculative_token__best_replaces(proposed, draft, target, rng):
    """Replaces by the most neglected token, always."""
    return proposed if rng.random() * draft[proposed] < target[proposed] else int(np.argmax(target - draft))


def wrong__speculative_token__any_neglected(proposed, draft, target, rng):
    """Replaces by a neglected token, each as likely as the others."""
    if rng.random() * draft[proposed] < target[proposed]:
        return proposed
    return int(rng.choice(np.flatnonzero(target > draft)))


def wrong__speculative_token__neglected_of_target(proposed, draft, target, rng):
    """Replaces by a neglected token, in proportion to the target and not to what is missing."""
    if rng.random() * draft[proposed] < target[proposed]:
        return proposed
    rest = np.where(target > draft, target, 0)
    return int(rng.choice(len(rest), p=rest / rest.sum()))


def wrong__speculative_token__one_number_twice(proposed, draft, target, rng):
    """The number that refused replaces as well: it is a large one."""
    number = rng.random()
    if number * draft[proposed] < target[proposed]:
        return proposed
    return _drawn(np.maximum(target - draft, 0), number)


def wrong__speculative_token__until_kept(proposed, draft, target, rng):
    """Proposes again and again until one is kept: as the common part, not as the target."""
    for _ in range(100):
        if rng.random() * draft[proposed] < target[proposed]:
            return proposed
        proposed = int(rng.choice(len(draft), p=draft))
    return int(rng.choice(len(target), p=target))


def wrong__speculative_token__keeps_less(proposed, draft, target, rng):
    """Keeps half as often as possible and makes up for it: exact, but not as often as possible."""
    kept = np.minimum(draft, target) / 2
    if rng.random() * draft[proposed] < kept[proposed]:
        return proposed
    rest = target - kept
    return int(rng.choice(len(rest), p=rest / rest.sum()))


def wrong__speculative_token__own_generator(proposed, draft, target, rng):
    """Draws from its own generator, the same each time."""
    return right__speculative_token__choice(proposed, draft, target, np.random.default_rng(0))


def wrong__speculative_token__another_generator(proposed, draft, target, rng):
    """Draws from a generator without a seed: not from `rng`."""
    return right__speculative_token__choice(proposed, draft, target, np.random.default_rng())


def wrong__speculative_token__most_probable(proposed, draft, target, rng):
    """Takes the target's favorite when the proposal is refused."""
    return proposed if rng.random() * draft[proposed] < target[proposed] else int(np.argmax(target))
