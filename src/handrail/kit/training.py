"""The training loop that phase 3 builds in its second lesson, for the lessons after it."""

from collections.abc import Callable

import torch
from torch import nn

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Optimizer = Callable[..., torch.optim.Optimizer]


def fit(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    epochs: int,
    lr: float,
    batch_size: int = 64,
    seed: int = 0,
    optimizer: Optimizer = torch.optim.AdamW,
    loss: Loss = nn.functional.cross_entropy,
    test: tuple[torch.Tensor, torch.Tensor] | None = None,
) -> dict[str, list[float]]:
    """Train a model in place, in batches drawn anew in each epoch, and return its history, a number for each epoch.

    `x` is (n, ...), `y` is (n,) or (n, ...), both on the model's device. The history has the keys `loss`, the mean
    over the batches while they were trained on, and, if `test` is given, `accuracy` on it. The model is left in
    evaluation mode. The order of the batches depends on `seed` alone; the initial weights are the caller's.
    """
    steps = optimizer((p for p in model.parameters() if p.requires_grad), lr=lr)
    shuffle = torch.Generator().manual_seed(seed)
    history: dict[str, list[float]] = {"loss": [], "accuracy": []} if test else {"loss": []}
    for _ in range(epochs):
        model.train()
        losses = []
        for rows in torch.split(torch.randperm(len(x), generator=shuffle), batch_size):
            chosen = rows.to(x.device)
            error = loss(model(x[chosen]), y[chosen])
            steps.zero_grad()
            error.backward()  # type: ignore[no-untyped-call]
            steps.step()
            losses.append(error.detach())
        history["loss"].append(torch.stack(losses).mean().item())
        if test:
            history["accuracy"].append(accuracy(model, *test))
    model.eval()
    return history


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the share of rows whose largest output is the right class; the model is left in evaluation mode."""
    model.eval()
    with torch.no_grad():
        return float((model(x).argmax(-1) == y).float().mean())


def device() -> torch.device:
    """Return the GPU if there is one, and the CPU otherwise."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers a model learns: those of its parameters that require a gradient, each once."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
