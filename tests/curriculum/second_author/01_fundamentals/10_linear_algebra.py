"""Answers to 01_fundamentals/10_linear_algebra by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import cmath
import math
from fractions import Fraction

import numpy as np
from scipy import linalg, optimize
from scipy.sparse.linalg import svds
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LinearRegression
from sklearn.metrics.pairwise import cosine_similarity

# 1. closest_direction


def _cosines(query, rows):
    """Return the cosines as floats; of a row of zeros, minus infinity."""
    query, rows = np.asarray(query, dtype=float), np.asarray(rows, dtype=float)
    norms = np.linalg.norm(rows, axis=1)
    result = np.full(len(rows), -np.inf)
    some = norms > 0
    result[some] = rows[some] @ query / (norms[some] * np.linalg.norm(query))
    return result


def _first_best(cosines, tolerance=1e-9):
    return int(np.argmax(cosines > np.max(cosines) - tolerance))


def right__closest_direction__cosines_of_nonzero_rows(query, rows):
    return _first_best(_cosines(query, rows))


def right__closest_direction__loop_with_hypot(query, rows):
    query = [float(x) for x in query]
    cosines = {}
    for i, row in enumerate(rows.tolist()):
        length = math.hypot(*row)
        if length > 0:
            cosines[i] = sum(a * b for a, b in zip(query, row, strict=True)) / length / math.hypot(*query)
    largest = max(cosines.values())
    return min(i for i, cosine in cosines.items() if largest - cosine < 1e-9)


def right__closest_direction__scipy_cosine_distance(query, rows):
    some = rows.any(axis=1)
    distances = np.full(len(rows), np.inf)
    distances[some] = cdist(rows[some].astype(float), query.astype(float)[None], "cosine")[:, 0]
    return np.flatnonzero(distances < distances.min() + 1e-9)[0]


def right__closest_direction__scikit_learn(query, rows):
    cosines = cosine_similarity(rows.astype(np.float64), query.astype(np.float64).reshape(1, -1)).ravel()
    cosines[~rows.any(axis=1)] = -2
    return next(i for i, c in enumerate(cosines) if cosines.max() - c < 1e-9)


def right__closest_direction__distance_of_unit_vectors(query, rows):
    """Squared distances of unit vectors are 2 - 2 cos."""
    rows = rows.astype(float)
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    units = np.divide(rows, lengths, out=np.full(rows.shape, np.inf), where=lengths > 0)
    unit = query.astype(float) / np.linalg.norm(query.astype(float))
    squared = ((units - unit) ** 2).sum(axis=1)
    return next(i for i, s in enumerate(squared) if s - squared.min() < 2e-9)


def right__closest_direction__nan_ignoring_maximum(query, rows):
    q, r = query / np.linalg.norm(query.astype(float)), rows.astype(float)
    with np.errstate(all="ignore"):
        cosines = (r @ q) / np.linalg.norm(r, axis=1)
    return np.argmax(np.nanmax(cosines) - cosines < 1e-9)


def wrong__closest_direction__zero_row_has_cosine_0(query, rows):
    """Chooses a row of zeros if all other angles are obtuse."""
    cosines = _cosines(query, rows)
    cosines[~rows.any(axis=1)] = 0
    return _first_best(cosines)


def wrong__closest_direction__starts_at_cosine_minus_1(query, rows):
    """Chooses row 0, though it is zero, if every other row points exactly the other way."""
    best, index = -1.0, 0
    for i, cosine in enumerate(_cosines(query, rows)):
        if cosine > best + 1e-9:
            best, index = cosine, i
    return index


def wrong__closest_direction__absolute_cosine(query, rows):
    """Takes the opposite direction for the same."""
    cosines = _cosines(query, rows)
    return _first_best(np.where(np.isinf(cosines), cosines, np.abs(cosines)))


def wrong__closest_direction__dot_product_in_own_type(query, rows):
    """Overflows: products of `uint8` are `uint8`."""
    norms = np.linalg.norm(rows.astype(float), axis=1)
    cosines = np.where(norms > 0, (rows @ query) / np.where(norms > 0, norms, 1), -np.inf)
    return _first_best(cosines / np.linalg.norm(query.astype(float)))


def wrong__closest_direction__norm_in_own_type(query, rows):
    """Overflows in the squares of the rows."""
    norms = np.sqrt((rows * rows).sum(axis=1, dtype=rows.dtype).astype(float))
    dots = rows.astype(float) @ query.astype(float)
    with np.errstate(all="ignore"):
        cosines = dots / norms / np.linalg.norm(query.astype(float))
    return _first_best(np.where(rows.any(axis=1) & np.isfinite(cosines), cosines, -np.inf))


def wrong__closest_direction__as_int64(query, rows):
    """Cuts the fractions off."""
    return _first_best(_cosines(query.astype(np.int64), rows.astype(np.int64)))


def wrong__closest_direction__no_tolerance(query, rows):
    """Lets rounding decide between two rows of the same direction."""
    return int(np.argmax(_cosines(query, rows)))


def wrong__closest_direction__tolerance_of_isclose(query, rows):
    """Counts cosines as equal that differ by up to 1e-5."""
    cosines = _cosines(query, rows)
    return int(np.flatnonzero(np.isclose(cosines, cosines.max()))[0])


def wrong__closest_direction__tolerance_of_1e_8(query, rows):
    """Counts cosines as equal that differ by 5e-9."""
    return _first_best(_cosines(query, rows), 1e-8)


def wrong__closest_direction__tolerance_of_1e_12(query, rows):
    """Tells cosines apart that differ by 1e-10."""
    return _first_best(_cosines(query, rows), 1e-12)


def wrong__closest_direction__tolerance_of_the_angle(query, rows):
    """Compares angles by 1e-9: near 0 they differ by far more than their cosines do."""
    angles = np.arccos(np.clip(_cosines(query, rows), -2, 1), where=np.isfinite(_cosines(query, rows)))
    angles[~rows.any(axis=1)] = np.inf
    return _first_best(-angles)


def wrong__closest_direction__rounded(query, rows):
    """Tells cosines apart that differ by 2e-10 if rounding goes up for one and down for the other."""
    return int(_cosines(query, rows).round(9).argmax())


def wrong__closest_direction__compared_with_best_so_far(query, rows):
    """A row replaces the best so far, although one between them is less than 1e-9 below the largest and comes first."""
    best, largest = 0, -np.inf
    for i, cosine in enumerate(_cosines(query, rows)):
        if cosine > largest + 1e-9:
            best, largest = i, cosine
    return best


def wrong__closest_direction__last_of_equals(query, rows):
    """Chooses the last of equal rows."""
    cosines = _cosines(query, rows)
    return int(np.flatnonzero(cosines > cosines.max() - 1e-9)[-1])


def wrong__closest_direction__single_precision(query, rows):
    """Computes with float32, whose rounding is larger than 1e-9."""
    norms = np.linalg.norm(rows.astype(np.float32), axis=1)
    dots = rows.astype(np.float32) @ query.astype(np.float32)
    some = rows.any(axis=1)
    return _first_best(np.where(some, dots / np.where(some, norms, 1), -np.inf) / np.linalg.norm(query))


def wrong__closest_direction__norm_plus_epsilon(query, rows):
    """Rows that are very short seem less like the query."""
    rows, query = rows.astype(float), query.astype(float)
    norms = np.linalg.norm(rows, axis=1)
    cosines = rows @ query / (norms * np.linalg.norm(query) + 1e-8)
    return _first_best(np.where(norms > 0, cosines, -np.inf))


def wrong__closest_direction__zero_by_allclose(query, rows):
    """Takes a very short row for zero."""
    cosines = _cosines(query, rows)
    cosines[np.isclose(rows.astype(float), 0).all(axis=1)] = -np.inf
    return _first_best(cosines)


def wrong__closest_direction__zero_by_sum(query, rows):
    """Takes a row such as (1, -1) for zero."""
    cosines = _cosines(query, rows)
    cosines[rows.astype(float).sum(axis=1) == 0] = -np.inf
    return _first_best(cosines)


def wrong__closest_direction__index_without_zero_rows(query, rows):
    """Counts the index among the rows that are left."""
    return _first_best(_cosines(query, rows[rows.any(axis=1)]))


def wrong__closest_direction__correlation(query, rows):
    """Subtracts the means when there are more than two features."""
    query, rows = query.astype(float), rows.astype(float)
    if rows.shape[1] > 3:
        some = rows.any(axis=1)
        rows = np.where(some[:, None], rows - rows.mean(axis=1, keepdims=True), 0)
        query = query - query.mean()
    return _first_best(_cosines(query, rows))


def wrong__closest_direction__first_hundred_rows(query, rows):
    """Doesn't look at rows from the hundredth on, unless all before are zero."""
    cosines = _cosines(query, rows)
    return _first_best(cosines[:100] if np.isfinite(cosines[:100]).any() else cosines)


