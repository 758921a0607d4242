"""THE PAPER: the receipt, the decision letter, the minutes and the certificate, as PDF/A-3a and PDF/UA-1 at once.

Plain data in (`facts.py`), bytes out (`render.py`); the same facts give the same bytes. Imports nothing of ours but
`certify.workflows`; never a database row, a request, the wall clock or the network. The web process imports `facts`
alone: `render` brings WeasyPrint with it and belongs to the single-threaded paper worker.
"""
