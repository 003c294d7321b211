"""Files of a tree as text with places: YAML, JSON Schema, edits that leave the rest as it is.

What a file means belongs in `records`. Read tree.py first, then document.py and read_document.py."""
