"""CPU seconds of one epoch of mutual Morse potentials by PyTorch, single precision, one core.

arguments: N STEPS; several epochs after one that is not counted."""
import math

import torch

torch.set_num_threads(1)
torch.manual_seed(1)
n_cells, n_steps = int(sys.argv[1]), int(sys.argv[2])
cells = 2 * torch.rand(n_cells, 2) - 1
angles = 2 * math.pi * torch.rand(n_cells)
goal = 0.95 * torch.stack([angles.cos(), angles.sin()], dim=1)
diagonal = torch.eye(n_cells)


def initial(value):
    return torch.full((n_cells, n_cells), math.log(value)).requires_grad_()


# Logarithms of R, r, A, a of every pair.
logs = [initial(value) for value in (0.5 / n_cells, 0.3, 0.5 / n_cells, 0.6)]


def simulate():
    repulsion, r, attraction, a = (log.exp() for log in logs)
    x = cells
    for _ in range(n_steps):
        offset = x[None] - x[:, None]
        distance = (offset.square().sum(-1) + diagonal).sqrt()
        force = attraction / a * torch.exp(-distance / a) - repulsion / r * torch.exp(-distance / r)
        weight = force / distance * (1 - diagonal)
        x = x + 0.2 * torch.einsum("ij,ijk->ik", weight, offset)
    return x


adam = torch.optim.Adam(logs, lr=0.01)
seconds = []
for _ in range(5):
    start = time.process_time()
    adam.zero_grad()
    loss = (simulate() - goal).square().sum(-1).mean()
    loss.backward()
    adam.step()
    seconds.append(time.process_time() - start)
tell(str(torch.__version__), seconds[1:])
