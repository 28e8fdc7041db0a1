"""Pairs and tokens for training."""

import json
import lzma
import random

import numpy as np
from tokenizers import Tokenizer, models, normalizers


def build_pairs(path, limit, seed=0):
    """-> texts (unique documents, then queries), pairs [n, 3] of (query, document, group), source index of each pair, source names."""
    rng = random.Random(seed)
    index, texts, pairs, sources, names = {}, [], [], [], {}

    def at(text):
        k = index.get(text)
        if k is None:
            k = index[text] = len(texts)
            texts.append(text)
        return k

    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    if limit:
        rng.shuffle(rows)
        rows = rows[:limit]
    for source, group, text, many in rows:
        number = names.setdefault(source, len(names))
        for spec in many:
            if len(spec) == 1:
                query, document = spec[0], text
            else:
                a, b, out = spec
                query, document = text[a:b], (f"{text[:a].rstrip()} {text[b:].lstrip()}".strip() if out else text)
            if rng.random() < 0.35:
                query = query.lower().rstrip("?.! ")  # as people type
            if len(query) < 2 or len(document) < 10:
                continue
            pairs.append((at(query), at(document), group))
            sources.append(number)
    return texts, np.array(pairs, np.int64), np.array(sources, np.int16), list(names)


_tokenizers = {}


def _encode(job):
    kind, path, texts, limit, end = job
    key = (kind, path)
    if key not in _tokenizers:
        _tokenizers[key] = teacher_tokenizer(path) if kind == "teacher" else Tokenizer.from_file(path)
    ids, size = np.zeros((len(texts), limit), np.uint16), np.zeros(len(texts), np.int32)
    for row, e in enumerate(_tokenizers[key].encode_batch_fast(texts)):
        t = e.ids
        if len(t) > limit:
            t = t[: limit - 1] + [end] if end else t[:limit]
        t = t or [0]
        ids[row, : len(t)] = t
        size[row] = len(t)
    return ids, size


def encode(pool, kind, path, texts, limit, end=0):
    """-> ids [n, limit] uint16 padded with 0, sizes [n]."""
    step = 8192
    jobs = [(kind, path, texts[s : s + step], limit, end) for s in range(0, len(texts), step)]
    parts = pool.map(_encode, jobs, chunksize=1) if pool else [_encode(j) for j in jobs]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def teacher_tokenizer(path):
    vocabulary = json.load(open(path))
    t = Tokenizer(
        models.Unigram(
            [(f"<r{i}>", -1e4) for i in range(6)]
            + [(piece, -1e4 if score is None else float(score)) for piece, score in vocabulary[6:]],
            unk_id=0,
            byte_fallback=False,
        )
    )
    t.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    return t
