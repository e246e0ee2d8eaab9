"""minosse 0.1.0 (MIT): three rules on ringing, noise in flat areas and the spectrum; its score has three values, 0, 0.75 and 1."""

from __future__ import annotations

from benchmarks.detector.peers.answering import answer


def main() -> int:
    from minosse import analyze_path

    return answer("minosse", lambda path: float(analyze_path(path).score))


if __name__ == "__main__":
    raise SystemExit(main())
