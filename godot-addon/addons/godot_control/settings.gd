extends RefCounted
## What the addon is told: by the server that started the engine, on the first line of standard input, or by
## the project's own settings where the addon is installed in it.

## What programs for a Godot with godottpd ask for; see docs/security.md.
const COMPATIBLE_PATHS: PackedStringArray = ["/health", "/scene/load", "/state/scene", "/state/player"]

## The port of the HTTP side; any other where it is taken.
var port: int = 8080
## What a client must show for all but [member open_paths].
var secret: String = ""
## The paths that anybody on this machine may ask for.
var open_paths: PackedStringArray = []
## The file that has the secret of an installed addon; empty: one is made for each run.
var token_file: String = ""
## What proves to the server that it speaks to the engine that it started.
var nonce: String = ""
## The scene to boot into; empty: none.
var scene: String = ""
## The assets that could not be imported.
var unimported: PackedStringArray = []
## How many frames a second a game draws at most that nothing else limits; 0: any number.
var most_fps: int = 0
## The group that the player is in.
var player_group: String = "player"
## The name of the player's node.
var player_name: String = "Player"


## Reads one line of JSON. What it does not name keeps its default.
func read(line: String) -> void:
	var parser: JSON = JSON.new()
	if parser.parse(line) != OK or not parser.data is Dictionary:
		return
	var given: Dictionary = parser.data
	port = int(str(given.get("port", port)))
	secret = str(given.get("secret", secret))
	nonce = str(given.get("nonce", nonce))
	scene = str(given.get("scene", scene))
	var assets: Array = given.get("unimported", [])
	unimported = PackedStringArray(assets)
	player_group = str(given.get("player_group", player_group))
	player_name = str(given.get("player_name", player_name))


## Reads [code]godot_control/*[/code] of the project's settings.
func read_project_settings() -> void:
	open_paths = COMPATIBLE_PATHS
	token_file = str(ProjectSettings.get_setting("godot_control/token_file", token_file))
	port = int(str(ProjectSettings.get_setting("godot_control/port", port)))
	player_group = str(ProjectSettings.get_setting("godot_control/player_group", player_group))
	player_name = str(ProjectSettings.get_setting("godot_control/player_name", player_name))
