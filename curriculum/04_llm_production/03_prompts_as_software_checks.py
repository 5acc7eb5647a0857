"""Checks, hints and known mistakes of 04_llm_production/03_prompts_as_software."""

import itertools
import math
import re
from collections import Counter
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from scipy.stats import norm

from handrail.expect import between, call, close, equivalent, for_all, hints, kind, raises, require
from handrail.kit.prompts import Example

# 1 -------------------------------------------------------------------------------------------------- render_prompt

NAMES = ("ticket", "a", "b", "n_1", "A1", "_", "7", "self", "format")
LITERALS = (
    "",
    " ",
    "{",
    "}",
    "{}",
    "{{",
    "}}",
    "{{ a }}",
    "{{}}",
    "{0}",
    "{a}",
    "\\1",
    "%s",
    "$a",
    "ü\n",
    "{{a-b}}",
    "{{a}",
    "{a}}",
)
TEXTS = (
    "",
    "hi",
    "{{b}}",
    "{{a}}",
    "{{ticket}}",
    "{{zz}}",
    "{",
    "}}",
    "{0}",
    "\\1",
    "\\g<1>",
    "\\n",
    "%s",
    "$a",
    "a\nb",
    " hi ",
)


def built(pieces, values):
    """Build template and text together, so that nothing has to be searched: literals at even places, names at odd."""
    template = "".join(f"{{{{{piece}}}}}" if place % 2 else piece for place, piece in enumerate(pieces))
    return template, "".join(values[piece] if place % 2 else piece for place, piece in enumerate(pieces))


@st.composite
def templates(draw):
    names = draw(st.lists(st.sampled_from(NAMES), max_size=4))
    literals = [draw(st.sampled_from(LITERALS)) for _ in range(len(names) + 1)]
    pieces = [*itertools.chain(*zip(literals, names, strict=False)), literals[-1]]
    return call(pieces, {name: draw(st.sampled_from(TEXTS)) for name in dict.fromkeys(names)})


@hints(
    "How many times is the template read, and who wrote what is being read?",
    "First compare the names that the template uses with those that you were given. Then replace all in one pass over "
    "the template, so that no value is searched.",
    "`re.sub` takes a function of the match as its second argument, and what that returns is put in as it is. "
    "`re.findall` gives the names.",
)
def check_render_prompt(render_prompt):
    def right_text(pieces, values):
        template, text = built(pieces, values)
        given = call(template, dict(values))
        close(render_prompt(template, values), text, given=given)

    plain = [
        call(["Sort: ", "ticket", ""], {"ticket": "My bonus"}),
        call(['{"ticket": "', "ticket", '"}'], {"ticket": "A {brace} and a }"}),
        call(["", "system", " ", "ticket", ""], {"system": "Be brief.", "ticket": "What is {{system}}?"}),
        call(["", "ticket", " ", "system", ""], {"system": "Be brief.", "ticket": "What is {{system}}?"}),
        call(["", "ticket", " ", "system", ""], {"ticket": "What is {{system}}?", "system": "{{ticket}}"}),
        call(["", "a", ", ", "a", ""], {"a": "twice"}),
        call(["", "a", "", "A", ""], {"a": "x", "A": "y"}),
        call(["<", "a", ">"], {"a": " x\n"}),
        call(["{", "a", "}"], {"a": "x"}),
        call(["No placeholder, {0}, {{ a }}."], {}),
    ]
    for_all(right_text, on=templates(), also=plain)
    hole = "There is no value for this placeholder: the model would read the template."
    extra = "The template has no place for this value: somebody believes that it is in the prompt."
    for template, values, name, why in (
        ("Sort {{ticket}} by {{intent}}.", {"ticket": "x"}, "intent", hole),
        ("Sort {{ticket}}.", {"ticket": "x", "customer": "y"}, "customer", extra),
        ("Sort {{ticket}}.", {"ticket": "{{customer}}", "customer": "y"}, "customer", extra),
        ("{{first}}", {}, "first", hole),
        ("{{First}}", {"first": "x"}, "", hole),
        ("", {"unused_1": ""}, "unused_1", extra),
        ("{{Ticket}}", {"ticket_2": "x", "Ticket": "y"}, "ticket_2", extra),
        ("{customer}", {"customer": "y"}, "customer", extra),
        ("{{ customer }}", {"customer": "y"}, "customer", extra),
        ("{{customer", {"customer": "y"}, "customer", extra),
        ("{{customer} now", {"customer": "y"}, "customer", extra),
        ("now {customer}}", {"customer": "y"}, "customer", extra),
    ):
        raises(render_prompt, ValueError, call(template, values), why, says=name)


def strictly(template, values):
    for name in set(re.findall(r"\{\{(\w+)\}\}", template)) ^ set(values):
        raise ValueError(name)


