"""What can be printed without a number of the office (打印件), one module per kind.

Each kind says who may order it, what it is about, which figures are frozen, and how they stand on paper.
"""
