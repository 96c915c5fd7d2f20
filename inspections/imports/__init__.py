"""Workbooks that are read in: what a kind of workbook holds, reading it, the dry run, the template.

Nothing here writes a row except ``Kind.write``; what the dry run planned is carried out row by row by
``workflows.imports``, the same for every kind.
"""
