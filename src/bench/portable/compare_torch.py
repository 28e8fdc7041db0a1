"""The same training step and the same embedding in PyTorch, for comparison: `compare_torch.py FOLDER DEVICE ITEM…`.

FOLDER holds workload.json and block.f32 (model.ts says how weights are cut from it). An item is `MODE TOKENS` or
`MODE embedding`, with MODE f32 (TF32 off), tf32, or bf16 (weights and products in bfloat16, LoRA in float32). Results go to
standard output in the lines of protocol.ts. Eager PyTorch with its fused attention and fused AdamW, all texts of one length, so
that nothing is padded; nothing is recomputed.
"""

import json
import statistics
import sys
import time
import traceback
from pathlib import Path

import torch
import torch.nn.functional as F

BLOCK = 65537
STRIDE = 7919
LORA_SHIFT = 4001
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
MOST_STEPS = 10
ENOUGH_SECONDS = 4.0


def say(message):
    sys.stdout.write("@@ " + json.dumps(message) + "\n")
    sys.stdout.flush()


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


class Model:
    """Qwen3-Embedding with LoRA on every projection; weights as the engine's bench makes them."""

    def __init__(self, workload, block, device, dtype):
        config = workload["config"]
        self.config, self.device, self.dtype = config, device, dtype
        self.scaling = workload["alpha"] / workload["rank"]
        rank = workload["rank"]
        hidden, head = config["hidden"], config["headDim"]
        queries, keys, wide = config["heads"] * head, config["kvHeads"] * head, config["intermediate"]
        shapes = [(queries, hidden), (keys, hidden), (keys, hidden), (hidden, queries), (wide, hidden), (wide, hidden), (hidden, wide)]
        block = block.to(device)
        scaled = {}

        def matrix(number, rows, cols):
            if cols not in scaled:
                scale = torch.sqrt(torch.tensor(3.0 / cols, dtype=torch.float64)).to(torch.float32).to(device)
                bits = (block * scale).to(torch.bfloat16).to(dtype)
                scaled[cols] = torch.cat([bits, bits])
            from_ = number * STRIDE % BLOCK
            turned = scaled[cols][from_ : from_ + BLOCK]
            count = rows * cols
            return turned.repeat(-(-count // BLOCK))[:count].view(rows, cols).contiguous()

        def lora(number, count, scale):
            at = (torch.arange(count, device=device) + number * STRIDE + LORA_SHIFT) % BLOCK
            return block[at] * scale

        self.layers = []
        self.parameters = []
        for layer in range(config["layers"]):
            own = {}
            for i, (name, (rows, cols)) in enumerate(zip(PROJECTIONS, shapes)):
                number = layer * len(PROJECTIONS) + i
                a = lora(number, rank * cols, float(torch.tensor(cols**-0.5, dtype=torch.float32))).view(rank, cols)
                b = torch.zeros(rows, rank, device=device)
                a, b = a.requires_grad_(True), b.requires_grad_(True)
                self.parameters += [a, b]
                own[name] = (matrix(number, rows, cols), a, b)
            self.layers.append(own)
        self.initial = [parameter.detach().clone() for parameter in self.parameters]
        self.table = matrix(config["layers"] * len(PROJECTIONS), config["vocab"], hidden)
        self.ones = {width: torch.ones(width, device=device, dtype=dtype) for width in (hidden, head)}

    def rotary(self, length):
        half = self.config["headDim"] // 2
        inverse = 1.0 / (self.config["ropeTheta"] ** (torch.arange(half, device=self.device, dtype=torch.float32) / half))
        angle = torch.arange(length, device=self.device, dtype=torch.float32)[:, None] * inverse
        return torch.cat([angle.cos(), angle.cos()], 1).to(self.dtype), torch.cat([angle.sin(), angle.sin()], 1).to(self.dtype)

    def norm(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.ones[x.shape[-1]], self.config["rmsEps"])

    def project(self, x, layer, name):
        weight, a, b = layer[name]
        if not self.adapted:
            return F.linear(x, weight)
        low = F.linear(F.linear(x, a.to(self.dtype)), b.to(self.dtype))
        return F.linear(x, weight) + self.scaling * low

    def embed(self, ids, adapted):
        """ids [texts, length] → L2-normalized embeddings of the last tokens, [texts, hidden] in float32."""
        self.adapted = adapted
        config = self.config
        texts, length = ids.shape
        head, heads, keys = config["headDim"], config["heads"], config["kvHeads"]
        cos, sin = self.rotary(length)

        def turned(x):
            half = head // 2
            return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin

        x = F.embedding(ids, self.table)
        for layer in self.layers:
            n = self.norm(x)
            q = self.project(n, layer, "q_proj").view(texts, length, heads, head).transpose(1, 2)
            k = self.project(n, layer, "k_proj").view(texts, length, keys, head).transpose(1, 2)
            v = self.project(n, layer, "v_proj").view(texts, length, keys, head).transpose(1, 2)
            q, k = turned(self.norm(q)), turned(self.norm(k))
            k, v = (t.repeat_interleave(heads // keys, 1) for t in (k, v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.project(y.transpose(1, 2).reshape(texts, length, heads * head), layer, "o_proj")
            n = self.norm(x)
            gated = F.silu(self.project(n, layer, "gate_proj")) * self.project(n, layer, "up_proj")
            x = x + self.project(gated, layer, "down_proj")
        return F.normalize(self.norm(x)[:, -1].float(), dim=1)


def texts_of(count, length, vocab, device):
    text = torch.arange(count, dtype=torch.int64)[:, None]
    position = torch.arange(length, dtype=torch.int64)[None]
    return ((131 * text + 31 * position + 7 * text * position + 11) % vocab).to(device)


def measure_step(model, workload, size, device):
    pairs = size["pairs"]
    ids = texts_of(2 * pairs, size["textTokens"], model.config["vocab"], device)
    with torch.no_grad():
        for parameter, value in zip(model.parameters, model.initial):
            parameter.copy_(value)
    fused = {"fused": True} if device == "cuda" else {}
    adam = torch.optim.AdamW(model.parameters, lr=workload["learningRate"], weight_decay=0.01, **fused)
    target = torch.arange(pairs, device=device)

    def step():
        adam.zero_grad(set_to_none=True)
        e = model.embed(ids, True)
        loss = F.cross_entropy(workload["scale"] * e[:pairs] @ e[pairs:].T, target)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters, 1.0)
        adam.step()
        return loss, norm

    def clock():
        synchronize(device)
        started = time.perf_counter()
        loss, norm = step()
        numbers = (loss.item(), norm.item())
        synchronize(device)
        return numbers, time.perf_counter() - started

    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    (loss, norm), first = clock()
    times, began = [], time.perf_counter()
    while len(times) < MOST_STEPS and (len(times) < 3 or time.perf_counter() - began < ENOUGH_SECONDS):
        times.append(clock()[1])
    for parameter in model.parameters:
        parameter.grad = None
    seconds = statistics.median(times)
    return {
        **size,
        "loss": loss,
        "gradNorm": norm,
        "firstSeconds": first,
        "seconds": seconds,
        "steps": len(times),
        "tokensPerSecond": size["tokens"] / seconds,
        "bytes": torch.cuda.max_memory_allocated() if device == "cuda" else None,
    }


def measure_embedding(model, workload, device):
    size = workload["embedding"]
    ids = texts_of(size["texts"], size["textTokens"], model.config["vocab"], "cpu")
    rows = max(1, size["batchTokens"] // size["textTokens"])

    @torch.no_grad()
    def run():
        return torch.cat([model.embed(part.to(device), False).cpu() for part in ids.split(rows)])

    found = run()
    times = []
    for _ in range(3):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    seconds = statistics.median(times)
    tokens = size["texts"] * size["textTokens"]
    return {**size, "seconds": seconds, "tokensPerSecond": tokens / seconds, "cosine": float(found[0] @ found[1])}


def main():
    folder, device, *items = sys.argv[1:]
    workload = json.loads((Path(folder) / "workload.json").read_text())
    block = torch.frombuffer(bytearray((Path(folder) / "block.f32").read_bytes()), dtype=torch.float32)
    sys.stdout.write(f"torch {torch.__version__}, CUDA {torch.version.cuda}\n")
    held = (None, None)
    for item in items:
        mode, what = item.split(" ")
        say({"begin": item})
        try:
            torch.backends.cuda.matmul.allow_tf32 = mode == "tf32"
            torch.backends.cudnn.allow_tf32 = mode == "tf32"
            dtype = torch.bfloat16 if mode == "bf16" else torch.float32
            if held[0] != dtype:
                held = (None, None)
                if device == "cuda":
                    torch.cuda.empty_cache()
                held = (dtype, Model(workload, block, device, dtype))
            model = held[1]
            if what == "embedding":
                result = measure_embedding(model, workload, device)
            else:
                size = next(size for size in workload["steps"] if str(size["tokens"]) == what)
                result = measure_step(model, workload, size, device)
            say({"item": item, "result": {**result, "torch": torch.__version__}})
        except Exception as error:  # said, and the next one goes on
            say({"item": item, "error": f"{type(error).__name__}: {error} {traceback.format_exc().splitlines()[-3:]}"})


main()
