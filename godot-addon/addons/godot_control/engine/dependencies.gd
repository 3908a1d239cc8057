extends RefCounted
## Which files a scene stands on, as they say themselves: those that its resources name and, in turn, those that the
## scripts name, by path, by class or as an autoload.
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

## In how many characters one file is looked for. A new engine is there before more have been read.
const MAX_READ: int = 200_000

var _external: RegEx = RegEx.create_from_string(EXTERNAL)
var _uid: RegEx = RegEx.create_from_string(UID)
var _path: RegEx = RegEx.create_from_string(PATH)
var _any_path: RegEx = RegEx.create_from_string(NAMED)
var _source: RegEx = RegEx.create_from_string(SOURCE)
## The path of each global class and of each autoload, by name.
var _named: Dictionary[String, String] = {}
var _autoloads: PackedStringArray = []
## What each file may load, by any word of it, and those that may load what they do not name.
var _reachable: Dictionary[String, PackedStringArray] = {}
var _computing: Dictionary[String, bool] = {}
## How many characters were read so far.
var _characters: int = 0
## What each file itself needs, and what was found by following what each says, by scene: nothing changes on disk while
## the engine runs that it would read.
var _needing: Dictionary[String, PackedStringArray] = {}
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


## The script that a word of the compiler names, by its path or its class; empty where there is none.
func script_of(word: String) -> String:
	var path: String = _named.get(word, word)
	return path if path.begins_with("res://") and path.get_extension() == "gd" and FileAccess.file_exists(path) else ""


## The files that [param path] may stand on, itself the last, each behind those that it needs itself.
func files_of(path: String) -> PackedStringArray:
	return _follow(path, _read_named, _known)


## The files without which [param path] cannot be whole, itself the last: those that it names, and that its scripts are
## compiled with, and not what a script may load while it runs.
func needed_by(path: String) -> PackedStringArray:
	return _follow(path, _read_needed, _needed)


## Whether the scene at [param path] may come to load [param file]: when in doubt, it may. Whatever is in a scene may reach
## any autoload, and any autoload sees which scene comes.
func may_reach(path: String, file: String) -> bool:
	var waiting: PackedStringArray = PackedStringArray([path]) + _autoloads
	var seen: Dictionary[String, bool] = {}
	var last: int = _characters + MAX_READ
	while not waiting.is_empty():
		var next: String = waiting[-1]
		waiting.remove_at(waiting.size() - 1)
		if seen.has(next):
			continue
		seen[next] = true
		var reachable: PackedStringArray = _read_reachable(next)
		if next == file or _computing.has(next) or _characters > last:
			return true
		waiting.append_array(reachable)
	return false


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


func _read_needed(path: String) -> PackedStringArray:
	if not _needing.has(path):
		_needing[path] = PackedStringArray(_read(path, _external_in, _compiled_in))
	return _needing[path]


func _read_named(path: String) -> PackedStringArray:
	return PackedStringArray(_read(path, _all_in, _named_in))


func _read_reachable(path: String) -> PackedStringArray:
	if not _reachable.has(path):
		_reachable[path] = PackedStringArray(_read(path, _all_in, _reachable_in))
		var extension: String = path.get_extension()
		# A binary one may have scripts inside; of others, it is not known what they stand on.
		if not extension in ["gd", "tscn", "tres"] and not extension.to_lower() in LEAVES:
			_computing[path] = true
	return _reachable[path]


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
