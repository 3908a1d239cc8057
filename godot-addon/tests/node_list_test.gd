extends "suite.gd"

const List = preload("../addons/godot_control/engine/node_list.gd")


func test_has_each_parent_before_its_children_in_the_order_of_the_tree() -> void:
	var list: List = _walk(List.new(_tree(), 100, 0, 100))
	check_same(list.get_page()["path"], PackedStringArray(["/root/A", "/root/A/B", "/root/A/B/D", "/root/A/C"]))
	check_same(list.get_page()["depth"], PackedInt32Array([0, 1, 2, 1]))
	check_same(list.get_page()["child_count"], PackedInt32Array([2, 1, 0, 0]))
	check_same(list.total, 4)


func test_counts_what_is_on_other_pages_and_not_what_is_deeper() -> void:
	var list: List = _walk(List.new(_tree(), 1, 1, 1))
	check_same(list.get_page()["path"], PackedStringArray(["/root/A/B"]))
	check_same([list.total, list.get_page_size()], [3, 1])


func test_passes_over_what_leaves_between_two_slices() -> void:
	var root: Node = _tree()
	for index: int in 20_000:
		root.add_child(Node.new())
	var list: List = List.new(root, 100, 0, 10)
	check(list.walk(Time.get_ticks_usec() + 1_000), "it takes longer")
	for child: Node in root.get_children().slice(10_000):
		root.remove_child(child)
		child.free()
	list = _walk(list)
	check(list.total >= 10_000 and list.total < 20_000, "%d" % list.total)


func test_of_a_node_that_is_freed_at_once_ends() -> void:
	var root: Node = _tree()
	var list: List = List.new(root, 100, 0, 10)
	root.free()
	check_same([list.walk(Time.get_ticks_usec() + 1_000), list.total], [false, 0])


func _walk(list: List) -> List:
	while list.walk(Time.get_ticks_usec() + 1_000):
		pass
	return list


func _tree() -> Node:
	var root: Node = add(Node.new())
	root.name = "A"
	var branch: Node = add(Node.new(), root)
	branch.name = "B"
	add(Node.new(), root).name = "C"
	add(Node.new(), branch).name = "D"
	return root
