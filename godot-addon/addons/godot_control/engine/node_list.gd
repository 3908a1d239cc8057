extends RefCounted
## A walk through the nodes below one, each parent before its children, in slices so short that no frame is longer for it.

## How long a slice takes at most, in microseconds.
const SLICE_USEC: int = 2_000
## The time is looked at after so many nodes.
const NODES_A_LOOK: int = 32

## Those of the page, as the contract's NodeSummary has them.
var page: Array[Dictionary] = []
## How many there are in all.
var total: int = 0

var _max_depth: int
var _first: int
var _page_size: int
## From the first node down to the one whose children are next: each, its path, and how many of its children are done.
var _nodes: Array = []
var _paths: PackedStringArray = []
var _done: PackedInt64Array = []


## The page is of [param page_size] nodes, and begins after [param first] of them.
func _init(node: Node, max_depth: int, first: int, page_size: int) -> void:
	_max_depth = max_depth
	_first = first
	_page_size = page_size
	_enter(node, str(node.get_path()))


## Whether there is more to walk. Main thread only.
func walk() -> bool:
	var until: int = Time.get_ticks_usec() + SLICE_USEC
	while not _nodes.is_empty():
		for turn: int in NODES_A_LOOK:
			if not _nodes.is_empty():
				_step()
		if Time.get_ticks_usec() >= until:
			break
	return not _nodes.is_empty()


func _step() -> void:
	var last: int = _nodes.size() - 1
	# It may have been freed since the slice before.
	if is_instance_valid(_nodes[last]) and last < _max_depth:
		var parent: Node = _nodes[last]
		if _done[last] < parent.get_child_count():
			var child: Node = parent.get_child(_done[last])
			_done[last] += 1
			_enter(child, _paths[last] + "/" + child.name)
			return
	@warning_ignore_start("return_value_discarded")
	_nodes.resize(last)
	_paths.resize(last)
	_done.resize(last)
	@warning_ignore_restore("return_value_discarded")


func _enter(node: Node, path: String) -> void:
	if total >= _first and page.size() < _page_size:
		var script: Script = node.get_script()
		page.append({
			"path": path,
			"type": node.get_class(),
			"script": script.resource_path if script != null else "",
			"child_count": node.get_child_count(),
			"depth": _nodes.size(),
		})
	total += 1
	_nodes.append(node)
	@warning_ignore_start("return_value_discarded")
	_paths.append(path)
	_done.append(0)
	@warning_ignore_restore("return_value_discarded")
