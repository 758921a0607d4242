"""THE WORDS SENT: the letters in each language, and the transport that carries them.

`letters.render` turns a kind, a language and plain facts into a subject and a text; `transport` hands them to a mail
server, or writes them to a folder. Nothing here knows a table or a page: it may import workflows, and nothing else of
ours. Who is written to, and when, is the business of `operations`.
"""
