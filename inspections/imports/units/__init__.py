"""Units from a workbook: schools, institutions, their campuses and teaching places, their heads."""
