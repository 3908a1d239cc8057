extends SceneTree
## What a fresh engine makes of a scene, or of scripts by themselves; shares nothing with the addon.
##
## [code]godot --headless --path PROJECT --script judge.gd -- res://scene.tscn[/code], or [code]-- --scripts
## res://a.gd …[/code]. Each error is a line on standard output, and so is the verdict that comes last.

## Distinguishes these lines from what the game prints.
const MARK: String = "@judge "
const FRAMES: int = 4

var _witness: Witness = Witness.new()
var _path: String = ""
var _frame: int = 0


## Before the autoloads: their errors count too.
func _init() -> void:
	OS.add_logger(_witness)


func _initialize() -> void:
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	if arguments[0] == "--scripts":
		for script: String in arguments.slice(1):
			_witness.enter("load")
			@warning_ignore("return_value_discarded")
			ResourceLoader.load(script)
		_end()
	else:
		_path = arguments[0]
		_witness.enter("load")
		_put_in_place()
		_witness.enter("run")


## As the engine does it with a main scene.
func _put_in_place() -> void:
	var packed: PackedScene = ResourceLoader.load(_path, "PackedScene") as PackedScene
	var scene: Node = packed.instantiate() if packed != null and packed.can_instantiate() else null
	if scene != null:
		root.add_child(scene)
		current_scene = scene


func _process(_delta: float) -> bool:
	_frame += 1
	if _frame == FRAMES:
		_end()
	return false


func _end() -> void:
	var path: String = current_scene.scene_file_path if current_scene != null else ""
	_witness.tell({"scene": path, "missing_autoloads": _missing_autoloads()})
	quit()


## An autoload whose script does not parse is either absent or without its script.
func _missing_autoloads() -> PackedStringArray:
	var missing: PackedStringArray = []
	for setting: Dictionary in ProjectSettings.get_property_list():
		var key: String = setting["name"]
		if not key.begins_with("autoload/"):
			continue
		var title: String = key.trim_prefix("autoload/")
		var path: String = str(ProjectSettings.get_setting(key)).trim_prefix("*")
		var node: Node = root.get_node_or_null(title)
		var script: Script = node.get_script() as Script if node != null else null
		var is_sound: bool = node != null and (not path.ends_with(".gd") or _can_run(script))
		if not is_sound and not missing.append(title):
			continue
	return missing


func _can_run(script: Script) -> bool:
	return script != null and script.can_instantiate()


class Witness:
	extends Logger

	var _mutex: Mutex = Mutex.new()
	var _phase: String = "boot"
	var _escapes: RegEx = RegEx.create_from_string("[\\x01-\\x1f\\x7f]|\\\\.")

	func enter(phase: String) -> void:
		_mutex.lock()
		_phase = phase
		_mutex.unlock()

	func tell(fact: Dictionary) -> void:
		print("\n" + MARK + _to_json(fact))

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
		var frames: Array[Dictionary] = []
		for backtrace: ScriptBacktrace in script_backtraces:
			for index: int in backtrace.get_frame_count():
				frames.append({
					"function": backtrace.get_frame_function(index),
					"file": backtrace.get_frame_file(index),
					"line": backtrace.get_frame_line(index),
				})
		_mutex.lock()
		var phase: String = _phase
		_mutex.unlock()
		tell({
			"phase": phase,
			"type": error_type,
			"message": code if rationale.is_empty() else rationale,
			"function": function,
			"file": file,
			"line": line,
			"backtrace": frames,
		})

	## Godot leaves control characters as they are, and writes \v, which JSON does not know.
	func _to_json(fact: Dictionary) -> String:
		var text: String = JSON.stringify(fact)
		var escaped: String = ""
		var from: int = 0
		for found: RegExMatch in _escapes.search_all(text):
			var raw: String = found.get_string()
			escaped += text.substr(from, found.get_start() - from)
			if raw.length() == 1:
				escaped += "\\u%04x" % raw.unicode_at(0)
			else:
				escaped += "\\u000b" if raw == "\\v" else raw
			from = found.get_end()
		return escaped + text.substr(from)
