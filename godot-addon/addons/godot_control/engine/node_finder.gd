extends RefCounted
## Finds nodes and their properties, and says of what is not there what may have been meant.

## How much of a name has to be the same for it to be what was meant; [method String.similarity].
const SIMILAR: float = 0.5

var _tree: SceneTree


func _init(tree: SceneTree) -> void:
	_tree = tree


## A path is absolute, or starts at the current scene, which an empty one is. Null where there is none.
func find(path: String) -> Node:
	if path.is_empty():
		return _tree.current_scene
	if path.contains(":"):
		return null
	return _get_start().get_node_or_null(NodePath(path))


## Why [method find] finds nothing.
func explain(path: String) -> String:
	if path.is_empty():
		return "No scene is current. Load one, or give a path from /root on."
	if path.contains(":"):
		return "No node %s: what stands behind a colon is a property, which has a field of its own." % path
	var names: PackedStringArray = path.split("/", false)
	if path.begins_with("/") and (names.is_empty() or names[0] != "root"):
		return "No node %s: an absolute path begins with /root." % path
	var parent: Node = _tree.root if path.begins_with("/") else _get_start()
	for index: int in range(1 if path.begins_with("/") else 0, names.size()):
		var next: Node = parent.get_node_or_null(NodePath(names[index]))
		if next == null:
			return _explain_child(path, parent, names[index])
		parent = next
	return "No node %s." % path


## The value of a property, or of a part of one, as [code]position:x[/code]; null also where there is none. It is read once:
## reading may run code of the game.
func read_property(node: Node, path: String) -> Variant:
	return node.get_indexed(_to_property(path)) if _is_property(path) else null


## Whether [param node] has what [param path] names. Of use where [method read_property] gives null.
func has_property(node: Node, path: String) -> bool:
	if not _is_property(path):
		return false
	var names: NodePath = _to_property(path)
	var holder: Variant = node
	for index: int in names.get_subname_count():
		if not _has(holder, names.get_subname(index)):
			return false
		holder = _get_part(holder, names.get_subname(index))
	return true


## Why [method has_property] is false.
func explain_property(node: Node, path: String) -> String:
	var names: PackedStringArray = []
	for property: Dictionary in node.get_property_list():
		@warning_ignore("return_value_discarded")
		names.append(str(property["name"]))
	var meant: String = _find_similar(path.get_slice(":", 0), names)
	var words: String = "%s, a %s, has no property %s." % [node.get_path(), node.get_class(), path]
	return words + (" Did you mean %s?" % meant if not meant.is_empty() else "")


func _get_start() -> Node:
	var scene: Node = _tree.current_scene
	return scene if scene != null else _tree.root


func _explain_child(path: String, parent: Node, child: String) -> String:
	var names: PackedStringArray = []
	for other: Node in parent.get_children():
		@warning_ignore("return_value_discarded")
		names.append(str(other.name))
	var meant: String = _find_similar(child, names)
	if not meant.is_empty():
		meant = "%s/%s" % [parent.get_path(), meant]
	else:
		# It may be elsewhere.
		var other: Node = _get_start().find_child(path.get_file(), true, false)
		meant = str(other.get_path()) if other != null else ""
	var words: String = "No node %s: %s has no child %s." % [path, parent.get_path(), child]
	return words + (" Did you mean %s?" % meant if not meant.is_empty() else " ListNodes (GET /nodes) lists those there are.")


func _find_similar(name: String, names: PackedStringArray) -> String:
	var found: String = ""
	var best: float = SIMILAR
	for other: String in names:
		var similarity: float = name.to_lower().similarity(other.to_lower())
		if similarity > best:
			best = similarity
			found = other
	return found


func _is_property(path: String) -> bool:
	var is_path: bool = not path.contains("::") and not path.ends_with(":")
	return is_path and _to_property(path).get_subname_count() > 0


## [code]position:x[/code] and [code]:position:x[/code] are the same.
func _to_property(path: String) -> NodePath:
	return NodePath(path if path.begins_with(":") else ":" + path)


func _has(holder: Variant, name: StringName) -> bool:
	if holder is Object:
		var object: Object = holder
		return name in object
	if holder is Dictionary:
		var dictionary: Dictionary = holder
		return dictionary.has(name)
	# Of a vector and the like, no part is ever null.
	return _get_part(holder, name) != null


func _get_part(holder: Variant, name: StringName) -> Variant:
	var wrapper: GcPartHolder = GcPartHolder.new()
	wrapper.value = holder
	return wrapper.get_indexed(NodePath(":value:" + name))


## Parts of a value are only read of an object's property.
class GcPartHolder:
	var value: Variant
