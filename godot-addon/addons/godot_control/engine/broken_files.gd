extends RefCounted
## The files that the engine found broken, and says so only once a run, or only when it reads them. Errors come from
## whatever thread.

## How the errors of the compiler begin, and that of a script which loads another one that does not compile. They
## are raised once a run, however often the script is loaded.
const ONCE: PackedStringArray = ["Parse Error: ", "Compile Error: ", "Failed to load script "]
const MAX_REMEMBERED: int = 500

## When a file was found broken: before any scene was loaded, as one was loaded, or while one ran.
enum When { PROJECT, LOAD, LATER }

var _mutex: Mutex = Mutex.new()
## By path.
var _broken: Dictionary[String, When] = {}
## When the last of those was found that had no room: any file may be one of them.
var _left_out: When = When.PROJECT
var _project_path: RegEx = RegEx.create_from_string("res://[^'\":\\s]*[^'\":\\s.]")


func is_empty() -> bool:
	return _broken.is_empty()


## Whether a file was found broken since scenes are loaded, or, [param only_later], while one ran.
func has_since(file: String, only_later: bool) -> bool:
	_mutex.lock()
	var when: When = _broken.get(file, _left_out)
	_mutex.unlock()
	return _is_since(when, only_later)


## Such a file; empty where there is none.
func find_since(only_later: bool) -> String:
	_mutex.lock()
	var found: Variant = _broken.find_key(When.LATER)
	if found == null and not only_later:
		found = _broken.find_key(When.LOAD)
	if found == null and _is_since(_left_out, only_later):
		found = _broken.keys()[0]
	_mutex.unlock()
	return found if found is String else ""


## The file that is at fault where an error is raised only once a run, which is remembered as broken; empty where it is
## raised each time. What a script of the project asks for while it runs is, but for what the static variables of the
## script [param static_of] do, which is done once.
func note(
	file: String, message: String, is_engines: bool, is_asked: bool, static_of: String, when: When
) -> String:
	var broken: String = static_of
	for words: String in ONCE:
		if message.begins_with(words):
			broken = file
	var named: RegExMatch = _project_path.search(message)
	if is_engines and named != null and (not is_asked or not broken.is_empty()):
		broken = named.get_string()
	# A scene may have scripts of its own inside. One that the game makes while it runs is in no file.
	broken = broken.get_slice("::", 0)
	if broken.begins_with("gdscript://"):
		broken = ""
	if not broken.is_empty():
		_mutex.lock()
		_add(broken, when)
		_mutex.unlock()
	return broken


## Remembers that one of these is broken, which the engine says only as it reads it. Of scripts, the compiler tells.
func add_read(paths: PackedStringArray) -> void:
	_mutex.lock()
	for path: String in paths:
		if path.get_extension() != "gd":
			_add(path, When.LOAD)
	_mutex.unlock()


## Remembers the file of the project that a message names, if it does.
func add_named(message: String) -> void:
	var named: RegExMatch = _project_path.search(message)
	if named != null:
		_mutex.lock()
		_add(named.get_string().get_slice("::", 0), When.LOAD)
		_mutex.unlock()


func _add(path: String, when: When) -> void:
	if _broken.has(path):
		return
	if _broken.size() < MAX_REMEMBERED:
		_broken[path] = when
	elif when > _left_out:
		_left_out = when


static func _is_since(when: When, only_later: bool) -> bool:
	return when == When.LATER or (when == When.LOAD and not only_later)