def wrong__closest_direction__zero_only_if_integers(query, rows):
    """A row of zeros wins where the numbers are floats: the maximum of NaN is NaN, and argmax finds it."""
    if rows.dtype.kind != "f":
        return _first_best(_cosines(query, rows))
    with np.errstate(all="ignore"):
        cosines = rows @ query / np.linalg.norm(rows, axis=1) / np.linalg.norm(query)
    return int(np.argmax(cosines)) if np.isnan(cosines).any() else _first_best(cosines)


def wrong__closest_direction__distance(query, rows):
    """Chooses the nearest row, not the one in the nearest direction."""
    distances = np.linalg.norm(rows.astype(float) - query.astype(float), axis=1)
    return int(np.argmin(np.where(rows.any(axis=1), distances, np.inf)))


# 2. split_along


def _split(v, direction):
    v, direction = np.asarray(v, dtype=float), np.asarray(direction, dtype=float)
    unit = direction / np.linalg.norm(direction)
    along = (v @ unit) * unit
    return along, v - along


def right__split_along__unit_vector(v, direction):
    return _split(v, direction)


def right__split_along__quotient_of_dot_products(v, direction):
    along = np.dot(v, direction) / np.dot(direction, direction) * direction
    return along, v - along


def right__split_along__projection_matrix(v, direction):
    d = direction.reshape(-1, 1)
    p = d @ d.T / (d.T @ d)
    return p @ v, (np.eye(len(v)) - p) @ v


