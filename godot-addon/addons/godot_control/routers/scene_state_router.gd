extends "../http/http_router.gd"
## GET /state/scene: the scene that is running now, asked of the scene tree itself.

const GcMainThread = preload("../engine/main_thread.gd")
const GcSceneProof = preload("../engine/scene_proof.gd")

var _main_thread: GcMainThread
var _tree: SceneTree


func _init(main_thread: GcMainThread, tree: SceneTree) -> void:
	_main_thread = main_thread
	_tree = tree


func handle_get(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	_main_thread.run(_answer.bind(response))


func _answer(response: GcHttpResponse) -> void:
	var proof: Dictionary = GcSceneProof.of_current_scene(_tree)
	var state: Dictionary = {"loaded": not proof.is_empty(), "scene_path": null, "scene_name": null}
	state.merge(proof, true)
	response.json(200, state)
