extends RefCounted
## The answer to one request. It may be sent later and from any thread, but only once.

const GcJson = preload("../json_text.gd")

const REASONS: Dictionary[int, String] = {
	200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
	404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 411: "Length Required",
	413: "Content Too Large", 422: "Unprocessable Content", 431: "Request Header Fields Too Large",
	503: "Service Unavailable",
}

## Called when there is something to [method take]; on whatever thread has put it there.
var on_bytes: Callable = Callable()

var _mutex: Mutex = Mutex.new()
var _bytes: PackedByteArray = PackedByteArray()
var _finished: bool = false
var _streaming: bool = false
var _sent: bool = false


## Answers with [param data] as JSON.
func json(status: int, data: Variant) -> void:
	_send(status, GcJson.of(data).to_utf8_buffer(), "application/json")


## Answers with an error that says what is wrong and, where a program can act on it, why: [param reason] is a name
## of the contract's ErrorReason.
func fail(status: int, message: String, reason: String = "") -> void:
	json(status, {"status": "error", "message": message, "reason": reason})


## Answers with an event stream that stays open until the client leaves or [method end] is called.
func start_stream() -> void:
	_mutex.lock()
	_sent = true
	_streaming = true
	_bytes.append_array((
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
		+ "Connection: close\r\n\r\n"
	).to_ascii_buffer())
	_mutex.unlock()
	_announce()


## Adds to a stream; false when it has ended, or when the reader is so slow that more than [param limit] bytes wait for it.
func push(text: String, limit: int) -> bool:
	_mutex.lock()
	var fits: bool = not _finished and _bytes.size() <= limit
	if fits:
		_bytes.append_array(text.to_utf8_buffer())
	_mutex.unlock()
	_announce()
	return fits


## Ends a stream.
func end() -> void:
	_mutex.lock()
	_finished = true
	_mutex.unlock()


## What is to be written to the socket now.
func take() -> PackedByteArray:
	_mutex.lock()
	var bytes: PackedByteArray = _bytes
	if not bytes.is_empty():
		_bytes = PackedByteArray()
	_mutex.unlock()
	return bytes


func is_finished() -> bool:
	_mutex.lock()
	var finished: bool = _finished
	_mutex.unlock()
	return finished


func is_streaming() -> bool:
	return _streaming


func _send(status: int, body: PackedByteArray, content_type: String) -> void:
	var head: String = "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % [
		status, REASONS.get(status, "Status"), content_type, body.size(),
	]
	_mutex.lock()
	if not _sent:
		_sent = true
		_bytes = head.to_ascii_buffer()
		_bytes.append_array(body)
		_finished = true
	_mutex.unlock()
	_announce()


func _announce() -> void:
	if on_bytes.is_valid():
		on_bytes.call()
