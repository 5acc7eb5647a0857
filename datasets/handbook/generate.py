"""Write the handbook of Halden Freight: `pages/*.md`, `questions.jsonl` and the vectors of both.

A page is a template with the facts of its table in `facts.toml`; a question, in `questions.csv`, names the same facts.
So an answer can't contradict its page. Pages of three offices, and the edition of 2024 of a page, share a template.
"""

import csv
import hashlib
import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FRONT = ["id", "title", "office", "owner", "effective", "supersedes", "classification"]
OTHER_FACT = re.compile(r"([\w-]+):(\w+)")

Facts = dict[str, dict[str, Any]]


def facts() -> Facts:
    """Return the table of facts: page, then name, then value."""
    return tomllib.loads((HERE / "facts.toml").read_text(encoding="utf-8"))


def page(name: str, known: dict[str, Any]) -> str:
    """Return a page: front matter, title, sections of its template with the facts in place."""
    front = {"office": "all", "supersedes": "", **known["page"], "id": name}
    template = (HERE / "templates" / f"{front.get('template', name)}.md").read_text(encoding="utf-8")
    sections = re.split(r"\n(?=## )", template)
    body = [part.strip() for part in sections if part.splitlines()[0][3:] not in known.get("omit", [])]
    lines = ["---", *(f"{key}: {front[key]}".rstrip() for key in FRONT), "---", "", f"# {front['title']}"]
    return "\n".join(lines) + "\n\n" + "\n\n".join(body).format_map(known) + "\n"


def questions(known: Facts) -> list[dict[str, Any]]:
    """Return the questions as `questions.jsonl` holds them, with their half, dev or test."""
    with (HERE / "questions.csv").open(encoding="utf-8", newline="") as file:
        rows = [question(number, row, known) for number, row in enumerate(csv.DictReader(file), 1)]
    size = Counter(row["kind"] for row in rows)
    place: Counter[str] = Counter()
    for row in sorted(rows, key=lambda row: hashlib.sha256(row["question"].encode()).hexdigest()):
        row["split"] = "dev" if place[row["kind"]] < size[row["kind"]] / 2 else "test"
        place[row["kind"]] += 1
    return rows


def question(number: int, row: dict[str, str], known: Facts) -> dict[str, Any]:
    """Return one question, with the facts of its gold sections in the answer."""
    gold = listed(row["gold"])
    values = {key: value for section in reversed(gold) for key, value in known[section.split("/")[0]].items()}
    answer = row["answer"].format_map(values)
    return {
        "id": f"q{number:03}",
        "question": row["question"],
        "answer": answer[:1].upper() + answer[1:],
        "gold": gold,
        "kind": row["kind"],
        "office": row["office"],
        "must_contain": [text.format_map(values) for text in listed(row["must_contain"])],
        "must_not_contain": [fact(text, known) for text in listed(row["must_not_contain"])],
    }


def listed(cell: str) -> list[str]:
    """Split a cell at its semicolons."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def fact(text: str, known: Facts) -> str:
    """Return the fact that `page:name` stands for, or the text itself."""
    named = OTHER_FACT.fullmatch(text)
    return str(known[named[1]][named[2]]) if named else text


def texts() -> dict[str, str]:
    """Return every text file of the data set that is generated, by its path."""
    known = facts()
    made = {f"pages/{name}.md": page(name, table) for name, table in known.items()}
    made["questions.jsonl"] = "".join(json.dumps(row) + "\n" for row in questions(known))
    return made


def main() -> None:
    """Write the pages and the questions, then the vectors of all that lessons embed."""
    (HERE / "pages").mkdir(exist_ok=True)
    for name, text in texts().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
    from handrail.kit.corpora import store
    from handrail.kit.handbook import embedded_texts

    store(embedded_texts(), HERE / "vectors.npz")


if __name__ == "__main__":
    main()
