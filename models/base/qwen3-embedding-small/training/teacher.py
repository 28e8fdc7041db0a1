"""Universal Sentence Encoder lite in torch."""

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file


def load_teacher(path):
    """Weights by name, float32; matrices are stored as int8 with one float16 scale for 32 numbers of a row."""
    stored = load_file(path)
    return {
        k: (v.float() * stored[k + ".scale"].float()).flatten(1) if k + ".scale" in stored else v.float()
        for k, v in stored.items()
        if not k.endswith(".scale")
    }


def teacher_forward(w, ids, sizes):
    """Universal Sentence Encoder lite: two pre-norm Transformer layers (no score scaling), mean pooling, tanh. ids [n, length] -> unit vectors [n, 512]."""
    rows, length = ids.shape
    mask = torch.arange(length, device=ids.device)[None] < sizes[:, None]
    angle = torch.arange(length, device=ids.device).float()[:, None] * w["rates"].float()
    x = (2 * w["embed"][ids] + torch.cat((angle.sin(), angle.cos()), -1).to(w["embed"].dtype)) * mask[..., None]
    for n in (0, 1):
        d = {k[2:]: v for k, v in w.items() if k.startswith(f"{n}.")}
        rest = x if n else x @ w["widen"] + w["widen_b"]
        h = F.layer_norm(x, x.shape[-1:], d["s1"], d["b1"], 1e-6)
        q, k, v = [t.view(rows, length, 4, -1).transpose(1, 2) for t in (h @ d["qkv"] + d["qkvb"]).chunk(3, -1)]
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None])
        x = rest + y.transpose(1, 2).reshape(rows, length, -1) @ d["o"] + d["ob"]
        h = F.layer_norm(x, x.shape[-1:], d["s2"], d["b2"], 1e-6)
        x = x + F.relu(h @ d["w1"] + d["c1"]) @ d["w2"] + d["c2"]
    mean = (x.float() * mask[..., None]).sum(1) / sizes[:, None].float()
    return F.normalize(torch.tanh(mean @ w["out"].float() + w["out_b"].float()), dim=-1)


def teach(weights, ids, sizes, device, tokens):
    """Teacher vectors of all texts, float16 on `device`."""
    out = torch.empty(len(sizes), 512, dtype=torch.float16, device=device)
    order = np.argsort(sizes, kind="stable")
    i = 0
    with torch.no_grad():
        while i < len(order):
            j = min(len(order), i + 64)
            while j < len(order) and (j + 64 - i) * sizes[order[min(len(order), j + 64) - 1]] <= tokens:
                j = min(len(order), j + 64)
            chosen = order[i:j]
            length = int(sizes[chosen[-1]])
            block = torch.from_numpy(ids[chosen, :length].astype(np.int64)).to(device)
            out[torch.from_numpy(chosen).to(device)] = teacher_forward(
                weights, block, torch.from_numpy(sizes[chosen].astype(np.int64)).to(device)
            ).half()
            i = j
    return out
