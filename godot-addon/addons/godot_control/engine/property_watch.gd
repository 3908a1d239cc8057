extends RefCounted
## Tells a caller of the values of a node's properties, whenever one of them has changed.

const GcCaller = preload("../bus/caller.gd")
const GcNodeFinder = preload("node_finder.gd")
const GcObjectTable = preload("object_table.gd")

var _caller: GcCaller
var _finder: GcNodeFinder
var _node_id: int
var _path: String
var _properties: PackedStringArray
## What was told last, as bytes: an array that has changed is still the same array, and a NaN never equals itself.
var _last: PackedByteArray = []


func _init(caller: GcCaller, finder: GcNodeFinder, node: Node) -> void:
	_caller = caller
	_finder = finder
	_node_id = node.get_instance_id()
	_path = str(node.get_path())
	_properties = caller.get_texts("properties")


## Whether it is to be looked at again.
func look() -> bool:
	if _caller.has_left():
		return false
	var objects: GcObjectTable = GcObjectTable.new()
	var values: Dictionary[String, Variant] = {}
	for property: String in _properties:
		# Reading one may free it.
		var node: Node = instance_from_id(_node_id) as Node
		if node == null or not node.is_inside_tree():
			_caller.fail("NODE_NOT_FOUND", "%s has left the tree." % _path, {"path": _path})
			return false
		values[property] = objects.carry(_finder.read_property(node, property))
	tell(values, objects)
	return true


## Tells of these values, unless they are those that were told last.
func tell(values: Dictionary[String, Variant], objects: GcObjectTable) -> void:
	var bytes: PackedByteArray = var_to_bytes(values)
	if bytes != _last:
		_last = bytes
		_caller.tell({
			"properties": values, "frame": Engine.get_process_frames(), "objects": objects.to_dictionary()
		})
