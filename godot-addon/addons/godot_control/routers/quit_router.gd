extends "../http/http_router.gd"
## POST /quit: ends the game in its own way.

const GcCaller = preload("../bus/caller.gd")
const GcGodotControlCommands = preload("../commands/godot_control.gd")
const GcMainThread = preload("../engine/main_thread.gd")

var _main_thread: GcMainThread
var _commands: GcGodotControlCommands


func _init(main_thread: GcMainThread, commands: GcGodotControlCommands) -> void:
	_main_thread = main_thread
	_commands = commands


func handle_post(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	var caller: GcCaller = GcCaller.new({}, _respond.bind(response))
	_main_thread.run(_commands.quit.bind(caller))


func _respond(_is_answer: bool, _payload: Variant, response: GcHttpResponse) -> void:
	response.json(200, {"status": "quitting"})
