"""Checks of `01_fundamentals/10_linear_algebra`: oracles in exact fractions, complex numbers, alternating fits."""

import cmath
import math
from fractions import Fraction

import numpy as np
import scipy.optimize
from hypothesis import strategies as st

from handrail.expect import (
    AnswerRaised,
    Mismatch,
    agree,
    arrays,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    numbers,
    raises,
    require,
    shape,
)

# 1. closest_direction


@equivalent(
    "cosines > cosines.max() - 1e-09",
    "cosines >= cosines.max() - 1e-09",
    because="no cosine is exactly 1e-9 below the largest",
)
@hints(
    "What has to be divided out of a dot product so that only the direction counts?",
    "Divide by the length of each row. Which value must a row without a direction get, so that even a row that points "
    "the opposite way beats it?",
    "Two cosines that agree on paper may differ in the sixteenth digit. Ask of every row whether it is nearly as good "
    "as the best one; of booleans, `argmax` returns the first True.",
)
def check_closest_direction(closest_direction):
    oblique = call(np.array([1.0, 2.0]), np.array([[0.0, 0.0], [-3.0, 0.0]]))
    agree(closest_direction, _closest_exactly, on=_tastes(), also=[oblique], examples=30, exact_dtype=True)
    for why, query, rows, expected in _telling_tastes():
        given = call(np.array(query), np.array(rows))
        close(closest_direction(*given.copy().args), expected, given=given, exact_dtype=True, why=why)

    pixels = call(np.array([16, 1], dtype=np.uint8), np.array([[0, 5], [16, 0]], dtype=np.uint8))
    why = "The vectors hold uint8, whose products don't fit into uint8."
    close(closest_direction(*pixels.copy().args), 1, given=pixels, exact_dtype=True, why=why)


@st.composite
def _tastes(draw):
    """Draw small integers: many ties and zeros, and no two cosines that differ by less than 1e-5."""
    block = draw(arrays(st.integers(-3, 3), shape=(between(2, 7), between(1, 4))))
    query, rows = block[0], block[1:]
    query[0], rows[-1, 0] = query[0] if query.any() else 1, rows[-1, 0] if rows.any() else -1
    dtype = draw(st.sampled_from([float, int]))
    return call(query.astype(dtype), rows.astype(dtype))


def _closest_exactly(query, rows):
    """Compare the signed squares of the cosines, which are fractions."""
    best, index = None, None
    for at, row in enumerate(rows.tolist()):
        length = sum(Fraction(x) ** 2 for x in row)
        if length:
            dot = sum(Fraction(x) * Fraction(y) for x, y in zip(row, query.tolist(), strict=True))
            cosine = dot * abs(dot) / length
            if best is None or cosine > best:
                best, index = cosine, at
    return index


def _telling_tastes():
    """Return queries and rows that a search hardly meets, each with what is special about it and the answer."""
    multiples = [[7, 14, 21], [1, 2, 3], [3, 6, 9], [5, 10, 15], [11, 22, 33], [13, 26, 39], [0.1, 0.2, 0.3]]
    same = "All rows point the same way, so the first is chosen."
    yield same, [3.0, 1.0, 2.0], multiples, 0
    yield same, [1.0, 1.0, 7.0], multiples[::-1], 0
    yield "Row 0 has no direction, row 1 has, even if the opposite one.", [1.0, 2.0], [[0.0, 0.0], [-3.0, -6.0]], 1
    yield "Row 1 is short, but no row of zeros.", [1.0, 1.0], [[1.0, 0.9], [2e-12, 2e-12], [0.0, 0.0]], 1
    yield "Row 1 is long.", [1.0, 1.0], [[1.0, 0.9], [3e12, 3e12]], 1
    yield "The query is short.", [1e-12, 1e-12], [[1.0, 0.9], [3.0, 3.0]], 1
    yield "The cosines differ by 3e-9, so row 1 is closer.", [1.0, 0.0], [[1.0, 8e-5], [1.0, 0.0]], 1
    equal = "The cosines differ by 3e-10, so they count as equal"
    yield f"{equal}.", [1.0, 0.0], [[1.0, 2.4e-5], [1.0, 0.0]], 0
    yield "Row 0 is 6e-10 below the largest cosine, so it counts as equal.", [1.0, 0.0], [[1.0, 3.46e-5], [1.0, 0.0]], 0
    chain = "The cosines are 1.2e-9, 6e-10 and 0 below the largest, so row 1 is the first that counts as equal to it."
    yield chain, [1.0, 0.0], [[1.0, 4.9e-5], [1.0, 3.46e-5], [1.0, 0.0]], 1
    yield f"{equal}, however long the query is.", [4e9, 0.0], [[1.0, 2.4e-5], [1.0, 0.0]], 0
    many = np.random.default_rng(10).integers(-50, 50, (1500, 30))
    yield "There are 1,500 rows of 30 numbers.", many[-1] / 4, many, 1499


