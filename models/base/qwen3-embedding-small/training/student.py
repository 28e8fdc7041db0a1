"""The student: Qwen3 with tied embeddings, written out so that only the pooled position is computed in the last layer."""

import torch
import torch.nn.functional as F

PROMPT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
HIDDEN, HEAD, HEADS, KV, EPS, THETA = 256, 32, 8, 4, 1e-6, 1e6


def shapes(layers, feed, vocab):
    out = {"embed_tokens.weight": (vocab, HIDDEN), "norm.weight": (HIDDEN,)}
    for n in range(layers):
        at = f"layers.{n}."
        out |= {
            at + "input_layernorm.weight": (HIDDEN,),
            at + "post_attention_layernorm.weight": (HIDDEN,),
            at + "self_attn.q_proj.weight": (HEADS * HEAD, HIDDEN),
            at + "self_attn.k_proj.weight": (KV * HEAD, HIDDEN),
            at + "self_attn.v_proj.weight": (KV * HEAD, HIDDEN),
            at + "self_attn.o_proj.weight": (HIDDEN, HEADS * HEAD),
            at + "self_attn.q_norm.weight": (HEAD,),
            at + "self_attn.k_norm.weight": (HEAD,),
            at + "mlp.gate_proj.weight": (feed, HIDDEN),
            at + "mlp.up_proj.weight": (feed, HIDDEN),
            at + "mlp.down_proj.weight": (HIDDEN, feed),
        }
    return out


def new_weights(layers, feed, table, device, seed=0):
    g = torch.Generator().manual_seed(seed)
    w = {}
    for name, shape in shapes(layers, feed, len(table)).items():
        if name.startswith("embed"):
            w[name] = table.clone()
        elif len(shape) == 1:
            w[name] = torch.ones(shape)
        else:
            std = shape[1] ** -0.5 * 0.8
            if "o_proj" in name or "down_proj" in name:
                std *= (2 * layers) ** -0.5
            w[name] = torch.randn(shape, generator=g) * std
    return {k: v.to(device).requires_grad_() for k, v in w.items()}


def forward(w, layers, ids, last):
    """Final hidden state at position last[i] of each right-padded row (attention is causal: padding after it is never seen). -> [rows, HIDDEN] float32."""
    rows, length = ids.shape
    device, type_ = ids.device, torch.bfloat16 if torch.is_autocast_enabled(ids.device.type) else torch.float32
    norm = lambda x, name: F.rms_norm(x, (x.shape[-1],), w[name].to(x.dtype), EPS).to(x.dtype)
    turn = lambda x: torch.cat((-x[..., HEAD // 2 :], x[..., : HEAD // 2]), -1)
    angle = torch.outer(
        torch.arange(length, device=device).float(),
        1.0 / (THETA ** (torch.arange(0, HEAD, 2, device=device).float() / HEAD)),
    )
    cos, sin = (
        torch.cat((angle, angle), -1).cos()[:, None].to(type_),
        torch.cat((angle, angle), -1).sin()[:, None].to(type_),
    )
    row = torch.arange(rows, device=device)
    x = F.embedding(ids, w["embed_tokens.weight"]).to(type_)
    for n in range(layers):
        a, m, final = f"layers.{n}.self_attn.", f"layers.{n}.mlp.", n == layers - 1
        h = norm(x, f"layers.{n}.input_layernorm.weight")
        key = norm(F.linear(h, w[a + "k_proj.weight"]).view(rows, length, KV, HEAD), a + "k_norm.weight")
        key = (key * cos + turn(key) * sin).repeat_interleave(HEADS // KV, 2)
        value = F.linear(h, w[a + "v_proj.weight"]).view(rows, length, KV, HEAD).repeat_interleave(HEADS // KV, 2)
        if final:
            x, h = x[row, last], h[row, last]
            query = norm(F.linear(h, w[a + "q_proj.weight"]).view(rows, HEADS, HEAD), a + "q_norm.weight")
            query = query * cos[last] + turn(query) * sin[last]
            scores = (query[:, None] * key).sum(-1).float() * HEAD**-0.5
            scores = scores.masked_fill(torch.arange(length, device=device)[None, :, None] > last[:, None, None], -1e9)
            mixed = (scores.softmax(1)[..., None].to(value.dtype) * value).sum(1).reshape(rows, HEADS * HEAD)
        else:
            query = norm(F.linear(h, w[a + "q_proj.weight"]).view(rows, length, HEADS, HEAD), a + "q_norm.weight")
            query = query * cos + turn(query) * sin
            mixed = (
                F.scaled_dot_product_attention(
                    query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True
                )
                .transpose(1, 2)
                .reshape(rows, length, HEADS * HEAD)
            )
        x = x + F.linear(mixed, w[a + "o_proj.weight"])
        h = norm(x, f"layers.{n}.post_attention_layernorm.weight")
        x = x + F.linear(
            F.silu(F.linear(h, w[m + "gate_proj.weight"])) * F.linear(h, w[m + "up_proj.weight"]),
            w[m + "down_proj.weight"],
        )
    return norm(x.float(), "norm.weight")
