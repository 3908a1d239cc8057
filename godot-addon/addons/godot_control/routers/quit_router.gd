extends "../http/http_router.gd"
## POST /quit: ends the game in its own way, so that it can save what it has to.

const GcMainThread = preload("../engine/main_thread.gd")

var _main_thread: GcMainThread
var _tree: SceneTree


func _init(main_thread: GcMainThread, tree: SceneTree) -> void:
	_main_thread = main_thread
	_tree = tree


func handle_post(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	_main_thread.run(_quit.bind(response))


func _quit(response: GcHttpResponse) -> void:
	response.json(200, {"status": "quitting"})
	# What a player's click on the window's close button does: projects that save on close do so.
	_tree.root.propagate_notification(Node.NOTIFICATION_WM_CLOSE_REQUEST)
	_tree.quit()
