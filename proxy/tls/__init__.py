"""TLS towards clients: which certificate is shown, how sessions are resumed, who the client is."""
