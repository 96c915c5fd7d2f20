"""Units from a workbook: the table of columns, the template made from it, reading, the dry run.

Nothing here writes a row: what the dry run planned is carried out by ``workflows.unit_import``.
"""