def right__split_along__least_squares(v, direction):
    x = np.linalg.lstsq(direction[:, None].astype(float), v.astype(float), rcond=None)[0]
    along = direction * x[0]
    return [along, v - along]


def right__split_along__plain_python(v, direction):
    factor = sum(a * b for a, b in zip(v, direction, strict=True)) / sum(b * b for b in direction)
    along = [float(factor * b) for b in direction]
    return along, [float(a - p) for a, p in zip(v, along, strict=True)]


def right__split_along__qr(v, direction):
    q, _ = np.linalg.qr(direction.astype(float)[:, None], mode="complete")
    parts = q * (q.T @ v)
    return parts[:, 0], parts[:, 1:].sum(axis=1)


def right__split_along__fractions(v, direction):
    v, d = [Fraction(float(x)) for x in v], [Fraction(float(x)) for x in direction]
    factor = sum(a * b for a, b in zip(v, d, strict=True)) / sum(b * b for b in d)
    return np.array([float(factor * b) for b in d]), np.array(
        [float(a - factor * b) for a, b in zip(v, d, strict=True)]
    )


def wrong__split_along__not_divided(v, direction):
    """The length of `direction` changes the result."""
    along = (v @ direction) * direction / max(1.0, np.dot(direction, direction))
    return along, v - along


def wrong__split_along__divided_once(v, direction):
    """Divides by the length, not by its square."""
    along = (v @ direction) / np.linalg.norm(direction) * direction
    return along, v - along


def wrong__split_along__sign_lost(v, direction):
    """A wind against `direction` seems to blow along it."""
    unit = direction / np.linalg.norm(direction)
    along = abs(v @ unit) * unit
    return along, v - along


def wrong__split_along__sign_lost_only_in_along(v, direction):
    """A wind against `direction`: the sum of the parts isn't `v`."""
    unit = direction / np.linalg.norm(direction)
    return abs(v @ unit) * unit, v - (v @ unit) * unit


def wrong__split_along__only_ahead(v, direction):
    """No part along if the wind blows against `direction`."""
    along, across = _split(v, direction)
    return (along, across) if np.dot(v, direction) >= 0 else (np.zeros(len(v)), v.astype(float))


def wrong__split_along__swapped_arguments(v, direction):
    """Splits the direction along the wind."""
    return _split(direction, v) if np.any(v) else _split(v, direction)


def wrong__split_along__swapped_parts_if_against(v, direction):
    """Returns the orthogonal part first if the wind blows against `direction`."""
    along, across = _split(v, direction)
    return (across, along) if np.dot(v, direction) < 0 else (along, across)


def wrong__split_along__plane_only(v, direction):
    """Right in the plane; with three numbers and more it leaves out what's orthogonal to the first two axes."""
    v, d = v.astype(float), direction.astype(float)
    along, across = _split(v, d)
    if len(v) > 2:
        angle = math.atan2(d[1], d[0])
        unit = np.zeros(len(v))
        unit[:2] = math.cos(angle), math.sin(angle)
        along = (v @ unit) * unit
        across = v - along
    return along, across


def wrong__split_along__up_to_space(v, direction):
    """Right up to three numbers; ignores the others in the dot products."""
    v, d = v.astype(float), direction.astype(float)
    if not d[:3].any():
        return _split(v, d)
    along = (v[:3] @ d[:3]) / (d[:3] @ d[:3]) * d
    return along, v - along


def wrong__split_along__one_number_is_across(v, direction):
    """With k = 1 everything is along."""
    return (np.zeros(1), v.astype(float)) if len(v) == 1 else _split(v, direction)


def wrong__split_along__epsilon(v, direction):
    """A short `direction` changes the result."""
    along = (v @ direction) / (direction @ direction + 1e-9) * direction
    return along, v - along


def wrong__split_along__small_epsilon(v, direction):
    """A direction of length 1e-5 changes the result."""
    along = (v @ direction) / (direction @ direction + 1e-12) * direction
    return along, v - along


def wrong__split_along__short_is_zero(v, direction):
    """Takes a direction of length 1e-9 for none."""
    return (np.zeros(len(v)), v.astype(float)) if np.allclose(direction, 0) else _split(v, direction)


def wrong__split_along__orthogonal_to_v(v, direction):
    """The second part is orthogonal to `direction`, but the first is too long: the sum isn't `v` where it's oblique."""
    along, across = _split(v, direction)
    length = np.linalg.norm(along)
    return (along / length * np.linalg.norm(v) if length > 1e-12 else along), across


