extends Logger
## Knows what is wrong: with the run (what loading the project raised), with each script that does not compile,
## with the scene that is current, and with the one that is being loaded. Errors come from whatever thread.

const GcIssueList = preload("issue_list.gd")

const MAX_MESSAGE: int = 8192
## A stack overflow has a thousand frames; the innermost tell enough.
const MAX_FRAMES: int = 32
const MAX_SCRIPTS: int = 500

## Logger.ErrorType of an error in a script, whether it does not compile or fails as it runs.
const SCRIPT_ERROR: int = 2
## What the compiler's errors begin with. GDScript raises them once a run, however often a script is loaded.
const COMPILER_WORDS: PackedStringArray = ["Parse Error: ", "Compile Error: "]

## Set while the main thread works on the load: what is raised on it is the load's, not the current scene's.
var is_loading_here: bool = false

var _mutex: Mutex = Mutex.new()
var _run: GcIssueList = GcIssueList.new()
## By the file that has them; a scene may have scripts of its own inside.
var _scripts: Dictionary[String, GcIssueList] = {}
## Those of them that were broken before any scene was loaded: they are so in every run.
var _broken_by_project: Dictionary[String, bool] = {}
var _scene: GcIssueList = GcIssueList.new()
## What the load on its way raises; null while there is none.
var _load: GcIssueList = null
var _is_loading_project: bool = true
var _is_booting: bool = true
var _autoload_scripts: Dictionary[String, bool] = {}
var _faults: int = 0
var _failed_load: RegEx = RegEx.create_from_string("^Failed to load script \"([^\"]+)\"")


## The project's autoloads are there, and the first scene is next. From here on only what
## [param autoload_scripts] raise while the engine boots is the run's.
func end_project(autoload_scripts: Dictionary[String, bool]) -> void:
	_mutex.lock()
	_is_loading_project = false
	for file: String in _scripts:
		_broken_by_project[file] = true
	_autoload_scripts = autoload_scripts
	_mutex.unlock()


## The first scene is in place, or there is none.
func end_boot() -> void:
	_is_booting = false


func begin_load() -> void:
	_mutex.lock()
	_load = GcIssueList.new()
	_mutex.unlock()


## The load is over; where it [param succeeded], its issues are the current scene's from now on.
func end_load(succeeded: bool) -> void:
	_mutex.lock()
	if succeeded:
		_scene = _load
		_faults += 1
	_load = null
	is_loading_here = false
	_mutex.unlock()


## The game changed the scene by itself in this frame: what was raised before belongs to the scene that went.
func begin_scene() -> void:
	_mutex.lock()
	var before: GcIssueList = _scene
	_scene = GcIssueList.new()
	for key: String in before.entries:
		if before.entries[key]["frame"] == Engine.get_process_frames():
			_scene.add(key, before.entries[key])
	_faults += 1
	_mutex.unlock()


## Whether any script of this run does not compile.
func has_broken_scripts() -> bool:
	return not _scripts.is_empty()


func is_broken(file: String) -> bool:
	return _scripts.has(file)


## Whether a scene that was loaded in this run broke it.
func was_broken_by_scene(file: String) -> bool:
	return _scripts.has(file) and not _broken_by_project.has(file)


## Grows with each new fault of a script, and when another scene takes the current one's place.
func get_fault_mark() -> int:
	return _faults


## All that is wrong with the scene that is current, or with the load on its way, causes first: with the run,
## with the scripts in [param files] that do not compile, and with the scene itself.
func collect(files: PackedStringArray) -> GcIssueList:
	var all: GcIssueList = GcIssueList.new()
	_mutex.lock()
	_merge(_run, all)
	for file: String in files:
		if _scripts.has(file):
			_merge(_scripts[file], all)
	_merge(_load if _load != null else _scene, all)
	_mutex.unlock()
	return all


func _merge(from: GcIssueList, into: GcIssueList) -> void:
	for key: String in from.entries:
		if not into.entries.has(key):
			into.add(key, from.entries[key].duplicate())
	into.left_out += from.left_out


func _log_error(
	function: String,
	file: String,
	line: int,
	code: String,
	rationale: String,
	_editor_notify: bool,
	error_type: int,
	script_backtraces: Array[ScriptBacktrace]
) -> void:
	var message: String = (code if rationale.is_empty() else rationale).left(MAX_MESSAGE)
	var frames: Array[Dictionary] = _read_frames(script_backtraces)
	var key: String = "%d %s %s" % [error_type, _place(file, line, frames), message]
	_mutex.lock()
	var list: GcIssueList = _list_for(frames)
	var script: String = _broken_script(file, message, error_type)
	var is_known: bool = list.count(key)
	if not script.is_empty() and _scripts.has(script):
		is_known = _scripts[script].count(key) and is_known
	if not is_known:
		var entry: Dictionary = {
			"time": Time.get_unix_time_from_system(),
			"frame": Engine.get_process_frames(),
			"type": error_type,
			"message": message,
			"function": function,
			"file": file,
			"line": line,
			"backtrace": frames,
			"count": 1,
		}
		_add(list, key, entry)
		if not script.is_empty() and _scripts.size() < MAX_SCRIPTS:
			if not _scripts.has(script):
				_scripts[script] = GcIssueList.new()
			_add(_scripts[script], key, entry.duplicate())
		if error_type == SCRIPT_ERROR:
			_faults += 1
	_mutex.unlock()


func _add(list: GcIssueList, key: String, entry: Dictionary) -> void:
	if not list.entries.has(key):
		list.add(key, entry)


func _list_for(frames: Array[Dictionary]) -> GcIssueList:
	if _is_loading_project:
		return _run
	if _is_booting and not frames.is_empty() and _autoload_scripts.has(frames[-1]["file"]):
		return _run
	if _load != null and (is_loading_here or OS.get_thread_caller_id() != OS.get_main_thread_id()):
		return _load
	return _scene


## The file of the script that an error says does not compile; empty where it says no such thing.
func _broken_script(file: String, message: String, error_type: int) -> String:
	if error_type == SCRIPT_ERROR:
		for words: String in COMPILER_WORDS:
			if message.begins_with(words):
				return file.get_slice("::", 0)
		return ""
	var found: RegExMatch = _failed_load.search(message)
	return found.get_string(1).get_slice("::", 0) if found != null else ""


func _read_frames(script_backtraces: Array[ScriptBacktrace]) -> Array[Dictionary]:
	var frames: Array[Dictionary] = []
	for backtrace: ScriptBacktrace in script_backtraces:
		for index: int in mini(backtrace.get_frame_count(), MAX_FRAMES - frames.size()):
			frames.append({
				"function": backtrace.get_frame_function(index),
				"file": backtrace.get_frame_file(index),
				"line": backtrace.get_frame_line(index),
			})
	return frames


## Where it was raised: an error of engine code that a script called is, for its reader, at the script's line.
func _place(file: String, line: int, frames: Array[Dictionary]) -> String:
	if not _is_in_project(file):
		for frame: Dictionary in frames:
			var caller: String = frame["file"]
			if _is_in_project(caller):
				return "%s:%d" % [caller, frame["line"]]
	return "%s:%d" % [file, line]


func _is_in_project(file: String) -> bool:
	return file.begins_with("res://") or file.begins_with("user://")
