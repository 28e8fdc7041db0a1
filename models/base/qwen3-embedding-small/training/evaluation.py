"""Recall untuned and after LoRA on held-out pairs."""

import json
import random
import time

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from student import HIDDEN, PROMPT, forward


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Task:
    """A retrieval set: queries (prompted) and documents as tokens; gold document of each query."""

    def __init__(self, path, tokenizer, end, device, limit=None):
        rows = lines(path)[:limit]
        self.documents = list(dict.fromkeys(r["positive"] for r in rows))
        place = {d: i for i, d in enumerate(self.documents)}
        self.gold = torch.tensor([place[r["positive"]] for r in rows], device=device)
        self.q = self.tokens(tokenizer, [PROMPT + r["query"] for r in rows], 96, end, device)
        self.d = self.tokens(tokenizer, self.documents, 256, end, device)

    @staticmethod
    def tokens(tokenizer, texts, limit, end, device):
        found = [e.ids if len(e.ids) <= limit else e.ids[: limit - 1] + [end] for e in tokenizer.encode_batch(texts)]
        ids = torch.zeros(len(found), max(map(len, found)), dtype=torch.long)
        for k, t in enumerate(found):
            ids[k, : len(t)] = torch.tensor(t)
        return ids.to(device), torch.tensor([len(t) - 1 for t in found], device=device)


def embed(w, layers, tokens, size=512):
    ids, last = tokens
    with torch.no_grad():
        return torch.cat([forward(w, layers, ids[s : s + size], last[s : s + size]) for s in range(0, len(ids), size)])


def recalls(q, d, gold, dim=HIDDEN, at=(1, 5, 10)):
    s = F.normalize(q[:, :dim], dim=-1) @ F.normalize(d[:, :dim], dim=-1).T
    rank = (s > s.gather(1, gold[:, None])).sum(1)
    return [round(100 * (rank < k).float().mean().item(), 1) for k in at]


def untuned(w, layers, tasks):
    return {
        name: {str(dim): recalls(embed(w, layers, t.q), embed(w, layers, t.d), t.gold, dim) for dim in (256, 64)}
        for name, t in tasks.items()
    }


def lora(w, layers, task, train, rate, epochs, batch=32, rank=16, alpha=32, seed=0, score=None, every=None):
    """LoRA as the page does it: all seven projections, A Kaiming, B zero, AdamW (0.01), clip 1, 10 % warm-up, linear decay, scale 20. Yields (epoch, score(weights))."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    device = task.gold.device
    names = [k for k in w if k.endswith("_proj.weight")]
    base = {k: v.detach() for k, v in w.items()}
    A = {
        k: ((torch.rand(rank, w[k].shape[1]) * 2 - 1) * w[k].shape[1] ** -0.5).to(device).requires_grad_()
        for k in names
    }
    B = {k: torch.zeros(w[k].shape[0], rank, device=device, requires_grad=True) for k in names}
    merged = lambda: {**base, **{k: base[k] + alpha / rank * B[k] @ A[k] for k in names}}
    parameters = list(A.values()) + list(B.values())
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
    steps, step, warm, losses = -(-len(train) // batch) * epochs, 0, None, []
    warm = max(1, round(0.1 * steps))
    for epoch in range(1, epochs + 1):
        order = list(train)
        rng.shuffle(order)
        for s in range(0, len(order), batch):
            i = torch.tensor(order[s : s + batch], device=device)
            g = task.gold[i]
            full = merged()
            q = F.normalize(forward(full, layers, task.q[0][i][:, : int(task.q[1][i].max()) + 1], task.q[1][i]), dim=-1)
            d = F.normalize(forward(full, layers, task.d[0][g][:, : int(task.d[1][g].max()) + 1], task.d[1][g]), dim=-1)
            same = (g[:, None] == g[None]) & ~torch.eye(len(g), dtype=torch.bool, device=device)
            loss = F.cross_entropy((q @ d.T * 20).masked_fill(same, -1e4), torch.arange(len(g), device=device))
            for group in optimizer.param_groups:
                group["lr"] = rate * (step / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm)))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            step += 1
            losses.append(loss.detach())
        if epoch == epochs or every and epoch % every == 0:
            with torch.no_grad():
                yield epoch, score(merged()), round(torch.stack(losses[-5:]).mean().item(), 3)


# (set, seed of the split and of A, rate, epochs)
TRIALS = (
    ("rust", 0, 1e-3, 1),
    ("rust", 0, 3e-3, 1),
    ("rust", 0, 1e-3, 3),
    ("sample", 0, 1e-3, 12),
    ("sample", 1, 1e-3, 12),
    ("sample", 0, 3e-3, 12),
    ("sample", 0, 3e-4, 12),
    ("sample", 0, 1e-3, 30),
)


def tuned(w, layers, tasks, rust_train, trials, note):
    """LoRA on the sample (split by passage; corpus: all passages, then those held out) and on rust-docs."""
    for name, seed, rate, epochs in trials:
        if name == "rust":
            task, rows = rust_train, list(range(len(rust_train.gold)))
            score = lambda f: (
                recalls(embed(f, layers, tasks["rust"].q), embed(f, layers, tasks["rust"].d), tasks["rust"].gold),
            )
        else:
            task = tasks[name]
            documents, gold = len(task.documents), task.gold.tolist()
            held = set(random.Random(seed).sample(range(documents), documents // 5))
            rows, test = [i for i, g in enumerate(gold) if g not in held], [i for i, g in enumerate(gold) if g in held]
            at = torch.tensor(test, device=task.gold.device)
            own = torch.tensor(sorted(held), device=at.device)
            place = torch.full((documents,), -1, device=at.device)
            place[own] = torch.arange(len(own), device=at.device)

            def score(f, task=task, at=at, own=own, place=place):
                q, d = embed(f, layers, (task.q[0][at], task.q[1][at])), embed(f, layers, task.d)
                return recalls(q, d, task.gold[at]), recalls(q, d[own], place[task.gold[at]])

        with torch.no_grad():
            before = score({k: v.detach() for k, v in w.items()})
        began = time.time()
        for epoch, after, loss in lora(
            w, layers, task, rows, rate, epochs, seed=seed, score=score, every=max(1, epochs // 3)
        ):
            note(
                dict(
                    set=name,
                    seed=seed,
                    rate=rate,
                    epoch=epoch,
                    of=epochs,
                    train=len(rows),
                    before=before,
                    after=after,
                    loss=loss,
                    seconds=round(time.time() - began, 1),
                )
            )


def load_tasks(pack, device, small):
    """The tokenizer's end id, the evaluation sets and the 2,000 rust-docs pairs to tune on."""
    tokenizer = Tokenizer.from_file(f"{pack}/tokenizer.json")
    task = lambda name: Task(
        f"{pack}/{name}.jsonl", tokenizer, tokenizer.get_vocab_size() - 2, device, 64 if small else None
    )
    return dict(sample=task("sample"), rust=task("rust-test")), task("rust-train")
