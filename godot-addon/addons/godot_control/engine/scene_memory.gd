extends RefCounted
## What was raised once and for all in this run, by scene and by file: what is in memory is not read again, and its
## errors come once.

const GcBrokenFiles = preload("broken_files.gd")
const GcErrorPlace = preload("error_place.gd")
const GcIssueList = preload("issue_list.gd")
const GcSceneReader = preload("scene_reader.gd")

## How many scenes, and how many files, are remembered that have something wrong.
const MAX_REMEMBERED: int = 500

var _broken: GcBrokenFiles
var _reader: GcSceneReader
var _once: Dictionary[String, GcIssueList] = {}
## What is wrong with each file that was found broken.
var _of_files: Dictionary[String, GcIssueList] = {}


func _init(broken: GcBrokenFiles, reader: GcSceneReader) -> void:
	_broken = broken
	_reader = reader


## Marks what the engine will not say again, or only as it reads a file anew, and remembers which file that is.
## [param scene] is for which it was raised; [param is_of_load] of a load's own; [param is_read] as a file of it is read;
## [param is_asked] by a script.
func note(
	key: String, entry: Dictionary, scene: String, is_of_load: bool, is_read: bool, is_asked: bool
) -> void:
	var type: int = entry["type"]
	var file: String = entry["file"]
	var message: String = entry["message"]
	var frames: Array[Dictionary] = entry["backtrace"]
	var static_of: String = GcErrorPlace.initialised_script(frames)
	var once: String = _broken.note(file, message, type == Logger.ERROR_TYPE_ERROR, is_asked, static_of, scene)
	var is_drawn: bool = not is_asked and GcErrorPlace.is_drawn(type, file)
	if not once.is_empty():
		entry["once"] = true
		_add_file(once, key, entry)
	# What is in memory is not read again, and no shader compiled again. Which file it is, the engine may not say.
	elif is_of_load and (is_drawn or is_read):
		entry["read"] = true
		_broken.add_read(_reader.get_begun(), scene)
		if is_drawn:
			_add_file(_reader.get_shader(), key, entry)
	# Nor may a game that keeps what it has loaded ask for it again.
	elif GcErrorPlace.is_in_file(type, file):
		entry["read"] = scene != GcBrokenFiles.FOR_NONE
		if is_asked and not GcBrokenFiles.is_there(message):
			entry["missed_at"] = _asked_at(entry)
		if type == Logger.ERROR_TYPE_SHADER:
			_broken.add_nameless(scene)
		else:
			_broken.add_named(message, scene)


## Remembers what of [param window] will not be raised again for the scene at [param path], which was loaded.
func add_load(path: String, window: GcIssueList) -> void:
	var all: GcIssueList = _all_of(window)
	# Where a script asks for a file that is there, what that lacks is a part of it, and is not said again.
	var kept: Dictionary[String, bool] = {}
	for key: String in all.entries:
		if all.entries[key]["read"] and all.entries[key]["missed_at"] == "":
			kept[_asked_at(all.entries[key])] = true
	for key: String in all.entries:
		var entry: Dictionary = all.entries[key]
		# What is not there at all is not kept either, and is said whenever it is asked for.
		var is_kept: bool = entry["missed_at"] == "" or kept.has(entry["missed_at"])
		if entry["once"] or (entry["read"] and is_kept):
			_add_to(_once, path, key, entry)


## Remembers which scripts were found broken while the scene at [param path] ran. What else was read then, another scene
## may have begun to read.
func add_run(path: String, window: GcIssueList) -> void:
	var all: GcIssueList = _all_of(window)
	for key: String in all.entries:
		if all.entries[key]["once"] and all.entries[key]["type"] == Logger.ERROR_TYPE_SCRIPT:
			_add_to(_once, path, key, all.entries[key])


func _all_of(window: GcIssueList) -> GcIssueList:
	var all: GcIssueList = GcIssueList.new()
	all.merge(window)
	return all


## Adds what was raised for the scene at [param path], and is true.
func merge_into(all: GcIssueList, path: String) -> void:
	if not _once.has(path):
		return
	var remembered: GcIssueList = _once[path]
	for key: String in remembered.entries:
		if not _is_mended(remembered.entries[key]):
			@warning_ignore("return_value_discarded")
			all.add_once(key, remembered.entries[key].duplicate())
	all.left_out += remembered.left_out


## The line of the project's script that asked for what failed.
func _asked_at(entry: Dictionary) -> String:
	var frames: Array[Dictionary] = entry["backtrace"]
	return GcErrorPlace.of("", 0, frames.filter(GcErrorPlace.is_of_project))


## Whether it is of a file outside of the project, where changes are not watched, that is not in memory as it was.
func _is_mended(entry: Dictionary) -> bool:
	var path: String = GcBrokenFiles.name_of_users("%s %s" % [entry["file"], entry["message"]])
	if path.is_empty():
		return false
	if not ResourceLoader.has_cached(path):
		return true
	var script: Script = ResourceLoader.load(path) as Script
	return script != null and script.can_instantiate()


## Remembers one thing that is wrong with a file, where it is known which.
func _add_file(file: String, key: String, entry: Dictionary) -> void:
	_add_to(_of_files, file, key, entry.duplicate())


func _add_to(lists: Dictionary[String, GcIssueList], path: String, key: String, entry: Dictionary) -> void:
	if path.is_empty():
		return
	if not lists.has(path) and lists.size() < MAX_REMEMBERED:
		lists[path] = GcIssueList.new()
	if lists.has(path):
		@warning_ignore("return_value_discarded")
		lists[path].add_once(key, entry)


## Adds what is wrong with these files.
func merge_files_into(all: GcIssueList, files: PackedStringArray) -> void:
	for file: String in files:
		if _of_files.has(file):
			all.merge(_of_files[file])
