"""The course as a collection of documents: what its lessons say, read when it is asked for."""

import re
from typing import TYPE_CHECKING

from handrail.kit.data import path

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["course_pages", "course_questions"]

CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
WORDS = 30
SENTENCE = re.compile(r"(?<=[.?!]) +(?=[A-Z*`])")
SKIPPED = re.compile(r"^## (?:Check yourself|In short|Next)\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)

QUESTIONS = """
01_fundamentals/01_python_essentials: How do I read a file line by line and count what is in it?
01_fundamentals/03_objects_and_types: How does a class refuse a value that makes no sense?
01_fundamentals/04_numpy_arrays: How do I add a number to every pixel without a loop?
01_fundamentals/05_pandas_tables: How do I join two tables without losing rows?
01_fundamentals/07_visualisation: My bar chart starts at 50. Is that misleading?
01_fundamentals/08_sql_duckdb_polars: The file is larger than my memory. How do I query it?
01_fundamentals/10_linear_algebra: What does a matrix do to a vector?
01_fundamentals/10_linear_algebra: What is the length of a vector, and the angle between two of them?
01_fundamentals/11_calculus_gradient_descent: How large should a step downhill be?
01_fundamentals/12_probability: The test is positive. How likely am I ill?
01_fundamentals/13_hypothesis_tests: Is the difference between two groups only chance?
01_fundamentals/13_hypothesis_tests: Why must I not stop an experiment as soon as p is below 0.05?
01_fundamentals/15_performance_memory: My program is slow. Where do I begin?
02_machine_learning/01_first_model: How do I get from data to a service that answers with predictions?
02_machine_learning/02_linear_regression: What does a coefficient of a regression mean?
02_machine_learning/03_logistic_regression: How do I turn a score into a probability?
02_machine_learning/04_model_evaluation: Accuracy is 97 percent, but one class is rare. Is the model good?
02_machine_learning/05_pipelines_and_leakage: Where do I learn why my cross-validation is too good?
02_machine_learning/06_feature_engineering: How do I encode the hour of the day for a model?
02_machine_learning/07_trees_and_forests: Why is a forest better than a single tree?
02_machine_learning/08_gradient_boosting: How does a model learn from the errors of the one before it?
02_machine_learning/10_hyperparameter_tuning: Is the best score of a grid search too optimistic?
02_machine_learning/11_clustering: How many clusters are in my data?
02_machine_learning/12_dimensionality_reduction: How do I plot data with many columns in two dimensions?
02_machine_learning/14_explainability: Which features made the model say no to this customer?
03_deep_learning/01_tensors_autograd: How does PyTorch compute a derivative?
03_deep_learning/02_neural_networks: Why does a network need a function that is not linear between its layers?
03_deep_learning/03_training_that_works: My loss does not go down. What should I check?
03_deep_learning/05_convolutions: Why do networks for pictures share their weights across places?
03_deep_learning/06_transfer_learning: I have only a hundred labeled pictures. What can I do?
03_deep_learning/08_recurrent_networks: How does a network remember earlier parts of a sequence?
03_deep_learning/09_attention_transformers: What are queries, keys and values?
03_deep_learning/10_gpt_from_scratch: How do I train a small language model on my own text?
03_deep_learning/11_fine_tuning: How do I adapt a trained text model to my own labels?
03_deep_learning/13_diffusion: How can a picture come out of noise?
04_llm_production/01_how_llms_generate: What does the temperature change when the next token is drawn?
04_llm_production/02_llm_apis: The provider answers 429. When should I try again?
04_llm_production/03_prompts_as_software: How do I know that a new prompt is better than the old one?
04_llm_production/04_structured_outputs: The JSON of the model is valid but the total is wrong. How do I notice?
04_llm_production/05_embeddings_vector_search: How does a search find texts that share no word with my question?
"""


def course_pages(words: int = WORDS) -> "pd.DataFrame":
    """Return the lessons that are installed, one a row, in the order of the course: `id`, `title`, `markdown`.

    The id is the path of the lesson. Of each section the Markdown keeps the heading and the sentences at its
    beginning, until `words` words are reached: MiniLM would take a minute for the whole course. Quiz, summary and
    outlook are left out.
    """
    import pandas as pd

    root = path("handbook").parents[1] / "notebooks"
    rows = []
    for source in sorted(root.glob("[0-9]*/[0-9]*.py")):
        markdown = _openings(_markdown(source.read_text(encoding="utf-8")), words)
        title = markdown.split("\n", 1)[0].removeprefix("# ")
        rows.append({"id": source.relative_to(root).with_suffix("").as_posix(), "title": title, "markdown": markdown})
    return pd.DataFrame(rows)


def course_questions() -> "pd.DataFrame":
    """Return 40 questions of a learner, `question`, and the path of the lesson that answers each, `lesson`.

    Written once, before any search was tried with them. Other lessons may answer some of them too.
    """
    import pandas as pd

    pairs = [line.split(": ", 1) for line in QUESTIONS.strip().splitlines()]
    return pd.DataFrame(pairs, columns=["lesson", "question"])[["question", "lesson"]]


def _markdown(source: str) -> str:
    """Return the Markdown of a lesson's cells, without code, quiz answers and summary."""
    parts = CELL.split(source)
    cells = [body for tag, body in zip(parts[1::2], parts[2::2], strict=True) if "[markdown]" in tag]
    text = "\n\n".join(re.sub(r"^# ?", "", cell.strip(), flags=re.MULTILINE) for cell in cells)
    return SKIPPED.sub("", FOLDED.sub("", text)).strip() + "\n"


def _openings(markdown: str, words: int) -> str:
    """Keep of each section its heading and its first sentences and lines, until so many words are reached."""
    kept, left = [], words
    for line in markdown.splitlines():
        if line.startswith("#"):
            left = words
            kept.append(f"\n{line}\n")
            continue
        for sentence in SENTENCE.split(line.strip()):
            if left > 0 and sentence:
                left -= len(sentence.split())
                kept.append(sentence)
    return "\n".join(kept).strip() + "\n"