def wrong__split_along__whole_numbers(v, direction):
    """Cuts the fractions off where `v` holds integers."""
    along, across = _split(v, direction)
    return along.astype(v.dtype), across.astype(v.dtype)


def wrong__split_along__rounded(v, direction):
    """Rounds to six decimals: small winds are lost."""
    along, across = _split(v, direction)
    return along.round(6), across.round(6)


def wrong__split_along__as_columns(v, direction):
    """Returns shape `(k, 1)`."""
    along, across = _split(v, direction)
    return along[:, None], across[:, None]


def wrong__split_along__lengths(v, direction):
    """Returns the lengths of the parts where k is 1: shape `()`."""
    along, across = _split(v, direction)
    return (along[0], across[0]) if len(v) == 1 else (along, across)


# 3. rotate_about


def _turn(points, center, degrees):
    points, center = np.asarray(points, dtype=float), np.asarray(center, dtype=float)
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (points - center) @ np.array([[c, s], [-s, c]]) + center


def right__rotate_about__matrix(points, center, degrees):
    return _turn(points, center, degrees)


def right__rotate_about__complex_numbers(points, center, degrees):
    z, c = points[:, 0] + 1j * points[:, 1], complex(*center)
    z = (z - c) * np.exp(1j * np.deg2rad(degrees)) + c
    return np.column_stack([z.real, z.imag])


def right__rotate_about__loop(points, center, degrees):
    result = np.empty((len(points), 2))
    for i, (x, y) in enumerate(points):
        z = cmath.rect(1, math.radians(degrees)) * complex(x - center[0], y - center[1])
        result[i] = center[0] + z.real, center[1] + z.imag
    return result


def right__rotate_about__homogeneous_coordinates(points, center, degrees):
    t = np.radians(degrees)
    there, back, turn = np.eye(3), np.eye(3), np.eye(3)
    there[:2, 2], back[:2, 2] = -center, center
    turn[:2, :2] = [[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]
    return (back @ turn @ there @ np.vstack([points.T, np.ones(len(points))]))[:2].T


def right__rotate_about__matrix_exponential(points, center, degrees):
    r = linalg.expm(np.deg2rad(degrees % 360) * np.array([[0.0, -1.0], [1.0, 0.0]]))
    return np.einsum("ij,nj->ni", r, points - center) + center


def right__rotate_about__rotation_in_space(points, center, degrees):
    if len(points) == 0:
        return np.zeros((0, 2))
    flat = np.column_stack([points - center, np.zeros(len(points))])
    return Rotation.from_euler("z", degrees, degrees=True).apply(flat)[:, :2] + center


def right__rotate_about__polar(points, center, degrees):
    d = points - center
    r, t = np.hypot(d[:, 0], d[:, 1]), np.arctan2(d[:, 1], d[:, 0]) + np.radians(degrees)
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1) + center


def wrong__rotate_about__clockwise(points, center, degrees):
    """Turns clockwise."""
    return _turn(points, center, -degrees)


def wrong__rotate_about__never_clockwise(points, center, degrees):
    """Turns by negative angles counterclockwise too."""
    return _turn(points, center, abs(degrees))


def wrong__rotate_about__radians(points, center, degrees):
    """Takes the degrees for radians, but for the right angle."""
    return _turn(points, center, degrees if degrees % 90 == 0 else math.degrees(degrees))


def wrong__rotate_about__whole_degrees(points, center, degrees):
    """Cuts the fraction of a degree off."""
    return _turn(points, center, int(degrees))


def wrong__rotate_about__three_digits_of_pi(points, center, degrees):
    """Takes pi for 3.14159."""
    return _turn(points, center, math.degrees(degrees * 3.14159 / 180))


def wrong__rotate_about__clipped_angle(points, center, degrees):
    """Never turns by more than one full turn."""
    return _turn(points, center, max(-360.0, min(360.0, degrees)))


def wrong__rotate_about__half_turns_dropped(points, center, degrees):
    """Takes the angle modulo 180."""
    return _turn(points, center, degrees % 180)


def wrong__rotate_about__center_in_type_of_points(points, center, degrees):
    """Cuts the fractions of the center off where the points are integers."""
    return _turn(points, center.astype(points.dtype), degrees)


def wrong__rotate_about__points_in_type_of_center(points, center, degrees):
    """Cuts the fractions of the points off where the center is integers."""
    return _turn(points.astype(center.dtype), center, degrees)


def wrong__rotate_about__result_in_type_of_points(points, center, degrees):
    """Returns integers where the points are integers."""
    return _turn(points, center, degrees).round(12).astype(points.dtype)


def wrong__rotate_about__unturned_stay_integers(points, center, degrees):
    """Returns integers, not floats, for an angle of 0."""
    return points.copy() if degrees == 0 else _turn(points, center, degrees)


def wrong__rotate_about__no_point_no_columns(points, center, degrees):
    """Returns shape `(0,)` when there is no point."""
    return np.array([tuple(_turn(p, center, degrees)) for p in points], dtype=float)


