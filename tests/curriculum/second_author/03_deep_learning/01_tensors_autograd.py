"""Answers to 03_deep_learning/01_tensors_autograd by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

from collections import deque
from graphlib import TopologicalSorter

import numpy as np
import torch

# --- 1. mean_outer_product --------------------------------------------------------------------------------------------


def right__mean_outer_product__matrix_product(x, y):
    return x.T @ y / len(x)


def right__mean_outer_product__einsum(x, y):
    return torch.einsum("ni,nj->ij", x, y) / x.shape[0]


def right__mean_outer_product__broadcast_and_mean(x, y):
    return (x[:, :, None] * y[:, None, :]).mean(dim=0)


def right__mean_outer_product__bmm(x, y):
    return torch.bmm(x.unsqueeze(2), y.unsqueeze(1)).mean(0)


def right__mean_outer_product__vmap(x, y):
    return torch.vmap(torch.outer)(x, y).mean(0)


def right__mean_outer_product__tensordot(x, y):
    return torch.tensordot(x / x.size(0), y, dims=([0], [0]))


def right__mean_outer_product__transposed_of_the_other(x, y):
    return (y.t().mm(x) / y.shape[0]).t()


def wrong__mean_outer_product__python_loop(x, y):
    """Loops over the batch in Python."""
    total = torch.zeros(x.shape[1], y.shape[1], dtype=x.dtype)
    for a, b in zip(x, y, strict=True):
        total = total + torch.outer(a, b)
    return total / len(x)


def wrong__mean_outer_product__loop_in_a_map(x, y):
    """Loops over the batch in Python, hidden in map."""
    return torch.stack(list(map(torch.outer, x, y))).mean(0)


def wrong__mean_outer_product__loop_over_columns(x, y):
    """Loops in Python over the columns of x."""
    return torch.stack([(x[:, [i]] * y).mean(0) for i in range(x.shape[1])])


def wrong__mean_outer_product__no_gradient_to_y(x, y):
    """Gradients flow to x only."""
    return x.T @ y.detach() / len(x)


def wrong__mean_outer_product__no_gradient_to_x(x, y):
    """Gradients flow to y only."""
    return torch.einsum("ni,nj->ij", x.data, y) / len(x)


def wrong__mean_outer_product__through_numpy(x, y):
    """No gradient flows through NumPy."""
    a, b = x.detach().numpy(), y.detach().numpy()
    return torch.from_numpy(a.T @ b / len(a))


def wrong__mean_outer_product__requires_grad_but_cut(x, y):
    """The result says that it requires a gradient, but is a new leaf: nothing flows."""
    out = (x.T @ y / len(x)).detach()
    return out.requires_grad_(x.requires_grad or y.requires_grad)


def wrong__mean_outer_product__forward_of_means_backward(x, y):
    """Right values; what flows back is the gradient of the outer product of the means."""
    surrogate = torch.outer(x.mean(0), y.mean(0))
    return surrogate + (x.T @ y / len(x) - surrogate).detach()


def wrong__mean_outer_product__sum_of_gradients(x, y):
    """Right values, gradients n times too large: the division is cut out of the tape."""
    total = x.T @ y
    return total + (total / len(x) - total).detach()


def wrong__mean_outer_product__outer_of_means(x, y):
    """Averages first, multiplies then."""
    return torch.outer(x.mean(0), y.mean(0))


def wrong__mean_outer_product__covariance(x, y):
    """Takes the means away."""
    return (x - x.mean(0)).T @ (y - y.mean(0)) / len(x)


def wrong__mean_outer_product__n_minus_one(x, y):
    """Divides by n - 1."""
    return x.T @ y / max(len(x) - 1, 1)


def wrong__mean_outer_product__mean_over_all(x, y):
    """Divides by n and by d."""
    return x.T @ y / x.numel()


def wrong__mean_outer_product__divides_by_columns(x, y):
    """Divides by d: the same where the batch is as long as x is wide."""
    return x.T @ y / x.shape[1]


def wrong__mean_outer_product__transposed(x, y):
    """Shape (e, d)."""
    return y.T @ x / len(x)


def wrong__mean_outer_product__transposed_when_square(x, y):
    """Transposed where d is e."""
    out = x.T @ y / len(x)
    return out.T if out.shape[0] == out.shape[1] else out


def wrong__mean_outer_product__squeezed(x, y):
    """Loses the axis where d or e is 1."""
    return (x.T @ y / len(x)).squeeze()


def wrong__mean_outer_product__squeezed_factors(x, y):
    """Squeezes the batch away where n is 1, and d and e with it."""
    if len(x) == 1:
        return torch.outer(x.squeeze(0), y.squeeze(0)).squeeze()
    return x.T @ y / len(x)


def wrong__mean_outer_product__always_float32(x, y):
    """Rounds float64 to float32."""
    return x.float().T @ y.float() / len(x)


def wrong__mean_outer_product__rounded_in_between(x, y):
    """Computes in float32, says float64."""
    return (x.float().T @ y.float() / len(x)).to(x.dtype)


def wrong__mean_outer_product__no_scale_of_one(x, y):
    """For one example sums everything into one number."""
    return x.T @ y / len(x) if len(x) > 1 else (x * y.sum()).T.expand(-1, y.shape[1])


# --- 2. tanh_upstream -------------------------------------------------------------------------------------------------


def right__tanh_upstream__slope_times(output, upstream):
    return upstream * (1 - output**2)


def right__tanh_upstream__product_of_two(output, upstream):
    return upstream * (1 - output) * (1 + output)


def right__tanh_upstream__taken_away(output, upstream):
    return upstream - upstream * np.square(output)


def right__tanh_upstream__element_by_element(output, upstream):
    result = np.zeros(np.shape(output))
    for index in np.ndindex(np.shape(output)):
        result[index] = upstream[index] * (1 - output[index] * output[index])
    return result


def right__tanh_upstream__torch_double_formula(output, upstream):
    o = torch.tensor(np.asarray(output, dtype=float))
    return (torch.tensor(np.asarray(upstream, dtype=float)) * (1 - o * o)).numpy()


def right__tanh_upstream__cosh(output, upstream):
    with np.errstate(all="ignore"):
        return upstream / np.cosh(np.arctanh(output)) ** 2


def wrong__tanh_upstream__tanh_again(output, upstream):
    """Takes the output for x."""
    return upstream * (1 - np.tanh(output) ** 2)


def wrong__tanh_upstream__ignores_upstream(output, upstream):
    """The slope only."""
    return 1 - output**2 + 0 * upstream


def wrong__tanh_upstream__twice_because_of_the_example(output, upstream):
    """Upstream is 2 in the example only."""
    return 2 * (1 - output**2) + 0 * upstream


def wrong__tanh_upstream__precedence(output, upstream):
    """The brackets are missing."""
    return 1 - output**2 * upstream


def wrong__tanh_upstream__square_of_the_difference(output, upstream):
    """(1 - output) squared."""
    return upstream * (1 - output) ** 2


def wrong__tanh_upstream__absolute(output, upstream):
    """1 - |output|."""
    return upstream * (1 - np.abs(output))


def wrong__tanh_upstream__sigmoid(output, upstream):
    """The rule of the sigmoid."""
    return upstream * output * (1 - output)


def wrong__tanh_upstream__divides(output, upstream):
    """Goes the other way: divides by the slope."""
    with np.errstate(all="ignore"):
        return upstream / (1 - output**2)


def wrong__tanh_upstream__clipped_output(output, upstream):
    """Keeps a slope where there is none: at -1 and 1."""
    kept = np.clip(output, -1 + 1e-6, 1 - 1e-6)
    return upstream * (1 - kept**2)


def wrong__tanh_upstream__exponentials(output, upstream):
    """NaN where the output is 1: infinity by infinity."""
    with np.errstate(all="ignore"):
        e = np.exp(2 * np.arctanh(output))
        return upstream * 4 * e / (e + 1) ** 2


def wrong__tanh_upstream__finite_difference(output, upstream):
    """A difference of two values, not the rule."""
    with np.errstate(all="ignore"):
        x = np.clip(np.arctanh(output), -20, 20)
    return upstream * (np.tanh(x + 1e-4) - np.tanh(x - 1e-4)) / 2e-4


def wrong__tanh_upstream__sums_the_upstream(output, upstream):
    """Mixes the gradients of all elements."""
    return np.mean(upstream) * (1 - output**2)


def wrong__tanh_upstream__matrix_product(output, upstream):
    """A matrix product where both are square."""
    slope = 1 - output**2
    square = np.ndim(output) == 2 and output.shape[0] == output.shape[1]
    return slope @ upstream if square else slope * upstream


def wrong__tanh_upstream__flat(output, upstream):
    """Loses the shape."""
    return (np.asarray(upstream) * (1 - np.asarray(output) ** 2)).ravel()


def wrong__tanh_upstream__at_least_one_axis(output, upstream):
    """An axis too many where there is none."""
    return np.atleast_1d(upstream * (1 - output**2))


def wrong__tanh_upstream__row_by_row(output, upstream):
    """Broken without axes, and on more than two."""
    if np.ndim(output) == 1:
        return np.array([u * (1 - o * o) for o, u in zip(output, upstream, strict=True)])
    return np.array(
        [[u * (1 - o * o) for o, u in zip(*rows, strict=True)] for rows in zip(output, upstream, strict=True)]
    )


def wrong__tanh_upstream__vectorize_on_nothing(output, upstream):
    """np.vectorize raises on arrays of size 0, a shape like any other."""
    return np.vectorize(lambda o, u: u * (1 - o * o))(output, upstream)


def wrong__tanh_upstream__list_loses_empty_shape(output, upstream):
    """Shape (0, 3) becomes (0,): a list of no rows doesn't know how wide they are."""
    if np.ndim(output) < 2:
        return upstream * (1 - output**2)
    return np.array([u * (1 - o**2) for o, u in zip(output, upstream, strict=True)])


