"""Edge functions: guests that answer requests themselves, and what they may reach."""
