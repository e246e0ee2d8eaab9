"""Training of the learned detector from the manifest of the benign corpus; no part of the product."""
