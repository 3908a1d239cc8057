extends "../http/http_router.gd"
## POST /scene/load {"scene_path": "res://main.tscn"}: begins to load a scene. With "wait": true the answer
## comes when the scene is proved to run, and carries the proof. An "id" comes back in each event of its progress.

const GcMainThread = preload("../engine/main_thread.gd")
const GcSceneLoader = preload("../engine/scene_loader.gd")
const GcPlayerWatch = preload("../engine/player_watch.gd")
const GcProjectPath = preload("../engine/project_path.gd")

var _main_thread: GcMainThread
var _loader: GcSceneLoader
var _player_watch: GcPlayerWatch


func _init(main_thread: GcMainThread, loader: GcSceneLoader, player_watch: GcPlayerWatch) -> void:
	_main_thread = main_thread
	_loader = loader
	_player_watch = player_watch


func handle_post(request: GcHttpRequest, response: GcHttpResponse) -> void:
	var body: Dictionary = request.get_body_parsed()
	if not body.get("scene_path") is String:
		response.fail(400, "The body must be JSON with a scene_path.")
		return
	var given: String = body["scene_path"]
	var path: String = _to_scene_path(given)
	if path.is_empty():
		response.fail(400, "%s is not the path of a scene in the project." % given)
		return
	var wait: bool = body.get("wait", false) == true
	_main_thread.run(_load.bind(path, str(body.get("id", "")), wait, response))


## The normalised path of a scene inside the project; empty where it is none.
func _to_scene_path(given: String) -> String:
	var path: String = given
	if given.begins_with("uid://"):
		var id: int = ResourceUID.text_to_id(given)
		path = ResourceUID.get_id_path(id) if ResourceUID.has_id(id) else ""
	var normal: String = path.simplify_path()
	var inside: bool = normal.begins_with("res://") and not normal.contains("..") and normal == path
	var is_scene: bool = path.get_extension().to_lower() in ["tscn", "scn"]
	return path if inside and is_scene and GcProjectPath.is_inside(path) else ""


func _load(path: String, id: String, wait: bool, response: GcHttpResponse) -> void:
	if _loader.is_busy():
		response.fail(409, "Another scene is being loaded.")
		return
	if not ResourceLoader.exists(path, "PackedScene"):
		response.fail(404, "No such scene: %s" % path)
		return
	_loader.load_scene(path, id, _answer.bind(wait, response))
	if not wait:
		response.json(200, {"status": "loading", "scene": path})


func _answer(ok: bool, proof: Dictionary, issues: Array[Dictionary], wait: bool, response: GcHttpResponse) -> void:
	if not wait:
		return
	if ok:
		_player_watch.look_anew()
		var player: Dictionary = _player_watch.to_dictionary()
		response.json(200, {"status": "loaded", "scene": proof, "issues": issues, "player": player})
	else:
		response.json(422, {"status": "failed", "issues": issues})
