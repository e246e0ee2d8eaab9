"""The slot for a learned detector: what it is given, how its score becomes evidence, and how its error rates are measured.

In: the decoded pixels of one file (inside a worker). Out: one finding, `basis` statistical, with the score, always, and with a likelihood ratio
only where the model was validated and no larger than its validation set can support. It must never read a low score as "real", never
decide alone what its measured false alarms do not allow, and never run a model whose digest is not the one that was pinned.
"""
