# /// lesson
# minutes = 55
# exercise_minutes = 82
# needs = ["01_fundamentals/10_linear_algebra", "02_machine_learning/12_dimensionality_reduction", "03_deep_learning/09_attention_transformers"]
# seconds = 60
# memory_mb = 1800
# ///

# %% [markdown]
# # Find the right paragraph among ten thousand
#
# **Why.** You want to throw away repeated rows. pandas can do it, but its documentation says *duplicate* where you say *repeated*, and a search for your words finds nothing. A search for your meaning finds it at once. How does a program compare meanings, and what do you give up when two thousand texts become ten million?
#
# **You will**
# - turn a sentence into a vector by hand, and get the library's numbers,
# - say what a cosine of 0.4 is worth for one model and one collection,
# - search exactly with one matrix product, and measure how often the right text comes back,
# - trade accuracy for work with two kinds of index, and measure both,
# - run a vector database with your own vectors, and recognize three ways in which it fails without an error.
#
# **You need** lessons 1·10 (vectors), 2·12 (projections) and 3·09 (transformers). 55 minutes, and 82 for the exercises.

# %%
from handrail.kit.models import offline_hub

offline_hub()  # before the imports: lets them find MiniLM in an installed package, without a network

import re

import faiss
import matplotlib.pyplot as plt
import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer

from handrail.kit.corpora import docs_sentences, docs_snapshot, docstring, embed, on_grid

faiss.omp_set_num_threads(1)
plt.style.use("handrail.kit.course")
docs = docs_snapshot()
print(f"{len(docs):,} entries from {', '.join(sorted(docs['library'].unique()))}")

# %% [markdown]
# The texts are real: 500 docstrings of each library, read from the packages that you have installed. So is the model. MiniLM has 22.7 million weights, which is small today.
#
# ## 1. From tokens to one vector
#
# A transformer returns a vector for each *token*, not one for the sentence. MiniLM was trained on a billion pairs of texts that belong together, such as a question and its answer, until the **mean** of one text's token vectors lay nearer to its partner's than to any other. A sentence's vector is that mean, scaled to length 1. Is this all that the library does? (In a batch, short sentences are padded; the mask that this needs is exercise 1.)

# %%
model = SentenceTransformer("all-MiniLM-L6-v2")
sentence = "How do I get a second screen?"

tokens = model.tokenizer(sentence, return_tensors="pt")
with torch.no_grad():
    token_vectors = model[0].auto_model(**tokens).last_hidden_state[0].numpy()
by_hand = token_vectors.mean(axis=0)
by_hand /= np.linalg.norm(by_hand)
encoded = model.encode(sentence)

print(model.tokenizer.convert_ids_to_tokens(tokens["input_ids"][0]))
print(token_vectors.shape, "becomes", by_hand.shape)
print("equal to a millionth:", bool(np.abs(by_hand - encoded).max() < 1e-6))

# %% [markdown]
# For vectors of length 1 the cosine of the angle is the dot product, so `E @ E.T` compares each of ten sentences with each. Find the pairs that share a meaning but hardly a word. Then compare the rows about dogs.

# %%
ten = ["How do I get a second screen?", "Staff may order an additional monitor.",
       "Dogs are allowed in the office.", "Dogs are not allowed in the office.", "You may bring your pet to work.",
       "The invoice is due in thirty days.", "Payment must arrive within a month.",
       "The server is down.", "My computer does not respond.", "Today's soup is tomato."]  # fmt: skip
E = model.encode(ten)
cosine = E @ E.T
_, ax = plt.subplots(figsize=(7, 4.2))
ax.imshow(cosine, cmap="Blues", vmin=0, vmax=1.2)
ax.set_xticks(range(10), range(1, 11))
ax.set_yticks(range(10), [f"{text}  {i}" for i, text in enumerate(ten, 1)])
for (i, j), value in np.ndenumerate(cosine):
    ax.text(j, i, round(100 * value.item()), ha="center", va="center", size=8, color="w" if value > 0.7 else "k")
ax.set_title("Pairs that mean the same stand out (100 × cosine)", x=-0.75)
ax.grid(False)
print("screen and monitor, allowed and not allowed, dogs and pets:", cosine[[0, 2, 2], [1, 3, 4]].round(2))

