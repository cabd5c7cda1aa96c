"""The admin listener: metrics, health and the running configuration, on aiohttp.web."""
