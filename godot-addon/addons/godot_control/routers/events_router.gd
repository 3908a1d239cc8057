extends "../http/http_router.gd"
## GET /events: the present state and each change of it, as server-sent events.

const GcEventHub = preload("../engine/event_hub.gd")

var _hub: GcEventHub


func _init(hub: GcEventHub) -> void:
	_hub = hub


func handle_get(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	if not _hub.listen(response):
		response.fail(503, "Too many listeners.")
