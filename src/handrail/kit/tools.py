"""Tools for an agent: an office whose books they read, what describes and calls them, and a loop with limits.

    office = Office()
    office.tools["balance"]("current")
    described(office.balance), answered(office.tools, "balance", '{"account": "current"}')

The office belongs to Halden Freight, the invented company of the handbook. Its payments are generated from a seed, so
the truth about every one of its `tasks` is known.
"""

import ast
import inspect
import json
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from handrail.kit.corpora import embed
from handrail.kit.handbook import handbook

__all__ = [
    "AgentRun",
    "Made",
    "Office",
    "Payment",
    "Task",
    "ToolResult",
    "answered",
    "bounded",
    "circling",
    "described",
    "tasks",
]

Category = Literal["groceries", "software", "cleaning", "energy", "training"]
Outcome = Literal["answered", "steps", "cost", "time", "loop"]
Tools = Mapping[str, Callable[..., Any]]
Message = dict[str, Any]

LONGEST = 2_000
"""No result is longer, in characters: it becomes part of every later prompt."""
TYPICAL = {"groceries": (4, 60), "software": (2, 240), "cleaning": (2, 180), "energy": (1, 410), "training": (1, 650)}
"""How many payments a month a category has, and about how much one is, in euro."""
ORDERS = {12: 250.0, 15: 45.0, 17: 80.0, 20: 35.0, 31: 19.5}
"""What the customers of some orders paid, in euro."""
SIGNS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class Payment:
    """One payment of the office."""

    day: date
    category: str
    payee: str
    euro: float


@dataclass(frozen=True)
class ToolResult:
    """What came of a call: a short text for the model, and whether it failed."""

    text: str
    failed: bool = False


@dataclass(frozen=True)
class Made:
    """A call that was made: the tool's name, its arguments as JSON text, the text of its result."""

    name: str
    arguments: str
    result: str


@dataclass(frozen=True)
class AgentRun:
    """How an agent ended: why, the whole conversation, the calls in order, and the cost in dollars."""

    outcome: Outcome
    messages: tuple[Message, ...]
    calls: tuple[Made, ...] = ()
    cost: Decimal = Decimal(0)

    @property
    def text(self) -> str:
        """What the user reads at the end."""
        return str(self.messages[-1].get("content") or "") if self.messages else ""


@dataclass(frozen=True)
class Task:
    """A task with its truth: texts that the answer must contain, the refunds that it must leave, the fewest calls."""

    text: str
    says: tuple[str, ...]
    calls: int
    refunds: tuple[tuple[int, float], ...] = ()


class Office:
    """The books of an office in 2025, and six tools: five that read, and `refund`, which doesn't."""

    def __init__(self, seed: int = 11) -> None:
        """Generate a year of payments; the same seed gives the same books."""
        chance = random.Random(seed)
        self.payments: list[Payment] = []
        self.refunds: list[tuple[int, float]] = []
        for month in range(1, 13):
            for category, (count, about) in TYPICAL.items():
                for _ in range(count):
                    day = date(2025, month, chance.randint(1, 28))
                    euro = round(about * chance.randint(60, 140) / 100, 2)
                    self.payments.append(Payment(day, category, f"{category} {chance.randint(1, 4)}", euro))

    @property
    def tools(self) -> dict[str, Callable[..., Any]]:
        """The six tools by name."""
        chosen = (
            self.spend_by_category,
            self.balance,
            self.largest_payments,
            self.search_handbook,
            self.calculator,
            self.refund,
        )
        return {tool.__name__: tool for tool in chosen}

    def spend_by_category(self, category: Category, month: Annotated[str, Field(description="YYYY-MM")]) -> float:
        """How much the office spent on a category such as groceries or energy in a month, in euro."""
        some = [one.euro for one in self.payments if one.category == category and f"{one.day:%Y-%m}" == month]
        if not some:
            raise LookupError(f"no payments for {category} in {month}; the books hold 2025-01 to 2025-12")
        return round(sum(some), 2)

    def balance(self, account: Literal["current", "savings"]) -> float:
        """Return the balance of a bank account today: how much money there is, in euro."""
        spent = sum(one.euro for one in self.payments) + sum(euro for _, euro in self.refunds)
        return round(60_000 - spent, 2) if account == "current" else 12_500.0

    def largest_payments(
        self, month: Annotated[str, Field(description="YYYY-MM")], limit: int = 3
    ) -> list[dict[str, Any]]:
        """List the largest single payments of a month, the largest first."""
        some = sorted((one for one in self.payments if f"{one.day:%Y-%m}" == month), key=lambda one: -one.euro)
        return [{"payee": one.payee, "euro": one.euro} for one in some[:limit]]

    def search_handbook(self, query: str) -> str:
        """Search the company handbook for a rule or policy, such as leave, travel, hotels or passwords."""
        sections = handbook()
        sections = sections[~sections["superseded"] & sections["office"].isin(["all", "DE"])]
        nearest = (embed(sections["passage"]) @ embed([query])[0]).argmax()
        return str(sections["passage"].iloc[int(nearest)])

    def calculator(self, expression: str) -> float:
        """Evaluate an arithmetic expression of numbers, + - * / and parentheses."""
        return round(float(_value(ast.parse(expression, mode="eval").body)), 2)

    def refund(self, order_id: int, amount: float) -> str:
        """Refund an amount in euro to the customer of an order."""
        if order_id not in ORDERS:
            raise LookupError(f"there is no order {order_id}")
        if not 0 < amount <= ORDERS[order_id]:
            raise ValueError(f"order {order_id} was paid with {ORDERS[order_id]:.2f}; {amount:.2f} can't be refunded")
        self.refunds.append((order_id, float(amount)))
        return f"refunded {amount:.2f} euro for order {order_id}"


