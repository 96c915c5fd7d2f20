"""减负台账: what the bureau asks of each unit a month, read from what it asked; no table of its own.

``asking`` says how much one thing asks, ``meter`` reads what was asked of units, ``pace`` how long an input
takes, ``launching`` what a round would add to it before it is published. Source: practice.md P1, P2, P4.
"""
