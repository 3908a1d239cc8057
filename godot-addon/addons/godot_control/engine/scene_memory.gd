extends RefCounted
## What was raised once and for all in this run, by scene and by file: what is in memory is not read again, and its
## errors come once.

const GcIssueList = preload("issue_list.gd")

## How many scenes, and how many files, are remembered that have something wrong.
const MAX_REMEMBERED: int = 500

var _once: Dictionary[String, GcIssueList] = {}
## What is wrong with each file that was found broken.
var _of_files: Dictionary[String, GcIssueList] = {}


## Remembers what of [param window] will not be raised again for the scene at [param path], which was loaded.
func add_load(path: String, window: GcIssueList) -> void:
	_add(path, window, func(entry: Dictionary) -> bool: return entry["once"] or entry["read"])


## Remembers which scripts were found broken while the scene at [param path] ran. What else was read then, another scene
## may have begun to read.
func add_run(path: String, window: GcIssueList) -> void:
	_add(path, window, func(entry: Dictionary) -> bool: return entry["once"] and entry["type"] == Logger.ERROR_TYPE_SCRIPT)


func _add(path: String, window: GcIssueList, is_kept: Callable) -> void:
	if path.is_empty():
		return
	var all: GcIssueList = GcIssueList.new()
	all.merge(window)
	for key: String in all.entries:
		if is_kept.call(all.entries[key]):
			_add_to(_once, path, key, all.entries[key])


func merge_into(all: GcIssueList, path: String) -> void:
	if _once.has(path):
		all.merge(_once[path])


## Remembers one thing that is wrong with a file, where it is known which.
func add_file(file: String, key: String, entry: Dictionary) -> void:
	if not file.is_empty():
		_add_to(_of_files, file, key, entry.duplicate())


func _add_to(lists: Dictionary[String, GcIssueList], path: String, key: String, entry: Dictionary) -> void:
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
