"""What follows from the topic of a matter: its rules, its procedure, whether its unit may look into it."""

from __future__ import annotations

from dataclasses import dataclass

from inspections.models import Complaint


@dataclass(frozen=True)
class Topic:
    """``rules``: numbers among the thirty. ``kind``: the procedure of what the web form brings.

    ``is_close``: red-line and fee matters, which never go to the accused unit for its own check (P22).
    """

    rules: tuple[int, ...]
    kind: Complaint.Kind
    is_close: bool = False


T, K = Complaint.Topic, Complaint.Kind
TOPICS: dict[str, Topic] = {
    T.HOMEWORK: Topic((4, 5), K.REQUEST),
    T.EXAMS: Topic((6, 7), K.REQUEST),
    T.HOURS: Topic((2, 10), K.REQUEST),
    T.CHARGES: Topic((5, 10), K.BREACH, is_close=True),
    T.PAID_TUTORING: Topic((15, 16), K.DISCIPLINE, is_close=True),
    T.CLASSES: Topic((3, 8, 16), K.BREACH, is_close=True),
    T.TUTORING: Topic((13, 14, 15, 17), K.BREACH, is_close=True),
    T.REFUND: Topic((13,), K.REFUND, is_close=True),
    T.OTHER: Topic((), K.REQUEST),
}


def goes_to_unit(complaint: Complaint) -> bool:
    """May its unit look into the facts? Not where money, a red line or a person is at stake."""
    return complaint.kind in (K.INQUIRY, K.REQUEST) and not TOPICS[complaint.topic].is_close
