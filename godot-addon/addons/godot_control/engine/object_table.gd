extends RefCounted
## What the bus does not carry of a value: of an object it has only the number, of a Callable nothing, and of a container
## of objects not their class. This table goes beside the values of a message, and says what each of them is.

## Objects and Callables of one message; of further ones, no more is told than the bus carries.
const MAX_OBJECTS: int = 1_000
## In all arrays and dictionaries of one message.
const MAX_ITEMS: int = 50_000
const MAX_BYTES: int = 4 * 1024 * 1024
## How many messages of the contract may lie in one another: clients read 100, and the answer itself has some.
const DEEPEST: int = 90
const ARRAY_LEVELS: int = 2
const DICTIONARY_LEVELS: int = 3
const MAX_TEXT: int = 1_000
## The least that an element takes, of what may be large by itself.
const ELEMENT_BYTES: Dictionary[int, int] = {
	TYPE_STRING: 1,
	TYPE_STRING_NAME: 1,
	TYPE_PACKED_BYTE_ARRAY: 1,
	TYPE_PACKED_INT32_ARRAY: 4,
	TYPE_PACKED_INT64_ARRAY: 8,
	TYPE_PACKED_FLOAT32_ARRAY: 4,
	TYPE_PACKED_FLOAT64_ARRAY: 8,
	TYPE_PACKED_STRING_ARRAY: 8,
	TYPE_PACKED_VECTOR2_ARRAY: 8,
	TYPE_PACKED_VECTOR3_ARRAY: 12,
	TYPE_PACKED_COLOR_ARRAY: 16,
	TYPE_PACKED_VECTOR4_ARRAY: 16,
}

var _max_items: int
var _max_bytes: int
var _items: int = 0
var _bytes: int = 0
var _is_too_deep: bool = false
## By the numbers of instances.
var _entries: Dictionary[int, Dictionary] = {}
## Each is carried in the place of a value that cannot be. They are used again: the same values are the same message.
var _stand_ins: Array[RefCounted] = []
var _used_stand_ins: int = 0


func _init(max_items: int = MAX_ITEMS, max_bytes: int = MAX_BYTES) -> void:
	_max_items = max_items
	_max_bytes = max_bytes


## Begins with another message.
func clear() -> void:
	_items = 0
	_bytes = 0
	_entries = {}
	_used_stand_ins = 0


## The value as it can be carried. Main thread only.
func carry(value: Variant) -> Variant:
	_is_too_deep = false
	var carried: Variant = _carry(value, 0)
	if not _is_too_deep:
		return carried
	return _stand_in({"type": type_string(typeof(value)), "text": "It holds itself, or goes too deep."})


## Whether what was carried is too much for one message.
func is_over() -> bool:
	return _items > _max_items or _bytes > _max_bytes


## What one message may have at most, in words.
func get_bounds() -> String:
	@warning_ignore("integer_division")
	return "%d values in arrays and dictionaries, or %d KiB" % [_max_items, _max_bytes / 1024]


## To be carried with the values.
func to_dictionary() -> Dictionary[int, Dictionary]:
	return _entries


func _carry(value: Variant, depth: int) -> Variant:
	if depth > DEEPEST:
		_is_too_deep = true
		return null
	var type: int = typeof(value)
	match type:
		TYPE_ARRAY:
			var array: Array = value
			return _carry_array(array, depth)
		TYPE_DICTIONARY:
			var dictionary: Dictionary = value
			return _carry_dictionary(dictionary, depth)
		TYPE_CALLABLE:
			if _entries.size() < MAX_OBJECTS:
				return _stand_in({"type": "Callable", "text": str(value).left(MAX_TEXT)})
		TYPE_OBJECT:
			# One that was freed is carried as null.
			if is_instance_valid(value) and _entries.size() < MAX_OBJECTS:
				var object: Object = value
				_describe(object)
		_:
			if ELEMENT_BYTES.has(type):
				_bytes += len(value) * ELEMENT_BYTES[type]
	return value


