extends RefCounted
## Which files a scene may stand on, as they say themselves: those that its resources name and, in turn, those
## that the scripts name, by path, by class or as an autoload. Whether they do is only known when it is loaded.
##
## Text is read here, and not by [method ResourceLoader.get_dependencies]: that raises errors of its own for a file
## that is broken. A file whose content is not understood may need any other.

const GcAutoloads = preload("autoloads.gd")

## A string, a comment, or a name; what is in a string or a comment is no name.
const TOKENS: String = "[$%][\\w/%]+|\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\\n]|\\\\.)*'|#[^\\n]*|[A-Za-z_]\\w*"

## What loads what only a run can tell: it is no call whose argument is a string alone.
const COMPUTED: String = "\\b(?:load|load_threaded_request|change_scene_to_file)\\b(?!\\s*\\(\\s*(?:\"[^\"\\n]*\"|'[^'\\n]*')\\s*[,)])"

## What a script reads as it is compiled.
const COMPILED: String = "(?m)(?:\\bpreload\\s*\\(|^extends)\\s*(?:\"([^\"\\n]+)\"|'([^'\\n]+)')"

## A resource that a text scene or resource stands on, and what it says of it.
const EXTERNAL: String = "(?m)^\\[ext_resource [^\\n]*"
const UID: String = " uid=\"(uid://[^\"]*)\""
const PATH: String = " path=\"([^\"]*)\""

## Any path in a text scene or resource: a placeholder's, or a property's.
const NAMED: String = "\"((?:res|uid)://[^\"]*)\""

## How the source of a script begins that a text scene or resource has inside.
const SOURCE: String = "\nscript/source = "

## What stands on nothing, or says all that is wrong with it each time.
const LEAVES: PackedStringArray = [
	"bmp", "dds", "exr", "fnt", "gdshader", "gdshaderinc", "hdr", "jpeg", "jpg", "json", "ktx", "mo", "mp3", "ogg", "otf",
	"png", "po", "svg", "tga", "translation", "ttf", "wav", "webp", "woff", "woff2",
]

## How many characters were read so far.
var read: int = 0
var _external: RegEx = RegEx.create_from_string(EXTERNAL)
var _uid: RegEx = RegEx.create_from_string(UID)
var _path: RegEx = RegEx.create_from_string(PATH)
var _any_path: RegEx = RegEx.create_from_string(NAMED)
var _tokens: RegEx = RegEx.create_from_string(TOKENS)
var _computed: RegEx = RegEx.create_from_string(COMPUTED)
var _compiled: RegEx = RegEx.create_from_string(COMPILED)
## The files that load what only a run can tell, or of which it isn't known.
var _computing: Dictionary[String, bool] = {}
## The path of each global class and of each autoload, by name.
var _named: Dictionary[String, String] = {}
var _autoloads: PackedStringArray = []
## What each file names itself, and what was found by following that, by scene: nothing changes on disk while the engine
## runs that it would read.
var _direct: Dictionary[String, PackedStringArray] = {}
var _known: Dictionary[String, PackedStringArray] = {}
var _needed: Dictionary[String, PackedStringArray] = {}


func _init() -> void:
	for entry: Dictionary in ProjectSettings.get_global_class_list():
		_named[entry["class"]] = entry["path"]
	var autoloads: Dictionary[String, String] = GcAutoloads.get_paths()
	for name: String in autoloads:
		_named[name] = _to_path(autoloads[name], "")
		@warning_ignore("return_value_discarded")
		_autoloads.append(_named[name])


## The files of the project's autoloads.
func get_autoloads() -> PackedStringArray:
	return _autoloads


## The script that a word of the compiler names, by its path or its class; empty where there is none.
func script_of(word: String) -> String:
	var path: String = _named.get(word, word)
	return path if path.begins_with("res://") and path.get_extension() == "gd" and FileAccess.file_exists(path) else ""


## The files that [param path] may stand on, itself the last, each behind those that it needs itself.
func files_of(path: String) -> PackedStringArray:
	return _follow(path, direct_of, _known)


## The files without which [param path] cannot be whole, itself the last: those that it names, and that its scripts are
## compiled with, and not what a script may load while it runs.
func needed_by(path: String) -> PackedStringArray:
	return _follow(path, _read_needed, _needed)


## Whether what is at [param path], which was asked for what it names, may load files that it does not name.
func loads_what_it_computes(path: String) -> bool:
	return _computing.has(path)


## The files that [param path] itself names.
func direct_of(path: String) -> PackedStringArray:
	if not _direct.has(path):
		_direct[path] = PackedStringArray(_read(path))
	return _direct[path]


