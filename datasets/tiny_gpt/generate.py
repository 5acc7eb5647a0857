"""Train `tiny_gpt`: a tokenizer of 1,024 tokens and a decoder of four layers, on the prose of the installed libraries.

Run it with the versions of the card. It takes about ten minutes on one core. The weights are stored in half precision.
"""

import json
import math
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

from handrail.kit.tiny_gpt import END, WINDOW, prose

HERE = Path(__file__).parent
TOKENS = 1024
STEPS = 1500
BATCH = 16
WARM_UP = 100


def trained_tokenizer(texts: tuple[str, ...]) -> Tokenizer:
    """Return a byte-level BPE tokenizer learned from the texts, END its first token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=TOKENS, special_tokens=["<end>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def stream(tokenizer: Tokenizer, texts: tuple[str, ...]) -> torch.Tensor:
    """Return all texts as one row of tokens, END in front of each."""
    return torch.tensor([token for text in texts for token in [END, *tokenizer.encode(text).ids]])


def untrained() -> GPT2LMHeadModel:
    """Return the decoder with random weights: 4 layers of width 128, 4 heads."""
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=TOKENS, n_positions=WINDOW, n_embd=128, n_layer=4, n_head=4, bos_token_id=END, eos_token_id=END,
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        )
    )  # fmt: skip


def train(model: GPT2LMHeadModel, tokens: torch.Tensor, held_out: torch.Tensor) -> None:
    """Train in place on random windows: Muon for the layers' matrices, AdamW for the rest; warm-up, then a line."""
    inside = [p for name, p in model.named_parameters() if ".h." in name and p.ndim == 2]
    known = {id(p) for p in inside}
    outside = [p for p in model.parameters() if id(p) not in known]
    optimizers = [
        torch.optim.Muon(inside, lr=0.02, weight_decay=0.01, momentum=0.95),
        torch.optim.AdamW(outside, lr=0.003, weight_decay=0.0),
    ]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(o, lambda n: min((n + 1) / WARM_UP, max(1.0 - n / STEPS, 0.01)))
        for o in optimizers
    ]
    rng = torch.Generator().manual_seed(0)
    for step in range(STEPS):
        starts = torch.randint(len(tokens) - WINDOW - 1, (BATCH,), generator=rng)
        rows = torch.stack([tokens[start : start + WINDOW + 1] for start in starts])
        loss = nn.functional.cross_entropy(model(rows[:, :-1]).logits.flatten(0, 1), rows[:, 1:].flatten())
        model.zero_grad()
        loss.backward()
        for one in [*optimizers, *schedules]:
            one.step()
        if step % 100 == 99:
            print(step + 1, round(loss.item(), 3), round(loss_on(model, held_out), 3), flush=True)


@torch.no_grad()
def loss_on(model: GPT2LMHeadModel, tokens: torch.Tensor) -> float:
    """Return the mean loss in nats per token, read in windows of full length."""
    rows = tokens[: len(tokens) // (WINDOW + 1) * (WINDOW + 1)].view(-1, WINDOW + 1)
    losses = [
        nn.functional.cross_entropy(model(part[:, :-1]).logits.flatten(0, 1), part[:, 1:].flatten()).item()
        for part in rows.split(32)
    ]
    return sum(losses) / len(losses)


def main() -> None:
    """Train and store the tokenizer, the weights and their configuration."""
    training, held_out = prose()
    torch.manual_seed(0)
    tokenizer = trained_tokenizer(training)
    tokens, unseen = stream(tokenizer, training), stream(tokenizer, held_out)
    per_token = sum(map(len, held_out)) / (len(unseen) - len(held_out))
    print(len(training), len(held_out), len(tokens), f"{per_token:.2f} characters per token", flush=True)
    model = untrained()
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    train(model, tokens, unseen)
    nats = loss_on(model, unseen)
    print(json.dumps({"nats_per_token": nats, "bits_per_character": nats / math.log(2) / per_token}))
    model.half().save_pretrained(HERE)
    tokenizer.save(str(HERE / "tokenizer.json"))


if __name__ == "__main__":
    main()
