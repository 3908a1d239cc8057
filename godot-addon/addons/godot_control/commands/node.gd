extends "../bus/commands.gd"
## What the contract's NodeService does.

const GcCaller = preload("../bus/caller.gd")
const GcMainThread = preload("../engine/main_thread.gd")
const GcNodeFinder = preload("../engine/node_finder.gd")
const GcNodeList = preload("../engine/node_list.gd")
const GcObjectTable = preload("../engine/object_table.gd")
const GcPropertyWatch = preload("../engine/property_watch.gd")

## Characters of a path, of a node or of a property.
const MAX_PATH: int = 4_096
const MAX_PROPERTIES: int = 100
const DEFAULT_PAGE_SIZE: int = 1_000
const MAX_PAGE_SIZE: int = 10_000
## Deeper than any tree.
const ALL_LEVELS: int = 1 << 32
## What all lists together take at once, in microseconds: a frame is longer by this at most.
const SLICE_USEC: int = 2_000

var _main_thread: GcMainThread
var _finder: GcNodeFinder
var _watches: Array[GcPropertyWatch] = []
## Each takes the time until which it may go on, and returns whether there is more.
var _walks: Array[Callable] = []


func _init(tree: SceneTree, main_thread: GcMainThread) -> void:
	_main_thread = main_thread
	_finder = GcNodeFinder.new(tree)


func get_commands() -> Dictionary[String, Callable]:
	return {"node.get_node": get_node, "node.list_nodes": list_nodes, "node.watch_node": watch_node}


func get_node(caller: GcCaller) -> void:
	var properties: PackedStringArray = caller.get_texts("properties", MAX_PROPERTIES + 1)
	var node: Node = _find(caller) if _check(caller, properties) else null
	if node == null:
		return
	var path: String = str(node.get_path())
	var script: Script = node.get_script()
	var found: Dictionary = {
		"path": path,
		"type": node.get_class(),
		"script": script.get_path() if script != null else "",
		"scene_file_path": node.get_scene_file_path(),
		"groups": node.get_groups().filter(_is_own_group),
		"child_count": node.get_child_count(),
		"instance_id": node.get_instance_id(),
	}
	var objects: GcObjectTable = GcObjectTable.new()
	var values: Dictionary[String, Variant] = {}
	for property: String in properties:
		if not _read(caller, node, path, property, objects, values):
			return
		if objects.is_over():
			var words: String = "%s of %s is too large for one answer: with what was read before, it has over %s. Ask for a part of it."
			var problem: String = words % [property, path, objects.get_bounds()]
			caller.fail("ANSWER_TOO_LARGE", problem, {"path": path, "property": property})
			return
	found["properties"] = values
	caller.answer({"node": found, "objects": objects.to_dictionary()})


func list_nodes(caller: GcCaller) -> void:
	var node: Node = _find(caller)
	if node == null:
		return
	var page_size: int = caller.get_int("page_size", DEFAULT_PAGE_SIZE)
	if page_size < 1 or page_size > MAX_PAGE_SIZE:
		_fail_field(caller, "page_size", "must be from 1 to %d, not %d" % [MAX_PAGE_SIZE, page_size])
		return
	var max_depth: int = caller.get_int("max_depth", ALL_LEVELS)
	# A page is one of this list, and of no other.
	var name: String = "%x" % hash("%s %d" % [node.get_path(), max_depth])
	var token: String = caller.get_text("page_token")
	var first: int = token.get_slice(".", 0).left(9).to_int()
	if not token.is_empty() and (first < 1 or token != "%d.%s" % [first, name]):
		_fail_field(caller, "page_token", "is none that was given for this list: %s" % token.left(100))
		return
	_walks.append(_walk.bind(caller, GcNodeList.new(node, max_depth, first, page_size), first, name))
	if _walks.size() == 1:
		_walk_some()


