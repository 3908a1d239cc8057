extends RefCounted
## What the source of a script says: the names in its code, and its texts. Comments say nothing.

## A name may have letters of any language: it has no sign and no blank of ASCII in it, and no digit at its beginning.
const NAME: String = "[^\\x00-@\\[-^`{-\\x7f][^\\x00-/:-@\\[-^`{-\\x7f]*"
const COMMENT: String = "#[^\\n]*"
## Each may go over several lines.
const TEXT: String = "\"\"\"(?:[^\"\\\\]++|\\\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^'\\\\]++|\\\\.|'(?!''))*+'''|\"(?:[^\"\\\\]++|\\\\.)*+\"|'(?:[^'\\\\]++|\\\\.)*+'"
## No name of a class: what is declared, a member, an annotation, a path of nodes, a unique node. Behind a value,
## [code]%[/code] is an operator.
const NO_NAME: String = "\\benum\\s*(?:NAME\\s*)?\\{[^{}]*\\}|\\b(?:class|class_name|func|signal)\\s+NAME|[.@]\\s*NAME|\\$%?NAME(?:/%?NAME)*|(?<![\\w\\)\\]}\"']|[\\w\\)\\]}\"'] )%NAME(?:/%?NAME)*|\\d[\\w.]*"

## What loads what only a run can tell: it is no call whose argument is a text alone.
const COMPUTED: String = "\\b(?:load|preload|load_threaded_request|change_scene_to_file|str_to_var)\\b(?!\\s*\\(\\s*(?:\"\"\"[^\"\\\\]*\"\"\"|\"[^\"\\\\\\n]*\"|'[^'\\\\\\n]*')\\s*[,)])"

## What stands before the text of a file that the script is compiled with.
const COMPILED: Array[String] = ["preload", "extends"]

## The names that may be those of classes or autoloads.
var names: PackedStringArray = []
## The texts, as they are at run time.
var texts: PackedStringArray = []
## Those of them that are read as the script is compiled.
var compiled: PackedStringArray = []

static var _words: RegEx = RegEx.create_from_string(NAME)
static var _computed: RegEx = RegEx.create_from_string(COMPUTED)
static var _tokens: RegEx = RegEx.create_from_string(
	"(?s)(?<text>%s)|%s|%s|(?<name>%s)" % [TEXT, COMMENT, NO_NAME.replace("NAME", "(?:%s)" % NAME), NAME]
)


## Whether a source may load what it does not name.
static func is_computing(source: String) -> bool:
	return _computed.search(source) != null


## Every word of a source, in comments and texts as well.
static func words_of(source: String) -> PackedStringArray:
	var words: PackedStringArray = []
	for word: RegExMatch in _words.search_all(source):
		@warning_ignore("return_value_discarded")
		words.append(word.get_string())
	return words


func _init(source: String) -> void:
	var before: String = ""
	for token: RegExMatch in _tokens.search_all(source):
		var name: String = token.get_string("name")
		var text: String = token.get_string("text")
		@warning_ignore_start("return_value_discarded")
		if not name.is_empty():
			names.append(name)
		elif not text.is_empty():
			var quotes: int = 3 if text.length() >= 6 and text[0] == text[1] and text[0] == text[2] else 1
			var said: String = text.substr(quotes, text.length() - 2 * quotes).c_unescape()
			texts.append(said)
			if before in COMPILED:
				compiled.append(said)
		@warning_ignore_restore("return_value_discarded")
		before = name
