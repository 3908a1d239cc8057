extends "suite.gd"

const Frame = preload("../addons/godot_control/bus/frame.gd")


func test_begins_with_its_length() -> void:
	var frame: PackedByteArray = Frame.encode(Frame.GcKind.ANSWER, 7, "", {"a": [1, NAN]})
	check_same(frame.decode_u32(0), frame.size() - Frame.HEAD_BYTES)
	check_same(bytes_to_var(frame.slice(Frame.HEAD_BYTES)), [Frame.GcKind.ANSWER, 7, "", {"a": [1, NAN]}])


func test_is_sound_only_with_a_kind_an_id_a_name_and_a_payload() -> void:
	check(Frame.is_sound([0, 1, "a", null]), "all four")
	for wrong: Variant in [null, 1, [], [0, 1, "a"], [0, 1, "a", null, 2], ["0", 1, "a", null], [0, 1.0, "a", null], [0, 1, &"a", null]]:
		check(not Frame.is_sound(wrong), str(wrong))
