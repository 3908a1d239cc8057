extends RefCounted
## Errors and warnings, each once with how often it was raised. Where there are too many, the first are kept, for a
## cause comes before its consequences; and what is graver takes the place of what is less so.

const CAPACITY: int = 200
## How many characters they may have in all. As JSON, one is six bytes at most, and the server reads 16 MiB.
const MAX_SIZE: int = 2_000_000
## How grave each Logger.ErrorType is: an error of the engine, a warning, one of a script, one of a shader.
const GRAVITY: Array[int] = [1, 0, 2, 1]
## One cause has any number of consequences, and is worth more than all of them.
const GRAVITY_OF_CAUSE: int = 3

## What was raised, by what tells one from another, in the order of their first occurrence.
var entries: Dictionary[String, Dictionary] = {}
## How many found no room.
var left_out: int = 0
var _size: int = 0
## How many entries there are of each gravity: to look at all of them takes long where their keys are.
var _number: Array[int] = [0, 0, 0, 0]
## Why some of it came about, as the engine said when it was asked; the latest, which is the deepest, first.
var causes: Array[RefCounted] = []


## What was raised now, once.
static func make_entry(
	type: int, message: String, function: String, file: String, line: int, frames: Array[Dictionary]
) -> Dictionary:
	return {
		"time": Time.get_unix_time_from_system(),
		"frame": Engine.get_process_frames(),
		"frame_before": -1,
		"frame_count": 1,
		"type": type,
		"message": message,
		"function": function,
		"file": file,
		"line": line,
		"backtrace": frames,
		"count": 1,
		# The engine says it once a run, and once each time that it reads the file.
		"once": false,
		"read": false,
		# Where a script asked for a file that is not there.
		"missed_at": "",
		# Why something else came about, and nothing else is why it did.
		"cause": false,
	}


static func _gravity_of(entry: Dictionary) -> int:
	return GRAVITY_OF_CAUSE if entry["cause"] else GRAVITY[entry["type"]]


## Counts one more of what is known; false where it is new. The entry knows its last two frames, and its count in the
## last of them.
func count(key: String) -> bool:
	if not entries.has(key):
		return false
	var entry: Dictionary = entries[key]
	var frame: int = Engine.get_process_frames()
	entry["count"] += 1
	entry["frame_count"] += 1
	if entry["frame"] != frame:
		entry["frame_before"] = entry["frame"]
		entry["frame"] = frame
		entry["frame_count"] = 1
	return true


## Adds what is new; false where it is not, or has no room.
func add_once(key: String, entry: Dictionary) -> bool:
	if entries.has(key):
		return false
	var size: int = _size_of(entry)
	var gravity: int = _gravity_of(entry)
	while entries.size() >= CAPACITY or _size + size > MAX_SIZE:
		if not _make_room(gravity):
			left_out += entry["count"]
			return false
	entries[key] = entry
	_size += size
	_number[gravity] += 1
	return true


## Adds what another list has, its causes first.
func merge(from: RefCounted) -> void:
	var causes_of: Array[RefCounted] = from.get("causes")
	for cause: RefCounted in causes_of:
		merge(cause)
	var entries_of: Dictionary[String, Dictionary] = from.get("entries")
	for key: String in entries_of:
		@warning_ignore("return_value_discarded")
		add_once(key, entries_of[key].duplicate())
	left_out += from.get("left_out")


## Moves what was raised first in [param frame] or later, with its count then, but for what [param is_kept].
func move_since(frame: int, to: RefCounted, is_kept: Callable) -> void:
	for key: String in entries.keys():
		var entry: Dictionary = entries[key]
		if entry["frame"] < frame or entry["frame_before"] >= frame - 1 or is_kept.call(entry):
			continue
		var moved: Dictionary = entry.duplicate()
		moved["count"] = entry["frame_count"]
		to.call("add_once", key, moved)
		@warning_ignore("return_value_discarded")
		entries.erase(key)


## Adds what is in this list and in [param now] to [param all]. What is in both has its place in [param now]; what is in
## this one alone stands before the next that is in both, or behind the last.
func weave_into(all: RefCounted, now: RefCounted) -> void:
	var entries_now: Dictionary[String, Dictionary] = now.get("entries")
	var alone: Array[String] = []
	var before: Dictionary[String, Array] = {}
	var last: String = ""
	for key: String in entries:
		if entries_now.has(key):
			before[key] = alone
			alone = []
			last = key
		else:
			alone.append(key)
	if last.is_empty():
		all.call("merge", self)
		all.call("merge", now)
		return
	for key: String in entries_now:
		for one: String in before.get(key, []):
			all.call("add_once", one, entries[one].duplicate())
		all.call("add_once", key, entries_now[key].duplicate())
		if key == last:
			for one: String in alone:
				all.call("add_once", one, entries[one].duplicate())
	var causes_now: Array[RefCounted] = now.get("causes")
	for cause: RefCounted in causes_now:
		all.call("merge", cause)
	var left_out_now: int = now.get("left_out")
	all.set("left_out", all.get("left_out") + left_out + left_out_now)


## How many were raised in all: repeats## How many were raised in all: repeats, and those without room, included.
func get_total() -> int:
	var total: int = left_out
	for key: String in entries:
		total += entries[key]["count"]
	return total


func to_array() -> Array[Dictionary]:
	return entries.values()


## Gives up the last of what is less grave; false where all is as grave.
func _make_room(gravity: int) -> bool:
	var less: int = 0
	for number: int in _number.slice(0, gravity):
		less += number
	if less == 0:
		return false
	var keys: Array[String] = entries.keys()
	keys.reverse()
	for key: String in keys:
		var own: int = _gravity_of(entries[key])
		if own < gravity:
			left_out += entries[key]["count"]
			_size -= _size_of(entries[key])
			_number[own] -= 1
			return entries.erase(key)
	return false


func _size_of(entry: Dictionary) -> int:
	var message: String = entry["message"]
	var frames: Array[Dictionary] = entry["backtrace"]
	var size: int = message.length()
	for frame: Dictionary in frames:
		var function: String = frame["function"]
		var file: String = frame["file"]
		size += function.length() + file.length()
	return size
