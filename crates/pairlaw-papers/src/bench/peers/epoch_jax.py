"""CPU seconds of one epoch of mutual Morse potentials by JAX and optax, single precision, one core.

arguments: N STEPS; several epochs after compilation."""
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import optax

n_cells, n_steps = int(sys.argv[1]), int(sys.argv[2])
key_cells, key_angles = jax.random.split(jax.random.key(1))
cells = jax.random.uniform(key_cells, (n_cells, 2), minval=-1.0, maxval=1.0)
angles = jax.random.uniform(key_angles, (n_cells,), maxval=6.2831855)
goal = 0.95 * jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)
diagonal = jnp.eye(n_cells)


def initial(value):
    return jnp.full((n_cells, n_cells), jnp.log(value))


# Logarithms of R, r, A, a of every pair.
logs = {"R": initial(0.5 / n_cells), "r": initial(0.3), "A": initial(0.5 / n_cells), "a": initial(0.6)}


def simulate(logs):
    theta = {name: jnp.exp(log) for name, log in logs.items()}

    def step(x, _):
        offset = x[None] - x[:, None]
        distance = jnp.sqrt((offset**2).sum(-1) + diagonal)
        repulsion = theta["R"] / theta["r"] * jnp.exp(-distance / theta["r"])
        attraction = theta["A"] / theta["a"] * jnp.exp(-distance / theta["a"])
        weight = (attraction - repulsion) / distance * (1 - diagonal)
        return x + 0.2 * (weight[..., None] * offset).sum(1), None

    return jax.lax.scan(step, cells, None, length=n_steps)[0]


def loss(logs):
    return ((simulate(logs) - goal) ** 2).sum(-1).mean()


adam = optax.adam(0.01)


def epoch(logs, moments):
    value, gradient = jax.value_and_grad(loss)(logs)
    updates, moments = adam.update(gradient, moments)
    return optax.apply_updates(logs, updates), moments, value


epoch = jax.jit(epoch, donate_argnums=(0, 1))
moments = adam.init(logs)
seconds = []
for _ in range(6):
    start = time.process_time()
    logs, moments, value = epoch(logs, moments)
    value.block_until_ready()
    seconds.append(time.process_time() - start)
tell(jax.__version__, seconds[1:])