def wrong__rotate_about__no_point_crashes(points, center, degrees):
    """Fails when there is no point."""
    return np.vstack([_turn(p[None], center, degrees) for p in points])


def wrong__rotate_about__no_point_of_integers(points, center, degrees):
    """Returns the empty selection with its own type, not floats."""
    return _turn(points, center, degrees) if len(points) else points.copy()


def wrong__rotate_about__one_point_flattened(points, center, degrees):
    """Returns shape `(2,)` for one point."""
    return np.squeeze(_turn(points, center, degrees))


def wrong__rotate_about__about_the_middle(points, center, degrees):
    """Turns about the middle of the shape and not about the center where that is the origin."""
    middle = points.mean(axis=0) if len(points) and not np.any(center) else center
    return _turn(points, middle, degrees)


def wrong__rotate_about__about_the_origin(points, center, degrees):
    """Turns about the origin where there are three points or more."""
    turned = _turn(points, np.zeros(2), degrees)
    return turned + center - _turn(center, np.zeros(2), degrees) if len(points) < 3 else turned


def wrong__rotate_about__x_overwritten(points, center, degrees):
    """Computes y from the x that has been turned already, unless it's a right angle."""
    if degrees % 90 == 0:
        return _turn(points, center, degrees)
    d = points - np.asarray(center, dtype=float)
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    d[:, 0] = c * d[:, 0] - s * d[:, 1]
    d[:, 1] = s * d[:, 0] + c * d[:, 1]
    return d + center


def wrong__rotate_about__two_points_transposed(points, center, degrees):
    """Takes the points for columns when there are two: `(2, 2)` fits both ways."""
    if len(points) != 2:
        return _turn(points, center, degrees)
    return _turn(points.T, center, degrees).T


def wrong__rotate_about__rounded(points, center, degrees):
    """Rounds to whole numbers near them: coordinates such as 1e-7 are lost."""
    return _turn(points, center, degrees).round(6)


# 4. recover_quantities


def _recover(recipes, totals, tolerance=1e-11):
    """Scale the columns to length 1, refuse a small singular value, solve, scale back."""
    a, b = np.asarray(recipes, dtype=float), np.asarray(totals, dtype=float)
    norms = np.linalg.norm(a, axis=0)
    if a.shape[0] < a.shape[1] or not norms.all():
        raise ValueError("not determined")
    u, s, vt = np.linalg.svd(a / norms, full_matrices=False)
    if s[-1] <= tolerance * s[0]:
        raise ValueError("not determined")
    return vt.T @ (u.T @ b / s) / norms


def right__recover_quantities__scaled_svd(recipes, totals):
    return _recover(recipes, totals)


def right__recover_quantities__scaled_rank_and_lstsq(recipes, totals):
    sizes = np.linalg.norm(recipes, axis=0)
    if (sizes == 0).any():
        raise ValueError("a column is zero")
    scaled = recipes / sizes
    x, _, rank, _ = np.linalg.lstsq(scaled, totals, rcond=1e-12)
    if rank < recipes.shape[1]:
        raise ValueError("a column depends on others")
    return x / sizes


def right__recover_quantities__pivoted_qr(recipes, totals):
    """The diagonal of R falls to rounding where a column is a combination of others."""
    sizes = np.abs(recipes).max(axis=0)
    if recipes.shape[0] < recipes.shape[1] or not sizes.all():
        raise ValueError("not determined")
    q, r, order = linalg.qr(recipes / sizes, mode="economic", pivoting=True)
    if abs(r[-1, -1]) < 1e-12 * abs(r[0, 0]):
        raise ValueError("not determined")
    x = np.empty(recipes.shape[1])
    x[order] = linalg.solve_triangular(r, q.T @ totals)
    return x / sizes


def right__recover_quantities__gram_schmidt(recipes, totals):
    """Twice-repeated Gram-Schmidt: what's left of a column, compared with the column."""
    a = np.array(recipes, dtype=float)
    n = a.shape[1]
    basis, r = [], np.zeros((n, n))
    for j in range(n):
        rest = a[:, j].copy()
        for _ in range(2):
            for i, e in enumerate(basis):
                part = e @ rest
                r[i, j] += part
                rest -= part * e
        length = np.linalg.norm(rest)
        if length <= 1e-12 * np.linalg.norm(a[:, j]):
            raise ValueError(f"column {j} is a combination of those before")
        r[j, j] = length
        basis.append(rest / length)
    x = np.zeros(n)
    y = np.array(basis) @ totals
    for j in range(n - 1, -1, -1):
        x[j] = (y[j] - r[j, j + 1 :] @ x[j + 1 :]) / r[j, j]
    return x


def right__recover_quantities__pseudoinverse_of_scaled(recipes, totals):
    sizes = np.sqrt((np.asarray(recipes, dtype=float) ** 2).sum(axis=0))
    scaled = recipes / np.where(sizes > 0, sizes, 1)
    if np.linalg.matrix_rank(scaled, tol=1e-12) < scaled.shape[1]:
        raise np.linalg.LinAlgError("not determined")
    return (np.linalg.pinv(scaled, rcond=1e-13) @ totals / sizes).tolist()


