extends RefCounted
## The addon's heart: wires the bus and the HTTP side to the engine's side. Each idea has its own file; this one only
## makes them and publishes what they know.

const GcLate = preload("late.gd")
const GcSettings = preload("settings.gd")
const GcHttpServer = preload("http/http_server.gd")
const GcHttpGuard = preload("http/http_guard.gd")
const GcBus = preload("bus/bus.gd")
const GcMainThread = preload("engine/main_thread.gd")
const GcAutoloads = preload("engine/autoloads.gd")
const GcErrorLog = preload("engine/error_log.gd")
const GcIssueList = preload("engine/issue_list.gd")
const GcSceneIssues = preload("engine/scene_issues.gd")
const GcSceneWatch = preload("engine/scene_watch.gd")
const GcSceneLoader = preload("engine/scene_loader.gd")
const GcPlayerWatch = preload("engine/player_watch.gd")
const GcGodotControlCommands = preload("commands/godot_control.gd")
const GcSceneCommands = preload("commands/scene.gd")

## The HTTP side is up, on this port; 0 where no port was free.
signal listening(port: int)

## What the server has to speak. It grows with each change that a server of before could not read.
const PROTOCOL: int = 4

## How often a sign of life is sent: a process that was stopped from outside gives none.
const BEAT_EVERY_MSEC: int = 500
## How many faults of scripts an event carries; the log has the others.
const MAX_FAULTS: int = 50

var _settings: GcSettings
var _late: GcLate = GcLate.new()
var _server: GcHttpServer
var _main_thread: GcMainThread = GcMainThread.new()
var _error_log: GcErrorLog = GcErrorLog.new()
var _bus: GcBus = GcBus.new(_main_thread.run, _error_log.ignore_this_thread)
var _scene_watch: GcSceneWatch
var _loader: GcSceneLoader
var _player_watch: GcPlayerWatch
var _port: int = 0
var _is_ready: bool = false
var _scene_issues: GcSceneIssues
var _fault_mark: int = 0
var _missing_autoloads: Dictionary[String, String] = {}
var _next_beat_msec: int = 0
## Guards what follows, which two threads tell.
var _mutex: Mutex = Mutex.new()
var _stuck_seconds: int = 0
var _is_told_reading: bool = false


func _init(settings: GcSettings) -> void:
	_settings = settings
	_scene_issues = GcSceneIssues.new(_error_log, settings.unimported)
	OS.add_logger(_error_log)
	ResourceLoader.add_resource_format_loader(_error_log.reader, true)
	GcErrorLog.keep_on()


## The engine is about to read this scene: what is raised from then on is the scene's, and no longer the project's.
func expect_main_scene(path: String) -> void:
	_error_log.reader.expect_first(path)


## Brings the HTTP side up, then the scene to boot into.
func start(tree: SceneTree) -> void:
	_missing_autoloads = GcAutoloads.get_missing(tree.root)
	_error_log.end_project(GcAutoloads.get_scripts(tree.root))
	_player_watch = GcPlayerWatch.new(tree, _settings.player_group, _settings.player_name)
	_scene_watch = GcSceneWatch.new(tree, _main_thread, _error_log)
	_loader = GcSceneLoader.new(tree, _error_log, _scene_issues, _scene_watch)
	@warning_ignore_start("return_value_discarded")
	_loader.progressed.connect(_on_load_progressed)
	_loader.settled.connect(_on_settled)
	tree.process_frame.connect(_on_frame)
	_main_thread.moved_on.connect(_tell_main_loop)
	@warning_ignore_restore("return_value_discarded")
	_main_thread.start(tree, _settings.most_fps)
	_serve(tree)
	_bus.publish("hello", {"protocol": PROTOCOL, "nonce": _settings.nonce, "pid": OS.get_process_id()})
	# The sockets come first: a scene that never returns from its _init can be seen to hang.
	_port = _server.start(_settings.port)
	listening.emit(_port)
	_loader.boot_into(_settings.scene)


func _serve(tree: SceneTree) -> void:
	var scenes: GcSceneCommands = GcSceneCommands.new(_main_thread, _loader, _scene_issues, _player_watch)
	var engine: GcGodotControlCommands = GcGodotControlCommands.new(tree)
	_bus.register("scene", func() -> GcSceneCommands: return scenes)
	_bus.register("godot_control", func() -> GcGodotControlCommands: return engine)
	_bus.register("node", _late.make.bind("commands/node.gd", [tree, _main_thread]))
	_server = GcHttpServer.new(GcHttpGuard.new(_settings.secret, _settings.open_paths))
	_server.on_thread = _error_log.ignore_this_thread
	_server.on_turn = _watch_main_loop
	_route("/bus", "bus_router", [_bus, PROTOCOL])
	_route("/health", "health_router", [describe])
	_route("/quit", "quit_router", [_main_thread, engine])
	_route("/state/player", "player_state_router", [_main_thread, _player_watch])
	_route("/state/scene", "scene_state_router", [_main_thread, tree])
	_route("/state/performance", "performance_router", [_main_thread])
	_route("/scene/load", "scene_load_router", [_main_thread, scenes])


