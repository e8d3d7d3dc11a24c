"""People out of the house, as a file: a list, a segment or a search to CSV or XLSX, and one person's own data.

Stands on segments. Streams; keeps nothing but the audit entry.
"""