func _follow(path: String, direct: Callable, known: Dictionary[String, PackedStringArray]) -> PackedStringArray:
	if not known.has(path):
		known[path] = _walk(path, direct)
	return known[path]


func _walk(start: String, direct: Callable) -> PackedStringArray:
	var found: Dictionary[String, bool] = {}
	var seen: Dictionary[String, bool] = {}
	var waiting: Array[String] = [start]
	while not waiting.is_empty():
		var path: String = waiting[-1]
		if seen.has(path):
			found[path] = true
			waiting.remove_at(waiting.size() - 1)
			continue
		seen[path] = true
		var next: PackedStringArray = direct.call(path)
		for index: int in range(next.size() - 1, -1, -1):
			if not seen.has(next[index]):
				waiting.append(next[index])
	return PackedStringArray(found.keys())


func _text_of(path: String) -> String:
	var text: String = FileAccess.get_file_as_string(path)
	read += text.length()
	return text


func _read_needed(path: String) -> PackedStringArray:
	return PackedStringArray(_read_what_is_needed(path))


func _read_what_is_needed(path: String) -> Array[String]:
	match path.get_extension():
		"gd":
			return _read_compiled(_text_of(path), path)
		"tscn", "tres":
			var text: String = _text_of(path)
			return _read_external(text) + _read_compiled(_source_in(text), path)
		"scn", "res":
			return _read_binary(path)
	return []


func _read(path: String) -> Array[String]:
	match path.get_extension():
		"gd":
			return _read_script(_text_of(path), path)
		"tscn", "tres":
			var text: String = _text_of(path)
			return _read_external(text) + _read_named(text) + _read_script(_source_in(text), path)
		"scn", "res":
			# It may have scripts inside.
			_computing[path] = true
			return _read_binary(path)
		var extension when not extension.to_lower() in LEAVES:
			_computing[path] = true
	return []


## What may be the source of scripts inside of a text scene or resource; empty where it has none.
func _source_in(text: String) -> String:
	var begin: int = text.find(SOURCE)
	return text.substr(begin).replace("\\\"", "\"") if begin >= 0 else ""


func _read_external(text: String) -> Array[String]:
	var found: Array[String] = []
	for external: RegExMatch in _external.search_all(text):
		var uid: RegExMatch = _uid.search(external.get_string())
		var named: RegExMatch = _path.search(external.get_string())
		var fallback: String = named.get_string(1) if named != null else ""
		found.append(_to_path(uid.get_string(1) if uid != null else fallback, fallback))
	return found


func _read_named(text: String) -> Array[String]:
	var found: Array[String] = []
	for named: RegExMatch in _any_path.search_all(text):
		var path: String = _to_path(named.get_string(1), "")
		if FileAccess.file_exists(path):
			found.append(path)
	return found


func _read_binary(path: String) -> Array[String]:
	var found: Array[String] = []
	# "uid://…::type::res://…", or the path alone.
	for dependency: String in ResourceLoader.get_dependencies(path):
		var parts: PackedStringArray = dependency.split("::")
		found.append(_to_path(parts[0], parts[-1]))
	return found


func _read_compiled(source: String, path: String) -> Array[String]:
	var found: Array[String] = []
	for reading: RegExMatch in _compiled.search_all(source):
		var dependency: String = _literal(reading.get_string(1) + reading.get_string(2), path)
		if not dependency.is_empty() and dependency != path:
			found.append(dependency)
	return found


func _read_script(source: String, path: String) -> Array[String]:
	var found: Array[String] = []
	if _computed.search(source) != null:
		_computing[path] = true
	for token: RegExMatch in _tokens.search_all(source):
		var text: String = token.get_string()
		var named: Array[String] = []
		if text.begins_with("\"") or text.begins_with("'"):
			var literal: String = text.substr(1, text.length() - 2)
			named = [_literal(literal, path)]
			# What is preloaded is named from the script, and what is loaded from the project's own folder.
			if not literal.is_absolute_path():
				named.append(_literal(literal, "res://"))
		elif _named.has(text):
			named = [_named[text]]
		for dependency: String in named:
			if not dependency.is_empty() and dependency != path:
				found.append(dependency)
	return found


## The file that a string in a script names; empty where it names none.
func _literal(text: String, script: String) -> String:
	if text.begins_with("uid://"):
		return _to_path(text, "")
	var path: String = (text if text.is_absolute_path() else script.get_base_dir().path_join(text)).simplify_path()
	return path if path.get_extension() and FileAccess.file_exists(path) else ""


func _to_path(path: String, fallback: String) -> String:
	if not path.begins_with("uid://"):
		return path.simplify_path()
	var id: int = ResourceUID.text_to_id(path)
	return ResourceUID.get_id_path(id) if ResourceUID.has_id(id) else fallback
