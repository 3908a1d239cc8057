extends SceneTree
## The entry for [code]godot --script[/code]: runs any project with the addon beside it, not in it.
##
## Every preloaded script's name begins with Gc: a project's own autoload or class of the same name would win.
## [method _init] runs before the project's autoloads do, so that their errors are seen too.

const GcSettings = preload("settings.gd")
const GcControl = preload("control.gd")
const GcJson = preload("json_text.gd")
const GcLifeline = preload("engine/lifeline.gd")

## What begins a line of the output that is meant for the server.
const MARK: String = "@godot-control "
const MAX_LINE: int = 65_536
## Of a window, in frames a second: under a software renderer nothing else limits those of one that is never covered.
const MOST_FPS: int = 60
## The tree's metadata by which an addon that is installed in the project knows that this one is there already.
const MADE_BY: StringName = &"godot_control"

var _settings: GcSettings = GcSettings.new()
var _control: GcControl
var _lifeline: GcLifeline = GcLifeline.new()


func _init() -> void:
	set_meta(MADE_BY, true)
	# What the addon tells the server is printed, also where application/run/disable_stdout says that nothing is.
	Engine.print_to_stdout = true
	if DisplayServer.get_name() != "headless":
		_settings.most_fps = MOST_FPS
	_settings.read(OS.read_string_from_stdin(MAX_LINE))
	_control = GcControl.new(_settings)
	printerr("\n" + MARK + GcJson.of({"event": "hearing", "nonce": _settings.nonce}))
	_lifeline.hold()


func _initialize() -> void:
	@warning_ignore("return_value_discarded")
	_control.listening.connect(_on_listening)
	_control.start(self)


func _on_listening(port: int) -> void:
	_tell({"event": "listening", "port": port, "pid": OS.get_process_id(), "nonce": _settings.nonce})


func _finalize() -> void:
	_control.stop()
	_tell({"event": "goodbye", "nonce": _settings.nonce, "scene": _control.get_last_scene()})
	_lifeline.release()


## A line of its own, also where the game has printed without a line break.
func _tell(message: Dictionary) -> void:
	print("\n" + MARK + GcJson.of(message))