# %% [markdown]
# A second screen and an additional monitor have no word in common, and 0.45. But "allowed" and "not allowed" have 0.86, more than dogs and pets. The vector says what a sentence is *about*, hardly what it *claims*.
#
# ## 2. How similar is similar?
#
# Is 0.45 much? The scale runs from −1 to 1, so it looks like "somewhat". Only a distribution can tell. Here are all two million pairs among the bodies of the documentation (what follows a docstring's first sentence), beside as many random vectors. Where do you expect the middle of the gray hill, and of the blue one?

# %%
vectors = embed(docs["body"])  # (2000, 384); committed with the course, since MiniLM needs minutes for them
noise = np.random.default_rng(0).standard_normal(vectors.shape, dtype=np.float32)
noise /= np.linalg.norm(noise, axis=1, keepdims=True)
upper = np.triu_indices(len(docs), 1)
real_pairs, noise_pairs = (vectors @ vectors.T)[upper], (noise @ noise.T)[upper]

_, ax = plt.subplots(figsize=(7, 3.2))
for pairs, color in ((noise_pairs, "#8A8A8A"), (real_pairs, "C0")):
    ax.hist(pairs, bins=np.arange(-0.3, 1, 0.02), density=True, histtype="stepfilled", alpha=0.75, color=color)
ax.axvline(0.45, ymax=0.17, color="C5")
ax.text(-0.33, 6, "random vectors", color="#555555")
ax.text(0.4, 2, "bodies of the documentation", color="C0")
ax.text(0.46, 1.2, "the screen and the monitor", color="C5")
ax.set(xlabel="cosine of a pair", ylabel="density", title="Two pages taken at random have a cosine near 0.25, not 0")
for name, pairs in (("bodies", real_pairs), ("random", noise_pairs)):
    print(f"{name}: mean {abs(pairs.mean()):.2f}, deviation {pairs.std():.3f}, above 0.4 {(pairs > 0.4).mean():.1%}")

# %% [markdown]
# All these texts are documentation, so all lean the same way, and a cosine of 0.4 is less than it sounds: one pair in eight lies above it. Random vectors of 384 numbers hardly ever leave 0 ± 2/√384. Another model or another collection has another picture. That is why no threshold can be copied from somebody else's project.
#
# One more trap: dot product, cosine and Euclidean distance choose alike, but only while every vector has length 1. Make row 0 five times as long, same direction, and watch how many of 400 searches it wins.

# %%
queries = embed(docs["summary"][:400])
stretched = vectors.copy()
stretched[0] *= 5

for name, rows in (("length 1", vectors), ("row 0 five times as long", stretched)):
    dot, lengths = queries @ rows.T, np.linalg.norm(rows, axis=1)
    won = dot.argmax(axis=1), (dot / lengths).argmax(axis=1), (lengths**2 - 2 * dot).argmin(axis=1)
    by_dot, by_cosine, by_distance = ((winner == 0).sum() for winner in won)
    print(f"{name:26} won by row 0: dot product {by_dot:>3}, cosine {by_cosine}, distance {by_distance}")

# %% [markdown]
# ## 3. Exact search
#
# The whole search is one product of a matrix and a vector, and the largest entries of the result: 768,000 multiplications. Four questions in everyday words. The first number says how many of the 2,000 entries contain all their words, which is what a keyword search would return; then comes the best by meaning. Which answer is wrong?

# %%
asked = ["throw away repeated rows", "switch off neurons at random", "stop the learning when nothing gets better",
         "turn a picture by a quarter"]  # fmt: skip
words = [set(re.findall(r"\w+", text.lower())) for text in docs["summary"] + " " + docs["body"]]

for question, scores in zip(asked, model.encode(asked) @ vectors.T, strict=True):
    by_words = sum(set(question.split()) <= have for have in words)
    best = scores.argmax()
    print(f"{question:45}{by_words}   {scores[best]:.2f}  {docs['name'][best]}")

# %% [markdown]
# Three good answers and `torch.round`, where `numpy.rot90` was wanted. Note that its cosine is the lowest, but that it isn't zero: a vector search *always* returns something.
#
# Four questions prove nothing. A test set costs no labels: ask with the summary of an entry, and the right answer is the body of the same entry, one of 2,000. **Recall@k** is the share of queries whose answer is among the first k, **MRR** the mean of 1/rank (0 beyond ten).


