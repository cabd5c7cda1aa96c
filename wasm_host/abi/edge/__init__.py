"""The `edge` ABI: a guest whose entry takes nothing, asks the host for the request, and sets the response."""
