"""Tables: bundles (一件事)."""
