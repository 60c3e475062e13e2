"""Tables: channels: what is live where, and what they report daily."""
