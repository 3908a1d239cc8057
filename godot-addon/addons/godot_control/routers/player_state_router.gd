extends "../http/http_router.gd"
## GET /state/player: whether there is a player, and where in the tree.

const MainThread = preload("../engine/main_thread.gd")
const PlayerWatch = preload("../engine/player_watch.gd")

var _main_thread: MainThread
var _player_watch: PlayerWatch


func _init(main_thread: MainThread, player_watch: PlayerWatch) -> void:
	_main_thread = main_thread
	_player_watch = player_watch


func handle_get(_request: HttpRequest, response: HttpResponse) -> void:
	_main_thread.run(_answer.bind(response))


func _answer(response: HttpResponse) -> void:
	_player_watch.update()
	response.json(200, _player_watch.to_dictionary())
