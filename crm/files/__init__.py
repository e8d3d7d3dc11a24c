"""Images of the business: re-encoded, named by their hash, immutable. Calls only workspaces."""
