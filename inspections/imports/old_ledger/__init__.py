"""历史台账: the county's own list of problems from before the portal, taken over from a workbook."""
