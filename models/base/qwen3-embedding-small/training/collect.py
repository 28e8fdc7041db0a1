"""Draws weakly supervised pairs from the sources: texts.jsonl, and thinned texts.jsonl.xz for training.

    python collect.py WORK          # WORK holds src/ and gh/, see fetch.sh

One record a line: [source, group, text, specs]. A spec is one pair of that text: ["query"] (the whole text is the
document) or [start, end, cut] (the query is text[start:end]; with cut = 1 it is taken out of the document).
Pairs of one group are never each other's negatives.
"""

import json
import lzma
import math
import random
import re
import sys
from collections import Counter

from sources import EVERYDAY, intents, records, wordnet_synsets

LONG = 700
# Very large sources are thinned, so that no library's reference drowns the rest.
KEEP = {"openstack": 0.5, "sklearn": 0.6, "sympy": 0.5, "scipy": 0.7, "llvm": 0.8, "boost": 0.8}
# Thinned once more for training; the tokenizer learns from all of it.
TRAIN_KEEP = {
    "digital.gov": 0.7,
    "erlang": 0.7,
    "openstack": 0.4,
    "sympy": 0.3,
    "boost": 0.6,
    "llvm": 0.6,
    "sklearn": 0.8,
    "cmake": 0.8,
    "go": 0.85,
    "python": 0.9,
}
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"(])")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9+#_.-]*[A-Za-z0-9+#]|[A-Za-z]")
DULL = {
    "parameters",
    "returns",
    "description",
    "notes",
    "note",
    "examples",
    "example",
    "see also",
    "return value",
    "return values",
    "options",
    "errors",
    "bugs",
    "introduction",
    "overview",
    "references",
    "synopsis",
    "types",
    "exports",
    "functions",
    "history",
    "return type",
    "arguments",
    "summary",
    "usage",
    "versions",
    "raises",
}


def cut(text, size):
    """The text up to about `size` characters, at a word."""
    return text if len(text) <= size else text[:size].rsplit(" ", 1)[0]


def specs(r, frequency, total, verbs, rng):
    """The pairs of one paragraph, kept as offsets; everyday text is drawn more often and gets questions."""
    text, heading, title = cut(r["text"], LONG), r["heading"], r["title"]
    everyday, out = r["source"] in EVERYDAY, []
    words = WORD.findall(text)
    head = heading
    if not head or head.lower() in DULL or len(head.split()) < 2 and rng.random() < 0.7:
        head = f"{title} {heading}".strip()
    elif rng.random() < 0.35 and title.lower() not in heading.lower():
        head = f"{title}: {heading}"
    if head and head.lower() not in text.lower() and (r["first"] or everyday or rng.random() < 0.3):
        out.append([cut(head, 160)])
        first = heading.split(" ")[0].lower() if heading else ""
        if everyday and first in verbs and len(heading.split()) > 1 and rng.random() < 0.6:
            lower = heading[0].lower() + heading[1:].rstrip("?.!")
            out.append(
                [
                    rng.choice(
                        ["how do i {}", "how to {}", "how can I {}?", "can't {}", "i want to {}", "where do i {}"]
                    ).format(lower)
                ]
            )
        elif everyday and title and title != heading and rng.random() < 0.4:
            out.append([cut(title, 120)])
    sentences, at = [], 0
    for match in list(SENTENCE.finditer(text)) + [None]:
        end = match.start() if match else len(text)
        sentences.append((at, end))
        at = match.end() if match else end
    if len(sentences) > 1:
        for pick in (
            {0 if rng.random() < 0.6 else rng.randrange(len(sentences))}
            if not everyday
            else {0, rng.randrange(len(sentences))}
        ):
            a, b = sentences[pick]
            if b - a >= 25 and len(text) - (b - a) >= 40:
                b = a + len(cut(text[a:b], 220))
                out.append([a, b, 1])
    for _ in range(2 if everyday else 1):
        if len(words) >= 12 and rng.random() < 0.45:
            scored = sorted(
                {w.lower() for w in words if len(w) > 2},
                key=lambda w: -math.log(total / max(1, frequency[w])) * rng.uniform(0.4, 1.0),
            )
            picked = scored[: rng.randint(2, 6)]
            rng.shuffle(picked)
            out.append([" ".join(picked)])
        if len(words) >= 30 and rng.random() < 0.35:
            spaces = [m.start() for m in re.finditer(" ", text)]
            size = rng.randint(5, 14)
            if len(spaces) > size + 4:
                i = rng.randrange(len(spaces) - size)
                out.append([spaces[i] + 1, spaces[i + size], 1 if rng.random() < 0.7 else 0])
    return text, out