func _route(path: String, router: String, arguments: Array) -> void:
	_server.register_router(path, _late.make.bind("routers/%s.gd" % router, arguments))


func stop() -> void:
	_server.stop()
	_bus.stop()
	_main_thread.stop()
	ResourceLoader.remove_resource_format_loader(_error_log.reader)
	OS.remove_logger(_error_log)


## The path of the scene that was put in place last.
func get_last_scene() -> String:
	return _scene_watch.get_last_scene()


## What this engine is and how it is, with the proof that answers [param challenge]. May be called from any thread.
func describe(challenge: String) -> Dictionary:
	return {
		"proof": _prove(challenge),
		"status": "ok" if _is_ready else "starting",
		"server": "godot_control",
		"protocol": PROTOCOL,
		"nonce": _settings.nonce,
		"pid": OS.get_process_id(),
		"engine_version": Engine.get_version_info()["string"],
		"ready": _is_ready,
		"main_loop_stuck_msec": _main_thread.get_stuck_msec(),
	}


## The port is part of it: a program on another port could hand the challenge on.
func _prove(challenge: String) -> String:
	if challenge.is_empty() or _settings.secret.is_empty():
		return ""
	var context: HMACContext = HMACContext.new()
	if context.start(HashingContext.HASH_SHA256, _settings.secret.to_utf8_buffer()) != OK:
		return ""
	var error: int = context.update(("%s %d" % [challenge, _port]).to_utf8_buffer())
	return context.finish().hex_encode() if error == OK else ""


func _on_frame() -> void:
	GcErrorLog.keep_on()
	var is_other_player: bool = _player_watch.update()
	# While a scene is on its way, its player and its faults would be told beside the scene before it.
	if _loader.is_settled() and (is_other_player or _error_log.get_fault_mark() != _fault_mark):
		_publish_state()


func _on_settled() -> void:
	if not _is_ready:
		# While the engine boots, the scene that it could not boot into is the one that is wanted.
		var path: String = _get_scene_path()
		_is_ready = true
		var issues: GcIssueList = _scene_issues.collect_current(path)
		_error_log.end_boot(path)
		_bus.publish("boot", {"issues": issues.to_array(), "issue_count": issues.get_total()})
	_player_watch.look_anew()
	_publish_state()


func _on_load_progressed(id: String, stage: String, percent: float) -> void:
	# Progress is only sent to callers that gave an id.
	if not id.is_empty():
		_bus.publish("progress", {"id": id, "stage": stage, "percent": percent}, true)


func _publish_state() -> void:
	# Another thread may raise one more meanwhile: it is told the next time.
	_fault_mark = _error_log.get_fault_mark()
	var faults: Array[Dictionary] = _scene_issues.collect_current(_get_scene_path()).to_array().filter(_is_fault)
	_bus.publish("state", {
		"ready": _is_ready,
		"scene": _scene_watch.get_proof(),
		"player": _player_watch.to_dictionary(),
		"unimported": _scene_issues.find_unimported(_get_scene_path()),
		"faults": faults.slice(0, MAX_FAULTS),
		"fault_count": faults.size(),
		"missing_autoloads": _missing_autoloads,
	})


## The scene that is wanted: the current one, or the one that the engine could not boot into.
func _get_scene_path() -> String:
	var proof: Dictionary = _scene_watch.get_proof()
	return proof.get("scene_path", "" if _is_ready else _settings.scene)


func _is_fault(entry: Dictionary) -> bool:
	return entry["type"] == Logger.ERROR_TYPE_SCRIPT


## On the sockets' thread: gives a sign of life, and says while the main loop is stuck that it is.
func _watch_main_loop() -> void:
	if Time.get_ticks_msec() >= _next_beat_msec:
		_next_beat_msec = Time.get_ticks_msec() + BEAT_EVERY_MSEC
		_bus.publish("beat", {}, true)
	_tell_main_loop()


## Once a second while it is stuck, and at once when it goes on: what it answers from then on is told after that.
func _tell_main_loop() -> void:
	_mutex.lock()
	@warning_ignore("integer_division")
	var seconds: int = _main_thread.get_stuck_msec() / GcMainThread.STUCK_AFTER_MSEC
	# It stands still while a scene is read, and does not hang.
	var is_reading: bool = seconds > 0 and _loader.is_reading()
	if seconds != _stuck_seconds or is_reading != _is_told_reading:
		_stuck_seconds = seconds
		_is_told_reading = is_reading
		_bus.publish("main_loop", {"stuck_seconds": seconds, "is_reading": is_reading})
	_mutex.unlock()