# %%
def ranks(asked, rows):
    """Place of row i in the answer to query i; ties count against it."""
    scores = asked @ rows.T
    own = scores[np.arange(len(asked)), np.arange(len(asked))]
    return (scores >= own[:, None]).sum(axis=1)


rank = ranks(queries, vectors)
for k in (1, 5, 10):
    print(f"recall@{k:<3}{(rank <= k).mean():.2f}")
print(f"MRR@10    {np.where(rank <= 10, 1 / rank, 0).mean():.2f}")

# %% [markdown]
# Wrong for more than half at the first place, and for one in four even among five. Before you blame the model, read failures: not the best stories, simply the first six. Would the answer that was found have helped you?

# %% tags=["quotes"]
first = (queries @ vectors.T).argmax(axis=1)
for i in np.flatnonzero(rank > 1)[:6]:
    print(docs["summary"][i])
    print(f"    wanted {docs['name'][i]}, place {rank[i]};  found {docs['name'][first[i]]}")

# %% [markdown]
# `torch.vander` asked for a Vandermonde matrix and got `numpy.vander`; `append` got another `append`, a histogram another histogram. Near-duplicates are the rule in real collections, and our measure calls them wrong. So 0.45 is too low a figure for usefulness. It is still a fair one for *comparing*: every change below is judged by the same 400 queries.
#
# ## 4. Less work: visit a few cells
#
# Exact search compares the query with every row. To see what can be saved we need more rows: 10,200 sentences of the same docstrings. MiniLM would take minutes, so here is the cheapest of all sentence vectors: the mean of MiniLM's *input* word vectors, rare words weighted more (TF-IDF), no transformer.

# %%
sentences = docs_sentences()[:10_200]
token_ids = model.tokenizer(sentences, add_special_tokens=False, verbose=False)["input_ids"]
word_vectors = model[0].auto_model.get_input_embeddings().weight.detach().numpy()

rarity = TfidfVectorizer(analyzer=list, norm="l1")
weights = rarity.fit_transform(token_ids)
means = weights @ word_vectors[rarity.get_feature_names_out().astype(int)]
means -= means.mean(axis=0)
fast = on_grid(means / np.linalg.norm(means, axis=1, keepdims=True))
rows, searches = fast[:10_000], fast[10_000:]
print(rows.shape, searches.shape)

# %% [markdown]
# (`on_grid` rounds to multiples of 1/2048. Every dot product is then exact, so that your counts equal the ones printed here, whatever your processor.)
#
# The truth comes from exact search: for each of 200 queries its ten nearest rows. The **index** is k-means, which you know from clustering: 64 cells, each with a center of length 1; every row belongs to the center with the highest dot product.

# %%
exact = searches @ rows.T
truth = np.argsort(-exact, axis=1)[:, :10]

centers = KMeans(64, n_init=1, max_iter=20, random_state=0).fit(rows.astype(float)).cluster_centers_
centers = on_grid(centers / np.linalg.norm(centers, axis=1, keepdims=True))
cell_of = (rows @ centers.T).argmax(axis=1)
size = np.bincount(cell_of, minlength=64)
print(f"rows in a cell: {size.min()} to {size.max()}, median {np.median(size):.0f}")

# %% [markdown]
# To search, compare the query with the 64 centers, visit the nearest few cells and look at nothing else. We count **work** in vectors compared, not in microseconds: a count is the same on every machine. **Recall@10** is now the share of the ten *true neighbors* that the index returns too. It says nothing about whether they are useful. How much of the truth is in the nearest cell?


# %%
def recall(found, true):
    return np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, true, strict=True)])


def visit(cells):
    nearest = np.argsort(-(searches @ centers.T), axis=1)[:, :cells]
    open_cells = np.zeros((len(searches), 64), dtype=bool)
    np.put_along_axis(open_cells, nearest, True, axis=1)
    seen = open_cells[:, cell_of]  # (searches, rows)
    found = np.argsort(np.where(seen, -exact, np.inf), axis=1)[:, :10]
    return 64 + seen.sum(axis=1).mean(), recall(found, truth)


