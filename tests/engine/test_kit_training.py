import pytest

torch = pytest.importorskip("torch")

from handrail.kit.training import accuracy, fit, parameter_count  # noqa: E402


def blobs(n=200, seed=0):
    rng = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 2
    return torch.randn(n, 2, generator=rng) + 4 * y[:, None], y


def model(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(8, 2))


def test_it_learns_and_tells_how_it_went():
    x, y = blobs()
    net = model()
    history = fit(net, x, y, epochs=10, lr=0.02, test=blobs(seed=1))
    assert len(history["loss"]) == len(history["accuracy"]) == 10
    assert history["loss"][-1] < history["loss"][0] / 2
    assert history["accuracy"][-1] == accuracy(net, *blobs(seed=1)) > 0.95
    assert not net.training


def test_same_weights_and_seed_train_the_same_model_whatever_the_state_of_torch():
    x, y = blobs()
    first, second = (torch.nn.Linear(2, 2) for _ in range(2))
    second.load_state_dict(first.state_dict())
    fit(first, x, y, epochs=2, lr=0.1, seed=5)
    torch.rand(17)
    fit(second, x, y, epochs=2, lr=0.1, seed=5)
    assert torch.equal(first.weight, second.weight)


def test_frozen_parameters_stay():
    x, y = blobs()
    net = model()
    net[0].requires_grad_(False)
    before = net[0].weight.clone()
    fit(net, x, y, epochs=1, lr=0.1)
    assert torch.equal(net[0].weight, before)
    assert parameter_count(net) == 18


def test_another_loss_and_optimizer():
    x, y = blobs()
    net = torch.nn.Linear(2, 1)
    for parameter in net.parameters():
        torch.nn.init.zeros_(parameter)
    history = fit(
        net, x, y.float()[:, None], epochs=20, lr=0.01, optimizer=torch.optim.SGD, loss=torch.nn.functional.mse_loss
    )
    assert history["loss"][-1] < history["loss"][0] / 2
    assert "accuracy" not in history
