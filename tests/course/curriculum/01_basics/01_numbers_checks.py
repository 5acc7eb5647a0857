"""Checks, hints and known mistakes of 01_basics/01_numbers."""

from handrail.expect import agree, attempt, between, call, calls, for_all, hints, kind, numbers, require


def quotient(part, whole):
    return part * whole**-1 if whole else 0.0


@hints("Which part of it is it?", "A quotient says it.", "Take care of a whole that is 0 before you divide.")
def check_share(share):
    agree(share, quotient, on=(numbers(0, 5, 0.5), numbers(0, 5, 0.5)), also=[call(0.0, 0.0), call(3.0, 0.0)])


def share__percent(part, whole):
    """A share of 1 is everything: you returned **percent**, `100 *` too much."""
    return 100 * part / whole if whole else 0.0


def share__upside_down(part, whole):
    """You divided the whole by the part."""
    return whole / part if part and whole else 0.0


def share__zero_forgotten(part, whole):
    """Nothing of nothing can't be divided."""
    return part / whole


@hints("Where does it begin, and where does it end?", "A loop that ends at 1.", "`range` can go down, too.")
def check_count_down(count_down):
    agree(count_down, lambda start: list(range(start, 0, -1)), on=between(-2, 6), also=[call(0)])


def count_down__to_zero(start):
    """The last number is 1, not 0."""
    return list(range(start, -1, -1))


def count_down__upwards(start):
    """That counts up."""
    return list(range(1, start + 1))


@hints("What must be checked before the money goes?", "An error is raised, not returned.", "First test, then pay.")
def check_Account(Account):
    def pays(balance, amount):
        account = attempt(lambda: Account(balance), "making an account")
        require(hasattr(account, "pay"), "An account needs a method `pay`.")
        before = account.balance
        try:
            left = account.pay(amount)
        except ValueError:
            require(amount > balance, "An amount that is there can be paid.")
            require(account.balance == before, "A payment that fails takes nothing.")
            return
        kind(left, int, "what `pay` returns")
        require(amount <= balance, "More than there is can't be paid: raise ValueError.")
        require(left == balance - amount, "What is left should be the balance less the amount.")
        require(account.balance == left, "The account should remember what is left.")

    for_all(pays, on=calls(between(0, 5), between(0, 5)))


class Account__overdrawn:
    """You let people pay more than there is."""

    def __init__(self, balance):
        self.balance = balance

    def pay(self, amount):
        self.balance -= amount
        return self.balance


class Account__forgets:
    """You return what is left, but the account doesn't remember it."""

    def __init__(self, balance):
        self.balance = balance

    def pay(self, amount):
        if amount > self.balance:
            raise ValueError
        return self.balance - amount
