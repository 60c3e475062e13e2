"""What services say to each other: facts, codes, and the public form of an item's guide."""
