"""THE WRITES: one function is one thing a person does (or that time does).

Verb and noun; the object first, then keyword-only, `actor` always an argument. Each decides by the rules, changes the
rows and records the event, in that order, on the actor's session, and never commits: whoever calls does. May import
queries, models, workflows, pdf, trust and mail; never forms, views or Flask.
"""
