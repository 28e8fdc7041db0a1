"""Everything that is computed once: tokens of all texts, their teacher vectors, and the student's first token table."""

import multiprocessing as mp
import os
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from sources import EVERYDAY
from student import HIDDEN, PROMPT
from teacher import load_teacher, teach
from texts import build_pairs, encode

MAX_QUERY, MAX_PROMPTED, MAX_DOC, MAX_TEACHER = 40, 64, 160, 128
DOC_BUCKETS = (16, 32, 48, 64, 96, 128, 160)


@dataclass
class Data:
    names: list  # of the sources
    pairs: np.ndarray  # [n, 3]: query, document, group
    sources: np.ndarray  # [n]
    query: np.ndarray  # [n], row in ids["query"] and ids["prompted"]
    document: np.ndarray  # [n], row in ids["document"]
    ids: dict  # kind -> tokens on the device, padded with 0
    length: dict  # kind -> number of tokens
    taught: torch.Tensor  # teacher vectors of all texts, centred, of length 1
    table: torch.Tensor  # first token vectors [vocab, HIDDEN]
    axes: torch.Tensor  # [512, HIDDEN], the teacher's principal axes


def prepare(work, device, small):
    # The workers start before CUDA is used.
    pool = mp.get_context("fork").Pool(1 if small else max(2, min(16, len(os.sched_getaffinity(0)))))
    texts, pairs, sources, names = build_pairs(f"{work}/texts.jsonl.xz", 500 if small else 0)
    tokenizer = Tokenizer.from_file(f"{work}/tokenizer.json")
    vocab = tokenizer.get_vocab_size()
    is_query, is_doc = np.zeros(len(texts), bool), np.zeros(len(texts), bool)
    is_query[pairs[:, 0]] = is_doc[pairs[:, 1]] = True
    query_at, doc_at = np.full(len(texts), -1), np.full(len(texts), -1)
    query_at[is_query], doc_at[is_doc] = np.arange(is_query.sum()), np.arange(is_doc.sum())
    queries = [t for t, k in zip(texts, is_query) if k]
    documents = [t for t, k in zip(texts, is_doc) if k]
    jobs = dict(query=(queries, MAX_QUERY), prompted=([PROMPT + t for t in queries], MAX_PROMPTED))
    jobs["document"] = (documents, MAX_DOC)
    tokens = {
        k: encode(pool, "student", f"{work}/tokenizer.json", t, limit, vocab - 2) for k, (t, limit) in jobs.items()
    }
    read, sizes = encode(pool, "teacher", f"{work}/vocab.json", texts, MAX_TEACHER)
    words = [tokenizer.decode([i]).strip() or "." for i in range(vocab)]
    if small:
        words = words[:2000] + ["."] * (vocab - 2000)
    words = encode(None, "teacher", f"{work}/vocab.json", words, MAX_TEACHER)
    pool.terminate()

    weights = {k: v.to(device) for k, v in load_teacher(f"{work}/teacher.safetensors").items()}
    budget = 200_000 if device == "cuda" else 4096
    taught, table = teach(weights, read, sizes, device, budget), teach(weights, *words, device, budget).float()
    taught, table, axes = centre(taught, table)
    ids = {k: torch.from_numpy(v[0].astype(np.int16)).to(device) for k, v in tokens.items()}
    length = {k: v[1] for k, v in tokens.items()}
    return Data(names, pairs, sources, query_at[pairs[:, 0]], doc_at[pairs[:, 1]], ids, length, taught, table, axes)


def centre(taught, table):
    """Teacher vectors without their mean; token vectors on the principal axes, all of length 2; the axes, largest first."""
    device = taught.device
    pick = torch.randperm(len(taught), device=device)[:60000]
    mean = taught[pick].float().mean(0)
    centred = (taught[pick].float() - mean)[:20000]
    vectors = torch.linalg.eigh((centred.T @ centred).cpu().double())[1]
    axes = vectors.flip(1)[:, :HIDDEN].float().contiguous().to(device)
    for s in range(0, len(taught), 200000):
        taught[s : s + 200000] = F.normalize(taught[s : s + 200000].float() - mean, dim=-1).half()
    table = F.normalize((table - mean) @ axes, dim=-1) * 2.0
    special = torch.randn(2, HIDDEN, generator=torch.Generator().manual_seed(1))
    table[-2:] = F.normalize(special, dim=-1).to(device) * 2.0
    return taught, table.cpu(), axes


class Batches:
    """Endless batches of pair numbers of alike length; in half of them all pairs come from one source (harder negatives)."""

    def __init__(self, data, size, rng):
        self.data, self.size, self.rng, self.queue, self.epochs = data, size, rng, [], 0
        # Everyday sources are drawn every epoch, the large technical ones in part.
        always = {*EVERYDAY, "wordnet", "banking77", "clinc150"}
        self.chance = np.array([1.0 if name in always else 0.6 for name in data.names])
        self.doc_bucket = np.searchsorted(DOC_BUCKETS, data.length["document"][data.document]).astype(np.int64)
        self.query_bucket = (data.length["query"][data.query] > 14).astype(np.int64)

    def next(self):
        if not self.queue:
            self.queue, self.epochs = self.epoch(), self.epochs + 1
        return self.queue.pop()

    def epoch(self):
        rng, sources, size = self.rng, self.data.sources, self.size
        kept = np.flatnonzero(rng.random(len(sources)) < self.chance[sources])
        rng.shuffle(kept)
        alone = np.where(rng.random(len(kept)) < 0.5, sources[kept].astype(np.int64) + 1, 0)
        key = (alone * 2 + self.query_bucket[kept]) * 16 + self.doc_bucket[kept]
        out, rest = [], []
        for k in np.unique(key):
            members = kept[key == k]
            whole = len(members) // size * size
            out += list(members[:whole].reshape(-1, size))
            rest.append(members[whole:])
        rest = np.concatenate(rest)
        rest = rest[np.argsort(self.doc_bucket[rest] * 2 + self.query_bucket[rest], kind="stable")]
        out = np.array(out + list(rest[: len(rest) // size * size].reshape(-1, size)))
        rng.shuffle(out)
        return list(out)
