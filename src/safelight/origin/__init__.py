"""Origin: what a file says, and what can be seen in it, of how it came to be.

In: the content of one file (readers, inside a worker), then findings (`opinion`, in the parent). Out: findings, and one opinion with its
strength, conflicts and limits. It must never call a photograph generated because a mark is missing, never guess a name or a seed, and
never hide that two findings disagree.
"""
