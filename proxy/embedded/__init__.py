"""What `proxy/embed.py` is made of: an aiohttp server's requests and answers, and the pipeline's, each as the other."""
