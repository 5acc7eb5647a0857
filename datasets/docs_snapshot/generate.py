"""Choose the 2,000 entries of `docs_snapshot` and encode them: `entries.csv` and `vectors.npz`.

The rule: walk the public names of the modules below, classes with their own public methods. Keep those whose docstring
has a summary of 4 to 30 words that ends in a full stop and a body of 300 characters or more, and whose summary and body
no earlier name has. Of each library take the 500 names with the smallest SHA-256: a random choice that everybody can
repeat and that hardly changes when a library gains or loses a function. The same order mixes the libraries.

Run it with the versions of the card. It takes about four minutes on one core, all of it for the model; vectors that
are stored already are kept.
"""

import csv
import hashlib
import importlib
import inspect
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from handrail.kit.corpora import docs_snapshot, docstring, parsed, store

HERE = Path(__file__).parent
SIZE = 500
QUERIES = 400
MODULES = {
    "numpy": """numpy numpy.linalg numpy.fft numpy.random numpy.polynomial numpy.strings numpy.ma numpy.testing
        numpy.lib.stride_tricks numpy.lib.format""",
    "pandas": """pandas pandas.api.types pandas.api.extensions pandas.api.indexers pandas.tseries.offsets
        pandas.plotting""",
    "sklearn": """sklearn.base sklearn.calibration sklearn.cluster sklearn.compose sklearn.covariance
        sklearn.cross_decomposition sklearn.datasets sklearn.decomposition sklearn.discriminant_analysis sklearn.dummy
        sklearn.ensemble sklearn.feature_extraction sklearn.feature_extraction.image sklearn.feature_extraction.text
        sklearn.feature_selection sklearn.gaussian_process sklearn.gaussian_process.kernels sklearn.impute
        sklearn.inspection sklearn.isotonic sklearn.kernel_approximation sklearn.kernel_ridge sklearn.linear_model
        sklearn.manifold sklearn.metrics sklearn.metrics.pairwise sklearn.mixture sklearn.model_selection
        sklearn.multiclass sklearn.multioutput sklearn.naive_bayes sklearn.neighbors sklearn.neural_network
        sklearn.pipeline sklearn.preprocessing sklearn.random_projection sklearn.semi_supervised sklearn.svm
        sklearn.tree sklearn.utils""",
    "torch": """torch torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.linalg torch.fft torch.special
        torch.signal.windows torch.sparse torch.autograd torch.optim torch.optim.lr_scheduler torch.distributions
        torch.utils.data""",
}


def walk(library: str) -> Iterator[str]:
    """Yield the dotted names of a library's public functions, classes and methods, always in the same order."""
    for module in map(importlib.import_module, MODULES[library].split()):
        for name, found in public(module):
            yield f"{module.__name__}.{name}"
            if inspect.isclass(found):
                own = sorted(method for method in vars(found) if not method.startswith("_"))
                yield from (f"{module.__name__}.{name}.{method}" for method in own)


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield a module's public callables: those of `__all__`, or without it those that its own library defines."""
    names = getattr(module, "__all__", None)
    for name in sorted(set(names or vars(module))):
        try:
            found = getattr(module, name, None)
        except ImportError:  # experimental in scikit-learn
            continue
        if name.startswith("_") or not callable(found) or re.fullmatch(r"\w+(Tensor|Storage)", name):
            continue
        if names or (getattr(found, "__module__", None) or module.__name__).startswith(module.__name__):
            yield name, found


def eligible(library: str, seen: set[str]) -> Iterator[str]:
    """Yield the names of a library whose docstring makes an entry; `seen` collects the texts that are taken."""
    for name in walk(library):
        try:
            text = docstring(name)
        except LookupError:
            continue
        summary, body = parsed(text)
        if not 4 <= len(summary.split()) <= 30 or not summary.endswith(".") or len(body) < 300:
            continue
        if "deprecated::" not in text and not {summary, body} & seen:
            seen |= {summary, body}
            yield name


def digest(name: str) -> str:
    """Return the SHA-256 of a name."""
    return hashlib.sha256(name.encode()).hexdigest()


def entries() -> list[tuple[str, str]]:
    """Return library and name of the 2,000 entries, in their order."""
    chosen: list[tuple[str, str]] = []
    seen: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated names warn when they are looked at
        for library in MODULES:
            chosen += [(library, name) for name in sorted(eligible(library, seen), key=digest)[:SIZE]]
    return sorted(chosen, key=lambda entry: digest(entry[1]))


def main() -> None:
    """Write `entries.csv`, then the vectors of all bodies and of the summaries that lessons ask as queries."""
    with (HERE / "entries.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("library", "name"), *entries()])
    docs = docs_snapshot()
    store([*docs["body"], *docs["summary"][:QUERIES]], HERE / "vectors.npz")


if __name__ == "__main__":
    main()
