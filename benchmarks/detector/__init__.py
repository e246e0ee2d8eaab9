"""The evaluation of detectors on the benign corpus."""
