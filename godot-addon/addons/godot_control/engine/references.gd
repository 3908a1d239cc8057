extends RefCounted
## What one file of the project says that it needs: the resources that it names and, where it is a script or has some
## inside, what these name by path, by class or as an autoload.
##
## Text is read here, and not by [method ResourceLoader.get_dependencies]: that raises errors of its own for a file
## that is broken.

const GcAutoloads = preload("autoloads.gd")
const GcScriptText = preload("script_text.gd")

## A resource that a text scene or resource stands on, and what it says of it.
const EXTERNAL: String = "(?m)^\\[ext_resource [^\\n]*"
const UID: String = " uid=\"(uid://[^\"]*)\""
const PATH: String = " path=\"([^\"]*)\""

## Any path in a text scene or resource: a placeholder's, or a property's.
const NAMED: String = "\"((?:res|uid)://[^\"]*)\""

## The source of a script that a text scene or resource has inside.
const SOURCE: String = "(?ms)^script/source = \"((?:[^\"\\\\]++|\\\\.)*+)\""

## What stands on nothing, or says all that is wrong with it each time.
const LEAVES: PackedStringArray = [
	"bmp", "dds", "exr", "fnt", "gdshader", "gdshaderinc", "hdr", "jpeg", "jpg", "json", "ktx", "mo", "mp3", "ogg", "otf",
	"png", "po", "svg", "tga", "translation", "ttf", "wav", "webp", "woff", "woff2",
]

var _external: RegEx = RegEx.create_from_string(EXTERNAL)
var _uid: RegEx = RegEx.create_from_string(UID)
var _path: RegEx = RegEx.create_from_string(PATH)
var _any_path: RegEx = RegEx.create_from_string(NAMED)
var _source: RegEx = RegEx.create_from_string(SOURCE)
## The path of each global class and of each autoload, by name.
var _named: Dictionary[String, String] = {}
var _autoloads: PackedStringArray = []
## Those of what was read for [method reachable_from] that may load what they do not name.
var _computing: Dictionary[String, bool] = {}
var _characters: int = 0


func _init() -> void:
	for entry: Dictionary in ProjectSettings.get_global_class_list():
		_named[entry["class"]] = entry["path"]
	var autoloads: Dictionary[String, String] = GcAutoloads.get_paths()
	for name: String in autoloads:
		_named[name] = _to_path(autoloads[name], "")
		@warning_ignore("return_value_discarded")
		_autoloads.append(_named[name])


## The script that a word of the compiler names, by its path or its class; empty where there is none.
func script_of(word: String) -> String:
	var path: String = _named.get(word, word)
	return path if path.begins_with("res://") and path.get_extension() == "gd" and FileAccess.file_exists(path) else ""


func get_autoloads() -> PackedStringArray:
	return _autoloads


## How many characters were read so far.
func get_characters() -> int:
	return _characters


## What it may stand on.
func named_by(path: String) -> PackedStringArray:
	return PackedStringArray(_read(path, _all_in, _named_in))


## What it cannot be whole without: what it names, and what its scripts are compiled with, and not what a script may load
## while it runs.
func needed_by(path: String) -> PackedStringArray:
	return PackedStringArray(_read(path, _external_in, _compiled_in))


## What it may come to load: any word of it is enough.
func reachable_from(path: String) -> PackedStringArray:
	var extension: String = path.get_extension()
	# A binary one may have scripts inside; of others, it is not known what they stand on.
	if not extension in ["gd", "tscn", "tres"] and not extension.to_lower() in LEAVES:
		_computing[path] = true
	return PackedStringArray(_read(path, _all_in, _reachable_in))


## Whether it may load what it does not name, as [method reachable_from] has found.
func is_computing(path: String) -> bool:
	return _computing.has(path)


