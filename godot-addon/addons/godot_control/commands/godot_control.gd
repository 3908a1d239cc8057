extends "../bus/commands.gd"
## What is done with the engine itself.

const GcCaller = preload("../bus/caller.gd")

## How long a game that does not quit by itself (SceneTree.auto_accept_quit) is waited for.
const GRACE_SEC: float = 2.0

var _tree: SceneTree


func _init(tree: SceneTree) -> void:
	_tree = tree


func get_commands() -> Dictionary[String, Callable]:
	return {"godot_control.quit": quit}


## Ends the game in its own way, so that it can save what it has to: as a player's click on the window's close button.
func quit(caller: GcCaller) -> void:
	caller.answer({})
	_tell(_tree.root)
	_tree.root.close_requested.emit()
	if _tree.auto_accept_quit:
		_tree.quit()
	else:
		# Such a game quits by itself once it has saved. One that asks its player first would wait for ever.
		@warning_ignore("return_value_discarded")
		_tree.create_timer(GRACE_SEC, true, false, true).timeout.connect(_tree.quit)


## Asks all of the main window, and none of the windows and dialogs in it: those have buttons of their own.
static func _tell(root: Window) -> void:
	var waiting: Array[Node] = [root]
	while not waiting.is_empty():
		var node: Node = waiting.pop_back()
		# What it was told may have freed it.
		if not is_instance_valid(node):
			continue
		node.notification(Node.NOTIFICATION_WM_CLOSE_REQUEST)
		if not is_instance_valid(node):
			continue
		var children: Array[Node] = node.get_children(true)
		children.reverse()
		for child: Node in children:
			if not child is Window:
				waiting.append(child)
