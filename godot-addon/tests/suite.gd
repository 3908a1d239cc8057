extends RefCounted
## What the tests of one script have in common. Each function [code]test_…[/code] is one of them; it may wait.

var tree: SceneTree
## What the test that runs has found wrong.
var problems: PackedStringArray = []
## What it has looked at.
var checks: int = 0

var _nodes: Array[Node] = []


func check(is_so: bool, what: String) -> void:
	checks += 1
	if not is_so:
		@warning_ignore("return_value_discarded")
		problems.append(what)


## The same value, and of the same type.
func check_same(found: Variant, wanted: Variant, what: String = "") -> void:
	var is_same: bool = var_to_bytes(found) == var_to_bytes(wanted)
	check(is_same, "%s found %s, wanted %s" % [what, found, wanted])


## A node in the tree until the test ends.
func add(node: Node, parent: Node = tree.root) -> Node:
	parent.add_child(node)
	_nodes.append(node)
	return node


func clear() -> void:
	problems.clear()
	checks = 0
	for node: Variant in _nodes:
		if is_instance_valid(node):
			var left: Node = node
			left.free()
	_nodes.clear()
