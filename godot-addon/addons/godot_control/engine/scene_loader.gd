extends RefCounted
## Loads one scene at a time.

const GcMainThread = preload("main_thread.gd")
const GcErrorLog = preload("error_log.gd")
const GcIssueList = preload("issue_list.gd")
const GcSceneChange = preload("scene_change.gd")
const GcSceneIssues = preload("scene_issues.gd")
const GcSceneWatch = preload("scene_watch.gd")

## What is read within this time is small: the next time it is read in place, which takes less time than a thread.
const QUICK_USEC: int = 2_000
## After so long, looking at every chance takes more from the threads that read than it gains.
const PATIENCE_USEC: int = 20_000

## The load's stage or percentage changed.
signal progressed(id: String, stage: String, percent: float)
## A load has ended, well or not, or the game changed the scene by itself.
signal settled

## What a load goes through.
enum Stage { NONE, READING, VERIFYING, FAILED }

var _tree: SceneTree
var _main_thread: GcMainThread
var _error_log: GcErrorLog
var _issues: GcSceneIssues
var _watch: GcSceneWatch
var _stage: Stage = Stage.NONE
var _path: String = ""
var _id: String = ""
var _began_usec: int = 0
var _is_restartable: bool = false
var _done: Callable = Callable()
var _percent: float = -1.0
## Why only a new engine tells all that is wrong with the scene; empty where this one does.
var _stale: String = ""
## Scenes that were read quickly. What changes on disk comes with a new engine.
var _quick: Dictionary[String, bool] = {}


func _init(
	tree: SceneTree, main_thread: GcMainThread, error_log: GcErrorLog, issues: GcSceneIssues, watch: GcSceneWatch
) -> void:
	_tree = tree
	_main_thread = main_thread
	_error_log = error_log
	_issues = issues
	_watch = watch
	@warning_ignore_start("return_value_discarded")
	_tree.process_frame.connect(_on_frame)
	_watch.settled.connect(_on_settled)
	@warning_ignore_restore("return_value_discarded")


## Puts the first scene in place before the tree comes alive, as the engine itself does with a main scene:
## autoloads find it in their _ready. Nothing is booted into where [param path] is empty or cannot be loaded.
func boot_into(path: String) -> void:
	if path.is_empty():
		return
	_issues.set_complete(path)
	_error_log.begin_load()
	_error_log.is_loading_here = true
	var packed: PackedScene = _read_here(path)
	var scene: Node = packed.instantiate() if packed != null and packed.can_instantiate() else null
	# An autoload may put another one in its place at once: what was raised so far is known of this one.
	_error_log.end_load(path, true)
	if scene != null:
		_watch.expect(path, 0)
		_tree.root.add_child(scene)
		_tree.current_scene = scene


func is_busy() -> bool:
	return _stage != Stage.NONE


## Whether what is current is what its proof says, and no load's scene is on its way to its place.
func is_settled() -> bool:
	return _watch.is_settled() and _stage != Stage.VERIFYING


## Loads the scene at [param path]; [param id] names the load in its progress. [param done] is called with
## (ok: bool, proof: Dictionary, issues: GcIssueList, stale: String) when it has been proved, has failed, or is given
## up because of the script [code]stale[/code], which it found broken: which of the scripts that need it are said to
## fail as well depends on what was in memory before, so that only a new engine says the same each time. It is given
## up only where it [param is_restartable]. Main thread only.
func load_scene(path: String, id: String, is_restartable: bool, done: Callable) -> void:
	_stage = Stage.READING
	_path = path
	_id = id
	_stale = ""
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
		_change(_read_here(path))
		return
	_error_log.reader.expect(path)
	# On one thread: with several, a resource that fails makes the engine raise errors of its own (Invalid Task ID).
	if ResourceLoader.load_threaded_request(path, "PackedScene") != OK:
		_fail()
		return
	# While other threads read, the main thread runs the scene before it.
	_error_log.is_loading_here = false
	_main_thread.hurry(true)


func _on_frame() -> void:
	if _stage == Stage.READING:
		_main_thread.hurry(Time.get_ticks_usec() - _began_usec < PATIENCE_USEC)
		_poll()


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
			_error_log.reader.expect("")
			_error_log.is_loading_here = true
			# One that failed has to be collected too: the engine would not read it again, and not say why.
			var packed: PackedScene = ResourceLoader.load_threaded_get(_path) as PackedScene
			_change(packed if packed != null else _load_in_place())


## Reads once more what could not be read: the engine gives a load up while some of its threads are still at it, and
## have not said yet what is wrong.
func _load_in_place() -> PackedScene:
	_error_log.repeat_load()
	_issues.read_what_was_begun(_path)
	return _read_here(_path)


## On the main thread.
func _read_here(path: String) -> PackedScene:
	_error_log.reader.expect(path)
	var packed: PackedScene = ResourceLoader.load(path, "PackedScene") as PackedScene
	_error_log.reader.expect("")
	return packed


func _change(packed: PackedScene) -> void:
	if packed != null and Time.get_ticks_usec() - _began_usec < QUICK_USEC:
		_quick[_path] = true
	else:
		@warning_ignore("return_value_discarded")
		_quick.erase(_path)
	# One that cannot be read is not worth the end of the scene before.
	_stale = _find_stale() if packed != null else ""
	if not _stale.is_empty() or not GcSceneChange.put_in_place(packed, _tree, _error_log):
		_fail()
		return
	_stage = Stage.VERIFYING
	_error_log.is_in_place = true
	_watch.expect(_path, _began_usec)
	progressed.emit(_id, "verifying", 100.0)


## The scene cannot be loaded. The answer names the one that is current, once that has settled.
func _fail() -> void:
	_stage = Stage.FAILED
	_error_log.reader.expect("")
	_error_log.is_loading_here = false
	if _watch.is_settled():
		_finish(false)


func _on_settled(is_proved: bool) -> void:
	match _stage:
		Stage.VERIFYING:
			_stale = _find_stale() if is_proved else ""
			_finish(is_proved)
		Stage.FAILED:
			_finish(false)
		_:
			settled.emit()


func _find_stale() -> String:
	return _error_log.find_newly_broken_script() if _is_restartable else ""


func _finish(succeeded: bool) -> void:
	var issues: GcIssueList = _issues.collect_load(_path)
	var done: Callable = _done
	_error_log.end_load(_path, succeeded)
	_stage = Stage.NONE
	_path = ""
	_done = Callable()
	_main_thread.hurry()
	done.call(succeeded, _watch.get_proof(), issues, _stale)
	settled.emit()