def render_prompt__str_format(template, values):
    """You handed the work to `str.format`, which reads *every* brace of the template: JSON in a prompt raises KeyError
    or loses its braces."""
    strictly(template, values)
    return template.replace("{{", "{").replace("}}", "}").format(**values)


def render_prompt__renders_twice(template, values):
    """You replaced one name after the other in a text that holds values already. A ticket that contains `{{system}}`
    was filled in too: the user writes your prompt."""
    strictly(template, values)
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    return template


def render_prompt__silent_placeholder(template, values):
    """A placeholder without a value went to the model as it stands. Raise ValueError with its name."""
    used = re.findall(r"\{\{(\w+)\}\}", template)
    for name in values:
        if name not in used:
            raise ValueError(name)
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], found[0]), template)


def render_prompt__forgets_unused(template, values):
    """A value that the template has no place for was dropped in silence. Raise ValueError with its name."""

    def value(found):
        if found[1] not in values:
            raise ValueError(found[1])
        return values[found[1]]

    return re.sub(r"\{\{(\w+)\}\}", value, template)


def render_prompt__key_error(template, values):
    """You raised KeyError for a missing value. The task asks for ValueError, with the name in its message."""
    for name in values:
        if "{{" + name + "}}" not in template:
            raise ValueError(name)
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)


def render_prompt__reads_backslashes(template, values):
    """`re.sub` reads backslashes in a replacement *text*: `\\1` means a group there. Give it a function, whose result
    is put in as it is."""
    strictly(template, values)
    pieces = re.split(r"(\{\{\w+\}\})", template)
    return "".join(
        re.sub(r"\{\{(\w+)\}\}", values[piece[2:-2]], piece) if re.fullmatch(r"\{\{\w+\}\}", piece) else piece
        for piece in pieces
    )


def render_prompt__allows_spaces(template, values):
    """You also replaced `{{ name }}` with spaces. Only letters, digits and underscores stand between the braces;
    everything else stays as it is."""
    pattern = r"\{\{\s*(\w+)\s*\}\}"
    for name in set(re.findall(pattern, template)) ^ set(values):
        raise ValueError(name)
    return re.sub(pattern, lambda found: values[found[1]], template)


# 2 ------------------------------------------------------------------------------------------------- few_shot_block

WORDS = (
    "my",
    "bonus",
    "is late",
    "New  screen",
    "VPN",
    "a",
    "trip to Oslo tomorrow",
    "I",
    "who pays",
    "Tax",
    "lost card",
)


def number_of_words(text):
    return len(text.split())


def number_of_letters(text):
    return sum(letter.isalpha() for letter in text)


def number_of_capitals(text):
    return sum(letter.isupper() for letter in text)


COUNTS = {"words": number_of_words, "letters": number_of_letters, "characters": len, "capitals": number_of_capitals}


def normal(text):
    return re.sub(r"\s+", " ", text).strip().upper()


def block_round_by_round(pool, labels, per_label, budget, count, held_out):
    """Try each number of rounds, the largest first."""
    out = {normal(text) for text in held_out}
    groups = {label: [one for one in pool if one.label == label and normal(one.text) not in out] for label in labels}
    for rounds in range(min([per_label, *map(len, groups.values())]), 0, -1):
        chosen = [groups[label][place] for place in range(rounds) for label in labels]
        if sum(count(one.text) for one in chosen) <= budget:
            return chosen
    return []


def dressed(draw, text):
    """Write a text in another way: other capitals, other spaces."""
    change = draw(st.sampled_from([str, str.upper, str.lower, str.title, lambda text: f"  {text}\n"]))
    return change(text).replace(" ", draw(st.sampled_from([" ", "  ", "\t"])))


@st.composite
def pools(draw):
    texts = draw(st.lists(st.sampled_from(WORDS), unique=True, max_size=9))
    pool = [Example(text, draw(st.sampled_from("xyz"))) for text in texts]
    labels = draw(st.sampled_from([["x", "y"], ["x"], ["y", "x"], ["z", "x", "y"]]))
    held_out = [dressed(draw, text) for text in texts if draw(st.integers(0, 4)) == 4]
    held_out += draw(st.lists(st.sampled_from(["other", "bonus late"]), max_size=1))
    name = draw(st.sampled_from(sorted(COUNTS)))
    return call(pool, labels, draw(between(0, 4)), draw(between(0, 30)), name, held_out)


