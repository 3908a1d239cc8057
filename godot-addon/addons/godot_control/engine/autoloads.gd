extends RefCounted
## The project's autoloads: what its settings name, and what of that the engine could make.


## The path of each autoload by its name, as the settings have it: [code]res://[/code] or [code]uid://[/code].
static func get_paths() -> Dictionary[String, String]:
	var paths: Dictionary[String, String] = {}
	for property: Dictionary in ProjectSettings.get_property_list():
		var setting: String = property["name"]
		if setting.begins_with("autoload/"):
			paths[setting.trim_prefix("autoload/")] = str(ProjectSettings.get_setting(setting)).trim_prefix("*")
	return paths


## Those that are not in the tree, by name. Asked before any of them is ready, and could leave by itself.
static func get_missing(root: Node) -> Dictionary[String, String]:
	var paths: Dictionary[String, String] = get_paths()
	for name: String in paths.keys():
		if root.has_node(NodePath(name.validate_node_name())):
			@warning_ignore("return_value_discarded")
			paths.erase(name)
	return paths


## The paths of the scripts that run in them.
static func get_scripts(root: Node) -> Dictionary[String, bool]:
	var scripts: Dictionary[String, bool] = {}
	for autoload: Node in root.get_children():
		for node: Node in [autoload] + autoload.find_children("*", "", true, false):
			var script: Script = node.get_script()
			if script != null:
				scripts[script.get_path()] = true
	return scripts
