extends RefCounted
## The caller of a command, whichever way the call came. It is answered once.

## What it has called for, and what takes a while, has begun.
signal begun

## What it sent; empty where that is no Dictionary.
var payload: Dictionary

var _mutex: Mutex = Mutex.new()
var _done: Callable
var _is_over: bool = false
var _has_left: bool = false


## [param done] is called with (is_answer: bool, payload: Variant).
func _init(sent: Variant, done: Callable) -> void:
	payload = sent if sent is Dictionary else {}
	_done = done


## Tells that it has begun.
func begin() -> void:
	begun.emit()


## May be called from any thread.
func answer(result: Variant) -> void:
	if _end():
		_done.call(true, result)


## [param reason] is a name of the contract's ErrorReason, or of what the server and the addon have agreed on.
func fail(reason: String, message: String, details: Dictionary = {}) -> void:
	if _end():
		_done.call(false, {"reason": reason, "message": message}.merged(details))


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


func get_text(name: String) -> String:
	return str(payload.get(name, ""))


func get_flag(name: String) -> bool:
	return payload.get(name, false) == true


## Whether it still waited.
func _end() -> bool:
	_mutex.lock()
	var was_over: bool = _is_over or _has_left
	_is_over = true
	_mutex.unlock()
	return not was_over
