extends RefCounted
## Loads one scene at a time and proves that it runs: it is in place and has been through one whole frame.

const GcMainThread = preload("main_thread.gd")
const GcErrorLog = preload("error_log.gd")
const GcIssueList = preload("issue_list.gd")
const GcSceneChange = preload("scene_change.gd")
const GcSceneIssues = preload("scene_issues.gd")
const GcSceneProof = preload("scene_proof.gd")

## What is read within this time is small: the next time it is read in place, which takes less time than a thread.
const QUICK_USEC: int = 2_000
## After so long, looking at every chance takes more from the threads that read than it gains.
const PATIENCE_USEC: int = 20_000
## What changes as often before it has been through a frame goes on to: a scene that reloads itself, or two.
const MAX_CHANGES: int = 30
## A whole frame has passed when the second one after the change begins.
const SETTLE_FRAMES: int = 2

## The load's stage or percentage changed.
signal progressed(id: String, stage: String, percent: float)
## A load has ended, well or not, or the game changed the scene by itself.
signal settled

var _tree: SceneTree
var _main_thread: GcMainThread
var _error_log: GcErrorLog
var _issues: GcSceneIssues
var _path: String = ""
var _id: String = ""
var _began_usec: int = 0
var _is_restartable: bool = false
var _done: Callable = Callable()
var _loading: bool = false
var _settle_in: int = 0
## How often the scene has changed since one was put in place, or has settled.
var _changes: int = 0
## No scene was current when the last change should have settled: another one may be under way.
var _was_empty: bool = false
var _is_booting: bool = true
var _percent: float = -1.0
## Scenes that were read quickly. What changes on disk comes with a new engine.
var _quick: Dictionary[String, bool] = {}
var _last_proof: Dictionary = {}
var _last_scene: String = ""
## How many scenes have been proved.
var _generation: int = 0
## Which node the last proof is of; a game may also set SceneTree.current_scene by itself.
var _proved_id: int = 0


func _init(
	tree: SceneTree, main_thread: GcMainThread, error_log: GcErrorLog, issues: GcSceneIssues
) -> void:
	_tree = tree
	_main_thread = main_thread
	_error_log = error_log
	_issues = issues
	@warning_ignore_start("return_value_discarded")
	_tree.process_frame.connect(_on_frame)
	_tree.scene_changed.connect(_on_scene_changed)
	@warning_ignore_restore("return_value_discarded")


## Puts the first scene in place before the tree comes alive, as the engine itself does with a main scene:
## autoloads find it in their _ready. Nothing is booted into where [param path] is empty or cannot be loaded.
func boot_into(path: String) -> void:
	_settle_in = SETTLE_FRAMES
	if path.is_empty():
		return
	_issues.set_complete(path)
	var packed: PackedScene = ResourceLoader.load(path, "PackedScene") as PackedScene
	var scene: Node = packed.instantiate() if packed != null and packed.can_instantiate() else null
	if scene != null:
		_last_scene = path
		_tree.root.add_child(scene)
		_tree.current_scene = scene


## The path of the scene that was put in place last; empty where that has none.
func get_last_scene() -> String:
	return _last_scene


func is_busy() -> bool:
	return not _path.is_empty()


## Whether the first frame, or the last change, is behind us.
func is_settled() -> bool:
	return _settle_in == 0 and not is_busy()


## The proof of the last change of scene; empty before the first.
func get_proof() -> Dictionary:
	return _last_proof


## Loads the scene at [param path]; [param id] names the load in its progress. [param done] is called with
## (ok: bool, proof: Dictionary, issues: GcIssueList, stale: String) when it has been proved, has failed, or is given
## up because of the script [code]stale[/code], which it found broken: which of the scripts that need it are said to
## fail as well depends on what was in memory before, so that only a new engine says the same each time. It is given
## up only where it [param is_restartable]. Main thread only.
func load_scene(path: String, id: String, is_restartable: bool, done: Callable) -> void:
	_path = path
	_id = id
	_is_restartable = is_restartable
	_done = done
	_began_usec = Time.get_ticks_usec()
	_percent = -1.0
	if _issues.find_stale(path).is_empty():
		_issues.set_complete(path)
	GcErrorLog.keep_on()
	_error_log.begin_load()
	_error_log.is_loading_here = true
	if _quick.has(path):
		_change(ResourceLoader.load(path, "PackedScene") as PackedScene)
		return
	# On one thread: with several, a resource that fails makes the engine raise errors of its own (Invalid Task ID).
	if ResourceLoader.load_threaded_request(path, "PackedScene") != OK:
		_finish(false)
		return
	# While other threads read, the main thread runs the scene before it.
	_error_log.is_loading_here = false
	_loading = true
	_main_thread.hurry(true)


