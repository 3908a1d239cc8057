extends RefCounted
## The token of a game that has the addon installed: what the project's settings name, or one of this run's own in a
## file that only this user can read, where a server of the same user finds it.

const FOLDER: String = "godot-control/addon"
const SECRET_BYTES: int = 32

## What a client must show for all but the open paths; empty: nothing opens them.
var token: String = ""

## The token was made for this run: nobody else has it.
var _is_own: bool = false
## Where it was written; empty: nowhere.
var _path: String = ""


## Reads the token from [param path]; makes one where that is empty.
func prepare(path: String) -> void:
	_is_own = path.is_empty()
	if _is_own:
		token = Crypto.new().generate_random_bytes(SECRET_BYTES).hex_encode()
		return
	token = FileAccess.get_file_as_string(path).strip_edges()
	if token.is_empty():
		push_error("godot_control: no token can be read from godot_control/token_file (%s)" % path)


## Writes a token that was made here to where the server looks for that of this [param port].
func publish(port: int) -> void:
	if not _is_own:
		return
	var folder: String = OS.get_cache_dir().path_join(FOLDER)
	var path: String = folder.path_join("%d.token" % port)
	# Without HOME, the engine names the folder that it runs in, which is the project.
	if OS.get_environment("HOME").is_empty() and OS.get_environment("XDG_CACHE_HOME").is_empty():
		push_warning("godot_control: HOME is not set; set godot_control/token_file for a server to drive this game")
		return
	# The folder is closed first: nobody else can open the file before it has its own mode.
	var is_closed: bool = (
		DirAccess.make_dir_recursive_absolute(folder) == OK
		and FileAccess.set_unix_permissions(folder, 0x1c0) == OK
	)
	var file: FileAccess = FileAccess.open(path, FileAccess.WRITE) if is_closed else null
	if file == null or FileAccess.set_unix_permissions(path, 0x180) != OK or not file.store_string(token):
		push_warning("godot_control: %s cannot be written; set godot_control/token_file" % path)
		return
	_path = path


## Removes what [method publish] has written.
func withdraw() -> void:
	if not _path.is_empty() and FileAccess.get_file_as_string(_path) == token:
		@warning_ignore("return_value_discarded")
		DirAccess.remove_absolute(_path)
