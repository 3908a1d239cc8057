extends "../bus/commands.gd"
## What the contract's NodeService does.

const GcCaller = preload("../bus/caller.gd")
const GcMainThread = preload("../engine/main_thread.gd")
const GcNodeFinder = preload("../engine/node_finder.gd")
const GcNodeList = preload("../engine/node_list.gd")
const GcObjectTable = preload("../engine/object_table.gd")
const GcPropertyWatch = preload("../engine/property_watch.gd")

const MAX_PROPERTIES: int = 100
const DEFAULT_PAGE_SIZE: int = 1_000
const MAX_PAGE_SIZE: int = 10_000
## Deeper than any tree.
const ALL_LEVELS: int = 1 << 32

var _main_thread: GcMainThread
var _finder: GcNodeFinder
var _watches: Array[GcPropertyWatch] = []


func _init(tree: SceneTree, main_thread: GcMainThread) -> void:
	_main_thread = main_thread
	_finder = GcNodeFinder.new(tree)


func get_commands() -> Dictionary[String, Callable]:
	return {"node.get_node": get_node, "node.list_nodes": list_nodes, "node.watch_node": watch_node}


func get_node(caller: GcCaller) -> void:
	var node: Node = _find(caller)
	if node == null:
		return
	var script: Script = node.get_script()
	var objects: GcObjectTable = GcObjectTable.new()
	var found: Dictionary = {
		"path": str(node.get_path()),
		"type": node.get_class(),
		"script": script.resource_path if script != null else "",
		"scene_file_path": node.scene_file_path,
		"groups": node.get_groups().filter(_is_own_group),
		"child_count": node.get_child_count(),
		"instance_id": node.get_instance_id(),
	}
	var values: Dictionary[String, Variant] = {}
	if _read(caller, node, objects, values):
		found["properties"] = values
		caller.answer({"node": found, "objects": objects.to_dictionary()})


func list_nodes(caller: GcCaller) -> void:
	var node: Node = _find(caller)
	var page_size: int = caller.get_int("page_size", DEFAULT_PAGE_SIZE)
	var token: String = caller.get_text("page_token")
	if page_size < 1 or page_size > MAX_PAGE_SIZE:
		_fail_field(caller, "page_size", "must be from 1 to %d, not %d" % [MAX_PAGE_SIZE, page_size])
	elif not token.is_empty() and not token.is_valid_int():
		_fail_field(caller, "page_token", "is none that ListNodes gave: %s" % token.left(100))
	elif node != null:
		var max_depth: int = caller.get_int("max_depth", ALL_LEVELS)
		_walk(caller, GcNodeList.new(node, max_depth, token.to_int(), page_size), token.to_int())


func watch_node(caller: GcCaller) -> void:
	var node: Node = _find(caller)
	if node == null:
		return
	if caller.get_texts("properties").is_empty():
		_fail_field(caller, "properties", "must name what is to be watched")
		return
	var watch: GcPropertyWatch = GcPropertyWatch.new(caller, _finder, node)
	var objects: GcObjectTable = GcObjectTable.new()
	var values: Dictionary[String, Variant] = {}
	if _read(caller, node, objects, values):
		watch.tell(values, objects)
		_watches.append(watch)
		if _watches.size() == 1:
			@warning_ignore("return_value_discarded")
			_main_thread.frame_begun.connect(_look)


## Each frame gets a slice of the walk, and the time for which it would wait gets more of them.
func _walk(caller: GcCaller, list: GcNodeList, first: int) -> void:
	if caller.has_left():
		return
	if list.walk():
		_main_thread.run(_walk.bind(caller, list, first))
		return
	var next: int = first + list.get_page_size()
	caller.answer_large({
		"nodes": list.get_page(),
		"next_page_token": str(next) if next < list.total else "",
		"total_size": list.total,
	})


func _look() -> void:
	_watches = _watches.filter(_is_awaited)
	if _watches.is_empty():
		_main_thread.frame_begun.disconnect(_look)


func _is_awaited(watch: GcPropertyWatch) -> bool:
	return watch.look()


## Null where there is none, which the caller was told then.
func _find(caller: GcCaller) -> Node:
	var path: String = caller.get_text("path")
	var node: Node = _finder.find(path)
	if node == null:
		caller.fail("NODE_NOT_FOUND", _finder.explain(path), {"path": path})
	return node


## Reads the properties that are asked for. False where that cannot be, which the caller was told then.
func _read(
	caller: GcCaller, node: Node, objects: GcObjectTable, values: Dictionary[String, Variant]
) -> bool:
	var path: String = str(node.get_path())
	var properties: PackedStringArray = caller.get_texts("properties")
	if properties.size() > MAX_PROPERTIES:
		_fail_field(caller, "properties", "may name %d, not %d" % [MAX_PROPERTIES, properties.size()])
		return false
	for property: String in properties:
		var value: Variant = _finder.read_property(node, property)
		if not is_instance_valid(node):
			caller.fail("NODE_NOT_FOUND", "%s was freed as %s was read." % [path, property], {"path": path})
			return false
		if value == null and not _finder.has_property(node, property):
			var details: Dictionary = {"path": path, "property": property}
			caller.fail("PROPERTY_NOT_FOUND", _finder.explain_property(node, property), details)
			return false
		values[property] = objects.carry(value)
	return true


func _fail_field(caller: GcCaller, field: String, problem: String) -> void:
	caller.fail("INVALID_FIELD", "%s: %s" % [field, problem], {"field": field})


func _is_own_group(group: StringName) -> bool:
	return not group.begins_with("_")
