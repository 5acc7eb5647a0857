"""Answers to 04_llm_production/05_embeddings_vector_search by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import bisect
import copy
import heapq
import math
import random
from collections import Counter, deque, namedtuple
from fractions import Fraction

import numpy as np
import pandas as pd
import torch
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

# 1. pooled_sentence


def _unit(rows):
    """Scale every row to length 1; zeros stay zeros."""
    rows = np.asarray(rows, dtype=float)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(lengths == 0, 1.0, lengths)


def _pool(token_vectors, mask):
    """Return the right vectors."""
    keep = np.asarray(mask).astype(bool)[:, :, None]
    return _unit(np.where(keep, token_vectors, 0.0).sum(axis=1))


def right__pooled_sentence__where_and_sum(token_vectors, mask):
    return _pool(token_vectors, mask)


def right__pooled_sentence__mean_first(token_vectors, mask):
    weights = np.asarray(mask, dtype=float)[:, :, np.newaxis]
    means = (token_vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    lengths = np.sqrt((means**2).sum(axis=1, keepdims=True))
    return np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)


def right__pooled_sentence__einsum(token_vectors, mask):
    sums = np.einsum("btw,bt->bw", token_vectors.astype(float), mask.astype(float))
    lengths = np.linalg.norm(sums, axis=1)
    lengths[lengths == 0] = 1
    return sums / lengths[:, None]


def right__pooled_sentence__loop_over_tickets(token_vectors, mask):
    result = np.zeros((token_vectors.shape[0], token_vectors.shape[2]))
    for i, (vectors, own) in enumerate(zip(token_vectors, mask, strict=True)):
        own = own.astype(bool)
        if own.any():
            mean = vectors[own].mean(axis=0)
            length = np.linalg.norm(mean)
            if length > 0:
                result[i] = mean / length
    return result


def right__pooled_sentence__plain_python(token_vectors, mask):
    batch, tokens, width = token_vectors.shape
    result = np.zeros((batch, width))
    for b in range(batch):
        count, total = 0, [0.0] * width
        for t in range(tokens):
            if mask[b][t]:
                count += 1
                total = [x + float(y) for x, y in zip(total, token_vectors[b][t], strict=True)]
        length = math.hypot(*total) if count else 0.0
        if length:
            result[b] = [x / length for x in total]
    return result


def right__pooled_sentence__pytorch(token_vectors, mask):
    vectors = torch.tensor(np.asarray(token_vectors, dtype=np.float64))
    weights = torch.tensor(np.asarray(mask, dtype=np.float64)).unsqueeze(-1)
    means = (vectors * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
    return torch.nn.functional.normalize(means, p=2, dim=1).numpy()


def right__pooled_sentence__masked_array(token_vectors, mask):
    padding = np.broadcast_to(np.asarray(mask)[:, :, None] == 0, token_vectors.shape)
    means = np.ma.masked_array(token_vectors, mask=padding).mean(axis=1).filled(0.0)
    return _unit(means)


def right__pooled_sentence__batched_matrix_product(token_vectors, mask):
    sums = (np.asarray(mask, dtype=float)[:, None, :] @ token_vectors)[:, 0, :]
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(sums / np.linalg.norm(sums, axis=1, keepdims=True))


def right__pooled_sentence__scikit_learn(token_vectors, mask):
    sums = np.where(mask[..., None] > 0, token_vectors, 0.0).sum(axis=1)
    return normalize(sums) if len(sums) else sums


def wrong__pooled_sentence__mask_as_row_numbers(token_vectors, mask):
    """A mask of integers picks the rows 0 and 1 again and again; only a mask of bools leaves the padding out."""
    result = np.zeros((token_vectors.shape[0], token_vectors.shape[2]))
    for i in range(len(result)):
        if mask[i].any():
            result[i] = _unit(token_vectors[i][mask[i]].mean(axis=0))
    return result


def wrong__pooled_sentence__first_tokens(token_vectors, mask):
    """Takes the first `mask.sum()` tokens: wrong where the padding stands on the left."""
    counts = np.asarray(mask).astype(int).sum(axis=1)
    return _pool(token_vectors, np.arange(token_vectors.shape[1]) < counts[:, None])


def wrong__pooled_sentence__zeros_are_padding(token_vectors, mask):
    """Ignores the mask: takes vectors of zeros for padding, but the model returns a vector for padding too."""
    return _pool(token_vectors, np.any(token_vectors != 0, axis=2))


def wrong__pooled_sentence__each_token_scaled(token_vectors, mask):
    """Scales every token to length 1 before the mean, so long tokens lose their weight."""
    return _pool(_unit(token_vectors), mask)


def wrong__pooled_sentence__different_tokens_once(token_vectors, mask):
    """Counts a token that occurs twice only once."""
    result = np.zeros((token_vectors.shape[0], token_vectors.shape[2]))
    for i, own in enumerate(np.asarray(mask).astype(bool)):
        if own.any():
            result[i] = _unit(np.unique(token_vectors[i][own], axis=0).mean(axis=0))
    return result


def wrong__pooled_sentence__single_token_as_it_is(token_vectors, mask):
    """A ticket of a single token is not scaled to length 1."""
    keep = np.asarray(mask).astype(bool)
    result = _pool(token_vectors, mask)
    for i in np.flatnonzero(keep.sum(axis=1) == 1):
        result[i] = token_vectors[i][keep[i]][0]
    return result


def wrong__pooled_sentence__short_ones_stay_short(token_vectors, mask):
    """Divides by the length or by 1, whatever is larger: a mean shorter than 1 is not scaled to length 1."""
    weights = np.asarray(mask, dtype=float)[:, :, None]
    means = (token_vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1.0)


def wrong__pooled_sentence__small_number_in_denominator(token_vectors, mask):
    """Adds 1e-3 to every length: no vector has quite length 1, and small ones are far from it."""
    weights = np.asarray(mask, dtype=float)[:, :, None]
    means = (token_vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    return means / (np.linalg.norm(means, axis=1, keepdims=True) + 1e-3)


def wrong__pooled_sentence__sum_zero_means_empty(token_vectors, mask):
    """Takes a mean whose numbers add up to 0, such as [1, -1], for a ticket without tokens."""
    result = _pool(token_vectors, mask)
    result[np.abs(result.sum(axis=1)) < 1e-12] = 0
    return result


def wrong__pooled_sentence__one_empty_ticket_empties_all(token_vectors, mask):
    """As soon as one ticket has no tokens, every ticket gets zeros."""
    result = _pool(token_vectors, mask)
    return result if np.asarray(mask).any(axis=1).all() else np.zeros_like(result)


def wrong__pooled_sentence__empty_ticket_left_out(token_vectors, mask):
    """A ticket without tokens gets no row at all instead of zeros."""
    return _pool(token_vectors, mask)[np.asarray(mask).any(axis=1)]


def wrong__pooled_sentence__empty_ticket_averages_padding(token_vectors, mask):
    """A ticket without tokens gets the mean of its padding."""
    keep = np.asarray(mask).astype(bool)
    return _pool(token_vectors, keep | ~keep.any(axis=1, keepdims=True))


def wrong__pooled_sentence__squeezed(token_vectors, mask):
    """A batch of one ticket comes back with shape `(width,)`."""
    return np.squeeze(_pool(token_vectors, mask))


def wrong__pooled_sentence__length_of_the_batch(token_vectors, mask):
    """Scales by the length of the whole batch: the answer depends on who shares the batch."""
    weights = np.asarray(mask, dtype=float)[:, :, None]
    means = (token_vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    return means / (np.linalg.norm(means) or 1.0)


def wrong__pooled_sentence__first_128_tokens(token_vectors, mask):
    """Cuts every ticket after 128 tokens."""
    return _pool(token_vectors[:, :128], mask[:, :128])


def wrong__pooled_sentence__count_overflows(token_vectors, mask):
    """`einsum` counts in the mask's own dtype: 256 tokens of an 8-bit mask count as none, and the ticket gets zeros."""
    sums = np.einsum("btw,bt->bw", token_vectors.astype(float), mask.astype(float))
    counts = np.einsum("bt->b", mask).astype(float)[:, None]
    return _unit(np.divide(sums, counts, out=np.zeros_like(sums), where=counts != 0))


