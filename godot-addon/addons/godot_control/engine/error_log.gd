extends Logger
## Knows what is wrong: with the run (what loading the project raised), with the scene that is current, with the one
## that is being loaded, and what each scene of this run raised once and for all. Errors come from whatever thread.

const GcBrokenFiles = preload("broken_files.gd")
const GcErrorPlace = preload("error_place.gd")
const GcIssueList = preload("issue_list.gd")
const GcSceneMemory = preload("scene_memory.gd")
const GcSceneReader = preload("scene_reader.gd")

const MAX_MESSAGE: int = 8192

## Set while the main thread works on the load: what is raised on it is the load's, not the current scene's.
var is_loading_here: bool = false
## Set once the scene of the load has taken the current one's place: what is current is the load's.
var is_in_place: bool = false

## Whether an entry of these last frames is of the scene that went, and not of the one that has taken its place.
var is_left: Callable

## What was found broken.
var broken: GcBrokenFiles = GcBrokenFiles.new()
## Knows what is read for the scene of the load.
var reader: GcSceneReader = GcSceneReader.new()

## The threads of the addon's own sockets. Another one takes its place with each change: any thread reads it.
var _own_threads: Dictionary[int, bool] = {}
var _mutex: Mutex = Mutex.new()
var _run: GcIssueList = GcIssueList.new()
var _scene: GcIssueList = GcIssueList.new()
## The file of the scene that is current; empty where there is none.
var _path: String = ""
## That of the last one that was; between two scenes, there may be none.
var _left: String = ""
## What the load on its way raises; null while there is none.
var _load: GcIssueList = null
## The scene that is, or was, loaded last.
var _load_path: String = ""
## The scene that leaves as that of the load takes its place: until the engine has freed it, what it raises is its own.
## It is known by its number alone, for a scene may keep a copy of all that is in it.
var _leaving: int = 0
## What the engine is being asked for; null while it is not.
var _cause: GcIssueList = null
## What is not said again.
var _memory: GcSceneMemory = GcSceneMemory.new(broken, reader)
var _is_loading_project: bool = true
var _is_booting: bool = true
var _autoload_scripts: Dictionary[String, bool] = {}
var _faults: int = 0


## What a stranger's bytes make the engine raise on this thread is nobody's issue.
func ignore_this_thread() -> void:
	_mutex.lock()
	_own_threads = _own_threads.merged({OS.get_thread_caller_id(): true})
	_mutex.unlock()


## The engine raises nothing where a script, or [code]application/run/disable_stderr[/code], has turned its messages off.
static func keep_on() -> void:
	Engine.print_error_messages = true


## The project's autoloads are there, and the first scene is next. From here on only what
## [param autoload_scripts] raise while the engine boots is the run's.
func end_project(autoload_scripts: Dictionary[String, bool]) -> void:
	_mutex.lock()
	_is_loading_project = false
	_autoload_scripts = autoload_scripts
	_mutex.unlock()
	reader.end()


## The first scene is in place, or could not be loaded.
func end_boot(path: String) -> void:
	_mutex.lock()
	_is_booting = false
	_path = path
	_memory.add_load(path, _scene)
	_mutex.unlock()


func begin_load(path: String) -> void:
	_mutex.lock()
	_load = GcIssueList.new()
	_load_path = path
	_leaving = 0
	_mutex.unlock()


## This scene, if any, is about to leave.
func begin_leaving(scene: Node) -> void:
	_leaving = scene.get_instance_id() if is_instance_valid(scene) else 0


## The load of [param path] is over; where it [param succeeded], its issues are the current scene's from now on.
func end_load(path: String, succeeded: bool) -> void:
	_mutex.lock()
	_memory.add_load(path, _load)
	if succeeded:
		_memory.add_run(_path, _scene)
		_path = path
		_scene = _load
		_faults += 1
	_load = null
	is_in_place = false
	is_loading_here = false
	_mutex.unlock()


## The scene has changed. Where the game did that by itself, it was made in this frame or the one before; what was
## raised earlier, or in each of the last frames, belongs to the scene that went.
func begin_scene(path: String) -> void:
	_mutex.lock()
	if is_in_place:
		_mutex.unlock()
		return
	var before: GcIssueList = _scene
	_scene = GcIssueList.new()
	if not _path.is_empty():
		_left = _path
	before.move_since(Engine.get_process_frames() - 1, _scene, is_left.bind(_left, path))
	_memory.add_run(_path, before)
	_path = path
	_faults += 1
	_mutex.unlock()


