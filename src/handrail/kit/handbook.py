"""The handbook of Halden Freight, a logistics company that we invented, and 100 questions about it.

Facts, pages and questions are generated from one table, so the truth is known. Vectors of all texts that
`embedded_texts` returns are stored beside the data: `handrail.kit.corpora.embed` finds them without the model.
"""

import json
import re
from typing import TYPE_CHECKING, Any

from handrail.kit.data import path
from handrail.standin.prompt import sentences

if TYPE_CHECKING:
    import pandas as pd

SECTION = re.compile(r"^## (.+)\n([^#]+?)\s*(?=^## |\Z)", re.MULTILINE)


def handbook_pages() -> "pd.DataFrame":
    """Return the 40 pages, one a row, in the order of their ids.

    Columns: those of the front matter, `id`, `title`, `office` (all, DE, UK or SG), `owner`, `effective` (a date),
    `supersedes` (the id of the edition that it replaces, or empty), `classification` (public, internal or
    confidential), and `markdown`, the text of the page from its title on.
    """
    import pandas as pd

    files = sorted((path("handbook") / "pages").glob("*.md"), key=lambda file: file.stem)
    table = pd.DataFrame([_page(file.read_text(encoding="utf-8")) for file in files])
    return table.assign(effective=pd.to_datetime(table["effective"]))


def handbook() -> "pd.DataFrame":
    """Return the sections of all pages, superseded editions included, in the order of pages and text.

    Columns: `id` (`travel/hotels`), `page`, `title` and `heading`; `text`, one paragraph of 40 to 90 words; `passage`,
    the text behind its heading path (`Business travel > Hotels: …`); `start` and `end`, so that
    `markdown[start:end] == text` in the page of `handbook_pages`; then `office`, `owner`, `effective`, `supersedes` and
    `classification` of the page, and `superseded`, whether a later edition of the page exists.
    """
    import pandas as pd

    pages = handbook_pages()
    rows = [section for page in pages.to_dict("records") for section in _sections(page)]
    table = pd.DataFrame(rows)
    return table.assign(superseded=table["page"].isin(pages["supersedes"]))


def questions() -> "pd.DataFrame":
    """Return the 100 questions, one a row.

    Columns: `id`, `question`, `answer` (empty if the handbook has none), `gold` (the list of all section ids that the
    answer needs), `kind` (lexical, paraphrase, identifier, office, superseded, two_sections or unanswerable), `office`
    (of the person who asks: DE, UK or SG), `must_contain` and `must_not_contain` (lists of words that tell a right
    answer from a wrong one), `split` (dev or test, 50 each).
    """
    import pandas as pd

    lines = (path("handbook") / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return pd.DataFrame([json.loads(line) for line in lines])


def section_sentences(text: str) -> list[str]:
    """Split the text of a section into its sentences, as the reader of the stand-in does."""
    return sentences(text)


def embedded_texts() -> list[str]:
    """Return all texts whose vectors are stored: sections without and with heading path, sentences, questions."""
    sections = handbook()
    single = [sentence for text in sections["text"] for sentence in section_sentences(text)]
    return list(dict.fromkeys([*sections["text"], *sections["passage"], *single, *questions()["question"]]))


def _page(source: str) -> dict[str, str]:
    """Return the front matter of a page and its Markdown."""
    _, front, markdown = source.split("---\n", 2)
    fields = dict(line.split(":", 1) for line in front.splitlines())
    return {key: value.strip() for key, value in fields.items()} | {"markdown": markdown.strip() + "\n"}


def _sections(page: dict[Any, Any]) -> list[dict[str, Any]]:
    """Return the sections of a page as rows."""
    rows = []
    for found in SECTION.finditer(page["markdown"]):
        heading, text = found[1], found[2]
        rows.append(
            {
                "id": f"{page['id']}/{slug(heading)}",
                "page": page["id"],
                "title": page["title"],
                "heading": heading,
                "text": text,
                "passage": f"{page['title']} > {heading}: {text}",
                "start": found.start(2),
                "end": found.end(2),
                **{key: page[key] for key in ("office", "owner", "effective", "supersedes", "classification")},
            }
        )
    return rows


def slug(heading: str) -> str:
    """Return a heading as it stands in the id of its section: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
