extends RefCounted
## How one scene takes the place of another.

const GcErrorLog = preload("error_log.gd")

const LEAVING: StringName = &"_godot_control_leaving"


## Asks for the scene to be put in place at the end of this frame; false where it cannot be. The scene before is freed
## then, by the engine itself: until then, the game may hold nodes of it.
static func put_in_place(packed: PackedScene, tree: SceneTree, error_log: GcErrorLog) -> bool:
	if not packed.can_instantiate():
		return false
	# Before Godot 4.6, the two are one.
	if not tree.has_method(&"change_scene_to_node"):
		return tree.change_scene_to_packed(packed) == OK
	var scene: Node = packed.instantiate()
	if scene == null:
		return false
	var before: Node = tree.current_scene
	if is_instance_valid(before) and before != scene:
		before.set_meta(LEAVING, Leaving.new(error_log))
	var is_asked: bool = tree.call(&"change_scene_to_node", scene) == OK
	if not is_asked and is_instance_valid(before):
		before.remove_meta(LEAVING)
	return is_asked


## A part of a scene that leaves: what that raises until it is freed is its own. The engine frees this last.
class Leaving:
	extends RefCounted

	var _error_log: GcErrorLog

	func _init(error_log: GcErrorLog) -> void:
		_error_log = error_log
		_error_log.is_loading_here = false

	func _notification(what: int) -> void:
		if what == NOTIFICATION_PREDELETE:
			_error_log.is_loading_here = true
