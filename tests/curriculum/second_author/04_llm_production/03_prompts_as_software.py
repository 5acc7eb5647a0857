"""Answers to 04_llm_production/03_prompts_as_software by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import json
import math
import random
import re
from collections import Counter, defaultdict, deque
from decimal import Decimal
from itertools import islice
from statistics import NormalDist

import numpy as np
import scipy.stats

from handrail.kit.prompts import Example

# 1. render_prompt

_NAME = re.compile(r"\{\{(\w+)\}\}")


def _same_names(template, values):
    names = set(_NAME.findall(template))
    for name in names ^ set(values):
        raise ValueError(f"{name!r} has no {'value' if name in names else 'placeholder'}")


def right__render_prompt__function_in_sub(template, values):
    _same_names(template, values)
    return _NAME.sub(lambda found: values[found[1]], template)


def right__render_prompt__split(template, values):
    parts = _NAME.split(template)
    unused = set(values)
    for at in range(1, len(parts), 2):
        if parts[at] not in values:
            raise ValueError(f"missing: {parts[at]}")
        unused.discard(parts[at])
        parts[at] = values[parts[at]]
    if unused:
        raise ValueError("unused: " + ", ".join(sorted(unused)))
    return "".join(parts)


def right__render_prompt__scan(template, values):
    out, used, at = [], set(), 0
    while at < len(template):
        end = template.find("}}", at + 2)
        name = template[at + 2 : end] if end > 0 and template.startswith("{{", at) else ""
        if name and all(one.isalnum() or one == "_" for one in name):
            if name not in values:
                raise ValueError(f"no value for {name}")
            used.add(name)
            out.append(values[name])
            at = end + 2
        else:
            out.append(template[at])
            at += 1
    for name in values:
        if name not in used:
            raise ValueError(f"no placeholder for {name}")
    return "".join(out)


def right__render_prompt__format(template, values):
    names = []

    def keep(text):
        return text.replace("{", "{{").replace("}", "}}")

    out, last = "", 0
    for found in _NAME.finditer(template):
        names.append(found.group(1))
        out += keep(template[last : found.start()]) + "{" + str(len(names) - 1) + "}"
        last = found.end()
    out += keep(template[last:])
    if wrong := set(names).symmetric_difference(values):
        raise ValueError(sorted(wrong))
    return out.format(*(values[name] for name in names))


def wrong__render_prompt__one_after_the_other(template, values):
    """A value that contains a placeholder of a later name is read as a template."""
    _same_names(template, values)
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    return template


def wrong__render_prompt__replacement_text(template, values):
    r"""A backslash in a value is read as an escape of `re.sub`."""
    _same_names(template, values)
    parts = []
    for piece in re.split(r"(\{\{\w+\}\})", template):
        found = _NAME.fullmatch(piece)
        parts.append(_NAME.sub(values[found[1]], piece) if found else piece)
    return "".join(parts)


def wrong__render_prompt__spaces_in_braces(template, values):
    """`{{ name }}` with spaces is no placeholder, and should stay."""
    pattern = re.compile(r"\{\{\s*(\w+)\s*\}\}")
    if wrong := set(pattern.findall(template)) ^ set(values):
        raise ValueError(str(wrong))
    return pattern.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__anything_in_braces(template, values):
    """`{{a b}}` or `{{"a": 1}}` is no placeholder, and should stay."""
    pattern = re.compile(r"\{\{([^{}]+)\}\}")
    if wrong := set(pattern.findall(template)) ^ set(values):
        raise ValueError(str(wrong))
    return pattern.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__identifiers(template, values):
    """A name may begin with a digit."""
    pattern = re.compile(r"\{\{([^\W\d]\w*)\}\}")
    if wrong := set(pattern.findall(template)) ^ set(values):
        raise ValueError(str(wrong))
    return pattern.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__no_capitals(template, values):
    """Capitals are letters as well."""
    pattern = re.compile(r"\{\{([a-z0-9_]+)\}\}")
    if wrong := set(pattern.findall(template)) ^ set(values):
        raise ValueError(str(wrong))
    return pattern.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__capitals_alike(template, values):
    """`Name` and `name` are two names."""
    lower = {name.lower(): value for name, value in values.items()}
    names = {name.lower() for name in _NAME.findall(template)}
    if wrong := names ^ set(lower):
        raise ValueError(
            ", ".join(sorted(name for name in {*values, *_NAME.findall(template)} if name.lower() in wrong))
        )
    return _NAME.sub(lambda found: lower[found[1].lower()], template)


def wrong__render_prompt__all_braces(template, values):
    """The braces around a placeholder's own two belong to the template."""
    _same_names(template, values)
    return re.sub(r"\{\{+(\w+)\}\}+", lambda found: values[found[1]], template)


def wrong__render_prompt__unused_ignored(template, values):
    """A value without a placeholder must raise."""
    for name in _NAME.findall(template):
        if name not in values:
            raise ValueError(name)
    return _NAME.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__missing_stays(template, values):
    """A placeholder without a value must raise."""
    for name in set(values) - set(_NAME.findall(template)):
        raise ValueError(name)
    return _NAME.sub(lambda found: values.get(found[1], found[0]), template)


def wrong__render_prompt__key_error(template, values):
    """A missing value must raise ValueError."""
    for name in set(values) - set(_NAME.findall(template)):
        raise ValueError(name)
    return _NAME.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__nameless(template, values):
    """The message lacks the name."""
    if set(_NAME.findall(template)) != set(values):
        raise ValueError("placeholders and values differ")
    return _NAME.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__empty_is_missing(template, values):
    """An empty value is a value."""
    _same_names(template, values)
    for name, value in values.items():
        if not value:
            raise ValueError(f"no value for {name}")
    return _NAME.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__unused_by_search(template, values):
    """A value whose name is a part of the template's text, but no placeholder, must raise."""
    for name in _NAME.findall(template):
        if name not in values:
            raise ValueError(name)
    for name in values:
        if name not in template:
            raise ValueError(name)
    return _NAME.sub(lambda found: values[found[1]], template)


