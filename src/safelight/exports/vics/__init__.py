"""Project VIC JSON, data models 2.0 and 1.3: what national databases of police forces take and give.

In: what the gate lets through. Out: case files and hash sets, and back. It must never write a category that no person decided, never put the
origin into the category, and never state what is not known: what nobody knows is null, and null is not false.

Sources: there is no public schema. The forms follow what public readers and writers of VICS agree on (the readers of IPED and GLEAPP, the
exporters of X-Tension and others); no reader or writer of VICS was found that has a field for AI.
"""
