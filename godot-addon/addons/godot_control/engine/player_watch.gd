extends RefCounted
## Knows whether there is a player: a node in a group, or of a name.

## How often, at most, the tree is searched for the name; the group costs nothing and is asked each frame.
const SEARCH_EVERY_MSEC: int = 100

var _tree: SceneTree
var _group: StringName
var _name: String
var _player: Node = null
var _searched_msec: int = -SEARCH_EVERY_MSEC
var _searched_count: int = -1


func _init(tree: SceneTree, group: String, name: String) -> void:
	_tree = tree
	_group = group
	_name = name


## Looks again. Main thread only.
func update() -> void:
	if is_instance_valid(_player) and _player.is_inside_tree():
		return
	_player = _tree.get_first_node_in_group(_group) if _tree.has_group(_group) else null
	var count: int = _tree.get_node_count()
	var now: int = Time.get_ticks_msec()
	if _player == null and count != _searched_count and now - _searched_msec >= SEARCH_EVERY_MSEC:
		_searched_msec = now
		_searched_count = count
		_player = _tree.root.find_child(_name, true, false)


## Looks again now, whatever it looked at before: a new scene is in place.
func update_now() -> void:
	_searched_count = -1
	_searched_msec = -SEARCH_EVERY_MSEC
	update()


func to_dictionary() -> Dictionary:
	if is_instance_valid(_player) and _player.is_inside_tree():
		return {"exists": true, "path": str(_player.get_path())}
	return {"exists": false}