def wrong__pooled_sentence__short_means_are_zeros(token_vectors, mask):
    """Takes a mean shorter than 1e-3 for a ticket without tokens, but it too is scaled to length 1."""
    weights = np.asarray(mask, dtype=float)[:, :, None]
    means = (token_vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    return np.where(np.linalg.norm(means, axis=1, keepdims=True) < 1e-3, 0.0, _unit(means))


# 2. nearest_rows


def _cosines(query, vectors):
    """Return the cosine of every row to the query, 0 for zeros."""
    query, vectors = np.asarray(query, dtype=float), np.asarray(vectors, dtype=float)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return np.divide(vectors @ query, lengths, out=np.zeros(len(vectors)), where=lengths > 0)


def _pairs(order, cosines):
    """Return the row numbers with their cosines."""
    return [(int(i), float(cosines[i])) for i in order]


def _nearest(query, vectors, k):
    """Return the right rows and cosines."""
    cosines = _cosines(query, vectors)
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


def right__nearest_rows__stable_sort(query, vectors, k):
    return _nearest(query, vectors, k)


def right__nearest_rows__unit_vectors(query, vectors, k):
    cosines = _unit(vectors) @ _unit(query)
    order = np.lexsort((np.arange(len(cosines)), -cosines))
    return _pairs(order[:k], cosines)


def right__nearest_rows__loop_and_sorted(query, vectors, k):
    def cosine(row):
        dot = math.fsum(float(a) * float(b) for a, b in zip(query, row, strict=True))
        lengths = math.hypot(*query) * math.hypot(*row)
        return dot / lengths if lengths else 0.0

    scored = [(i, cosine(row)) for i, row in enumerate(vectors)]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]


def right__nearest_rows__heap(query, vectors, k):
    cosines = _cosines(query, vectors).tolist()
    return heapq.nsmallest(k, enumerate(cosines), key=lambda pair: (-pair[1], pair[0]))


def right__nearest_rows__scikit_learn(query, vectors, k):
    if len(vectors) == 0:
        return []
    cosines = cosine_similarity([query], vectors)[0]
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


def right__nearest_rows__scipy(query, vectors, k):
    if len(vectors) == 0:
        return []
    with np.errstate(all="ignore"):
        cosines = 1 - cdist(query[None].astype(float), vectors.astype(float), metric="cosine")[0]
    cosines = np.where(vectors.any(axis=1) & query.any(), cosines, 0.0)
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


def right__nearest_rows__pandas(query, vectors, k):
    series = pd.Series(_cosines(query, vectors)).sort_values(ascending=False, kind="stable")
    return list(series.head(k).items())


def right__nearest_rows__rounding_noise_removed(query, vectors, k):
    cosines = _cosines(query, vectors)
    order = sorted(range(len(cosines)), key=lambda i: (-round(float(cosines[i]), 12), i))
    return _pairs(order[:k], cosines)


def right__nearest_rows__list_of_named_tuples(query, vectors, k):
    hit = namedtuple("hit", "row cosine")
    return [hit(*pair) for pair in _nearest(query, vectors, k)]


def wrong__nearest_rows__unstable_sort(query, vectors, k):
    """`np.argsort` without `kind` may swap equal cosines as soon as there are many rows."""
    cosines = _cosines(query, vectors)
    return _pairs(np.argsort(-cosines)[:k], cosines)


def wrong__nearest_rows__reversed_sort(query, vectors, k):
    """Sorts upward and turns around: of equal cosines the higher row number comes first."""
    cosines = _cosines(query, vectors)
    return _pairs(np.argsort(cosines, kind="stable")[::-1][:k], cosines)


def wrong__nearest_rows__partition_first(query, vectors, k):
    """Cuts off with `argpartition`, which keeps any of the rows that tie at the last place."""
    cosines = _cosines(query, vectors)
    if k >= len(cosines) or k == 0:
        return _nearest(query, vectors, k)
    kept = np.argpartition(-cosines, k - 1)[:k]
    return _pairs(sorted(kept.tolist(), key=lambda i: (-cosines[i], i)), cosines)


def wrong__nearest_rows__one_row_for_each_cosine(query, vectors, k):
    """Remembers rows by their cosine: of equal ones only the first is left."""
    rows = {}
    for i, cosine in enumerate(_cosines(query, vectors).tolist()):
        rows.setdefault(cosine, i)
    return [(rows[c], c) for c in sorted(rows, reverse=True)[:k]]


def wrong__nearest_rows__longer_first_on_ties(query, vectors, k):
    """Of equal cosines the longer vector comes first, not the lower row number."""
    cosines = _cosines(query, vectors)
    order = np.lexsort((-np.linalg.norm(vectors, axis=1), -cosines))
    return _pairs(order[:k], cosines)


def wrong__nearest_rows__order_rounded(query, vectors, k):
    """Orders by cosines rounded to 4 digits: a better row may come after a worse one."""
    cosines = _cosines(query, vectors)
    return _pairs(np.argsort(-np.round(cosines, 4), kind="stable")[:k], cosines)


