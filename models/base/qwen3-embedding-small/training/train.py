"""Trains the variants of the small base side by side, on the same batches, and scores each untuned.

    python train.py WORK --out OUT --minutes 4.2                          # on a GPU
    python train.py WORK --out OUT --minutes 1 --device cpu --small       # tries the code on a CPU

WORK holds texts.jsonl.xz (collect.py), tokenizer.json (tokenizer.py), teacher.safetensors and vocab.json
(pack_teacher.py), and for the scores sample.jsonl, rust-train.jsonl and rust-test.jsonl. tune.py does the rest.

The losses: InfoNCE with in-batch negatives over four Matryoshka prefixes, the similarity distribution of the teacher
within the batch, and the cosine to the teacher through a head that is thrown away.
"""

import argparse
import json
import math
import os
import time

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from evaluation import load_tasks, untuned
from loss import contrast, similarity_kl
from prepare import Batches, prepare
from student import forward, new_weights

START = time.time()
VARIANTS = {
    "a": dict(layers=3, feed=512, rate=1.2e-3, nce=1.0, kl=1.0, cos=2.0),
    "b": dict(layers=3, feed=512, rate=2.5e-3, nce=1.0, kl=1.0, cos=2.0),
    "c": dict(layers=2, feed=896, rate=2e-3, nce=0.5, kl=1.5, cos=2.0),
}


def say(*parts):
    print(f"{time.time() - START:6.1f}", *parts, flush=True)


def save(w, path):
    rounded = {k: v.detach().to(torch.bfloat16).cpu().contiguous() for k, v in sorted(w.items())}
    save_file(rounded, path + ".tmp", metadata={"format": "pt"})
    os.replace(path + ".tmp", path)


class Student:
    """Weights of one variant with their optimizer."""

    def __init__(self, variant, data, device):
        self.variant, self.layers, self.step, self.mean = variant, variant["layers"], 0, None
        self.w = new_weights(variant["layers"], variant["feed"], data.table, device)
        self.head = data.axes.clone().contiguous().requires_grad_()  # [512, HIDDEN]: back from the principal axes
        table = "embed_tokens.weight"
        decayed = [x for k, x in self.w.items() if x.ndim > 1 and k != table]
        free = [self.w[table], self.head] + [x for x in self.w.values() if x.ndim == 1]
        groups = [dict(params=decayed, weight_decay=0.01), dict(params=free, weight_decay=0.0)]
        self.optimizer = torch.optim.AdamW(groups, lr=variant["rate"], betas=(0.9, 0.98), fused=device == "cuda")

    def learn(self, batch, progress):
        """One step at a rate by `progress` in [0, 1]."""
        v = self.variant
        scale = min(1, (self.step + 1) / 100) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in self.optimizer.param_groups:
            group["lr"] = v["rate"] * scale
        with torch.autocast(batch["both"].device.type, torch.bfloat16):
            q = forward(self.w, self.layers, batch["q_ids"], batch["q_last"])
            d = forward(self.w, self.layers, batch["d_ids"], batch["d_last"])
        own = torch.cat((q, d))
        nce, hit = contrast(q, d, batch["hide"])
        kl = similarity_kl(own, batch["log_his"], batch["his"], batch["eye"])
        cosine = 1 - (F.normalize(own @ self.head.T, dim=-1) * batch["both"]).sum(1).mean()
        self.optimizer.zero_grad(set_to_none=True)
        (v["nce"] * nce + v["kl"] * kl + v["cos"] * cosine).backward()
        norm = torch.nn.utils.clip_grad_norm_([*self.w.values(), self.head], 1.0)
        self.optimizer.step()
        self.step += 1
        now = torch.stack((nce, kl, cosine, hit, norm)).detach()
        self.mean = now if self.mean is None else self.mean * 0.98 + now * 0.02


def load_batch(data, members, prompted, device):
    """Tokens and the teacher's view of the pairs `members`."""
    kind = "prompted" if prompted else "query"
    q_at, d_at = data.query[members], data.document[members]
    q_size, d_size = data.length[kind][q_at], data.length["document"][d_at]
    on = lambda array: torch.from_numpy(np.asarray(array, np.int64)).to(device)
    query, group = on(data.pairs[members, 0]), on(data.pairs[members, 2])
    t_q, t_d = data.taught[query].float(), data.taught[on(data.pairs[members, 1])].float()
    diagonal = torch.eye(len(members), dtype=torch.bool, device=device)
    # No negatives of each other: one group, one query, or passages that the teacher finds alike.
    same = (group[:, None] == group[None]) | (query[:, None] == query[None]) | (t_d @ t_d.T > 0.9)
    both = torch.cat((t_q, t_d))
    eye = torch.eye(len(both), dtype=torch.bool, device=device)
    log_his = (both @ both.T / 0.07).masked_fill(eye, -1e4).log_softmax(1)
    return dict(
        q_ids=data.ids[kind][on(q_at), : int(q_size.max())].long(),
        d_ids=data.ids["document"][on(d_at), : int(d_size.max())].long(),
        q_last=on(q_size) - 1,
        d_last=on(d_size) - 1,
        hide=same & ~diagonal,
        both=both,
        eye=eye,
        log_his=log_his,
        his=log_his.exp(),
    )


def main():
    p = argparse.ArgumentParser()
    p.add_argument("work")
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=4.2, help="from the start of this process to the last step")
    p.add_argument("--batch", type=int, default=1024)
    p.add_argument("--device", default="cuda")
    p.add_argument("--small", action="store_true")
    p.add_argument("--variants", default="a,b,c")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.manual_seed(0)
    data = prepare(a.work, a.device, a.small)
    tasks, _ = load_tasks(a.work, a.device, a.small)
    say(len(data.taught), "texts", len(data.pairs), "pairs")
    students = {name: Student(VARIANTS[name], data, a.device) for name in a.variants.split(",")}

    size = min(a.batch, len(data.pairs) // 8) if a.small else a.batch
    rng = np.random.default_rng(0)
    batches, began, number, tokens = Batches(data, size, rng), time.time(), 0, 0
    until = max(START + 60 * a.minutes, began + 5)
    while time.time() < until:
        batch = load_batch(data, batches.next(), rng.random() < 0.5, a.device)
        for student in students.values():
            student.learn(batch, min(1.0, (time.time() - began) / (until - began)))
        number += 1
        tokens += batch["q_ids"].numel() + batch["d_ids"].numel()
        if number % (1 if a.small else 100) == 0:
            for name, student in students.items():
                say(number, name, "nce kl cos hit norm", [round(x, 3) for x in student.mean.tolist()])
    report = dict(steps=number, batch=size, epochs=batches.epochs, padded_tokens=tokens, variants={})
    report |= dict(seconds=round(time.time() - began, 1), pairs=len(data.pairs), texts=len(data.taught))

    # Scores are of the weights as they are delivered: rounded to bfloat16, computed in float32.
    torch.backends.cuda.matmul.allow_tf32 = False
    for name, student in students.items():
        save(student.w, f"{a.out}/{name}.safetensors")
        rounded = {k: x.detach().to(torch.bfloat16).float() for k, x in student.w.items()}
        report["variants"][name] = dict(student.variant, untuned=untuned(rounded, student.layers, tasks))
        say("untuned", name, report["variants"][name]["untuned"])
    with open(f"{a.out}/report.json", "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
