extends RefCounted
## JSON that every reader takes. [method JSON.stringify] leaves control characters as they are and writes
## [code]\v[/code], which no JSON has.

## A control character, or any escape sequence: an escaped backslash before a [code]v[/code] is none of ours.
const UNSOUND: String = "[\\x{01}-\\x{1f}\\x{7f}]|\\\\."

static var _unsound: RegEx = RegEx.create_from_string(UNSOUND)


## May be called from any thread.
static func of(data: Variant) -> String:
	var text: String = JSON.stringify(data)
	var sound: Array[String] = []
	var end: int = 0
	for found: RegExMatch in _unsound.search_all(text):
		var escape: String = _escape(found.get_string())
		if escape.is_empty():
			continue
		sound.append(text.substr(end, found.get_start() - end))
		sound.append(escape)
		end = found.get_end()
	return text if end == 0 else "".join(PackedStringArray(sound)) + text.substr(end)


## What JSON writes instead of [param found]; empty where that is sound.
static func _escape(found: String) -> String:
	if found == "\\v":
		return "\\u000b"
	return "" if found.begins_with("\\") else "\\u%04x" % found.unicode_at(0)