def described(function: Callable[..., Any]) -> dict[str, Any]:
    """Return a tool's name, description and JSON schema, as Pydantic reads them from a function's types."""
    about = (inspect.getdoc(function) or "").split("\n\n", 1)[0]
    schema = _model(function).model_json_schema()
    schema.pop("title")
    return {"name": function.__name__, "description": about, "parameters": schema}


def answered(tools: Tools, name: str, arguments: str) -> ToolResult:
    """Call a tool with arguments as a model wrote them, and say what came of it. Whatever is wrong becomes text."""
    if name not in tools:
        return ToolResult(f"Error: there is no tool {name}. Tools: {', '.join(sorted(tools))}", failed=True)
    try:
        values = _model(tools[name]).model_validate_json(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "arguments"
        return ToolResult(f"Error: {place}: {first['msg']}"[:LONGEST], failed=True)
    given = {field: getattr(values, field) for field in values.model_fields_set}
    try:
        value = tools[name](**given)
    except Exception as error:
        return ToolResult(f"Error: {type(error).__name__}: {error}"[:LONGEST], failed=True)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return ToolResult(text[:LONGEST])


def circling(calls: Sequence[Made], repeats: int = 3, longest: int = 3) -> bool:
    """Say whether the calls end with a block of up to `longest` calls, `repeats` times over, with the same results."""
    plain = [(one.name, _sorted(one.arguments), one.result) for one in calls]
    tails = (plain[-size * repeats :] for size in range(1, longest + 1) if size * repeats <= len(plain))
    return any(tail == tail[: len(tail) // repeats] * repeats for tail in tails)


def bounded(
    model: Callable[[list[Message], bool], Message],
    tools: Tools,
    messages: Sequence[Message],
    *,
    steps: int = 8,
    repeats: int = 3,
) -> AgentRun:
    """Run an agent until it answers, goes in circles, or has used its steps; then let it say what it has.

    `model(messages, with_tools)` returns OpenAI's message as a dictionary. After a limit it is called once more
    without tools, so that the user never gets an empty answer.
    """
    turns, calls = list(messages), list[Made]()
    for _ in range(steps):
        turn = model(turns, True)
        turns.append(turn)
        if not turn.get("tool_calls"):
            return AgentRun("answered", tuple(turns), tuple(calls))
        for wish in turn["tool_calls"]:
            asked = wish["function"]
            result = answered(tools, asked["name"], asked["arguments"]).text
            calls.append(Made(asked["name"], asked["arguments"], result))
            turns.append({"role": "tool", "tool_call_id": wish["id"], "content": result})
        if circling(calls, repeats):
            break
    outcome: Outcome = "loop" if circling(calls, repeats) else "steps"
    log = " ".join(dict.fromkeys(f"{one.name} returned {one.result}." for one in calls))
    turns.append({"role": "user", "content": f"You are stopped ({outcome}). Summarize what was done: {log}"})
    return AgentRun(outcome, (*turns, model(turns, False)), tuple(calls))


@lru_cache(maxsize=64)
def _model(function: Callable[..., Any]) -> type[BaseModel]:
    """Return a Pydantic model whose fields are the parameters of a function; it refuses all others.

    A parameter without an annotation takes anything.
    """
    parameters = inspect.signature(function).parameters.values()
    fields: dict[str, Any] = {
        one.name: (
            Any if one.annotation is one.empty else one.annotation,
            ... if one.default is one.empty else one.default,
        )
        for one in parameters
    }
    return create_model("arguments", __config__=ConfigDict(extra="forbid"), **fields)


def _sorted(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments


def _value(node: ast.expr) -> float:
    """Compute a parsed expression. Raises ValueError for whatever isn't arithmetic."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
        return float(SIGNS[type(node.op)](_value(node.left), _value(node.right)))
    raise ValueError("only numbers, + - * / and parentheses")


def tasks() -> tuple[Task, ...]:
    """Return 30 tasks for an office with the seed 11, from one call to three, with what the books say of each."""
    office = Office()

    def spent(category: str, month: int) -> str:
        return str(round(sum(p.euro for p in office.payments if (p.category, p.day.month) == (category, month)), 2))

    def most(month: int, count: int = 3) -> tuple[str, ...]:
        return tuple(map(str, sorted((p.euro for p in office.payments if p.day.month == month), reverse=True)[:count]))

    def share(category: str, month: int, parts: float) -> str:
        return str(round(float(spent(category, month)) / parts, 2))

    groceries, energy = "How much did we spend on groceries in", "How much did we spend on energy in"
    software, current = "How much did we spend on software in", "balance of the current account"
    left = 60_000 - sum(payment.euro for payment in office.payments)
    said: list[tuple[Any, ...]] = [
        (f"{energy} June?", (spent("energy", 6),), 1),
        (f"{software} May?", (spent("software", 5),), 1),
        ("What did we spend on training in October?", (spent("training", 10),), 1),
        ("How much did the cleaning cost in July?", (spent("cleaning", 7),), 1),
        (f"What is the {current}?", (str(round(left, 2)),), 1),
        ("How much money is in the savings account?", ("12500",), 1),
        ("What are the largest payments in April?", most(4), 1),
        ("List the 5 largest payments in December.", most(12, 5), 1),
        ("What were the 2 largest payments in August?", most(8, 2), 1),
        ("What is 18 * 23?", ("414",), 1),
        ("What is 1250 / 4?", ("312.5",), 1),
        ("Compute 19 % of 840.", ("159.6",), 1),
        ("How much may a hotel in Paris cost?", ("190",), 1),
        ("What is the minimum length of a password?", ("14 characters",), 1),
        ("How long is the probation period?", ("six months",), 1),
        ("Which gifts may I accept from a supplier?", ("40 euro",), 1),
        ("How far ahead must I book a flight?", ("14 days",), 1),
        (f"{groceries} March, and how much is that per day?", (spent("groceries", 3), share("groceries", 3, 31)), 2),
        (f"{energy} January, and how much is that per day?", (spent("energy", 1), share("energy", 1, 31)), 2),
        ("How much did we spend on training in May, then divide it by 4.", (share("training", 5, 4),), 2),
        (
            "How much did we spend on software in February, and how much is that per week?",
            (share("software", 2, 4),),
            2,
        ),
        (f"{groceries} May and June?", (spent("groceries", 5), spent("groceries", 6)), 2),
        (f"{energy} January, February and March?", tuple(spent("energy", month) for month in (1, 2, 3)), 3),
        (f"What is the {current}, and what is the balance of the savings account?", (str(round(left, 2)), "12500"), 2),
        ("What is the largest payment in March, and what is the password rule?", (most(3)[0], "14 characters"), 2),
    ]
    paid: list[tuple[Any, ...]] = [
        ("Refund 20 euro for order 17.", ("20.00",), 1, ((17, 20.0),)),
        ("Refund 15.50 euro for order 12.", ("15.50",), 1, ((12, 15.5),)),
        ("Order 15 was late: refund 10 euro to the customer.", ("10.00",), 1, ((15, 10.0),)),
        ("Please refund 5 euro for order 31.", ("5.00",), 1, ((31, 5.0),)),
        (f"Refund 30 euro for order 12, then tell me the {current}.", (str(round(left - 30, 2)),), 2, ((12, 30.0),)),
    ]
    return tuple(Task(*one) for one in [*said, *paid])
