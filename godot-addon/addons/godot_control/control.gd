extends RefCounted
## The addon's heart: wires the HTTP side to the engine's side. Each idea has its own file; this one only
## makes them and publishes what they know.

const GcSettings = preload("settings.gd")
const GcHttpServer = preload("http/http_server.gd")
const GcMainThread = preload("engine/main_thread.gd")
const GcErrorLog = preload("engine/error_log.gd")
const GcEventHub = preload("engine/event_hub.gd")
const GcSceneLoader = preload("engine/scene_loader.gd")
const GcPlayerWatch = preload("engine/player_watch.gd")
const GcHealthRouter = preload("routers/health_router.gd")
const GcEventsRouter = preload("routers/events_router.gd")
const GcPerformanceRouter = preload("routers/performance_router.gd")
const GcQuitRouter = preload("routers/quit_router.gd")
const GcPlayerStateRouter = preload("routers/player_state_router.gd")
const GcSceneStateRouter = preload("routers/scene_state_router.gd")
const GcSceneLoadRouter = preload("routers/scene_load_router.gd")

## The HTTP side is up, on this port; 0 where no port could be had.
signal listening(port: int)

## How often a sign of life is sent: a process that was stopped from outside gives none.
const BEAT_EVERY_MSEC: int = 500
## The main loop is reported as stuck from here on, and then once a second.
const STUCK_AFTER_MSEC: int = 1_000

var _settings: GcSettings
var _server: GcHttpServer
var _main_thread: GcMainThread = GcMainThread.new()
var _error_log: GcErrorLog = GcErrorLog.new()
var _hub: GcEventHub = GcEventHub.new()
var _loader: GcSceneLoader
var _player_watch: GcPlayerWatch
var _is_ready: bool = false
var _boot_errors: Array[Dictionary] = []
var _stuck_seconds: int = 0
var _next_beat_msec: int = 0


func _init(settings: GcSettings) -> void:
	_settings = settings
	OS.add_logger(_error_log)


## Brings the HTTP side up, then the scene to boot into.
func start(tree: SceneTree) -> void:
	_main_thread.start(tree)
	_player_watch = GcPlayerWatch.new(tree, _settings.player_group, _settings.player_name)
	_loader = GcSceneLoader.new(tree, _main_thread, _error_log)
	@warning_ignore_start("return_value_discarded")
	_loader.progressed.connect(_on_load_progressed)
	_loader.settled.connect(_on_settled)
	tree.process_frame.connect(_on_frame)
	@warning_ignore_restore("return_value_discarded")
	_server = GcHttpServer.new(_settings.secret)
	_server.on_turn = _watch_main_loop
	_server.register_router("/health", GcHealthRouter.new(describe))
	_server.register_router("/events", GcEventsRouter.new(_hub))
	_server.register_router("/quit", GcQuitRouter.new(_main_thread, tree))
	_server.register_router("/state/player", GcPlayerStateRouter.new(_main_thread, _player_watch))
	_server.register_router("/state/scene", GcSceneStateRouter.new(_main_thread, tree))
	_server.register_router("/state/performance", GcPerformanceRouter.new(_main_thread))
	_server.register_router("/scene/load", GcSceneLoadRouter.new(_main_thread, _loader, _player_watch))
	_hub.publish("hello", {"nonce": _settings.nonce, "pid": OS.get_process_id()})
	# The sockets come first: a scene that never returns from its _init can be seen to hang.
	listening.emit(_server.start(_settings.port))
	_loader.boot_into(_settings.scene)


func stop() -> void:
	_server.stop()
	OS.remove_logger(_error_log)


## Who this is and how it is. May be called from any thread.
func describe() -> Dictionary:
	return {
		"status": "ok" if _is_ready else "starting",
		"server": "godot_control",
		"nonce": _settings.nonce,
		"pid": OS.get_process_id(),
		"engine_version": Engine.get_version_info()["string"],
		"ready": _is_ready,
		"main_loop_stuck_msec": _main_thread.get_stuck_msec(),
	}


func _on_frame() -> void:
	# While a scene is on its way, its player would be told beside the scene before it.
	if _player_watch.update() and _loader.is_settled():
		_publish_state()


func _on_settled() -> void:
	if not _is_ready:
		_is_ready = true
		_boot_errors = _error_log.since(0)
	_player_watch.look_anew()
	_publish_state()


func _on_load_progressed(id: String, stage: String, percent: float) -> void:
	# Who gave no id does not want to know.
	if not id.is_empty():
		_hub.publish("progress", {"id": id, "stage": stage, "percent": percent}, true)


func _publish_state() -> void:
	_hub.publish("state", {
		"ready": _is_ready,
		"scene": _loader.get_proof(),
		"player": _player_watch.to_dictionary(),
		"boot_errors": _boot_errors,
	})


## On the sockets' thread: gives a sign of life, and says while the main loop is stuck that it is.
func _watch_main_loop() -> void:
	if Time.get_ticks_msec() >= _next_beat_msec:
		_next_beat_msec = Time.get_ticks_msec() + BEAT_EVERY_MSEC
		_hub.publish("beat", {}, true)
	@warning_ignore("integer_division")
	var seconds: int = _main_thread.get_stuck_msec() / STUCK_AFTER_MSEC
	if seconds != _stuck_seconds:
		_stuck_seconds = seconds
		_hub.publish("main_loop", {"stuck_seconds": seconds})
