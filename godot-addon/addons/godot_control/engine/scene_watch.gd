extends RefCounted
## Knows which scene is current, whoever changed it, and proves that it runs: it is in place and has been through one
## whole frame.

const GcMainThread = preload("main_thread.gd")
const GcErrorLog = preload("error_log.gd")
const GcSceneProof = preload("scene_proof.gd")

## What changes as often before it has been through a frame goes on to: a scene that reloads itself, or two.
const MAX_CHANGES: int = 30
## A whole frame has passed when the second one after the change begins.
const SETTLE_FRAMES: int = 2

## The last change is behind us: [param is_proved], or no scene was current for long enough.
signal settled(is_proved: bool)

var _tree: SceneTree
var _main_thread: GcMainThread
var _error_log: GcErrorLog
## The first scene, or none, has to be proved as well.
var _settle_in: int = SETTLE_FRAMES
## How often the scene has changed since one was put in place, or has settled.
var _changes: int = 0
## No scene was current when the last change should have settled: another one may be under way.
var _was_empty: bool = false
## When the change was asked for, since the engine began; -1 for one that the game made by itself.
var _asked_usec: int = 0
var _last_proof: Dictionary = {}
var _last_scene: String = ""
## How many scenes have been proved.
var _generation: int = 0
## Which node the last proof is of; a game may also set SceneTree.current_scene by itself.
var _proved_id: int = 0


func _init(tree: SceneTree, main_thread: GcMainThread, error_log: GcErrorLog) -> void:
	_tree = tree
	_main_thread = main_thread
	_error_log = error_log
	@warning_ignore_start("return_value_discarded")
	_tree.process_frame.connect(_on_frame)
	_tree.scene_changed.connect(_on_scene_changed)
	@warning_ignore_restore("return_value_discarded")


## The scene at [param path], which was asked for at [param asked_usec], takes the current one's place in this frame.
func expect(path: String, asked_usec: int) -> void:
	_last_scene = path
	_asked_usec = asked_usec
	_changes = 0
	_main_thread.hurry()


## The path of the scene that was put in place last; empty where that has none.
func get_last_scene() -> String:
	return _last_scene


## Whether the first frame, and the last change, are behind us.
func is_settled() -> bool:
	return _settle_in == 0 and _get_scene_id() == _proved_id


## The proof of the scene that has settled last; empty where none is current.
func get_proof() -> Dictionary:
	return _last_proof


func _on_frame() -> void:
	if _settle_in > 0:
		_settle_in -= 1
		if _settle_in == 0:
			_settle()
		if _settle_in > 0:
			_main_thread.hurry()
	elif _get_scene_id() != _proved_id:
		# The game has set SceneTree.current_scene by itself.
		_on_scene_changed()


func _on_scene_changed() -> void:
	_last_scene = _tree.current_scene.get_scene_file_path() if _tree.current_scene != null else ""
	_was_empty = false
	_settle_in = SETTLE_FRAMES
	_error_log.begin_scene(_last_scene)
	_changes += 1
	if _changes == MAX_CHANGES:
		_give_up()


## No scene is current for long enough to be proved: that is told, and nobody waits for it.
func _give_up() -> void:
	_last_proof = {}
	var words: String = "The scene changed %d times before one had been through a frame." % _changes
	_error_log.note(words + " Look for a change of scene, or a reload, in a _ready().", _last_scene)
	_asked_usec = -1
	settled.emit(false)


func _get_scene_id() -> int:
	return _tree.current_scene.get_instance_id() if _tree.current_scene != null else 0


func _settle() -> void:
	# From the request for a change until the end of that frame no scene is current.
	if _tree.current_scene == null and not _was_empty:
		_was_empty = true
		_settle_in = 1
		return
	_was_empty = false
	_changes = 0
	_proved_id = _get_scene_id()
	_last_proof = GcSceneProof.of_current_scene(_tree)
	if not _last_proof.is_empty():
		_generation += 1
		_last_proof["generation"] = _generation
		# The beginning of a change that the game makes by itself is not known.
		if _asked_usec >= 0:
			_last_proof["load_seconds"] = (Time.get_ticks_usec() - _asked_usec) / 1e6
	_asked_usec = -1
	settled.emit(true)
