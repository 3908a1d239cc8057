extends RefCounted
## The commands of one service: override what names them.


## Each by its whole name. It takes a call, on the main thread, and answers it then or later.
func get_commands() -> Dictionary[String, Callable]:
	return {}