FIVE = [
    Example("my bonus", "x"),
    Example("a", "y"),
    Example("VPN", "x"),
    Example("who pays now", "y"),
    Example("I", "x"),
]
TRAPS = [
    call(FIVE, ["x", "y"], 1, 10, "words", []),
    call(FIVE, ["x", "y"], 2, 7, "words", []),  # exactly the budget
    call(FIVE, ["x", "y"], 2, 6, "words", []),  # the second round would cost one too many
    call(FIVE, ["x", "y"], 2, 4, "words", []),  # one more of x would fit, but not the round
    call(FIVE, ["y", "x"], 3, 100, "words", []),  # only two of y
    call(FIVE, ["x", "y"], 2, 100, "words", ["MY   Bonus "]),
    call(FIVE, ["x", "y"], 2, 4, "words", ["who pays now"]),  # x could pay its second, but y has none
    call(FIVE, ["x", "y", "z"], 2, 100, "words", []),
    call(FIVE, ["x"], 2, 100, "words", ["bonus"]),  # only a part of a text
    call([*FIVE, Example("ok", "y")], ["x", "y"], 3, 6, "words", []),  # a cheap third round behind a dear second one
    call([Example("a b c d e", "x"), Example("a", "y"), Example("b", "x")], ["x", "y"], 1, 3, "words", []),
    call([], ["x", "y"], 2, 10, "words", []),
    call(FIVE, ["x"], 3, 100, "words", ["vpn"]),
    call(FIVE, ["x"], 3, 100, "words", ["My\tbonus\n"]),
    call(FIVE, ["x"], 3, 100, "words", ["mybonus", "bonus my"]),  # other texts
    call(FIVE, ["x", "y"], 1, 9, "characters", []),  # what would join them costs nothing
    call(FIVE, ["x"], 3, 2, "capitals", []),  # VPN costs three, vpn nothing
    call([Example("  a  b\n", "x")], ["x"], 1, 6, "characters", []),  # seven of them
    call([Example("  a  b\n", "x")], ["x"], 1, 7, "characters", []),
    call(
        [Example("my", "x"), Example("tax", "x"), Example("VPN", "x")], ["x"], 3, 0, "capitals", []
    ),  # two for nothing
    call([Example("Tax", "x"), Example("tax", "x"), Example("Tax", "x"), Example("a", "x")], ["x"], 3, 9, "words", []),
    call([Example("a", "X"), Example("b", "x"), Example("I", " x")], ["x"], 2, 9, "words", []),  # other labels
]


@equivalent("zip(*queues, strict=False)", "zip(*queues)", because="False is the default")
@equivalent("' '.join", "' ?'.join", because="both sides of the comparison get the same separator")
@hints(
    "What is one round, and what does it cost? When do you know that?",
    "Take out the held-out texts first, with both sides in the same spelling. Then make one queue for each label.",
    "`zip(*queues)` gives the rounds and ends with the shortest queue. Add the cost of a whole round, compare with the "
    "budget, and only then take it.",
)
def check_few_shot_block(few_shot_block):
    def right_block(pool, labels, per_label, budget, count, held_out):
        counter, out = COUNTS[count], set(held_out)
        returned = few_shot_block(list(pool), list(labels), per_label, budget, counter, set(out))
        kind(returned, (list, tuple))
        for one in returned:
            kind(one, Example, "an item of the result")
        right = block_round_by_round(pool, labels, per_label, budget, counter, out)
        for one in returned:
            require(
                normal(one.text) not in {normal(text) for text in out},
                f"{one.text!r} is held out for the evaluation: the model would see the answer of a test case.",
            )
        used = sum(counter(one.text) for one in returned)
        require(used <= budget, f"The examples cost {used} tokens, and the budget is {budget}.")
        numbers = Counter(one.label for one in returned)
        require(len({numbers[label] for label in labels}) == 1, f"The labels have different numbers: {dict(numbers)}.")
        close([one.text for one in returned], [one.text for one in right], "the list of texts")
        close([one.label for one in returned], [one.label for one in right], "the list of labels")

    for_all(right_block, on=pools(), also=TRAPS, examples=40)


def in_rounds(pool, labels, per_label, budget, count, held_out, *, out=None, whole=True, before=True):
    out = {normal(text) for text in held_out} if out is None else out
    allowed = [one for one in pool if normal(one.text) not in out and one.text not in out]
    queues = [[one for one in allowed if one.label == label] for label in labels]
    chosen, used = [], 0
    for a_round in list(zip(*queues, strict=False))[:per_label]:
        cost = sum(count(one.text) for one in a_round)
        if before and used + cost > budget:
            if not whole:
                for one in a_round:
                    if used + count(one.text) > budget:
                        break
                    used += count(one.text)
                    chosen.append(one)
            break
        chosen += a_round
        used += cost
        if used > budget:
            break
    return chosen


def few_shot_block__first_label_first(pool, labels, per_label, budget, count, held_out):
    """You filled one label after the other, so that the first ones used up the budget. Work in rounds: one of every
    label, then the next of every label."""
    out, chosen, used = {normal(text) for text in held_out}, [], 0
    for label in labels:
        own = [one for one in pool if one.label == label and normal(one.text) not in out]
        for one in own[:per_label]:
            if used + count(one.text) <= budget:
                chosen.append(one)
                used += count(one.text)
    return chosen