## What [param of_text] finds in a text scene or resource, and [param of_script] in each script.
func _read(path: String, of_text: Callable, of_script: Callable) -> Array[String]:
	match path.get_extension():
		"gd":
			return of_script.call(_text_of(path), path)
		"tscn", "tres":
			var text: String = _text_of(path)
			var found: Array[String] = of_text.call(text, path)
			for source: RegExMatch in _source.search_all(text):
				var inside: Array[String] = of_script.call(source.get_string(1).c_unescape(), path)
				found.append_array(inside)
			return found
		"scn", "res":
			return _read_binary(path)
	return []


func _text_of(path: String) -> String:
	var text: String = FileAccess.get_file_as_string(path)
	_characters += text.length()
	return text


func _all_in(text: String, path: String) -> Array[String]:
	var found: Array[String] = _external_in(text, path)
	for named: RegExMatch in _any_path.search_all(text):
		var file: String = _to_path(named.get_string(1), "")
		if FileAccess.file_exists(file):
			found.append(file)
	return found


func _external_in(text: String, path: String) -> Array[String]:
	var found: Array[String] = []
	for external: RegExMatch in _external.search_all(text):
		var uid: RegExMatch = _uid.search(external.get_string())
		var named: RegExMatch = _path.search(external.get_string())
		var fallback: String = named.get_string(1) if named != null else ""
		found.append(_to_path(uid.get_string(1) if uid != null else fallback, fallback, path.get_base_dir()))
	return found


func _read_binary(path: String) -> Array[String]:
	var found: Array[String] = []
	# "uid://…::type::res://…", or the path alone.
	for dependency: String in ResourceLoader.get_dependencies(path):
		var parts: PackedStringArray = dependency.split("::")
		found.append(_to_path(parts[0], parts[-1], path.get_base_dir()))
	return found


## What a script is compiled with.
func _compiled_in(source: String, path: String) -> Array[String]:
	var script: GcScriptText = GcScriptText.new(source)
	return _by_name(script.names, path) + _by_path(script.compiled, path)


## What a script names, for whatever.
func _named_in(source: String, path: String) -> Array[String]:
	var script: GcScriptText = GcScriptText.new(source)
	# What is preloaded is named from the script, and what is loaded from the project's own folder.
	return _by_name(script.names, path) + _by_path(script.texts, path) + _by_path(script.texts, "res://")


## What a script may load: a word is enough.
func _reachable_in(source: String, path: String) -> Array[String]:
	var script: GcScriptText = GcScriptText.new(source)
	if GcScriptText.is_computing(source):
		_computing[path] = true
	var words: PackedStringArray = GcScriptText.words_of(source)
	return _by_name(words, path) + _by_path(script.texts, path) + _by_path(script.texts, "res://")


func _by_name(names: PackedStringArray, path: String) -> Array[String]:
	var found: Array[String] = []
	for name: String in names:
		if _named.has(name) and _named[name] != path:
			found.append(_named[name])
	return found


## The files that texts name, from the folder of this script.
func _by_path(texts: PackedStringArray, script: String) -> Array[String]:
	var found: Array[String] = []
	for text: String in texts:
		var path: String = _file_of(text, script)
		if not path.is_empty() and path != script:
			found.append(path)
	return found


func _file_of(text: String, script: String) -> String:
	if text.begins_with("uid://"):
		return _to_path(text, "")
	var path: String = (text if text.is_absolute_path() else script.get_base_dir().path_join(text)).simplify_path()
	return path if path.get_extension() and FileAccess.file_exists(path) else ""


## The path of a file, by its uid where that is known; a relative one is seen from [param folder].
func _to_path(path: String, fallback: String, folder: String = "res://") -> String:
	var id: int = ResourceUID.text_to_id(path) if path.begins_with("uid://") else ResourceUID.INVALID_ID
	if ResourceUID.has_id(id):
		return ResourceUID.get_id_path(id)
	var named: String = fallback if path.begins_with("uid://") else path
	if named.is_empty():
		return ""
	return (named if "://" in named else folder.path_join(named)).simplify_path()
