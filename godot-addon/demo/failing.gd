extends Node2D
## A script that fails in _ready: a load of its scene succeeds, and says so.


func _ready() -> void:
	push_warning("This scene warns, and then it fails.")
	var nothing: Node = get_node_or_null("Nothing")
	print(nothing.name)
