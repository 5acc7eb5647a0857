"""The assistant of the course, step by step, and the course as its documents."""

from datetime import date

import pandas as pd
import pytest

from handrail.kit.course import course_pages, course_questions
from handrail.kit.handbook import handbook, handbook_pages
from handrail.kit.llm import connect, faults
from handrail.kit.rag import UNKNOWN, Assistant, Chunk, Hit, Index, chunked, cited, packed, prompt

TODAY = date(2026, 3, 2)


def assistant(**options: float) -> Assistant:
    return Assistant(connect(quiet=True), Index(chunked(handbook_pages())), **options)  # type: ignore[arg-type]


def test_chunks_are_the_sections_of_the_handbook_and_their_vectors_are_stored() -> None:
    sections, chunks = handbook(), chunked(handbook_pages())
    assert [chunk.id for chunk in chunks] == sections["id"].tolist()
    assert [chunk.passage for chunk in chunks] == sections["passage"].tolist()
    assert [(chunk.start, chunk.end) for chunk in chunks] == list(zip(sections["start"], sections["end"], strict=True))
    assert len({chunk.digest for chunk in chunks}) == len(chunks)


def test_headings_in_code_are_none_and_deeper_headings_end() -> None:
    page = "before\n# A\n### Deep\none\n```sh\n# comment\n```\n## B ##\n\n  two  \n## Empty\n"
    chunks = chunked(pd.DataFrame({"id": ["p"], "markdown": [page]}))
    assert [chunk.path for chunk in chunks] == [("A", "Deep"), ("A", "B ##")]
    assert all(page[chunk.start : chunk.end] == chunk.text == chunk.text.strip() for chunk in chunks)
    assert chunks[0].since is None and chunks[0].holds("DE", TODAY)


def test_a_chunk_holds_for_its_office_and_its_days() -> None:
    by_id = {chunk.id: chunk for chunk in chunked(handbook_pages())}
    old, new = by_id["travel-2024/hotels"], by_id["travel/hotels"]
    assert old.until == new.since == date(2026, 1, 1) and new.until is None
    assert new.holds("UK", TODAY) and not old.holds("UK", TODAY)
    assert old.holds("UK", date(2025, 12, 31)) and not new.holds("UK", date(2025, 12, 31))
    german = next(chunk for chunk in by_id.values() if chunk.office == "DE")
    assert german.holds("DE", TODAY) and not german.holds("UK", TODAY)
    assert german.holds(None, TODAY) and german.holds("DE", None) and not german.holds("UK", None)
    assert old.holds("UK", None) and not old.holds(None, TODAY)


def test_a_long_passage_is_left_out_and_a_shorter_one_takes_its_number() -> None:
    hits = [
        Hit(Chunk(name, "p", ("A",), text, 0, len(text)), 0.5)
        for name, text in (("a", "one two"), ("b", "word " * 50), ("c", "three"))
    ]
    assert packed(hits, 20) == ("[1] A: one two\n[2] A: three", [hits[0], hits[2]])
    assert packed(hits, 2) == ("", [])
    assert prompt("Why?", "[1] A: x")[1]["content"] == "[1] A: x\n\nQuestion: Why?"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Yes [2], and [1, 3]; [2-3].", ([2, 1, 3], [])),
        ("Yes [4] [0] [3-1] [1, 9] [2026] [a]", ([], ["[4]", "[0]", "[3-1]", "[1, 9]", "[2026]", "[a]"])),
        ("From [1-999999999999]", ([], ["[1-999999999999]"])),
        ("See [portal](https://halden.example) and [^1].", ([], [])),
    ],
)
def test_citations(answer: str, found: tuple[list[int], list[str]]) -> None:
    assert cited(answer, 3) == found


def test_an_answer_has_a_source_or_is_refused_before_or_by_the_model() -> None:
    helper = assistant(threshold=0.3)
    llm = helper.llm
    reply = helper.ask("What may a hotel night cost?", "DE", TODAY)
    assert "140 euro" in reply.text and reply.sources == ("travel/hotels",) and not reply.refused
    llm.reset()
    silent = helper.ask("May I bring my dog to work?", "DE", TODAY)
    assert silent.refused and silent.text == UNKNOWN and silent.best < 0.3 and not llm.log()
    asked = assistant().ask("Who founded the company, and when?", "DE", TODAY)
    assert asked.refused and asked.hits and len(llm.log()) == 1
    assert helper.log == [reply, silent]


def test_an_invented_source_is_told_apart() -> None:
    with faults("invented_citation"):
        reply = assistant().ask("What may a hotel night cost?", "DE", TODAY)
    assert reply.sources == () and len(reply.invented) == 1


def test_without_any_chunk_that_holds_it_refuses() -> None:
    assert assistant().ask("What may a hotel night cost?", "DE", date(1990, 1, 1)).refused


def test_the_course_is_split_at_its_headings() -> None:
    pages, asked = course_pages(), course_questions()
    assert set(asked["lesson"]) <= set(pages["id"]) and len(asked) == asked["question"].nunique() == 40
    chunks = chunked(pages)
    assert all(chunk.path[0] == title for chunk, title in _titled(chunks, pages))
    assert not any({"Check yourself", "In short", "Next"} & set(chunk.path) for chunk in chunks)
    assert max(len(chunk.text.split()) for chunk in chunks) < 200


def _titled(chunks: list[Chunk], pages: pd.DataFrame) -> list[tuple[Chunk, str]]:
    titles = pages.set_index("id")["title"]
    return [(chunk, titles[chunk.page]) for chunk in chunks]
