extends RefCounted
## Pushes what changed to every listener: the present state first, then each change.

const GcHttpResponse = preload("../http/http_response.gd")
const GcJson = preload("../json_text.gd")

const MAX_BACKLOG: int = 1024 * 1024
const MAX_LISTENERS: int = 16

var _mutex: Mutex = Mutex.new()
var _listeners: Array[GcHttpResponse] = []
## The last message of each kind: what a new listener is told first.
var _present: Dictionary[String, String] = {}


## Adds a listener; false when there are too many. May be called from any thread.
func listen(response: GcHttpResponse) -> bool:
	_mutex.lock()
	_listeners = _listeners.filter(_is_listening)
	var accepted: bool = _listeners.size() < MAX_LISTENERS
	if accepted:
		response.start_stream()
		for event: String in _present:
			@warning_ignore("return_value_discarded")
			response.push(_present[event], MAX_BACKLOG)
		_listeners.append(response)
	_mutex.unlock()
	return accepted


## Sends to every listener; a message that is the same as the last of its kind is not sent again.
## [param passing] ones are not replayed to later listeners. May be called from any thread.
func publish(event: String, data: Dictionary, passing: bool = false) -> void:
	var message: String = "event: %s\ndata: %s\n\n" % [event, GcJson.of(data)]
	_mutex.lock()
	if passing or _present.get(event, "") != message:
		if not passing:
			_present[event] = message
		for listener: GcHttpResponse in _listeners:
			if not listener.push(message, MAX_BACKLOG):
				listener.end()
	_mutex.unlock()


func _is_listening(listener: GcHttpResponse) -> bool:
	return not listener.is_finished()
