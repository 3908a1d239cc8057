extends RefCounted
## One client's connection: reads requests out of the stream of bytes, however they are cut into packets,
## and writes the responses, one after the other.
##
## The sockets' thread reads. A response leaves on the thread that has it: what the main loop answers need not
## wait until the sockets' thread looks again.

const GcHttpRequest = preload("http_request.gd")
const GcHttpResponse = preload("http_response.gd")

const MAX_HEAD: int = 16 * 1024
const MAX_BODY: int = 1024 * 1024
## A request that has begun must be complete within this time.
const REQUEST_TIMEOUT_MSEC: int = 10_000
## A client that has not shown the secret has this long for a request, for taking its answer, and between the two.
const STRANGER_TIMEOUT_MSEC: int = 2_000
## Of a Content-Length: the engine raises an error for a number that it cannot represent.
const MAX_DIGITS: int = 12
## What a request must not say twice.
const SINGLE: PackedStringArray = ["host", "origin", "authorization", "content-length"]
## How often a connection at rest is asked whether the client has left.
const LOOK_EVERY_MSEC: int = 20

var _peer: StreamPeerTCP
## Guards all below: the thread that reads or writes holds it.
var _mutex: Mutex = Mutex.new()
var _next_look_msec: int = 0
var _input: PackedByteArray = PackedByteArray()
var _output: PackedByteArray = PackedByteArray()
var _request: GcHttpRequest = null
## What need not be UTF-8: the engine raises an error for each byte that is none.
var _beyond_ascii: RegEx = RegEx.create_from_string("%[89A-Fa-f][0-9A-Fa-f]|[^\\x01-\\x7f]")
var _response: GcHttpResponse = null
var _body_size: int = 0
var _began_msec: int = 0
## When bytes moved last, in either direction.
var _moved_msec: int = Time.get_ticks_msec()
## A request on this connection has shown the secret.
var _known: bool = false
var _close_after: bool = false
## Takes the peer once the last answer is written; see [method GcHttpResponse.switch_protocol].
var _on_switch: Callable = Callable()
var _closed: bool = false


func _init(peer: StreamPeerTCP) -> void:
	_peer = peer
	_peer.set_no_delay(true)


## Moves bytes; returns whether any moved. A complete request is handed to [param dispatch], which returns whether it
## has shown the secret.
func poll(dispatch: Callable) -> bool:
	_mutex.lock()
	var moved: bool = _write()
	if _read():
		moved = true
	if moved:
		_moved_msec = Time.get_ticks_msec()
	elif _is_idle_stranger():
		close()
	if _response == null and (_request != null or not _input.is_empty()):
		_parse(dispatch)
	_mutex.unlock()
	return moved


func is_closed() -> bool:
	return _closed


## Whether another protocol has taken it over.
func has_switched() -> bool:
	return _closed and _on_switch.is_valid()


## Whether a request on this connection has shown the secret.
func is_known() -> bool:
	return _known


func close() -> void:
	_mutex.lock()
	if not _closed:
		_closed = true
		_peer.disconnect_from_host()
		_response = null
	_mutex.unlock()


## Writes what the response has now. While another thread is at it, that one sees it, now or at its next turn;
## waiting for it here could be waiting for each other.
func _flush(_itself: RefCounted) -> void:
	if _mutex.try_lock():
		@warning_ignore("return_value_discarded")
		_write()
		_mutex.unlock()


func _respond() -> GcHttpResponse:
	_response = GcHttpResponse.new()
	# Bound to itself, the connection lives for as long as an answer may come.
	_response.on_bytes = _flush.bind(self)
	return _response


func _read() -> bool:
	var available: int = 0 if _closed else _peer.get_available_bytes()
	if available <= 0 and Time.get_ticks_msec() >= _next_look_msec:
		_next_look_msec = Time.get_ticks_msec() + LOOK_EVERY_MSEC
		if _peer.poll() != OK or _peer.get_status() != StreamPeerTCP.STATUS_CONNECTED:
			close()
	if _closed or available <= 0 or _input.size() > MAX_HEAD + MAX_BODY:
		return false
	var got: Array = _peer.get_partial_data(available)
	if got[0] != OK:
		close()
		return false
	var bytes: PackedByteArray = got[1]
	if _input.is_empty():
		_began_msec = Time.get_ticks_msec()
		_input = bytes
	else:
		_input.append_array(bytes)
	return true


