extends RefCounted
## The files that the engine found broken, and says so only once a run, or only when it reads them. Errors come from
## whatever thread.

## How the errors of the compiler begin, and that of a script which loads another one that does not compile. They
## are raised once a run, however often the script is loaded.
const ONCE: PackedStringArray = ["Parse Error: ", "Compile Error: ", "Failed to load script "]
const MAX_REMEMBERED: int = 500
## Characters of a message in which a name is looked for.
const MAX_NAME: int = 1000

## For which scene a file was found broken: for each, as the project was loaded, which says so each time; for the one that
## was being loaded, by its path; or for none, while one ran.
const FOR_ALL: String = "*"
const FOR_NONE: String = ""

## Stands for the files of which the name is not known.
const NAMELESS: String = "one more file"

var _mutex: Mutex = Mutex.new()
## For which scene, by path.
var _broken: Dictionary[String, String] = {}
## For which scenes some were found that had no room, or no name: any file may be one of them.
var _left_out: Dictionary[String, bool] = {}
## A path without blanks and quotes.
var _plain_name: RegEx = RegEx.create_from_string("res://[^'\":\\s]*[^'\":\\s.]|")
## The same of a path outside of the project.
static var _users_name: RegEx = RegEx.create_from_string("user://[^'\":\\s]*[^'\":\\s.]")
## What may stand behind a path in a message, or be in it.
static var _delimiter: RegEx = RegEx.create_from_string("['\":\\s.,;()]|$")


func is_empty() -> bool:
	return _broken.is_empty() and _left_out.is_empty()


## The files that were found broken for another scene than that at [param scene], so that it was not said for this one.
## Those that have no name, and may be any, are among them as one.
func get_unsaid(scene: String) -> PackedStringArray:
	var found: PackedStringArray = []
	_mutex.lock()
	for file: String in _broken:
		if _is_of_another(_broken[file], scene):
			@warning_ignore("return_value_discarded")
			found.append(file)
	if _has_left_out(scene):
		@warning_ignore("return_value_discarded")
		found.append(NAMELESS)
	_mutex.unlock()
	return found


## The file that is at fault where an error is raised only once a run, which is remembered as broken; empty where it is
## raised each time. What a script of the project asks for while it runs is, but for what the static variables of the
## script [param static_of] do, which is done once. It was found for [param scene].
func note(
	file: String, message: String, is_engines: bool, is_asked: bool, static_of: String, scene: String
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
		_add(broken, scene)
		_mutex.unlock()
	return broken


## Remembers that one of these is broken, which the engine says only as it reads it. Of scripts, the compiler tells.
func add_read(paths: PackedStringArray, scene: String) -> void:
	_mutex.lock()
	for path: String in paths:
		if path.get_extension() != "gd":
			_add(path, scene)
	_mutex.unlock()


## Remembers the file of the project that a message names. What is not there is not in memory either.
func add_named(message: String, scene: String) -> void:
	var named: String = _name_in(message).get_slice("::", 0)
	if FileAccess.file_exists(named):
		_mutex.lock()
		_add(named, scene)
		_mutex.unlock()


## Remembers that a file is broken of which the engine does not say the name.
func add_nameless(scene: String) -> void:
	_mutex.lock()
	_left_out[scene] = true
	_mutex.unlock()


## The first path of the project in a message; empty where there is none. A name may have blanks and quotes in it, so
## that it ends where a file ends that is there; of one that is not, at the first of what may stand behind it.
func _name_in(message: String) -> String:
	var begin: int = message.find("res://")
	if begin < 0:
		return ""
	var line: String = message.substr(begin, MAX_NAME).get_slice("\n", 0)
	var path: String = _path_of_file(line)
	return path if not path.is_empty() else _plain_name.search(line).get_string()


func _add(path: String, scene: String) -> void:
	if _broken.has(path):
		return
	if _broken.size() < MAX_REMEMBERED:
		_broken[path] = scene
	else:
		_left_out[scene] = true


func _has_left_out(scene: String) -> bool:
	for other: String in _left_out:
		if _is_of_another(other, scene):
			return true
	return false


## Whether a message of the engine names a file that is there, or none at all.
static func is_there(message: String) -> bool:
	for scheme: String in ["res://", "user://"]:
		var begin: int = message.find(scheme)
		if begin < 0:
			continue
		return not _path_of_file(message.substr(begin, MAX_NAME).get_slice("\n", 0)).is_empty()
	return true


## The longest path of a file that is there, with which a line begins; empty where there is none.
static func _path_of_file(line: String) -> String:
	var ends: Array[RegExMatch] = _delimiter.search_all(line, line.find("://") + 3)
	ends.reverse()
	for end: RegExMatch in ends:
		var path: String = line.left(end.get_start())
		if FileAccess.file_exists(path.get_slice("::", 0)):
			return path
	return ""


## The first file of [code]user://[/code] in a text; empty where there is none.
static func name_of_users(text: String) -> String:
	var found: RegExMatch = _users_name.search(text)
	return found.get_string() if found != null else ""


static func _is_of_another(found_for: String, scene: String) -> bool:
	return found_for != FOR_ALL and (found_for == FOR_NONE or found_for != scene)
