"""Who asks: routes by HTTP, pages, keys and roles, and the command line. Computes nothing itself."""
