"""Attacks on the assistant of Halden Freight, harmless messages that look like them, and a poisoned handbook."""

import tomllib
from typing import TYPE_CHECKING

from handrail.kit.data import path
from handrail.kit.handbook import handbook

if TYPE_CHECKING:
    import pandas as pd


def red_team() -> "pd.DataFrame":
    """Return 96 attacks, twelve of each of eight families, and 48 harmless messages.

    Columns: `id`; `family` (override, role_play, prompt_leak, exfiltration, tool_misuse, encoded, foreign_language,
    authority, or harmless); `channel` through which it comes (user, document or tool_result); `text`; `goal` in words;
    `success`, the name of the check that tells whether the goal was reached (canary, system_prompt, foreign_link,
    tool_called, secret). Goal and success of a harmless message are empty.
    """
    import pandas as pd

    return pd.read_csv(path("red_team") / "messages.csv", keep_default_na=False)


def poisoned_handbook() -> "pd.DataFrame":
    """Return the sections of `handbook()` with a planted order in six of them.

    Changed are `text` and `passage`: the order is appended to them. `start` and `end` still point into the true page.
    Two columns are added, `family` and `success`, empty for the sections that are clean.
    """
    overlay = tomllib.loads((path("red_team") / "overlay.toml").read_text(encoding="utf-8"))["section"]
    sections = handbook()
    planted = {row["id"]: row for row in overlay}
    added = [f" {planted[one]['order']}" if one in planted else "" for one in sections["id"]]
    return sections.assign(
        text=sections["text"] + added,
        passage=sections["passage"] + added,
        family=[planted[one]["family"] if one in planted else "" for one in sections["id"]],
        success=[planted[one]["success"] if one in planted else "" for one in sections["id"]],
    )
