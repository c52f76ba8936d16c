"""Non-negative least squares by SciPy.

arguments: REPEAT ROWS COLUMNS; G, row after row, and b on stdin; the result is |G w - b|."""
import scipy.optimize

repeat, rows, columns = (int(word) for word in sys.argv[1:4])
numbers = values()
g, b = numbers[:-rows].reshape(rows, columns), numbers[-rows:]
seconds, (_, residual) = processor_seconds(repeat, lambda: scipy.optimize.nnls(g, b))
tell(scipy.__version__, seconds, float(residual))
