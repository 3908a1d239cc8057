extends "suite.gd"

const Worker = preload("../addons/godot_control/bus/worker.gd")

var _done: Array[int] = []
var _threads: Array[int] = []
var _all: Semaphore = Semaphore.new()


func test_does_one_job_after_the_other_on_a_thread_of_its_own() -> void:
	var worker: Worker = Worker.new(_note_thread)
	for job: int in 100:
		worker.run(_do.bind(job))
	for job: int in 100:
		_all.wait()
	worker.stop()
	check_same(_done, Array(range(100), TYPE_INT, &"", null))
	check(_threads.size() == 1 and _threads[0] != OS.get_main_thread_id(), "threads %s" % [_threads])


func test_that_has_no_job_has_no_thread_to_wait_for() -> void:
	Worker.new(_note_thread).stop()
	check(true, "it came back")


func _note_thread() -> void:
	_threads.append(OS.get_thread_caller_id())


func _do(job: int) -> void:
	_done.append(job)
	_all.post()