def wrong__nearest_rows__best_dot_products_reranked(query, vectors, k):
    """Ranks only the 2 * k highest dot products by cosine: a short row in the right direction is missed."""
    dots = np.asarray(vectors, dtype=float) @ query
    kept = np.sort(np.argsort(-dots, kind="stable")[: 2 * k])
    cosines = _cosines(query, vectors)
    return _pairs(sorted(kept.tolist(), key=lambda i: -cosines[i])[:k], cosines)


def wrong__nearest_rows__distance_of_unit_vectors(query, vectors, k):
    """Right order, but half the squared distance of the unit vectors isn't 1 − cosine for a vector of zeros."""
    scores = 1 - ((_unit(vectors) - _unit(query)) ** 2).sum(axis=1) / 2
    return _pairs(np.argsort(-scores, kind="stable")[:k], scores)


def wrong__nearest_rows__negative_becomes_zero(query, vectors, k):
    """A negative cosine becomes 0 and ties with the vectors of zeros."""
    cosines = np.maximum(_cosines(query, vectors), 0.0)
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


def wrong__nearest_rows__zeros_last(query, vectors, k):
    """Puts a vector of zeros behind the rows of negative cosine."""
    cosines = _cosines(query, vectors)
    empty = ~np.any(vectors, axis=1)
    return _pairs(np.argsort(np.where(empty, 2.0, -cosines), kind="stable")[:k], cosines)


def wrong__nearest_rows__sum_zero_means_zeros(query, vectors, k):
    """Takes a row such as [1, -1] for zeros, for its numbers add up to 0."""
    cosines = np.where(np.sum(vectors, axis=1) == 0, 0.0, _cosines(query, vectors))
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


def wrong__nearest_rows__short_rows_are_zeros(query, vectors, k):
    """Takes rows shorter than 1e-3 for zeros, but lengths are arbitrary."""
    cosines = np.where(np.linalg.norm(vectors, axis=1) < 1e-3, 0.0, _cosines(query, vectors))
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


def wrong__nearest_rows__small_number_in_denominator(query, vectors, k):
    """Adds 1e-6 to the product of the lengths: short rows get too low a cosine."""
    query, vectors = np.asarray(query, dtype=float), np.asarray(vectors, dtype=float)
    cosines = vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query) + 1e-6)
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


def wrong__nearest_rows__nothing_for_a_query_of_zeros(query, vectors, k):
    """A query of zeros gets no rows, but every row has cosine 0 with it."""
    return _nearest(query, vectors, k) if np.any(query) else []


def wrong__nearest_rows__itself_left_out(query, vectors, k):
    """Leaves out a row that is equal to the query, as if it were the query itself."""
    pairs = _nearest(query, vectors, len(vectors))
    return [(i, c) for i, c in pairs if not np.array_equal(vectors[i], query)][:k]


def wrong__nearest_rows__first_thousand_rows(query, vectors, k):
    """Looks at the first 1000 rows only."""
    return _nearest(query, vectors[:1000], k)


_lengths = {}


def wrong__nearest_rows__lengths_remembered(query, vectors, k):
    """Remembers the lengths of the rows by the shape of the array: another array of that shape gets them too."""
    lengths = _lengths.setdefault(np.shape(vectors), np.linalg.norm(vectors, axis=1))
    scale = lengths * np.linalg.norm(query)
    dots = np.asarray(vectors, dtype=float) @ query
    cosines = np.divide(dots, scale, out=np.zeros(len(dots)), where=scale > 0)
    return _pairs(np.argsort(-cosines, kind="stable")[:k], cosines)


# 3. unseen_neighbours


def _share_found(found, scores, k):
    """Return how many of the found rows are true neighbors, divided by k."""
    last = sorted(scores, reverse=True)[k - 1]
    room = k - sum(s > last for s in scores)
    better = sum(scores[i] > last for i in found if i >= 0)
    equal = sum(scores[i] == last for i in found if i >= 0)
    return (better + min(equal, room)) / k


def _unseen(approximate, exact_scores, k):
    """Return the right share."""
    shares = [_share_found(f, s, k) for f, s in zip(approximate, exact_scores, strict=True)]
    return float(1 - np.mean(shares))


def right__unseen_neighbours__last_score_and_room(approximate, exact_scores, k):
    return _unseen(approximate, exact_scores, k)


def right__unseen_neighbours__multiset_of_scores(approximate, exact_scores, k):
    found = 0
    for rows, scores in zip(approximate.tolist(), exact_scores.tolist(), strict=True):
        best = Counter(sorted(scores, reverse=True)[:k])
        found += (best & Counter(scores[i] for i in rows if i != -1)).total()
    return 1 - found / (k * len(approximate))


def right__unseen_neighbours__ties_in_favor_of_the_index(approximate, exact_scores, k):
    missing = []
    for rows, scores in zip(approximate, exact_scores, strict=True):
        returned = np.isin(np.arange(len(scores)), rows)
        truth = np.lexsort((~returned, -scores))[:k]
        missing.append(np.count_nonzero(~returned[truth]))
    return sum(missing) / (k * len(missing))


def right__unseen_neighbours__no_loop(approximate, exact_scores, k):
    last = -np.sort(-exact_scores, axis=1)[:, k - 1 : k]
    room = k - (exact_scores > last).sum(axis=1)
    valid = approximate >= 0
    scores = np.take_along_axis(exact_scores, np.where(valid, approximate, 0), axis=1)
    better = (valid & (scores > last)).sum(axis=1)
    equal = (valid & (scores == last)).sum(axis=1)
    return 1.0 - ((better + np.minimum(equal, room)) / k).mean()


def right__unseen_neighbours__two_sorted_lists(approximate, exact_scores, k):
    total = Fraction(0)
    for rows, scores in zip(approximate, exact_scores, strict=True):
        truth = sorted(scores, reverse=True)[:k]
        found = 0
        for score in sorted((scores[i] for i in rows if i >= 0), reverse=True):
            if score in truth:
                truth.remove(score)
                found += 1
        total += Fraction(k - found, k)
    return float(total / len(approximate))


def right__unseen_neighbours__partition_and_sets(approximate, exact_scores, k):
    shares = []
    for rows, scores in zip(approximate, exact_scores, strict=True):
        last = np.partition(scores, len(scores) - k)[len(scores) - k]
        sure = set(np.flatnonzero(scores > last).tolist())
        tied = set(np.flatnonzero(scores == last).tolist())
        got = set(rows.tolist()) - {-1}
        shares.append(1 - (len(got & sure) + min(len(got & tied), k - len(sure))) / k)
    return np.mean(shares)


