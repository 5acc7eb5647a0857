"""The course's small language model loads, predicts, and does as well as its card says."""

import math

import pytest
import torch

from handrail.kit.tiny_gpt import END, WINDOW, prose, tiny_gpt


@pytest.fixture(scope="module")
def gpt():
    return tiny_gpt()


def test_it_is_the_model_of_the_card(gpt):
    assert sum(p.numel() for p in gpt.model.parameters()) == 940_800
    assert gpt.tokenizer.get_vocab_size() == 1024
    assert not gpt.model.training
    assert {p.dtype for p in gpt.model.parameters()} == {torch.float32}


def test_every_next_token_has_a_probability_and_the_likeliest_comes_first(gpt):
    chances = gpt.next_distribution("Returns the number of")
    assert len(chances) == 1024
    assert sum(chances.values()) == pytest.approx(1, abs=1e-4)
    assert list(chances.values()) == sorted(chances.values(), reverse=True)
    assert next(iter(chances)).startswith(" ")


@pytest.mark.parametrize("text", ["", "Returns the mean.", "Grüße, 1e-9 €", "  two spaces\nand a line"])
def test_text_survives_its_tokens(gpt, text):
    ids = gpt.encode(text)
    assert ids[0] == END
    assert gpt.decode(ids) == text


def test_half_a_character_has_a_name(gpt):
    assert gpt.piece(END) == "<end>"
    assert len({gpt.piece(token) for token in range(1024)}) == 1024


def test_a_token_depends_on_nothing_behind_it(gpt):
    ids = gpt.encode("Compute the standard deviation along the axis.")
    assert torch.allclose(gpt.logits(ids)[:5], gpt.logits(ids[:5]), atol=1e-4)


@pytest.mark.parametrize("ids", [[], [END] * (WINDOW + 1)])
def test_the_window_is_finite(gpt, ids):
    with pytest.raises(ValueError, match="1 to 128 tokens"):
        gpt.logits(ids)


def test_held_out_paragraphs_are_not_in_the_training(gpt):
    training, held_out = prose()
    assert not set(training) & set(held_out)
    assert 0.03 < len(held_out) / (len(training) + len(held_out)) < 0.08
    assert all(text.isascii() and text.endswith(".") for text in held_out)


def test_it_predicts_as_well_as_its_card_says(gpt):
    _, held_out = prose()
    nats = tokens = characters = 0
    for text in held_out[:150]:
        ids = gpt.encode(text)[:WINDOW]
        chances = gpt.logits(ids[:-1]).log_softmax(1)
        nats -= float(chances[torch.arange(len(ids) - 1), ids[1:]].sum())
        tokens += len(ids) - 1
        characters += len(gpt.decode(ids))
    assert nats / tokens < 3.2
    assert nats / math.log(2) / characters < 1.7
