"""Opens every script of this folder: one core, seconds of its processor, values from stdin, and the
line of JSON that pairlaw reads."""
import json
import os
import sys
import time

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[library + "_NUM_THREADS"] = "1"


def values():
    """The doubles on stdin."""
    import numpy

    return numpy.frombuffer(sys.stdin.buffer.read())


def processor_seconds(repeat, work):
    """Seconds of `repeat` runs after one that is not counted, and what the last one returned."""
    work()
    seconds = []
    for _ in range(repeat):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return seconds, result


def tell(version, seconds, result=None):
    print(json.dumps({"version": version, "seconds": seconds, "result": result}))


