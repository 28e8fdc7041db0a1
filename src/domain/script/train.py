"""Trains the LoRA adapter that run.json describes, as Recall Studio trained it: the same rows in the same order, prompts,
initial adapter, loss, schedule and choice of the kept step. Float32 unless accelerate is told otherwise.

    accelerate launch train.py --out tuned

The loss is sentence-transformers' CachedMultipleNegativesRankingLoss (gradients cached chunk by chunk, so that the batch does
not have to fit into memory). It is written out here because the library's takes neither rows with different numbers of hard
negatives nor the mask of documents that are known to answer another query of the batch. On several cards every card embeds a
part of each batch and the loss is that of the whole batch: their number does not change the result but for rounding.
"""

import argparse
import json
import pathlib

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list, gather_object
from sentence_transformers import SentenceTransformer
from sentence_transformers.evaluation import InformationRetrievalEvaluator

HERE = pathlib.Path(__file__).parent
parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True, help="folder for the adapter")
parser.add_argument("--base", help="folder or id of the base, in place of the one that run.json names")
parser.add_argument("--steps", type=int, help="stop after so many steps, to try it out")
args = parser.parse_args()

run = json.loads((HERE / "run.json").read_text("utf-8"))
rows = [json.loads(line) for line in (HERE / "rows.jsonl").read_text("utf-8").splitlines()]
schedule = json.loads((HERE / "schedule.json").read_text("utf-8"))
settings, prompts = run["hyperparameters"], run["prompts"]
steps, warmup = schedule["steps"], schedule["warmupSteps"]

accelerator = Accelerator()
torch.manual_seed(settings["seed"])
base = args.base or run["base"]["id"]
model = SentenceTransformer(
    base,
    revision=run["base"]["revision"] if args.base is None else None,
    device=str(accelerator.device),
    model_kwargs={"dtype": torch.float32},
)
model.max_seq_length = settings["maxTokens"]
model.prompts = prompts


def evaluator(name):
    """The library's evaluator on dev.json or test.json; None without the file."""
    path = HERE / f"{name}.json"
    if not path.exists():
        return None
    task = json.loads(path.read_text("utf-8"))
    return InformationRetrievalEvaluator(
        queries=dict(task["queries"]),
        corpus=dict(task["corpus"]),
        relevant_docs={query: set(documents) for query, documents in task["relevant"].items()},
        query_prompt=prompts["query"],
        corpus_prompt=prompts["document"],
        batch_size=settings["chunkSize"],
        name=name,
        write_csv=False,
    )


def score(judge):
    """Scores of the main process, the same everywhere: what they decide must be one thing."""
    held = [None]
    if accelerator.is_main_process:
        model.eval()
        held = [dict(judge(model))]
        model.train()
    broadcast_object_list(held)
    return held[0]


dev, test = evaluator("dev"), evaluator("test")
baseline = score(test) if test else None

# A as the studio has drawn it, B zero.
model.load_adapter(str(HERE / "initial_adapter"), is_trainable=True)
trained = {name: value for name, value in model.named_parameters() if "lora_" in name}
for name, value in model.named_parameters():
    value.requires_grad_(name in trained)
optimizer = torch.optim.AdamW(
    trained.values(), lr=settings["learningRate"], betas=(0.9, 0.999), eps=1e-8, weight_decay=settings["weightDecay"]
)


def embed(kind, texts):
    """[texts, dimension], rows of length 1."""
    features = model.tokenizer(
        [prompts[kind] + text for text in texts],
        padding=True,
        truncation=True,
        max_length=settings["maxTokens"],
        return_tensors="pt",
    ).to(accelerator.device)
    with accelerator.autocast():
        return F.normalize(model(dict(features))["sentence_embedding"].float(), dim=1)


known = {}
for row in rows:
    known.setdefault(row["ids"][0], set()).add(row["ids"][1])


def loss_of(queries, documents, batch):
    """MultipleNegativesRankingLoss over the batch's rows, summed over the Matryoshka dimensions where there are any.

    queries: [rows, dimension]; documents: [rows + hard negatives, dimension], row i answers query i.
    """
    ids = [rows[i]["ids"][1] for i in batch] + [one for i in batch for one in rows[i]["ids"][2:]]
    mask = torch.zeros(len(batch), len(ids), dtype=torch.bool)
    if settings["maskKnownPositives"]:
        for i, row in enumerate(batch):
            answers = known[rows[row]["ids"][0]]
            for j, document in enumerate(ids):
                mask[i, j] = i != j and document in answers
    total = 0
    for dimension in settings["matryoshkaDims"] or [queries.shape[1]]:
        similarity = F.normalize(queries[:, :dimension], dim=1) @ F.normalize(documents[:, :dimension], dim=1).T
        scores = (settings["scale"] * similarity).masked_fill(mask.to(similarity.device), float("-inf"))
        total = total + F.cross_entropy(scores, torch.arange(len(batch), device=scores.device))
    return total


