extends RefCounted
## How one scene takes the place of another.

const GcErrorLog = preload("error_log.gd")


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
	error_log.begin_leaving(tree.current_scene)
	return tree.call(&"change_scene_to_node", scene) == OK
