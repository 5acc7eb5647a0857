"""JupyterLab's files: what a learner saves in a published notebook goes to `work/`, not over the tracked file."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

PUBLISHED = ("notebooks", "solutions", "curriculum")


def is_published(root: Path, path: Path) -> bool:
    """Tell whether a file is a notebook that `make build` generates: its written source stands beside it."""
    if path.suffix != ".ipynb" or not path.is_relative_to(root) or path.relative_to(root).parts[0] not in PUBLISHED:
        return False
    return path.with_suffix(".py").exists() or path.with_name(f"{path.stem}_checks.py").exists()


def edition(root: Path, path: Path) -> Path:
    """Return where a learner's version of a published notebook is kept.

    Its name holds a hash of what was published: when a pull brings a new version, that one is shown, and what the
    learner wrote into the old one stays where it was.
    """
    text = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    return root / "work" / "_edited" / path.relative_to(root).with_suffix(f".{text}.ipynb")


class CourseContents(AsyncLargeFileManager):
    """Serve the checkout; keep its published notebooks as they were published."""

    def _get_os_path(self, path: str) -> str:
        published = Path(super()._get_os_path(path))  # type: ignore[no-untyped-call]
        root = Path(self.root_dir)
        if is_published(root, published):
            edited = edition(root, published)
            if edited.exists():
                return str(edited)
        return str(published)

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        """Save a file; a published notebook's first save makes the learner's own version of it."""
        published = Path(self._get_os_path(path))
        root = Path(self.root_dir)
        if is_published(root, published):
            edited = edition(root, published)
            edited.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(published, edited)
        return await super().save(model, path)  # type: ignore[no-untyped-call]

    def mark_trusted_cells(self, nb: Any, path: str = "") -> None:
        """Trust the outputs that were published with the course; others need Jupyter's signature, as everywhere."""
        if is_published(Path(self.root_dir), Path(self._get_os_path(path))):
            notary: Any = self.notary
            notary.mark_cells(nb, True)
        else:
            super().mark_trusted_cells(nb, path)  # type: ignore[no-untyped-call]
