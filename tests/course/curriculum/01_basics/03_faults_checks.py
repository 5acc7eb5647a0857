"""Checks with faults on purpose."""

from handrail.expect import agree, between, equivalent, hints, require


@hints("one", "two", "three")
def check_shaky(shaky):
    shaky(1)
    {}["missing"]


@hints("one", "one", "Write `return largest - smallest`.")
@equivalent("a + b", "a - b", because="it names nothing of the answer")
def check_careless(careless):
    require(careless([1.0, 3.0]).real == 2.0, "The distance of 1 and 3 is 2.")


def careless__passes(numbers):
    """This is no mistake on the one input that is tried."""
    return numbers[-1] - numbers[0]


def careless__first_twin(numbers):
    """You forgot the smallest."""
    return max(numbers)


def careless__second_twin(numbers):
    """You forgot the smallest."""
    return max(numbers)


def careless__silent(numbers):
    return min(numbers)


@hints("one", "two", "three")
def check_bare(bare):
    agree(bare, lambda x: x, on=between(0, 3))


def bare__only(x):
    """The only known mistake."""
    return -x
