extends "suite.gd"

const Connection = preload("../addons/godot_control/bus/connection.gd")
const Frame = preload("../addons/godot_control/bus/frame.gd")

const MEGABYTE: int = 1024 * 1024

var _client: StreamPeerTCP
var _is_over: Semaphore = Semaphore.new()


func test_refuses_an_answer_that_has_no_room_and_tells_the_others() -> void:
	var connection: Connection = _connect()
	var sent: int = 0
	while connection.send(_frame(MEGABYTE)):
		sent += 1
	# The system's own buffers hold some.
	check(sent >= 46 and sent < 70, "%d of them" % sent)
	check(connection.send(_frame(10, "failure"), "failure"), "there is room for a failure")
	for index: int in sent:
		check(_read_name() == "", "an answer")
	check_same(_read_name(), "failure")
	_end(connection)


func test_has_only_the_latest_of_what_has_one_name() -> void:
	var connection: Connection = _connect()
	check(connection.send(_frame(8 * MEGABYTE)), "it fills the system's buffers")
	for index: int in 200:
		check(connection.send(_frame(MEGABYTE, "state"), "state"), "it takes the place of the one before")
	check_same([_read_name(), _read_name()], ["", "state"])
	_end(connection)


func test_says_goodbye_where_an_event_has_no_room() -> void:
	var connection: Connection = _connect()
	for index: int in 80:
		@warning_ignore("return_value_discarded")
		connection.send(_frame(MEGABYTE, "event %d" % index), "event %d" % index)
	var names: PackedStringArray = []
	while names.is_empty() or names[-1] != Frame.GOODBYE:
		@warning_ignore("return_value_discarded")
		names.append(_read_name())
	# Of what waited, only the one that it had a part of.
	check(names.size() < 20, "%d frames" % names.size())
	check(connection.send(_frame(10)), "what comes later is dropped")
	_end(connection)


func test_closes_its_end_where_the_peer_does_not() -> void:
	var connection: Connection = _connect()
	for index: int in 80:
		@warning_ignore("return_value_discarded")
		connection.send(_frame(MEGABYTE, "event %d" % index), "event %d" % index)
	# Bytes wake the thread that waits for some.
	OS.delay_msec(Connection.GOODBYE_MSEC + 200)
	@warning_ignore("return_value_discarded")
	_client.put_data([0, 0, 0, 0])
	_is_over.wait()
	check(true, "it is over")
	_client.disconnect_from_host()
	while not connection.clear():
		OS.delay_msec(1)


func _connect() -> Connection:
	var listener: TCPServer = TCPServer.new()
	check(listener.listen(0, "127.0.0.1") == OK, "it listens")
	_client = StreamPeerTCP.new()
	check(_client.connect_to_host("127.0.0.1", listener.get_local_port()) == OK, "it connects")
	while not listener.is_connection_available():
		OS.delay_msec(1)
	var peer: StreamPeerTCP = listener.take_connection()
	while _client.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		check(_client.poll() == OK, "it polls")
	var connection: Connection = Connection.new(peer, _on_message, func() -> void: pass)
	connection.start()
	return connection


func _on_message(_connection: Connection, message: Variant, _size: int) -> void:
	if message == null:
		_is_over.post()


func _end(connection: Connection) -> void:
	_client.disconnect_from_host()
	_is_over.wait()
	while not connection.clear():
		OS.delay_msec(1)


func _frame(size: int, name: String = "") -> PackedByteArray:
	var payload: PackedByteArray = []
	check(payload.resize(size) == OK, "there is room")
	return Frame.encode(Frame.GcKind.EVENT, 0, name, payload)


## The name of the next frame.
func _read_name() -> String:
	var head: PackedByteArray = _client.get_data(Frame.HEAD_BYTES)[1]
	var message: Array = bytes_to_var(_client.get_data(head.decode_u32(0))[1])
	return message[2]
