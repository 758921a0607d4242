"""The regulations of use (règlement d'usage) as readable data: one TOML file per version, named after it.

A version that applied to a dossier is never edited: a change of law is a new file with its own `valid_from`.
Read by `certify/queries/regulations.py`; `certify/workflows/regulation.py` says what a file must hold. No code here.
"""
