extends ResourceFormatLoader
## Knows on which thread a scene is read, and which files are: there, the engine asks each of its loaders whether a file
## is one of theirs. This one takes none. What a scene stands on is read by the same thread, unless another one is at
## it already. What is in memory is not read.

var _mutex: Mutex = Mutex.new()
var _path: String = ""
var _thread: int = -1
var _is_remapped: bool = false
## The files that have another one for each language.
var _translated: Dictionary = {}
## The files whose reading has begun, the scene's own first.
var _begun: PackedStringArray = []


func _init() -> void:
	# Its kind is no other's where the project has none.
	var remaps: Variant = ProjectSettings.get_setting("internationalization/locale/translation_remaps", {})
	if remaps is Dictionary:
		_translated = remaps


## The scene at [param path] is about to be read; empty: none is any more.
func expect(path: String) -> void:
	# As an exported project does, and a translated one.
	_is_remapped = not path.is_empty() and (not FileAccess.file_exists(path) or _translated.has(path))
	_mutex.lock()
	_path = path
	_thread = -1
	if not path.is_empty():
		_begun.clear()
	_mutex.unlock()


## Whether the thread that asks reads the scene now. Not to be asked with a lock in hand that an error may wait for.
func is_here() -> bool:
	_mutex.lock()
	var path: String = _path
	var is_reader: bool = OS.get_thread_caller_id() == _thread
	_mutex.unlock()
	if not is_reader or OS.get_thread_caller_id() == OS.get_main_thread_id():
		return is_reader
	# Once it has read it, the same thread may read for the game, before anybody has looked.
	return ResourceLoader.load_threaded_get_status(path) == ResourceLoader.THREAD_LOAD_IN_PROGRESS


## Whether the engine reads another file in the scene's place: then it is not known which thread that is.
func is_hidden() -> bool:
	return _is_remapped


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
