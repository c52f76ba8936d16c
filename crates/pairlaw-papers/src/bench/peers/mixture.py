"""Mixture of two Gaussians on a line by scikit-learn, a fixed number of iterations from a given start.

arguments: REPEAT ITERATIONS VARIANCE MEAN MEAN; values on stdin; the result is their log-likelihood."""
import warnings

import sklearn
from sklearn.mixture import GaussianMixture

warnings.simplefilter("ignore")  # it warns that it did not converge
repeat, iterations = int(sys.argv[1]), int(sys.argv[2])
variance = float(sys.argv[3])
means = [[float(word)] for word in sys.argv[4:6]]
column = values().reshape(-1, 1)


def work():
    mixture = GaussianMixture(
        2,
        tol=0,
        reg_covar=0,
        max_iter=iterations,
        weights_init=[0.5, 0.5],
        means_init=means,
        precisions_init=[[[1 / variance]]] * 2,
        init_params="random_from_data",
    )
    return mixture.fit(column)


seconds, mixture = processor_seconds(repeat, work)
tell(sklearn.__version__, seconds, float(mixture.score(column) * len(column)))
