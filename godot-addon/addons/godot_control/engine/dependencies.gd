extends "file_graph.gd"
## Which files a scene stands on: those that it names and, in turn, those that these name. Nothing changes on disk while
## the engine runs that it would read: what was found stays so.

const GcReferences = preload("references.gd")

## In how many characters one file is looked for. A new engine is there before more have been read.
const MAX_READ: int = 200_000

var _references: GcReferences = GcReferences.new()
## What each file itself needs, and what it may load.
var _needing: Dictionary[String, PackedStringArray] = {}
var _reachable: Dictionary[String, PackedStringArray] = {}
## What was found by following what each says, by scene.
var _known: Dictionary[String, PackedStringArray] = {}
var _needed: Dictionary[String, PackedStringArray] = {}


func script_of(word: String) -> String:
	return _references.script_of(word)


func files_of(path: String) -> PackedStringArray:
	return _follow(path, _references.named_by, _known)


func needed_by(path: String) -> PackedStringArray:
	return _follow(path, _needed_by, _needed)


func may_reach(path: String, file: String) -> bool:
	var waiting: PackedStringArray = PackedStringArray([path]) + _references.get_autoloads()
	var seen: Dictionary[String, bool] = {}
	var last: int = _references.get_characters() + MAX_READ
	while not waiting.is_empty():
		var next: String = waiting[-1]
		waiting.remove_at(waiting.size() - 1)
		if seen.has(next):
			continue
		seen[next] = true
		var reachable: PackedStringArray = _reachable_from(next)
		if next == file or _references.is_computing(next) or _references.get_characters() > last:
			return true
		waiting.append_array(reachable)
	return false


func _follow(path: String, direct: Callable, known: Dictionary[String, PackedStringArray]) -> PackedStringArray:
	if not known.has(path):
		known[path] = _walk(path, direct)
	return known[path]


func _walk(start: String, direct: Callable) -> PackedStringArray:
	var found: Dictionary[String, bool] = {}
	var seen: Dictionary[String, bool] = {}
	var waiting: Array[String] = [start]
	while not waiting.is_empty():
		var path: String = waiting[-1]
		if seen.has(path):
			found[path] = true
			waiting.remove_at(waiting.size() - 1)
			continue
		seen[path] = true
		var next: PackedStringArray = direct.call(path)
		for index: int in range(next.size() - 1, -1, -1):
			if not seen.has(next[index]):
				waiting.append(next[index])
	return PackedStringArray(found.keys())


func _needed_by(path: String) -> PackedStringArray:
	if not _needing.has(path):
		_needing[path] = _references.needed_by(path)
	return _needing[path]


func _reachable_from(path: String) -> PackedStringArray:
	if not _reachable.has(path):
		_reachable[path] = _references.reachable_from(path)
	return _reachable[path]
