extends RefCounted
## The answer to one request. It may be sent later and from any thread, but only once.

const GcJson = preload("../json_text.gd")

const REASONS: Dictionary[int, String] = {
	200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
	404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 411: "Length Required",
	413: "Content Too Large", 422: "Unprocessable Content", 426: "Upgrade Required",
	431: "Request Header Fields Too Large",
	503: "Service Unavailable",
}

## Called when there is something to [method take]; on whatever thread has put it there.
var on_bytes: Callable = Callable()
## Set where the connection goes on with another protocol after this answer; see [method switch_protocol].
var on_switch: Callable = Callable()

var _mutex: Mutex = Mutex.new()
var _bytes: PackedByteArray = PackedByteArray()
var _finished: bool = false
var _sent: bool = false


## Answers with [param data] as JSON.
func json(status: int, data: Variant) -> void:
	_send(status, GcJson.of(data).to_utf8_buffer(), "application/json")


## Answers with an error that says what is wrong and, where a program can act on it, why: [param reason] is a name
## of the contract's ErrorReason.
func fail(status: int, message: String, reason: String = "") -> void:
	json(status, {"status": "error", "message": message, "reason": reason})


## Ends HTTP on this connection: once this answer is written, [param taker] is called with the connection's
## StreamPeerTCP, and returns whether it has taken it.
func switch_protocol(protocol: String, version: String, taker: Callable) -> void:
	_mutex.lock()
	if not _sent:
		_sent = true
		on_switch = taker
		_bytes = (
			"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n%s: %s\r\n\r\n"
			% [protocol, protocol, version]
		).to_ascii_buffer()
		_finished = true
	_mutex.unlock()
	_announce()


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
