"""What can be refused, and why. A message states the fact and the way out; only `views/errors.py` knows HTTP."""


class WorkflowError(Exception):
    """A rule says no. `message` is an English msgid with named placeholders, `facts` fill them."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message % facts if facts else message)
        self.message = message
        self.facts = facts


class Malformed(WorkflowError):
    """What was typed cannot be what it claims to be (an identifier, a number, a date)."""


class NotFound(WorkflowError):
    """Nothing bears that number."""


class Unavailable(WorkflowError):
    """What is asked for is not there yet, or cannot be looked up right now: this says nothing about it."""


class NotAllowed(WorkflowError):
    """This person may not do this, here or at all."""


class Conflicted(NotAllowed):
    """This person has, or declared, an interest in the dossier and is closed out of it."""


class WrongState(WorkflowError):
    """The regulation has no such move from the present state."""


class Refused(WorkflowError):
    """The move exists and the person may make it, but a condition of the regulation does not hold."""


class QuorumMissing(Refused):
    """Too few seats are present, once the recused ones are set aside."""


class AlreadyDone(WorkflowError):
    """Somebody did this just before: the first one counts, the second changes nothing."""


class AlreadyVoted(AlreadyDone):
    """This seat has its ballot in the urn; a ballot is cast once."""


class Stale(WorkflowError):
    """What was on the screen is no longer what is saved; nothing was written."""
