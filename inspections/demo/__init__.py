"""The demo county 云溪县: a wholly invented place, built through the same workflows as real work."""
