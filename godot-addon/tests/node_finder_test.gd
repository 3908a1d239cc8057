extends "suite.gd"

const Finder = preload("../addons/godot_control/engine/node_finder.gd")


class Holder:
	extends Node2D
	var table: Dictionary = {"a": {"b": null}, 7: "seven"}
	var numbered: Dictionary[int, String] = {1: "one"}
	var placed: Dictionary[Vector2, String] = {Vector2.ZERO: "zero"}
	var list: Array = [null, "one"]
	var bytes: PackedByteArray = [5]
	var other: Node = null
	var none: Variant = null

	# It is there, though it is null.
	func _get_property_list() -> Array[Dictionary]:
		return [{"name": "dynamic", "type": TYPE_OBJECT}]


func test_finds_a_node_by_its_absolute_path_and_from_the_current_scene() -> void:
	var scene: Node = _scene()
	var finder: Finder = Finder.new(tree)
	for path: String in ["Player", "./Player", "/root/Scene/Player", "Player/../Player"]:
		check(finder.find(path) == scene.get_node(^"Player"), path)
	check(finder.find("") == scene, "the scene itself")
	check(finder.find("/root") == tree.root, "the root")
	for path: String in ["player", "/Scene", "Nope/Nope", "/root/Nope", "%Player", "::", "/", "Player:position"]:
		check(finder.find(path) == null, path)


func test_says_which_part_of_a_path_is_not_there_and_what_may_be_meant() -> void:
	var scene: Node = _scene()
	var finder: Finder = Finder.new(tree)
	check_same(finder.explain("Player/Wepon"), "No node Player/Wepon: /root/Scene/Player has no child Wepon. Did you mean /root/Scene/Player/Weapon?")
	check_same(finder.explain("/root/../.."), "No node /root/../..: it leads out of the tree.")
	check_same(finder.explain("/Scene"), "No node /Scene: an absolute path begins with /root.")
	check_same(finder.explain("Weapon"), "No node Weapon: /root/Scene has no child Weapon. Did you mean /root/Scene/Player/Weapon?")
	check(finder.explain("Zzz").ends_with("ListNodes (GET /nodes) lists those there are."), finder.explain("Zzz"))
	check(finder.explain("Player:position").contains("behind a colon is a property"), finder.explain("Player:position"))
	tree.current_scene = null
	check_same(finder.explain(""), "No scene is current. Load one, or give a path from /root on.")
	tree.current_scene = scene


func test_knows_which_properties_and_parts_of_them_a_node_has() -> void:
	var holder: Holder = add(Holder.new())
	holder.name = "Holder"
	var finder: Finder = Finder.new(tree)
	for path: String in ["position", ":position", "position:x", "table:a", "table:a:b", "none", "other", "script", "modulate:a", "table:7", "numbered:1", "list:0", "bytes:0", "dynamic"]:
		check(finder.has_property(holder, path), path)
	for path: String in ["", ":", "nope", "position:z", "table:b", "table:a:c", "none:x", "numbered:a", "numbered:2", "placed:x", "list:2", "list:-1", "list:a", "bytes:1", "other:name", "position:x:y", "::", "position::x", "position:"]:
		check(not finder.has_property(holder, path), path)
	check_same([finder.read_property(holder, "list:1"), finder.read_property(holder, "numbered:1")], ["one", "one"])
	holder.other = Node.new()
	check(finder.has_property(holder, "other:name"), "of an object")
	holder.other.free()
	check(not finder.has_property(holder, "other:name"), "of one that was freed")
	check(not finder.explain_property(holder, "Transfor").contains("Transform?"), "no group of properties")
	check_same(finder.explain_property(holder, "positon"), "/root/Holder, a Node2D, has no property positon. Did you mean position?")


func _scene() -> Node:
	var scene: Node = add(Node.new())
	scene.name = "Scene"
	var player: Node = add(Node.new(), scene)
	player.name = "Player"
	add(Node.new(), player).name = "Weapon"
	tree.current_scene = scene
	return scene
