extends RefCounted
## Knows whether there is a player: a node in a group, or of a name.

## How often, at most, the tree is searched for the name; the group costs nothing and is asked each frame.
const SEARCH_EVERY_MSEC: int = 100

var _tree: SceneTree
var _group: StringName
var _name: String
var _player: Node = null
## Where the player was at the last update; empty where there was none.
var _path: NodePath = NodePath()
var _searched_msec: int = -SEARCH_EVERY_MSEC
var _searched_count: int = -1


func _init(tree: SceneTree, group: String, name: String) -> void:
	_tree = tree
	_group = group
	_name = name
	@warning_ignore("return_value_discarded")
	_tree.node_renamed.connect(_on_node_renamed)


## Looks again. Main thread only.
func look() -> void:
	if not _is_present():
		_search()


## Looks again now, whatever it looked at before: a new scene is in place.
func look_anew() -> void:
	_searched_count = -1
	_searched_msec = -SEARCH_EVERY_MSEC
	look()


## Looks again, and returns whether anything changed since the last update. Main thread only.
func update() -> bool:
	look()
	var path: NodePath = _player.get_path() if _is_present() else NodePath()
	var changed: bool = path != _path
	_path = path
	return changed


func to_dictionary() -> Dictionary:
	if _is_present():
		return {"exists": true, "path": str(_player.get_path())}
	return {"exists": false}


func _is_present() -> bool:
	return is_instance_valid(_player) and _player.is_inside_tree() and (_player.is_in_group(_group) or _is_named(_player))


func _is_named(node: Node) -> bool:
	return String(node.get_name()).match(_name)


func _on_node_renamed(node: Node) -> void:
	if _is_named(node):
		_searched_count = -1


func _search() -> void:
	_player = _tree.get_first_node_in_group(_group) if _tree.has_group(_group) else null
	var count: int = _tree.get_node_count()
	var now: int = Time.get_ticks_msec()
	if _player == null and count != _searched_count and now - _searched_msec >= SEARCH_EVERY_MSEC:
		_searched_msec = now
		_searched_count = count
		_player = _tree.root.find_child(_name, true, false)
