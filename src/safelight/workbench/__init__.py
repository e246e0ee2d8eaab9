"""The workbench: pages in the browser of one machine, on which a person reviews a case with as few looks as possible.

In: a case, and the evidence where it is attached. Out: pages, previews that were shielded behind the wall, and what people did, in the log
of the case. It must never decide anything, describe what a picture shows, keep a picture, or show one before that is logged.
"""
