"""The rest of the demo county: what makes a hundred units of a dozen, told by the same workflows.

Who and what stands here is drawn by the county's seed; the same seed and date give the same county. The
cases of the walkthrough, one by one, stand in the modules beside this package.
"""
