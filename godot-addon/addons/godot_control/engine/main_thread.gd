extends RefCounted
## Hands work from other threads to the main loop, which does it at once, also while it waits for its next frame.
##
## Where nothing limits the main loop by itself, the engine lets it sleep at the end of each frame, and nothing wakes it
## there. So the same time is waited for here, within the frame and before the engine does: work wakes it, and the
## engine finds no time left to sleep. Frames stay as long as they are without the addon.

const GcPacer = preload("pacer.gd")

## A frame has begun, and nothing was done in it yet.
signal frame_begun
## The main loop goes on after it has stood still, before it does anything else. On the main thread.
signal moved_on

## It stands still, and does not merely take its time, from here on.
const STUCK_AFTER_MSEC: int = 1_000

var _mutex: Mutex = Mutex.new()
var _jobs: Array[Callable] = []
var _pacer: GcPacer = GcPacer.new()
## The last frame that was hurried.
var _hurried_frame: int = -1
var _is_waiting: bool = false
var _last_frame_msec: int = Time.get_ticks_msec()


## Begins to wait in each frame: after all others that follow [signal SceneTree.process_frame] and may hurry. Frames are
## not limited to [param most_fps] where anything else limits them, or it is 0.
func start(tree: SceneTree, most_fps: int) -> void:
	_pacer.start(tree, most_fps)
	@warning_ignore("return_value_discarded")
	tree.process_frame.connect(_on_frame)


func stop() -> void:
	_pacer.stop()


## Runs [param job] on the main thread. May be called from any thread.
func run(job: Callable) -> void:
	_mutex.lock()
	_jobs.append(job)
	_mutex.unlock()
	_pacer.wake()


## Lets the next frame follow this one at once: a caller waits for it. Main thread only.
func hurry() -> void:
	_hurried_frame = Engine.get_process_frames()


## For how long no frame has begun, in milliseconds, where that is not because of a wait for its time. May be called
## from any thread.
func get_stuck_msec() -> int:
	return 0 if _is_waiting else Time.get_ticks_msec() - _last_frame_msec


func _on_frame() -> void:
	_note_frame()
	frame_begun.emit()
	_run_jobs()
	if not _is_hurried():
		_pacer.begin_frame()
	while not _is_hurried() and _wait():
		_run_jobs()
	if _is_hurried():
		_pacer.hurry_frame()


func _is_hurried() -> bool:
	return _hurried_frame == Engine.get_process_frames()


func _wait() -> bool:
	_is_waiting = true
	var is_early: bool = _pacer.wait()
	_last_frame_msec = Time.get_ticks_msec()
	_is_waiting = false
	return is_early


func _note_frame() -> void:
	var was_stuck: bool = get_stuck_msec() >= STUCK_AFTER_MSEC
	_last_frame_msec = Time.get_ticks_msec()
	if was_stuck:
		moved_on.emit()


func _run_jobs() -> void:
	_mutex.lock()
	var jobs: Array[Callable] = _jobs
	_jobs = []
	_mutex.unlock()
	for job: Callable in jobs:
		job.call()
