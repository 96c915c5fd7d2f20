"""Registers (登记档案): facts that units state once a term, checked by the machine and used everywhere.

What a register asks is data (YAML of schools and tutoring), what was stated are versioned rows of ``Entry``.
"""