def few_shot_block__leaks_the_test(pool, labels, per_label, budget, count, held_out):
    """A held-out text came through in other capitals or with other spaces: the model would see the answer of a test
    case. Bring both sides into the same spelling before you compare."""
    return in_rounds(pool, labels, per_label, budget, count, held_out, out=set(held_out))


def few_shot_block__normalises_one_side(pool, labels, per_label, budget, count, held_out):
    """You brought the pool's texts into one spelling, but not the held-out ones. They differ in capitals and spaces as
    well."""
    allowed = [one for one in pool if " ".join(one.text.lower().split()) not in held_out]
    return in_rounds(allowed, labels, per_label, budget, count, set())


def few_shot_block__over_budget(pool, labels, per_label, budget, count, held_out):
    """You looked at the budget after adding, and went over it. Check before you add."""
    return in_rounds(pool, labels, per_label, budget, count, held_out, before=False)


def few_shot_block__part_of_a_round(pool, labels, per_label, budget, count, held_out):
    """The last round fitted only in part, and you kept that part: some labels have one example more than others."""
    return in_rounds(pool, labels, per_label, budget, count, held_out, whole=False)


def few_shot_block__goes_on_without(pool, labels, per_label, budget, count, held_out):
    """A label had no example left, and you went on with the others. Every label gets the same number."""
    out, chosen, used = {normal(text) for text in held_out}, [], 0
    allowed = [one for one in pool if normal(one.text) not in out]
    for place in range(per_label):
        own = [[one for one in allowed if one.label == label][place : place + 1] for label in labels]
        a_round = [one for queue in own for one in queue]
        used += sum(count(one.text) for one in a_round)
        if used > budget:
            break
        chosen += a_round
    return chosen


def few_shot_block__by_label(pool, labels, per_label, budget, count, held_out):
    """The right examples, sorted by label. They were asked for round by round: one of every label, then the next."""
    chosen = in_rounds(pool, labels, per_label, budget, count, held_out)
    return sorted(chosen, key=lambda one: labels.index(one.label))


# 3 -------------------------------------------------------------------------------------------- invariance_failures


