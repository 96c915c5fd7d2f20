"""People and their accounts from a workbook: opened by one administrator, their roles granted by another."""
