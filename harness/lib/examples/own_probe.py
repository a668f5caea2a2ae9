#!/usr/bin/env python3
"""A probe of one's own in Python, asked with `probe = "command"`: does a UDP service echo, and how fast?"""

import json
import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
    peer.settimeout(5)
    began = time.monotonic()
    peer.sendto(b"fixproof", (host, port))
    try:
        answer, _ = peer.recvfrom(1500)
    except OSError as why:
        # Another code than 0: nothing is believed, and the last words are shown.
        sys.exit(f"{host}:{port} does not echo: {why}")
    took = time.monotonic() - began
print(json.dumps({"echoed": answer == b"fixproof", "milliseconds": round(took * 1000, 3)}))