def without_middle(text):
    return text[: len(text) // 2] + text[len(text) // 2 + 1 :]


CHANGES = {
    "capitals": str.upper,
    "no capitals": str.lower,
    "greeting": lambda text: f"Hello! {text}",
    "no question mark": lambda text: text.rstrip("?"),
    "typo": without_middle,
    "as it is": lambda text: text,
    "one space": lambda text: " ".join(text.split()),
    "indented": lambda text: f" {text}",
}
RULES = {
    "by length": lambda text: "long" if len(text) > 9 else "short",
    "by first letter": lambda text: "upper" if text[:1].isupper() else "lower",
    "by question mark": lambda text: "question" if text.endswith("?") else "statement",
    "by capitals": lambda text: "urgent" if text.isupper() else "normal",
    "by odd length": lambda text: ("even", "odd")[len(text) % 2],
    "always": lambda text: "other",
    "first two letters": lambda text: text[:2],
}
TICKETS = (
    "VPN?",
    "my laptop is broken",
    "PAYSLIP",
    "Hello",
    "a",
    "",
    "two  spaces",
    "Lost card?",
    "Is it late?",
    "HELP",
)


@hints(
    "What do you need to know about each ticket before the first change? How often does the model have to be asked?",
    "Classify the tickets once and keep the labels. Then take each change: apply it, and leave out the tickets that it "
    "doesn't alter.",
    "In a condition with `and`, the second part runs only if the first is true: put the free question first.",
)
def check_invariance_failures(invariance_failures):
    def right_failures(texts, rule, names):
        asked = Counter()

        def classify(text):
            asked[text] += 1
            return RULES[rule](text)

        changes = {name: CHANGES[name] for name in names}
        returned = invariance_failures(classify, list(texts), dict(changes))
        right = {
            name: [text for text in texts if RULES[rule](text) != RULES[rule](change(text))]
            for name, change in changes.items()
        }
        kind(returned, dict)
        close({name: list(found) for name, found in returned.items()}, right)
        require(list(returned) == list(right), f"The changes come in the order {list(right)}.")
        altered = Counter(change(text) for change in changes.values() for text in texts if change(text) != text)
        wanted = Counter(texts) + altered
        calls, needed = sum(asked.values()), sum(wanted.values())
        require(
            calls <= needed,
            f"{calls} texts were classified; {needed} are needed: each ticket once, and once for each change that "
            "alters it.",
        )

    fixed = [
        call(["VPN?", "my laptop is broken"], "by capitals", ["capitals", "greeting"]),
        call(["a", "b", "c"], "by odd length", ["greeting", "typo", "as it is"]),
        call(["PAYSLIP", "HELP", "a"], "by capitals", ["capitals", "no capitals"]),
        call(["Lost card?"], "by question mark", ["no question mark", "typo", "greeting"]),
        call(["two  spaces", "a"], "by length", ["one space", "typo"]),
        call(["a"], "always", ["greeting"]),
        call(["VPN?"], "first two letters", ["no question mark"]),
        call(["VPN?"], "first two letters", ["no capitals"]),
        call(["VPN?"], "first two letters", ["indented"]),
        call([""], "first two letters", ["greeting"]),
        call([], "by length", ["capitals"]),
        call(["a"], "by length", []),
    ]
    texts = st.lists(st.sampled_from(TICKETS), unique=True, max_size=6)
    names = st.lists(st.sampled_from(sorted(CHANGES)), unique=True, max_size=3)
    for_all(right_failures, on=(texts, st.sampled_from(sorted(RULES)), names), also=fixed)


def invariance_failures__compares_with_truth(classify, texts, changes):
    """You compared every changed ticket with one label that you took for right. Invariance asks whether the *own* label
    of each ticket changed, not whether it is right."""
    labels = [classify(text) for text in texts]
    truth = labels[0] if labels else None
    return {
        name: [text for text in texts if change(text) != text and classify(change(text)) != truth]
        for name, change in changes.items()
    }


def invariance_failures__classifies_again(classify, texts, changes):
    """The original tickets are classified again for every change, and you pay for them every time. Ask once, before
    the loop."""
    return {
        name: [text for text in texts if change(text) != text and classify(text) != classify(change(text))]
        for name, change in changes.items()
    }


def invariance_failures__counts_unchanged(classify, texts, changes):
    """You also classified tickets that the change leaves as they are. That costs a call, and proves nothing."""
    labels = {text: classify(text) for text in texts}
    return {
        name: [text for text in texts if classify(change(text)) != labels[text]] for name, change in changes.items()
    }


def invariance_failures__returns_the_changed(classify, texts, changes):
    """You returned the changed texts. The tickets are wanted as they were."""
    labels = {text: classify(text) for text in texts}
    pairs = {name: [(text, change(text)) for text in texts] for name, change in changes.items()}
    return {
        name: [other for text, other in found if other != text and classify(other) != labels[text]]
        for name, found in pairs.items()
    }


def invariance_failures__only_failing(classify, texts, changes):
    """A change without failures is missing from the result. Give it an empty list: it was tested, and held."""
    labels = {text: classify(text) for text in texts}
    found = {
        name: [text for text in texts if change(text) != text and classify(change(text)) != labels[text]]
        for name, change in changes.items()
    }
    return {name: failed for name, failed in found.items() if failed}


def invariance_failures__one_on_another(classify, texts, changes):
    """You applied each change to what the one before had made. Every change starts from the ticket as it was."""
    labels, current, failures = {text: classify(text) for text in texts}, {text: text for text in texts}, {}
    for name, change in changes.items():
        current = {text: change(other) for text, other in current.items()}
        failures[name] = [text for text in texts if current[text] != text and classify(current[text]) != labels[text]]
    return failures


# 4 --------------------------------------------------------------------------------------------------- cases_needed


def planned(gain, disagreement, power, factor):
    """The formula of the statement, with the quantile of SciPy."""
    root = factor * disagreement**0.5 + norm.ppf(power) * (disagreement - gain * gain) ** 0.5
    return root * root / gain / gain


@st.composite
def plans(draw):
    disagreement = draw(between(1, 50)) / 50
    gain = disagreement * draw(between(1, 20)) / 20
    return call(gain, disagreement, draw(st.sampled_from([0.8, 0.9, 0.6, 0.95, 0.51])))


@hints(
    "Which of the three numbers make the plan impossible?",
    "z belongs to `power`: the point below which a standard normal number falls with that probability.",
    "`NormalDist().inv_cdf(power)` is z. Square the whole sum of the two roots, divide by g², and round up at the end.",
)
def check_cases_needed(cases_needed):
    def right_number(gain, disagreement, power):
        given = call(gain, disagreement, power)
        returned = cases_needed(gain, disagreement, power)
        kind(returned, (int, np.integer))
        exact = [planned(gain, disagreement, power, factor) for factor in (1.96, norm.ppf(0.975))]
        slack = 1e-9 * max(exact)
        accepted = {math.ceil(value + shift) for value in exact for shift in (-slack, slack)}
        if int(returned) not in accepted:
            close(returned, max(accepted), given=given, why=f"Before rounding it is {exact[0]:.2f}.")

    fixed = [
        call(0.05, 0.1, 0.8),
        call(0.02, 0.1, 0.9),
        call(0.1, 0.1, 0.8),
        call(1.0, 1.0, 0.8),
        call(0.5, 0.5, 0.99),
        call(0.01, 0.3, 0.8),
        call(0.3, 0.4, 0.6),
        call(0.001, 0.5, 0.8),
        call(0.0005, 0.3, 0.9),
    ]
    for gain, disagreement in ((0.05, 0.03), (0.5, 0.25), (0.02, 0.01), (0.101, 0.1), (1.0, 0.5)):
        why = "Prompts can't differ by more than the share of cases on which they disagree."
        raises(cases_needed, ValueError, call(gain, disagreement, 0.8), why)
    for_all(right_number, on=plans(), also=fixed)


def possible(gain, disagreement):
    if disagreement < gain:
        raise ValueError


def cases_needed__two_separate_samples(gain, disagreement, power):
    """You planned for two separate samples. Both prompts answer the *same* cases, and where they agree nothing has to
    be told apart: far fewer cases will do."""
    possible(gain, disagreement)
    return math.ceil(2 * 0.2 * 0.8 * (1.96 + norm.ppf(power)) ** 2 / gain**2)


def cases_needed__one_sided(gain, disagreement, power):
    """1.645 belongs to a one-sided test. You want to notice a change for the worse too: 1.96."""
    possible(gain, disagreement)
    return math.ceil(planned(gain, disagreement, power, 1.645))


def cases_needed__rounds_down(gain, disagreement, power):
    """You cut the decimals off. With 311 cases, where 311.6 are needed, the power is below what was asked: round up."""
    possible(gain, disagreement)
    return int(planned(gain, disagreement, power, 1.96))


def cases_needed__rounds(gain, disagreement, power):
    """You rounded to the nearest number. Below the exact one the power isn't reached: round up."""
    possible(gain, disagreement)
    return round(planned(gain, disagreement, power, 1.96))


def cases_needed__one_more(gain, disagreement, power):
    """You cut the decimals off and added 1. That is right by luck for most numbers, and one too many for a whole one;
    your number is too high."""
    possible(gain, disagreement)
    return math.ceil(planned(gain, disagreement, power, 1.96)) + 1


def cases_needed__impossible_gain(gain, disagreement, power):
    """Prompts that disagree on 3 % of the cases can't differ by 5 points. Raise ValueError instead of a number."""
    if disagreement < gain**2:
        return 0
    return math.ceil(planned(gain, disagreement, power, 1.96))


def cases_needed__same_variance(gain, disagreement, power):
    """You used the variance d in both roots. In the second one, where the gain is real, the variance is d − g²."""
    possible(gain, disagreement)
    return math.ceil(((1.96 + norm.ppf(power)) ** 2) * disagreement / gain**2)


def cases_needed__fixed_power(gain, disagreement, power):
    """Your z is always that of a power of 0.8. It is the `power` quantile of the normal distribution."""
    possible(gain, disagreement)
    return math.ceil(planned(gain, disagreement, 0.8, 1.96))


# 5 ---------------------------------------------------------------------------------------------------- gate_prompt

DECISIONS = ("ship", "hold", "collect more cases")


def limits(old, new):
    """Return the interval's limits and how far a bootstrap of 1,000 draws may be from them."""
    old, new = np.asarray(old, dtype=int), np.asarray(new, dtype=int)
    count = len(old)
    won, lost = int(((new == 1) & (old == 0)).sum()), int(((new == 0) & (old == 1)).sum())
    if 0 in (count - won, count - lost) or won + lost == 0:
        same = (won - lost) / count
        return same, same, 0.0
    drawn = np.random.default_rng(9).multinomial(count, [won / count, lost / count, 1 - (won + lost) / count], 4000)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / count, [0.025, 0.975])
    variance = Fraction(won + lost, count) - Fraction(won - lost, count) ** 2
    return low, high, 0.5 * math.sqrt(variance / count) + 1.5 / count


