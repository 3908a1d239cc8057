extends SceneTree
## Runs the tests of the addon's scripts, and says of each whether it holds:
## [code]godot --headless --path godot-addon --script tests/run.gd[/code]

const Suite = preload("suite.gd")

const FOLDER: String = "res://tests"


func _initialize() -> void:
	var failed: int = 0
	for file: String in DirAccess.get_files_at(FOLDER):
		if file.ends_with("_test.gd"):
			failed += await _run_suite(FOLDER.path_join(file))
	quit(1 if failed > 0 else 0)


## How many do not hold.
func _run_suite(path: String) -> int:
	var script: GDScript = load(path)
	var suite: Suite = script.new()
	suite.tree = self
	var failed: int = 0
	for method: Dictionary in script.get_script_method_list():
		var name: String = method["name"]
		if not name.begins_with("test_"):
			continue
		suite.clear()
		# Nothing that a test waits for comes before the first frame.
		await process_frame
		await suite.call(name)
		if suite.checks == 0:
			suite.check(false, "it looks at nothing")
		var words: String = "%s: %s" % [path.get_file().trim_suffix("_test.gd"), name.trim_prefix("test_").replace("_", " ")]
		print("ok " + words if suite.problems.is_empty() else "not ok %s: %s" % [words, "; ".join(suite.problems)])
		failed += int(not suite.problems.is_empty())
	suite.clear()
	return failed