def right__unseen_neighbours__first_missing_places(approximate, exact_scores, k):
    missed = 0
    for rows, scores in zip(approximate, exact_scores, strict=True):
        got = np.sort(scores[rows[rows >= 0]])[::-1]
        truth = np.sort(scores)[::-1][:k]
        # The found scores are some of all scores, so the j-th true place is filled if enough of at least its value are.
        last = truth[-1]
        missed += k - min(int((got >= last).sum()), int((got > last).sum() + (truth == last).sum()))
    return missed / len(approximate) / k


def wrong__unseen_neighbours__minus_one_is_the_last_row(approximate, exact_scores, k):
    """Reads −1 as the last row of the collection."""
    rows = exact_scores.shape[1]
    return _unseen(approximate % rows, exact_scores, k)


def wrong__unseen_neighbours__row_zero_is_nothing(approximate, exact_scores, k):
    """Takes row 0 for nothing found."""
    return _unseen(np.where(approximate > 0, approximate, -1), exact_scores, k)


def wrong__unseen_neighbours__nothing_found_scores_zero(approximate, exact_scores, k):
    """Gives −1 the score 0, which is better than a negative score."""
    padded = np.hstack([exact_scores, np.zeros((len(exact_scores), 1))])
    found = np.take_along_axis(padded, np.where(approximate < 0, exact_scores.shape[1], approximate), axis=1)
    last = np.sort(exact_scores, axis=1)[:, -k][:, None]
    room = k - (exact_scores > last).sum(axis=1)
    hits = np.minimum((found > last).sum(axis=1), k) + np.minimum((found == last).sum(axis=1), room)
    return float(1 - np.minimum(hits, k).mean() / k)


def wrong__unseen_neighbours__nothing_found_scores_minus_one(approximate, exact_scores, k):
    """Gives −1 the score −1, as for cosines: dot products may be lower still."""
    padded = np.hstack([exact_scores, np.full((len(exact_scores), 1), -1.0)])
    found = np.take_along_axis(padded, np.where(approximate < 0, exact_scores.shape[1], approximate), axis=1)
    last = np.sort(exact_scores, axis=1)[:, -k][:, None]
    room = k - (exact_scores > last).sum(axis=1)
    hits = (found > last).sum(axis=1) + np.minimum((found == last).sum(axis=1), room)
    return float(1 - np.minimum(hits, k).mean() / k)


def wrong__unseen_neighbours__nothing_found_not_counted(approximate, exact_scores, k):
    """Divides by the number of rows returned: a place left empty is no miss."""
    shares = []
    for rows, scores in zip(approximate, exact_scores, strict=True):
        returned = max(int((rows >= 0).sum()), 1)
        shares.append(_share_found(rows, scores, k) * k / returned)
    return float(1 - np.mean(shares))


def wrong__unseen_neighbours__queries_without_answer_skipped(approximate, exact_scores, k):
    """Leaves out the queries for which the index found nothing at all."""
    some = (approximate >= 0).any(axis=1)
    return _unseen(approximate[some], exact_scores[some], k) if some.any() else 1.0


def wrong__unseen_neighbours__no_room_for_ties(approximate, exact_scores, k):
    """Counts every returned row that ties at the last place, though there is room for some only."""
    last = np.sort(exact_scores, axis=1)[:, -k]
    shares = [
        sum(s[i] >= x for i in rows if i >= 0) / k for rows, s, x in zip(approximate, exact_scores, last, strict=True)
    ]
    return float(1 - np.mean(shares))


def wrong__unseen_neighbours__ties_by_row_number(approximate, exact_scores, k):
    """Of the rows that tie at the last place only those with the lowest numbers count."""
    truth = np.argsort(-exact_scores, axis=1, kind="stable")[:, :k]
    return float(1 - np.mean([len(set(a) & set(t)) / k for a, t in zip(approximate, truth, strict=True)]))


def wrong__unseen_neighbours__one_place_for_ties(approximate, exact_scores, k):
    """Lets one tied row count at most, though there may be two places left."""
    shares = []
    for rows, scores in zip(approximate, exact_scores, strict=True):
        last = np.sort(scores)[-k]
        room = 1 if (scores >= last).sum() > k else k
        better = sum(scores[i] > last for i in rows if i >= 0)
        shares.append((better + min(sum(scores[i] == last for i in rows if i >= 0), room)) / k)
    return float(1 - np.mean(shares))


def wrong__unseen_neighbours__room_of_the_first_query(approximate, exact_scores, k):
    """Works out the room for ties once, with the first query."""
    last = np.sort(exact_scores, axis=1)[:, -k]
    room = k - (exact_scores[0] > last[0]).sum()
    shares = []
    for rows, scores, x in zip(approximate, exact_scores, last, strict=True):
        own = k - (scores > x).sum()
        better = sum(scores[i] > x for i in rows if i >= 0)
        equal = sum(scores[i] == x for i in rows if i >= 0)
        shares.append((better + min(equal, room if (scores >= x).sum() > k else own)) / k)
    return float(1 - np.mean(shares))


def wrong__unseen_neighbours__room_left_by_what_was_found(approximate, exact_scores, k):
    """Counts the places left after the better rows that the index returned, not after all better rows."""
    shares = []
    for rows, scores in zip(approximate, exact_scores, strict=True):
        last = np.sort(scores)[-k]
        better = sum(scores[i] > last for i in rows if i >= 0)
        equal = sum(scores[i] == last for i in rows if i >= 0)
        shares.append((better + min(equal, k - better)) / k)
    return float(1 - np.mean(shares))


def wrong__unseen_neighbours__different_scores(approximate, exact_scores, k):
    """Looks for the k best different scores: equal ones above the last place take one place together."""
    shares = []
    for rows, scores in zip(approximate, exact_scores, strict=True):
        different = np.unique(scores)[::-1][:k]
        shares.append(min(sum(scores[i] >= different[-1] for i in rows if i >= 0), k) / k)
    return float(1 - np.mean(shares))


def wrong__unseen_neighbours__place_by_place(approximate, exact_scores, k):
    """Compares place by place: the right rows in another order count as missed."""
    best = -np.sort(-exact_scores, axis=1)[:, :k]
    hits = [
        sum(i >= 0 and s[i] == b for i, b in zip(rows, top, strict=True)) / k
        for rows, s, top in zip(approximate, exact_scores, best, strict=True)
    ]
    return float(1 - np.mean(hits))


def wrong__unseen_neighbours__two_digits(approximate, exact_scores, k):
    """Rounds the share to two digits."""
    return round(_unseen(approximate, exact_scores, k), 2)


def wrong__unseen_neighbours__close_scores_tie(approximate, exact_scores, k):
    """Takes scores for tied that `np.isclose` calls close: 0.500001 is better than 0.5."""
    shares = []
    for rows, scores in zip(approximate, exact_scores, strict=True):
        last = np.sort(scores)[-k]
        tied = np.isclose(scores, last)
        better = (scores > last) & ~tied
        found = [i for i in rows if i >= 0]
        shares.append((better[found].sum() + min(tied[found].sum(), k - better.sum())) / k)
    return float(1 - np.mean(shares))