def wrong__render_prompt__unused_after_filling(template, values):
    """A placeholder within a value isn't a placeholder of the template."""
    for name in _NAME.findall(template):
        if name not in values:
            raise ValueError(name)
    filled = _NAME.sub(lambda found: values[found[1]], template)
    for name in values:
        if "{{" + name + "}}" not in template + filled:
            raise ValueError(name)
    return filled


def wrong__render_prompt__checked_after_filling(template, values):
    """What is left in double braces may come from a value: no reason to raise."""
    for name in set(values) - set(_NAME.findall(template)):
        raise ValueError(name)
    filled = _NAME.sub(lambda found: values.get(found[1], found[0]), template)
    for name in _NAME.findall(filled):
        if name not in values:
            raise ValueError(name)
    return filled


def wrong__render_prompt__percent(template, values):
    """A percent sign in the template is an ordinary character."""
    _same_names(template, values)
    return _NAME.sub("%s", template) % tuple(values[name] for name in _NAME.findall(template))


def wrong__render_prompt__stripped(template, values):
    """White space at the ends of a value belongs to it."""
    _same_names(template, values)
    return _NAME.sub(lambda found: values[found[1]].strip(), template)


def wrong__render_prompt__json_escape(template, values):
    """A value is put in exactly as it is: no escape before its quotes and line breaks."""
    _same_names(template, values)
    return _NAME.sub(lambda found: json.dumps(values[found[1]], ensure_ascii=False)[1:-1], template)


def wrong__render_prompt__braces_out_of_values(template, values):
    """A value's braces are kept."""
    _same_names(template, values)
    return _NAME.sub(lambda found: values[found[1]].replace("{{", "{").replace("}}", "}"), template)


def wrong__render_prompt__first_only(template, values):
    """A placeholder that occurs twice is replaced twice."""
    _same_names(template, values)
    seen = set()

    def put(found):
        first = found[1] not in seen
        seen.add(found[1])
        return values[found[1]] if first else found[0]

    return _NAME.sub(put, template)


def wrong__render_prompt__once_each_counted(template, values):
    """More placeholders than values is allowed: one may occur several times."""
    names = _NAME.findall(template)
    if len(names) != len(values) or set(names) != set(values):
        raise ValueError(", ".join([*names, *values]))
    return _NAME.sub(lambda found: values[found[1]], template)


_filled: dict = {}


def wrong__render_prompt__cached(template, values):
    """Another customer's values give another text."""
    _same_names(template, values)
    key = (template, tuple(sorted(values)))
    if key not in _filled:
        _filled[key] = _NAME.sub(lambda found: values[found[1]], template)
    return _filled[key]


# 2. few_shot_block


def _plain(text):
    return " ".join(text.lower().split())


def _queues(pool, labels, held_out, plain=_plain):
    out = {plain(text) for text in held_out}
    return {label: [one for one in pool if one.label == label and plain(one.text) not in out] for label in labels}


def right__few_shot_block__zip(pool, labels, per_label, budget, count, held_out):
    chosen = []
    queues = _queues(pool, labels, held_out)
    for group in islice(zip(*queues.values(), strict=False), per_label):
        cost = sum(count(one.text) for one in group)
        if cost > budget:
            break
        budget -= cost
        chosen += group
    return chosen


def right__few_shot_block__queues(pool, labels, per_label, budget, count, held_out):
    out = {re.sub(r"\s+", " ", text).strip().casefold() for text in held_out}
    queues = defaultdict(deque)
    for one in pool:
        if re.sub(r"\s+", " ", one.text).strip().casefold() not in out:
            queues[one.label].append(one)
    chosen = []
    while len(chosen) < per_label * len(labels) and all(queues[label] for label in labels):
        chosen += [queues[label].popleft() for label in labels]
        if sum(count(one.text) for one in chosen) > budget:
            return chosen[: -len(labels)]
    return chosen


def right__few_shot_block__recursion(pool, labels, per_label, budget, count, held_out):
    out = [text.upper().split() for text in held_out]
    left = [one for one in pool if one.text.upper().split() not in out]
    first = [next((one for one in left if one.label == label), None) for label in labels]
    if per_label <= 0 or None in first:
        return []
    cost = sum(count(one.text) for one in first)
    if cost > budget:
        return []
    places = {next(at for at, other in enumerate(left) if other is one) for one in first}
    rest = [one for at, one in enumerate(left) if at not in places]
    return first + right__few_shot_block__recursion(rest, labels, per_label - 1, budget - cost, count, held_out)


def right__few_shot_block__indices(pool, labels, per_label, budget, count, held_out):
    queues = list(_queues(pool, labels, held_out).values())
    rounds = min(per_label, *(len(queue) for queue in queues))
    costs = [0]
    for at in range(rounds):
        costs.append(costs[-1] + sum(count(queue[at].text) for queue in queues))
    fits = max([at for at, cost in enumerate(costs) if cost <= budget], default=0)
    return tuple(queue[at] for at in range(fits) for queue in queues)


def _rounds(queues, labels, per_label, budget, cost_of):
    chosen, spent = [], 0
    for at in range(per_label):
        if any(len(queues[label]) <= at for label in labels):
            break
        group = [queues[label][at] for label in labels]
        cost = sum(cost_of(one) for one in group)
        if spent + cost > budget:
            break
        chosen, spent = chosen + group, spent + cost
    return chosen


def wrong__few_shot_block__others_go_on(pool, labels, per_label, budget, count, held_out):
    """When a label has no example left, the other labels must stop, too."""
    queues, chosen, spent = _queues(pool, labels, held_out), [], 0
    for at in range(per_label):
        group = [queues[label][at] for label in labels if at < len(queues[label])]
        cost = sum(count(one.text) for one in group)
        if spent + cost > budget:
            break
        chosen, spent = chosen + group, spent + cost
    return chosen


def wrong__few_shot_block__half_a_round(pool, labels, per_label, budget, count, held_out):
    """A round is taken as a whole or not at all: here the budget ends in the middle of one."""
    queues, chosen, spent = _queues(pool, labels, held_out), [], 0
    for at in range(min(per_label, *(len(queue) for queue in queues.values()))):
        for label in labels:
            spent += count(queues[label][at].text)
            if spent > budget:
                return chosen
            chosen.append(queues[label][at])
    return chosen


