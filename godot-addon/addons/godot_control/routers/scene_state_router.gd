extends "../http/http_router.gd"
## GET /state/scene: the scene that is running now, asked of the scene tree itself.

const MainThread = preload("../engine/main_thread.gd")
const SceneProof = preload("../engine/scene_proof.gd")

var _main_thread: MainThread
var _tree: SceneTree


func _init(main_thread: MainThread, tree: SceneTree) -> void:
	_main_thread = main_thread
	_tree = tree


func handle_get(_request: HttpRequest, response: HttpResponse) -> void:
	_main_thread.run(_answer.bind(response))


func _answer(response: HttpResponse) -> void:
	var proof: Dictionary = SceneProof.of_current_scene(_tree)
	var state: Dictionary = {"loaded": not proof.is_empty(), "scene_path": null, "scene_name": null}
	state.merge(proof, true)
	response.json(200, state)