def decided(old, new, must_pass, margin):
    """Return the right decision, or None if draws may decide either way."""
    if any(must and not right for must, right in zip(np.asarray(must_pass), np.asarray(new), strict=True)):
        return "hold"
    low, high, play = limits(old, new)
    if play and min(abs(low + margin), abs(high + margin)) <= play:
        return None
    return "ship" if low > -margin else "hold" if high < -margin else "collect more cases"


def results(count, won, lost, both):
    """Return results on so many cases: the first are won, then lost, then right in both, the rest wrong in both."""
    neither = count - won - lost - both
    old = np.repeat([0, 1, 1, 0], [won, lost, both, neither])
    return old, np.repeat([1, 0, 1, 0], [won, lost, both, neither])


def change(count, won, lost, both, margin, must=()):
    old, new = results(count, won, lost, both)
    must_pass = np.zeros(count, dtype=bool)
    must_pass[list(must)] = True
    return call(old, new, must_pass, margin, 0)


@st.composite
def gates(draw):
    count, of = draw(between(1, 60)), draw(st.sampled_from([(6, 7), (3, 8), (1, 2)]))
    codes = np.array(list(draw(st.binary(min_size=60, max_size=60))))[:count]
    old, new = codes % 16 < 2 * of[0], codes // 16 < 2 * of[1]
    if draw(st.booleans()):
        new = np.where(codes % 3 == 0, new, old)
    must_pass = (codes % 5 == 0) & (new if draw(st.booleans()) else codes % 10 == 0)
    dtype = draw(st.sampled_from([int, bool, float, np.uint8]))
    margin = draw(st.sampled_from([0.02, 0.0, 0.1, 0.3]))
    return call(old.astype(dtype), new.astype(dtype), must_pass.astype(dtype), margin, draw(between(0, 9)))


