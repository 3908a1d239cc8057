extends RefCounted
## Loads one scene at a time.

const GcErrorLog = preload("error_log.gd")
const GcIssueList = preload("issue_list.gd")
const GcSceneChange = preload("scene_change.gd")
const GcSceneIssues = preload("scene_issues.gd")
const GcSceneWatch = preload("scene_watch.gd")

## The load's stage changed.
signal progressed(id: String, stage: String, percent: float)
## A load has ended, well or not, or the game changed the scene by itself.
signal settled

## What a load goes through.
enum GcStage { NONE, READING, VERIFYING, FAILED }

var _tree: SceneTree
var _error_log: GcErrorLog
var _issues: GcSceneIssues
var _watch: GcSceneWatch
var _stage: GcStage = GcStage.NONE
var _path: String = ""
var _id: String = ""
var _began_usec: int = 0
var _is_restartable: bool = false
var _done: Callable = Callable()
## Why only a new engine tells all that is wrong with the scene; empty where this one does.
var _stale: String = ""


func _init(tree: SceneTree, error_log: GcErrorLog, issues: GcSceneIssues, watch: GcSceneWatch) -> void:
	_tree = tree
	_error_log = error_log
	_issues = issues
	_watch = watch
	@warning_ignore("return_value_discarded")
	_watch.settled.connect(_on_settled)


## Puts the first scene in place before the tree comes alive, as the engine itself does with a main scene:
## autoloads find it in their _ready. Nothing is booted into where [param path] is empty or cannot be loaded.
func boot_into(path: String) -> void:
	if path.is_empty():
		return
	_error_log.begin_load(path)
	_error_log.is_loading_here = true
	var packed: PackedScene = _read(path)
	var scene: Node = packed.instantiate() if packed != null and packed.can_instantiate() else null
	# An autoload may put another one in its place at once: what was raised so far is known of this one.
	_error_log.end_load(path, true)
	if scene != null:
		_watch.expect(path, 0)
		_tree.root.add_child(scene)
		_tree.current_scene = scene


func is_busy() -> bool:
	return _stage != GcStage.NONE


## Whether the main loop stands still because it reads a scene. May be called from any thread.
func is_reading() -> bool:
	return _stage == GcStage.READING


## Whether what is current is what its proof says, and no load's scene is on its way to its place.
func is_settled() -> bool:
	return _watch.is_settled() and _stage != GcStage.VERIFYING


## Loads the scene at [param path]; [param id] names the load in its progress. [param done] is called with
## (ok: bool, proof: Dictionary, issues: GcIssueList, stale: String) when it has been proved, has failed, or is given
## up because of the script [code]stale[/code], which it found broken: which of the scripts that need it are said to
## fail as well depends on what was in memory before, so that only a new engine says the same each time. It is given
## up only where it [param is_restartable]. Main thread only.
func load_scene(path: String, id: String, is_restartable: bool, done: Callable) -> void:
	_stage = GcStage.READING
	_path = path
	_id = id
	_stale = ""
	_is_restartable = is_restartable
	_done = done
	_began_usec = Time.get_ticks_usec()
	GcErrorLog.keep_on()
	_error_log.begin_load(path)
	_error_log.is_loading_here = true
	_change(_read(path))


## On the main thread, as [method SceneTree.change_scene_to_file] does it: what the scripts of its resources do
## as they are read is meant for that thread, and the game may keep all others busy.
func _read(path: String) -> PackedScene:
	_error_log.reader.begin()
	var packed: PackedScene = ResourceLoader.load(path, "PackedScene") as PackedScene
	_error_log.reader.end()
	return packed


func _change(packed: PackedScene) -> void:
	# One that cannot be read is not worth the end of the scene before. What the scene finds broken once it runs is told
	# as it is: in another engine, the game may not come to it.
	if packed != null and _is_restartable:
		_stale = _error_log.find_newly_broken_script()
	if packed == null or not _stale.is_empty():
		_fail()
		return
	# From here on, a main loop that stands still is not reading.
	_stage = GcStage.VERIFYING
	progressed.emit(_id, "verifying", 100.0)
	if not GcSceneChange.put_in_place(packed, _tree, _error_log):
		_fail()
		return
	_error_log.is_in_place = true
	_watch.expect(_path, _began_usec)


## The scene cannot be loaded. The answer names the one that is current, once that has settled.
func _fail() -> void:
	_stage = GcStage.FAILED
	_error_log.is_loading_here = false
	if _watch.is_settled():
		_finish(false)


func _on_settled(is_proved: bool) -> void:
	match _stage:
		GcStage.VERIFYING:
			_finish(is_proved)
		GcStage.FAILED:
			_finish(false)
		_:
			settled.emit()


func _finish(succeeded: bool) -> void:
	var issues: GcIssueList = _issues.collect_load(_path, _is_restartable)
	var done: Callable = _done
	_error_log.end_load(_path, succeeded)
	_stage = GcStage.NONE
	_path = ""
	_done = Callable()
	done.call(succeeded, _watch.get_proof(), issues, _stale)
	settled.emit()