def wrong__few_shot_block__exhausted_in_the_middle(pool, labels, per_label, budget, count, held_out):
    """The round in which a label has no example left is not begun."""
    queues, chosen, spent = _queues(pool, labels, held_out), [], 0
    for at in range(per_label):
        group = []
        for label in labels:
            if at == len(queues[label]):
                cost = sum(count(one.text) for one in group)
                return chosen + group if spent + cost <= budget else chosen
            group.append(queues[label][at])
        cost = sum(count(one.text) for one in group)
        if spent + cost > budget:
            break
        chosen, spent = chosen + group, spent + cost
    return chosen


def wrong__few_shot_block__below_the_budget(pool, labels, per_label, budget, count, held_out):
    """Examples may cost exactly the budget."""
    queues = _queues(pool, labels, held_out)
    return _rounds(queues, labels, per_label, budget - 1, lambda one: count(one.text))


def wrong__few_shot_block__budget_of_a_round(pool, labels, per_label, budget, count, held_out):
    """The budget is for all rounds together."""
    queues, chosen = _queues(pool, labels, held_out), []
    for group in islice(zip(*queues.values(), strict=False), per_label):
        if sum(count(one.text) for one in group) > budget:
            break
        chosen += group
    return chosen


def wrong__few_shot_block__later_rounds(pool, labels, per_label, budget, count, held_out):
    """A round that doesn't fit is the end, though a later one would fit."""
    queues, chosen, spent = _queues(pool, labels, held_out), [], 0
    for group in islice(zip(*queues.values(), strict=False), per_label):
        cost = sum(count(one.text) for one in group)
        if spent + cost <= budget:
            chosen, spent = chosen + list(group), spent + cost
    return chosen