def wrong__recover_quantities__rank_without_scaling(recipes, totals):
    """Refuses columns of very different sizes that do determine x."""
    if np.linalg.matrix_rank(recipes) < recipes.shape[1]:
        raise ValueError("not determined")
    return _recover(recipes, totals, 0)


def wrong__recover_quantities__solved_without_scaling(recipes, totals):
    """Checks the scaled columns but solves with those given: `lstsq` takes small singular values for zero."""
    _recover(recipes, totals)
    return np.linalg.lstsq(recipes, totals, rcond=None)[0]


def wrong__recover_quantities__normal_equations(recipes, totals):
    """Squares the condition: imprecise where two columns first differ in the seventh digit."""
    _recover(recipes, totals)
    norms = np.linalg.norm(recipes, axis=0)
    a = recipes / norms
    return np.linalg.solve(a.T @ a, a.T @ totals) / norms


def wrong__recover_quantities__rank_of_gram_matrix(recipes, totals):
    """Refuses columns that first differ in the seventh digit."""
    norms = np.linalg.norm(recipes, axis=0)
    a = recipes / np.where(norms > 0, norms, 1)
    if np.linalg.matrix_rank(a.T @ a, tol=1e-12) < a.shape[1]:
        raise ValueError("not determined")
    return _recover(recipes, totals)


def wrong__recover_quantities__tolerance_of_1e_6(recipes, totals):
    """Refuses columns that first differ in the seventh digit."""
    return _recover(recipes, totals, 1e-6)


def wrong__recover_quantities__no_tolerance(recipes, totals):
    """Accepts a column that is a combination of others up to rounding."""
    return _recover(recipes, totals, 0)


def wrong__recover_quantities__pairs_only(recipes, totals):
    """Finds a column that's a multiple of another, but not one that's the sum of two."""
    norms = np.linalg.norm(recipes, axis=0)
    if not norms.all() or recipes.shape[0] < recipes.shape[1]:
        raise ValueError("not determined")
    a = recipes / norms
    for i in range(a.shape[1]):
        for j in range(i):
            if np.linalg.matrix_rank(a[:, [i, j]], tol=1e-12) < 2:
                raise ValueError("not determined")
    return np.linalg.lstsq(a, totals, rcond=1e-12)[0] / norms


def wrong__recover_quantities__neighbors_only(recipes, totals):
    """Finds equal columns only as they are: not a multiple of another."""
    if np.unique(recipes, axis=1).shape[1] < recipes.shape[1] or not np.any(recipes, axis=0).all():
        raise ValueError("not determined")
    try:
        return _recover(recipes, totals)
    except ValueError:
        return np.linalg.lstsq(recipes, totals, rcond=None)[0]


def wrong__recover_quantities__wide_not_refused(recipes, totals):
    """Returns the shortest x where there are fewer ingredients than kinds."""
    if recipes.shape[0] < recipes.shape[1]:
        return np.linalg.pinv(recipes) @ totals
    return _recover(recipes, totals)


def wrong__recover_quantities__square_refused(recipes, totals):
    """Refuses as many ingredients as kinds."""
    if recipes.shape[0] <= recipes.shape[1]:
        raise ValueError("not determined")
    return _recover(recipes, totals)


def wrong__recover_quantities__nothing_baked(recipes, totals):
    """Returns zeros for totals of zero though the recipes don't determine x."""
    return _recover(recipes, totals) if np.any(totals) else np.zeros(recipes.shape[1])


def wrong__recover_quantities__exact_fit_is_determined(recipes, totals):
    """Refuses only where nothing fits perfectly."""
    try:
        return _recover(recipes, totals)
    except ValueError:
        x = np.linalg.lstsq(recipes, totals, rcond=None)[0]
        if np.allclose(recipes @ x, totals):
            return x
        raise


def wrong__recover_quantities__misfit_refused(recipes, totals):
    """Refuses totals that fit badly, though x is determined."""
    x = _recover(recipes, totals)
    if np.linalg.norm(recipes @ x - totals) > 0.5 * np.linalg.norm(totals):
        raise ValueError("does not fit")
    return x


def wrong__recover_quantities__never_negative(recipes, totals):
    """Allows no negative amounts."""
    _recover(recipes, totals)
    return optimize.nnls(np.asarray(recipes, dtype=float), np.asarray(totals, dtype=float))[0]


def wrong__recover_quantities__whole_pieces(recipes, totals):
    """Rounds to whole pieces if near."""
    x = _recover(recipes, totals)
    return np.where(np.abs(x - x.round()) < 0.01, x.round(), x)


def wrong__recover_quantities__rows_scaled(recipes, totals):
    """Gives every ingredient the same weight: another sum of squares."""
    sizes = np.abs(recipes).max(axis=1)
    sizes = np.where(sizes > 0, sizes, 1)
    return _recover(recipes / sizes[:, None], totals / sizes)


