"""THE INPUT: plain WTForms, one file per noun. A form checks shape and returns plain typed data by `result()`.

May import queries, models (for the words of their lists) and workflows; never operations. Whether a thing is allowed
is not a form's business: a rule decides that.
"""
