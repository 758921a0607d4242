"""THE EVIDENCE PACK: one ZIP a decision, for a court, and the program inside it that checks every hash without us.

Plain data in, bytes out: the same facts give the same bytes. Imports `workflows` and `translations` alone; never a
database row, a request or the wall clock. `check.py` goes into each pack as it stands: standard library only, and it
imports nothing of ours.
"""
