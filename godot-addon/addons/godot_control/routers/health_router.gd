extends "../http/http_router.gd"
## GET /health: what this engine is and how it is. Answered without waiting for the main loop.

var _describe: Callable


## [param describe] returns the health as a Dictionary and may be called from any thread.
func _init(describe: Callable) -> void:
	_describe = describe


func handle_get(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	response.json(200, _describe.call())
