"""Finding the settings for an address: what its domain, its hoster and others say of its server."""
