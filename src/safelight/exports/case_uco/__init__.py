"""CASE/UCO JSON-LD: a case in the language that forensic tools exchange cases in.

In: every media, decided or not, and every place that could not be read. Out: one graph, and back. It must never state a likelihood ratio as a
confidence, never say that anything shows a child, and never use the class `AIGeneratedCSAM` of the CAC ontology, which demands to know
whether a real victim is depicted and has no word for "unknown".

Sources: CASE 1.5.0 and UCO 1.5.0 (Apache-2.0), which `case_validate` of case-utils 0.18.0 holds the graphs of the tests to; CASE-Examples; CAC
ontology of Project VIC, `AIContentDetection` and `AIDetectionTool`.
"""