func _carry_array(array: Array, depth: int) -> Variant:
	_items += array.size()
	if is_over() or (array.is_typed() and _is_plain(array.get_typed_builtin())):
		return array
	var carried: Array = array
	if array.is_typed():
		carried = []
		carried.assign(array)
	for index: int in array.size():
		var item: Variant = _carry(array[index], depth + ARRAY_LEVELS)
		if is_over() or _is_too_deep:
			return array
		if _is_other(item, array[index]):
			if is_same(carried, array):
				carried = array.duplicate()
			carried[index] = item
	if not array.is_typed():
		return carried
	return _stand_in({
		"value": carried,
		"element_type": _name_type(array.get_typed_builtin(), array.get_typed_class_name(), array.get_typed_script()),
	})


func _carry_dictionary(dictionary: Dictionary, depth: int) -> Variant:
	_items += dictionary.size()
	var is_typed: bool = dictionary.is_typed_key() or dictionary.is_typed_value()
	var are_keys_plain: bool = dictionary.is_typed_key() and _is_plain(dictionary.get_typed_key_builtin())
	var are_values_plain: bool = dictionary.is_typed_value() and _is_plain(dictionary.get_typed_value_builtin())
	if is_over() or (are_keys_plain and are_values_plain):
		return dictionary
	# Where a key was freed, its value is not found by it.
	var keys: Array = []
	var values: Array = []
	keys.assign(dictionary.keys())
	values.assign(dictionary.values())
	var is_changed: bool = is_typed
	for index: int in keys.size():
		var key: Variant = _carry_key(keys[index], depth + DICTIONARY_LEVELS)
		var item: Variant = _carry(values[index], depth + DICTIONARY_LEVELS)
		if is_over() or _is_too_deep:
			return dictionary
		is_changed = is_changed or _is_other(key, keys[index]) or _is_other(item, values[index])
		keys[index] = key
		values[index] = item
	if not is_changed:
		return dictionary
	var carried: Dictionary = {}
	for index: int in keys.size():
		carried[keys[index]] = values[index]
	if not is_typed:
		return carried
	return _stand_in({
		"value": carried,
		"key_type": _name_type(
			dictionary.get_typed_key_builtin(),
			dictionary.get_typed_key_class_name(),
			dictionary.get_typed_key_script()
		),
		"value_type": _name_type(
			dictionary.get_typed_value_builtin(),
			dictionary.get_typed_value_class_name(),
			dictionary.get_typed_value_script()
		),
	})


## Of those that were freed, each is a key of its own.
func _carry_key(key: Variant, depth: int) -> Variant:
	if typeof(key) == TYPE_OBJECT and not is_instance_valid(key):
		return _stand_in({"type": "Object", "text": "It was freed."})
	return _carry(key, depth)


## Whether values of this type are carried as they are.
func _is_plain(type: int) -> bool:
	return type not in [TYPE_NIL, TYPE_OBJECT, TYPE_CALLABLE, TYPE_ARRAY, TYPE_DICTIONARY]


func _is_other(carried: Variant, value: Variant) -> bool:
	if typeof(carried) != typeof(value):
		return true
	return typeof(value) in [TYPE_ARRAY, TYPE_DICTIONARY, TYPE_OBJECT] and not is_same(carried, value)


func _describe(object: Object) -> void:
	var entry: Dictionary[String, String] = {"class_name": object.get_class()}
	var script: Script = object.get_script()
	if script != null and not script.get_path().is_empty():
		entry["script"] = script.get_path()
	if object is Node:
		var node: Node = object
		if node.is_inside_tree():
			entry["node_path"] = str(node.get_path())
	elif object is Resource:
		var resource: Resource = object
		if not resource.get_path().is_empty():
			entry["resource_path"] = resource.get_path()
	_entries[object.get_instance_id()] = entry


func _stand_in(entry: Dictionary) -> RefCounted:
	if _used_stand_ins == _stand_ins.size():
		_stand_ins.append(RefCounted.new())
	var stand_in: RefCounted = _stand_ins[_used_stand_ins]
	_used_stand_ins += 1
	_entries[stand_in.get_instance_id()] = entry
	return stand_in


## Empty where it is any type.
func _name_type(type: int, native: StringName, scripted: Variant) -> String:
	var script: Script = scripted
	if script != null and not script.get_path().is_empty():
		return script.get_path()
	if not native.is_empty():
		return native
	return type_string(type) if type != TYPE_NIL else ""
