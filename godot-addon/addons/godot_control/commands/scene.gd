extends "../bus/commands.gd"
## What is done with scenes.

const GcCaller = preload("../bus/caller.gd")
const GcMainThread = preload("../engine/main_thread.gd")
const GcSceneLoader = preload("../engine/scene_loader.gd")
const GcIssueList = preload("../engine/issue_list.gd")
const GcSceneIssues = preload("../engine/scene_issues.gd")
const GcPlayerWatch = preload("../engine/player_watch.gd")
const GcProjectPath = preload("../engine/project_path.gd")

## How many loads may wait for the one on its way.
const MAX_WAITING: int = 100

var _main_thread: GcMainThread
var _loader: GcSceneLoader
var _issues: GcSceneIssues
var _player_watch: GcPlayerWatch
var _waiting: Array[GcCaller] = []


func _init(
	main_thread: GcMainThread, loader: GcSceneLoader, issues: GcSceneIssues, player_watch: GcPlayerWatch
) -> void:
	_main_thread = main_thread
	_loader = loader
	_issues = issues
	_player_watch = player_watch
	@warning_ignore("return_value_discarded")
	_loader.settled.connect(_on_settled)


func get_commands() -> Dictionary[String, Callable]:
	return {"scene.load": load_scene}


## Loads the scene [code]scene_path[/code], and answers when it is proved to run, with its proof and with what it raised.
## An [code]id[/code] comes back in each event of its progress. [code]restartable[/code]: the client starts the engine
## anew where only that tells all that is wrong with the scene, which fails with STALE then, and the script that is.
## A load whose caller has gone goes on.
func load_scene(caller: GcCaller) -> void:
	var given: String = caller.get_text("scene_path")
	var path: String = _to_scene_path(given)
	if path.is_empty() and not given.is_empty():
		caller.fail("SCENE_NOT_FOUND", "No scene has the uid %s." % given)
	elif not _is_scene_in_project(path):
		caller.fail("INVALID_SCENE_PATH", "%s is not the path of a scene in the project." % given)
	elif not _loader.is_busy():
		_begin(caller, path)
	elif _waiting.size() < MAX_WAITING:
		_waiting.append(caller)
	else:
		caller.fail("QUEUE_FULL", "%d loads are waiting already." % MAX_WAITING)


func _begin(caller: GcCaller, path: String) -> void:
	var is_restartable: bool = caller.get_flag("restartable")
	var stale: String = _issues.find_stale(path) if is_restartable else ""
	if not ResourceLoader.exists(path, "PackedScene"):
		caller.fail("SCENE_NOT_FOUND", "No such scene: %s" % path)
		_on_settled()
	elif not stale.is_empty():
		_fail_stale(caller, stale)
		_on_settled()
	else:
		_loader.load_scene(path, caller.get_text("id"), is_restartable, _answer.bind(path, caller))
		caller.begin()


func _fail_stale(caller: GcCaller, script: String) -> void:
	caller.fail("STALE", "Only an engine that starts anew tells all that is wrong because of %s." % script, {"script": script})


func _on_settled() -> void:
	_waiting = _waiting.filter(_is_awaited)
	if not _waiting.is_empty() and not _loader.is_busy():
		var next: GcCaller = _waiting.pop_front()
		_main_thread.run(load_scene.bind(next))


func _is_awaited(caller: GcCaller) -> bool:
	return not caller.has_left()


func _answer(
	succeeded: bool, proof: Dictionary, issues: GcIssueList, stale: String, path: String, caller: GcCaller
) -> void:
	if not stale.is_empty():
		_fail_stale(caller, stale)
		return
	var result: Dictionary = {
		"scene": proof,
		"issues": issues.to_array(),
		"issue_count": issues.get_total(),
		"unimported": _issues.find_unimported(path),
	}
	if succeeded:
		_player_watch.look_anew()
		result["player"] = _player_watch.to_dictionary()
		caller.answer(result)
	else:
		caller.fail("SCENE_FAILED", "%s was not loaded." % path, result)


## The path behind a [code]uid://[/code], or the path itself; empty where nothing has that uid.
func _to_scene_path(given: String) -> String:
	if not given.begins_with("uid://"):
		return given
	var id: int = ResourceUID.text_to_id(given)
	return ResourceUID.get_id_path(id) if ResourceUID.has_id(id) else ""


func _is_scene_in_project(path: String) -> bool:
	var normal: String = path.simplify_path()
	var is_inside: bool = normal.begins_with("res://") and ".." not in normal.split("/") and normal == path
	# Godot takes what stands after "::" for a resource within a file, and does not say later which scene it is.
	is_inside = is_inside and not path.contains("::")
	var is_scene: bool = path.get_extension().to_lower() in ["tscn", "scn"]
	return is_inside and is_scene and GcProjectPath.is_inside(path)