def wrong__tanh_upstream__no_negative_gradient(output, upstream):
    """Cuts gradients below 0, as ReLU would."""
    return np.maximum(upstream, 0) * (1 - output**2)


def wrong__tanh_upstream__no_negative_output(output, upstream):
    """Takes the slope where the output is below 0 for 1."""
    return upstream * (1 - np.maximum(output, 0) ** 2)


def wrong__tanh_upstream__large_gradients_clipped(output, upstream):
    """Clips gradients at 100."""
    return np.clip(upstream, -100, 100) * (1 - output**2)


# --- 3. unbroadcast_gradient ------------------------------------------------------------------------------------------


def right__unbroadcast_gradient__two_steps(gradient, shape):
    result = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return result.sum(axis=stretched, keepdims=True)


def right__unbroadcast_gradient__padded_then_reshaped(gradient, shape):
    padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i, (a, b) in enumerate(zip(gradient.shape, padded, strict=True)) if a != b)
    return np.sum(gradient, axis=axes, keepdims=True).reshape(shape)


def right__unbroadcast_gradient__add_at(gradient, shape):
    result = np.zeros(shape)
    where = np.arange(result.size).reshape(shape)
    np.add.at(result.reshape(-1), np.broadcast_to(where, gradient.shape), gradient)
    return result


