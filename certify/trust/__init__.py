"""The proof: keys, sealed marks, status lists, credentials and the public log (`shared/trust.md`, TDM-1).

Plain data in, bytes out. It imports nothing of ours but the rules, and never the database, a request or the clock: who
calls it brings the facts, the moment and the keys. What signs does so through `keys.Signer`, so that a key may live in
a file, a PKCS#11 token or a cloud. Never here: who may issue what (rules), when it is published (operations).
"""