def _first_of_largest(cosines):
    return int((cosines > cosines.max() - 1e-9).argmax())


def closest_direction__longest_wins(query, rows):
    """You chose the row with the largest dot product. It grows with the length of the row; the angle doesn't."""
    rows, query = rows.astype(float), query.astype(float)
    products = np.where(rows.any(axis=1), rows @ query, -np.inf)
    return int(products.argmax())


def closest_direction__nan_wins(query, rows):
    """A row of zeros has no direction: 0/0 is nan, and `argmax` takes nan for the largest. Keep such rows out."""
    rows, query = rows.astype(float), query.astype(float)
    cosines = rows @ query / np.linalg.norm(rows, axis=1) / np.linalg.norm(query)
    return int(cosines.round(9).argmax())


def closest_direction__distance_instead(query, rows):
    """You measured distances. A row that points the same way but is ten times longer is far away, at an angle of 0."""
    away = np.linalg.norm(rows.astype(float) - query.astype(float), axis=1)
    return int(np.where(rows.any(axis=1), away, np.inf).argmin())


def closest_direction__zero_beats_negative(query, rows):
    """You gave rows of zeros the cosine 0. Then they beat every row that points away, and they should never be
    chosen.
    """
    rows, query = rows.astype(float), query.astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    cosines = rows @ query / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    return _first_of_largest(cosines)


def closest_direction__zero_is_opposite(query, rows):
    """To you, a row of zeros is as good as one that points the opposite way, with cosine −1. But it has no direction,
    and is never chosen.
    """
    rows, query = rows.astype(float), query.astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    cosines = rows @ query / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    return _first_of_largest(np.where(lengths > 0, cosines, -1))


def closest_direction__sign_lost(query, rows):
    """You dropped the sign: a row that points the opposite way is the farthest, not the closest."""
    rows, query = rows.astype(float), query.astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    cosines = np.abs(rows @ query) / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    return _first_of_largest(np.where(lengths > 0, cosines, -1))


def closest_direction__rounding_breaks_ties(query, rows):
    """Your cosines are right, but equal ones differ in their last digits, and then a later row wins. Cosines that
    differ by less than 1e-9 count as equal.
    """
    rows, query = rows.astype(float), query.astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    cosines = rows @ query / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    return int(np.where(lengths > 0, cosines, -np.inf).argmax())


def closest_direction__rounded(query, rows):
    """Rounding doesn't make all near cosines equal: 1 and 1 − 6e-10 become 1 and 0.999999999. Compare each with the
    largest.
    """
    rows, query = rows.astype(float), query.astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    cosines = rows @ query / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    return int(np.where(lengths > 0, cosines, -np.inf).round(9).argmax())


def closest_direction__wraps_around(query, rows):
    """The product of uint8 arrays is uint8, and wraps around at 256. Convert to floats before you multiply."""
    lengths = np.linalg.norm(rows, axis=1)
    cosines = rows @ query / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    return _first_of_largest(np.where(lengths > 0, cosines, -np.inf))


# 2. split_along


