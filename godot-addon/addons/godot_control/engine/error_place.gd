extends RefCounted
## Where an error was raised, for its reader.

## A stack overflow has a thousand frames; the innermost tell enough.
const MAX_FRAMES: int = 32

const ADDON: String = "res://addons/godot_control/"

## As the engine prints an object: [code]<Node#26474448131>[/code].
static var _object_id: RegEx = RegEx.create_from_string("#-?\\d+>")


## The frames of [param script_backtraces], the innermost first.
static func read_frames(script_backtraces: Array[ScriptBacktrace]) -> Array[Dictionary]:
	var frames: Array[Dictionary] = []
	for backtrace: ScriptBacktrace in script_backtraces:
		for index: int in mini(backtrace.get_frame_count(), MAX_FRAMES - frames.size()):
			frames.append({
				"function": backtrace.get_frame_function(index),
				"file": backtrace.get_frame_file(index),
				"line": backtrace.get_frame_line(index),
			})
	return frames


## An error of engine code that a script called is at the script's line, which is the first of [param asked].
static func of(file: String, line: int, asked: Array[Dictionary]) -> String:
	if not _is_in_project(file) and not asked.is_empty():
		return "%s:%d" % [asked[0]["file"], asked[0]["line"]]
	return "%s:%d" % [file, line]


## What tells an error from another: of two that differ in their objects alone, the second is the first once more.
static func key_of(error_type: int, place: String, message: String) -> String:
	var text: String = _object_id.sub(message, "#>", true) if message.contains("#") else message
	return "%d %s %s" % [error_type, place, text]


static func is_of_project(frame: Dictionary) -> bool:
	var file: String = frame["file"]
	return _is_in_project(file)


## The script whose static variables are being initialised, which happens once a run; empty where none is.
static func initialised_script(frames: Array[Dictionary]) -> String:
	for frame: Dictionary in frames:
		if frame["function"] == "@static_initializer":
			return frame["file"]
	return ""


static func is_drawn(error_type: int, file: String) -> bool:
	var is_in_renderer: bool = file.begins_with("servers/rendering/") or file.begins_with("drivers/")
	return is_in_renderer or error_type == Logger.ERROR_TYPE_SHADER


## Whether a file is at fault that was read, and not the script that asked for it.
static func is_in_file(error_type: int, file: String) -> bool:
	for folder: String in ["core/io/resource", "scene/resources/", "servers/rendering/"]:
		if file.begins_with(folder):
			return true
	return error_type == Logger.ERROR_TYPE_SHADER


static func _is_in_project(file: String) -> bool:
	# The addon may be installed in it.
	return (file.begins_with("res://") or file.begins_with("user://")) and not file.begins_with(ADDON)
