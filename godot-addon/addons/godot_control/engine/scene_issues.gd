extends RefCounted
## All that is wrong with a scene. GDScript says once a run why a script does not compile, and of one that a
## broken script needs it does not say why at all: here it is said each time, the cause first.

const GcBrokenFiles = preload("broken_files.gd")
const GcErrorPlace = preload("error_place.gd")
const GcErrorLog = preload("error_log.gd")
const GcIssueList = preload("issue_list.gd")
const GcFileGraph = preload("file_graph.gd")
const GcLate = preload("../late.gd")

## How many scripts are asked for a cause in one run: each may name another.
const MAX_CAUSES: int = 1000

var _error_log: GcErrorLog
var _unimported: PackedStringArray
var _dependencies: GcFileGraph = null
## What was asked for a cause.
var _asked: Dictionary[String, bool] = {}
var _quoted: RegEx = RegEx.create_from_string("\"([^\"]+)\"")


func _init(error_log: GcErrorLog, unimported: PackedStringArray) -> void:
	_error_log = error_log
	_error_log.is_left = _is_of
	_unimported = unimported


## A file that is in memory, that was found broken for another scene than that at [param path], and that this one may
## need: what is wrong with it would not be said again. Empty where there is none.
func find_stale(path: String) -> String:
	for file: String in _error_log.broken.get_unsaid(path):
		if file == GcBrokenFiles.NAMELESS or (_may_be_in_memory(file) and _get_dependencies().may_reach(path, file)):
			return file
	return ""


## A script that was compiled is. Of a scene that is not, what is inside may be, and is taken from there where it is read
## again.
func _may_be_in_memory(file: String) -> bool:
	return file.get_extension() in ["gd", "tscn", "scn"] or ResourceLoader.has_cached(file)


## What is wrong with the scene at [param path], which is being loaded. Main thread only. Where the engine may not be
## started anew for it ([param is_restartable]), what other scenes have found is told too: it is not said again.
func collect_load(path: String, is_restartable: bool) -> GcIssueList:
	return _collect(path, true, is_restartable)


## What is wrong with the scene at [param path], which is current. Main thread only.
func collect_current(path: String) -> GcIssueList:
	return _collect(path, false, false)


func _collect(path: String, is_of_load: bool, is_read_anew: bool) -> GcIssueList:
	# What the game has read before it changed to the scene is not read again.
	var files: PackedStringArray = []
	if not is_read_anew and not _error_log.broken.is_empty():
		files = _get_dependencies().needed_by(path)
	var issues: GcIssueList = _error_log.collect(path, files, is_of_load)
	if not _error_log.broken.is_empty() and _ask_for_causes(issues, is_of_load):
		issues = _error_log.collect(path, files, is_of_load)
	return _causes_first(issues)


## The assets that could not be imported, and that the scene at [param path] needs.
func find_unimported(path: String) -> PackedStringArray:
	var found: PackedStringArray = []
	if not _unimported.is_empty() and not path.is_empty():
		var files: PackedStringArray = _files_of(path)
		for asset: String in _unimported:
			if files.has(asset) and not found.has(asset):
				@warning_ignore("return_value_discarded")
				found.append(asset)
	return found


## The same issues, with what the compiler said of a script before what it said of those that name that script.
func _causes_first(issues: GcIssueList) -> GcIssueList:
	var of_scripts: Dictionary[String, PackedStringArray] = {}
	for key: String in issues.entries:
		if _is_of_compiler(issues.entries[key]):
			var script: String = issues.entries[key]["file"]
			of_scripts[script] = of_scripts.get(script, PackedStringArray()) + PackedStringArray([key])
	if of_scripts.size() < 2:
		return issues
	var ordered: GcIssueList = GcIssueList.new()
	ordered.left_out = issues.left_out
	var seen: Dictionary[String, bool] = {}
	# What leads from it to its consequences may have found no room.
	for key: String in issues.entries:
		if issues.entries[key]["cause"]:
			ordered.entries[key] = issues.entries[key]
	for key: String in issues.entries:
		if _is_of_compiler(issues.entries[key]):
			var script: String = issues.entries[key]["file"]
			_add_script(script, of_scripts, issues, ordered, seen)
		else:
			ordered.entries[key] = issues.entries[key]
	return ordered


func _add_script(
	script: String,
	of_scripts: Dictionary[String, PackedStringArray],
	issues: GcIssueList,
	ordered: GcIssueList,
	seen: Dictionary[String, bool]
) -> void:
	if seen.has(script):
		return
	seen[script] = true
	for key: String in of_scripts[script]:
		for named: String in _named_in(issues.entries[key]):
			if of_scripts.has(named):
				_add_script(named, of_scripts, issues, ordered, seen)
	for key: String in of_scripts[script]:
		ordered.entries[key] = issues.entries[key]


func _is_of_compiler(entry: Dictionary) -> bool:
	return entry["type"] == Logger.ERROR_TYPE_SCRIPT and entry["once"]


## The scripts that a message of the compiler names.
func _named_in(entry: Dictionary) -> PackedStringArray:
	var named: PackedStringArray = []
	var message: String = entry["message"]
	for quoted: RegExMatch in _quoted.search_all(message):
		var script: String = _get_dependencies().script_of(quoted.get_string(1))
		if not script.is_empty():
			@warning_ignore("return_value_discarded")
			named.append(script)
	return named


## Whether a script that only the scene at [param path] has, and not the one at [param next], raised this, at the
## bottom of its stack.
func _is_of(entry: Dictionary, path: String, next: String) -> bool:
	var frames: Array[Dictionary] = entry["backtrace"]
	var asked: Array[Dictionary] = frames.filter(GcErrorPlace.is_of_project)
	if asked.is_empty() or next.is_empty():
		return false
	var file: String = asked[-1]["file"]
	var script: String = file.get_slice("::", 0)
	return _has(path, script) and not _has(next, script)


func _has(path: String, file: String) -> bool:
	return path == file or (not path.is_empty() and _files_of(path).has(file))


func _files_of(path: String) -> PackedStringArray:
	return _get_dependencies().files_of(path)


func _get_dependencies() -> GcFileGraph:
	if _dependencies == null:
		_dependencies = GcLate.new().make("engine/dependencies.gd", [])
	return _dependencies


## A script that the compiler names, and of which it said nothing yet, says what is wrong with it when it is loaded;
## whether any had to be asked.
func _ask_for_causes(issues: GcIssueList, is_of_load: bool) -> bool:
	var waiting: Array[Dictionary] = issues.to_array()
	var has_asked: bool = false
	while not waiting.is_empty() and _asked.size() < MAX_CAUSES:
		var entry: Dictionary = waiting.pop_front()
		if not _is_of_compiler(entry):
			continue
		for script: String in _named_in(entry):
			if _asked.has(script) or ResourceLoader.has_cached(script):
				continue
			_asked[script] = true
			has_asked = true
			_error_log.begin_cause(is_of_load)
			@warning_ignore("return_value_discarded")
			ResourceLoader.load(script)
			var said: Array[Dictionary] = _error_log.end_cause().to_array()
			for one: Dictionary in said:
				one["cause"] = _is_of_compiler(one) and _named_in(one).is_empty()
			# What these name is asked before all else: the way down to a cause is short, that across is not.
			waiting = said + waiting
	return has_asked