func watch_node(caller: GcCaller) -> void:
	var properties: PackedStringArray = caller.get_texts("properties", MAX_PROPERTIES + 1)
	var node: Node = _find(caller) if _check(caller, properties) else null
	if node == null:
		return
	var path: String = str(node.get_path())
	if properties.is_empty():
		_fail_field(caller, "properties", "must name what is to be watched")
		return
	var watch: GcPropertyWatch = GcPropertyWatch.new(caller, _finder, node, properties)
	var values: Dictionary[String, Variant] = {}
	for property: String in properties:
		if not _read(caller, node, path, property, watch.objects, values):
			return
		if watch.objects.is_over():
			watch.fail_too_large(property)
			return
	watch.tell(values)
	_watches.append(watch)
	if _watches.size() == 1:
		@warning_ignore("return_value_discarded")
		_main_thread.frame_begun.connect(_look)


## Each frame gets a slice of the walks, and the time for which it would wait gets more of them.
func _walk_some() -> void:
	var until: int = Time.get_ticks_usec() + SLICE_USEC
	while not _walks.is_empty() and Time.get_ticks_usec() < until:
		var walk: Callable = _walks.pop_front()
		if walk.call(until):
			_walks.append(walk)
	if not _walks.is_empty():
		_main_thread.run(_walk_some)


## Whether there is more to walk.
func _walk(until: int, caller: GcCaller, list: GcNodeList, first: int, name: String) -> bool:
	if caller.has_left():
		return false
	if list.walk(until):
		return true
	var next: int = first + list.get_page_size()
	caller.answer_large({
		"nodes": list.get_page(),
		"next_page_token": "%d.%s" % [next, name] if next < list.total else "",
		"total_size": list.total,
	})
	return false


func _look() -> void:
	_watches = _watches.filter(_is_awaited)
	if _watches.is_empty():
		_main_thread.frame_begun.disconnect(_look)


func _is_awaited(watch: GcPropertyWatch) -> bool:
	return watch.look()


## Null where there is none, which the caller was told then.
func _find(caller: GcCaller) -> Node:
	var path: String = caller.get_text("path")
	if path.length() > MAX_PATH:
		_fail_field(caller, "path", "may have %d characters, not %d" % [MAX_PATH, path.length()])
		return null
	var node: Node = _finder.find(path)
	if node == null:
		caller.fail("NODE_NOT_FOUND", _finder.explain(path), {"path": path})
	return node


## Whether so many properties of such names may be asked for; if not, the caller was told.
func _check(caller: GcCaller, properties: PackedStringArray) -> bool:
	if properties.size() > MAX_PROPERTIES:
		_fail_field(caller, "properties", "may name %d, not more" % MAX_PROPERTIES)
		return false
	for property: String in properties:
		if property.length() > MAX_PATH:
			_fail_field(caller, "properties", "each may have %d characters, not %d" % [MAX_PATH, property.length()])
			return false
	return true


## Reads a property. False where that cannot be, which the caller was told then.
func _read(
	caller: GcCaller,
	node: Variant,
	path: String,
	property: String,
	objects: GcObjectTable,
	values: Dictionary[String, Variant]
) -> bool:
	# Reading the one before may have freed it.
	if is_instance_valid(node):
		var holder: Node = node
		var value: Variant = _finder.read_property(holder, property)
		if is_instance_valid(node):
			if value == null and not _finder.has_property(holder, property):
				var details: Dictionary = {"path": path, "property": property}
				caller.fail("PROPERTY_NOT_FOUND", _finder.explain_property(holder, property), details)
				return false
			values[property] = objects.carry(value)
			return true
	caller.fail("NODE_NOT_FOUND", "%s was freed as %s was read." % [path, property], {"path": path})
	return false


func _fail_field(caller: GcCaller, field: String, problem: String) -> void:
	caller.fail("INVALID_FIELD", "%s: %s" % [field, problem], {"field": field})


func _is_own_group(group: StringName) -> bool:
	return not group.begins_with("_")
