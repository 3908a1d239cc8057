extends RefCounted
## Errors and warnings, each once with how often it was raised. Where there are too many, the first are kept:
## a cause comes before its consequences.

const CAPACITY: int = 200

## What was raised, by what tells one from another, in the order of their first occurrence.
var entries: Dictionary[String, Dictionary] = {}
## How many found no room.
var left_out: int = 0


## Counts one more of what is known; false where it is new.
func count(key: String) -> bool:
	if not entries.has(key):
		return false
	entries[key]["count"] += 1
	return true


## Adds what [method count] did not know.
func add(key: String, entry: Dictionary) -> void:
	if entries.size() < CAPACITY:
		entries[key] = entry
	else:
		left_out += 1


## How many were raised in all: repeats, and those without room, included.
func get_total() -> int:
	var total: int = left_out
	for key: String in entries:
		total += entries[key]["count"]
	return total


func to_array() -> Array[Dictionary]:
	return entries.values()
