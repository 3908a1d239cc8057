@tool
extends EditorPlugin
## Adds the autoload when the plugin is enabled in a project, and takes it away again.

const AUTOLOAD: String = "GodotControl"


func _enable_plugin() -> void:
	add_autoload_singleton(AUTOLOAD, "autoload.gd")


func _disable_plugin() -> void:
	remove_autoload_singleton(AUTOLOAD)
