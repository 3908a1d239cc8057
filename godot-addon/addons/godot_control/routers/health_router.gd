extends "../http/http_router.gd"
## GET /health: what this engine is and how it is. Answered without waiting for the main loop. With ?challenge=TEXT it
## proves that it knows the token, so that a server shows that to no other program on this port.

var _describe: Callable


## [param describe] is given the challenge, returns the health as a Dictionary, and may be called from any thread.
func _init(describe: Callable) -> void:
	_describe = describe


func handle_get(request: GcHttpRequest, response: GcHttpResponse) -> void:
	response.json(200, _describe.call(request.query.get("challenge", "")))
