extends ResourceFormatLoader
## Knows whether a scene is being read, on the main thread, and which files are read for it: before it reads one, the
## engine asks each of its loaders whether the file is one of theirs. This one takes none. What is in memory is not read.

## The scene that the engine itself reads first; empty where there is none, or its reading has begun.
var _first: String = ""
var _mutex: Mutex = Mutex.new()
var _is_reading: bool = false
## The files whose reading has begun, the scene's own first.
var _begun: PackedStringArray = []


## Reading begins with this scene.
func expect_first(path: String) -> void:
	_first = path


func begin() -> void:
	_mutex.lock()
	_begun.clear()
	_is_reading = true
	_mutex.unlock()


func end() -> void:
	_is_reading = false


func is_reading() -> bool:
	return _is_reading


## The files whose reading has begun for the last scene.
func get_begun() -> PackedStringArray:
	_mutex.lock()
	var begun: PackedStringArray = _begun.duplicate()
	_mutex.unlock()
	return begun


## The shader that is being read; empty where none is. What it includes is read after it has begun.
func get_shader() -> String:
	var begun: PackedStringArray = get_begun()
	if begun.is_empty() or not begun[-1].get_extension() in ["gdshader", "gdshaderinc"]:
		return ""
	begun.reverse()
	for path: String in begun:
		if path.get_extension() == "gdshader":
			return path
	return ""


func _recognize_path(path: String, _type: StringName) -> bool:
	if not _first.is_empty() and path == _first:
		_first = ""
		begin()
	# Other threads read for the game.
	if _is_reading and OS.get_thread_caller_id() == OS.get_main_thread_id():
		_mutex.lock()
		@warning_ignore("return_value_discarded")
		_begun.append(path)
		_mutex.unlock()
	return false
