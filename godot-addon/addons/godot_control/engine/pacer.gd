extends RefCounted
## Knows when the next frame is due, as the engine itself would time it (OS::add_frame_delay), and wakes the main loop
## then, or before where there is work.

## How long the engine sleeps after a frame that is hurried, where nothing but its own setting makes it sleep.
const HURRIED_SLEEP_USEC: int = 1

var _tree: SceneTree
var _thread: Thread = Thread.new()
## Posted where the thread rests, and a frame is to be waited for.
var _needed: Semaphore = Semaphore.new()
## Guards what follows: a thread that goes to rest just as it is needed would not be woken.
var _mutex: Mutex = Mutex.new()
var _is_resting: bool = false
var _awake: Semaphore = Semaphore.new()
var _is_stopping: bool = false
var _most_fps: int = 0
var _period_usec: int = 0
## When the frame is due, in microseconds since the engine began.
var _due_usec: int = 0
## The project's own setting, while the engine has another one; -1 while it has this.
var _own_sleep_usec: int = -1


func start(tree: SceneTree, most_fps: int) -> void:
	_tree = tree
	_most_fps = most_fps
	@warning_ignore_start("return_value_discarded")
	_thread.start(_pace)
	_tree.physics_frame.connect(_restore_sleep)
	_tree.process_frame.connect(_restore_sleep)
	@warning_ignore_restore("return_value_discarded")


func stop() -> void:
	_is_stopping = true
	_needed.post()
	if _thread.is_started():
		_thread.wait_to_finish()


## Wakes the main loop, or keeps it from its next wait. May be called from any thread.
func wake() -> void:
	_awake.post()


## The frame that has just begun is due one period after the last one.
func begin_frame() -> void:
	var period_usec: int = _get_period_usec()
	var now: int = Time.get_ticks_usec()
	_mutex.lock()
	if period_usec != _period_usec:
		_period_usec = period_usec
		_due_usec = now
	# After one that was late, one is due at once, and those after it keep time with that: as the engine times them, which
	# would sleep by itself if a frame were due here before it is due there.
	_due_usec = clampi(_due_usec + period_usec, now, now + period_usec)
	var is_needed: bool = _is_resting and _due_usec > now
	if is_needed:
		_is_resting = false
	_mutex.unlock()
	if is_needed:
		_needed.post()


## The next frame follows this one at once. The frame after these is due a whole period after it begins: the engine,
## which times frames too, finds no time left then.
func hurry_frame() -> void:
	_period_usec = 0
	# At the end of this frame, after its timers and tweens, so that the game finds its own setting.
	@warning_ignore("return_value_discarded")
	_tree.create_timer(0.0, true, false, true).timeout.connect(_cut_sleep, CONNECT_DEFERRED)


## Waits for work, or for the frame's time; false where that has come.
func wait() -> bool:
	if Time.get_ticks_usec() >= _due_usec:
		return false
	_awake.wait()
	return true


func _cut_sleep() -> void:
	if _own_sleep_usec < 0:
		_own_sleep_usec = OS.low_processor_usage_mode_sleep_usec
		OS.low_processor_usage_mode_sleep_usec = mini(HURRIED_SLEEP_USEC, _own_sleep_usec)


func _restore_sleep() -> void:
	if _own_sleep_usec >= 0:
		# Another value is the game's own by now.
		if OS.low_processor_usage_mode_sleep_usec == mini(HURRIED_SLEEP_USEC, _own_sleep_usec):
			OS.low_processor_usage_mode_sleep_usec = _own_sleep_usec
		_own_sleep_usec = -1


## How long a frame takes at least. The engine's own limits, which a project may change at any time.
func _get_period_usec() -> int:
	var period_usec: int = 0
	if OS.low_processor_usage_mode or not DisplayServer.window_can_draw():
		period_usec = OS.low_processor_usage_mode_sleep_usec
	var fps: int = Engine.max_fps if Engine.max_fps > 0 else _most_fps
	@warning_ignore("integer_division")
	return maxi(period_usec, 1_000_000 / fps) if fps > 0 else period_usec


## Wakes the main loop when each frame is due. After that, the next one is mostly due a period later: the thread need not
## be told of each. It rests while frames are not waited for.
func _pace() -> void:
	var last_usec: int = 0
	while not _is_stopping:
		_mutex.lock()
		var due_usec: int = _due_usec
		var is_told: bool = due_usec > last_usec
		var left_usec: int = (due_usec if is_told else due_usec + _period_usec) - Time.get_ticks_usec()
		_is_resting = left_usec <= 0 and not is_told
		_mutex.unlock()
		if left_usec > 0:
			OS.delay_usec(left_usec)
		elif is_told:
			last_usec = due_usec
			_awake.post()
		else:
			_needed.wait()