def wrong__few_shot_block__cheaper_example(pool, labels, per_label, budget, count, held_out):
    """Each label's next example is taken, not its next that costs no more than the whole budget."""
    queues = _queues(pool, labels, held_out)
    queues = {label: [one for one in queue if count(one.text) <= budget] for label, queue in queues.items()}
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__cheapest_first(pool, labels, per_label, budget, count, held_out):
    """Examples come in the order of the pool."""
    queues = _queues(pool, labels, held_out)
    queues = {label: sorted(queue, key=lambda one: count(one.text)) for label, queue in queues.items()}
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__held_out_exactly(pool, labels, per_label, budget, count, held_out):
    """Capitals and white space don't make a text another one."""
    return _rounds(_queues(pool, labels, held_out, str), labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__ends_only(pool, labels, per_label, budget, count, held_out):
    """White space between words may differ, too."""
    queues = _queues(pool, labels, held_out, lambda text: text.strip().lower())
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__no_white_space(pool, labels, per_label, budget, count, held_out):
    """`a b` and `ab` are two texts: a run of white space is not nothing."""
    queues = _queues(pool, labels, held_out, lambda text: "".join(text.lower().split()))
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__spaces_only(pool, labels, per_label, budget, count, held_out):
    """Tabs and line breaks are white space."""
    queues = _queues(pool, labels, held_out, lambda text: re.sub(" +", " ", text).strip(" ").lower())
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__pool_as_it_is(pool, labels, per_label, budget, count, held_out):
    """The pool's texts may be the ones with capitals."""
    out = {_plain(text) for text in held_out} | held_out
    queues = {label: [one for one in pool if one.label == label and one.text not in out] for label in labels}
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__held_out_as_it_is(pool, labels, per_label, budget, count, held_out):
    """The held-out texts may be the ones with capitals."""
    queues = {label: [one for one in pool if one.label == label] for label in labels}
    for label, queue in queues.items():
        queues[label] = [one for one in queue if _plain(one.text) not in held_out and one.text not in held_out]
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__contained(pool, labels, per_label, budget, count, held_out):
    """A text that only contains a held-out one is another text."""
    out = [_plain(text) for text in held_out]
    left = [one for one in pool if not any(text in _plain(one.text) for text in out)]
    return _rounds(_queues(left, labels, set()), labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__same_words(pool, labels, per_label, budget, count, held_out):
    """The same words in another order are another text."""
    queues = _queues(pool, labels, held_out, lambda text: frozenset(Counter(text.lower().split()).items()))
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__left_out_last(pool, labels, per_label, budget, count, held_out):
    """Held-out examples are left out before choosing, not after."""
    out = {_plain(text) for text in held_out}
    chosen = _rounds(_queues(pool, labels, set()), labels, per_label, budget, lambda one: count(one.text))
    return [one for one in chosen if _plain(one.text) not in out]


def wrong__few_shot_block__label_by_label(pool, labels, per_label, budget, count, held_out):
    """The examples come round by round."""
    chosen = _rounds(_queues(pool, labels, held_out), labels, per_label, budget, lambda one: count(one.text))
    return [one for label in labels for one in chosen if one.label == label]


def wrong__few_shot_block__in_pool_order(pool, labels, per_label, budget, count, held_out):
    """Within a round the order is that of `labels`."""
    chosen = _rounds(_queues(pool, labels, held_out), labels, per_label, budget, lambda one: count(one.text))
    place = {id(one): at for at, one in enumerate(pool)}
    groups = [chosen[at : at + len(labels)] for at in range(0, len(chosen), len(labels))]
    return [one for group in groups for one in sorted(group, key=lambda one: place[id(one)])]


def wrong__few_shot_block__sorted_labels(pool, labels, per_label, budget, count, held_out):
    """Within a round the order is that of `labels`, not of the alphabet."""
    return _rounds(_queues(pool, labels, held_out), sorted(labels), per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__plain_text_counted(pool, labels, per_label, budget, count, held_out):
    """What is counted is the example's text, not the text without its extra white space."""
    queues = _queues(pool, labels, held_out)
    return _rounds(queues, labels, per_label, budget, lambda one: count(" ".join(one.text.split())))


def wrong__few_shot_block__lower_text_counted(pool, labels, per_label, budget, count, held_out):
    """What is counted is the example's text, not the text in small letters."""
    return _rounds(_queues(pool, labels, held_out), labels, per_label, budget, lambda one: count(one.text.lower()))


def wrong__few_shot_block__label_counted(pool, labels, per_label, budget, count, held_out):
    """The label costs nothing."""
    queues = _queues(pool, labels, held_out)
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text) + count(one.label))


def wrong__few_shot_block__whole_block_counted(pool, labels, per_label, budget, count, held_out):
    """The cost is the sum of the examples', not the count of the joined text."""
    chosen = []
    for group in islice(zip(*_queues(pool, labels, held_out).values(), strict=False), per_label):
        if count("\n".join(one.text for one in [*chosen, *group])) > budget:
            break
        chosen += group
    return chosen


def wrong__few_shot_block__len(pool, labels, per_label, budget, count, held_out):
    """`count` says what a text costs, not its length."""
    return _rounds(_queues(pool, labels, held_out), labels, per_label, budget, lambda one: len(one.text))


def wrong__few_shot_block__nothing_for_nothing(pool, labels, per_label, budget, count, held_out):
    """Examples that cost nothing fit into a budget of nothing."""
    if budget <= 0:
        return []
    return _rounds(_queues(pool, labels, held_out), labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__until_spent(pool, labels, per_label, budget, count, held_out):
    """A round that costs nothing fits, though the budget is spent."""
    chosen, spent = [], 0
    for group in islice(zip(*_queues(pool, labels, held_out).values(), strict=False), per_label):
        cost = sum(count(one.text) for one in group)
        if spent + cost > budget or (chosen and spent == budget):
            break
        chosen, spent = chosen + list(group), spent + cost
    return chosen


def wrong__few_shot_block__at_least_one(pool, labels, per_label, budget, count, held_out):
    """`per_label` may be 0."""
    queues = _queues(pool, labels, held_out)
    return _rounds(queues, labels, max(per_label, 1), budget, lambda one: count(one.text))


def wrong__few_shot_block__one_more(pool, labels, per_label, budget, count, held_out):
    """There are at most `per_label` rounds."""
    return _rounds(_queues(pool, labels, held_out), labels, per_label + 1, budget, lambda one: count(one.text))


def wrong__few_shot_block__each_text_once(pool, labels, per_label, budget, count, held_out):
    """Only held-out texts are left out; nothing is said of a text that the pool has twice."""
    once = {}
    for one in pool:
        once.setdefault((_plain(one.text), one.label), one)
    queues = _queues(list(once.values()), labels, held_out)
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__labels_alike(pool, labels, per_label, budget, count, held_out):
    """Capitals make a label another one."""
    out = {_plain(text) for text in held_out}
    left = [one for one in pool if _plain(one.text) not in out]
    queues = {label: [one for one in left if one.label.lower() == label.lower()] for label in labels}
    return _rounds(queues, labels, per_label, budget, lambda one: count(one.text))


def wrong__few_shot_block__tidied(pool, labels, per_label, budget, count, held_out):
    """The examples are returned as they are."""
    chosen = _rounds(_queues(pool, labels, held_out), labels, per_label, budget, lambda one: count(one.text))
    return [Example(one.text.strip(), one.label) for one in chosen]


def wrong__few_shot_block__texts(pool, labels, per_label, budget, count, held_out):
    """Examples are asked for, not their texts."""
    chosen = _rounds(_queues(pool, labels, held_out), labels, per_label, budget, lambda one: count(one.text))
    return [one.text for one in chosen]


# 3. invariance_failures


def right__invariance_failures__loops(classify, texts, changes):
    before = {text: classify(text) for text in texts}
    failures = {}
    for name, change in changes.items():
        failures[name] = []
        for text in texts:
            changed = change(text)
            if changed != text and classify(changed) != before[text]:
                failures[name].append(text)
    return failures


def right__invariance_failures__text_by_text(classify, texts, changes):
    failures = {name: [] for name in changes}
    for text in texts:
        label = classify(text)
        others = [(name, change(text)) for name, change in changes.items()]
        for name, other in others:
            if other == text:
                continue
            if classify(other) != label:
                failures[name].append(text)
    return failures


def right__invariance_failures__comprehension(classify, texts, changes):
    labels = [classify(text) for text in texts]
    return {
        name: [
            text
            for text, label in zip(texts, labels, strict=True)
            if (other := change(text)) != text and classify(other) != label
        ]
        for name, change in changes.items()
    }


def right__invariance_failures__changes_first(classify, texts, changes):
    table = [[change(text) for text in texts] for change in changes.values()]
    after = [[None if new == old else classify(new) for new, old in zip(row, texts, strict=True)] for row in table]
    before = list(map(classify, texts))
    return {
        name: [old for old, was, now in zip(texts, before, row, strict=True) if now is not None and now != was]
        for name, row in zip(changes, after, strict=True)
    }


def right__invariance_failures__remembers(classify, texts, changes):
    labels = {}

    def ask(text):
        if text not in labels:
            labels[text] = classify(text)
        return labels[text]

    return {name: [text for text in texts if ask(change(text)) != ask(text)] for name, change in changes.items()}


def _failures(classify, texts, changes, same=lambda old, new: old == new, differs=lambda was, now: was != now):
    before = [classify(text) for text in texts]
    failures = {}
    for name, change in changes.items():
        failures[name] = []
        for text, label in zip(texts, before, strict=True):
            changed = change(text)
            if not same(text, changed) and differs(label, classify(changed)):
                failures[name].append(text)
    return failures


def wrong__invariance_failures__paid_for_each_change(classify, texts, changes):
    """A ticket is classified once as it is, not once for each change."""
    failures = {}
    for name, change in changes.items():
        failures[name] = []
        for text in texts:
            if (changed := change(text)) != text and classify(changed) != classify(text):
                failures[name].append(text)
    return failures


def wrong__invariance_failures__unchanged_paid(classify, texts, changes):
    """A text that a change leaves as it is must not be paid for."""
    return _failures(classify, texts, changes, same=lambda old, new: False)


def wrong__invariance_failures__trimmed_alike(classify, texts, changes):
    """White space at an end makes another text."""
    return _failures(classify, texts, changes, same=lambda old, new: old.strip() == new.strip())


def wrong__invariance_failures__capitals_alike(classify, texts, changes):
    """Capitals make another text."""
    return _failures(classify, texts, changes, same=lambda old, new: old.lower() == new.lower())


def wrong__invariance_failures__lengths_alike(classify, texts, changes):
    """Another text may be as long."""
    return _failures(classify, texts, changes, same=lambda old, new: len(old) == len(new))


def wrong__invariance_failures__inside_alike(classify, texts, changes):
    """A text with something added is another text."""
    return _failures(classify, texts, changes, same=lambda old, new: old in new)


def wrong__invariance_failures__same_object(classify, texts, changes):
    """An equal copy of a text is not another text."""
    return _failures(classify, texts, changes, same=lambda old, new: old is new)


def wrong__invariance_failures__labels_by_identity(classify, texts, changes):
    """Two equal labels may be two objects."""
    return _failures(classify, texts, changes, differs=lambda was, now: was is not now)


def wrong__invariance_failures__labels_in_small_letters(classify, texts, changes):
    """Labels that differ in capitals differ."""
    return _failures(classify, texts, changes, differs=lambda was, now: was.lower() != now.lower())


def wrong__invariance_failures__empty_label(classify, texts, changes):
    """An empty label is a label like others."""
    return _failures(classify, texts, changes, differs=lambda was, now: bool(was and now) and was != now)


def wrong__invariance_failures__labels_in_order(classify, texts, changes):
    """Any other label is a failure, not only one that comes later in the alphabet."""
    return _failures(classify, texts, changes, differs=lambda was, now: was < now)


def wrong__invariance_failures__changed_texts(classify, texts, changes):
    """The tickets are returned as they were."""
    failures = _failures(classify, texts, changes)
    return {name: [changes[name](text) for text in failed] for name, failed in failures.items()}


def wrong__invariance_failures__without_the_good(classify, texts, changes):
    """A change without failures has an empty list."""
    return {name: failed for name, failed in _failures(classify, texts, changes).items() if failed}


def wrong__invariance_failures__without_the_idle(classify, texts, changes):
    """A change that alters nothing has an empty list, too."""
    idle = {name for name, change in changes.items() if all(change(text) == text for text in texts)}
    return {name: failed for name, failed in _failures(classify, texts, changes).items() if name not in idle}


def wrong__invariance_failures__one_list(classify, texts, changes):
    """Each change has its own list."""
    one = []
    failures = {name: one for name in changes}
    for name, failed in _failures(classify, texts, changes).items():
        failures[name] += failed
    return failures


def wrong__invariance_failures__one_after_the_other(classify, texts, changes):
    """Each change is made to the ticket itself, not to what the change before made of it."""
    before, now = [classify(text) for text in texts], list(texts)
    failures = {}
    for name, change in changes.items():
        failures[name] = []
        for at, text in enumerate(texts):
            changed = change(now[at])
            if changed != now[at] and classify(changed) != before[at]:
                failures[name].append(text)
            now[at] = changed
    return failures


def wrong__invariance_failures__against_the_last(classify, texts, changes):
    """The label after a change is compared with the label before any change."""
    last, failures = [classify(text) for text in texts], {}
    for name, change in changes.items():
        failures[name] = []
        for at, text in enumerate(texts):
            if (changed := change(text)) != text:
                now = classify(changed)
                if now != last[at]:
                    failures[name].append(text)
                last[at] = now
    return failures


def wrong__invariance_failures__sorted_texts(classify, texts, changes):
    """The texts come in their order, not in the alphabet's."""
    return {name: sorted(failed) for name, failed in _failures(classify, texts, changes).items()}


def wrong__invariance_failures__first_only(classify, texts, changes):
    """All tickets that fail are asked for."""
    failures, before = {name: [] for name in changes}, {text: classify(text) for text in texts}
    for name, change in changes.items():
        for text in texts:
            if (changed := change(text)) != text and classify(changed) != before[text] and not failures[name]:
                failures[name].append(text)
    return failures


def wrong__invariance_failures__first_change_only(classify, texts, changes):
    """A ticket may fail after several changes."""
    seen, failures = set(), {}
    for name, failed in _failures(classify, texts, changes).items():
        failures[name] = [text for text in failed if text not in seen]
        seen.update(failed)
    return failures


def wrong__invariance_failures__no_texts(classify, texts, changes):
    """Without tickets, each change has an empty list."""
    return _failures(classify, texts, changes) if texts else {}


def wrong__invariance_failures__by_text(classify, texts, changes):
    """The keys are the changes' names."""
    failures = _failures(classify, texts, changes)
    return {text: [name for name in changes if text in failures[name]] for text in texts}


def wrong__invariance_failures__changes_sorted(classify, texts, changes):
    """The changes come in their order."""
    return _failures(classify, texts, dict(sorted(changes.items())))


_known: dict = {}


def wrong__invariance_failures__remembered(classify, texts, changes):
    """Another classifier has other labels for the same text."""

    def ask(text):
        if text not in _known:
            _known[text] = classify(text)
        return _known[text]

    return _failures(ask, texts, changes)


# 4. cases_needed


def _exact(g, d, z, z_alpha=1.96):
    return (z_alpha * math.sqrt(d) + z * math.sqrt(max(d - g * g, 0))) ** 2 / g**2


def right__cases_needed__math(gain, disagreement, power):
    if gain > disagreement:
        raise ValueError("a gain can't be larger than the disagreement")
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


def right__cases_needed__scipy(gain, disagreement, power):
    if not gain <= disagreement:
        raise ValueError
    z = scipy.stats.norm.ppf(power)
    return np.int64(np.ceil(((1.96 * disagreement**0.5 + z * (disagreement - gain**2) ** 0.5) / gain) ** 2))


def right__cases_needed__floor_of_the_negative(gain, disagreement, power):
    if disagreement < gain:
        raise ValueError(f"{gain} > {disagreement}")
    z = -NormalDist().inv_cdf(1 - power)
    return -int(-_exact(gain, disagreement, z) // 1)


def right__cases_needed__search(gain, disagreement, power):
    if gain > disagreement:
        raise ValueError
    z = math.sqrt(2) * scipy.special.erfinv(2 * power - 1)
    needed = 1.96 * math.sqrt(disagreement) + z * math.sqrt(disagreement - gain**2)
    low, high = 0, 1
    while math.sqrt(high) * gain < needed:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if math.sqrt(middle) * gain >= needed else (middle, high)
    return high


def right__cases_needed__decimals(gain, disagreement, power):
    if gain > disagreement:
        raise ValueError
    g, d, z = Decimal(gain), Decimal(disagreement), Decimal(NormalDist().inv_cdf(power))
    return math.ceil(((Decimal("1.96") * d.sqrt() + z * (d - g * g).sqrt()) / g) ** 2)


def _checked(gain, disagreement):
    if gain > disagreement:
        raise ValueError("impossible")


def wrong__cases_needed__rounded(gain, disagreement, power):
    """Rounds to the nearest, not up."""
    _checked(gain, disagreement)
    return round(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


def wrong__cases_needed__rounded_down(gain, disagreement, power):
    """Rounds down."""
    _checked(gain, disagreement)
    return int(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


def wrong__cases_needed__rounded_first(gain, disagreement, power):
    """Rounds to a digit after the point before rounding up: 20.04 becomes 20."""
    _checked(gain, disagreement)
    return math.ceil(round(_exact(gain, disagreement, NormalDist().inv_cdf(power)), 1))


def right__cases_needed__five_percent_exactly(gain, disagreement, power):
    _checked(gain, disagreement)
    normal = NormalDist()
    return math.ceil(_exact(gain, disagreement, normal.inv_cdf(power), normal.inv_cdf(0.975)))


def wrong__cases_needed__one_sided(gain, disagreement, power):
    """The test is two-sided: 1.96, not 1.645."""
    _checked(gain, disagreement)
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power), 1.645))


def wrong__cases_needed__table(gain, disagreement, power):
    """z is rounded to two digits, as in a printed table."""
    _checked(gain, disagreement)
    return math.ceil(_exact(gain, disagreement, round(NormalDist().inv_cdf(power), 2)))


def wrong__cases_needed__usual_power(gain, disagreement, power):
    """The power may be any, not only 0.8, 0.9 or 0.95."""
    _checked(gain, disagreement)
    z = {0.8: 0.8416212335729143, 0.9: 1.2815515655446004, 0.95: 1.6448536269514722}.get(power, 0.8416212335729143)
    return math.ceil(_exact(gain, disagreement, z))


def wrong__cases_needed__power_two_sided(gain, disagreement, power):
    """z is the quantile of the power, not of (1 + power) / 2."""
    _checked(gain, disagreement)
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf((1 + power) / 2)))


