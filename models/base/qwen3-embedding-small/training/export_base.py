"""Writes a trained variant as a sentence-transformers folder laid out like Qwen3-Embedding, checks it against
transformers, and leaves vectors of a few texts for the engine's tests.

    python export_base.py OUT/c.safetensors WORK/tokenizer.json ../../qwen3-embedding-tiny NEW_FOLDER
"""

import json
import os
import shutil
import sys

import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from student import HEAD, HEADS, HIDDEN, KV, PROMPT, forward

QUERIES = ["charger blinks orange", "how do i pop from a vec"]
DOCUMENTS = [
    "Removes the last element from a vector and returns it.",
    "  two  spaces, café and 你好",
    "The charger's light blinks orange when the battery is too warm. Wait until it has cooled down, then plug it in again.",
]


def export(weights, tokenizer, old, out):
    state = load_file(weights)
    vocab = state["embed_tokens.weight"].shape[0]
    eot = vocab - 2
    layers = 1 + max(int(k.split(".")[1]) for k in state if k.startswith("layers."))
    feed = state["layers.0.mlp.up_proj.weight"].shape[0]
    os.makedirs(f"{out}/1_Pooling", exist_ok=True)
    shutil.copy(weights, f"{out}/model.safetensors")
    shutil.copy(tokenizer, f"{out}/tokenizer.json")

    def put(name, change):
        value = json.load(open(f"{old}/{name}"))
        change(value)
        with open(f"{out}/{name}", "w", encoding="utf-8") as file:
            file.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    put(
        "config.json",
        lambda c: c.update(
            bos_token_id=eot,
            eos_token_id=eot,
            pad_token_id=eot,
            head_dim=HEAD,
            hidden_size=HIDDEN,
            intermediate_size=feed,
            max_window_layers=layers,
            num_attention_heads=HEADS,
            num_hidden_layers=layers,
            num_key_value_heads=KV,
            vocab_size=vocab,
        ),
    )
    was = json.load(open(f"{old}/config.json"))["vocab_size"]
    put(
        "tokenizer_config.json",
        lambda c: c.update(
            added_tokens_decoder={str(int(k) - was + vocab): v for k, v in c["added_tokens_decoder"].items()}
        ),
    )
    put("1_Pooling/config.json", lambda c: c.update(word_embedding_dimension=HIDDEN))
    for name in ("special_tokens_map.json", "modules.json", "config_sentence_transformers.json"):
        shutil.copy(f"{old}/{name}", f"{out}/{name}")
    return layers


def verify(out, layers):
    texts = [
        "caf\u00e9 cafe\u0301 \u4f60\u597d \U0001f600",
        "  two  spaces\n\tand tabs ",
        "It's 1234 don't I'LL",
        PROMPT + "sort an array",
        "Removes the last element from a vector and returns it.",
    ]
    slow, fast = AutoTokenizer.from_pretrained(out), Tokenizer.from_file(f"{out}/tokenizer.json")
    for text in texts:
        assert slow(text)["input_ids"] == fast.encode(text).ids, text
    model = SentenceTransformer(out, device="cpu", model_kwargs={"dtype": torch.float32})
    a = torch.tensor(model.encode(texts))
    w = {k: v.float() for k, v in load_file(f"{out}/model.safetensors").items()}
    ids = [fast.encode(t).ids for t in texts]
    padded = torch.zeros(len(ids), max(map(len, ids)) + 3, dtype=torch.long)
    for k, t in enumerate(ids):
        padded[k, : len(t)] = torch.tensor(t)
    with torch.no_grad():
        b = torch.nn.functional.normalize(forward(w, layers, padded, torch.tensor([len(t) - 1 for t in ids])), dim=-1)
    gap = (a - b).abs().max().item()
    print("sentence-transformers against the training forward: largest difference", gap, "prompts", list(model.prompts))
    assert gap < 2e-5
    query = torch.tensor(model.encode(["sort an array"], prompt_name="query"))
    assert abs(float((query @ a[3]).item()) - 1) < 1e-5
    probes = dict(query=QUERIES, document=DOCUMENTS)
    vectors = {
        k: dict(zip(t, model.encode(t, prompt_name=k).astype(float).round(6).tolist())) for k, t in probes.items()
    }
    os.makedirs(f"{out}/training", exist_ok=True)
    with open(f"{out}/training/reference_embeddings.json", "w", encoding="utf-8") as file:
        file.write(json.dumps(vectors, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    weights, tokenizer, old, out = sys.argv[1:5]
    verify(out, export(weights, tokenizer, old, out))
