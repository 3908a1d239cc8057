extends RefCounted
## A thread that does what the main loop is not to wait for, one job after the other. It begins with its first job.

## Called on the thread as it begins.
var _on_thread: Callable
var _thread: Thread = Thread.new()
var _mutex: Mutex = Mutex.new()
var _jobs: Array[Callable] = []
var _more: Semaphore = Semaphore.new()
var _is_stopping: bool = false


func _init(on_thread: Callable) -> void:
	_on_thread = on_thread


## May be called from any thread.
func run(job: Callable) -> void:
	_mutex.lock()
	if not _thread.is_started():
		@warning_ignore("return_value_discarded")
		_thread.start(_work)
	_jobs.append(job)
	_mutex.unlock()
	_more.post()


## Waits for the job that is being done; those after it are dropped.
func stop() -> void:
	_is_stopping = true
	_more.post()
	if _thread.is_started():
		_thread.wait_to_finish()


func _work() -> void:
	_on_thread.call()
	_more.wait()
	while not _is_stopping:
		_mutex.lock()
		var job: Callable = _jobs.pop_front()
		_mutex.unlock()
		job.call()
		_more.wait()