CLEAR = [
    change(200, 4, 0, 140, 0.02),  # paired: ships; drawn apart, the interval is four times as wide
    change(200, 0, 30, 120, 0.02),  # worse beyond doubt
    change(50, 3, 2, 35, 0.02),  # better by 2 points, from -6 to +10
    change(50, 2, 3, 35, 0.02),
    change(100, 30, 0, 60, 0.02),  # clearly better
    change(100, 30, 0, 60, 0.02, must=[99]),  # ... but a golden case fails, as it did before
    change(100, 30, 1, 60, 0.02, must=[30]),  # ... that the old one passed
    change(100, 30, 0, 60, 0.02, must=[*range(90), 95]),  # ... one of 91 that must pass
    change(100, 30, 0, 60, 0.02, must=[0, 31]),  # golden cases that pass; the old one failed the first
    change(400, 4, 24, 300, 0.15),  # worse, but within a wide margin
    change(400, 4, 24, 300, 0.0),  # the same without a margin
    change(60, 0, 0, 40, 0.02),  # no case has changed
    change(60, 0, 0, 40, 0.0),  # the limit equals the margin
    change(1, 0, 1, 0, 0.5),
    change(1, 0, 1, 0, 1.0),
    change(1, 1, 0, 0, 0.0),
    change(1, 0, 0, 0, 0.1, must=[0]),
    change(400, 12, 0, 300, 0.0),  # a gain of 3 points without a loss
]
DRAWS = "np.random.default_rng(seed).choice(difference, size=({}, len(difference)))"
ENOUGH = "any number of draws from 1,000 on will do"
EDGE = 100, 25, 25, 25
"""Cases whose difference is 0, with 95 % of the draws within 0.14 and 90 % within 0.12."""
COIN = 15, 4, 4, 4
"""2.4997 % of the draws have a mean of −0.4 or less: whether the lower limit is −0.4 or −0.33 is a coin flip."""


@equivalent(DRAWS.format(2000), DRAWS.format(2001), because=ENOUGH)
@equivalent(DRAWS.format(2000), DRAWS.format(1999), because=ENOUGH)
@hints(
    "Which decision needs no draws at all? And what is drawn: answers, or cases?",
    "Take the difference new − old of each case first. A bootstrap draws as many cases as there are, and averages.",
    "`rng.choice(difference, size=(2000, n)).mean(axis=1)` are 2,000 means. Compare their 2.5 % and 97.5 % quantiles "
    "with −margin.",
)
def check_gate_prompt(gate_prompt):
    def right_decision(old, new, must_pass, margin, seed):
        given = call(old, new, must_pass, margin, seed)
        returned = gate_prompt(old, new, must_pass, margin, seed)
        kind(returned, str)
        require(returned in DECISIONS, f"The decision is one of {DECISIONS}; yours is {returned!r}.", given)
        right = decided(old, new, must_pass, margin)
        if right is not None:
            low, high, _ = limits(old, new)
            failed = int((np.asarray(must_pass, dtype=bool) & ~np.asarray(new, dtype=bool)).sum())
            why = f"The interval is about {low:+.3f} to {high:+.3f}; cases that must pass and fail: {failed}."
            close(returned, right, given=given, why=why)

    for_all(right_decision, on=gates(), also=CLEAR, examples=40)
    why = "One of two cases is won and one lost: a quarter of the draws have the mean −1, a quarter +1."
    for old, new in (([1, 0], [0, 1]), ([0, 1], [1, 0])):
        arguments = np.array(old), np.array(new), np.zeros(2, dtype=bool), 0.02, 0
        close(gate_prompt(*arguments), "collect more cases", given=call(*arguments), why=why)
    old, new = results(20, 0, 1, 19)
    arguments = old, new, np.zeros(20, dtype=bool), 0.149, 0
    why = "One of 20 cases is lost: in 7 % of the draws it comes three times or more, and the mean is −0.15 or less."
    close(gate_prompt(*arguments), "collect more cases", given=call(*arguments), why=why)
    old, new = results(*EDGE)
    nothing = np.zeros(100, dtype=bool)
    for margin, right in ((0.125, "collect more cases"), (0.155, "ship")):
        said = Counter(gate_prompt(old, new, nothing, margin, seed) for seed in range(5))
        what = f"the most frequent decision of five seeds for a margin of {margin}"
        why = "25 of 100 cases are won and 25 lost: 95 % of the draws lie between −0.14 and +0.14."
        close(said.most_common(1)[0][0], right, what, why=why)
    old, new = results(*COIN)
    for seed in range(12):
        first, again = (gate_prompt(old, new, nothing[:15], 0.37, seed) for _ in range(2))
        require(first == again, "The same arguments gave two decisions: draw from `np.random.default_rng(seed)`.")


