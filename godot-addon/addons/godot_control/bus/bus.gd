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
## What these calls may hold.
const MAX_CALL_BYTES: int = 32 * 1024 * 1024
const TOO_LARGE: String = "The answer is over 17 MiB. Ask for less."
const UNREAD: String = "What was answered before still waits to be read."

## Takes a Callable, and calls it on the main thread.
var _run: Callable
## Called on each of the bus's threads as it begins.
var _on_thread: Callable
var _worker: GcWorker
## What makes the commands of each service.
var _makers: Dictionary[String, Callable] = {}
## Guards what follows.
var _making: Mutex = Mutex.new()
## Those that were called.
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
## first of their calls, on a thread that no frame waits for. All of them before the first peer.
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
			@warning_ignore("return_value_discarded")
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
			@warning_ignore("return_value_discarded")
			connection.send(frame, event)
	_mutex.unlock()


## Says goodbye, and waits for the peers to go: a thread that waits for their bytes cannot be ended otherwise.
func stop() -> void:
	publish(GcFrame.GOODBYE, {}, true)
	var until: int = Time.get_ticks_msec() + GcConnection.GOODBYE_MSEC
	while Time.get_ticks_msec() < until and _connections.any(_is_needed):
		OS.delay_msec(1)
	for connection: GcConnection in _connections:
		connection.end()
	_worker.stop()


func _is_needed(connection: GcConnection) -> bool:
	return not connection.clear()


## On the connection's thread.
func _on_message(connection: GcConnection, message: Variant, size: int) -> void:
	if message == null:
		_leave_all(connection)
		return
	var parts: Array = message
	var id: int = parts[1]
	match parts[0]:
		GcFrame.GcKind.CALL:
			_call(connection, id, str(parts[2]), parts[3], size)
		GcFrame.GcKind.CANCEL:
			_mutex.lock()
			var caller: GcCaller = connection.find_caller(id)
			_mutex.unlock()
			# It keeps its place until the main thread has seen that: what waits for that thread is bounded.
			if caller != null and caller.leave():
				_run.call(_forget_left.bind(connection, id, caller))
		_:
			# A frame that only the engine sends.
			connection.end()


func _call(connection: GcConnection, id: int, name: String, payload: Variant, size: int) -> void:
	var caller: GcCaller = GcCaller.new(payload, _finish.bind(connection, id), _tell.bind(connection, id))
	_mutex.lock()
	var problem: String = _find_problem(connection, id, size)
	if problem.is_empty():
		connection.add_call(id, caller, size)
	_mutex.unlock()
	if not problem.is_empty():
		# Not by the caller: the place of this id may be another call's.
		caller.forget()
		_fail(connection, id, "TOO_MANY_CALLS", problem)
		return
	var command: Callable = _find(name)
	if command.is_null():
		caller.fail("UNIMPLEMENTED", "This addon has no command %s." % name.left(100))
	else:
		_run.call(_begin.bind(command, caller))


## Why a call is not taken; empty where it is.
func _find_problem(connection: GcConnection, id: int, size: int) -> String:
	if connection.calls.has(id):
		return "Another call has this id."
	if connection.calls.size() >= MAX_CALLS:
		return "%d calls wait for an answer already." % MAX_CALLS
	if connection.call_bytes + size > MAX_CALL_BYTES:
		return "The calls that wait for an answer hold %d bytes already." % connection.call_bytes
	return ""


func _begin(command: Callable, caller: GcCaller) -> void:
	# It may have left while it waited for the main thread.
	if not caller.has_left():
		command.call(caller)


## On a connection's thread.
func _find(name: String) -> Callable:
	var service: String = name.get_slice(".", 0)
	if not _makers.has(service):
		return Callable()
	_making.lock()
	if not _services.has(service):
		_services[service] = _makers[service].call()
	var command: Callable = _services[service].get_commands().get(name, Callable())
	_making.unlock()
	return command


func _forget(connection: GcConnection, id: int) -> void:
	_mutex.lock()
	connection.remove_call(id)
	_mutex.unlock()


## Its id may be another call's by now.
func _forget_left(connection: GcConnection, id: int, caller: GcCaller) -> void:
	_mutex.lock()
	if connection.find_caller(id) in [caller, null]:
		connection.remove_call(id)
	_mutex.unlock()


func _tell(message: Dictionary, connection: GcConnection, id: int) -> void:
	var frame: PackedByteArray = GcFrame.encode(GcFrame.GcKind.EVENT, id, "", message)
	if not GcFrame.is_too_large(frame):
		@warning_ignore("return_value_discarded")
		connection.send(frame, "call %d" % id)
		return
	_mutex.lock()
	var caller: GcCaller = connection.find_caller(id)
	_mutex.unlock()
	if caller != null:
		caller.fail("ANSWER_TOO_LARGE", TOO_LARGE)


func _finish(is_answer: bool, payload: Variant, connection: GcConnection, id: int) -> void:
	_mutex.lock()
	var caller: GcCaller = connection.find_caller(id)
	_mutex.unlock()
	var kind: GcFrame.GcKind = GcFrame.GcKind.ANSWER if is_answer else GcFrame.GcKind.FAILURE
	if caller != null and caller.is_answer_large:
		_worker.run(_send_last.bind(connection, id, kind, payload))
	else:
		_send_last(connection, id, kind, payload)


func _send_last(connection: GcConnection, id: int, kind: GcFrame.GcKind, payload: Variant) -> void:
	_forget(connection, id)
	var frame: PackedByteArray = GcFrame.encode(kind, id, "", payload)
	if GcFrame.is_too_large(frame):
		_fail(connection, id, "ANSWER_TOO_LARGE", TOO_LARGE)
	elif not connection.send(frame):
		_fail(connection, id, "TOO_MANY_CALLS", UNREAD)


## It takes the place of what the call was told last.
func _fail(connection: GcConnection, id: int, reason: String, words: String) -> void:
	var frame: PackedByteArray = GcFrame.encode(GcFrame.GcKind.FAILURE, id, "", {"reason": reason, "message": words})
	@warning_ignore("return_value_discarded")
	connection.send(frame, "call %d" % id)


func _leave_all(connection: GcConnection) -> void:
	_mutex.lock()
	for id: int in connection.calls.keys():
		var caller: GcCaller = connection.find_caller(id)
		if caller != null:
			@warning_ignore("return_value_discarded")
			caller.leave()
		connection.remove_call(id)
	_mutex.unlock()
