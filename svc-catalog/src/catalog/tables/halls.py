"""Tables: halls, windows, kiosks, helpers and appointments."""