def wrong__cases_needed__other_tail(gain, disagreement, power):
    """z is the quantile of 1 − power."""
    _checked(gain, disagreement)
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(1 - power)))


def wrong__cases_needed__gain_not_squared(gain, disagreement, power):
    """d − g instead of d − g²."""
    _checked(gain, disagreement)
    z = NormalDist().inv_cdf(power)
    return math.ceil((1.96 * math.sqrt(disagreement) + z * math.sqrt(disagreement - gain)) ** 2 / gain**2)


def wrong__cases_needed__small_gain(gain, disagreement, power):
    """Leaves out g² below the root, which matters where the gain is large."""
    _checked(gain, disagreement)
    z = NormalDist().inv_cdf(power)
    return math.ceil((1.96 + z) ** 2 * disagreement / gain**2)


def wrong__cases_needed__squares_apart(gain, disagreement, power):
    """The square of a sum isn't the sum of the squares."""
    _checked(gain, disagreement)
    z = NormalDist().inv_cdf(power)
    return math.ceil((1.96**2 * disagreement + z**2 * (disagreement - gain**2)) / gain**2)


def wrong__cases_needed__divided_by_gain(gain, disagreement, power):
    """Divides by g, not by g²."""
    _checked(gain, disagreement)
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power)) * gain)


