extends "../http/http_router.gd"
## GET /state/player: whether there is a player, and where in the tree.

const GcMainThread = preload("../engine/main_thread.gd")
const GcPlayerWatch = preload("../engine/player_watch.gd")

var _main_thread: GcMainThread
var _player_watch: GcPlayerWatch


func _init(main_thread: GcMainThread, player_watch: GcPlayerWatch) -> void:
	_main_thread = main_thread
	_player_watch = player_watch


func handle_get(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	_main_thread.run(_answer.bind(response))


func _answer(response: GcHttpResponse) -> void:
	_player_watch.look()
	response.json(200, _player_watch.to_dictionary())
