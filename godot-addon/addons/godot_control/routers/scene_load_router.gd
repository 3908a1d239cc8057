extends "../http/http_router.gd"
## POST /scene/load {"scene_path": "res://main.tscn"}: begins to load a scene. With "wait": true the answer
## comes when the scene is proved to run, and carries the proof. An "id" comes back in each event of its progress.
## With "restartable": true the client starts the engine anew where only that tells all that is wrong with the scene.

const GcMainThread = preload("../engine/main_thread.gd")
const GcSceneLoader = preload("../engine/scene_loader.gd")
const GcIssueList = preload("../engine/issue_list.gd")
const GcSceneIssues = preload("../engine/scene_issues.gd")
const GcPlayerWatch = preload("../engine/player_watch.gd")
const GcProjectPath = preload("../engine/project_path.gd")

## How many loads may wait for the one on its way.
const MAX_WAITING: int = 100

var _main_thread: GcMainThread
var _loader: GcSceneLoader
var _issues: GcSceneIssues
var _player_watch: GcPlayerWatch
var _waiting: Array[Callable] = []


func _init(
	main_thread: GcMainThread, loader: GcSceneLoader, issues: GcSceneIssues, player_watch: GcPlayerWatch
) -> void:
	_main_thread = main_thread
	_loader = loader
	_issues = issues
	_player_watch = player_watch
	@warning_ignore("return_value_discarded")
	_loader.settled.connect(_on_settled)


func handle_post(request: GcHttpRequest, response: GcHttpResponse) -> void:
	var body: Dictionary = request.get_body_parsed()
	if not body.get("scene_path") is String:
		response.fail(400, "The body must be JSON with a scene_path.")
		return
	var given: String = body["scene_path"]
	var path: String = _to_scene_path(given)
	if path.is_empty():
		response.fail(404, "No scene has the uid %s." % given, "SCENE_NOT_FOUND")
	elif not _is_scene_in_project(path):
		response.fail(400, "%s is not the path of a scene in the project." % given, "INVALID_SCENE_PATH")
	else:
		var wait: bool = body.get("wait", false) == true
		var is_restartable: bool = body.get("restartable", false) == true
		_main_thread.run(_load.bind(path, str(body.get("id", "")), wait, is_restartable, response))


## The path behind a [code]uid://[/code], or the path itself; empty where nothing has that uid.
func _to_scene_path(given: String) -> String:
	if not given.begins_with("uid://"):
		return given
	var id: int = ResourceUID.text_to_id(given)
	return ResourceUID.get_id_path(id) if ResourceUID.has_id(id) else ""


func _is_scene_in_project(path: String) -> bool:
	var normal: String = path.simplify_path()
	var is_inside: bool = normal.begins_with("res://") and ".." not in normal.split("/") and normal == path
	# Godot takes what stands after "::" for a resource within a file, and does not say later which scene it is.
	is_inside = is_inside and not path.contains("::")
	var is_scene: bool = path.get_extension().to_lower() in ["tscn", "scn"]
	return is_inside and is_scene and GcProjectPath.is_inside(path)


func _load(path: String, id: String, wait: bool, is_restartable: bool, response: GcHttpResponse) -> void:
	if _loader.is_busy():
		if _waiting.size() < MAX_WAITING:
			_waiting.append(_load.bind(path, id, wait, is_restartable, response))
		else:
			response.fail(409, "%d loads are waiting already." % MAX_WAITING, "QUEUE_FULL")
		return
	if not ResourceLoader.exists(path, "PackedScene"):
		response.fail(404, "No such scene: %s" % path, "SCENE_NOT_FOUND")
		_on_settled()
		return
	var stale: String = _issues.find_stale(path) if is_restartable else ""
	if not stale.is_empty():
		_answer_stale(stale, response)
		_on_settled()
		return
	_loader.load_scene(path, id, is_restartable, _answer.bind(path, wait, response))
	if not wait:
		response.json(200, {"status": "loading", "scene": path})


func _answer_stale(script: String, response: GcHttpResponse) -> void:
	response.json(409, {"status": "stale", "script": script})


func _on_settled() -> void:
	if not _waiting.is_empty() and not _loader.is_busy():
		var next: Callable = _waiting.pop_front()
		_main_thread.run(next)


func _answer(
	succeeded: bool,
	proof: Dictionary,
	issues: GcIssueList,
	stale: String,
	path: String,
	wait: bool,
	response: GcHttpResponse
) -> void:
	if not wait:
		return
	if not stale.is_empty():
		_answer_stale(stale, response)
		return
	var body: Dictionary = {
		"status": "loaded" if succeeded else "failed",
		"issues": issues.to_array(),
		"issue_count": issues.get_total(),
		"unimported": _issues.find_unimported(path),
		"scene": proof,
	}
	if succeeded:
		_player_watch.look_anew()
		body["player"] = _player_watch.to_dictionary()
	response.json(200 if succeeded else 422, body)