@hints(
    "The first part is a multiple of the direction. Which number is the factor, if the direction has length 1?",
    "The factor must not change the result when the direction is doubled. By which power of its length do you divide?",
    "The factor is one dot product divided by another. The second part is what the first one leaves.",
)
def check_split_along(split_along):
    agree(split_along, _split_exactly, on=_winds(), examples=30)
    for why, v, direction in _telling_winds():
        given = call(np.array(v), np.array(direction))
        close(split_along(*given.copy().args), _split_exactly(*given.args), given=given, why=why)


@st.composite
def _winds(draw):
    v, direction = draw(arrays(st.integers(-6, 6), shape=(2, between(1, 5))))
    direction[0] = direction[0] if direction.any() else 1
    of_v, of_direction = draw(st.sampled_from([(float, float), (float, int), (int, float), (int, int)]))
    return call(v / 4 if of_v is float else v, direction.astype(of_direction))


def _telling_winds():
    """Return winds and roads that a search hardly meets, each with what is special about it."""
    yield "The direction is short.", [3.0, -4.0], [1e-9, 2e-9]
    yield "The direction is long.", [3.0, -4.0], [3e9, 1e9]
    yield "v is short.", [3e-5, -4e-5], [1.0, 2.0]
    yield "v is orthogonal to the direction.", [2.0, -1.0, 0.0], [1.0, 2.0, 5.0]
    yield "v lies along the direction, pointing the other way.", [-3.0, -6.0, -9.0], [1.0, 2.0, 3.0]
    yield "v is zero.", [0.0, 0.0], [1.0, 2.0]
    yield "The vectors have 60 entries.", [x * 37 % 11 - 5.0 for x in range(60)], [x * 29 % 13 - 6.0 for x in range(60)]


def _split_exactly(v, direction):
    v, direction = ([Fraction(x) for x in vector.tolist()] for vector in (v, direction))
    factor = sum(a * b for a, b in zip(v, direction, strict=True)) / sum(b * b for b in direction)
    along = [factor * b for b in direction]
    across = [a - b for a, b in zip(v, along, strict=True)]
    return np.array(along, dtype=float), np.array(across, dtype=float)


def split_along__not_normalized(v, direction):
    """Doubling the direction changed your answer, though the road is the same. Divide by d · d."""
    along = (v @ direction) * direction
    return along, v - along


def split_along__length_once(v, direction):
    """You divided by |d| once. Divide twice: once turns the dot product into a length, once gives d the length 1."""
    along = (v @ direction) / np.linalg.norm(direction) * direction
    return along, v - along


def split_along__sign_lost(v, direction):
    """You dropped the sign of the dot product. If v points away from d, its part along d points away too."""
    along = np.abs(v @ direction) / (direction @ direction) * direction
    return along, v - along


def split_along__swapped(v, direction):
    """Both parts are right, but in the wrong order: the part along the direction comes first."""
    along = (v @ direction) / (direction @ direction) * direction
    return v - along, along


def split_along__divides_by_v(v, direction):
    """You divided by v · v. That gives the shadow of the direction on v, not of v on the direction."""
    along = (v @ direction) / np.maximum(v @ v, 1e-300) * direction
    return along, v - along


def split_along__keeps_integers(v, direction):
    """Your result has the type of v, and an array of integers has no room for decimals: they were cut off."""
    along = ((v @ direction) / (direction @ direction) * direction).astype(v.dtype)
    return along, v - along


# 3. rotate_about


