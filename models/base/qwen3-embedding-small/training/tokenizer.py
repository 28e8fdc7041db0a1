"""Byte-level BPE of 20,480 entries with Qwen2's pre-tokenizer; common words of the teacher's vocabulary and everyday
text weigh more than reference manuals.

    python tokenizer.py WORK        # WORK holds texts.jsonl (collect.py) and vocab.json (pack_teacher.py)
"""

import json
import math
import random
import sys

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from student import PROMPT

VOCAB = 20480
EOT, IM_END = "<|endoftext|>", "<|im_end|>"
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# How often the text of a source is read; of all others 6 %.
SHARE = {
    "wordnet": 2.0,
    "banking77": 1.0,
    "clinc150": 1.0,
    "18f": 1.0,
    "login.gov": 1.0,
    "service-manual": 1.0,
    "smart-answers": 1.0,
    "va": 1.0,
    "tldr": 0.6,
    "digital.gov": 0.35,
    "cloud.gov": 0.7,
}


def text(work):
    rng = random.Random(0)
    for line in open(f"{work}/texts.jsonl", encoding="utf-8"):
        source, _, passage, specs = json.loads(line)
        for _ in range(int(SHARE.get(source, 0.06) + rng.random())):
            yield passage
            for spec in specs:
                if len(spec) == 1:
                    yield spec[0]
    for _ in range(200):
        yield PROMPT
    for piece, score in json.load(open(f"{work}/vocab.json"))[6:]:
        if score is not None and piece.startswith("\u2581") and piece[1:].isalpha():
            for _ in range(min(max(1, int(math.exp(score) * 6e7)), 200000) // 50 + 1):
                yield (" " + piece[1:]) * 50


def main(work):
    t = Tokenizer(models.BPE(continuing_subword_prefix="", end_of_word_suffix=""))
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
        ]
    )
    t.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    t.train_from_iterator(
        text(work),
        trainers.BpeTrainer(
            vocab_size=VOCAB - 2,
            min_frequency=2,
            show_progress=False,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        ),
    )
    t.add_special_tokens([EOT, IM_END])
    eot = t.token_to_id(EOT)
    assert eot == VOCAB - 2 and t.get_vocab_size() == VOCAB
    t.post_processor = processors.Sequence(
        [
            processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
            processors.TemplateProcessing(
                single=f"$A {EOT}", pair=f"$A {EOT} $B:1 {EOT}:1", special_tokens=[(EOT, eot)]
            ),
        ]
    )
    t.save(f"{work}/tokenizer.json")
    print("prompt tokens", len(t.encode(PROMPT).ids))


if __name__ == "__main__":
    main(sys.argv[1])
