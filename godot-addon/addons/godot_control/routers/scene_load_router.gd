extends "../http/http_router.gd"
## POST /scene/load {"scene_path": "res://main.tscn"}: begins to load a scene. With "wait": true the answer comes when
## the scene is proved to run, and carries the proof.

const GcCaller = preload("../bus/caller.gd")
const GcSceneCommands = preload("../commands/scene.gd")
const GcMainThread = preload("../engine/main_thread.gd")

## How HTTP says why a load has failed.
const STATUSES: Dictionary[String, int] = {
	"SCENE_NOT_FOUND": 404, "INVALID_SCENE_PATH": 400, "QUEUE_FULL": 409,
}

var _main_thread: GcMainThread
var _commands: GcSceneCommands


func _init(main_thread: GcMainThread, commands: GcSceneCommands) -> void:
	_main_thread = main_thread
	_commands = commands


func handle_post(request: GcHttpRequest, response: GcHttpResponse) -> void:
	var body: Dictionary = request.get_body_parsed()
	if not body.get("scene_path") is String:
		response.fail(400, "The body must be JSON with a scene_path.")
		return
	var caller: GcCaller = GcCaller.new({"scene_path": body["scene_path"]}, _respond.bind(response))
	if body.get("wait", false) != true:
		var begun: Dictionary = {"status": "loading", "scene": body["scene_path"]}
		@warning_ignore("return_value_discarded")
		caller.begun.connect(response.json.bind(200, begun))
	_main_thread.run(_commands.load_scene.bind(caller))


func _respond(is_answer: bool, payload: Dictionary, response: GcHttpResponse) -> void:
	if is_answer:
		response.json(200, {"status": "loaded"}.merged(payload))
		return
	var reason: String = payload["reason"]
	if reason == "SCENE_FAILED":
		response.json(422, {"status": "failed"}.merged(payload))
	else:
		var status: int = STATUSES.get(reason, 500)
		response.fail(status, str(payload["message"]), reason)
