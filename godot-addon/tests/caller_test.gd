extends "suite.gd"

const Caller = preload("../addons/godot_control/bus/caller.gd")

var _ends: Array = []
var _told: Array = []


func test_is_answered_once() -> void:
	var caller: Caller = _make({})
	caller.answer({"a": 1})
	caller.answer({"a": 2})
	caller.fail("LATE", "too late")
	check_same(_ends, [[true, {"a": 1}]])


func test_that_nobody_works_for_any_more_is_told_so() -> void:
	var caller: Caller = _make({})
	caller = null
	check(_ends.size() == 1 and _ends[0][1]["reason"] == "CALL_FAILED", str(_ends))
	caller = _make({})
	caller.forget()
	caller = null
	check_same(_ends, [])


func test_that_has_left_is_told_nothing() -> void:
	var caller: Caller = _make({})
	check(caller.leave(), "the first time, it has to be told")
	check(not caller.leave(), "the second time, it is known")
	caller.tell({})
	caller.answer({})
	check_same([_ends, _told, caller.has_left()], [[], [], true])


func test_is_told_before_the_answer_and_not_after_it() -> void:
	var caller: Caller = _make({})
	caller.tell({"a": 1})
	caller.fail("WHY", "because", {"more": "x"})
	caller.tell({"a": 2})
	check_same(_told, [{"a": 1}])
	check_same(_ends, [[false, {"reason": "WHY", "message": "because", "more": "x"}]])


func test_reads_what_is_of_another_type_as_absent() -> void:
	var caller: Caller = _make({"text": 1, "flag": 1, "number": "7", "texts": "x"})
	check_same(caller.get_text("text"), "")
	check_same(caller.get_flag("flag"), false)
	check_same(caller.get_int("number", 5), 5)
	check_same(caller.get_texts("texts", 9), PackedStringArray())
	check_same(_make([1]).payload, {})
	check_same(_make({"texts": ["a", 1, &"b", "c"]}).get_texts("texts", 3), PackedStringArray(["a", "", "b"]))


func _make(sent: Variant) -> Caller:
	_ends = []
	_told = []
	return Caller.new(sent, _end, _tell)


func _end(is_answer: bool, payload: Variant) -> void:
	_ends.append([is_answer, payload])


func _tell(message: Dictionary) -> void:
	_told.append(message)
