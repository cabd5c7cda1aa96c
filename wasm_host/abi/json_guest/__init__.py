"""The `json` ABI: guests that are handed a request as JSON, and answer with JSON, or with yes and no."""
