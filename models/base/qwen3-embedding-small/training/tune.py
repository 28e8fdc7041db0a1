"""Scores a trained variant before and after LoRA; the gain decides between variants, not the untuned score alone.

python tune.py WORK OUT/c.safetensors --device cuda
"""

import argparse
import json

from safetensors.torch import load_file

from evaluation import TRIALS, load_tasks, tuned


def main():
    p = argparse.ArgumentParser()
    p.add_argument("work")
    p.add_argument("weights")
    p.add_argument("--device", default="cuda")
    p.add_argument("--small", action="store_true")
    a = p.parse_args()
    tasks, rust_train = load_tasks(a.work, a.device, a.small)
    w = {k: v.float().to(a.device) for k, v in load_file(a.weights).items()}
    layers = 1 + max(int(k.split(".")[1]) for k in w if k.startswith("layers."))
    tuned(
        w,
        layers,
        tasks,
        rust_train,
        TRIALS[:1] if a.small else TRIALS,
        lambda entry: print(json.dumps(entry), flush=True),
    )


if __name__ == "__main__":
    main()