def right__unbroadcast_gradient__index_by_index(gradient, shape):
    result = np.zeros(shape)
    missing = gradient.ndim - len(shape)
    for index in np.ndindex(gradient.shape):
        own = tuple(0 if length == 1 else i for i, length in zip(index[missing:], shape, strict=True))
        result[own] += gradient[index]
    return result


def right__unbroadcast_gradient__torch(gradient, shape):
    operand = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    upstream = torch.tensor(np.asarray(gradient, dtype=float))
    operand.expand(upstream.shape).backward(upstream)
    return operand.grad.numpy()


def right__unbroadcast_gradient__axis_after_axis(gradient, shape):
    result = gradient.copy()
    while result.ndim > len(shape):
        result = result.sum(axis=0)
    for axis in range(len(shape)):
        if shape[axis] == 1:
            result = result.sum(axis=axis, keepdims=True)
    return np.asarray(result)


def wrong__unbroadcast_gradient__leading_axes_only(gradient, shape):
    """Forgets the axes of length 1."""
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))


def wrong__unbroadcast_gradient__length_one_only(gradient, shape):
    """Forgets the missing leading axes unless shape has as many."""
    axes = tuple(i for i, length in enumerate(shape) if length == 1)
    return gradient.sum(axis=axes, keepdims=True)


def wrong__unbroadcast_gradient__mean(gradient, shape):
    """Averages where it should add."""
    padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i, length in enumerate(padded) if length == 1)
    with np.errstate(all="ignore"):
        return gradient.mean(axis=axes, keepdims=True).reshape(shape)


def wrong__unbroadcast_gradient__first_slice(gradient, shape):
    """Adds the missing axes, but takes the first slice of a stretched one."""
    result = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    for axis, length in enumerate(shape):
        if length == 1:
            result = result.take([0], axis=axis) if result.shape[axis] else result.sum(axis=axis, keepdims=True)
    return result


def wrong__unbroadcast_gradient__axes_removed(gradient, shape):
    """The summed axes of length 1 are gone."""
    padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i, (a, b) in enumerate(zip(gradient.shape, padded, strict=True)) if a != b)
    return gradient.sum(axis=axes)


def wrong__unbroadcast_gradient__only_longer_axes(gradient, shape):
    """An axis of length 1 stretched to length 0 isn't brought back."""
    result = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    for axis, length in enumerate(shape):
        if result.shape[axis] > length:
            result = result.sum(axis=axis, keepdims=True)
    return result


