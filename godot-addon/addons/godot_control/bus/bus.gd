extends RefCounted
## The channel of a server: it calls commands, which answer, and is told what changes: the present state first, then
## each change.

const GcFrame = preload("frame.gd")
const GcCaller = preload("caller.gd")
const GcCommands = preload("commands.gd")
const GcConnection = preload("connection.gd")
const GcWorker = preload("worker.gd")

const MAX_CONNECTIONS: int = 16
## Of one connection, until they are answered.
const MAX_CALLS: int = 256
## The event after which a peer closes its end.
const GOODBYE: String = "goodbye"
## How long the peers have to go when the engine ends, in milliseconds.
const GOODBYE_MSEC: int = 1_000

## Takes a Callable, and calls it on the main thread.
var _run: Callable
## Called on each of the bus's threads as it begins.
var _on_thread: Callable
var _worker: GcWorker
## What makes the commands of each service.
var _makers: Dictionary[String, Callable] = {}
## Those that were called. Main thread only.
var _services: Dictionary[String, GcCommands] = {}
## Guards what follows, and each connection's calls.
var _mutex: Mutex = Mutex.new()
var _connections: Array[GcConnection] = []
## The frame of the last event of each name.
var _present: Dictionary[String, PackedByteArray] = {}


func _init(run: Callable, on_thread: Callable) -> void:
	_run = run
	_on_thread = on_thread
	_worker = GcWorker.new(on_thread)


## Registers what makes the commands of a service, whose names begin with [param service] and a dot; it is called with the
## first of their calls, on the main thread. All of them before the first peer.
func register(service: String, make: Callable) -> void:
	_makers[service] = make


## Whether it takes one more peer.
func has_room() -> bool:
	_mutex.lock()
	_connections = _connections.filter(_is_needed)
	var count: int = _connections.size()
	_mutex.unlock()
	return count < MAX_CONNECTIONS


## Has the peer as one of the bus's from now on; false where there are too many.
func adopt(peer: StreamPeerTCP) -> bool:
	_mutex.lock()
	var is_taken: bool = has_room()
	if is_taken:
		var connection: GcConnection = GcConnection.new(peer, _on_message, _on_thread)
		for event: String in _present:
			connection.send(_present[event], event)
		_connections.append(connection)
		connection.start()
	_mutex.unlock()
	return is_taken


## Tells every peer; what is the same as the last event of its name is not told again. A [param passing] one is not told
## to later peers. May be called from any thread.
func publish(event: String, payload: Dictionary, passing: bool = false) -> void:
	var frame: PackedByteArray = GcFrame.encode(GcFrame.GcKind.EVENT, 0, event, payload)
	_mutex.lock()
	if passing or _present.get(event, PackedByteArray()) != frame:
		if not passing:
			_present[event] = frame
		for connection: GcConnection in _connections:
			connection.send(frame, event)
	_mutex.unlock()


## Says goodbye, and waits for the peers to go: a thread that waits for their bytes cannot be ended otherwise.
func stop() -> void:
	publish(GOODBYE, {}, true)
	var until: int = Time.get_ticks_msec() + GOODBYE_MSEC
	while Time.get_ticks_msec() < until and _connections.any(_is_needed):
		OS.delay_msec(1)
	for connection: GcConnection in _connections:
		connection.end()
	_worker.stop()


func _is_needed(connection: GcConnection) -> bool:
	return not connection.clear()


## On the connection's thread.
func _on_message(connection: GcConnection, message: Variant) -> void:
	if message == null:
		_leave_all(connection)
		return
	var parts: Array = message
	var id: int = parts[1]
	match parts[0]:
		GcFrame.GcKind.CALL:
			_call(connection, id, str(parts[2]), parts[3])
		GcFrame.GcKind.CANCEL:
			_mutex.lock()
			var caller: GcCaller = connection.calls.get(id)
			_mutex.unlock()
			# It keeps its place until the main thread has seen that: what waits for that thread is bounded.
			if caller != null and caller.leave():
				_run.call(_forget.bind(connection, id))
		_:
			# A frame that only the engine sends.
			connection.end()


func _call(connection: GcConnection, id: int, name: String, payload: Variant) -> void:
	var caller: GcCaller = GcCaller.new(payload, _finish.bind(connection, id), _tell.bind(connection, id))
	_mutex.lock()
	var is_taken: bool = connection.calls.size() < MAX_CALLS and not connection.calls.has(id)
	if is_taken:
		connection.calls[id] = caller
	_mutex.unlock()
	if not is_taken:
		# The place of this id may be another call's.
		var words: String = "%d calls wait for an answer already, or one of them has the same id." % MAX_CALLS
		connection.send(GcFrame.encode(GcFrame.GcKind.FAILURE, id, "", {"reason": "QUEUE_FULL", "message": words}))
	else:
		_run.call(_begin.bind(name, caller))


func _begin(name: String, caller: GcCaller) -> void:
	# It may have left while it waited for the main thread.
	if caller.has_left():
		return
	var command: Callable = _find(name)
	if command.is_null():
		caller.fail("UNIMPLEMENTED", "This addon has no command %s." % name.left(100))
	else:
		command.call(caller)


func _find(name: String) -> Callable:
	var service: String = name.get_slice(".", 0)
	if _makers.has(service) and not _services.has(service):
		_services[service] = _makers[service].call()
	return _services[service].get_commands().get(name, Callable()) if _services.has(service) else Callable()


func _forget(connection: GcConnection, id: int) -> void:
	_mutex.lock()
	@warning_ignore("return_value_discarded")
	connection.calls.erase(id)
	_mutex.unlock()


func _tell(message: Dictionary, connection: GcConnection, id: int) -> void:
	connection.send(GcFrame.encode(GcFrame.GcKind.EVENT, id, "", message), "call %d" % id)


func _finish(is_answer: bool, payload: Variant, connection: GcConnection, id: int) -> void:
	_mutex.lock()
	var caller: GcCaller = connection.calls.get(id)
	_mutex.unlock()
	var kind: GcFrame.GcKind = GcFrame.GcKind.ANSWER if is_answer else GcFrame.GcKind.FAILURE
	if caller != null and caller.is_answer_large:
		_worker.run(_send_last.bind(connection, id, kind, payload))
	else:
		_send_last(connection, id, kind, payload)


func _send_last(connection: GcConnection, id: int, kind: GcFrame.GcKind, payload: Variant) -> void:
	_forget(connection, id)
	var frame: PackedByteArray = GcFrame.encode(kind, id, "", payload)
	if frame.size() > GcFrame.HEAD_BYTES + GcFrame.MAX_BYTES:
		var words: String = "The answer is over %d bytes; ask for less." % GcFrame.MAX_BYTES
		frame = GcFrame.encode(GcFrame.GcKind.FAILURE, id, "", {"reason": "ANSWER_TOO_LARGE", "message": words})
	connection.send(frame)


func _leave_all(connection: GcConnection) -> void:
	_mutex.lock()
	var calls: Array[GcCaller] = connection.calls.values()
	connection.calls.clear()
	_mutex.unlock()
	for caller: GcCaller in calls:
		@warning_ignore("return_value_discarded")
		caller.leave()