@hints(
    "A matrix leaves the origin where it is. What do you do with the center before you turn, and what after?",
    "Where do (1, 0) and (0, 1) land? These are the columns of the matrix. NumPy's sine wants radians.",
    "The matrix is meant for a point that stands as a column. Yours stand in rows: what has to be done to the matrix?",
)
def check_rotate_about(rotate_about):
    points = st.one_of([arrays(dtype, shape=(between(1, 4), 2)) for dtype in (float, int)])
    centers = st.one_of([arrays(dtype, size=2) for dtype in (float, int)])
    degrees = st.one_of(st.sampled_from([90.0, -90.0, 180.0, 30.0, 360.0, 450.0]), numbers(-720, 720, step=0.5))

    def turned(points, center, degrees):
        result = rotate_about(points, center, degrees)
        if isinstance(result, np.ndarray):
            sentence = f"The result should hold floats; its dtype is {result.dtype}."
            require(result.dtype.kind == "f", sentence, call(points, center, degrees))
        return np.reshape(result, (0, 2)) if isinstance(result, list) and not result else result

    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
    nobody = call(np.empty((0, 2)), np.array([1.0, 2.0]), 30.0)
    also = [call(square, np.array([0, 0]), 90.0), call(square, np.array([1, 1]), 45), nobody]
    also += [call(square, np.array([1, 1]), 0), call(np.empty((0, 2), dtype=int), np.array([1, 2]), 90)]
    agree(turned, _turned_by_complex_numbers, on=(points, centers, degrees), also=also, examples=30)
    for why, points, center, degrees in _telling_turns():
        given = call(np.array(points), np.array(center), degrees)
        close(turned(*given.copy().args), _turned_by_complex_numbers(*given.args), given=given, why=why)


def _telling_turns():
    """Return turns that a search hardly meets, each with what is special about it."""
    yield "The points lie a ten-thousandth apart.", [[1e-4, 0.0], [0.0, 2e-4]], [0.0, 1e-4], 33.3
    yield "The center is far away.", [[3.0, 4.0]], [1e5, -2e5], 12.5
    yield "The angle is small.", [[1.0, 0.0], [0.0, 5.0]], [0.0, 0.0], 0.001
    yield "The angle is large.", [[1.0, 0.0], [0.0, 5.0]], [2.0, 1.0], 36_015.0
    yield "There are 500 points.", np.arange(1000.0).reshape(500, 2) % 23, [3.0, -2.0], -75.0


def _turned_by_complex_numbers(points, center, degrees):
    middle = complex(*center.tolist())
    turn = cmath.exp(1j * math.pi * degrees / 180)
    ends = [(complex(x, y) - middle) * turn + middle for x, y in points.tolist()]
    return np.array([[end.real, end.imag] for end in ends]).reshape(-1, 2)


