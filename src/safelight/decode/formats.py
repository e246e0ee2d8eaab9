"""File formats told by content, from an explicit allow-list."""
