extends RefCounted
## One peer of the bus. A thread of its own reads, and blocks while nothing comes. A frame leaves on the thread that
## sends it where the socket takes it at once, and on another one where the peer is slow: none waits for the peer.

const GcFrame = preload("frame.gd")
const GcCaller = preload("caller.gd")

## What may wait for a peer that does not read: an answer that has no room fails.
const MAX_UNREAD: int = 48 * 1024 * 1024
## With events and failures, of which one that has no room ends the connection.
const MAX_BACKLOG: int = 64 * 1024 * 1024
## A larger frame is left to the writer's thread.
const MAX_AT_ONCE: int = 64 * 1024
## How long a peer has to close its end after goodbye.
const GOODBYE_MSEC: int = 1_000
## How long a slow peer has before it is tried again.
const RETRY_USEC: int = 2_000

## The calls that wait for their answers, by id. The bus guards them. Only what works on a call holds its caller: one that
## nobody holds any more is told that it gets no answer.
var calls: Dictionary[int, WeakRef] = {}
var call_bytes: int = 0

## Called on each thread of this connection as it begins.
var _on_thread: Callable
## Called with this connection, each message, and how many bytes that has, on the reader's thread; and with null when no
## more will come.
var _on_message: Callable
var _peer: StreamPeerTCP
## Guards what follows.
var _mutex: Mutex = Mutex.new()
var _queue: Array[PackedByteArray] = []
## Of each frame in the queue, its name where a later one takes its place; else empty.
var _queued_names: PackedStringArray = []
var _queued_bytes: int = 0
## How many bytes of the first frame have left.
var _sent_bytes: int = 0
var _call_sizes: Dictionary[int, int] = {}
## When it is closed from here, if it was given up; else 0.
var _gone_at_msec: int = 0
var _is_over: bool = false
var _more: Semaphore = Semaphore.new()
## Of the message that was read last.
var _read_size: int = 0
var _reader: Thread = Thread.new()
var _writer: Thread = Thread.new()


func _init(peer: StreamPeerTCP, on_message: Callable, on_thread: Callable) -> void:
	_peer = peer
	_on_message = on_message
	_on_thread = on_thread


func start() -> void:
	@warning_ignore_start("return_value_discarded")
	_reader.start(_read)
	_writer.start(_write)
	@warning_ignore_restore("return_value_discarded")


func add_call(id: int, caller: GcCaller, size: int) -> void:
	calls[id] = weakref(caller)
	_call_sizes[id] = size
	call_bytes += size


func remove_call(id: int) -> void:
	if calls.erase(id):
		call_bytes -= _call_sizes[id]
		@warning_ignore("return_value_discarded")
		_call_sizes.erase(id)


## Null where it has its answer.
func find_caller(id: int) -> GcCaller:
	return calls[id].get_ref() if calls.has(id) else null


## Sends a whole frame. One with a name takes the place of that of the same [param name] which still waits; false where one
## without a name has no room. May be called from any thread.
func send(frame: PackedByteArray, name: String = "") -> bool:
	_mutex.lock()
	var is_sent: bool = true
	# One that is over, or given up, is told nothing more.
	if not _is_over and _gone_at_msec == 0:
		_drop(name)
		is_sent = _queued_bytes + frame.size() <= (MAX_UNREAD if name.is_empty() else MAX_BACKLOG)
		if is_sent:
			var is_direct: bool = _queue.is_empty() and frame.size() <= MAX_AT_ONCE
			var rest: PackedByteArray = _put(frame) if is_direct else frame
			if not rest.is_empty():
				_enqueue(rest, name if rest.size() == frame.size() else "")
		elif not name.is_empty():
			_give_up()
	_mutex.unlock()
	return is_sent


## Asks the peer to close its end, and closes this one where it does not: what waits for it is dropped, but for the frame
## that it has a part of.
func _give_up() -> void:
	var goodbye: PackedByteArray = GcFrame.encode(GcFrame.GcKind.EVENT, 0, GcFrame.GOODBYE, {})
	_queue = [_queue[0], goodbye]
	_queued_names = ["", ""]
	_queued_bytes = _queue[0].size() - _sent_bytes + goodbye.size()
	_gone_at_msec = Time.get_ticks_msec() + GOODBYE_MSEC
	_more.post()


## Ends the connection. A peer that neither says nor takes anything holds its reader's thread until it does.
func end() -> void:
	_mutex.lock()
	if not _is_over:
		_is_over = true
		_queue.clear()
		_queued_names.clear()
		_peer.disconnect_from_host()
	_mutex.unlock()
	_more.post()


## Whether its threads have ended, and are cleared away.
func clear() -> bool:
	if _reader.is_alive() or _writer.is_alive():
		return false
	for thread: Thread in [_reader, _writer]:
		if thread.is_started():
			thread.wait_to_finish()
	return true


## Writes what the socket takes at once, and returns the rest.
func _put(bytes: PackedByteArray) -> PackedByteArray:
	var result: Array = _peer.put_partial_data(bytes)
	if result[0] != OK:
		end()
		return PackedByteArray()
	var count: int = result[1]
	return bytes.slice(count)


## Takes the frame of this name out of the queue.
func _drop(name: String) -> void:
	# The first may have left in part.
	var place: int = _queued_names.find(name, 1) if not name.is_empty() else -1
	if place > 0:
		_queued_bytes -= _queue[place].size()
		_queue.remove_at(place)
		_queued_names.remove_at(place)


func _enqueue(frame: PackedByteArray, name: String) -> void:
	_queue.append(frame)
	@warning_ignore("return_value_discarded")
	_queued_names.append(name)
	_queued_bytes += frame.size()
	_more.post()


func _write() -> void:
	_on_thread.call()
	while not _is_over:
		_more.wait()
		while _write_part():
			pass


## Writes the next part, in a time for which others may wait; false where nothing is left.
func _write_part() -> bool:
	_mutex.lock()
	var left: int = 0
	if not _queue.is_empty():
		var part: PackedByteArray = _queue[0].slice(_sent_bytes, _sent_bytes + MAX_AT_ONCE)
		left = _put(part).size()
		_sent_bytes += part.size() - left
		_queued_bytes -= part.size() - left
	# A failure has cleared it.
	if not _queue.is_empty() and _sent_bytes == _queue[0].size():
		_queue.remove_at(0)
		_queued_names.remove_at(0)
		_sent_bytes = 0
	var is_more: bool = not _queue.is_empty()
	if is_more and _gone_at_msec > 0 and Time.get_ticks_msec() > _gone_at_msec:
		end()
	_mutex.unlock()
	if left > 0:
		OS.delay_usec(RETRY_USEC)
	return is_more


func _read() -> void:
	_on_thread.call()
	var message: Variant = _read_message()
	while GcFrame.is_sound(message):
		_on_message.call(self, message, _read_size)
		message = _read_message()
	end()
	_on_message.call(self, null, 0)


## Null where the peer has gone, or sends what is no frame.
func _read_message() -> Variant:
	var head: PackedByteArray = _read_bytes(GcFrame.HEAD_BYTES)
	if head.is_empty() or head.decode_u32(0) > GcFrame.MAX_BYTES:
		return null
	_read_size = head.decode_u32(0)
	return bytes_to_var(_read_bytes(_read_size))


## Waits until all are there; empty where the peer has gone.
func _read_bytes(count: int) -> PackedByteArray:
	if _is_over:
		return PackedByteArray()
	var result: Array = _peer.get_data(count)
	return result[1] if result[0] == OK else PackedByteArray()
