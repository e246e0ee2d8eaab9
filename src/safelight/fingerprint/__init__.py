"""Fingerprints: MD5, SHA-1, SHA-256 (taken while reading, in `decode`), PDQ, local features, and how two of them are compared.

In: the pixels of one content. Out: hashes with their quality. It must never drop a hash for low quality: it is stored and
marked, and those who match leave it out.
"""
