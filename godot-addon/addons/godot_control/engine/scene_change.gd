extends RefCounted
## How one scene takes the place of another.

const GcErrorLog = preload("error_log.gd")


## Asks for the scene to be put in place at the end of this frame; false where it cannot be.
static func put_in_place(packed: PackedScene, tree: SceneTree, error_log: GcErrorLog) -> bool:
	if packed == null or not packed.can_instantiate():
		return false
	# Before Godot 4.6, the two are one.
	if not tree.has_method(&"change_scene_to_node"):
		return tree.change_scene_to_packed(packed) == OK
	var scene: Node = packed.instantiate()
	if scene == null:
		return false
	# What the scene before raises as it leaves the tree, and as it is freed, is its own.
	error_log.is_loading_here = false
	var before: Node = tree.current_scene
	var error: int = tree.call(&"change_scene_to_node", scene)
	# What it has deferred as it left is done before this is, and before it is freed.
	_end.call_deferred(before if before != scene else null, error_log)
	return error == OK


static func _end(before: Node, error_log: GcErrorLog) -> void:
	if is_instance_valid(before) and not before.is_inside_tree():
		before.free()
	error_log.is_loading_here = true