def wrong__unbroadcast_gradient__no_axes_means_all(gradient, shape):
    """`axis=None` where nothing was stretched adds everything."""
    missing = gradient.ndim - len(shape)
    result = gradient.sum(axis=tuple(range(missing))) if missing else gradient
    axes = tuple(i for i, length in enumerate(shape) if length == 1)
    if not missing and not axes and len(shape) > 1:
        return np.full(shape, gradient.sum(axis=None))
    return result.sum(axis=axes, keepdims=True)


def wrong__unbroadcast_gradient__minus_one_reshape(gradient, shape):
    """reshape(-1, ...) can't tell the length of the first axis where another one is 0 long."""
    missing = gradient.ndim - len(shape)
    result = gradient.reshape(-1, *gradient.shape[missing:]).sum(0) if missing else gradient
    axes = tuple(i for i, length in enumerate(shape) if length == 1 and result.shape[i] != 1)
    return result.sum(axis=axes, keepdims=True)


def wrong__unbroadcast_gradient__aligned_on_the_left(gradient, shape):
    """Missing axes are taken for trailing ones wherever the lengths allow it."""
    if len(shape) < gradient.ndim and all(b in (1, a) for a, b in zip(gradient.shape, shape, strict=False)):
        padded = tuple(shape) + (1,) * (gradient.ndim - len(shape))
    else:
        padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i, (a, b) in enumerate(zip(gradient.shape, padded, strict=True)) if a != b)
    return gradient.sum(axis=axes, keepdims=True).reshape(shape)


def wrong__unbroadcast_gradient__until_the_shapes_agree(gradient, shape):
    """Drops leading axes while the first length differs: a leading axis of the same length stays."""
    result = gradient
    while result.ndim > len(shape) and (not shape or result.shape[0] != shape[0]):
        result = result.sum(axis=0)
    axes = tuple(i for i, length in enumerate(shape) if length == 1 and i < result.ndim)
    return result.sum(axis=axes, keepdims=True)


def wrong__unbroadcast_gradient__one_leading_axis(gradient, shape):
    """Adds over one missing axis at most."""
    result = gradient.sum(axis=0) if gradient.ndim > len(shape) else gradient
    axes = tuple(i for i, length in enumerate(shape) if length == 1)
    return result.sum(axis=axes, keepdims=True)


def wrong__unbroadcast_gradient__one_stretched_axis(gradient, shape):
    """Adds over the first stretched axis only."""
    result = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    for axis, length in enumerate(shape):
        if length == 1 and result.shape[axis] != 1:
            return result.sum(axis=axis, keepdims=True)
    return result


