"""Entropic transport of N points in the plane to N others by POT, squared distances included.

arguments: REPEAT N EPSILON TOLERANCE; points of both on stdin; the result is the cost of the plan,
whose margins err by TOLERANCE or less in sum. POT stops by the root of the sum of squares, looked at
every ten iterations: the largest such threshold that is small enough is searched before, not timed."""
import numpy
import ot

repeat, n = int(sys.argv[1]), int(sys.argv[2])
epsilon, tolerance = float(sys.argv[3]), float(sys.argv[4])
points = values().reshape(2, n, 2)
masses = numpy.full(n, 1 / n)
threshold = tolerance


def work():
    costs = ot.dist(points[0], points[1])
    # In plain numbers: faster than in logarithms, and exact enough for this epsilon.
    plan = ot.sinkhorn(masses, masses, costs, epsilon, method="sinkhorn", stopThr=threshold, numItermax=100000)
    return plan, costs


def error(plan):
    return max(abs(plan.sum(axis) - masses).sum() for axis in (0, 1))


while error(work()[0]) > tolerance:
    threshold /= 2
seconds, (plan, costs) = processor_seconds(repeat, work)
tell(ot.__version__, seconds, float((plan * costs).sum()))
