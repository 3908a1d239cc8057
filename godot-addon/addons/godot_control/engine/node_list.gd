extends RefCounted
## A walk through the nodes below one, each parent before its children, in slices so short that no frame is longer for it.

## How many nodes are walked between two looks at the clock.
const NODES_A_LOOK: int = 32
## Characters of all paths of one page: it is full then, however many nodes were asked for.
const MAX_CHARACTERS: int = 4 * 1024 * 1024

## How many there are in all.
var total: int = 0

var _max_depth: int
var _first: int
var _page_size: int
var _characters: int = 0
## Those that are still to be told, the next one at the end.
var _waiting: Array[Node] = []
## How many names the path of the first one has.
var _first_names: int
## What the contract's NodeSummary has, of each node of the page.
var _paths: PackedStringArray = []
var _types: PackedStringArray = []
var _scripts: PackedStringArray = []
var _child_counts: PackedInt32Array = []
var _depths: PackedInt32Array = []


## The page is of [param page_size] nodes, and begins after [param first] of them.
func _init(node: Node, max_depth: int, first: int, page_size: int) -> void:
	_max_depth = max_depth
	_first = first
	_page_size = page_size
	_first_names = node.get_path().get_name_count()
	_waiting.append(node)


## Whether there is more to walk at [param until], in microseconds since the engine began. Main thread only.
func walk(until: int) -> bool:
	while not _waiting.is_empty() and Time.get_ticks_usec() < until:
		for turn: int in mini(NODES_A_LOOK, _waiting.size()):
			_tell(_waiting.pop_back())
	return not _waiting.is_empty()


func get_page_size() -> int:
	return _paths.size()


## A list for each field, in place of a Dictionary for each node.
func get_page() -> Dictionary:
	return {"path": _paths, "type": _types, "script": _scripts, "child_count": _child_counts, "depth": _depths}


func _tell(next: Variant) -> void:
	# It may have left, or been freed, since the slice before.
	var node: Node = next if is_instance_valid(next) else null
	if node == null or not node.is_inside_tree():
		return
	var path: NodePath = node.get_path()
	var depth: int = path.get_name_count() - _first_names
	if total >= _first and _paths.size() < _page_size and _characters < MAX_CHARACTERS:
		var script: Script = node.get_script()
		@warning_ignore_start("return_value_discarded")
		_paths.append(path)
		_types.append(node.get_class())
		_scripts.append(script.get_path() if script != null else "")
		_child_counts.append(node.get_child_count())
		_depths.append(depth)
		@warning_ignore_restore("return_value_discarded")
		_characters += _paths[-1].length()
	total += 1
	if depth < _max_depth:
		var children: Array[Node] = node.get_children()
		children.reverse()
		_waiting.append_array(children)