func _on_frame() -> void:
	if _loading:
		_main_thread.hurry(Time.get_ticks_usec() - _began_usec < PATIENCE_USEC)
		_poll()
	elif _settle_in > 0:
		_main_thread.hurry(true)
		_settle_in -= 1
		if _settle_in == 0:
			_settle()
	elif _get_scene_id() != _proved_id:
		# The game has set SceneTree.current_scene by itself.
		_on_scene_changed()


func _poll() -> void:
	var progress: Array[float] = []
	var status: ResourceLoader.ThreadLoadStatus = ResourceLoader.load_threaded_get_status(_path, progress)
	match status:
		ResourceLoader.THREAD_LOAD_IN_PROGRESS:
			var percent: float = floorf(progress[0] * 100.0) if not progress.is_empty() else 0.0
			if percent != _percent:
				_percent = percent
				progressed.emit(_id, "loading", percent)
		_:
			_loading = false
			_error_log.is_loading_here = true
			# One that failed has to be collected too: the engine would not read it again, and not say why.
			var packed: PackedScene = ResourceLoader.load_threaded_get(_path) as PackedScene
			_change(packed if packed != null else _load_in_place())


## Reads once more what could not be read: the engine gives a load up while some of its threads are still at it, and
## have not said yet what is wrong.
func _load_in_place() -> PackedScene:
	_error_log.repeat_load()
	_issues.read_what_was_begun(_path)
	return ResourceLoader.load(_path, "PackedScene") as PackedScene


func _change(packed: PackedScene) -> void:
	if packed != null and Time.get_ticks_usec() - _began_usec < QUICK_USEC:
		_quick[_path] = true
	else:
		@warning_ignore("return_value_discarded")
		_quick.erase(_path)
	# One that cannot be read is not worth the end of the scene before.
	var stale: String = _find_stale() if packed != null else ""
	if not stale.is_empty() or not GcSceneChange.put_in_place(packed, _tree, _error_log):
		_finish(false, stale)
		return
	_changes = 0
	_main_thread.hurry(true)
	progressed.emit(_id, "verifying", 100.0)


func _on_scene_changed() -> void:
	_last_scene = _tree.current_scene.scene_file_path if _tree.current_scene != null else ""
	_was_empty = false
	_settle_in = SETTLE_FRAMES
	if not is_busy():
		_error_log.begin_scene()
	# While the scene that is wanted is still being read, it is the one before that changes.
	if not _loading:
		_changes += 1
		if _changes == MAX_CHANGES:
			_give_up()


## No scene is current for long enough to be proved: that is told, and a load does not wait for it.
func _give_up() -> void:
	_last_proof = {}
	var words: String = "The scene changed %d times before one had been through a frame." % _changes
	_error_log.note(words + " Look for a change of scene, or a reload, in a _ready().", _last_scene)
	if is_busy():
		_finish(false)
	else:
		_is_booting = false
		settled.emit()
	_settle_in = SETTLE_FRAMES


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
		if is_busy() or _is_booting:
			_last_proof["load_seconds"] = (Time.get_ticks_usec() - _began_usec) / 1e6
	_is_booting = false
	if is_busy():
		_finish(true, _find_stale())
	else:
		settled.emit()


func _find_stale() -> String:
	return _error_log.find_newly_broken_script() if _is_restartable else ""


func _finish(succeeded: bool, stale: String = "") -> void:
	var issues: GcIssueList = _issues.collect(_path)
	var done: Callable = _done
	_error_log.end_load(_path, succeeded)
	_path = ""
	_done = Callable()
	_settle_in = 0
	_main_thread.hurry()
	done.call(succeeded, _last_proof, issues, stale)
	settled.emit()
