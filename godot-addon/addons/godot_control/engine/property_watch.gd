extends RefCounted
## Tells a caller of the values of a node's properties, whenever one of them has changed.

const GcCaller = preload("../bus/caller.gd")
const GcNodeFinder = preload("node_finder.gd")
const GcObjectTable = preload("object_table.gd")

## They are looked at in each frame: these are the most that one message may have.
const MAX_ITEMS: int = 2_000
const MAX_BYTES: int = 256 * 1024

var objects: GcObjectTable = GcObjectTable.new(MAX_ITEMS, MAX_BYTES)

var _caller: GcCaller
var _finder: GcNodeFinder
var _node_id: int
var _path: String
var _properties: PackedStringArray
## What was told last, as bytes: an array that has changed is still the same array, and a NaN never equals itself.
var _last: PackedByteArray = []


func _init(caller: GcCaller, finder: GcNodeFinder, node: Node, properties: PackedStringArray) -> void:
	_caller = caller
	_finder = finder
	_node_id = node.get_instance_id()
	_path = str(node.get_path())
	_properties = properties


## Whether it is to be looked at again.
func look() -> bool:
	if _caller.has_left():
		return false
	objects.clear()
	var values: Dictionary[String, Variant] = {}
	for property: String in _properties:
		# Reading one may free it.
		var node: Node = instance_from_id(_node_id) as Node
		if node == null or not node.is_inside_tree():
			_caller.fail("NODE_NOT_FOUND", "%s has left the tree." % _path, {"path": _path})
			return false
		values[property] = objects.carry(_finder.read_property(node, property))
		if objects.is_over():
			fail_too_large(property)
			return false
	tell(values)
	return true


## Tells of these values, unless they are those that were told last.
func tell(values: Dictionary[String, Variant]) -> void:
	var bytes: PackedByteArray = var_to_bytes([values, objects.to_dictionary()])
	if bytes != _last:
		_last = bytes
		# This frame has not processed anything yet.
		var frame: int = Engine.get_process_frames() - 1
		_caller.tell({"properties": values, "frame": frame, "objects": objects.to_dictionary()})


func fail_too_large(property: String) -> void:
	var words: String = "%s of %s is too large to be watched: it has over %s. Watch a part of it."
	var problem: String = words % [property, _path, objects.get_bounds()]
	_caller.fail("ANSWER_TOO_LARGE", problem, {"path": _path, "property": property})
