"""A term's registers from a workbook: one register of all units for which a person keeps it."""
