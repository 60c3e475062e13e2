"""Tables: basic items (基本目录): what every implementation of an item has in common."""
