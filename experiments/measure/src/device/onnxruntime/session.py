"""Forward passes in ONNX Runtime, on request: the process that computes for the device `cpu:onnxruntime`.

Started with `versions`, prints the versions that decide the result. Started with the process that started it and a number of threads, it
responds to lines of standard input, each with one line:
    load PATH N    N images in 32-bit floating point follow the line as bytes
    pass           one pass: when it began and when it ended [s, monotonic]
    logits         the number of bytes, then the logits of the last pass
A line that begins with `failed` ends the process.
"""

import ctypes
import gc
import platform
import sys
import time

PROVIDER = "CPUExecutionProvider"


def main(arguments):
    import numpy
    import onnxruntime

    if arguments == ["versions"]:
        assert PROVIDER in onnxruntime.get_available_providers(), f"onnxruntime has no {PROVIDER}"
        return say(f"ONNX Runtime {onnxruntime.__version__} ({PROVIDER}), Python {platform.python_version()}")
    starter, threads = map(int, arguments)
    end_with(starter)
    say("ready")
    session = images = logits = None
    for line in sys.stdin.buffer:
        request, _, rest = line.decode().rstrip("\n").partition(" ")
        if request == "pass":
            # Released before the clock starts.
            logits = None
            began = now()
            (logits,) = session.run(["logits"], {"input": images})
            ended = now()
            say(f"{began!r} {ended!r}")
        elif request == "logits":
            content = logits.astype("<f4").tobytes()
            say(len(content))
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        elif request == "load":
            session = images = logits = None
            path, count = rest.rsplit(" ", 1)
            session = load(onnxruntime, path, threads, int(count))
            shape = session.get_inputs()[0].shape
            content = sys.stdin.buffer.read(4 * int(numpy.prod(shape, dtype=numpy.int64)))
            images = numpy.frombuffer(content, "<f4").reshape(shape)
            # No pass includes a collection of what loading has left.
            gc.collect()
            gc.disable()
            say("loaded")
        else:
            raise ValueError(f"{request} is not a request")


def load(onnxruntime, path, threads, count):
    """A session with the defaults of ONNX Runtime, except for the number of threads and the fixed number of images."""
    options = onnxruntime.SessionOptions()
    # With this number set, threads are bound to no processor, as in the other devices.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = True
    options.log_severity_level = 3
    options.add_free_dimension_override_by_name("n", count)
    return onnxruntime.InferenceSession(path, options, providers=[PROVIDER])


def end_with(starter):
    """Ends this process with the one that started it: PR_SET_PDEATHSIG of prctl(2), SIGKILL."""
    if sys.platform == "linux":
        import os

        ctypes.CDLL(None).prctl(1, 9)
        # It may have ended before.
        assert os.getppid() == starter, "the process that started this one has ended"


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def say(text):
    sys.stdout.buffer.write(f"{text}\n".encode())
    sys.stdout.buffer.flush()


try:
    main(sys.argv[1:])
except BaseException as error:
    say(f"failed {type(error).__name__}: {' '.join(str(error).split())}")
    sys.exit(1)
