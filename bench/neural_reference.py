"""What PyTorch says of the small network and the optimiser in the tests of `verosim-neural`.

pip install torch numpy; python bench/neural_reference.py

Prints loss, gradients and steps in double precision; `crates/neural/src/network/tests.rs` and `train/adam.rs` keep them.
Weights and data are formulas, so that both sides can make them.
"""

import math

import torch

torch.set_default_dtype(torch.float64)
V, F, B, D, LAYERS = 7, 2, 3, 16, 2
LANES, TIMES = 2, 6

sizes = [("embedding", (V, D)), ("mix", (F, D)), ("mix.bias", (D,)), ("bag", (B, D))]
for i in range(LAYERS):
    sizes += [
        (f"layer.{i}.norm.gain", (D,)),
        (f"layer.{i}.norm.bias", (D,)),
        (f"layer.{i}.input", (D, 3 * D)),
        (f"layer.{i}.recurrent", (D, 3 * D)),
        (f"layer.{i}.bias", (3 * D,)),
        (f"layer.{i}.candidate.bias", (D,)),
    ]
sizes += [("norm.gain", (D,)), ("norm.bias", (D,)), ("output", (V, D)), ("output.bias", (V,))]

weights, at = {}, 0
for name, size in sizes:
    n = math.prod(size)
    i = torch.arange(at, at + n)
    w = 0.4 * torch.sin(1.3 * i + 0.01 * i * i % 7) + (1.0 if name.endswith("gain") else 0.0)
    weights[name] = w.reshape(size).requires_grad_()
    at += n

masks = [[0, 1, 2, 3, 4, 5, 6], [1, 4], [0, 2, 3, 5, 6], [3]]


def step(lane, time):
    """Token, features, what enters the bag, mask class, target; None without a target."""
    row = time * LANES + lane
    mask = (row * 5 + lane) % 4
    allowed = masks[mask]
    target = None if row == 3 else allowed[(row * 7) % len(allowed)]
    bag = [((row // 2) % 3, 1.0 if row % 4 else -0.5)] if row % 3 == 1 else []
    return (row * 3) % V, [math.cos(0.5 * row), math.sin(0.3 * row)], bag, mask, target


loss = 0.0
for lane in range(LANES):
    states = [torch.zeros(D) for _ in range(LAYERS)]
    bag = torch.zeros(D)
    for time in range(TIMES):
        if lane == 1 and time == 3:
            states, bag = [torch.zeros(D) for _ in range(LAYERS)], torch.zeros(D)
        token, features, enters, mask, target = step(lane, time)
        for thing, weight in enters:
            bag = bag + weight * weights["bag"][thing]
        u = weights["embedding"][token] + torch.tensor(features) @ weights["mix"] + weights["mix.bias"] + bag
        for i in range(LAYERS):
            w = lambda name: weights[f"layer.{i}.{name}"]
            x = torch.nn.functional.layer_norm(u, (D,), w("norm.gain"), w("norm.bias"))
            bias = torch.cat([torch.zeros(2 * D), w("candidate.bias")])
            states[i] = torch.gru_cell(
                x[None], states[i][None], w("input").T, w("recurrent").T, w("bias"), bias
            )[0]
            u = u + states[i]
        z = torch.nn.functional.layer_norm(u, (D,), weights["norm.gain"], weights["norm.bias"])
        logits = weights["output"] @ z + weights["output.bias"]
        if target is not None and len(masks[mask]) > 1:
            allowed = masks[mask]
            loss = loss + torch.nn.functional.cross_entropy(
                logits[allowed], torch.tensor(allowed.index(target)), reduction="sum"
            )
loss.backward()
print(f"loss {loss.item():.10f}")
for name, w in weights.items():
    g = w.grad.flatten()
    k = torch.arange(len(g))
    print(f'("{name}", {(g * torch.cos(0.11 * k)).sum().item():.8}, {g.norm().item():.8}),')

i = torch.arange(5)
w = torch.nn.Parameter(torch.sin(i + 1.0))
adam = torch.optim.AdamW([w], lr=0.003, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.02)
for t in range(4):
    w.grad = torch.cos(i * (t + 1.0)) * 10.0 ** (-i.double())
    adam.step()
print("adam", [f"{x:.8f}" for x in w.tolist()])
