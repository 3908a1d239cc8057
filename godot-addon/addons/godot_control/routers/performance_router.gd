extends "../http/http_router.gd"
## GET /state/performance: what the engine counts of itself (the class reference's Performance.Monitor).

const GcMainThread = preload("../engine/main_thread.gd")

var _main_thread: GcMainThread


func _init(main_thread: GcMainThread) -> void:
	_main_thread = main_thread


func handle_get(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	_main_thread.run(_answer.bind(response))


## Times are in seconds, memory in bytes.
func _answer(response: GcHttpResponse) -> void:
	response.json(200, {
		"fps": Performance.get_monitor(Performance.TIME_FPS),
		"process_time": Performance.get_monitor(Performance.TIME_PROCESS),
		"physics_process_time": Performance.get_monitor(Performance.TIME_PHYSICS_PROCESS),
		"static_memory": int(Performance.get_monitor(Performance.MEMORY_STATIC)),
		"object_count": int(Performance.get_monitor(Performance.OBJECT_COUNT)),
		"resource_count": int(Performance.get_monitor(Performance.OBJECT_RESOURCE_COUNT)),
		"node_count": int(Performance.get_monitor(Performance.OBJECT_NODE_COUNT)),
		"orphan_node_count": int(Performance.get_monitor(Performance.OBJECT_ORPHAN_NODE_COUNT)),
	})
