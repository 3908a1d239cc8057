extends "../http/http_router.gd"
## POST /quit: ends the game in its own way, so that it can save what it has to.

const GcMainThread = preload("../engine/main_thread.gd")

## How long a game that does not quit by itself (SceneTree.auto_accept_quit) is waited for.
const GRACE_SEC: float = 2.0

var _main_thread: GcMainThread
var _tree: SceneTree


func _init(main_thread: GcMainThread, tree: SceneTree) -> void:
	_main_thread = main_thread
	_tree = tree


func handle_post(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	_main_thread.run(_quit.bind(response))


## As a player's click on the window's close button: projects that save on close do so.
func _quit(response: GcHttpResponse) -> void:
	response.json(200, {"status": "quitting"})
	_tree.root.propagate_notification(Node.NOTIFICATION_WM_CLOSE_REQUEST)
	_tree.root.close_requested.emit()
	if _tree.auto_accept_quit:
		_tree.quit()
	else:
		# Such a game quits by itself once it has saved. One that asks its player first would wait for ever.
		@warning_ignore("return_value_discarded")
		_tree.create_timer(GRACE_SEC, true, false, true).timeout.connect(_tree.quit)