def wrong__cases_needed__equal_refused(gain, disagreement, power):
    """A gain that equals the disagreement is possible."""
    if gain >= disagreement:
        raise ValueError
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


def wrong__cases_needed__tolerant(gain, disagreement, power):
    """A gain a little larger than the disagreement is impossible, too."""
    if gain > disagreement + 0.01:
        raise ValueError
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


def wrong__cases_needed__refused_by_the_root(gain, disagreement, power):
    """g² > d is refused by the root alone, but not g > d."""
    z = NormalDist().inv_cdf(power)
    return math.ceil((1.96 * math.sqrt(disagreement) + z * math.sqrt(disagreement - gain**2)) ** 2 / gain**2)


def wrong__cases_needed__swapped(gain, disagreement, power):
    """Gain and disagreement are swapped when the gain is larger, instead of refused."""
    gain, disagreement = sorted((gain, disagreement))
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


def wrong__cases_needed__zero(gain, disagreement, power):
    """An impossible gain must raise, not give 0."""
    if gain > disagreement:
        return 0
    return math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


def wrong__cases_needed__float(gain, disagreement, power):
    """`np.ceil` gives a float, not an int."""
    _checked(gain, disagreement)
    return float(np.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power))))


def wrong__cases_needed__single_precision(gain, disagreement, power):
    """Single precision is wrong by cases where millions are needed."""
    _checked(gain, disagreement)
    g, d, z = np.float32(gain), np.float32(disagreement), np.float32(NormalDist().inv_cdf(power))
    return math.ceil((np.float32(1.96) * np.sqrt(d) + z * np.sqrt(d - g * g)) ** 2 / (g * g))


def wrong__cases_needed__at_least_ten(gain, disagreement, power):
    """Large gains need fewer than 10 cases."""
    _checked(gain, disagreement)
    return max(10, math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power))))