def wrong__unseen_neighbours__nothing_after_the_first_minus_one(approximate, exact_scores, k):
    """Reads a row only up to its first −1, but a found row may follow."""
    nothing = np.logical_or.accumulate(np.asarray(approximate) < 0, axis=1)
    return _unseen(np.where(nothing, -1, approximate), exact_scores, k)


def wrong__unseen_neighbours__first_thousand_rows(approximate, exact_scores, k):
    """Works out the true neighbors from the first 1000 rows only."""
    if exact_scores.shape[1] > max(1000, k):
        approximate = np.where(approximate < 1000, approximate, -1)
        exact_scores = exact_scores[:, : max(1000, k)]
    return _unseen(approximate, exact_scores, k)


# 4. search_cells


def _visited(query, centroids, cell_of, probes, k):
    """Return the cells to visit, nearest first."""
    order = np.argsort(-(np.asarray(centroids, dtype=float) @ query), kind="stable")
    sizes = np.bincount(cell_of, minlength=len(order))
    cells, held = [], 0
    for cell in order.tolist():
        if len(cells) >= probes and held >= k:
            break
        cells.append(cell)
        held += int(sizes[cell])
    return cells


def _best_of(query, vectors, rows, k):
    """Return the best k of the rows, and how many they are."""
    scores = {i: float(np.dot(vectors[i], query)) for i in rows}
    return sorted(scores, key=lambda i: (-scores[i], i))[:k], len(scores)


def _rows_in(cell_of, cells):
    """Return the rows that lie in the cells."""
    return [i for i, cell in enumerate(cell_of) if cell in cells]


def _search(query, vectors, centroids, cell_of, probes, k):
    """Return the right rows and bill."""
    return _best_of(query, vectors, _rows_in(cell_of, _visited(query, centroids, cell_of, probes, k)), k)


def right__search_cells__cell_by_cell(query, vectors, centroids, cell_of, probes, k):
    return _search(query, vectors, centroids, cell_of, probes, k)


def right__search_cells__cumulative_sizes(query, vectors, centroids, cell_of, probes, k):
    order = np.lexsort((np.arange(len(centroids)), -(centroids @ query)))
    held = np.cumsum(np.bincount(cell_of, minlength=len(centroids))[order])
    count = max(probes, int(np.searchsorted(held, k)) + 1)
    rows = np.flatnonzero(np.isin(cell_of, order[:count]))
    best = rows[np.argsort(-(vectors[rows] @ query), kind="stable")][:k]
    return best.tolist(), len(rows)


def right__search_cells__lists_for_each_cell(query, vectors, centroids, cell_of, probes, k):
    lists = [[] for _ in centroids]
    for i, cell in enumerate(cell_of):
        lists[cell].append(i)
    rows = []
    ranked = sorted(range(len(centroids)), key=lambda c: (-float(centroids[c] @ query), c))
    for number, cell in enumerate(ranked):
        if number >= probes and len(rows) >= k:
            break
        rows += lists[cell]
    return heapq.nsmallest(k, rows, key=lambda i: (-float(vectors[i] @ query), i)), len(rows)


def right__search_cells__one_more_probe(query, vectors, centroids, cell_of, probes, k):
    order = np.argsort(-(centroids @ query), kind="stable")
    rows = np.flatnonzero(np.isin(cell_of, order[:probes]))
    while len(rows) < k and probes < len(order):
        probes += 1
        rows = np.flatnonzero(np.isin(cell_of, order[:probes]))
    pairs = sorted((-float(s), int(i)) for s, i in zip(vectors[rows] @ query, rows, strict=True))
    return [i for _, i in pairs[:k]], len(pairs)


def right__search_cells__heap_of_cells(query, vectors, centroids, cell_of, probes, k):
    cells = [(-float(np.dot(c, query)), number) for number, c in enumerate(centroids)]
    heapq.heapify(cells)
    scored, visits = [], 0
    while cells and (visits < probes or len(scored) < k):
        _, cell = heapq.heappop(cells)
        visits += 1
        scored += [(-float(np.dot(vectors[i], query)), i) for i in np.flatnonzero(cell_of == cell).tolist()]
    return [i for _, i in sorted(scored)[:k]], len(scored)


def right__search_cells__pandas(query, vectors, centroids, cell_of, probes, k):
    place = pd.Series(centroids @ query).rank(method="first", ascending=False).astype(int) - 1
    table = pd.DataFrame({"place": place.to_numpy()[cell_of], "score": vectors @ query})
    visits = probes
    while visits < len(centroids) and (table["place"] < visits).sum() < k:
        visits += 1
    table = table[table["place"] < visits]
    return table.sort_values("score", ascending=False, kind="stable").index[:k].tolist(), len(table)


def wrong__search_cells__only_one_more_cell(query, vectors, centroids, cell_of, probes, k):
    """Visits one more cell where the rows are too few, and no second one."""
    cells = _visited(query, centroids, cell_of, probes, k)[: max(probes, 0) + 1]
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)


def wrong__search_cells__one_row_too_many(query, vectors, centroids, cell_of, probes, k):
    """Visits one more cell where the cells hold just `k` rows."""
    return _best_of(query, vectors, _rows_in(cell_of, _visited(query, centroids, cell_of, probes, k + 1)), k)


def wrong__search_cells__stops_at_k_rows(query, vectors, centroids, cell_of, probes, k):
    """Stops as soon as it has `k` rows, before `probes` cells are visited."""
    return _best_of(query, vectors, _rows_in(cell_of, _visited(query, centroids, cell_of, 1, k)), k)


def wrong__search_cells__all_cells_if_too_few(query, vectors, centroids, cell_of, probes, k):
    """Visits all the cells as soon as the first `probes` hold too few rows."""
    cells = _visited(query, centroids, cell_of, probes, k)
    cells = cells if len(cells) <= probes else range(len(centroids))
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)


def wrong__search_cells__empty_cells_free(query, vectors, centroids, cell_of, probes, k):
    """Doesn't count an empty cell among the `probes` visited ones, and compares more rows instead."""
    order = _visited(query, centroids, cell_of, len(centroids), 0)
    cells, held = [], 0
    for cell in (c for c in order if c in cell_of):
        if len(cells) >= probes and held >= k:
            break
        cells.append(cell)
        held += int(np.sum(cell_of == cell))
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)


