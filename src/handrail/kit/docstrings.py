"""The documentation inside the installed libraries, as a collection of texts: real technical prose, read at run time.

Nothing of it is stored in the course. The texts change when a library is upgraded, so the lock file fixes them, and a
lesson that asserts numbers keeps a margin.
"""

import hashlib
import importlib
import inspect
import random
import re
import warnings
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from handrail.kit.corpora import parsed

if TYPE_CHECKING:
    import pandas as pd

MODULES = {
    "numpy": "numpy linalg fft random polynomial strings ma testing char lib.stride_tricks lib.format",
    "pandas": "pandas api.types api.extensions api.indexers tseries.offsets plotting io.formats.style",
    "sklearn": """base calibration cluster compose covariance cross_decomposition datasets decomposition
        discriminant_analysis dummy ensemble feature_extraction feature_extraction.image feature_extraction.text
        feature_selection gaussian_process gaussian_process.kernels impute inspection isotonic kernel_approximation
        kernel_ridge linear_model manifold metrics metrics.pairwise mixture model_selection multiclass multioutput
        naive_bayes neighbors neural_network pipeline preprocessing random_projection semi_supervised svm tree utils""",
    "scipy": """cluster.hierarchy cluster.vq constants fft integrate interpolate io linalg ndimage optimize signal
        signal.windows sparse sparse.csgraph sparse.linalg spatial spatial.distance spatial.transform special stats
        stats.mstats stats.qmc""",
    "torch": """torch nn nn.functional nn.init nn.utils linalg fft special signal.windows sparse autograd optim
        optim.lr_scheduler distributions utils.data""",
    "networkx": "networkx algorithms generators convert relabel",
    "skimage": """color draw exposure feature filters graph measure metrics morphology restoration segmentation
        transform util""",
}
"""The public modules that are read of each library; a library's own name stands for its top level."""

LIBRARY_NAMES = (
    "numpy|np|pandas|pd|scikit-learn|scikit_learn|sklearn|scipy|sp|pytorch|torch|networkx|nx|scikit-image|skimage"
    "|matplotlib|plt"
)
_MASKED = re.compile(rf"(?<!\w)(?:{LIBRARY_NAMES})(?!\w)", re.IGNORECASE)
_ROLE = re.compile(r":[a-z:]+:`~?([^`]*)`")


def load_docstrings(libraries: Iterable[str], part: str = "summary", *, masked: bool = True) -> "pd.DataFrame":
    """Return the docstrings of the public functions, classes and methods of some libraries, a row each.

    Columns: `name` (dotted), `library`, `module` (the one it was found in), `text`. `part` is "summary", the first
    paragraph in one line, or "full". With `masked`, lines of examples (`>>>`) are removed, and names of libraries and
    their usual abbreviations are written LIB, so that a text doesn't name its own origin. A text that occurs more than
    once is kept where it comes first, in the order of `libraries` and then of the names. Empty texts are left out.

    Raises ValueError for a library that isn't in `MODULES`, ImportError for one that isn't installed.
    """
    import pandas as pd

    if part not in ("summary", "full"):
        raise ValueError(f"part must be 'summary' or 'full', not {part!r}")
    rows, seen = [], set()
    for library in libraries:
        for module, name, raw in sorted(_documented(library), key=lambda found: found[1]):
            text = _cleaned(raw, part, masked)
            digest = hashlib.sha256(text.encode()).digest()
            if text and digest not in seen:
                seen.add(digest)
                rows.append((name, library, module, text))
    return pd.DataFrame(rows, columns=["name", "library", "module", "text"])


def garble(sentence: str, rng: random.Random) -> str:
    """Return the words of a sentence in another random order; the same sentence if no other order exists.

    The first letter is written small or capital as the position was, and the full stop stays at the end, so that only
    the order of the words tells the two apart.
    """
    stop = "." if sentence.endswith(".") else ""
    words = sentence.removesuffix(".").split()
    if len(set(words)) < 2:
        return sentence
    capital = words[0][:1].isupper()
    if capital:
        words[0] = words[0][:1].lower() + words[0][1:]
    mixed = list(words)
    while mixed == words:
        rng.shuffle(mixed)
    if capital:
        mixed[0] = mixed[0][:1].upper() + mixed[0][1:]
    return " ".join(mixed) + stop


def _documented(library: str) -> Iterator[tuple[str, str, str]]:
    """Yield module, dotted name and docstring of what a library makes public, classes with their own methods."""
    if library not in MODULES:
        raise ValueError(f"{library!r} isn't among the libraries that can be read: {', '.join(MODULES)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a deprecated name warns when it is looked at
        for short in MODULES[library].split():
            module = importlib.import_module(library if short == library else f"{library}.{short}")
            for name, found in _public(module):
                yield from _texts(module.__name__, f"{module.__name__}.{name}", found)


def _texts(module: str, name: str, found: object) -> Iterator[tuple[str, str, str]]:
    if isinstance(text := getattr(found, "__doc__", None), str):
        yield module, name, text
    if inspect.isclass(found):
        for method in sorted(vars(found)):
            text = getattr(inspect.getattr_static(found, method), "__doc__", None)
            if not method.startswith("_") and isinstance(text, str):
                yield module, f"{name}.{method}", text


def _public(module: ModuleType) -> Iterator[tuple[str, object]]:
    names = getattr(module, "__all__", None)
    for name in sorted(set(names or vars(module))):
        try:
            found = getattr(module, name, None)
        except ImportError:  # experimental in scikit-learn
            continue
        home = getattr(found, "__module__", None) or module.__name__
        if not name.startswith("_") and callable(found) and (names or home.startswith(module.__name__)):
            yield name, found


def _cleaned(raw: str, part: str, masked: bool) -> str:
    text = _ROLE.sub(r"\1", inspect.cleandoc(raw)).replace("``", "`")
    if part == "summary":
        text = parsed(text)[0]
    if masked:
        text = "\n".join(
            line for line in text.splitlines() if ">>>" not in line and not line.lstrip().startswith("... ")
        )
        text = _MASKED.sub("LIB", text)
    return text.strip()
