extends Logger
## Keeps the last errors and warnings, from whatever thread they come, so that a load can tell what was
## raised while it ran.

const CAPACITY: int = 200
const MAX_MESSAGE: int = 8192

var _mutex: Mutex = Mutex.new()
var _entries: Array[Dictionary] = []
var _count: int = 0


## The place after the newest entry; hand it to [method since] later.
func get_mark() -> int:
	_mutex.lock()
	var count: int = _count
	_mutex.unlock()
	return count


## What came after [param mark] and is still kept, oldest first.
func since(mark: int) -> Array[Dictionary]:
	_mutex.lock()
	var first: int = maxi(0, _entries.size() - (_count - mark))
	var found: Array[Dictionary] = _entries.slice(first)
	_mutex.unlock()
	return found


func _log_error(
	function: String,
	file: String,
	line: int,
	code: String,
	rationale: String,
	_editor_notify: bool,
	error_type: int,
	script_backtraces: Array[ScriptBacktrace]
) -> void:
	var frames: Array[Dictionary] = []
	for backtrace: ScriptBacktrace in script_backtraces:
		for index: int in backtrace.get_frame_count():
			frames.append({
				"function": backtrace.get_frame_function(index),
				"file": backtrace.get_frame_file(index),
				"line": backtrace.get_frame_line(index),
			})
	var entry: Dictionary = {
		"time": Time.get_unix_time_from_system(),
		"type": error_type,
		"message": (code if rationale.is_empty() else rationale).left(MAX_MESSAGE),
		"function": function,
		"file": file,
		"line": line,
		"backtrace": frames,
	}
	_mutex.lock()
	_count += 1
	_entries.append(entry)
	if _entries.size() > CAPACITY:
		_entries.remove_at(0)
	_mutex.unlock()
