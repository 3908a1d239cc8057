extends RefCounted
## What the bus does not carry of a value: of an object it has only the number, and of a Callable nothing. This table
## goes beside the value, and says what each of them is.

## Of one message; further ones are told by their numbers only.
const MAX_OBJECTS: int = 1_000
## [code]Variant::MAX_RECURSION_DEPTH[/code] is 100, and a message has some levels of its own.
const DEEPEST: int = 90
const MAX_TEXT: int = 1_000

## By the numbers of instances.
var _entries: Dictionary[int, Dictionary] = {}
## Each is carried in the place of a value that cannot be.
var _stand_ins: Array[RefCounted] = []
var _is_too_deep: bool = false


## The value as it can be carried. Main thread only.
func carry(value: Variant) -> Variant:
	_is_too_deep = false
	var carried: Variant = _carry(value, 0)
	# One that holds itself has no text either.
	return _stand_in(value, "too deep") if _is_too_deep else carried


## To be carried with the values.
func to_dictionary() -> Dictionary[int, Dictionary]:
	return _entries


func _carry(value: Variant, depth: int) -> Variant:
	if depth > DEEPEST:
		_is_too_deep = true
		return null
	if value is Array:
		var array: Array = value
		return _carry_array(array, depth)
	if value is Dictionary:
		var dictionary: Dictionary = value
		return _carry_dictionary(dictionary, depth)
	if value is Callable:
		return _stand_in(value, str(value).left(MAX_TEXT))
	# Of one that was freed, not even its number is carried.
	if is_instance_valid(value) and _entries.size() < MAX_OBJECTS:
		var object: Object = value
		_describe(object)
	return value


func _carry_array(array: Array, depth: int) -> Array:
	if array.is_typed() and _is_plain(array.get_typed_builtin()):
		return array
	var carried: Array = array
	for index: int in array.size():
		var item: Variant = _carry(array[index], depth + 1)
		if not is_same(item, array[index]) and not array.is_typed():
			if is_same(carried, array):
				carried = array.duplicate()
			carried[index] = item
		if _is_too_deep:
			break
	return carried


func _carry_dictionary(dictionary: Dictionary, depth: int) -> Dictionary:
	var are_keys_plain: bool = dictionary.is_typed_key() and _is_plain(dictionary.get_typed_key_builtin())
	var are_values_plain: bool = dictionary.is_typed_value() and _is_plain(dictionary.get_typed_value_builtin())
	if are_keys_plain and are_values_plain:
		return dictionary
	var carried: Dictionary = dictionary
	for key: Variant in dictionary:
		@warning_ignore("return_value_discarded")
		_carry(key, depth + 1)
		var item: Variant = _carry(dictionary[key], depth + 1)
		if not is_same(item, dictionary[key]) and not dictionary.is_typed_value():
			if is_same(carried, dictionary):
				carried = dictionary.duplicate()
			carried[key] = item
		if _is_too_deep:
			break
	return carried


## Whether values of this type are carried as they are.
func _is_plain(type: int) -> bool:
	return type not in [TYPE_NIL, TYPE_OBJECT, TYPE_CALLABLE, TYPE_ARRAY, TYPE_DICTIONARY]


func _describe(object: Object) -> void:
	var entry: Dictionary[String, String] = {"class_name": object.get_class()}
	var script: Script = object.get_script()
	if script != null and not script.resource_path.is_empty():
		entry["script"] = script.resource_path
	if object is Node:
		var node: Node = object
		if node.is_inside_tree():
			entry["node_path"] = str(node.get_path())
	elif object is Resource:
		var resource: Resource = object
		if not resource.resource_path.is_empty():
			entry["resource_path"] = resource.resource_path
	_entries[object.get_instance_id()] = entry


func _stand_in(value: Variant, text: String) -> RefCounted:
	var stand_in: RefCounted = RefCounted.new()
	_stand_ins.append(stand_in)
	_entries[stand_in.get_instance_id()] = {"type": type_string(typeof(value)), "text": text}
	return stand_in