def _turn(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def rotate_about__radians_expected(points, center, degrees):
    """The angle is in degrees, and `np.sin` reads it as radians: 90 became more than 14 full turns."""
    return (points - center) @ _turn(degrees).T + center


def rotate_about__about_the_origin(points, center, degrees):
    """You turned about the origin, so the center itself moved. Subtract it, turn, then add it again."""
    return points @ _turn(np.radians(degrees)).T


def rotate_about__clockwise(points, center, degrees):
    """You turned clockwise. With points as rows, multiply by the transpose of the matrix that turns a column."""
    return (points - center) @ _turn(np.radians(degrees)) + center


def rotate_about__not_moved_back(points, center, degrees):
    """The shape has turned, but the center now lies in the origin: add it again after turning."""
    return (points - center) @ _turn(np.radians(degrees)).T


def rotate_about__adds_first(points, center, degrees):
    """You moved the center away from the origin instead of into it: first subtract it, at the end add it."""
    return (points + center) @ _turn(np.radians(degrees)).T - center


def rotate_about__never_subtracted(points, center, degrees):
    """You added the center at the end without having subtracted it before: the center itself does not stay in place."""
    return points @ _turn(np.radians(degrees)).T + center


def rotate_about__keeps_integers(points, center, degrees):
    """Your result has the type of the points, and an array of integers has no room for decimals: they were cut off."""
    return ((points - center) @ _turn(np.radians(degrees)).T + center).astype(points.dtype)


# 4. recover_quantities


@hints(
    "There may be more equations than unknowns, and none of them exact: that is least squares. When is its answer not "
    "determined?",
    "The rank counts the directions among the columns. `np.linalg.lstsq` returns it too. But a tiny column looks like "
    "rounding error beside a huge one.",
    "Give all columns the same length before you count and solve, and undo that at the end. Don't form `A.T @ A`: it "
    "squares the condition number.",
)
def check_recover_quantities(recover_quantities):
    def recovered(recipes, totals):
        given, expected = call(recipes, totals), _recovered_exactly(recipes, totals)
        if expected is None:
            why = "Many quantities give these totals equally well."
            return raises(recover_quantities, ValueError, given, why)
        return close(solved(given), expected, given=given)

    def solved(given, why=""):
        try:
            return recover_quantities(*given.copy().args)
        except AnswerRaised as raised:
            if not isinstance(raised.error, ValueError):
                raise
            message = f"It raised {raised}, but these recipes determine the quantities. {why}"
            raise Mismatch(message.strip(), given) from raised

    for_all(recovered, on=_bakeries(), examples=30)
    for why, recipes, totals in _telling_bakeries():
        given = call(np.array(recipes), np.array(totals))
        close(solved(given, why), _recovered_exactly(*given.args), given=given, why=why)
    for why, recipes in _undetermined():
        recipes = np.array(recipes)
        raises(recover_quantities, ValueError, call(recipes, np.arange(1.0, len(recipes) + 1)), why)


@st.composite
def _bakeries(draw):
    """Draw small integers, determined or not."""
    kinds, more = draw(st.sampled_from([(1, 0), (1, 2), (2, 0), (2, 1), (2, 3), (3, 0), (3, 2), (2, -1), (3, -1)]))
    block = draw(arrays(st.integers(-4, 4), shape=(kinds + more, kinds + 1)))
    recipes, totals = block[:, :-1], block[:, -1]
    if kinds > 1 and draw(between(0, 4)) == 0:
        recipes[:, -1] = -2 * recipes[:, 0]
    dtype = draw(st.sampled_from([float, int]))
    return call(recipes.astype(dtype), totals.astype(dtype))


def _telling_bakeries():
    """Return determined bakeries that a search hardly meets, each with what is special about it."""
    base = np.array([[1.0, 2, 1], [3, 1, 0], [2, 2, 5], [4, 1, 1], [1, 5, 2], [2, 3, 3]])
    totals = np.array([10.0, 8, 31, 13, 24, 25])
    yield "All columns are small.", base * 1e-12, totals
    yield "Two columns are 10^16 times smaller than the third.", base * [1e-16, 1, 1e-16], totals
    yield "The second column counts in other units: it is a trillion times smaller.", base * [1, 1e-12, 1], totals
    yield "All numbers are large.", base * 1e9, totals * 1e9
    close_one, other = base[:, 0], np.array([1.0, -2, 0, 3, 1, -1])
    twins = np.column_stack([close_one, close_one + 1e-7 * other])
    yield "The two columns differ in the seventh digit: enough to tell them apart.", twins, twins @ [3.0, 2.0]
    yield "The quantities come out as 1,000,000 and −3.", base[:, :2], base[:, :2] @ [1e6, -3.0]
    tall = (np.arange(240.0) * 37 % 11).reshape(80, 3)
    yield "There are 80 ingredients.", tall, np.arange(80.0) % 7
    wide = (np.arange(99.0).reshape(11, 9) ** 3) % 17
    yield "There are 9 kinds.", wide, np.arange(11.0)


def _undetermined():
    """Return recipes that don't determine the quantities, each with what is special about it."""
    column, other = np.array([0.1, 0.2, 0.7, 0.4]), np.array([0.3, 0.1, 0.4, 0.6])
    yield "The second recipe is three times the first, up to rounding.", np.column_stack([column, 3 * column])
    yield "The second recipe is a billionth of the first.", np.column_stack([column, 1e-9 * column])
    third = 0.7 * column + 0.1 * other
    yield "The third recipe is a mixture of the first two, up to rounding.", np.column_stack([column, other, third])
    yield "The second recipe is zero.", [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]
    yield "All recipes are zero.", [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    yield "There is one ingredient for two kinds.", [[1.0, 2.0]]
    yield "The recipes are square, and the second is twice the first.", [[1.0, 2.0], [2.0, 4.0]]
    tons = np.column_stack([1e9 * column, other, 1e9 * column - 1e9 * other])
    yield "The third recipe is a mixture of the first two, in other units.", tons


def _recovered_exactly(recipes, totals):
    """Solve the normal equations in fractions, which round nothing; None if the answer is not determined."""
    rows = [[Fraction(x) for x in row] for row in recipes.tolist()]
    right = [Fraction(x) for x in totals.tolist()]
    kinds = range(recipes.shape[1])
    system = [
        [sum(row[i] * row[j] for row in rows) for j in kinds]
        + [sum(row[i] * b for row, b in zip(rows, right, strict=True))]
        for i in kinds
    ]
    for i in kinds:
        pivot = next((k for k in kinds if k >= i and system[k][i]), None)
        if pivot is None:
            return None
        system[i], system[pivot] = system[pivot], system[i]
        system[i] = [x / system[i][i] for x in system[i]]
        for k in kinds:
            if k != i:
                system[k] = [x - system[k][i] * y for x, y in zip(system[k], system[i], strict=True)]
    return np.array([float(system[i][-1]) for i in kinds])


def _rank_of_scaled(recipes):
    lengths = np.linalg.norm(recipes, axis=0)
    return np.linalg.matrix_rank(recipes / np.where(lengths > 0, lengths, 1))


def recover_quantities__square_only(recipes, totals):
    """`solve` needs as many equations as unknowns. Here there may be more, and they may contradict each other a
    little: least squares.
    """
    return np.linalg.solve(recipes, totals)


def recover_quantities__some_answer(recipes, totals):
    """The recipes don't determine the quantities (one is a combination of others): many answers fit equally well, and
    you returned one of them.
    """
    return np.linalg.pinv(recipes) @ totals


def recover_quantities__counts_equations(recipes, totals):
    """As many equations as unknowns are not enough: two equations may say the same. Ask for the rank."""
    if recipes.shape[0] < recipes.shape[1]:
        raise ValueError("too few equations")
    return np.linalg.lstsq(recipes, totals)[0]


def recover_quantities__unscaled_rank(recipes, totals):
    """A column in tons makes one in micrograms look like rounding error, so the rank came out too small. Bring all
    columns to the same length first.
    """
    amounts, _, rank, _ = np.linalg.lstsq(recipes, totals)
    if rank < recipes.shape[1]:
        raise ValueError("not determined")
    return amounts


def recover_quantities__solves_unscaled(recipes, totals):
    """You count the rank of scaled columns, but solve with the unscaled ones: `lstsq` drops a tiny column as if it were
    rounding error.
    """
    if _rank_of_scaled(recipes) < recipes.shape[1]:
        raise ValueError("not determined")
    return np.linalg.lstsq(recipes, totals)[0]


def recover_quantities__squares_the_condition(recipes, totals):
    """Right on easy inputs, but `A.T @ A` squares the condition number: where two columns agree to seven digits, only a
    digit or two of your answer is right. Use least squares without it.
    """
    if _rank_of_scaled(recipes) < recipes.shape[1]:
        raise ValueError("not determined")
    lengths = np.linalg.norm(recipes, axis=0)
    scaled = recipes / lengths
    return np.linalg.inv(scaled.T @ scaled) @ scaled.T @ totals / lengths


def recover_quantities__no_negatives(recipes, totals):
    """You allowed no negative quantities. The least-squares answer may be negative, as the docstring says."""
    if _rank_of_scaled(recipes) < recipes.shape[1]:
        raise ValueError("not determined")
    return scipy.optimize.nnls(recipes.astype(float), totals.astype(float))[0]


def recover_quantities__first_equations(recipes, totals):
    """You used as many equations as there are unknowns and ignored the others. All of them count."""
    kinds = recipes.shape[1]
    if _rank_of_scaled(recipes) < kinds:
        raise ValueError("not determined")
    return np.linalg.lstsq(recipes[:kinds], totals[:kinds])[0]


# 5. fill_by_low_rank


@equivalent("change > 1e-06", "change >= 1e-06", because="no change is exactly 1e-6")
@equivalent("change > 1e-06", "change > 2e-06", because="a round more or less moves a gap by a millionth")
@equivalent(
    "np.linalg.svd(filled, full_matrices=False)", "np.linalg.svd(filled)", because="only the first vectors are used"
)
@equivalent(
    "np.linalg.svd(filled, full_matrices=False)",
    "np.linalg.svd(filled, full_matrices=True)",
    because="only the first vectors are used",
)
@hints(
    "Start the gaps near the known entries, for example at their mean. What improves them?",
    "`(U[:, :k] * s[:k]) @ Vt[:k]` is the best approximation of rank k of the whole table. Which entries may you take "
    "from it?",
    "One round: approximate the filled table, then `np.where` the entry is known take the table, elsewhere the "
    "approximation. Repeat until the largest change is small.",
)
def check_fill_by_low_rank(fill_by_low_rank):
    def fits(table, rank, truth, within=0.01, why=""):
        given = call(table, rank)
        filled = fill_by_low_rank(*given.copy().args)
        filled = np.array(filled) if isinstance(filled, list) else filled
        shape(filled, table.shape)
        known = ~np.isnan(table)
        close(np.where(known, filled, 0), np.where(known, table, 0), "the known part of the result", given)
        values = np.asarray(filled, dtype=float)
        require(not np.isnan(values).any(), "There are still gaps in the result.", given)
        away = np.abs(values - truth)
        at = tuple(int(i) for i in np.unravel_index(away.argmax(), away.shape))
        message = f"The gap at {at} should settle near {truth[at]:.4f}; it is {values[at]:.4f}. {why}"
        require(away.max() < within, message.strip(), given)

    for_all(lambda table, rank, truth: fits(table, rank, truth), on=_products(), examples=8)
    complete = np.arange(12.0).reshape(4, 3) ** 2
    fits(complete, 2, complete, why="Nothing is missing.")
    ratings = np.outer([1.0, 2, 3, 4, 10], [1.0, 2, 3, 5])
    gap = ratings.copy()
    gap[4, 3] = np.nan
    fits(gap, 1, ratings, why="The missing entry is larger than all known ones.")
    shifted = np.outer([1.0, -2, 3, 1, -1], [1.0, 2, -3, 0.5]) / 8
    gap = shifted.copy()
    gap[0, 1] = gap[2, 2] = np.nan
    fits(gap, 1, shifted, why="The entries are decimals around 0.")
    slow = np.outer([1.0, 1, 2, 2, 8], [1.0, 2, 2, 7])
    gap = slow.copy()
    gap[0, 0] = gap[4, 3] = np.nan
    fits(gap, 1, slow, 1.5e-4, "The last gap settles slowly, after several hundred rounds.")

    for seed, rows, columns, rank, why in (
        (1, 60, 25, 3, "The table has 60 rows of 25, and 30 % are missing."),
        (2, 60, 25, 3, "The table has 60 rows of 25, and 30 % are missing."),
        (5, 20, 40, 4, "The table has more columns than rows, and the rank is 4."),
    ):
        table, truth = _ratings(seed, rows, columns, rank)
        filled = fill_by_low_rank(table.copy(), rank)
        shape(np.array(filled) if isinstance(filled, list) else filled, table.shape)
        hidden = np.isnan(table)
        error = float(np.sqrt(((np.asarray(filled, dtype=float) - truth)[hidden] ** 2).mean()))
        require(error < 0.25, f"{why} Your entries for the gaps are {error:.2f} away from the truth (allowed: 0.25).")
        fits(table, rank, _by_alternating_fits(table, rank), 2e-3, why)
    table, _ = _ratings(1, 60, 25, 3)
    fits(table, 1, _by_alternating_fits(table, 1), 2e-3, "Now only one direction is allowed for the same table.")


@st.composite
def _products(draw):
    """Draw an outer product with one or two gaps, in different rows and columns, and the truth."""
    few = st.sampled_from([1.0, 2.0, 3.0])
    truth = np.outer(draw(arrays(few, size=between(4, 6))), draw(arrays(few, size=between(3, 5))))
    table = truth.copy()
    for at in range(draw(between(1, 2))):
        table[-1 - at, at] = np.nan
    return call(table, 1, truth)


def _ratings(seed, rows, columns, rank):
    """Return a table of this rank plus noise of 0.1, three tenths of it missing, and the whole one."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns))
    truth = truth + 0.1 * rng.standard_normal((rows, columns))
    return np.where(rng.random((rows, columns)) < 0.3, np.nan, truth), truth


def _by_alternating_fits(table, rank):
    """Fit rows to columns and columns to rows by least squares, on the known entries only; then fill the gaps."""
    known = ~np.isnan(table)
    values, weights = np.where(known, table, 0), known.astype(float)
    right = np.linalg.svd(values, full_matrices=False)[2][:rank].T  # (columns, rank)
    fitted, change = values, np.inf
    while change > 1e-7:
        left = _fitted(values, weights, right)
        right = _fitted(values.T, weights.T, left)
        change = np.abs(left @ right.T - fitted).max()
        fitted = left @ right.T
    return np.where(known, table, fitted)


def _fitted(values, weights, factors):
    """Return for each row of `values` the coefficients of `factors` that fit its known entries best."""
    rank = factors.shape[1]
    products = (factors[:, :, None] * factors[:, None, :]).reshape(-1, rank * rank)
    squares = (weights @ products).reshape(-1, rank, rank)
    return np.linalg.solve(squares, (values @ factors)[:, :, None])[:, :, 0]


def _approximation(filled, rank):
    U, s, Vt = np.linalg.svd(filled, full_matrices=False)
    return (U[:, :rank] * s[:rank]) @ Vt[:rank]


def _started(table):
    return np.where(np.isnan(table), np.nanmean(table, axis=0), table)


def fill_by_low_rank__overwrites_known(table, rank):
    """Known entries changed: you returned the approximation itself. Put them back after each round."""
    filled = _started(table)
    for _ in range(20):
        filled = _approximation(filled, rank)
    return filled


def fill_by_low_rank__one_round(table, rank):
    """One approximation of the start is only a beginning. Fill the gaps with it and repeat until they settle."""
    return np.where(np.isnan(table), _approximation(_started(table), rank), table)


def fill_by_low_rank__ten_rounds(table, rank):
    """You stop after a fixed number of rounds, while the gaps still move. Watch the largest change instead."""
    filled = _started(table)
    for _ in range(10):
        filled = np.where(np.isnan(table), _approximation(filled, rank), table)
    return filled


def fill_by_low_rank__rank_from_the_wrong_end(table, rank):
    """You kept the last singular vectors. They carry the least; the first ones carry the most."""
    filled = _started(table)
    for _ in range(30):
        U, s, Vt = np.linalg.svd(filled, full_matrices=False)
        filled = np.where(np.isnan(table), (U[:, -rank:] * s[-rank:]) @ Vt[-rank:], table)
    return filled


def fill_by_low_rank__keeps_all_pieces(table, rank):
    """You rebuilt the table from all singular values, and that is the table itself: the gaps keep what you started
    with. Cut off after `rank`.
    """
    return _started(table)


def fill_by_low_rank__ignores_rank(table, rank):
    """You always use one direction. The argument says how many to keep."""
    filled, change = _started(table), np.inf
    while change > 1e-6:
        following = np.where(np.isnan(table), _approximation(filled, 1), table)
        change = np.abs(following - filled).max()
        filled = following
    return filled


def fill_by_low_rank__one_too_many(table, rank):
    """You keep one direction more than you were asked to. `[:rank]` already holds `rank` of them."""
    filled, change = _started(table), np.inf
    while change > 1e-6:
        following = np.where(np.isnan(table), _approximation(filled, rank + 1), table)
        change = np.abs(following - filled).max()
        filled = following
    return filled
