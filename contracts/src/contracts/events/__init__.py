"""Facts, one file per owner."""
