"""Contrastive and distillation losses."""

import torch
import torch.nn.functional as F

from student import HIDDEN

DIMS = (32, 64, 128, 256)


def contrast(q, d, hide, temperature=0.05):
    """InfoNCE in both directions, averaged over the Matryoshka prefixes. hide [n, n]: pairs that are never negatives of each other."""
    target, loss = torch.arange(len(q), device=q.device), 0.0
    for dim in DIMS:
        s = F.normalize(q[:, :dim], dim=-1) @ F.normalize(d[:, :dim], dim=-1).T / temperature
        s = s.masked_fill(hide, -1e4)
        loss = loss + (F.cross_entropy(s, target) + F.cross_entropy(s.T, target)) / 2 / len(DIMS)
    return loss, (s.argmax(1) == target).float().mean()


def similarity_kl(own, log_his, his, eye, temperature=0.07):
    """KL from the teacher's distribution over the batch's other texts to the student's, for the whole vector and its first 64."""
    loss = 0.0
    for dim in (64, HIDDEN):
        o = F.normalize(own[:, :dim], dim=-1)
        s = (o @ o.T / temperature).masked_fill(eye, -1e4).log_softmax(1)
        loss = loss + (his * (log_his - s)).sum(1).mean() / 2
    return loss
