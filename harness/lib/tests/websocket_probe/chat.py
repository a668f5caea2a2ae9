"""A chat as the staging environment speaks it, on a WebSocket implementation that is not the probe's.

The path's query says how it misbehaves. The first line on stdout is the port.
"""
import asyncio
import base64
import http
import json
import sys
import urllib.parse

import websockets

TOKEN = "right-horse"
EVENTS = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]


def mode(path):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("mode", [""])[0]


async def refuse(path, headers):
    if mode(path).isdigit():
        return http.HTTPStatus(int(mode(path))), [("X-Why", "told to")], b'{"detail": "told to"}\n'


def welcome(headers, offered):
    if headers.get("Authorization") == "Bearer " + TOKEN:
        return True
    encoded = base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("=")
    return any(name in ("jwt." + TOKEN, "jwt." + encoded) for name in offered)


class Protocol(websockets.WebSocketServerProtocol):
    def select_subprotocol(self, offered, supported):
        self.offered = list(offered)
        if "mode=deaf" in self.path:
            return None
        for name in offered:
            if name.startswith("jwt.") or name == "agent_chat":
                return name


async def chat(socket):
    how = mode(socket.path)
    frame = lambda kind, **more: socket.send(json.dumps({"type": kind, "timestamp": 1, **more}))
    if how == "silent":
        await socket.wait_closed()
        return
    if how != "anybody" and not welcome(socket.request_headers, getattr(socket, "offered", [])):
        await frame("error_message", error_code="AUTH_FAILED", error_message="who are you?")
        await socket.close(1008, "authentication failed")
        return
    await frame("connection_established", data={"connection_id": "c-1", "golden_path_events": EVENTS})
    if how == "no-code":
        await socket.close(1000)
        return
    async for message in socket:
        question = json.loads(message)
        if question["type"] == "ping":
            await frame("pong", echo=question)
            continue
        events = list(EVENTS)
        if how == "out-of-order":
            events = ["agent_started", "tool_executing", "agent_thinking", "tool_completed", "agent_completed"]
        for nth, event in enumerate(events):
            run = f"run-{nth if how == 'mixed-runs' else 1}"
            more = {} if how == "forgetful" and nth == 2 else {"run_id": run}
            if how == "noisy":
                await socket.ping()
                await frame("heartbeat", nth=nth)
                await socket.send(b"\x00\xff" * 4)
                await socket.send("no JSON at all")
            if how == "fails" and nth == 3:
                await frame("agent_failed", error_message="the tool is gone", **more)
                return
            if how == "dies" and nth == 2:
                await socket.close(1011, "out of tools")
                return
            if event == "agent_completed":
                # In pieces, as a long answer may come.
                text = json.dumps({"type": event, "final_response": "It is 21. ÄÖÜ €", **more})
                await socket.send([text[:11], text[11:40], "", text[40:]])
            else:
                await frame(event, tool_name="calculator", **more)


async def main():
    server = await websockets.serve(
        chat, "127.0.0.1", 0, create_protocol=Protocol, process_request=refuse, subprotocols=["agent_chat"]
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    # The test ends it by closing its stdin.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
