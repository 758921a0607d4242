"""What a password must be: long, and not the first thing that anybody would try."""

import re

from certify.workflows.errors import Malformed
from certify.workflows.words import N_

SHORTEST = 12
LONGEST = 200
VARIETY = 5
"""Fewer different characters than this is a key held down, or two of them in turn."""

COMMON = frozenset(
    """
    password passwort motdepasse monmotdepasse contrasena secret letmein welcome bienvenue marhaba salam
    azerty azertyuiop azertyuiopqsdfghjklm qwerty qwertyuiop qwertyuiopasdfghjkl qwertz abcdef abcdefghijkl
    iloveyou jetaime soleil princesse football ronaldo messi wydad raja barcelona realmadrid
    admin administrator administrateur root user utilisateur login connexion compte
    maroc morocco almaghrib casablanca rabat marrakech agadir terroir terroirdumaroc label labelterroir certify
    cooperative homologation
    """.split()  # noqa: SIM905 - a list of words reads as words
)
"""Words that lists of stolen passwords begin with, and those of our own house; digits around them add nothing."""

RUNS = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
)


def check_password(password: str, email: str) -> None:
    """Raise Malformed, saying what to do, unless `password` may protect the account of `email`."""
    if len(password) < SHORTEST:
        raise Malformed(
            N_("Use at least %(least)s characters: three or four words you will remember do well."), least=SHORTEST
        )
    if len(password) > LONGEST:
        raise Malformed(N_("Use at most %(most)s characters."), most=LONGEST)
    if email and (email in password.lower() or password.lower() in email):
        raise Malformed(N_("Choose something other than your e-mail address."))
    if is_common(password):
        raise Malformed(N_("This is among the first passwords anybody would try: choose three or four other words."))


def is_common(password: str) -> bool:
    """Tell whether a password is a run of keys, a few characters in turn, or one known word dressed with digits."""
    plain = re.sub(r"[\W_]", "", password.lower())
    words = re.sub(r"[0-9]", "", plain)
    is_run = any(plain in run for run in RUNS)
    is_repeated = words and re.fullmatch(r"(.+?)\1*", words)[1] in COMMON
    return len(set(password.lower())) < VARIETY or is_run or bool(is_repeated)
