extends RefCounted
## The scene that the engine itself begins with, in a game that was started by hand.


## Its path; empty where the game has none.
static func find() -> String:
	for argument: String in OS.get_cmdline_args():
		if argument.begins_with("res://") and argument.get_extension() in ["tscn", "scn"]:
			return argument
	var path: String = ProjectSettings.get_setting_with_override("application/run/main_scene")
	if path.begins_with("uid://"):
		var id: int = ResourceUID.text_to_id(path)
		return ResourceUID.get_id_path(id) if ResourceUID.has_id(id) else ""
	return path