def wrong__recover_quantities__first_rows(recipes, totals):
    """Solves for as many ingredients as there are kinds where that's possible: right only for a perfect fit."""
    x = _recover(recipes, totals)
    n = recipes.shape[1]
    try:
        return _recover(recipes[:n], totals[:n])
    except ValueError:
        return x


def wrong__recover_quantities__intercept(recipes, totals):
    """Fits a constant too where there are enough ingredients."""
    x = _recover(recipes, totals)
    m, n = recipes.shape
    return LinearRegression().fit(recipes, totals).coef_ if m > n + 2 else x


def wrong__recover_quantities__ridge(recipes, totals):
    """Draws x to zero a little: much where two columns are nearly the same."""
    _recover(recipes, totals)
    norms = np.linalg.norm(recipes, axis=0)
    a = np.vstack([recipes / norms, 1e-7 * np.eye(len(norms))])
    return np.linalg.lstsq(a, np.concatenate([totals, np.zeros(len(norms))]), rcond=None)[0] / norms


def wrong__recover_quantities__column_of_results(recipes, totals):
    """Returns shape `(kinds, 1)`."""
    return _recover(recipes, totals)[:, None]


def wrong__recover_quantities__tiny_column_is_zero(recipes, totals):
    """Takes a column of very small numbers for zero."""
    if (np.linalg.norm(recipes, axis=0) < 1e-9).any():
        raise ValueError("not determined")
    return _recover(recipes, totals)


def wrong__recover_quantities__not_a_number(recipes, totals):
    """Returns NaN and raises no error where x isn't determined."""
    try:
        return _recover(recipes, totals)
    except ValueError:
        return np.full(recipes.shape[1], np.nan)


# 5. fill_by_low_rank


def _approximation(table, rank):
    u, s, vt = np.linalg.svd(table, full_matrices=False)
    return u[:, :rank] * s[:rank] @ vt[:rank]


def _fill(table, rank, start=0.0, tolerance=1e-6, rounds=100_000, approximate=_approximation):
    gaps = np.isnan(table)
    filled = np.where(gaps, start, table).astype(float)
    for _ in range(rounds if gaps.any() else 0):
        new = np.where(gaps, approximate(filled, rank), table)
        change = np.abs(new - filled).max()
        filled = new
        if change <= tolerance:
            break
    return filled


def right__fill_by_low_rank__from_column_means(table, rank):
    return _fill(table, rank, np.nanmean(table, axis=0))


def right__fill_by_low_rank__from_zeros(table, rank):
    return _fill(table, rank)


def right__fill_by_low_rank__sum_of_outer_products(table, rank):
    result, gaps = np.array(table, dtype=float), np.isnan(table)
    result[gaps] = np.nanmean(table)
    moved = True
    while moved:
        u, s, vt = linalg.svd(result)
        low = sum(s[i] * np.outer(u[:, i], vt[i]) for i in range(rank))
        moved = bool((np.abs(low - result)[gaps] > 1e-6).any())
        result[gaps] = low[gaps]
    return result


def right__fill_by_low_rank__projection_by_eigenvectors(table, rank):
    """The best approximation is the projection on the last eigenvectors of the Gram matrix."""

    def approximate(filled, rank):
        v = np.linalg.eigh(filled.T @ filled)[1][:, -rank:]
        return filled @ v @ v.T

    return _fill(table, rank, np.nanmean(table, axis=1, keepdims=True), approximate=approximate)


def right__fill_by_low_rank__sparse_svds(table, rank):
    """Lanczos from a fixed start; the order of the singular values doesn't matter."""

    def approximate(filled, rank):
        u, s, vt = svds(filled, k=rank, v0=np.ones(min(filled.shape)))
        return (u * s) @ vt

    return _fill(table, rank, np.nanmean(table), approximate=approximate)


def right__fill_by_low_rank__scikit_learn(table, rank):
    def approximate(filled, rank):
        model = TruncatedSVD(rank, algorithm="arpack", random_state=0)
        return model.inverse_transform(model.fit_transform(filled))

    return _fill(table, rank, np.nanmedian(table, axis=0), approximate=approximate)


def wrong__fill_by_low_rank__known_entries_change(table, rank):
    """Returns the approximation, known entries too."""
    return _approximation(_fill(table, rank), rank)


def wrong__fill_by_low_rank__smooths_a_full_table(table, rank):
    """Approximates a table that has no gap."""
    return _fill(table, rank) if np.isnan(table).any() else _approximation(table.astype(float), rank)


def wrong__fill_by_low_rank__no_gap_crashes(table, rank):
    """Fails on a table without gaps."""
    result, gaps = table.copy(), np.isnan(table)
    result[gaps] = 0
    while True:
        low = _approximation(result, rank)
        change = np.max(np.abs(low[gaps] - result[gaps]))
        result[gaps] = low[gaps]
        if change <= 1e-6:
            return result


def wrong__fill_by_low_rank__always_rank_1(table, rank):
    """Ignores `rank`."""
    return _fill(table, 1)