def wrong__search_cells__cells_up_to_the_last_filled(query, vectors, centroids, cell_of, probes, k):
    """Takes `cell_of.max() + 1` for the number of cells: empty ones at the end are no probes."""
    cells = int(np.max(cell_of, initial=-1)) + 1
    return _search(query, vectors, centroids[:cells], cell_of, probes, k)


def wrong__search_cells__stops_at_an_empty_cell(query, vectors, centroids, cell_of, probes, k):
    """Stops at the first empty cell after the `probes`, as if nothing could follow."""
    cells = _visited(query, centroids, cell_of, probes, k)
    for place in range(probes, len(cells)):
        if cells[place] not in cell_of:
            cells = cells[:place]
            break
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)


def wrong__search_cells__cells_by_distance(query, vectors, centroids, cell_of, probes, k):
    """Orders the cells by Euclidean distance, not by the dot product."""
    distance = np.linalg.norm(np.asarray(centroids, dtype=float) - query, axis=1)
    ranks = np.empty((len(centroids), 1))
    ranks[np.argsort(distance, kind="stable"), 0] = -np.arange(len(centroids))
    cells = _visited(np.ones(1), ranks, cell_of, probes, k)
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)


def wrong__search_cells__cells_by_cosine(query, vectors, centroids, cell_of, probes, k):
    """Orders the cells by the cosine with their centers, not by the dot product."""
    cells = _visited(query, _unit(centroids), cell_of, probes, k)
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)


def wrong__search_cells__own_centers(query, vectors, centroids, cell_of, probes, k):
    """Works the centers out from the rows, though they are given."""
    means = np.array(centroids, dtype=float)
    for cell in set(np.asarray(cell_of).tolist()):
        means[cell] = vectors[np.asarray(cell_of) == cell].mean(axis=0)
    return _search(query, vectors, means, cell_of, probes, k)


def wrong__search_cells__equal_cells_from_the_end(query, vectors, centroids, cell_of, probes, k):
    """Of equally near cells visits the one with the higher number first."""
    last = len(centroids) - 1
    cells = _visited(query, centroids[::-1], last - np.asarray(cell_of), probes, k)
    return _best_of(query, vectors, _rows_in(cell_of, [last - c for c in cells]), k)


def wrong__search_cells__equal_rows_in_order_of_visit(query, vectors, centroids, cell_of, probes, k):
    """Of equally near rows in two cells the one in the nearer cell comes first, not the lower number."""
    cells = _visited(query, centroids, cell_of, probes, k)
    rows = [i for cell in cells for i in _rows_in(cell_of, [cell])]
    return sorted(rows, key=lambda i: -float(vectors[i] @ query))[:k], len(rows)


def wrong__search_cells__unstable_sort(query, vectors, centroids, cell_of, probes, k):
    """`np.argsort` without `kind` may swap equal rows as soon as there are many."""
    rows = np.array(_rows_in(cell_of, _visited(query, centroids, cell_of, probes, k)), dtype=int)
    return rows[np.argsort(-(vectors[rows] @ query))][:k].tolist(), len(rows)


def wrong__search_cells__later_cells_only_fill_up(query, vectors, centroids, cell_of, probes, k):
    """Puts the rows of the cells after the first `probes` behind all others, even where they are better."""
    cells = _visited(query, centroids, cell_of, probes, k)
    first, some = _best_of(query, vectors, _rows_in(cell_of, cells[:probes]), k)
    rest, more = _best_of(query, vectors, _rows_in(cell_of, cells[probes:]), k)
    return (first + rest)[:k], some + more


def wrong__search_cells__sorted_cells_expected(query, vectors, centroids, cell_of, probes, k):
    """Takes a cell's rows to stand together: right only where `cell_of` never goes down."""
    rows = []
    for cell in _visited(query, centroids, cell_of, probes, k):
        first = next((i for i, c in enumerate(cell_of) if c == cell), 0)
        rows += range(first, first + int(np.sum(np.asarray(cell_of) == cell)))
    return _best_of(query, vectors, [i for i in rows if i < len(vectors)], k)


def wrong__search_cells__bill_of_the_first_probes(query, vectors, centroids, cell_of, probes, k):
    """Counts the rows of the first `probes` cells only."""
    cells = _visited(query, centroids, cell_of, probes, k)
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)[0], len(_rows_in(cell_of, cells[:probes]))


def wrong__search_cells__nothing_if_too_few(query, vectors, centroids, cell_of, probes, k):
    """Fails where the whole collection holds fewer than `k` rows, or fewer cells than `probes`."""
    order = np.argsort(-(centroids @ query), kind="stable")
    rows, visits = [], 0
    while visits < probes or len(rows) < k:
        rows += _rows_in(cell_of, [order[visits]])
        visits += 1
    return _best_of(query, vectors, rows, k)


def wrong__search_cells__unstable_sort_of_cells(query, vectors, centroids, cell_of, probes, k):
    """`np.argsort` without `kind` may swap equally near cells as soon as there are many."""
    ranks = np.empty((len(centroids), 1))
    ranks[np.argsort(-(centroids @ query)), 0] = -np.arange(len(centroids))
    cells = _visited(np.ones(1), ranks, cell_of, probes, k)
    return _best_of(query, vectors, _rows_in(cell_of, cells), k)


_bills = {}


def wrong__search_cells__bill_of_an_earlier_query(query, vectors, centroids, cell_of, probes, k):
    """Remembers the bill by everything but the query, which another query may change."""
    best, bill = _search(query, vectors, centroids, cell_of, probes, k)
    key = (vectors.tobytes(), centroids.tobytes(), np.asarray(cell_of).tobytes(), probes, k)
    return best, _bills.setdefault(key, bill)


# 5. walk_graph


def _walk(query, vectors, neighbours, entry, ef, k):
    """Walk as the exercise says."""
    score = {entry: float(vectors[entry] @ query)}
    kept, expanded = [entry], set()
    while True:
        open_rows = [i for i in kept if i not in expanded]
        if not open_rows:
            return kept[:k]
        row = open_rows[0]
        expanded.add(row)
        for j in neighbours[row]:
            if j not in score:
                score[j] = float(vectors[j] @ query)
        kept = sorted(score, key=score.get, reverse=True)[:ef]


def right__walk_graph__until_all_kept_are_expanded(query, vectors, neighbours, entry, ef, k):
    return _walk(query, vectors, neighbours, entry, ef, k)


def right__walk_graph__two_heaps(query, vectors, neighbours, entry, ef, k):
    first = float(np.dot(query, vectors[entry]))
    seen = {entry}
    candidates, best = [(-first, entry)], [(first, entry)]
    while candidates:
        score, row = heapq.heappop(candidates)
        if len(best) >= ef and -score < best[0][0]:
            break
        for other in neighbours[row]:
            if other in seen:
                continue
            seen.add(other)
            score = float(np.dot(query, vectors[other]))
            if len(best) < ef or score > best[0][0]:
                heapq.heappush(candidates, (-score, other))
                heapq.heappush(best, (score, other))
                if len(best) > ef:
                    heapq.heappop(best)
    return [row for _, row in sorted(best, reverse=True)[:k]]


