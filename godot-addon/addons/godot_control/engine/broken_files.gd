extends RefCounted
## The files that the engine found broken, and says so only once a run, or only when it reads them. Errors come from
## whatever thread.

## How the errors of the compiler begin, and that of a script which loads another one that does not compile. They
## are raised once a run, however often the script is loaded.
const ONCE: PackedStringArray = ["Parse Error: ", "Compile Error: ", "Failed to load script "]
const MAX_REMEMBERED: int = 500
## Characters of a message in which a name is looked for.
const MAX_NAME: int = 1000

## When a file was found broken: before any scene was loaded, as one was loaded, or while one ran.
enum GcWhen { PROJECT, LOAD, LATER }

var _mutex: Mutex = Mutex.new()
## By path.
var _broken: Dictionary[String, GcWhen] = {}
## When the last of those was found that had no room, or no name: any file may be one of them.
var _left_out: GcWhen = GcWhen.PROJECT
## A path without blanks and quotes.
var _plain_name: RegEx = RegEx.create_from_string("res://[^'\":\\s]*[^'\":\\s.]|")
## What may stand behind a path in a message, or be in it.
var _delimiter: RegEx = RegEx.create_from_string("['\":\\s.,;()]|$")


func is_empty() -> bool:
	return _broken.is_empty() and _left_out == GcWhen.PROJECT


## Whether a file was found broken since scenes are loaded, or, [param only_later], while one ran.
func has_since(file: String, only_later: bool) -> bool:
	_mutex.lock()
	var known: GcWhen = _broken.get(file, GcWhen.PROJECT)
	var any: GcWhen = _left_out
	_mutex.unlock()
	return _is_since(known, only_later) or _is_since(any, only_later)


## Such a file, or what there is to say where it has no name; empty where there is none.
func find_since(only_later: bool) -> String:
	_mutex.lock()
	var found: Variant = _broken.find_key(GcWhen.LATER)
	if found == null and not only_later:
		found = _broken.find_key(GcWhen.LOAD)
	if found == null and _is_since(_left_out, only_later):
		found = "one more file"
	_mutex.unlock()
	return found if found is String else ""


## The file that is at fault where an error is raised only once a run, which is remembered as broken; empty where it is
## raised each time. What a script of the project asks for while it runs is, but for what the static variables of the
## script [param static_of] do, which is done once.
func note(
	file: String, message: String, is_engines: bool, is_asked: bool, static_of: String, when: GcWhen
) -> String:
	var broken: String = static_of
	for words: String in ONCE:
		if message.begins_with(words):
			broken = file
	var named: String = _name_in(message) if is_engines and (not is_asked or not broken.is_empty()) else ""
	if not named.is_empty():
		broken = named
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
			_add(path, GcWhen.LOAD)
	_mutex.unlock()


## Remembers the file of the project that a message names. What is not there is not in memory either.
func add_named(message: String, when: GcWhen) -> void:
	var named: String = _name_in(message).get_slice("::", 0)
	if FileAccess.file_exists(named):
		_mutex.lock()
		_add(named, when)
		_mutex.unlock()


## Remembers that a file is broken of which the engine does not say the name.
func add_nameless(when: GcWhen) -> void:
	_mutex.lock()
	if when > _left_out:
		_left_out = when
	_mutex.unlock()


## The first path of the project in a message; empty where there is none. A name may have blanks and quotes in it, so
## that it ends where a file ends that is there; of one that is not, at the first of what may stand behind it.
func _name_in(message: String) -> String:
	var begin: int = message.find("res://")
	if begin < 0:
		return ""
	var line: String = message.substr(begin, MAX_NAME).get_slice("\n", 0)
	var ends: Array[RegExMatch] = _delimiter.search_all(line, "res://".length())
	ends.reverse()
	for end: RegExMatch in ends:
		var path: String = line.left(end.get_start())
		if FileAccess.file_exists(path.get_slice("::", 0)):
			return path
	return _plain_name.search(line).get_string()


func _add(path: String, when: GcWhen) -> void:
	if _broken.has(path):
		return
	if _broken.size() < MAX_REMEMBERED:
		_broken[path] = when
	elif when > _left_out:
		_left_out = when


static func _is_since(when: GcWhen, only_later: bool) -> bool:
	return when == GcWhen.LATER or (when == GcWhen.LOAD and not only_later)
