"""The rules of the label, and nothing else.

Each life (dossier, meeting, licence) is a table of moves that reads like the regulation; beside them stand the vote,
the legal clock, the review grid, the identifiers and who may do what. Everything here is a pure function of its
arguments: standard library only, no Flask, no SQL, no files, no wall clock, no randomness.
"""
