extends RefCounted
## Finds nodes and their properties, and says of what is not there what may have been meant.

## How much of a name has to be the same for it to be what was meant; [method String.similarity].
const SIMILAR: float = 0.5
## How many children or properties of one node are compared with a name that is not there: more would lengthen a frame.
const MAX_COMPARED: int = 500
## In a larger tree, a node is not looked for where it may be instead.
const MAX_SEARCHED: int = 20_000
## What [method Object.get_property_list] has between the properties.
const NO_PROPERTY: int = PROPERTY_USAGE_CATEGORY | PROPERTY_USAGE_GROUP | PROPERTY_USAGE_SUBGROUP

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
	var value: Variant = node if _is_property(path) else null
	for name: StringName in _get_names(path):
		value = _get_part(value, name)
	return value


## Whether [param node] has what [param path] names. Of use where [method read_property] gives null.
func has_property(node: Node, path: String) -> bool:
	if not _is_property(path):
		return false
	var holder: Variant = node
	for name: StringName in _get_names(path):
		if not _has(holder, name):
			return false
		holder = _get_part(holder, name)
	return true


## Why [method has_property] is false.
func explain_property(node: Node, path: String) -> String:
	var names: PackedStringArray = []
	for property: Dictionary in node.get_property_list():
		var usage: int = property["usage"]
		if usage & NO_PROPERTY == 0:
			@warning_ignore("return_value_discarded")
			names.append(str(property["name"]))
	var meant: String = _find_similar(path.get_slice(":", 0), names)
	var words: String = "%s, a %s, has no property %s." % [node.get_path(), node.get_class(), path if path else "without a name"]
	return words + (" Did you mean %s?" % meant if not meant.is_empty() else "")


func _get_start() -> Node:
	var scene: Node = _tree.current_scene
	return scene if scene != null else _tree.root


func _explain_child(path: String, parent: Node, child: String) -> String:
	if child == "..":
		return "No node %s: it leads out of the tree." % path
	var names: PackedStringArray = []
	for index: int in mini(parent.get_child_count(), MAX_COMPARED):
		@warning_ignore("return_value_discarded")
		names.append(str(parent.get_child(index).get_name()))
	var meant: String = _find_similar(child, names)
	if not meant.is_empty():
		meant = "%s/%s" % [parent.get_path(), meant]
	elif not child.contains("*") and not child.contains("?") and _tree.get_node_count() <= MAX_SEARCHED:
		# It may be elsewhere.
		var other: Node = _get_start().find_child(path.get_file(), true, false)
		meant = str(other.get_path()) if other != null else ""
	var words: String = "No node %s: %s has no child %s." % [path, parent.get_path(), child]
	return words + (" Did you mean %s?" % meant if not meant.is_empty() else " ListNodes (GET /nodes) lists those there are.")


func _find_similar(name: String, names: PackedStringArray) -> String:
	var found: String = ""
	var best: float = SIMILAR
	for other: String in names.slice(0, MAX_COMPARED):
		# Those of another length cannot be similar enough.
		if other.length() <= 2 * name.length() + 1 and name.length() <= 2 * other.length() + 1:
			var similarity: float = name.to_lower().similarity(other.to_lower())
			if similarity > best:
				best = similarity
				found = other
	return found


func _is_property(path: String) -> bool:
	return not path.is_empty() and not path.contains("::") and not path.ends_with(":")


## [code]position:x[/code] and [code]:position:x[/code] are the same.
func _get_names(path: String) -> PackedStringArray:
	return path.trim_prefix(":").split(":")


func _has(holder: Variant, name: StringName) -> bool:
	if is_instance_valid(holder):
		var object: Object = holder
		return name in object or object.get_property_list().any(_is_named.bind(name))
	if typeof(holder) == TYPE_DICTIONARY:
		var dictionary: Dictionary = holder
		return not _find_key(dictionary, name).is_empty()
	# Of a vector and the like, no part is ever null, and of a list, none that is beyond its end.
	return _get_part(holder, name) != null or _has_index(holder, name)


## Null where there is none.
func _get_part(holder: Variant, name: StringName) -> Variant:
	if is_instance_valid(holder):
		var object: Object = holder
		return object.get(name)
	# Of one that was freed, get_indexed would give a text.
	if typeof(holder) == TYPE_OBJECT or holder == null:
		return null
	if typeof(holder) == TYPE_DICTIONARY:
		var dictionary: Dictionary = holder
		var key: Array = _find_key(dictionary, name)
		return dictionary[key[0]] if not key.is_empty() else null
	if typeof(holder) >= TYPE_ARRAY:
		return holder[name.to_int()] if _has_index(holder, name) else null
	var wrapper: GcPartHolder = GcPartHolder.new()
	wrapper.value = holder
	return wrapper.get_indexed(NodePath(":value:" + name))


func _is_named(property: Dictionary, name: StringName) -> bool:
	return property["name"] == name


## Whether this is a list, and has an element of this number.
func _has_index(holder: Variant, name: StringName) -> bool:
	return typeof(holder) >= TYPE_ARRAY and name.is_valid_int() and name.to_int() >= 0 and name.to_int() < len(holder)


## The key that is meant by its text; empty where no key of this dictionary is, which a typed one may not even be asked for.
func _find_key(dictionary: Dictionary, name: StringName) -> Array:
	var type: int = dictionary.get_typed_key_builtin()
	if type in [TYPE_NIL, TYPE_STRING, TYPE_STRING_NAME] and dictionary.has(name):
		return [name]
	if type in [TYPE_NIL, TYPE_INT] and name.is_valid_int() and dictionary.has(name.to_int()):
		return [name.to_int()]
	return []


## Parts of a value are only read of an object's property.
class GcPartHolder:
	var value: Variant
