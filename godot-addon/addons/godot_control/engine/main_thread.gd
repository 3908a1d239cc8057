extends RefCounted
## Hands work from the sockets' thread to the main loop, which does it at the start of its next frame.
##
## Where nothing is drawn, the main loop sleeps between frames; while work is coming it sleeps less, and
## afterwards it goes back to the project's own pace.

## While a caller waits for a frame, or for several, the loop hardly sleeps.
const AWAITED_SLEEP_USEC: int = 1
const BUSY_SLEEP_USEC: int = 100
const BUSY_FOR_MSEC: int = 100

var _tree: SceneTree
var _mutex: Mutex = Mutex.new()
var _jobs: Array[Callable] = []
var _quiet_sleep_usec: int = OS.low_processor_usage_mode_sleep_usec
var _may_hurry: bool = DisplayServer.get_name() == "headless"
var _hurrying: bool = false
var _busy_until: int = 0
var _last_frame_msec: int = Time.get_ticks_msec()


func start(tree: SceneTree) -> void:
	_tree = tree
	@warning_ignore("return_value_discarded")
	_tree.process_frame.connect(_on_frame)


## Runs [param job] on the main thread, in the next frame. May be called from any thread.
func run(job: Callable) -> void:
	_mutex.lock()
	_jobs.append(job)
	_mutex.unlock()
	hurry()


## Keeps the main loop awake for the next moments; [param awaited]: a caller waits for the very next frame.
func hurry(awaited: bool = false) -> void:
	_busy_until = Time.get_ticks_msec() + BUSY_FOR_MSEC
	if _may_hurry:
		_hurrying = true
		var sleep_usec: int = AWAITED_SLEEP_USEC if awaited else BUSY_SLEEP_USEC
		OS.low_processor_usage_mode_sleep_usec = mini(sleep_usec, _quiet_sleep_usec)


## For how long no frame has begun, in milliseconds. May be called from any thread.
func get_stuck_msec() -> int:
	return Time.get_ticks_msec() - _last_frame_msec


func _on_frame() -> void:
	_last_frame_msec = Time.get_ticks_msec()
	if not _jobs.is_empty():
		_mutex.lock()
		var jobs: Array[Callable] = _jobs
		_jobs = []
		_mutex.unlock()
		for job: Callable in jobs:
			job.call()
	if _hurrying and _last_frame_msec > _busy_until:
		_hurrying = false
		OS.low_processor_usage_mode_sleep_usec = _quiet_sleep_usec
