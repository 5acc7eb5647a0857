"""Write the vectors of the messages and of the poisoned sections; `messages.csv` and `overlay.toml` are by hand."""

from pathlib import Path

from handrail.kit.corpora import store
from handrail.kit.red_team import poisoned_handbook, red_team


def embedded_texts() -> list[str]:
    """Return all texts whose vectors are stored: messages, then poisoned sections without and with heading path."""
    sections = poisoned_handbook()
    sections = sections[sections["family"] != ""]
    return [*red_team()["text"], *sections["text"], *sections["passage"]]


if __name__ == "__main__":
    store(embedded_texts(), Path(__file__).parent / "vectors.npz")