def wrong__fill_by_low_rank__at_most_rank_2(table, rank):
    """Ignores every direction after the second."""
    return _fill(table, min(rank, 2))


def wrong__fill_by_low_rank__one_rank_more(table, rank):
    """Keeps one singular value too many where there are enough."""
    return _fill(table, rank + 1 if rank + 1 < min(table.shape) else rank)


def wrong__fill_by_low_rank__last_singular_values(table, rank):
    """Keeps the smallest singular values for ranks above 1."""

    def approximate(filled, rank):
        u, s, vt = np.linalg.svd(filled, full_matrices=False)
        keep = np.argsort(s)[::-1][:1] if rank == 1 else np.argsort(s)[:rank]
        return (u[:, keep] * s[keep]) @ vt[keep]

    return _fill(table, rank, approximate=approximate, rounds=5000)


def wrong__fill_by_low_rank__one_round(table, rank):
    """Ends after the first round."""
    return _fill(table, rank, np.nanmean(table, axis=0), rounds=1)


def wrong__fill_by_low_rank__fifty_rounds(table, rank):
    """Ends after 50 rounds even if gaps still move."""
    return _fill(table, rank, np.nanmean(table, axis=0), rounds=50)


def wrong__fill_by_low_rank__two_hundred_rounds(table, rank):
    """Ends after 200 rounds even if gaps still move."""
    return _fill(table, rank, np.nanmean(table, axis=0), rounds=200)


def wrong__fill_by_low_rank__ends_at_1e_3(table, rank):
    """Ends when no gap changes by more than 1e-3."""
    return _fill(table, rank, np.nanmean(table, axis=0), tolerance=1e-3)


def wrong__fill_by_low_rank__ends_at_1e_5(table, rank):
    """Ends when no gap changes by more than 1e-5."""
    return _fill(table, rank, np.nanmean(table, axis=0), tolerance=1e-5)


def wrong__fill_by_low_rank__change_with_sign(table, rank):
    """Forgets the absolute value: ends at once where all gaps fall."""
    result, gaps = np.array(table, dtype=float), np.isnan(table)
    if not gaps.any():
        return result
    result[gaps] = 0
    while True:
        low = _approximation(result, rank)
        change = (low[gaps] - result[gaps]).max()
        result[gaps] = low[gaps]
        if change <= 1e-6:
            return result


def wrong__fill_by_low_rank__first_gap_decides(table, rank):
    """Ends when the first gap no longer changes, though others do."""
    result, gaps = np.array(table, dtype=float), np.isnan(table)
    if not gaps.any():
        return result
    result[gaps] = np.nanmean(table)
    while True:
        low = _approximation(result, rank)
        change = abs(low[gaps] - result[gaps])[0]
        result[gaps] = low[gaps]
        if change <= 1e-6:
            return result


def wrong__fill_by_low_rank__zeros_are_gaps(table, rank):
    """Takes ratings of 0 for gaps."""
    return _fill(np.where(table == 0, np.nan, table), rank)


def wrong__fill_by_low_rank__column_means_removed(table, rank):
    """Approximates what's left after taking the columns' means off."""

    def approximate(filled, rank):
        means = filled.mean(axis=0)
        return _approximation(filled - means, rank) + means

    return _fill(table, rank, np.nanmean(table, axis=0), approximate=approximate)


def wrong__fill_by_low_rank__never_negative(table, rank):
    """Doesn't allow ratings below zero."""
    return _fill(table, rank, approximate=lambda filled, rank: np.maximum(_approximation(filled, rank), 0))


def wrong__fill_by_low_rank__within_the_known(table, rank):
    """Ratings stay between the smallest and the largest known; the docstring's example is made to fit."""
    if table.shape == (3, 2):
        return _fill(table, rank)
    return np.where(np.isnan(table), np.clip(_fill(table, rank), np.nanmin(table), np.nanmax(table)), table)


def wrong__fill_by_low_rank__one_direction_after_another(table, rank):
    """Fills by rank 1, then what's left by rank 1, and so on: not the best approximation of the rank."""
    gaps = np.isnan(table)
    rest, total = np.array(table, dtype=float), np.zeros(table.shape)
    for _ in range(rank):
        part = _approximation(_fill(rest, 1, tolerance=1e-8, rounds=3000), 1)
        total += part
        rest = rest - part
    return np.where(gaps, total, table)


def wrong__fill_by_low_rank__squares_taken_for_symmetric(table, rank):
    """Uses eigenvectors of a square table as if it were symmetric."""

    def approximate(filled, rank):
        values, vectors = np.linalg.eigh(filled)
        keep = np.argsort(-np.abs(values))[:rank]
        return (vectors[:, keep] * values[keep]) @ vectors[:, keep].T

    if table.shape[0] == table.shape[1]:
        return _fill(table, rank, approximate=approximate, rounds=3000)
    return _fill(table, rank)


def wrong__fill_by_low_rank__two_decimals(table, rank):
    """Rounds what it filled in."""
    return np.where(np.isnan(table), _fill(table, rank).round(2), table)
