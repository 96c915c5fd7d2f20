"""Domain errors with words for people: workflows raise them, forms show them, the rest become pages."""


class DomainError(Exception):
    """Base: the message is a Chinese sentence that may be shown as it is."""

    status = 400


class Refused(DomainError):
    """What was asked lacks something or contradicts the record; says what and how to mend it."""


class WrongState(DomainError):
    """The move is not legal from the state in which the row is now."""

    status = 409


class NotAllowed(DomainError):
    """The person lacks the right for the move on this row."""

    status = 403
