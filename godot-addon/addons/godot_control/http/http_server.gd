extends RefCounted
## An HTTP/1.1 server whose sockets live on a thread of their own, so that it answers while the main loop
## is busy, asleep or stuck. Bound to loopback only.

const GcHttpRequest = preload("http_request.gd")
const GcHttpResponse = preload("http_response.gd")
const GcHttpRouter = preload("http_router.gd")
const GcHttpConnection = preload("http_connection.gd")
const GcHttpGuard = preload("http_guard.gd")

const MAX_CONNECTIONS: int = 256
## How long the thread sleeps between two looks at its sockets: shortly while bytes are moving; at rest as
## long as the main loop does between its frames, and longer once a client has gone on to another protocol.
const BUSY_SLEEP_USEC: int = 20
const IDLE_SLEEP_USEC: int = 6_900
const LONG_SLEEP_USEC: int = 20_000
const BUSY_FOR_MSEC: int = 100
## At the start, the server is about to connect.
const BUSY_AT_START_MSEC: int = 1_000
## How often new connections are looked for, at most.
const ACCEPT_EVERY_MSEC: int = 2
const TURN_EVERY_MSEC: int = 50

## Called on the sockets' thread as it begins.
var on_thread: Callable = Callable()
## Called every [constant TURN_EVERY_MSEC], on the sockets' thread.
var on_turn: Callable = Callable()

var _listener: TCPServer = TCPServer.new()
var _guard: GcHttpGuard
var _makers: Dictionary[String, Callable] = {}
var _routers: Dictionary[String, GcHttpRouter] = {}
var _connections: Array[GcHttpConnection] = []
var _thread: Thread = Thread.new()
var _stopping: bool = false


## A server that answers what [param guard] lets through.
func _init(guard: GcHttpGuard) -> void:
	_guard = guard


## Registers what makes the router of a path, which is called with its first request, on the sockets' thread. All of them
## before [method start].
func register_router(path: String, make: Callable) -> void:
	_makers[path] = make


## Listens on [param preferred_port], or on any other where that one is taken, and returns the port; 0 where
## no port is free.
func start(preferred_port: int) -> int:
	if _listener.listen(preferred_port, "127.0.0.1") != OK and _listener.listen(0, "127.0.0.1") != OK:
		return 0
	if _thread.start(_run) != OK:
		return 0
	return _listener.get_local_port()


## Closes every socket and waits for the thread.
func stop() -> void:
	_stopping = true
	if _thread.is_started():
		_thread.wait_to_finish()


func _run() -> void:
	if on_thread.is_valid():
		on_thread.call()
	var now: int = Time.get_ticks_msec()
	var busy_until: int = now + BUSY_AT_START_MSEC
	var next_accept: int = now
	var next_turn: int = now
	var idle_sleep_usec: int = IDLE_SLEEP_USEC
	while not _stopping:
		now = Time.get_ticks_msec()
		var moved: bool = false
		if now >= next_accept:
			next_accept = now + ACCEPT_EVERY_MSEC
			moved = _accept()
			if not _connections.is_empty():
				_connections = _connections.filter(_is_open)
		if now >= next_turn and on_turn.is_valid():
			next_turn = now + TURN_EVERY_MSEC
			on_turn.call()
		var has_switched: bool = false
		for connection: GcHttpConnection in _connections:
			if connection.poll(_dispatch):
				moved = true
			has_switched = has_switched or connection.has_switched()
		if has_switched:
			# What was waited for goes on elsewhere.
			busy_until = now
			idle_sleep_usec = LONG_SLEEP_USEC
		elif moved:
			busy_until = now + BUSY_FOR_MSEC
		OS.delay_usec(BUSY_SLEEP_USEC if now < busy_until else idle_sleep_usec)
	# The last answers (to /quit, above all) are written before the sockets close.
	for connection: GcHttpConnection in _connections:
		@warning_ignore("return_value_discarded")
		connection.poll(_dispatch)
		connection.close()
	_listener.stop()


func _accept() -> bool:
	var accepted: bool = false
	while _listener.is_connection_available():
		var peer: StreamPeerTCP = _listener.take_connection()
		if _connections.size() < MAX_CONNECTIONS or _make_room():
			_connections.append(GcHttpConnection.new(peer))
			accepted = true
		else:
			peer.disconnect_from_host()
	return accepted


## Closes the oldest connection that has not shown the secret: a stranger that holds them all locks nobody out.
func _make_room() -> bool:
	for index: int in _connections.size():
		if not _connections[index].is_known():
			_connections[index].close()
			_connections.remove_at(index)
			return true
	return false


func _is_open(connection: GcHttpConnection) -> bool:
	return not connection.is_closed()


## Answers the request; returns whether it has shown the secret.
func _dispatch(request: GcHttpRequest, response: GcHttpResponse) -> bool:
	var is_known: bool = _guard.knows(request)
	if not _guard.refuse(request, response, is_known):
		_route(request, response)
	return is_known


func _route(request: GcHttpRequest, response: GcHttpResponse) -> void:
	if not _makers.has(request.path):
		response.fail(404, "No such path: %s" % request.path)
		return
	if not _routers.has(request.path):
		_routers[request.path] = _makers[request.path].call()
	var router: GcHttpRouter = _routers[request.path]
	match request.method:
		"GET":
			router.handle_get(request, response)
		"POST":
			router.handle_post(request, response)
		_:
			response.fail(405, "%s is not allowed here." % request.method)
