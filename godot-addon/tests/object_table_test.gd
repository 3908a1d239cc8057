extends "suite.gd"

const Table = preload("../addons/godot_control/engine/object_table.gd")


func test_says_what_each_object_is_at_whatever_depth() -> void:
	var node: Node = add(Node2D.new())
	node.name = "Seen"
	var resource: Resource = Resource.new()
	resource.take_over_path("res://made.tres")
	var table: Table = Table.new()
	var value: Dictionary = {node: [resource, {"a": node}]}
	check(is_same(table.carry(value), value), "nothing has to be copied")
	check(table.to_dictionary() == {
		node.get_instance_id(): {"class_name": "Node2D", "node_path": "/root/Seen"},
		resource.get_instance_id(): {"class_name": "Resource", "resource_path": "res://made.tres"},
	}, str(table.to_dictionary()))


func test_carries_the_text_of_a_callable_in_its_place_and_leaves_the_value_alone() -> void:
	var table: Table = Table.new()
	var value: Array = [1, {"call": check}]
	var carried: Array = table.carry(value)
	var part: Dictionary = carried[1]
	var stand_in: Object = part["call"]
	check(table.to_dictionary()[stand_in.get_instance_id()]["type"] == "Callable", "its type")
	var original: Dictionary = value[1]
	check(original["call"] is Callable, "what the game holds is as it was")


func test_ends_where_a_container_holds_itself() -> void:
	var array: Array = []
	array.append(array)
	var dictionary: Dictionary = {}
	dictionary["self"] = dictionary
	var typed: Array[Array] = []
	typed.append(typed)
	for value: Variant in [array, dictionary, typed, [1, dictionary]]:
		var table: Table = Table.new()
		check(table.carry(value) is RefCounted, "a stand-in")
		check(var_to_bytes(table.carry(value)).size() > 0, "it can be carried")
	array.clear()
	dictionary.clear()
	typed.clear()


func test_carries_what_is_as_deep_as_it_may_be() -> void:
	var value: Array = []
	@warning_ignore("integer_division")
	for level: int in Table.DEEPEST / Table.ARRAY_LEVELS:
		value = [value]
	check(is_same(Table.new().carry(value), value), "it is carried")
	check(not is_same(Table.new().carry([value]), [value]), "one more is not")


func test_says_what_a_typed_container_of_objects_is_of() -> void:
	var nodes: Array[Node2D] = [null]
	var calls: Array[Callable] = [check]
	var table: Table = Table.new()
	var entries: Array[Dictionary] = []
	for value: Variant in [nodes, {&"a": nodes} as Dictionary[StringName, Array], calls]:
		var stand_in: Object = table.carry(value)
		entries.append(table.to_dictionary()[stand_in.get_instance_id()])
	check_same(entries[0], {"value": [null], "element_type": "Node2D"})
	check_same([entries[1]["key_type"], entries[1]["value_type"]], ["StringName", "Array"])
	check(entries[2]["element_type"] == "Callable" and entries[2]["value"][0] is RefCounted, str(entries[2]))
	check(nodes.is_typed() and calls[0] == check, "what the game holds is as it was")


func test_ends_where_there_is_too_much_however_it_is_shared() -> void:
	# Each of two ways leads to the next: 2 ** 30 of them.
	var shared: Array = []
	for level: int in 30:
		shared = [shared, shared]
	for value: Variant in [shared, range(Table.MAX_ITEMS + 1), Array(range(Table.MAX_ITEMS + 1), TYPE_INT, &"", null)]:
		var table: Table = Table.new()
		@warning_ignore("return_value_discarded")
		table.carry(value)
		check(table.is_over(), "it is over")
	var bytes: PackedByteArray = []
	check(bytes.resize(Table.MAX_BYTES + 1) == OK, "there is room")
	var large: Table = Table.new()
	@warning_ignore("return_value_discarded")
	large.carry([bytes])
	check(large.is_over(), "its bytes are counted")


func test_the_same_values_are_the_same_message() -> void:
	var nodes: Array[Node] = [null]
	var table: Table = Table.new()
	var first: PackedByteArray = var_to_bytes([table.carry(check), table.carry(nodes), table.to_dictionary()])
	table.clear()
	check_same(var_to_bytes([table.carry(check), table.carry(nodes), table.to_dictionary()]), first)
	nodes.append(null)
	table.clear()
	check(var_to_bytes([table.carry(check), table.carry(nodes), table.to_dictionary()]) != first, "another one")


func test_carries_each_entry_of_which_the_key_was_freed() -> void:
	var first: Node = Node.new()
	var second: Node = Node.new()
	var typed: Dictionary[Node, int] = {first: 1, second: 2}
	var any: Dictionary = {first: 1, second: 2, 3: 4}
	first.free()
	second.free()
	var table: Table = Table.new()
	var stand_in: Object = table.carry(typed)
	var entry: Dictionary = table.to_dictionary()[stand_in.get_instance_id()]
	var carried: Dictionary = entry["value"]
	check_same([carried.values(), entry["key_type"]], [[1, 2], "Node"])
	var other: Dictionary = table.carry(any)
	check_same([other.values(), any.size()], [[1, 2, 4], 3])
	for key: Variant in carried:
		var object: Object = key
		check(table.to_dictionary()[object.get_instance_id()]["type"] == "Object", "it was an object")


func test_carries_keys_as_it_does_values() -> void:
	var nodes: Array[Node] = [null]
	var table: Table = Table.new()
	var carried: Dictionary = table.carry({nodes: 1, check: 2})
	var names: Array = []
	for key: Object in carried.keys():
		var entry: Dictionary = table.to_dictionary()[key.get_instance_id()]
		names.append(entry.get("element_type", entry.get("type")))
	check_same(names, ["Node", "Callable"])


func test_passes_over_an_object_that_was_freed() -> void:
	var node: Node = Node.new()
	var value: Array = [node]
	node.free()
	var table: Table = Table.new()
	check_same([var_to_bytes(table.carry(value)), table.to_dictionary().size()], [var_to_bytes([null]), 0])
