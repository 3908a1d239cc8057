extends Node
## The addon as an autoload, for a project that has it installed: a game started by hand, or exported.

const GcSettings = preload("settings.gd")
const GcControl = preload("control.gd")
const GcMainScene = preload("engine/main_scene.gd")
const GcTokenFile = preload("token_file.gd")

var _token: GcTokenFile = GcTokenFile.new()
var _control: GcControl = null


## The engine reads the main scene after this, and before the tree is entered: what is wrong with it has to be heard.
func _init() -> void:
	# The server that starts a project brings the addon along; one is enough.
	if Engine.get_main_loop().has_meta(&"godot_control"):
		return
	var settings: GcSettings = GcSettings.new()
	settings.read_project_settings()
	_token.prepare(settings.token_file)
	settings.secret = _token.token
	_control = GcControl.new(settings)
	_control.expect_main_scene(GcMainScene.find())


func _enter_tree() -> void:
	if _control == null:
		return
	@warning_ignore("return_value_discarded")
	_control.listening.connect(_on_listening)
	_control.start(get_tree())


func _on_listening(port: int) -> void:
	if port == 0:
		push_error("godot_control: no port could be opened on 127.0.0.1")
	else:
		_token.publish(port)
		print("godot_control answers on http://127.0.0.1:%d" % port)


func _exit_tree() -> void:
	if _control != null:
		_token.withdraw()
		_control.stop()