def bootstrapped(difference, seed, draws=2000):
    rng = np.random.default_rng(seed)
    return rng.choice(difference, size=(draws, len(difference))).mean(axis=1)


def by_interval(low, high, margin):
    return "ship" if low > -margin else "hold" if high < -margin else "collect more cases"


def fails(new, must_pass):
    return bool((np.asarray(must_pass, dtype=bool) & ~np.asarray(new, dtype=bool)).any())


def differences(old, new):
    return np.asarray(new, dtype=float) - np.asarray(old, dtype=float)


def gate_prompt__point_estimate(old, new, must_pass, margin, seed):
    """You compared the mean difference with the margin. A gain of 1 point with an interval from −6 to +8 is no reason
    to ship: ask where the interval lies."""
    mean = differences(old, new).mean()
    return "hold" if fails(new, must_pass) else by_interval(mean, mean, margin)


def gate_prompt__unpaired(old, new, must_pass, margin, seed):
    """You drew the old and the new answers apart, and the interval became much wider. Draw *cases*, and keep both
    answers of a case together."""
    if fails(new, must_pass):
        return "hold"
    after, before = (
        bootstrapped(np.asarray(new, dtype=float), seed),
        bootstrapped(np.asarray(old, dtype=float), seed + 1),
    )
    return by_interval(*np.quantile(after - before, [0.025, 0.975]), margin)


def gate_prompt__must_pass_averaged(old, new, must_pass, margin, seed):
    """A case that must pass failed, and the average outweighed it. It is a condition, not a weight: hold."""
    return by_interval(*np.quantile(bootstrapped(differences(old, new), seed), [0.025, 0.975]), margin)


def gate_prompt__only_new_failures(old, new, must_pass, margin, seed):
    """You held only where the old version had passed. A case that must pass has to pass now, whoever failed before."""
    broken = np.asarray(must_pass, dtype=bool) & np.asarray(old, dtype=bool)
    if fails(new, broken):
        return "hold"
    return gate_prompt__must_pass_averaged(old, new, must_pass, margin, seed)


def gate_prompt__checks_old(old, new, must_pass, margin, seed):
    """You asked the *old* version about the cases that must pass. The new one is to be shipped."""
    if fails(old, must_pass):
        return "hold"
    return gate_prompt__must_pass_averaged(old, new, must_pass, margin, seed)


def gate_prompt__no_margin(old, new, must_pass, margin, seed):
    """You compared the interval with 0. A change may be worse by up to `margin`: compare with −margin."""
    return "hold" if fails(new, must_pass) else gate_prompt__must_pass_averaged(old, new, must_pass, 0.0, seed)


def gate_prompt__above_the_margin(old, new, must_pass, margin, seed):
    """You compared the interval with +margin, and so ask for a gain. A change ships if it isn't *worse* by the margin:
    compare with −margin."""
    return "hold" if fails(new, must_pass) else gate_prompt__must_pass_averaged(old, new, must_pass, -margin, seed)


def gate_prompt__ninety_percent(old, new, must_pass, margin, seed):
    """Your interval leaves out 5 % on each side, and is one of 90 %. Use 2.5 % and 97.5 %."""
    low, high = np.quantile(bootstrapped(differences(old, new), seed), [0.05, 0.95])
    return "hold" if fails(new, must_pass) else by_interval(low, high, margin)


def gate_prompt__never_waits(old, new, must_pass, margin, seed):
    """You held everything that can't ship yet. Where the interval contains −margin, nobody knows: collect more
    cases."""
    if fails(new, must_pass):
        return "hold"
    found = gate_prompt__must_pass_averaged(old, new, must_pass, margin, seed)
    return "ship" if found == "ship" else "hold"


def gate_prompt__spread_of_cases(old, new, must_pass, margin, seed):
    """You took the quantiles of single differences, which are −1, 0 and 1. The interval is that of their *mean*, over
    draws of all cases."""
    low, high = np.quantile(differences(old, new), [0.025, 0.975])
    return "hold" if fails(new, must_pass) else by_interval(low, high, margin)
