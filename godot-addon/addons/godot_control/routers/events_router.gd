extends "../http/http_router.gd"
## GET /events: the present state and each change of it, as server-sent events.

const EventHub = preload("../engine/event_hub.gd")

var _hub: EventHub


func _init(hub: EventHub) -> void:
	_hub = hub


func handle_get(_request: HttpRequest, response: HttpResponse) -> void:
	if not _hub.listen(response):
		response.fail(503, "Too many listeners.")
