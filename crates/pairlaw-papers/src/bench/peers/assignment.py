"""Assignment of N points in the plane to N others by SciPy, distances included.

arguments: REPEAT N; points of both on stdin; the result is the total distance."""
import scipy
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

repeat, n = int(sys.argv[1]), int(sys.argv[2])
points = values().reshape(2, n, 2)


def work():
    costs = cdist(points[0], points[1])
    return float(costs[linear_sum_assignment(costs)].sum())


tell(scipy.__version__, *processor_seconds(repeat, work))
