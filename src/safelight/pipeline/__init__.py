"""The order of the stages: source, media, fingerprint, match, origin, group, queue, report.

In: sources and settings. Out: a case that holds everything. It must hold no logic of any stage: it feeds each room and
stores what comes back, so that a kill at any moment loses nothing that was reported as done.
"""
