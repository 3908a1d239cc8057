extends RefCounted
## Ends the engine at once when the server that started it is gone, however it went.
##
## The server holds the other end of standard input. A blocking read returns nothing when that end closes,
## also while the main loop is stuck. A byte from the server releases the thread instead.

var _thread: Thread = Thread.new()


func hold() -> void:
	@warning_ignore("return_value_discarded")
	_thread.start(_wait)


## Waits until the server has let go; see [code]goodbye[/code] in boot.gd.
func release() -> void:
	if _thread.is_started():
		_thread.wait_to_finish()


func _wait() -> void:
	if OS.read_buffer_from_stdin(1).is_empty():
		@warning_ignore("return_value_discarded")
		OS.kill(OS.get_process_id())
