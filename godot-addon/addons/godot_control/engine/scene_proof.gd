extends RefCounted
## What the engine itself says of the scene that is running.


## The current scene as plain data; empty where there is none.
static func of_current_scene(tree: SceneTree) -> Dictionary:
	var scene: Node = tree.current_scene
	if scene == null:
		return {}
	var path: String = scene.get_scene_file_path()
	var proof: Dictionary = {
		"scene_path": path,
		"scene_name": path.get_file().get_basename() if path else str(scene.get_name()),
		"root_name": str(scene.get_name()),
		"root_type": scene.get_class(),
		"node_count": _count_nodes(tree, scene),
	}
	var uid: int = ResourceLoader.get_resource_uid(path) if path else ResourceUID.INVALID_ID
	if uid != ResourceUID.INVALID_ID:
		proof["uid"] = ResourceUID.id_to_text(uid)
	return proof


## The tree knows how many nodes it has; the few that are beside the scene are counted, not the many in it.
static func _count_nodes(tree: SceneTree, scene: Node) -> int:
	var count: int = tree.get_node_count() - 1
	for node: Node in tree.root.get_children(true):
		if node != scene:
			count -= 1 + node.find_children("*", "", true, false).size()
	return count