by_cells = {cells: visit(cells) for cells in (1, 2, 4, 8, 16, 32, 64)}
for cells, (work, share) in by_cells.items():
    print(f"{cells:>2} of 64 cells: {work:>6,.0f} of 10,000 compared, recall {share:.3f}")

# %% [markdown]
# A seventh of the work finds five sixths of the neighbors; the last few cost most. FAISS calls this index IVF (*inverted file*: a list of rows for each cell) and the number of cells `nprobe`. Given our centers, does it return our neighbors for our work?

# %%
quantizer = faiss.IndexFlatIP(384)  # IP: inner product
quantizer.add(centers)
ivf = faiss.IndexIVFFlat(quantizer, 384, 64, faiss.METRIC_INNER_PRODUCT)
ivf.train(rows)  # finds centers, if the quantizer is empty
ivf.add(rows)

ivf.nprobe = 8
faiss.cvar.indexIVF_stats.reset()
_, found = ivf.search(searches, 10)
print(f"{64 + faiss.cvar.indexIVF_stats.ndis / 200:,.0f} compared, recall {recall(found, truth):.3f}")

# %% [markdown]
# Why does it miss any? In two dimensions you can see it (these points are drawn at random). The query looks at the blue cell only; its nearest neighbor sits just across the border. In the plane that is bad luck. In 384 dimensions it is the rule: the nearest cell held 42 % of the neighbors.

# %%
from scipy.spatial import Voronoi, voronoi_plot_2d

plane = np.random.default_rng(0).uniform(size=(250, 2))
twelve = KMeans(12, n_init=1, random_state=0).fit(plane)
here = np.array([[0.341, 0.572]])
blue = twelve.labels_ == twelve.predict(here)
order = np.linalg.norm(plane - here, axis=1).argsort()
missed, returned = plane[order[0]], plane[order[blue[order]][0]]

ax = voronoi_plot_2d(Voronoi(twelve.cluster_centers_), show_points=False, show_vertices=False).axes[0]
ax.scatter(*plane.T, s=22, color=np.where(blue, "#0072B2", "#C4C4C4"))
points, names = (here[0], returned, missed), ("query  ", "found  ", "  missed")
for (x, y), name, color, side in zip(points, names, ("k", "C0", "C5"), ("right", "right", "left"), strict=True):
    ax.plot(x, y, "o", color=color, markersize=8)
    ax.text(x, y, name, color=color, ha=side, va="top", weight="bold")
ax.set(xlim=(0.05, 0.65), ylim=(0.35, 0.8), xticks=[], yticks=[], title="The nearest neighbor can live next door")
plt.show()

# %% [markdown]
# ## 5. Less work: walk a graph
#
# HNSW (*hierarchical navigable small world*) links every row with some of its near neighbors. A search enters somewhere, moves along links toward the query and keeps a list of the `efSearch` best rows seen; it stops when no open candidate is better than the worst of the list. You write this walk in exercise 5. Here FAISS does it: up to 32 links a row on the ground floor, and a few floors above with fewer rows, to come near quickly.


