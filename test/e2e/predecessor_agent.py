"""An agent as the predecessor's users wrote them: its documented calls, in their order, and nothing else.

usage: predecessor_agent.py BASE_URL

Prints what it saw as one JSON object.
"""

import json
import sys
import urllib.error
import urllib.request

BASE = sys.argv[1]
SCENE = "res://vr_main.tscn"


def call(method, path, body=None):
    """The status code and the parsed answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    request = urllib.request.Request(BASE + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return {"code": response.status, "body": json.load(response)}
    except urllib.error.HTTPError as error:
        return {"code": error.code, "body": json.load(error)}


def main():
    seen = {}
    seen["load"] = call("POST", "/scene/load", {"scene_path": SCENE})
    seen["health"] = call("GET", "/health")
    if not seen["health"]["body"]["player"]["spawned"]:
        sys.exit("No player: " + "; ".join(seen["health"]["body"]["blocking_issues"]))
    seen["status"] = call("GET", "/status")
    seen["state_scene"] = call("GET", "/godot/state/scene")
    seen["state_player"] = call("GET", "/godot/state/player")
    seen["restart"] = call("POST", "/restart")
    seen["health_after_restart"] = call("GET", "/health")
    seen["stop"] = call("POST", "/stop")
    seen["health_after_stop"] = call("GET", "/health")
    seen["godot_after_stop"] = call("GET", "/godot/state/scene")
    seen["start"] = call("POST", "/start")
    seen["health_after_start"] = call("GET", "/health")
    seen["load_again"] = call("POST", "/scene/load", {"scene_path": SCENE})
    json.dump(seen, sys.stdout)


main()
