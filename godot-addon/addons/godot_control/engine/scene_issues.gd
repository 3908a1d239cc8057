extends RefCounted
## All that is wrong with a scene. GDScript says once a run why a script does not compile, and of one that a
## broken script needs it does not say why at all: here it is said each time, the cause first.

const GcErrorLog = preload("error_log.gd")
const GcIssueList = preload("issue_list.gd")
const GcDependencies = preload("dependencies.gd")

var _error_log: GcErrorLog
var _dependencies: GcDependencies = null


func _init(error_log: GcErrorLog) -> void:
	_error_log = error_log


## What is wrong with the scene at [param path], which is current or on its way. Main thread only.
func collect(path: String) -> GcIssueList:
	var scripts: PackedStringArray = []
	# Nothing is searched while every script compiles.
	if _error_log.has_broken_scripts() and not path.is_empty():
		if _dependencies == null:
			_dependencies = GcDependencies.new()
		scripts = _dependencies.scripts_of(path)
		_ask_for_causes(scripts)
	return _error_log.collect(scripts)


## A script that was never loaded, since one that needs it failed first, says what is wrong with it when it is.
func _ask_for_causes(scripts: PackedStringArray) -> void:
	for script: String in scripts:
		if not _error_log.is_broken(script):
			continue
		for cause: String in _dependencies.scripts_of(script):
			if not _error_log.is_broken(cause) and not ResourceLoader.has_cached(cause):
				@warning_ignore("return_value_discarded")
				ResourceLoader.load(cause)