def main(work):
    rng = random.Random(11)
    rows = []
    for r in records(f"{work}/src", f"{work}/gh"):
        if rng.random() < KEEP.get(r["source"], 1.0):
            rows.append(r)
    frequency = Counter()
    for r in rows:
        frequency.update(set(w.lower() for w in WORD.findall(r["text"])))
    synsets = list(wordnet_synsets(f"{work}/src/wordnet-base/usr/share/wordnet"))
    verbs = {l for part, lemmas, *_ in synsets if part == "verb" for l in lemmas if " " not in l} - {
        "the",
        "can",
        "will",
        "may",
        "is",
        "are",
        "be",
        "do",
        "have",
    }
    pairs, texts, characters = Counter(), Counter(), 0
    with open(f"{work}/texts.jsonl", "w") as out:

        def put(source, group, text, many):
            nonlocal characters
            if many:
                out.write(json.dumps([source, group, text, many], ensure_ascii=False, separators=(",", ":")) + "\n")
                pairs[source] += len(many)
                texts[source] += 1
                characters += len(text)

        group = 0
        for r in rows:
            group += 1
            put(r["source"], group, *specs(r, frequency, len(rows), verbs, rng))
        for part, lemmas, definition, examples in synsets:
            group += 1
            if len(definition) < 12:
                continue
            lead = rng.sample(lemmas, rng.randint(1, min(3, len(lemmas))))
            others = [x for x in lemmas if x not in lead]
            put(
                "wordnet",
                group,
                (", ".join(others) + ": " if others and rng.random() < 0.5 else "") + definition,
                [[", ".join(lead)]] + ([[rng.choice(examples)]] if examples else []),
            )
            if examples and rng.random() < 0.6:
                put("wordnet", group, rng.choice(examples), [[f"{rng.choice(lemmas)} {definition}"[:160]]])
            if len(definition) >= 60 and rng.random() < 0.5:
                put(
                    "wordnet",
                    group,
                    f"{', '.join(lemmas)} {rng.choice(examples) if examples else ''}".strip(),
                    [[definition[:220]]],
                )
        for source, sets in intents(f"{work}/gh"):
            for label, said in sets.items():
                group += 1
                for text in said:
                    put(source, group, text, [[rng.choice(said)], [label if rng.random() < 0.25 else rng.choice(said)]])
    print("texts", sum(texts.values()), "characters", characters, "pairs", sum(pairs.values()))
    for source, count in pairs.most_common():
        print(f"{source:16} {texts[source]:8} texts {count:8} pairs")


def thin(work):
    rng, counts = random.Random(5), Counter()
    with (
        open(f"{work}/texts.jsonl", encoding="utf-8") as lines,
        lzma.open(f"{work}/texts.jsonl.xz", "wt", encoding="utf-8") as out,
    ):
        for line in lines:
            source, _, _, many = json.loads(line)
            if rng.random() < TRAIN_KEEP.get(source, 1.0):
                out.write(line)
                counts[source] += len(many)
    print("pairs for training", sum(counts.values()), counts.most_common())


if __name__ == "__main__":
    main(sys.argv[1])
    thin(sys.argv[1])
