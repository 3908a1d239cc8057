extends RefCounted
## The caller of a command, whichever way the call came. It is answered once.

## What it has called for, and what takes a while, has begun.
signal begun

const FAILED: String = "The addon failed at this call; the log (GET /logs) says why. Please report it."

## What it sent; empty where that is no Dictionary.
var payload: Dictionary
## Whether its answer is to be put into bytes by another thread.
var is_answer_large: bool = false

var _mutex: Mutex = Mutex.new()
var _done: Callable
var _told: Callable
var _is_over: bool = false
var _has_left: bool = false


## [param done] is called with (is_answer: bool, payload: Variant), and [param told] with each message before that.
func _init(sent: Variant, done: Callable, told: Callable = Callable()) -> void:
	payload = sent if sent is Dictionary else {}
	_done = done
	_told = told


## Tells that it has begun.
func begin() -> void:
	begun.emit()


## Tells of something before the answer; where the caller is slow, the latest takes the place of those before it.
func tell(message: Dictionary) -> void:
	if not _is_over and not _has_left:
		_told.call(message)


## May be called from any thread.
func answer(result: Variant) -> void:
	if _end():
		_done.call(true, result)


## An answer that no frame of the game is to wait for while it is put into bytes. Nothing may change it any more.
func answer_large(result: Dictionary) -> void:
	is_answer_large = true
	answer(result)


## [param reason] is a name of the contract's ErrorReason, or of what the server and the addon have agreed on.
func fail(reason: String, message: String, details: Dictionary = {}) -> void:
	if _end():
		_done.call(false, {"reason": reason, "message": message}.merged(details))


## It is told nothing more.
func forget() -> void:
	@warning_ignore("return_value_discarded")
	_end()


## It does not wait any longer, of which the main thread is to be told; false where that is on its way. May be called from
## any thread.
func leave() -> bool:
	_mutex.lock()
	var had_left: bool = _has_left
	_has_left = true
	_mutex.unlock()
	return not had_left


func has_left() -> bool:
	return _has_left


## Empty where it is no text.
func get_text(name: String) -> String:
	return _to_text(payload.get(name))


## Absent: [param otherwise].
func get_int(name: String, otherwise: int) -> int:
	var value: Variant = payload.get(name, otherwise)
	return value if value is int else otherwise


## Not more than [param most] of them.
func get_texts(name: String, most: int) -> PackedStringArray:
	var texts: PackedStringArray = []
	if payload.get(name) is Array:
		var values: Array = payload[name]
		for item: Variant in values.slice(0, most):
			@warning_ignore("return_value_discarded")
			texts.append(_to_text(item))
	return texts


func get_flag(name: String) -> bool:
	var value: Variant = payload.get(name)
	return value is bool and value


static func _to_text(value: Variant) -> String:
	return value if value is String or value is StringName else ""


## What worked for it has let it go, and said nothing: an error has ended that.
func _notification(what: int) -> void:
	# It has no functions any more, and at the engine's end nobody may be left to tell.
	if what == NOTIFICATION_PREDELETE and not _is_over and not _has_left and _done.is_valid():
		_done.call(false, {"reason": "CALL_FAILED", "message": FAILED})


## Whether it still waited.
func _end() -> bool:
	_mutex.lock()
	var was_over: bool = _is_over or _has_left
	_is_over = true
	_mutex.unlock()
	return not was_over