func _parse(dispatch: Callable) -> void:
	if _request == null and not _parse_head():
		return
	if _input.size() < _body_size:
		_check_time()
		return
	var request: GcHttpRequest = _request
	request.body = _input.slice(0, _body_size)
	_input = _input.slice(_body_size)
	_began_msec = Time.get_ticks_msec()
	_request = null
	_close_after = not request.keeps_alive()
	_known = dispatch.call(request, _respond()) or _known


## Reads the request line and the headers; false while they are incomplete or when they are refused.
func _parse_head() -> bool:
	var text: String = _input.slice(0, MAX_HEAD).get_string_from_ascii()
	var end: int = text.find("\r\n\r\n")
	if end < 0:
		if _input.size() >= MAX_HEAD:
			_refuse(431, "The headers are over %d bytes." % MAX_HEAD)
		else:
			_check_time()
		return false
	var lines: PackedStringArray = text.left(end).split("\r\n")
	var words: PackedStringArray = lines[0].split(" ")
	if words.size() != 3 or not words[2].begins_with("HTTP/1.") or not words[1].begins_with("/"):
		_refuse(400, "This is no HTTP/1.1 request.")
		return false
	if _beyond_ascii.search(words[1]) != null:
		_refuse(400, "Every path here is ASCII.")
		return false
	var request: GcHttpRequest = GcHttpRequest.new()
	request.method = words[0]
	request.read_target(words[1])
	for index: int in range(1, lines.size()):
		var colon: int = lines[index].find(":")
		if colon <= 0:
			_refuse(400, "A header without a name.")
			return false
		var name: String = lines[index].left(colon).to_lower()
		if request.headers.has(name) and name in SINGLE:
			_refuse(400, "More than one header %s." % name)
			return false
		request.headers[name] = lines[index].substr(colon + 1).strip_edges()
	if request.headers.has("transfer-encoding"):
		_refuse(411, "Send the body with a Content-Length.")
		return false
	var length: String = request.headers.get("content-length", "0")
	if length.length() > MAX_DIGITS or not length.is_valid_int() or not length[0].is_valid_int():
		_refuse(400, "Content-Length is no number from 0 to %s." % "9".repeat(MAX_DIGITS))
		return false
	if length.to_int() > MAX_BODY:
		_refuse(413, "The body is over %d bytes." % MAX_BODY)
		return false
	_body_size = length.to_int()
	_input = _input.slice(end + 4)
	_request = request
	return true


func _check_time() -> void:
	if Time.get_ticks_msec() - _began_msec > (REQUEST_TIMEOUT_MSEC if _known else STRANGER_TIMEOUT_MSEC):
		_refuse(408, "The request was not complete in time.")


## A stranger that neither asks nor takes its answer goes; one that waits for the main loop's answer stays.
func _is_idle_stranger() -> bool:
	var is_served: bool = _response != null and _output.is_empty()
	return not _known and not is_served and Time.get_ticks_msec() - _moved_msec > STRANGER_TIMEOUT_MSEC


func _refuse(status: int, message: String) -> void:
	_input.clear()
	_close_after = true
	_respond().fail(status, message)


func _write() -> bool:
	if _closed:
		return false
	# A slow reader's answer stays in the response, which bounds it.
	if _response != null and _output.is_empty():
		# Whether it is finished is asked first, so that nothing that came before it is lost.
		var finished: bool = _response.is_finished()
		var bytes: PackedByteArray = _response.take()
		if not bytes.is_empty():
			_output = bytes
		if finished:
			_on_switch = _response.on_switch
			_response = null
	if _output.is_empty():
		_end_if_written()
		return false
	var result: Array = _peer.put_partial_data(_output)
	if result[0] != OK:
		close()
		return false
	var count: int = result[1]
	_output = _output.slice(count) if count < _output.size() else PackedByteArray()
	_end_if_written()
	return count > 0


func _end_if_written() -> void:
	if not _output.is_empty() or _response != null:
		return
	if _on_switch.is_valid() and _input.is_empty() and _on_switch.call(_peer):
		# The peer is another protocol's from here on.
		_closed = true
	elif _close_after or _on_switch.is_valid():
		close()