def wrong__cases_needed__at_most_a_million(gain, disagreement, power):
    """Small gains need more than a million cases."""
    _checked(gain, disagreement)
    return min(10**6, math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power))))


def wrong__cases_needed__for_both(gain, disagreement, power):
    """Both prompts answer the same cases: not twice as many."""
    _checked(gain, disagreement)
    return 2 * math.ceil(_exact(gain, disagreement, NormalDist().inv_cdf(power)))


# 5. gate_prompt


def _limits(difference, seed, draws=2000, levels=(2.5, 97.5)):
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(difference), size=(draws, len(difference)))
    return np.percentile(difference[drawn].mean(axis=1), levels)


def _difference(old, new):
    return np.asarray(new, dtype=float) - np.asarray(old, dtype=float)


def _fails(new, must_pass):
    return bool((np.asarray(must_pass).astype(bool) & ~np.asarray(new).astype(bool)).any())


def _decide(low, high, margin, fails):
    if fails or high < -margin:
        return "hold"
    return "ship" if low > -margin else "collect more cases"


def right__gate_prompt__matrix(old, new, must_pass, margin, seed):
    difference = _difference(old, new)
    low, high = _limits(difference, seed, draws=1000)
    return _decide(low, high, margin, _fails(new, must_pass))


def right__gate_prompt__multinomial(old, new, must_pass, margin, seed):
    difference = _difference(old, new).astype(int)
    n = difference.size
    counts = np.array([(difference == value).sum() for value in (-1, 0, 1)])
    drawn = np.random.default_rng(seed).multinomial(n, counts / n, size=10_000)
    low, high = np.quantile((drawn[:, 2] - drawn[:, 0]) / n, [0.025, 0.975])
    return _decide(low, high, margin, _fails(new, must_pass))


def right__gate_prompt__loop(old, new, must_pass, margin, seed):
    for right, needed in zip(new, must_pass, strict=True):
        if needed and not right:
            return "hold"
    pairs = [int(after) - int(before) for before, after in zip(old, new, strict=True)]
    draw = random.Random(seed)
    means = sorted(sum(draw.choices(pairs, k=len(pairs))) / len(pairs) for _ in range(1000))
    low, high = np.quantile(means, 0.025), np.quantile(means, 0.975)
    if high < -margin:
        return "hold"
    return "collect more cases" if low <= -margin else "ship"


def right__gate_prompt__choice(old, new, must_pass, margin, seed):
    rng = np.random.default_rng(seed)
    difference = _difference(old, new)
    means = np.array([rng.choice(difference, len(difference)).mean() for _ in range(1500)])
    low, high = np.percentile(means, 2.5), np.percentile(means, 97.5)
    return _decide(low, high, margin, _fails(new, must_pass))


def right__gate_prompt__both_drawn(old, new, must_pass, margin, seed):
    state = np.random.RandomState(seed)
    at = state.randint(len(old), size=(4000, len(old)))
    means = np.asarray(new, dtype=float)[at].mean(1) - np.asarray(old, dtype=float)[at].mean(1)
    means = means.round(12)
    low, high = np.percentile(means, [2.5, 97.5])
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__unpaired(old, new, must_pass, margin, seed):
    """Each version's cases are drawn apart: the interval is too wide."""
    rng = np.random.default_rng(seed)
    n = len(old)
    means = [np.asarray(side, dtype=float)[rng.integers(0, n, size=(2000, n))].mean(axis=1) for side in (old, new)]
    low, high = np.percentile(means[1] - means[0], [2.5, 97.5])
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__old_minus_new(old, new, must_pass, margin, seed):
    """The interval is that of old − new."""
    low, high = _limits(_difference(new, old), seed)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__ninety_percent(old, new, must_pass, margin, seed):
    """An interval of 90 %."""
    low, high = _limits(_difference(old, new), seed, levels=(5, 95))
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__ninety_nine_percent(old, new, must_pass, margin, seed):
    """An interval of 99 %."""
    low, high = _limits(_difference(old, new), seed, levels=(0.5, 99.5))
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__shares_for_percent(old, new, must_pass, margin, seed):
    """`np.percentile` wants percent: 0.975 is nearly its minimum."""
    low, high = _limits(_difference(old, new), seed, levels=(0.025, 0.975))
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__mean_for_high(old, new, must_pass, margin, seed):
    """Holds when the mean, not the whole interval, lies below."""
    difference = _difference(old, new)
    low, _ = _limits(difference, seed)
    return _decide(low, difference.mean(), margin, _fails(new, must_pass))


def wrong__gate_prompt__mean_for_low(old, new, must_pass, margin, seed):
    """Ships when the mean, not the whole interval, lies above."""
    difference = _difference(old, new)
    _, high = _limits(difference, seed)
    return _decide(difference.mean(), high, margin, _fails(new, must_pass))


def wrong__gate_prompt__above_zero(old, new, must_pass, margin, seed):
    """Ships only above 0, not above −margin."""
    low, high = _limits(_difference(old, new), seed)
    if _fails(new, must_pass) or high < -margin:
        return "hold"
    return "ship" if low > 0 else "collect more cases"


def wrong__gate_prompt__below_zero(old, new, must_pass, margin, seed):
    """Holds already below 0, not below −margin."""
    low, high = _limits(_difference(old, new), seed)
    if _fails(new, must_pass):
        return "hold"
    if low > -margin:
        return "ship"
    return "hold" if high < 0 else "collect more cases"


def wrong__gate_prompt__plus_margin(old, new, must_pass, margin, seed):
    """The line is at −margin, not at +margin."""
    low, high = _limits(_difference(old, new), seed)
    return _decide(low, high, -margin, _fails(new, must_pass))


def wrong__gate_prompt__percent_margin(old, new, must_pass, margin, seed):
    """The margin is a share, not percent."""
    low, high = _limits(_difference(old, new), seed)
    return _decide(low, high, margin / 100, _fails(new, must_pass))


def wrong__gate_prompt__equal_ships(old, new, must_pass, margin, seed):
    """A lower limit that equals −margin isn't above it: two equal versions and no margin."""
    low, high = _limits(_difference(old, new), seed)
    if _fails(new, must_pass) or high < -margin:
        return "hold"
    return "ship" if low >= -margin else "collect more cases"


