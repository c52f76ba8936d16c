"""Gaussian kernel density estimate at the centres of cells by SciPy, Scott's bandwidth, mass 1.

arguments: REPEAT LOWER SPACING N_CELLS; positions on stdin; the result is the sum of squares."""
import numpy
import scipy
from scipy.stats import gaussian_kde

repeat, n_cells = int(sys.argv[1]), int(sys.argv[4])
lower, spacing = float(sys.argv[2]), float(sys.argv[3])
positions = values()
centres = lower + spacing * (numpy.arange(n_cells) + 0.5)


def work():
    density = gaussian_kde(positions)(centres)
    return density / (density.sum() * spacing)


seconds, density = processor_seconds(repeat, work)
tell(scipy.__version__, seconds, float((density**2).sum()))
