"""Review: in which order a person looks, and why.

In: a case with its matches, opinions and groups. Out: a queue that holds everything exactly once, each line with a reason. It must never
leave an item out, whatever the rules say, and never decide anything about one.
"""