def wrong__gate_prompt__equal_holds(old, new, must_pass, margin, seed):
    """An upper limit that equals −margin isn't below it."""
    low, high = _limits(_difference(old, new), seed)
    if _fails(new, must_pass):
        return "hold"
    if low > -margin:
        return "ship"
    return "hold" if high <= -margin else "collect more cases"


def wrong__gate_prompt__must_pass_ignored(old, new, must_pass, margin, seed):
    """A case that must pass fails."""
    low, high = _limits(_difference(old, new), seed)
    return _decide(low, high, margin, False)


def wrong__gate_prompt__must_pass_for_ship_only(old, new, must_pass, margin, seed):
    """Holds for a failed case only where it would have shipped."""
    low, high = _limits(_difference(old, new), seed)
    decision = _decide(low, high, margin, False)
    return "hold" if decision == "ship" and _fails(new, must_pass) else decision


def wrong__gate_prompt__must_pass_old(old, new, must_pass, margin, seed):
    """The new version must pass, not the old one."""
    low, high = _limits(_difference(old, new), seed)
    return _decide(low, high, margin, _fails(old, must_pass))


def wrong__gate_prompt__must_not_get_worse(old, new, must_pass, margin, seed):
    """A case that must pass fails, though the old version failed it as well."""
    low, high = _limits(_difference(old, new), seed)
    return _decide(low, high, margin, _fails(new, must_pass) and _fails(new, np.asarray(must_pass) * np.asarray(old)))


def wrong__gate_prompt__all_must_fail(old, new, must_pass, margin, seed):
    """One failed case is enough: not all of them."""
    low, high = _limits(_difference(old, new), seed)
    needed = np.asarray(must_pass).astype(bool)
    return _decide(low, high, margin, needed.any() and not np.asarray(new)[needed].any())


def wrong__gate_prompt__mostly_pass(old, new, must_pass, margin, seed):
    """Nearly all cases that must pass isn't all of them."""
    low, high = _limits(_difference(old, new), seed)
    needed = np.asarray(must_pass).astype(bool)
    share = np.asarray(new)[needed].mean() if needed.any() else 1
    return _decide(low, high, margin, share < 0.95)


def wrong__gate_prompt__marks_as_places(old, new, must_pass, margin, seed):
    """Marks given as 1 and 0 aren't places 1 and 0."""
    low, high = _limits(_difference(old, new), seed)
    marks = np.asarray(must_pass)
    marks = marks if marks.dtype == bool else marks.astype(int)
    return _decide(low, high, margin, not np.asarray(new)[marks].all())


def wrong__gate_prompt__booleans_refused(old, new, must_pass, margin, seed):
    """NumPy can't subtract arrays of True and False."""
    low, high = _limits(np.asarray(new) - np.asarray(old), seed)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__bytes(old, new, must_pass, margin, seed):
    """0 − 1 is 255 in bytes without a sign: a loss becomes a gain."""
    difference = np.asarray(new).astype(np.uint8) - np.asarray(old).astype(np.uint8)
    low, high = _limits(difference, seed)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__exclusive_or(old, new, must_pass, margin, seed):
    """A loss isn't a gain: the sign is lost."""
    low, high = _limits(np.abs(_difference(old, new)), seed)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__without_replacement(old, new, must_pass, margin, seed):
    """Draws without replacement always give the same mean."""
    rng, difference = np.random.default_rng(seed), _difference(old, new)
    means = [rng.permutation(difference).mean() for _ in range(1000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__thousand_cases(old, new, must_pass, margin, seed):
    """Draws 1,000 cases each time, not as many as there are: the interval is too narrow for few cases."""
    rng, difference = np.random.default_rng(seed), _difference(old, new)
    means = difference[rng.integers(0, len(difference), size=(1000, 1000))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__half_the_cases(old, new, must_pass, margin, seed):
    """Draws half as many cases as there are: the interval is too wide."""
    rng, difference = np.random.default_rng(seed), _difference(old, new)
    means = difference[rng.integers(0, len(difference), size=(2000, len(difference) // 2 + 1))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__spread_of_the_cases(old, new, must_pass, margin, seed):
    """The interval of the cases, not of their mean."""
    low, high = np.percentile(_difference(old, new), [2.5, 97.5])
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__last_case_never(old, new, must_pass, margin, seed):
    """The last case is never drawn."""
    difference = _difference(old, new)
    low, high = _limits(difference[:-1] if len(difference) > 1 else difference, seed)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__normal_interval(old, new, must_pass, margin, seed):
    """No draws, but the mean ± 1.96 standard errors, which may leave the values that occur."""
    difference = _difference(old, new)
    half = 1.96 * difference.std() / math.sqrt(len(difference))
    return _decide(difference.mean() - half, difference.mean() + half, margin, _fails(new, must_pass))


def wrong__gate_prompt__changed_cases_only(old, new, must_pass, margin, seed):
    """The cases on which both agree count as well."""
    difference = _difference(old, new)
    changed = difference[difference != 0]
    low, high = _limits(changed if changed.size else difference, seed)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__without_seed(old, new, must_pass, margin, seed):
    """The same seed gives another decision on a close call."""
    low, high = _limits(_difference(old, new), None, draws=1000)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__few_draws(old, new, must_pass, margin, seed):
    """Ten draws instead of a thousand: the interval is too narrow."""
    low, high = _limits(_difference(old, new), seed, draws=10)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__relative(old, new, must_pass, margin, seed):
    """The difference relative to the old version's share."""
    difference = _difference(old, new)
    share = max(np.asarray(old, dtype=float).mean(), 1 / len(difference))
    low, high = _limits(difference / share, seed)
    return _decide(low, high, margin, _fails(new, must_pass))


def wrong__gate_prompt__never_more(old, new, must_pass, margin, seed):
    """Undecided isn't to be held."""
    low, _ = _limits(_difference(old, new), seed)
    return "ship" if low > -margin and not _fails(new, must_pass) else "hold"