## Adds what the engine itself does not say of the scene at [param file], which is current.
func note(message: String, file: String) -> void:
	var entry: Dictionary = GcIssueList.make_entry(Logger.ERROR_TYPE_ERROR, message, "", file, 0, [])
	_mutex.lock()
	@warning_ignore("return_value_discarded")
	_get_current().add_once(message, entry)
	_faults += 1
	_mutex.unlock()


## What is raised until [method end_cause] is why something of the load, or of the current scene, came about.
func begin_cause(is_of_load: bool) -> void:
	_mutex.lock()
	_cause = GcIssueList.new()
	var window: GcIssueList = _load if is_of_load else _get_current()
	window.causes.push_front(_cause)
	_mutex.unlock()


func end_cause() -> GcIssueList:
	_mutex.lock()
	var cause: GcIssueList = _cause
	_cause = null
	_mutex.unlock()
	return cause


## A script that the load on its way found broken; empty where there is none.
func find_newly_broken_script() -> String:
	var script: String = ""
	_mutex.lock()
	for entry: Dictionary in _load.to_array():
		if entry["once"] and entry["type"] == Logger.ERROR_TYPE_SCRIPT:
			script = entry["file"]
			break
	_mutex.unlock()
	return script


## Grows with each new fault of a script, and when another scene takes the current one's place.
func get_fault_mark() -> int:
	return _faults


## All that is wrong with the scene at [param path], which is being loaded or current, and that stands on
## [param files], causes first.
func collect(path: String, files: PackedStringArray, is_of_load: bool) -> GcIssueList:
	var all: GcIssueList = GcIssueList.new()
	_mutex.lock()
	all.merge(_run)
	var known: GcIssueList = GcIssueList.new()
	_memory.merge_into(known, path)
	_memory.merge_files_into(known, files)
	known.weave_into(all, _load if is_of_load else _get_current())
	_mutex.unlock()
	return all


func _get_current() -> GcIssueList:
	return _load if is_in_place else _scene


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
	if _own_threads.has(OS.get_thread_caller_id()):
		return
	var message: String = (code if rationale.is_empty() else rationale).left(MAX_MESSAGE)
	var frames: Array[Dictionary] = GcErrorPlace.read_frames(script_backtraces)
	var asked: Array[Dictionary] = frames.filter(GcErrorPlace.is_of_project)
	var place: String = GcErrorPlace.of(file, line, asked)
	var key: String = GcErrorPlace.key_of(error_type, place, message)
	var is_main: bool = OS.get_thread_caller_id() == OS.get_main_thread_id()
	_mutex.lock()
	var list: GcIssueList = _list_for(error_type, frames, asked, is_main)
	if not list.count(key):
		var entry: Dictionary = GcIssueList.make_entry(error_type, message, function, file, line, frames)
		if error_type == Logger.ERROR_TYPE_WARNING:
			# What it warns of is not broken, and costs no new engine.
			entry["read"] = list == _load and is_main and reader.is_reading()
		else:
			_memory.note(key, entry, _scene_of(list), list == _load, is_main and reader.is_reading(), not asked.is_empty())
		if list.add_once(key, entry) and error_type == Logger.ERROR_TYPE_SCRIPT:
			_faults += 1
	_mutex.unlock()


## For which scene something was raised that is in this list; see [GcBrokenFiles].
func _scene_of(list: GcIssueList) -> String:
	if _is_loading_project and not reader.is_reading():
		return GcBrokenFiles.FOR_ALL
	return GcBrokenFiles.FOR_NONE if list == _scene and not _is_booting else _load_path


func _list_for(
	error_type: int, frames: Array[Dictionary], asked: Array[Dictionary], is_main: bool
) -> GcIssueList:
	if _is_loading_project and not reader.is_reading():
		return _run
	if _cause != null and is_main:
		return _cause
	if _is_booting and not frames.is_empty() and _autoload_scripts.has(frames[-1]["file"]):
		return _run
	# What the game's threads do wrong is the new scene's once it has begun, but for what they read, which may be
	# another's.
	var is_of_script: bool = error_type == Logger.ERROR_TYPE_SCRIPT or not asked.is_empty()
	var is_here: bool = is_loading_here and not is_instance_id_valid(_leaving)
	if _load != null and is_here and (is_main or (is_of_script and not reader.is_reading())):
		return _load
	return _scene
