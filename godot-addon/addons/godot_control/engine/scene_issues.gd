extends RefCounted
## All that is wrong with a scene. GDScript says once a run why a script does not compile, and of one that a
## broken script needs it does not say why at all: here it is said each time, the cause first.

const GcErrorLog = preload("error_log.gd")
const GcIssueList = preload("issue_list.gd")
const GcDependencies = preload("dependencies.gd")

var _error_log: GcErrorLog
var _unimported: PackedStringArray
var _dependencies: GcDependencies = null
## The scenes that were the first in this run to need each of their broken scripts: all was said for them.
var _complete: Dictionary[String, bool] = {}


func _init(error_log: GcErrorLog, unimported: PackedStringArray) -> void:
	_error_log = error_log
	_unimported = unimported


## A script that the scene at [param path] needs, and that another scene of this run broke: what follows from it is
## not said again, and the scripts that need it may even be taken for sound. Empty where there is none.
func find_stale(path: String) -> String:
	if not _complete.has(path):
		for file: String in _files_of(path):
			if _error_log.was_broken_by_scene(file):
				return file
	return ""


## What is wrong with the scene at [param path], which is current or on its way. Main thread only.
func collect(path: String) -> GcIssueList:
	var files: PackedStringArray = _files_of(path)
	for file: String in files:
		if _error_log.is_broken(file):
			_ask_for_causes(file)
	return _error_log.collect(files)


## The assets that could not be imported, and that the scene at [param path] needs.
func find_unimported(path: String) -> PackedStringArray:
	var found: PackedStringArray = []
	if not _unimported.is_empty() and not path.is_empty():
		var files: PackedStringArray = _read_dependencies(path)
		for asset: String in _unimported:
			if files.has(asset) and not found.has(asset):
				@warning_ignore("return_value_discarded")
				found.append(asset)
	return found


## The scene at [param path] was loaded when no other had broken what it needs.
func set_complete(path: String) -> void:
	_complete[path] = true


## Nothing is searched while every script compiles.
func _files_of(path: String) -> PackedStringArray:
	if path.is_empty() or not _error_log.has_broken_scripts():
		return []
	return _read_dependencies(path)


func _read_dependencies(path: String) -> PackedStringArray:
	if _dependencies == null:
		_dependencies = GcDependencies.new()
	return _dependencies.files_of(path)


## A script that was never loaded, since one that needs it failed first, says what is wrong with it when it is.
func _ask_for_causes(broken: String) -> void:
	for cause: String in _dependencies.files_of(broken):
		var is_known: bool = _error_log.is_broken(cause) or ResourceLoader.has_cached(cause)
		# Of one that is missing, the script that needs it says all there is to say.
		if cause.get_extension() == "gd" and not is_known and FileAccess.file_exists(cause):
			@warning_ignore("return_value_discarded")
			ResourceLoader.load(cause)
