extends ResourceFormatLoader
## Knows on which thread a scene is read, and which files are: there, the engine asks each of its loaders whether a file
## is one of theirs. This one takes none. What a scene stands on is read by the same thread, unless another one is at
## it already. What is in memory is not read.

var _mutex: Mutex = Mutex.new()
var _path: String = ""
var _thread: int = -1
## The files whose reading has begun, the scene's own first.
var _begun: PackedStringArray = []


## The scene at [param path] is about to be read; empty: none is any more.
func expect(path: String) -> void:
	_mutex.lock()
	_path = path
	_thread = -1
	if not path.is_empty():
		_begun.clear()
	_mutex.unlock()


## Whether the thread that asks is the one that reads the scene.
func is_here() -> bool:
	_mutex.lock()
	var is_reading: bool = OS.get_thread_caller_id() == _thread
	_mutex.unlock()
	return is_reading


## The files whose reading has begun for the last scene.
func get_begun() -> PackedStringArray:
	_mutex.lock()
	var begun: PackedStringArray = _begun.duplicate()
	_mutex.unlock()
	return begun


func _recognize_path(path: String, _type: StringName) -> bool:
	_mutex.lock()
	if path == _path:
		_thread = OS.get_thread_caller_id()
	if OS.get_thread_caller_id() == _thread:
		@warning_ignore("return_value_discarded")
		_begun.append(path)
	_mutex.unlock()
	return false