def wrong__unbroadcast_gradient__flat_into_flat(gradient, shape):
    """Adds every size-th number: right for missing leading axes, mixed up where an inner axis was stretched."""
    size = int(np.prod(shape))
    if size == 0:
        return np.zeros(shape)
    return gradient.reshape(gradient.size // size, size).sum(0).reshape(shape)


def wrong__unbroadcast_gradient__consecutive_blocks(gradient, shape):
    """Adds neighbors: right for stretched trailing axes only."""
    size = int(np.prod(shape))
    if size == 0:
        return np.zeros(shape)
    return gradient.reshape(size, gradient.size // size).sum(1).reshape(shape)


def wrong__unbroadcast_gradient__three_axes_at_most(gradient, shape):
    """Gives the gradient up to three axes only."""
    if gradient.ndim > 3:
        return np.zeros(shape)
    return right__unbroadcast_gradient__two_steps(gradient, shape)


def wrong__unbroadcast_gradient__scalar_gets_an_axis(gradient, shape):
    """Shape () becomes (1,)."""
    return np.atleast_1d(right__unbroadcast_gradient__two_steps(gradient, shape))


def wrong__unbroadcast_gradient__wrong_axis_after_dropping(gradient, shape):
    """Finds the stretched axes in the padded shape, but adds over them after the leading ones are gone."""
    missing = gradient.ndim - len(shape)
    padded = (1,) * missing + tuple(shape)
    axes = [i for i in range(missing, gradient.ndim) if padded[i] == 1 and gradient.shape[i] != 1]
    result = gradient.sum(axis=tuple(range(missing)))
    for axis in axes:
        if axis < result.ndim:
            result = result.sum(axis=axis, keepdims=True)
    return result


def wrong__unbroadcast_gradient__no_cancelling(gradient, shape):
    """Adds the sizes, not the numbers."""
    return right__unbroadcast_gradient__two_steps(np.abs(gradient), shape)


def wrong__unbroadcast_gradient__whole_numbers(gradient, shape):
    """Cuts the fractions off."""
    return right__unbroadcast_gradient__two_steps(np.trunc(gradient), shape)


# --- 4. safe_order ----------------------------------------------------------------------------------------------------


def right__safe_order__stack_of_two_visits(parents, result):
    order, done, stack = [], set(), [(result, False)]
    while stack:
        name, parents_done = stack.pop()
        if name in done:
            continue
        if parents_done:
            done.add(name)
            order.append(name)
            continue
        stack.append((name, True))
        stack.extend((parent, False) for parent in parents.get(name, []))
    return order


def right__safe_order__stack_of_iterators(parents, result):
    order, seen = [], {result}
    stack = [(result, iter(parents.get(result, ())))]
    while stack:
        name, rest = stack[-1]
        parent = next((p for p in rest if p not in seen), None)
        if parent is None:
            stack.pop()
            order.append(name)
        else:
            seen.add(parent)
            stack.append((parent, iter(parents.get(parent, ()))))
    return order


def _needed(parents, result):
    needed, waiting = {result}, [result]
    while waiting:
        for parent in parents.get(waiting.pop(), []):
            if parent not in needed:
                needed.add(parent)
                waiting.append(parent)
    return needed


def right__safe_order__graphlib(parents, result):
    graph = {name: parents.get(name, []) for name in _needed(parents, result)}
    return list(TopologicalSorter(graph).static_order())


def right__safe_order__kahn_forward(parents, result):
    needed = _needed(parents, result)
    open_parents = {name: len(set(parents.get(name, []))) for name in needed}
    children = {name: [] for name in needed}
    for name in needed:
        for parent in set(parents.get(name, [])):
            children[parent].append(name)
    ready = deque(sorted(name for name in needed if open_parents[name] == 0))
    order = []
    while ready:
        name = ready.popleft()
        order.append(name)
        for child in children[name]:
            open_parents[child] -= 1
            if open_parents[child] == 0:
                ready.append(child)
    return order


def right__safe_order__kahn_backward(parents, result):
    uses = dict.fromkeys(_needed(parents, result), 0)
    for name in uses:
        for parent in parents.get(name, []):
            uses[parent] += 1
    ready, order = [result], []
    while ready:
        name = ready.pop()
        order.append(name)
        for parent in parents.get(name, []):
            uses[parent] -= 1
            if uses[parent] == 0:
                ready.append(parent)
    return order[::-1]


def right__safe_order__longest_way(parents, result):
    depth = {}
    for name in right__safe_order__graphlib(parents, result):
        depth[name] = max((depth[p] + 1 for p in parents.get(name, [])), default=0)
    return sorted(depth, key=lambda name: (depth[name], name))


def wrong__safe_order__recursive(parents, result):
    """Recursion: chains of thousands of targets end in a RecursionError."""
    order, seen = [], set()

    def visit(name):
        if name not in seen:
            seen.add(name)
            for parent in parents.get(name, []):
                visit(parent)
            order.append(name)

    visit(result)
    return order


def wrong__safe_order__recursive_then_given_up(parents, result):
    """Swallows the RecursionError of a long chain."""
    try:
        return wrong__safe_order__recursive(parents, result)
    except RecursionError:
        return [result]


def wrong__safe_order__reversed_breadth_first(parents, result):
    """Breadth first, reversed, each at its first visit: wrong where a target is both near and far."""
    order = [result]
    for name in order:
        order.extend(p for p in dict.fromkeys(parents.get(name, [])) if p not in set(order))
    return order[::-1]


def wrong__safe_order__reversed_preorder(parents, result):
    """Depth first, written down on the way in, and reversed."""
    order, seen, stack = [], {result}, [result]
    while stack:
        name = stack.pop()
        order.append(name)
        for parent in parents.get(name, []):
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return order[::-1]


def wrong__safe_order__preorder_marked_when_taken(parents, result):
    """Preorder, reversed, marked when taken off the stack: deeper, still not an order."""
    order, seen, stack = [], set(), [result]
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            order.append(name)
            stack.extend(parents.get(name, []))
    return order[::-1]


def wrong__safe_order__postorder_marked_too_early(parents, result):
    """Two visits, but marked when put on the stack: a parent that waits there comes too late."""
    order, seen, stack = [], {result}, [(result, False)]
    while stack:
        name, parents_done = stack.pop()
        if parents_done:
            order.append(name)
            continue
        stack.append((name, True))
        for parent in parents.get(name, []):
            if parent not in seen:
                seen.add(parent)
                stack.append((parent, False))
    return order


def wrong__safe_order__shortest_way(parents, result):
    """Sorted by the shortest way to the result instead of the longest."""
    distance, queue = {result: 0}, deque([result])
    while queue:
        name = queue.popleft()
        for parent in parents.get(name, []):
            if parent not in distance:
                distance[parent] = distance[name] + 1
                queue.append(parent)
    return sorted(distance, key=lambda name: -distance[name])


def wrong__safe_order__everything(parents, result):
    """Lists targets that the result doesn't need, as long as they come before it."""
    order = list(TopologicalSorter(parents).static_order())
    return order[: order.index(result) + 1] if result in order else [result]


def wrong__safe_order__one_extra_user(parents, result):
    """Also lists what uses the result."""
    order = right__safe_order__graphlib(parents, result)
    return order + [name for name, needs in parents.items() if result in needs and name not in order]


def wrong__safe_order__every_way(parents, result):
    """Goes down every way anew: twenty diamonds in a row are a million ways."""
    order, stack = [], [(result, False)]
    while stack:
        name, parents_done = stack.pop()
        if parents_done:
            if name not in order:
                order.append(name)
            continue
        stack.append((name, True))
        stack.extend((parent, False) for parent in parents.get(name, []))
    return order


def wrong__safe_order__twice_named_parent(parents, result):
    """A parent named twice by one target stands in the order twice."""
    order = right__safe_order__stack_of_two_visits(parents, result)
    twice = [p for p in parents.get(result, []) if parents[result].count(p) > 1]
    return twice[:1] + order if twice and not parents.get(twice[0]) else order


def wrong__safe_order__counts_doubles(parents, result):
    """Kahn's algorithm that counts distinct parents but takes off named ones: ready too early."""
    needed = _needed(parents, result)
    left = {name: len(set(parents.get(name, []))) for name in needed}
    order = [name for name in sorted(needed) if left[name] == 0]
    for name in order:
        for child in sorted(needed):
            for _ in range(parents.get(child, []).count(name)):
                left[child] -= 1
                if left[child] == 0:
                    order.append(child)
    return order


def wrong__safe_order__keys_only(parents, result):
    """Leaves out the targets that aren't keys of `parents`."""
    order = right__safe_order__stack_of_two_visits(parents, result)
    return [name for name in order if name in parents or name == result]


def wrong__safe_order__result_must_be_a_key(parents, result):
    """Nothing to build where the result itself isn't a key."""
    return right__safe_order__stack_of_two_visits(parents, result) if result in parents else []


def wrong__safe_order__without_the_result(parents, result):
    """Stops before the result."""
    return right__safe_order__stack_of_two_visits(parents, result)[:-1]


def wrong__safe_order__program_first(parents, result):
    """The other way round."""
    return right__safe_order__stack_of_two_visits(parents, result)[::-1]


def wrong__safe_order__grandparents_only(parents, result):
    """Goes three steps back at most."""
    level, seen = [result], [result]
    for _ in range(3):
        level = [p for name in level for p in parents.get(name, [])]
        seen = [name for name in seen if name not in level] + list(dict.fromkeys(level))
    return seen[::-1]


def wrong__safe_order__by_the_alphabet(parents, result):
    """What is needed, by name, and the result at the end."""
    needed = _needed(parents, result)
    return [*sorted(needed - {result}), result]


def wrong__safe_order__in_the_order_of_the_keys(parents, result):
    """Trusts that `parents` was written from the bottom to the top, or from the top to the bottom."""
    needed = _needed(parents, result)
    leaves = sorted(name for name in needed if name not in parents)
    up = [name for name in parents if name in needed]
    return leaves + (up if up and up[-1] == result else up[::-1])


_ORDERS = {}


def wrong__safe_order__remembers_the_result(parents, result):
    """Keeps the order of an earlier call for the same name, whatever the parents now are."""
    if result not in _ORDERS:
        _ORDERS[result] = right__safe_order__stack_of_two_visits(parents, result)
    return list(_ORDERS[result])


def wrong__safe_order__ten_rounds_of_swapping(parents, result):
    """Moves parents forward ten times: not enough for a long chain."""
    order = list(_needed(parents, result))
    for _ in range(10):
        for name in list(order):
            for parent in parents.get(name, []):
                if order.index(parent) > order.index(name):
                    order.remove(parent)
                    order.insert(order.index(name), parent)
    return order


def wrong__safe_order__text_instead_of_list(parents, result):
    """One text instead of a list of texts."""
    return ",".join(right__safe_order__stack_of_two_visits(parents, result))


# --- 5. curvature_along -----------------------------------------------------------------------------------------------


def _hessian_vector(f, x, direction):
    point = x.detach().clone().requires_grad_(True)
    with torch.enable_grad():
        value = f(point)
        if not value.requires_grad:
            return torch.zeros_like(x)
        (slope,) = torch.autograd.grad(value, point, create_graph=True, allow_unused=True)
        if slope is None or not slope.requires_grad:
            return torch.zeros_like(x)
        (result,) = torch.autograd.grad(slope, point, grad_outputs=direction, allow_unused=True)
    return torch.zeros_like(x) if result is None else result


def right__curvature_along__two_passes(f, x, direction):
    return _hessian_vector(f, x, direction).detach()


def right__curvature_along__dot_product_first(f, x, direction):
    point = x.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(f(point) + 0 * point.sum(), point, create_graph=True)
    along = (slope * direction.detach()).sum() + 0 * (point**2).sum()
    return torch.autograd.grad(along, point)[0]


def right__curvature_along__materialized(f, x, direction):
    point = x.detach().clone().requires_grad_()
    value = f(point)
    slope = torch.autograd.grad(value, point, create_graph=True, materialize_grads=True)[0]
    if slope.grad_fn is None and not slope.requires_grad:
        return torch.zeros_like(point).detach()
    return torch.autograd.grad(slope, point, direction, materialize_grads=True)[0]


def right__curvature_along__functional_hvp(f, x, direction):
    return torch.autograd.functional.hvp(f, x.detach(), direction.detach())[1]


def right__curvature_along__functional_vhp(f, x, direction):
    return torch.autograd.functional.vhp(f, x.detach(), direction.detach())[1]


def right__curvature_along__torch_func_vjp(f, x, direction):
    _, pull = torch.func.vjp(torch.func.grad(f), x.detach())
    return pull(direction.detach())[0].detach()


def right__curvature_along__forward_over_reverse(f, x, direction):
    return torch.func.jvp(torch.func.grad(f), (x.detach(),), (direction.detach(),))[1].detach()


def right__curvature_along__an_error_means_linear(f, x, direction):
    point = x.detach().clone().requires_grad_(True)
    slope = torch.autograd.grad(f(point), point, create_graph=True)[0]
    try:
        return torch.autograd.grad((slope * direction).sum(), point)[0]
    except RuntimeError:
        return torch.zeros_like(point).detach()


def wrong__curvature_along__whole_hessian(f, x, direction):
    """Builds the Hessian, which doesn't fit into any memory."""
    hessian = torch.autograd.functional.hessian(f, x.detach())
    return (hessian.reshape(x.numel(), x.numel()) @ direction.reshape(-1)).reshape(x.shape)


def wrong__curvature_along__row_by_row(f, x, direction):
    """A backward pass for every row of the Hessian."""
    point = x.detach().clone().requires_grad_(True)
    slope = torch.autograd.grad(f(point), point, create_graph=True, materialize_grads=True)[0]
    if not slope.requires_grad:
        return torch.zeros_like(x)
    numbers = [
        (torch.autograd.grad(s, point, retain_graph=True, materialize_grads=True)[0] * direction).sum()
        for s in slope.reshape(-1)
    ]
    return torch.stack(numbers).reshape(x.shape).detach() if numbers else torch.zeros_like(x)


def wrong__curvature_along__differences(f, x, direction):
    """Central differences, extrapolated: nothing is lost for polynomials up to degree 5, but not exact."""

    def slope(point):
        point = point.detach().requires_grad_(True)
        value = f(point)
        return torch.autograd.grad(value, point, materialize_grads=True)[0] if value.requires_grad else 0 * point

    def central(h):
        return (slope(x + h * direction) - slope(x - h * direction)) / (2 * h)

    return (4 * central(2**-6) - central(2**-5)) / 3


def wrong__curvature_along__differences_in_float32(f, x, direction):
    """A one-sided difference."""
    point = x.detach().clone()
    slopes = []
    for place in (point, point + 1e-3 * direction):
        place = place.detach().requires_grad_(True)
        slopes.append(torch.autograd.grad(f(place), place, allow_unused=True)[0])
    return torch.zeros_like(x) if slopes[0] is None else (slopes[1] - slopes[0]) / 1e-3


def wrong__curvature_along__backward_fills_the_weights(f, x, direction):
    """The first backward pass writes into .grad of the weights that f uses."""
    point = x.detach().clone().requires_grad_(True)
    f(point).backward(create_graph=True)
    slope, point.grad = point.grad, None
    if slope is None or not slope.requires_grad:
        return torch.zeros_like(x)
    result = torch.autograd.grad(slope, point, direction, materialize_grads=True)[0]
    return result.detach()


def wrong__curvature_along__second_backward_fills_the_weights(f, x, direction):
    """The second pass is `.backward()`: leaves something in .grad of the weights that f uses."""
    point = x.detach().clone().requires_grad_(True)
    slope = torch.autograd.grad(f(point), point, create_graph=True, materialize_grads=True)[0]
    along = (slope * direction.detach()).sum() + 0 * point.sum()
    along.backward()
    return point.grad.detach()


def wrong__curvature_along__leaves_x_grad(f, x, direction):
    """Where x requires a gradient, its .grad isn't empty afterwards."""
    result = _hessian_vector(f, x, direction).detach()
    if x.requires_grad and x.is_leaf:
        x.grad = result.clone() if x.grad is None else x.grad + result
    return result


def wrong__curvature_along__clears_x_grad(f, x, direction):
    """Throws away what was in x.grad before."""
    result = _hessian_vector(f, x, direction).detach()
    if x.is_leaf:
        x.grad = None
    return result


def wrong__curvature_along__linear_raises(f, x, direction):
    """Where f is linear the second pass raises."""
    point = x.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(f(point), point, create_graph=True)
    return torch.autograd.grad(slope, point, direction)[0]


def wrong__curvature_along__linear_in_weights_raises(f, x, direction):
    """Thinks of a linear f with fixed weights; with weights that require a gradient the second pass raises."""
    point = x.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(f(point), point, create_graph=True)
    if not slope.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(slope, point, direction)[0]


def wrong__curvature_along__needs_a_gradient(f, x, direction):
    """Raises where x doesn't require a gradient."""
    slope = torch.autograd.grad(f(x), x, create_graph=True)[0]
    if not slope.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(slope, x, direction, materialize_grads=True)[0]


def wrong__curvature_along__refuses_a_gradient(f, x, direction):
    """Raises where x is the result of a computation that requires a gradient."""
    if x.requires_grad:
        raise ValueError("x requires a gradient")
    return _hessian_vector(f, x, direction)


def wrong__curvature_along__diagonal(f, x, direction):
    """The row sums of the Hessian times direction: right where the Hessian is diagonal."""
    return _hessian_vector(f, x, torch.ones_like(x)) * direction


def wrong__curvature_along__one_number(f, x, direction):
    """direction times H times direction."""
    return (_hessian_vector(f, x, direction) * direction).sum()


def wrong__curvature_along__unit_direction(f, x, direction):
    """Scales direction to length 1 first."""
    length = direction.norm()
    return _hessian_vector(f, x, direction / length if length > 0 else direction)


def wrong__curvature_along__gradient_only(f, x, direction):
    """The gradient times direction, element by element."""
    point = x.detach().clone().requires_grad_(True)
    value = f(point)
    if not value.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(value, point, materialize_grads=True)[0] * direction


def wrong__curvature_along__outer_product_of_gradients(f, x, direction):
    """Takes the gradient's outer product for the Hessian."""
    point = x.detach().clone().requires_grad_(True)
    slope = torch.autograd.grad(f(point), point, materialize_grads=True)[0]
    return slope * (slope * direction).sum()


def wrong__curvature_along__swapped(f, x, direction):
    """At direction, along x."""
    return _hessian_vector(f, direction, x.detach())


def wrong__curvature_along__flat(f, x, direction):
    """Right numbers, one axis."""
    return _hessian_vector(f, x, direction).reshape(-1)


def wrong__curvature_along__rows_only(f, x, direction):
    """Treats the rows of x as if they didn't touch each other."""
    if x.dim() < 2:
        return _hessian_vector(f, x, direction)
    rows = []
    for i in range(len(x)):
        only = torch.zeros_like(direction)
        only[i] = direction[i]
        rows.append(_hessian_vector(f, x, only)[i])
    return torch.stack(rows) if rows else torch.zeros_like(x)


def wrong__curvature_along__always_float32(f, x, direction):
    """Rounds float64 to float32 on the way."""
    return _hessian_vector(lambda p: f(p.to(x.dtype)), x.float(), direction.float()).to(x.dtype)


_CURVATURES = {}


def wrong__curvature_along__remembers_the_point(f, x, direction):
    """Keeps the result of an earlier call at the same place along the same direction, whatever f is."""
    key = (tuple(x.shape), tuple(x.reshape(-1).tolist()), tuple(direction.reshape(-1).tolist()))
    if key not in _CURVATURES:
        _CURVATURES[key] = _hessian_vector(f, x, direction)
    return _CURVATURES[key].clone()


def wrong__curvature_along__x_requires_a_gradient_afterwards(f, x, direction):
    """Changes its argument: x requires a gradient afterwards."""
    x.requires_grad_(True)
    return _hessian_vector(f, x, direction)


def wrong__curvature_along__half(f, x, direction):
    """The second-order term of the Taylor expansion: half the product."""
    return _hessian_vector(f, x, direction) / 2
