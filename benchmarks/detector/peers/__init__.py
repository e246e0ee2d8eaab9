"""Other people's detectors, each in a process of its own with a Python of its own, judged by the same protocol.

An adapter is one file here, run as `PYTHON -m benchmarks.detector.peers.NAME` by a Python that has the package. It says who it is, then answers one
line of JSON for each line of JSON:

    first        {"name": "...", "version": "..."}
    asked        {"path": "a file"}
    answered     {"score": number or null, "why": "why there is none", "cpu_ms": number}

A higher score says "generated"; null is an answer, too: the peer declines. Nothing of a peer is imported by Safelight or by the harness.
"""
