extends RefCounted
## Where a path of the project really leads: a link in the project's folder can point out of it.

## As many links as Linux follows in one path (path_resolution(7)).
const MAX_LINKS: int = 40


## Whether a res:// path is inside the project's folder once every link in it is followed.
static func is_inside(path: String) -> bool:
	var root: String = ProjectSettings.globalize_path("res://")
	# An exported project has no folder, and no links.
	if root.is_empty() or root == "res://":
		return true
	return _resolve(ProjectSettings.globalize_path(path)).begins_with(_resolve(root) + "/")


## The same absolute path without links; empty where they go round in circles.
static func _resolve(path: String) -> String:
	var file_system: DirAccess = DirAccess.open("/")
	var rest: PackedStringArray = path.split("/", false)
	var real: String = ""
	var links: int = 0
	while not rest.is_empty():
		var part: String = rest[0]
		rest.remove_at(0)
		if part == "..":
			real = real.get_base_dir().trim_suffix("/")
		elif part != ".":
			var next: String = "%s/%s" % [real, part]
			if not file_system.is_link(next):
				real = next
				continue
			links += 1
			if links > MAX_LINKS:
				return ""
			var target: String = file_system.read_link(next)
			if target.is_absolute_path():
				real = ""
			rest = target.split("/", false) + rest
	return real