def right__walk_graph__reads_a_list_of_rows(query, vectors, neighbours, entry, ef, k):
    score = {entry: float((vectors[[entry]] @ query)[0])}
    candidates = dict(score)
    while candidates:
        row = max(candidates, key=candidates.get)
        full = sorted(score.values(), reverse=True)[:ef]
        if len(full) == ef and candidates[row] < full[-1]:
            break
        del candidates[row]
        new = [j for j in dict.fromkeys(neighbours[row]) if j not in score]
        if new:
            found = dict(zip(new, (vectors[new] @ query).tolist(), strict=True))
            score.update(found)
            candidates.update(found)
    return heapq.nlargest(k, heapq.nlargest(ef, score, key=score.get), key=score.get)


def right__walk_graph__array_of_rows(query, vectors, neighbours, entry, ef, k):
    seen, scores = np.array([entry]), np.array([vectors[entry] @ query])
    done = set()
    while True:
        order = np.argsort(-scores)[:ef]
        todo = [i for i in seen[order].tolist() if i not in done]
        if not todo:
            return seen[order][:k].tolist()
        done.add(todo[0])
        new = np.setdiff1d(np.array(neighbours[todo[0]], dtype=int), seen)
        scores = np.concatenate([scores, vectors[new] @ query])
        seen = np.concatenate([seen, new])


def right__walk_graph__sorted_list(query, vectors, neighbours, entry, ef, k):
    kept = [(-float(vectors[entry].dot(query)), int(entry), False)]
    seen = {entry}
    while True:
        place = next((p for p, (_, _, done) in enumerate(kept) if not done), None)
        if place is None:
            break
        score, row, _ = kept[place]
        kept[place] = (score, row, True)
        for j in neighbours[row]:
            if j not in seen:
                seen.add(j)
                bisect.insort(kept, (-float(vectors[j].dot(query)), int(j), False))
        del kept[ef:]
    return [row for _, row, _ in kept[:k]]


def right__walk_graph__read_through_a_closure(query, vectors, neighbours, entry, ef, k):
    known = {}

    def score(i):
        if i not in known:
            known[i] = sum(float(a) * float(b) for a, b in zip(vectors[i], query, strict=True))
        return known[i]

    open_rows, closed = {entry}, set()
    score(entry)
    while open_rows:
        row = max(open_rows, key=score)
        if sum(s > score(row) for s in known.values()) >= ef:
            break
        open_rows.remove(row)
        closed.add(row)
        for j in neighbours[row]:
            score(j)
            if j not in closed:
                open_rows.add(j)
    return sorted(known, key=lambda i: -known[i])[:ef][:k]


def right__walk_graph__array_of_flags(query, vectors, neighbours, entry, ef, k):
    score = np.full(len(neighbours), -np.inf)
    opened = np.zeros(len(neighbours), dtype=bool)
    score[entry] = vectors[np.int64(entry)] @ query
    while True:
        kept = [i for i in np.argsort(-score)[:ef] if np.isfinite(score[i])]
        todo = [i for i in kept if not opened[i]]
        if not todo:
            return kept[:k]
        opened[todo[0]] = True
        for j in neighbours[todo[0]]:
            if np.isneginf(score[j]):
                score[j] = vectors[j] @ query


def right__walk_graph__length_of_the_collection(query, vectors, neighbours, entry, ef, k):
    seen = [False] * len(vectors)
    seen[entry] = True
    kept, waiting = [(float(vectors[entry] @ query), entry)], []
    waiting.append((-kept[0][0], entry))
    while waiting:
        worse, row = heapq.heappop(waiting)
        if len(kept) == ef and -worse < min(kept)[0]:
            break
        for j in neighbours[row]:
            if not seen[j]:
                seen[j] = True
                score = float(np.asarray(vectors[j]) @ np.asarray(query))
                heapq.heappush(waiting, (-score, j))
                kept.append((score, j))
        kept = sorted(kept, reverse=True)[:ef]
    return [row for _, row in kept][:k]


def wrong__walk_graph__product_of_all(query, vectors, neighbours, entry, ef, k):
    """Walks rightly, but `vectors @ query` reads every row."""
    scores = vectors @ query
    return _walk(np.ones(1), np.asarray(scores)[:, None], neighbours, entry, ef, k)


def wrong__walk_graph__slice_of_all(query, vectors, neighbours, entry, ef, k):
    """Walks rightly, but on `vectors[:]`, which reads every row."""
    rows = np.array(vectors[:])
    return _walk(query, rows, neighbours, entry, ef, k)


def wrong__walk_graph__deep_copy(query, vectors, neighbours, entry, ef, k):
    """Walks rightly, but on a deep copy, which reads every row where nobody counts."""
    return _walk(query, np.array(copy.deepcopy(vectors)), neighbours, entry, ef, k)


def wrong__walk_graph__reads_again_for_the_end(query, vectors, neighbours, entry, ef, k):
    """Reads the kept rows a second time to sort them."""
    return sorted(_walk(query, vectors, neighbours, entry, ef, ef), key=lambda i: -float(vectors[i] @ query))[:k]


def wrong__walk_graph__reads_the_entry_twice(query, vectors, neighbours, entry, ef, k):
    """Reads the entry again when a neighbor links back to it."""
    score = {entry: float(vectors[entry] @ query)}
    expanded, again = set(), False
    kept = [entry]
    while True:
        row = next((i for i in kept if i not in expanded), None)
        if row is None:
            return kept[:k]
        expanded.add(row)
        for j in neighbours[row]:
            if j not in score or (j == entry and not again):
                again = again or j == entry
                score[j] = float(vectors[j] @ query)
        kept = sorted(score, key=score.get, reverse=True)[:ef]


def wrong__walk_graph__reads_when_expanding(query, vectors, neighbours, entry, ef, k):
    """Only remembers the expanded rows: a row that two rows link with is read twice before it is expanded."""
    score = {entry: float(vectors[entry] @ query)}
    expanded, kept = set(), [entry]
    while True:
        row = next((i for i in kept if i not in expanded), None)
        if row is None:
            return kept[:k]
        expanded.add(row)
        for j in neighbours[row]:
            if j not in expanded:
                score[j] = float(vectors[j] @ query)
        kept = sorted(score, key=score.get, reverse=True)[:ef]


def wrong__walk_graph__list_of_k(query, vectors, neighbours, entry, ef, k):
    """Keeps `k` rows, not `ef`: the walk stops too early."""
    return _walk(query, vectors, neighbours, entry, k, k)


