"""Facts of the outside world, as tab-separated files that ship with the package; each states its source.

regions.tsv, provinces.tsv and activities.tsv are read by `queries/reference.py`, holidays_extra.tsv by
`queries/calendar.py`. signs.tsv is the official list of recognised signs of origin and quality (ONSSA, December 2025),
kept as published - French dates, missing ranks - and loaded into the database by `flask signs import`.
No code here, and nothing that the regulations of use decide.
"""