def texts_of(chunk):
    """Queries, and documents with all hard negatives behind the answers, of some rows."""
    answers = [rows[i]["positive"] for i in chunk]
    return [rows[i]["query"] for i in chunk], answers + [text for i in chunk for text in rows[i]["negatives"]]


def train_step(batch):
    """Gradients of the whole batch in the parameters' .grad; the loss."""
    mine = batch[accelerator.process_index :: accelerator.num_processes]
    size = settings["chunkSize"]
    chunks = [mine[at : at + size] for at in range(0, len(mine), size)]
    parts = []
    with torch.no_grad():
        for chunk in chunks:
            queries, documents = texts_of(chunk)
            parts.append((chunk, embed("query", queries).cpu(), embed("document", documents).cpu()))
    place = {row: i for i, row in enumerate(batch)}
    first_negative, at = {}, len(batch)
    for row in batch:
        first_negative[row], at = at, at + len(rows[row]["negatives"])

    def places(chunk):
        """Where the documents of a chunk stand in the batch's."""
        negatives = [first_negative[i] + n for i in chunk for n in range(len(rows[i]["negatives"]))]
        return [place[i] for i in chunk] + negatives

    dimension = model.get_sentence_embedding_dimension()
    queries = torch.zeros(len(batch), dimension)
    documents = torch.zeros(at, dimension)
    for chunk, q, d in gather_object(parts):
        queries[[place[i] for i in chunk]] = q
        documents[places(chunk)] = d
    queries = queries.to(accelerator.device).requires_grad_()
    documents = documents.to(accelerator.device).requires_grad_()
    loss = loss_of(queries, documents, batch)
    loss.backward()
    for chunk in chunks:
        q, d = texts_of(chunk)
        surrogate = (embed("query", q) * queries.grad[[place[i] for i in chunk]]).sum()
        (surrogate + (embed("document", d) * documents.grad[places(chunk)]).sum()).backward()
    for value in trained.values():
        grad = torch.zeros_like(value) if value.grad is None else value.grad
        value.grad = accelerator.reduce(grad, reduction="sum")
    return loss.item()


def rate(step):
    """Linear warm-up from 0, then linear decay to 0; of the step that follows `step` others."""
    if step < warmup:
        return settings["learningRate"] * step / warmup
    return settings["learningRate"] * (len(steps) - step) / max(1, len(steps) - warmup)


best, since, log = None, 0, []
model.train()
for step, batch in enumerate(steps[: args.steps]):
    for group in optimizer.param_groups:
        group["lr"] = rate(step)
    optimizer.zero_grad()
    loss = train_step(batch)
    norm = float(torch.nn.utils.clip_grad_norm_(trained.values(), settings["maxGradNorm"]))
    optimizer.step()
    log.append({"step": step + 1, "loss": loss, "grad_norm": norm, "learning_rate": rate(step)})
    accelerator.print(json.dumps(log[-1]), flush=True)
    if dev and step + 1 in schedule["devSteps"]:
        found = score(dev)["dev_cosine_ndcg@10"]
        accelerator.print(json.dumps({"step": step + 1, "dev ndcg@10": found}), flush=True)
        if best is None or found > best[0]:
            best, since = (found, {name: value.detach().clone() for name, value in trained.items()}), 0
        elif step + 1 > warmup:
            since += 1
        if settings["patience"] and since >= settings["patience"]:
            accelerator.print("Dev got no better: training ends here.")
            break
if best:
    with torch.no_grad():
        for name, value in trained.items():
            value.copy_(best[1][name])
tuned = score(test) if test else None
if accelerator.is_main_process:
    model.save_pretrained(args.out)
    (pathlib.Path(args.out) / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))
    for metric in sorted(tuned or {}):
        if metric.endswith(("recall@10", "ndcg@10", "mrr@10")):
            print(f"{metric}: {baseline[metric]:.4f} -> {tuned[metric]:.4f}")
accelerator.end_training()