# %%
def graph_of(rows):
    index = faiss.IndexHNSWFlat(384, 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 60
    index.add(rows)
    return index


def walk(index, searches, true, ef):
    index.hnsw.efSearch = ef
    faiss.cvar.hnsw_stats.reset()
    _, found = index.search(searches, 10)
    return faiss.cvar.hnsw_stats.ndis / len(searches), recall(found, true)


graph = graph_of(rows)
by_ef = {ef: walk(graph, searches, truth, ef) for ef in (10, 20, 40, 80, 160)}
for ef, (work, share) in by_ef.items():
    print(f"efSearch {ef:>3}: {work:>6,.0f} of 10,000 compared, recall {share:.3f}")

# %% [markdown]
# One comparison in fifteen, and 96 % of the neighbors: for the same recall, the graph does about a seventh of the cells' work.
#
# **Predict before you run.** The same index, with the same settings, on 10,000 *random* vectors of 384 numbers; the queries are random too. With `efSearch` 40 the recall on sentences was 0.96. What will it be?
#
# - about 0.96: the index sees only numbers, and doesn't know what they mean
# - about 0.9: random vectors are a little harder
# - less than 0.4

# %%
random = np.random.default_rng(0).standard_normal((10_200, 384), dtype=np.float32)
random = on_grid(random / np.linalg.norm(random, axis=1, keepdims=True))
random_scores = random[10_000:] @ random[:10_000].T
random_truth = np.argsort(-random_scores, axis=1)[:, :10]
random_graph = graph_of(random[:10_000])

on_random = {ef: walk(random_graph, random[10_000:], random_truth, ef) for ef in by_ef}
print(f"efSearch  40: {on_random[40][0]:>6,.0f} of 10,000 compared, recall {on_random[40][1]:.2f}")
for name, scores in (("sentences", exact), ("random", random_scores)):
    nearest, tenth, thousandth = np.sort(scores, axis=1)[:, [-1, -10, -1000]].mean(axis=0)
    print(f"{name:10} cosine of the nearest {nearest:.2f}, 10th {tenth:.2f}, 1,000th {thousandth:.2f}")

# %% [markdown]
# The tempting answer is the first, and recall fell to a third of it, with twice the work. The last two lines say why. A sentence has neighbors that are clearly nearer than the rest (0.61 against 0.12), so each step of the walk leads somewhere. Among random vectors the nearest is hardly nearer than the thousandth: nothing to follow. **Never benchmark an index on random vectors**; use your own, with your own queries.
#
# Recall against work decides between indexes; up and to the left is better. The rings mark `nprobe` 8 and `efSearch` 40. Move them in the cell below: how few comparisons give each a recall of 0.9?


# %%
def frontier(nprobe=8, efSearch=40):
    _, ax = plt.subplots()
    for line, color in ((by_cells, "C0"), (by_ef, "C5"), (on_random, "#777777")):
        ax.plot(*zip(*line.values(), strict=True), "o-", color=color)
    for point, color in ((by_cells[nprobe], "C0"), (by_ef[efSearch], "C5")):
        ax.plot(*point, "o", color=color, markersize=14, fillstyle="none")
    ax.text(1500, 0.77, "IVF", color="C0")
    ax.text(290, 0.95, "HNSW", color="C5", ha="right")
    ax.text(1500, 0.28, "HNSW, random vectors", color="#555555")
    ax.set(xscale="log", xlim=(200, 12_000), ylim=(0, 1.05), ylabel="recall@10")
    ax.set_xlabel("vectors compared in a search, of 10,000")
    ax.set_xticks([200, 500, 1000, 2000, 5000, 10_000], ["200", "500", "1,000", "2,000", "5,000", "10,000"])
    ax.set_title("The graph needs the least work, where there are neighbors")
    plt.show()


frontier()

# %% tags=["widget"]
from ipywidgets import SelectionSlider, interact

_ = interact(
    frontier,
    nprobe=SelectionSlider(options=list(by_cells), value=8),
    efSearch=SelectionSlider(options=list(by_ef), value=40),
)

# %% [markdown]
# ## 6. Smaller vectors
#
# Work is one cost, memory the other: a row of 384 numbers of four bytes takes 1,536. Four ways to shrink it, judged by the 400 queries of section 3 (one standard error is 0.02): round to whole numbers from −127 to 127; keep the first 128 numbers; project onto the best 128 or 32 directions, as in 2·12; keep only the sign. Which will hurt most?


# %%
def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


scale = 127 / np.abs(vectors).max()
directions = np.linalg.svd(vectors.astype(float), full_matrices=False)[2]
signs = np.where(queries > 0, 1, -1), np.where(vectors > 0, 1, -1)
smaller = {"384 floats": (1536, ranks(queries, vectors)),
           "384 whole numbers": (384, ranks(np.round(queries * scale), np.round(vectors * scale))),
           "first 128 floats": (512, ranks(unit(queries[:, :128]), unit(vectors[:, :128])))}  # fmt: skip
for d in (128, 32):
    best = directions[:d].T
    smaller[f"best {d} directions"] = 4 * d, ranks(unit(queries @ best), unit(vectors @ best))
smaller["384 signs"] = 48, ranks(*signs)
for name, (size, place) in smaller.items():
    print(f"{name:20}{size:>6,} bytes   recall@5 {(place <= 5).mean():.3f}")

# %% [markdown]
# A quarter of the memory costs nothing. And 384 signs, one *bit* each, beat 32 good floats that take more than twice their place. What the signs lose is mostly order, so let them choose twenty candidates among 2,000, and rank only those with the full vectors, which may wait on a disk.

# %%
candidates = np.argsort(-(signs[0] @ signs[1].T), axis=1, kind="stable")[:, :20]
full = np.take_along_axis(queries @ vectors.T, candidates, axis=1)
chosen = np.take_along_axis(candidates, np.argsort(-full, axis=1)[:, :5], axis=1)
rescored = (chosen == np.arange(400)[:, None]).any(axis=1).mean()
print(f"signs, then twenty rescored: recall@5 {rescored:.3f}")

# %% [markdown]
# ## 7. A database around it
#
# An index returns row numbers. A database adds what an application needs: ids, texts, metadata, updates, a file that survives the process. Chroma wants to know how to embed; its default would download a model, so we hand it ours. The class is the whole interface. `space="cosine"` matters: Chroma's own default is Euclidean distance. `ef_search=200` keeps 200 candidates on the way through the graph, twice the default: among 2,000 rows its answer is then the exact one.


# %%
import tempfile

import chromadb


class MiniLM(chromadb.EmbeddingFunction):
    def __init__(self):
        pass

    def __call__(self, input):
        return list(embed(input))

    @staticmethod
    def name():
        return "all-MiniLM-L6-v2"

    def get_config(self):
        return {}

    @staticmethod
    def build_from_config(config):
        return MiniLM()


# %% [markdown]
# Adding texts embeds them, and a query is embedded by the same function. The second query asks for entries of torch only: `where` filters *inside* the search. `upsert` replaces an entry or adds it, `delete` removes it. The files outlive the client: another one opens the folder and finds the rest.

# %%
folder = tempfile.TemporaryDirectory()
quiet = chromadb.Settings(anonymized_telemetry=False)
store = chromadb.PersistentClient(folder.name, settings=quiet)
hnsw = {"space": "cosine", "ef_search": 200}
entries = store.create_collection("docs", embedding_function=MiniLM(), configuration={"hnsw": hnsw})
libraries = [{"library": library} for library in docs["library"]]
entries.add(ids=docs["name"].tolist(), documents=docs["body"].tolist(), metadatas=libraries)

question = docs["summary"][3]
print("asked with the summary of", docs["name"][3])
print(entries.query(query_texts=[question], n_results=3)["ids"][0])
print(entries.query(query_texts=[question], n_results=3, where={"library": "torch"})["ids"][0])

entries.upsert(ids=["numpy.append"], documents=[docs["body"][3]], metadatas=[{"library": "numpy", "checked": True}])
entries.delete(ids=["numpy.matrix.A1"])
again = chromadb.PersistentClient(folder.name, settings=quiet).get_collection("docs", embedding_function=MiniLM())
print(again.count(), "entries; checked:", again.get(where={"checked": True})["ids"])

# %% [markdown]
# | your collection | start with | because |
# | --- | --- | --- |
# | up to 100,000 rows | NumPy or DuckDB, exact | 154 MB, one product, no recall to lose |
# | millions, one machine, rarely changed | FAISS: HNSW, or IVF if memory or building time is short | fast; ids and files are your job |
# | rows come and go, filters, many users | Chroma, pgvector, Qdrant, ... | ids, metadata, updates are its job |
# | memory is the limit | whole numbers or signs, then rescoring | section 6 |
#
# ## How it fails
#
# None of these three raises an error. **(a) A filter after the search.** Each query wants five results of its own library, and filters the best five afterwards. How many of 400 get fewer?

# %%
import duckdb

library = docs["library"].to_numpy(dtype=object)
top5 = np.argsort(-(queries @ vectors.T), axis=1)[:, :5]
left = (library[top5] == library[:400, None]).sum(axis=1)
print(f"fewer than five: {(left < 5).sum()} of 400   none at all: {(left == 0).sum()}")

frame = docs[["name", "library"]].assign(vector=list(vectors))
question = {"query": queries[3].tolist()}
nearest_first = "ORDER BY array_cosine_similarity(vector::FLOAT[384], $query::FLOAT[384]) DESC"
inside = duckdb.sql(f"SELECT name FROM frame WHERE library = 'numpy' {nearest_first} LIMIT 5", params=question)
print(inside.df()["name"].tolist())

# %% [markdown]
# DuckDB filters first, and five come back. **(b) Two models in one index.** Somebody changes the embedding model and keeps the index. LSA (TF-IDF and a projection, from 2·17) also makes 384 numbers, so nothing complains. Its own index is a fair one; what does it find in MiniLM's?

# %%
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

lsa = make_pipeline(TfidfVectorizer(), TruncatedSVD(384, random_state=0), Normalizer())
lsa_vectors = lsa.fit_transform(docs["body"])
lsa_queries = lsa.transform(docs["summary"][:400])

found_by = {
    "MiniLM asks MiniLM": ranks(queries, vectors),
    "LSA asks LSA": ranks(lsa_queries, lsa_vectors),
    "LSA asks MiniLM": ranks(lsa_queries, vectors),
}
for name, place in found_by.items():
    print(f"{name:20} recall@5 {(place <= 5).mean():.2f}")

# %% [markdown]
# Chance is 5 in 2,000, or 0.0025. Store the model's name and version with the index, and refuse queries of another. Chroma compares `name()` when it opens a collection, so choose it with care.
#
# **(c) The end of a long text.** MiniLM reads 256 tokens and drops the rest. Put a recipe at the end of a long docstring: does its vector notice?

# %%
recipe = "To cook tomato soup, boil six tomatoes in salted water."
long = docstring("sklearn.cluster.KMeans")
plain, with_recipe, alone, hungry = model.encode([long, long + "\n\n" + recipe, recipe, "How do I cook soup?"])
print("largest change of the vector:", float(np.abs(plain - with_recipe).max()))
print(f"cosine with the question: {hungry @ with_recipe:.2f} as part of the docstring, {hungry @ alone:.2f} alone")

token_counts = np.array([len(model.tokenizer(docstring(name), verbose=False)["input_ids"]) for name in docs["name"]])
print(f"docstrings longer than {model.max_seq_length} tokens: {(token_counts > model.max_seq_length).mean():.0%}")

# %% [markdown]
# The recipe doesn't exist for the index, and neither does the end of seven docstrings in ten. Cut long texts into pieces before embedding them: the next lesson.
#
# ## In practice
#
# - Start with exact search. It is often enough, and always the reference.
# - Measure two recalls: of the *index* against exact search, of the *answers* against your own queries. Again after every change of index, model or chunking.
# - Rebuilding the index is one command, and the model's name is stored with it.
#
# **With a real model.** MiniLM *is* a real model, only a small one. A larger embedding model raises the figures of section 3 and moves the hills of section 2; nothing else in this lesson changes.

# %% [markdown]
# ## Check yourself
#
# **1.** Two texts have a cosine of 0.45. They are (a) similar, (b) different, (c) 45 % equal in meaning, (d) you can't say yet.
#
# **2.** The recall of an approximate index is measured against (a) human judgments, (b) exact search with the same vectors, (c) the training loss, (d) another index.
#
# **3.** Dot product and cosine give the same order (a) always, (b) if the query has length 1, (c) if all rows have length 1, (d) if the dimensions are equal.
#
# <details><summary>Answer</summary>
#
# **1 d.** You need the distribution of cosines of this model on this collection: in section 2, 0.45 is not rare, among the ten sentences of section 1 it is. (a) takes 0 for the middle, which is 0.25 here. (b) takes 1 for the normal case. (c) A cosine is no percentage of anything.
#
# **2 b.** An index approximates exact search, so exact search is its truth. (a) measures retrieval quality, model and index together. (c) belongs to the model. (d) compares two approximations: they may miss the same rows.
#
# **3 c.** The length of a *row* multiplies its score. (b) The query's length multiplies all scores alike and never changes an order. (a) Row 0 of section 2, five times as long, is the counterexample. (d) Without equal dimensions there is no product at all.
#
# </details>

# %% [markdown]
# ## In short
#
# - A sentence's vector is the mean of its token vectors, scaled to length 1. It tells topics well and negations badly.
# - A cosine means something only beside the cosines of other pairs.
# - Exact search is a matrix product. IVF visits a few cells, HNSW walks a graph; recall against work compares them, on *your* data.
# - Whole numbers cost nothing, signs little, and rescoring repairs them.
# - Filters outside the search, mixed models and cut texts fail in silence.
#
# ## Next
#
# [Open the exercises](../../work/04_llm_production/05_embeddings_vector_search.ipynb): masked pooling, honest neighbors, a recall that is fair to ties, and both indexes by hand. Then lesson 06 puts a model that writes behind the search.

# %% tags=["claims"]
assert len(docs) == 2_000 and (docs["library"].value_counts() == 500).all()
assert 22.6e6 < sum(weight.numel() for weight in model.parameters()) < 22.8e6
assert np.abs(by_hand - encoded).max() < 1e-6
assert np.allclose([cosine[0, 1], cosine[2, 3], cosine[2, 4]], [0.447, 0.858, 0.514], atol=0.002)

assert abs(real_pairs.mean() - 0.25) < 0.005 and 0.12 < (real_pairs > 0.4).mean() < 0.135
assert abs(noise_pairs.std() - 384**-0.5) < 0.001
assert by_dot > 30 * by_cosine > 0 == by_distance

tops = [docs["name"][row] for row in (model.encode(asked) @ vectors.T).argmax(axis=1)]
assert tops[0] == "pandas.DataFrame.duplicated" and "dropout" in tops[1] and tops[2].endswith("ReduceLROnPlateau")
assert tops[3] == "torch.round" and "numpy.rot90" in set(docs["name"]) and by_words == 0
assert [(rank <= k).sum() for k in (1, 5, 10)] == [180, 300, 324]
assert abs(np.where(rank <= 10, 1 / rank, 0).mean() - 0.577) < 0.001
assert {"numpy.vander", "pandas.Index.append", "pandas.DataFrame.hist"} <= {
    docs["name"][first[i]] for i in np.flatnonzero(rank > 1)[:6]
}

assert abs(by_cells[1][1] - 0.42) < 0.005 and by_cells[64] == (10_064, 1)
assert 1 / 7.5 < by_cells[8][0] / 10_000 < 1 / 6.5 and abs(by_cells[8][1] - 5 / 6) < 0.01
assert np.isclose(recall(found, truth), by_cells[8][1])
assert 14 < 10_000 / by_ef[40][0] < 16 and abs(by_ef[40][1] - 0.96) < 0.005
as_good = np.interp(by_ef[40][1], [share for _, share in by_cells.values()], [work for work, _ in by_cells.values()])
assert 6 < as_good / by_ef[40][0] < 8
assert (
    on_random[40][1] < 0.4
    and abs(on_random[40][1] / by_ef[40][1] - 1 / 3) < 0.05
    and 1.8 < on_random[40][0] / by_ef[40][0] < 2.2
)
assert missed.tolist() not in plane[blue].tolist() and by_ef[10][0] < by_cells[2][0] and by_ef[10][1] > by_cells[4][1]
best = [np.sort(scores, axis=1)[:, [-1, -1000]].mean(axis=0) for scores in (exact, random_scores)]
assert np.allclose(best, [[0.61, 0.12], [0.19, 0.07]], atol=0.01)

at_5 = {name: (place <= 5).mean() for name, (_, place) in smaller.items()}
assert at_5["384 floats"] == 0.75 and abs(at_5["384 whole numbers"] - 0.75) < 0.01
assert at_5["384 signs"] > at_5["best 32 directions"] + 0.1 and smaller["best 32 directions"][0] > 2 * 48
assert at_5["first 128 floats"] < at_5["best 128 directions"] and abs(rescored - 0.75) < 0.01

assert again.count() == 1_999 and (left < 5).sum() == 163 and (left == 0).sum() == 9
assert len(inside.df()) == 5 and set(inside.df()["name"].str.split(".").str[0]) == {"numpy"}
assert (found_by["LSA asks LSA"] <= 5).mean() > 0.5 and (found_by["LSA asks MiniLM"] <= 5).mean() < 0.02
assert (plain == with_recipe).all() and hungry @ alone > 0.5 > 0.1 > hungry @ with_recipe
assert model.max_seq_length == 256 and 0.65 < (token_counts > 256).mean() < 0.75
assert 153e6 < 100_000 * 384 * 4 < 155e6