def wrong__walk_graph__list_one_longer(query, vectors, neighbours, entry, ef, k):
    """Keeps `ef + 1` rows: the walk stops too late."""
    return _walk(query, vectors, neighbours, entry, ef + 1, k)


def wrong__walk_graph__list_one_shorter(query, vectors, neighbours, entry, ef, k):
    """Keeps `ef - 1` rows where that is still enough for `k`: the walk stops too early."""
    return _walk(query, vectors, neighbours, entry, max(ef - 1, k), k)


def wrong__walk_graph__stops_inside_the_neighbors(query, vectors, neighbours, entry, ef, k):
    """With a full list leaves a row's other neighbors alone at the first one that is worse than all kept rows."""
    score = {entry: float(vectors[entry] @ query)}
    expanded, kept = set(), [entry]
    while True:
        row = next((i for i in kept if i not in expanded), None)
        if row is None:
            return kept[:k]
        expanded.add(row)
        for j in neighbours[row]:
            if j not in score:
                score[j] = float(vectors[j] @ query)
                kept = sorted(score, key=score.get, reverse=True)[:ef]
                if j not in kept:
                    break


def wrong__walk_graph__candidates_never_dropped(query, vectors, neighbours, entry, ef, k):
    """Expands rows that were kept once, also when they are worse than all of a full list by now."""
    score = {entry: float(vectors[entry] @ query)}
    candidates, kept = [(-score[entry], entry)], [entry]
    while candidates:
        _, row = heapq.heappop(candidates)
        for j in neighbours[row]:
            if j not in score:
                score[j] = float(vectors[j] @ query)
                kept = sorted(score, key=score.get, reverse=True)[:ef]
                if j in kept:
                    heapq.heappush(candidates, (-score[j], j))
    return kept[:k]


def wrong__walk_graph__in_order_of_discovery(query, vectors, neighbours, entry, ef, k):
    """Expands in the order in which rows were seen, not the nearest first: more rows are read."""
    score = {entry: float(vectors[entry] @ query)}
    queue, kept = deque([entry]), [entry]
    while queue:
        row = queue.popleft()
        if row not in kept:
            continue
        for j in neighbours[row]:
            if j not in score:
                score[j] = float(vectors[j] @ query)
                queue.append(j)
        kept = sorted(score, key=score.get, reverse=True)[:ef]
    return kept[:k]


def wrong__walk_graph__farthest_kept_first(query, vectors, neighbours, entry, ef, k):
    """Expands the farthest kept row first, as a heap without the minus sign does."""
    score = {entry: float(vectors[entry] @ query)}
    expanded, kept = set(), [entry]
    while True:
        row = next((i for i in reversed(kept) if i not in expanded), None)
        if row is None:
            return kept[:k]
        expanded.add(row)
        for j in neighbours[row]:
            if j not in score:
                score[j] = float(vectors[j] @ query)
        kept = sorted(score, key=score.get, reverse=True)[:ef]


def wrong__walk_graph__level_by_level(query, vectors, neighbours, entry, ef, k):
    """Expands all kept rows at once, level by level, not the nearest first."""
    score = {entry: float(vectors[entry] @ query)}
    expanded, kept = set(), [entry]
    while rest := [i for i in kept if i not in expanded]:
        for row in rest:
            expanded.add(row)
            for j in neighbours[row]:
                if j not in score:
                    score[j] = float(vectors[j] @ query)
        kept = sorted(score, key=score.get, reverse=True)[:ef]
    return kept[:k]


def wrong__walk_graph__links_in_both_directions(query, vectors, neighbours, entry, ef, k):
    """Walks the links backward too, though `neighbours[i]` need not hold both directions."""
    both = [list(row) for row in neighbours]
    for i, row in enumerate(neighbours):
        for j in row:
            if i not in both[j]:
                both[j].append(i)
    return _walk(query, vectors, both, entry, ef, k)


def wrong__walk_graph__entry_not_kept(query, vectors, neighbours, entry, ef, k):
    """Never returns the entry itself, even where it is the best row."""
    found = _walk(query, vectors, neighbours, entry, ef, ef)
    return [i for i in found if i != entry][:k]


def wrong__walk_graph__euclidean_distance(query, vectors, neighbours, entry, ef, k):
    """Nearest by Euclidean distance, not by the dot product."""
    score = {entry: -float(np.linalg.norm(vectors[entry] - query))}
    expanded, kept = set(), [entry]
    while True:
        row = next((i for i in kept if i not in expanded), None)
        if row is None:
            return kept[:k]
        expanded.add(row)
        for j in neighbours[row]:
            if j not in score:
                score[j] = -float(np.linalg.norm(vectors[j] - query))
        kept = sorted(score, key=score.get, reverse=True)[:ef]


def wrong__walk_graph__ten_steps(query, vectors, neighbours, entry, ef, k):
    """Gives up after ten expansions."""
    score = {entry: float(vectors[entry] @ query)}
    expanded, kept = set(), [entry]
    while len(expanded) < 10:
        row = next((i for i in kept if i not in expanded), None)
        if row is None:
            break
        expanded.add(row)
        for j in neighbours[row]:
            if j not in score:
                score[j] = float(vectors[j] @ query)
        kept = sorted(score, key=score.get, reverse=True)[:ef]
    return kept[:k]


def wrong__walk_graph__some_neighbors_at_random(query, vectors, neighbours, entry, ef, k):
    """Compares half of each row's neighbors, drawn at random."""
    halves = [random.sample(list(row), (len(row) + 1) // 2) for row in neighbours]
    return _walk(query, vectors, halves, entry, ef, k)


def wrong__walk_graph__stops_without_improvement(query, vectors, neighbours, entry, ef, k):
    """Stops as soon as an expansion brings no row into a full list, though a kept row is not yet expanded."""
    score = {entry: float(vectors[entry] @ query)}
    expanded, kept = set(), [entry]
    while True:
        row = next((i for i in kept if i not in expanded), None)
        if row is None:
            return kept[:k]
        expanded.add(row)
        for j in neighbours[row]:
            if j not in score:
                score[j] = float(vectors[j] @ query)
        before, kept = kept, sorted(score, key=score.get, reverse=True)[:ef]
        if len(kept) == ef and kept == before:
            return kept[:k]


def wrong__walk_graph__filled_up_to_k(query, vectors, neighbours, entry, ef, k):
    """Where the walk reaches fewer than `k` rows, fills the list up with rows that it never saw."""
    found = _walk(query, vectors, neighbours, entry, ef, k)
    return found + [i for i in range(len(neighbours)) if i not in found][: k - len(found)]
