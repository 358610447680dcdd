"""``make web``: a report that types itself into a page, over server-sent events."""
