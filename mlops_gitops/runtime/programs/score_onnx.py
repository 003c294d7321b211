"""Scores rows with an ONNX model: started by rerun.py in a sandbox, by its path, and imports nothing of this package.

    python -I -S score_onnx.py FOLDER SECONDS BYTES PACKAGES…

FOLDER has model.onnx and rows.npy, of shape (rows, features), float64; it gets answers.npy, of shape (rows,), float64.
The PACKAGES are the folders that numpy and onnxruntime lie in. It prints one line where it cannot, and ends with 1.
"""

import os
import sys
from typing import Any

BATCH = 10_000  # rows


def _limit(seconds: int, memory: int) -> None:
    import resource  # not on Windows, where rerun.py only looks where this file lies

    limits = {
        "RLIMIT_CPU": seconds,
        "RLIMIT_AS": memory,
        "RLIMIT_FSIZE": 1 << 28,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 128,
    }
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, name), (most, most))


def _answers(session: Any, rows: Any) -> Any:
    """The answer to each row: of two classes the second's."""
    import numpy as np

    inputs = session.get_inputs()
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    if len(inputs) != 1 or inputs[0].type not in types:
        raise ValueError("it does not take one table of numbers")
    found = session.run(None, {inputs[0].name: rows.astype(types[inputs[0].type])})[-1]
    if isinstance(found, list):  # a mapping of class to probability for each row
        found = np.array([list(each.values()) for each in found])
    found = np.asarray(found, np.float64).reshape(len(rows), -1)
    if found.shape[1] > 2:
        raise ValueError("it answers each row by more than two numbers")
    return found[:, -1]


def main(folder: str, seconds: str, memory: str, *packages: str) -> int:
    """Scores the rows of the folder."""
    _limit(int(seconds), int(memory))
    sys.path[:0] = packages
    try:
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"), options)
        rows = np.load(os.path.join(folder, "rows.npy"), allow_pickle=False)
        parts = [_answers(session, rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
        np.save(os.path.join(folder, "answers.npy"), np.concatenate(parts), allow_pickle=False)
    except Exception as error:  # whatever a model of others makes the runtime raise
        print(" ".join(f"{type(error).__name__}: {error}".split())[:200])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
